"""Every network there is: its card, and the way from PyTorch through an ONNX file to numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from hrm_core.models import create_model, list_models, onnx_export, parity
from hrm_core.models.card import ModelCard, NetworkFacts
from hrm_core.models.nets import vit
from hrm_core.models.onnx_export import Exported, export_onnx
from hrm_core.models.onnx_file import onnx_facts
from hrm_core.models.parity import parity_inputs
from hrm_core.models.runners import OnnxRunner, TorchRunner, input_shape
from hrm_core.models.zoo import network
from hrm_core.workflows.look_at_models import model_cards
from tests.support.filled_network import fill, golden
from tests.support.onnx_networks import remembered_trace

# Blocks are many and alike: of small pictures each takes a fraction of the time, and two of the
# largest stand for all twenty-four.
SMALLER = {"mae_face": {"input_size": 32}, "fmae": {"input_size": 32}, "fmae_iat": {"input_size": 32}}
EVERY = [pytest.param(name, marks=[pytest.mark.slow] * (name != "gru")) for name in list_models()]


@dataclass(frozen=True, slots=True)
class Made:
    """A network, its ONNX file, and three inputs."""

    name: str
    model: nn.Module
    exported: Exported
    batch: NDArray[np.float32]


@pytest.fixture(scope="module", params=EVERY)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """Each network, exported once for all that is asked of it."""
    name: str = request.param
    torch.manual_seed(0)
    threads = torch.get_num_threads()
    # Two that share a busy processor wait for one another longer than they compute.
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vit, "VIT_LARGE", replace(vit.VIT_LARGE, depth=2))
        model = create_model(name, **SMALLER.get(name, {})).eval()
    if name not in SMALLER:
        fill(model, 1.0 if name in ("gru", "starter") else golden(name)["fill"]["g"])
    logits = network(name).outputs[0] == "au_logits"
    target = tmp_path_factory.mktemp(name) / f"{name}.onnx"
    metadata = {"hrm_architecture": name, "hrm_activation": "sigmoid" if logits else "none"}
    with pytest.MonkeyPatch.context() as patch:
        if name == "gru":
            patch.setattr(onnx_export, "_traced", remembered_trace)
        else:
            # Pictures take a second each in the slowest: one and several show what eight would.
            patch.setattr(parity, "batch_sizes", lambda _: (1, 3))
        exported = export_onnx(model, target, metadata=metadata)
    yield Made(name, model, exported, dict(parity_inputs(input_shape(model), 3))["random numbers"])
    # Hundreds of megabytes each.
    target.unlink()
    torch.set_num_threads(threads)


def cards_of(name: str) -> list[ModelCard]:
    """Cards of a network."""
    found = model_cards().values()
    return [card for card in found if card.network is not None and card.network.architecture == name]


def test_a_file_gives_the_numbers_of_pytorch(made: Made) -> None:
    assert made.exported.parity.output_apart <= 1e-4 * max(1, made.exported.parity.largest_output)
    assert made.exported.parity.probability_apart <= 1e-4
    assert made.exported.parity.batch_sizes[0] == 1


def test_a_file_has_the_first_output_for_batches_of_any_size(made: Made) -> None:
    facts, entry = onnx_facts(made.exported.path), network(made.name)
    outputs = 1 if entry.takes == "sequences" else 22
    assert (facts.input_name, facts.input_shape) == (entry.takes, (None, *input_shape(made.model)))
    assert (facts.output_name, facts.output_shape) == (entry.outputs[0], (None, outputs))


def test_batches_of_any_size_give_the_same_numbers_in_both_ways(made: Made) -> None:
    for runner in (TorchRunner(made.model), OnnxRunner(made.exported.path)):
        with runner:
            whole = runner.run(made.batch)
            pieces = [runner.run(made.batch[:1]), runner.run(made.batch[1:])]
            apart = np.abs(np.concatenate(pieces) - whole).max()
            assert apart <= 1e-5 * max(1, np.abs(whole).max())


def test_other_channels_sizes_and_bytes_are_refused_in_both_ways(made: Made) -> None:
    first, *rest = input_shape(made.model)
    wrong = [
        np.zeros((1, first + 1, *rest), np.float32),
        np.zeros((1, first, *(side + 16 for side in rest)), np.float32),
        np.zeros((first, *rest), np.float32),
        np.zeros((1, first, *rest), np.uint8),
    ]
    for runner in (TorchRunner(made.model), OnnxRunner(made.exported.path)):
        for batch in wrong:
            with pytest.raises(ValueError, match="takes"):
                runner.run(batch)


@pytest.mark.parametrize("name", list_models())
def test_there_is_a_card_and_it_is_complete(name: str) -> None:
    cards = cards_of(name)
    # The starter is no published network: its one card is that of the weights that ship.
    assert {"starter": "demo_starter"}.get(name, name) in {card.name for card in cards}
    for card in cards:
        facts = card.network
        assert facts is not None
        _require_complete(card, facts)
        with torch.device("meta"):
            model = create_model(name, len(facts.actions) or 22)
        shape = (1, *input_shape(model))
        assert shape[2] == facts.input.size or shape[1] == facts.input.size
        if facts.role == "backbone":
            continue
        assert sum(each.numel() for each in model.parameters()) == facts.parameters
        outputs = network(name).outputs[0]
        assert facts.activation == ("sigmoid" if outputs == "au_logits" else "none")


def _require_complete(card: ModelCard, facts: NetworkFacts) -> None:
    assert card.licence.name
    assert card.licence.summary
    assert card.licence.url
    assert facts.population
    assert facts.limits
    assert facts.parameters > 0
    assert facts.multiply_adds > 0
    assert len(set(facts.actions)) == len(facts.actions)
    assert (len(facts.actions) in {17, 22, 33}) == (facts.role != "backbone")
    assert len(facts.thresholds) == (len(facts.actions) if facts.role == "detector" else 0)
    channels = 0 if facts.role == "regressor" else 3
    assert (len(facts.input.mean), len(facts.input.std)) == (channels, channels)


def test_every_card_is_of_a_network_there_is() -> None:
    named = {card.network.architecture for card in model_cards().values() if card.network is not None}
    assert named == set(list_models())


@pytest.mark.parametrize("name", list_models())
def test_every_network_fits_into_one_file(name: str) -> None:
    """ONNX files are messages of Protocol Buffers, which end at two gigabytes."""
    with torch.device("meta"):
        model = create_model(name)
    assert sum(each.nbytes for each in model.state_dict().values()) < 0.9 * 2**31


def test_a_file_is_one_file(made: Made) -> None:
    folder = Path(made.exported.path).parent
    assert [path.name for path in folder.iterdir()] == [f"{made.name}.onnx"]
