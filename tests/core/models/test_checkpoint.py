"""Filling networks from files: what goes where, and that nothing stays random unnoticed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from hrm_core.errors import Cancelled, InvalidFileError
from hrm_core.models import create_model, load_checkpoint
from hrm_core.models.checkpoint import checkpoint_facts, load_network, unfilled
from hrm_core.progress import CancelToken
from tests.support.checkpoint_files import (
    filled,
    output,
    same,
    same_but_counters,
    saved,
    small_networks,
    state,
)


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    with small_networks():
        yield


def prefixed(weights: dict[str, Tensor], prefix: str = "module.") -> dict[str, Tensor]:
    return {prefix + key: value for key, value in weights.items()}


def without(weights: dict[str, Tensor], *parts: str) -> dict[str, Tensor]:
    return {key: value for key, value in weights.items() if not any(part in key for part in parts)}


def refused(model: nn.Module, path: Path, said: str, **options: Any) -> str:
    """The one sentence of a refusal, which left the network as it was."""
    before, training, keys = state(model), model.training, getattr(model, "filled_keys", None)
    with pytest.raises(InvalidFileError, match=said) as caught:
        load_checkpoint(model, path, **options)
    assert same(model, before)
    assert (model.training, getattr(model, "filled_keys", None)) == (training, keys)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ---- wrappings --------------------------------------------------------------------------


def wrappings(weights: dict[str, Tensor]) -> dict[str, Any]:
    beside = {
        "epoch": 3,
        "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}, "param_groups": [{"lr": 1e-3}]},
        "scaler": {"scale": 65536.0},
        "args": argparse.Namespace(nb_classes=22, output_dir="out"),
        "best_f1": np.float64(0.5),
    }
    return {
        "bare": weights,
        "model": {"model": weights, **beside},
        "state_dict": {"state_dict": weights, **beside},
        "model_state_dict": {"model_state_dict": weights, **beside},
        "module": prefixed(weights),
        "state_dict module": {"state_dict": prefixed(weights), **beside},
        "nested": {"model": {"state_dict": prefixed(weights)}, **beside},
    }


@pytest.mark.parametrize("name", ["gru", "bilstm"])
@pytest.mark.parametrize("wrapping", wrappings({}))
def test_each_wrapping_gives_the_network_that_it_was_saved_from(
    tmp_path: Path, name: str, wrapping: str
) -> None:
    source = filled(name)
    path = saved(tmp_path / "a.pth", wrappings(source.state_dict())[wrapping])
    model = create_model(name)
    report = load_checkpoint(model, path)
    assert torch.equal(output(model), output(source))
    assert same(model, state(source))
    assert report.loaded == tuple(source.state_dict())
    assert report.complete
    assert unfilled(model) == ()
    assert (report.network, report.num_actions) == (name, 22)
    assert (report.resized, report.skipped, report.missing, report.adapted) == ((), (), (), ())
    assert len(report.sentences()) == 1


def test_an_old_resnet_by_several_devices_gives_the_same_output(tmp_path: Path) -> None:
    """As before PyTorch 0.4.1: no counters; and the bare pickle of before PyTorch 1.6."""
    source = filled("resnet50")
    held = {"state_dict": prefixed(without(source.state_dict(), "num_batches_tracked"))}
    path = tmp_path / "a.pth"
    torch.save(held, path, _use_new_zipfile_serialization=False)
    model = create_model("resnet50")
    report = load_checkpoint(model, path)
    assert torch.equal(output(model), output(source))
    assert report.complete
    assert len(report.missing) == 17
    assert all(key.endswith("num_batches_tracked") for key in report.missing)


def test_loading_leaves_training_and_what_learns_as_it_was(tmp_path: Path) -> None:
    source = filled("gru")
    path = saved(tmp_path / "a.pth", {key: nn.Parameter(value) for key, value in state(source).items()})
    model = create_model("gru").eval()
    model.fc.requires_grad_(False)
    before = {key: id(value) for key, value in model.named_parameters()}
    load_checkpoint(model, path)
    assert not model.training
    assert {key: id(value) for key, value in model.named_parameters()} == before
    assert {key for key, value in model.named_parameters() if not value.requires_grad} == {
        "fc.weight",
        "fc.bias",
    }


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_types_of_fractions_are_converted_and_told(tmp_path: Path, dtype: torch.dtype) -> None:
    weights = {key: value.to(dtype) for key, value in filled("gru").state_dict().items()}
    model = create_model("gru")
    report = load_checkpoint(model, saved(tmp_path / "a.pth", weights))
    assert same(model, {key: value.float() for key, value in weights.items()})
    assert report.adapted == (f"10 parameters kept as {str(dtype)[6:]} in the file: converted.",)


def test_a_network_in_half_precision_stays_so(tmp_path: Path) -> None:
    source = filled("gru")
    model = create_model("gru").half()
    load_checkpoint(model, saved(tmp_path / "a.pth", source.state_dict()))
    assert same(model, {key: value.half() for key, value in source.state_dict().items()})


# ---- what is refused --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (torch.full((128,), float("nan")), "fc.weight holds numbers that are not finite"),
        (torch.full((128,), -float("inf")), "fc.weight holds numbers that are not finite"),
        (torch.full((128,), 1e300, dtype=torch.float64), "fc.weight holds numbers that are not finite"),
        (torch.ones(128, dtype=torch.int64), "fc.weight holds int64 where fractions are expected"),
        (torch.ones(128, dtype=torch.bool), "fc.weight holds bool where fractions are expected"),
        (torch.ones(128, dtype=torch.complex64), "fc.weight holds complex64"),
        (torch.ones(1), "fc.weight is not kept number by number"),
        (torch.ones(128).to_sparse(), "fc.weight is not kept number by number"),
        (torch.ones(128, device="meta"), "fc.weight is not kept number by number"),
    ],
)
def test_numbers_that_cannot_be_weights_are_refused(tmp_path: Path, value: Tensor, said: str) -> None:
    value = value.expand(1, 128) if value.numel() == 1 else value.unsqueeze(0)
    held = {**filled("gru").state_dict(), "fc.weight": value}
    refused(create_model("gru"), saved(tmp_path / "a.pth", held), said)


@pytest.mark.parametrize("name", ["gru", "resnet50"])
@pytest.mark.parametrize("wrap", [False, True])
def test_another_number_of_actions_is_told_with_both(tmp_path: Path, name: str, wrap: bool) -> None:
    weights = create_model(name, 17).state_dict()
    path = saved(tmp_path / "a.pth", {"state_dict": prefixed(weights)} if wrap else weights)
    said = refused(create_model(name), path, "for 17 actions, and this network is for 22")
    assert f"create_model('{name}', 17)" in said
    assert "card for 17 actions" in said
    load_checkpoint(create_model(name, 17), path)


def test_another_network_is_told_by_its_name(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", {"state_dict": create_model("bilstm", 17).state_dict()})
    refused(create_model("gru"), path, "a file of bilstm for 17 actions, not of gru")
    path = saved(tmp_path / "b.pth", create_model("resnet50").state_dict())
    refused(create_model("gru"), path, "a file of resnet50 for 22 actions, not of gru")


def test_a_regressor_of_another_width_is_told_by_its_first_difference(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", create_model("gru", hidden=64).state_dict())
    refused(create_model("gru"), path, r"gru.weight_ih_l0 has the shape \[192, 22\]")
    load_checkpoint(create_model("gru", hidden=64), path)


def test_a_file_of_nothing_known_is_told_by_its_first_entries(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", {"stem.w": torch.ones(1), "stem.b": torch.ones(1)})
    refused(create_model("gru"), path, r"holds nothing of gru \(its first entries are stem.w, stem.b\)")
    refused(create_model("gru"), path, "holds nothing of gru", new_head=True)


@pytest.mark.parametrize(
    ("name", "further"),
    [("gru", "gru.weight_ih_l2"), ("bilstm", "lstm.weight_hr_l0"), ("resnet50", "layer4.3.conv1.weight")]
    + [("resnet50", "layer1.0.se.fc1.weight")],
)
def test_a_file_of_a_larger_network_is_refused(tmp_path: Path, name: str, further: str) -> None:
    """All that this network needs is in it; yet what it was trained to say takes the rest, too."""
    held = {**filled(name).state_dict(), further: torch.ones(2)}
    path = saved(tmp_path / "a.pth", {"state_dict": prefixed(held)})
    refused(create_model(name), path, f"larger network than {name}.*1 parameter of which .{further} first")
    assert checkpoint_facts(path).networks == ()


def test_what_counts_operations_leaves_its_sums_and_is_no_layer(tmp_path: Path) -> None:
    sums = {"layer1.0.conv1.total_ops": torch.ones(1), "total_params": torch.ones(1)}
    path = saved(tmp_path / "a.pth", {**filled("resnet50").state_dict(), **sums})
    assert load_checkpoint(create_model("resnet50"), path).skipped == tuple(sums)


def test_variances_below_zero_are_refused(tmp_path: Path) -> None:
    """Their roots would be NaN, and so would all outputs."""
    held = {**filled("resnet50").state_dict(), "bn1.running_var": -torch.ones(64)}
    refused(
        create_model("resnet50"), saved(tmp_path / "a.pth", held), "bn1.running_var holds variances below 0"
    )


def test_names_in_a_file_do_not_steer_the_terminal(tmp_path: Path) -> None:
    strange = "\x1b[31m\n" + "y" * 5000
    said = refused(create_model("gru"), saved(tmp_path / "a.pth", {strange: torch.ones(1)}), "holds nothing")
    path = saved(tmp_path / "b.pth", {**filled("gru").state_dict(), strange: torch.ones(1)})
    report = load_checkpoint(create_model("gru"), path)
    assert report.skipped == (strange,)
    for line in (said, *report.sentences()):
        assert line.isprintable()
        assert len(line.replace(str(tmp_path), "")) < 300


def test_a_refusal_in_the_middle_leaves_earlier_weights(tmp_path: Path) -> None:
    """Only the last of the numbers is wrong: those before it must not have been written."""
    model = create_model("gru")
    load_checkpoint(model, saved(tmp_path / "a.pth", filled("gru").state_dict()))
    held = {key: torch.zeros_like(value) for key, value in model.state_dict().items()}
    held["fc.bias"] = torch.tensor([float("nan")])
    refused(model, saved(tmp_path / "b.pth", held), "fc.bias holds numbers that are not finite")


def test_a_stop_leaves_the_network_as_it_was(tmp_path: Path) -> None:
    model, cancel = create_model("gru"), CancelToken()
    before = state(model)
    path = tmp_path / "a.pth"
    # Without checksums nothing is checked beforehand: it stops among the parameters.
    torch.save(filled("gru").state_dict(), path, _use_new_zipfile_serialization=False)
    cancel.cancel()
    with pytest.raises(Cancelled):
        load_checkpoint(model, path, cancel=cancel)
    assert same(model, before)


def test_only_our_networks_with_numbers_are_filled(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", filled("gru").state_dict())
    with pytest.raises(ValueError, match="not made by create_model"):
        load_checkpoint(nn.Linear(2, 2), path)
    with torch.device("meta"):
        model = create_model("gru")
    with pytest.raises(ValueError, match="no numbers to fill"):
        load_checkpoint(model, path)


# ---- a random head must never pass ------------------------------------------------------


@settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_what_is_taken_away_or_renamed_never_stays_random(tmp_path: Path, data: st.DataObject) -> None:
    """Either a file is refused, or all that its network says comes from it."""
    name = data.draw(st.sampled_from(["gru", "bilstm"]))
    source = filled(name).state_dict()
    held = dict(source)
    for key in data.draw(st.sets(st.sampled_from(sorted(source)), max_size=3)):
        value = held.pop(key)
        new = data.draw(
            st.sampled_from(["", "x.{}", "module.{}", "{}.module", "model.{}", "{}_", "backbone.{}"])
        )
        if new:
            held[new.format(key)] = value
    if data.draw(st.booleans()):
        held["extra.weight"] = torch.ones(2)
    model, path = create_model(name), saved(tmp_path / "a.pth", {"state_dict": held})
    before = state(model)
    try:
        report = load_checkpoint(model, path)
    except InvalidFileError:
        assert same(model, before)
        assert held.keys() != source.keys()
    else:
        assert same(model, source)
        assert report.missing == ()
        assert report.complete


# ---- beginning from a backbone ----------------------------------------------------------


def test_imagenets_resnet_begins_a_resnet_but_says_nothing_of_actions(tmp_path: Path) -> None:
    source = filled("resnet50", 1000)
    path = saved(tmp_path / "a.pth", source.state_dict())
    model = create_model("resnet50")
    refused(model, path, "for 1000 actions.*new_head=True")
    head = state(model.fc)
    report = load_checkpoint(model, path, new_head=True)
    assert report.missing == ("fc.weight", "fc.bias") == report.skipped
    assert not report.complete
    assert unfilled(model) == ("fc.weight", "fc.bias")
    assert same(model.fc, head)
    assert all(torch.equal(model.state_dict()[key], source.state_dict()[key]) for key in report.loaded)


def test_a_trunk_must_be_whole_also_for_a_new_head(tmp_path: Path) -> None:
    weights = without(create_model("resnet50", 1000).state_dict(), "layer4.0.conv3.weight")
    path = saved(tmp_path / "a.pth", weights)
    refused(create_model("resnet50"), path, "layer4.0.conv3.weight", new_head=True)
    only_head = {key: value for key, value in weights.items() if key.startswith("fc.")}
    refused(create_model("resnet50", 1000), saved(tmp_path / "b.pth", only_head), "lacks", new_head=True)


def test_a_head_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    weights = without(filled("resnet50").state_dict(), "fc.bias")
    model = create_model("resnet50")
    head = state(model.fc)
    report = load_checkpoint(model, saved(tmp_path / "a.pth", weights), new_head=True)
    assert report.missing == ("fc.weight", "fc.bias")
    assert same(model.fc, head)


def test_a_regressor_has_no_head_to_begin_anew(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", create_model("gru", 17).state_dict())
    assert "new_head" not in refused(create_model("gru"), path, "for 17 actions", new_head=True)


# ---- made and filled at once ------------------------------------------------------------


def test_a_network_can_be_made_from_its_file(tmp_path: Path) -> None:
    source = filled("resnet50", 17)
    weights = without(source.state_dict(), "num_batches_tracked")
    model, report = load_network("resnet50", saved(tmp_path / "a.pth", weights), 17)
    assert same_but_counters(model, state(source))
    assert model.training
    assert report.complete
    with pytest.raises(InvalidFileError, match="for 17 actions"):
        load_network("resnet50", tmp_path / "a.pth")
