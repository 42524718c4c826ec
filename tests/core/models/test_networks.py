"""Every network against the golden listings and outputs of the reference implementations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from hrm_core.errors import NotFoundError
from hrm_core.models import create_model, list_models
from hrm_core.models.nets.graph_au import GraphConvolution, MeGraphAuEdge
from hrm_core.models.nets.vit import reverse_gradient
from hrm_core.models.zoo import network, network_of
from tests.support.filled_network import GOLDEN, fill, golden, golden_input, listing

# Three hundred million parameters each; what is special about them is tested in the small ones, too.
LARGE = {"fmae", "fmae_iat"}
# Ours, not published by anybody: what it says is tested with the card of the demo study.
OWN = {"starter"}
PUBLISHED = [name for name in list_models() if name not in OWN]
EVERY = [pytest.param(name, marks=[pytest.mark.slow] * (name in LARGE)) for name in PUBLISHED]


def on_meta(name: str, num_actions: int = 22) -> nn.Module:
    with torch.device("meta"):
        return create_model(name, num_actions)


@pytest.fixture(scope="module")
def large_values() -> dict[str, torch.Tensor]:
    """Golden values of the largest network, which are those of the other large one, too."""
    model = on_meta("fmae_iat").to_empty(device="cpu")
    assert golden("fmae_iat")["fill"] == golden("fmae")["fill"]
    fill(model, golden("fmae_iat")["fill"]["g"])
    return model.state_dict()


def test_every_golden_file_has_its_network() -> None:
    assert len(list(GOLDEN.glob("outputs/*.json"))) == len(PUBLISHED) == 9
    assert {golden(name)["model"] for name in PUBLISHED} == {
        path.stem for path in GOLDEN.glob("outputs/*.json")
    }


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_state_dict_is_the_listed_one_in_its_order(name: str) -> None:
    state = on_meta(name).state_dict()
    found = [[key, [list(each.shape), str(each.dtype).removeprefix("torch.")]] for key, each in state.items()]
    assert found == [list(entry) for entry in listing(name)["state_dict"].items()]


@pytest.mark.parametrize("name", PUBLISHED)
def test_as_many_parameters_as_listed_and_as_many_of_them_learn(name: str) -> None:
    parameters = list(on_meta(name).parameters())
    assert sum(each.numel() for each in parameters) == listing(name)["n_parameters"]
    learning = sum(each.numel() for each in parameters if each.requires_grad)
    assert learning == listing(name)["n_trainable_as_built"]


@pytest.mark.parametrize("name", EVERY)
def test_outputs_equal_the_golden_ones(name: str, request: pytest.FixtureRequest) -> None:
    facts = golden(name)
    if name in LARGE:
        values, model = request.getfixturevalue("large_values"), on_meta(name).eval()
        model.load_state_dict({key: values[key] for key in model.state_dict()}, assign=True)
    else:
        model = create_model(name).eval()
        fill(model, facts["fill"]["g"])
    total = sum(
        each.double().abs().sum().item() for each in model.state_dict().values() if each.is_floating_point()
    )
    assert total == pytest.approx(facts["fill_total_abs_sum"], rel=1e-9)
    inputs = golden_input(facts["input"])
    assert inputs.double().sum().item() == pytest.approx(facts["input_check"]["sum"], abs=1e-4)

    with torch.inference_mode():
        outputs = model(inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)

    assert network(name).outputs == tuple(facts["outputs"])
    for output, wanted in zip(outputs, facts["outputs"].values(), strict=True):
        assert list(output.shape) == wanted["shape"]
        apart = np.abs(output.numpy() - np.array(wanted["float64"])).max()
        assert apart <= 1e-4 * wanted["max_abs"]


@pytest.mark.parametrize("name", list_models())
def test_seventeen_actions_give_seventeen_outputs(name: str) -> None:
    entry, model = network(name), on_meta(name, 17).eval()
    shape = (2, 15, 17) if entry.takes == "sequences" else (2, 3, entry.input_size, entry.input_size)
    with torch.inference_mode():
        outputs = model(torch.empty(shape, device="meta"))
    first = outputs[0] if isinstance(outputs, tuple) else outputs
    assert first.shape == ((2, 1) if entry.takes == "sequences" else (2, 17))
    assert network_of(model) is entry


def test_edges_are_the_same_by_token_and_by_mean() -> None:
    """The short way of the second stage, for fixed statistics, against the long one."""
    model = create_model("me_graphau_edge").eval()
    assert isinstance(model, MeGraphAuEdge)
    fill(model, 1.0)
    extractor = model.head.edge_extractor
    generator = torch.Generator().manual_seed(5)
    actions = torch.rand((2, 22, 49, 512), generator=generator)
    tokens = torch.rand((2, 49, 512), generator=generator)
    with torch.inference_mode():
        short = extractor(actions, tokens)
        long = extractor._per_token(extractor.FAM(actions, tokens.unsqueeze(1)))
    assert torch.allclose(short, long, rtol=1e-4, atol=1e-5)


def test_the_landmark_network_does_not_learn() -> None:
    model = create_model("emofan").train()
    assert not any(each.training for each in model.feature.modules())
    assert model.predictor.training
    assert not any(each.requires_grad for each in model.feature.parameters())


def test_a_reversed_gradient_is_turned_round_and_scaled() -> None:
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    y = reverse_gradient(x, 0.5)
    assert torch.equal(y, x)
    (y * torch.tensor([3.0, 4.0])).sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, torch.tensor([-1.5, -2.0]))


def test_scores_of_sequences_can_be_had_twice() -> None:
    model, actions = create_model("bilstm").eval(), torch.ones(3, 15, 22)
    with torch.inference_mode():
        assert torch.equal(model(actions), model(actions))


def test_paths_are_dropped_by_sample_and_only_while_training() -> None:
    model = create_model("mae_face", drop_path=0.5)
    block = model.blocks[11]
    branch = torch.ones(400, 2, 3)
    torch.manual_seed(1)
    kept = block._kept(branch)
    assert set(kept.unique().tolist()) == {0.0, 2.0}
    assert (kept == kept[:, :1, :1]).all()
    assert 150 < (kept[:, 0, 0] == 0).sum() < 250
    assert model.blocks[0]._kept(branch) is branch
    assert model.eval().blocks[11]._kept(branch) is branch


def test_in_mixed_precision_rounding_makes_no_neighbours() -> None:
    """Of bfloat16's eight bits many products are equal; each tie would be heard by one more node."""
    torch.manual_seed(0)
    step = GraphConvolution(22, 4).eval()
    nodes = torch.rand(16, 22, 512)
    with torch.inference_mode():
        exact = step.adjacency(nodes)
        with torch.autocast("cpu", torch.bfloat16):
            assert torch.equal(step.adjacency(nodes), exact)
            mixed = step.adjacency(nodes.bfloat16())
    assert ((exact > 0).sum(-1) == 4).all()
    assert ((mixed > 0).sum(-1) == 4).all()


def test_the_regressor_of_both_directions_runs_in_mixed_precision() -> None:
    model = create_model("bilstm").eval()
    sequences = torch.ones(2, 15, 22)
    with torch.inference_mode():
        exact = model(sequences)
        with torch.autocast("cpu", torch.bfloat16):
            assert torch.allclose(model(sequences).float(), exact, atol=0.02)


def test_an_unknown_network_is_told_with_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="no network 'resnet51': there are resnet50, emofan"):
        create_model("resnet51")


def test_options_are_for_the_networks_that_have_them() -> None:
    with pytest.raises(TypeError):
        create_model("resnet50", neighbours=3)
    with pytest.raises(ValueError, match="multiple of 16"):
        create_model("mae_face", input_size=100)
    with pytest.raises(ValueError, match="at least 1"):
        create_model("gru", 0)
