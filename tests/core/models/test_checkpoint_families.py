"""What is special about the files of transformers, EmoFAN and ME-GraphAU."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from hrm_core.errors import InvalidFileError
from hrm_core.models import create_model, list_models, load_checkpoint
from hrm_core.models.checkpoint import load_network, unfilled
from hrm_core.models.checkpoint_facts import _layout, checkpoint_facts, facts_of, without_numbers
from hrm_core.models.checkpoint_file import CheckpointFile
from hrm_core.models.nets import emofan as emofan_net
from tests.core.models.test_checkpoint import prefixed, refused, without
from tests.support.checkpoint_files import (
    filled,
    output,
    same,
    saved,
    small_networks,
    state,
)


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    with small_networks():
        yield


def pretrained(name: str) -> dict[str, Tensor]:
    """A synthetic file as masked pre-training leaves it: a decoder, and no head."""
    weights = without(state(filled(name, pooling="class")), "head.", "ID_head.")
    width = weights["cls_token"].shape[-1]
    return {
        **weights,
        "mask_token": torch.zeros(1, 1, 32),
        "decoder_pos_embed": torch.zeros(1, 197, 32),
        "decoder_embed.weight": torch.ones(32, width),
        "decoder_norm.weight": torch.ones(32),
    }


# ---- transformers -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mae_face", "fmae", "fmae_iat"])
@pytest.mark.parametrize("pooling", ["mean", "class"])
def test_the_pooling_of_a_file_is_taken_over(tmp_path: Path, name: str, pooling: str) -> None:
    source = filled(name, pooling=pooling)
    path = saved(tmp_path / "a.pth", {"model": source.state_dict(), "epoch": 29})
    model = create_model(name)
    usual = model.pooling
    report = load_checkpoint(model, path)
    assert torch.equal(output(model), output(source))
    assert same(model, state(source))
    assert model.pooling == pooling
    assert bool(report.adapted) == (usual != pooling)
    assert report.complete
    assert unfilled(model) == ()


def test_a_refused_file_does_not_change_the_pooling(tmp_path: Path) -> None:
    weights = state(filled("mae_face", pooling="class"))
    weights["blocks.1.mlp.fc2.bias"][3] = float("nan")
    model = create_model("mae_face")
    refused(model, saved(tmp_path / "a.pth", weights), "blocks.1.mlp.fc2.bias holds numbers")
    assert model.pooling == "mean"
    assert model.norm is None


def test_a_frozen_network_with_another_pooling_stays_frozen(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", filled("mae_face", pooling="class").state_dict())
    model = create_model("mae_face").eval().requires_grad_(False)
    load_checkpoint(model, path)
    assert not any(each.requires_grad for each in model.parameters())
    assert not any(each.training for each in model.modules())


@pytest.mark.parametrize(
    "further", ["blocks.2.norm1.weight", "blocks.0.ls1.gamma", "patch_embed.norm.weight"]
)
def test_a_transformer_with_more_in_it_is_another_one(tmp_path: Path, further: str) -> None:
    path = saved(tmp_path / "a.pth", {**filled("mae_face").state_dict(), further: torch.ones(64)})
    for new_head in (False, True):
        refused(create_model("mae_face"), path, f"larger network than mae_face.*{further}", new_head=new_head)


def test_without_a_final_norm_a_file_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", without(filled("mae_face").state_dict(), "fc_norm"))
    refused(create_model("mae_face"), path, "fc_norm.weight.*random")


@pytest.mark.parametrize("subjects", [0, 5, 98, 120])
def test_the_identity_head_becomes_the_files(tmp_path: Path, subjects: int) -> None:
    source = filled("fmae_iat", num_subjects=subjects)
    model = create_model("fmae_iat")
    report = load_checkpoint(model, saved(tmp_path / "a.pth", {"model": source.state_dict()}))
    assert same(model, state(source))
    assert bool(report.adapted) == (subjects != 98)
    assert report.complete
    with torch.inference_mode():
        assert model(torch.zeros(1, 3, 224, 224))[1].shape == (1, subjects)


def test_a_missing_identity_head_is_told_and_allowed(tmp_path: Path) -> None:
    source = filled("fmae_iat")
    model = create_model("fmae_iat")
    path = saved(tmp_path / "a.pth", without(source.state_dict(), "ID_head"))
    report = load_checkpoint(model, path)
    assert report.missing == ("ID_head.weight", "ID_head.bias")
    assert report.complete
    assert torch.equal(output(model), output(source))
    again, _ = load_network("fmae_iat", path)
    assert torch.equal(output(again), output(source))
    assert float(again.ID_head.weight.detach().abs().max()) < 1e-3


def test_an_identity_head_is_extra_for_a_network_without(tmp_path: Path) -> None:
    source = filled("fmae_iat")
    model = create_model("fmae")
    report = load_checkpoint(model, saved(tmp_path / "a.pth", source.state_dict()))
    assert report.skipped == ("ID_head.weight", "ID_head.bias")
    assert report.complete
    assert torch.equal(output(model), output(source))


def test_half_an_identity_head_or_one_of_layers_is_not_taken(tmp_path: Path) -> None:
    weights = state(filled("fmae_iat", num_subjects=4))
    model = create_model("fmae_iat")
    report = load_checkpoint(model, saved(tmp_path / "a.pth", without(weights, "ID_head.bias")))
    assert report.missing == ("ID_head.weight", "ID_head.bias")
    assert report.skipped == ("ID_head.weight",)
    layers = {**weights, "ID_head2.weight": torch.ones(2, 4)}
    report = load_checkpoint(model, saved(tmp_path / "b.pth", layers))
    assert report.missing == ("ID_head.weight", "ID_head.bias")
    assert model.ID_head.out_features == 98


@pytest.mark.parametrize(("size", "wanted"), [(32, 224), (224, 64), (224, 384)])
def test_position_embeddings_are_brought_to_the_networks_grid(tmp_path: Path, size: int, wanted: int) -> None:
    source = filled("mae_face", input_size=size)
    model = create_model("mae_face", input_size=wanted)
    report = load_checkpoint(model, saved(tmp_path / "a.pth", source.state_dict()))
    assert report.resized == ("pos_embed",)
    assert report.complete
    old, grid = source.pos_embed.detach(), size // 16
    rows = old[0, 1:].T.reshape(1, -1, grid, grid)
    new = nn.functional.interpolate(rows, (wanted // 16,) * 2, mode="bicubic", align_corners=False)
    assert torch.equal(model.pos_embed[:, 0], old[:, 0])
    assert torch.allclose(model.pos_embed[0, 1:].T.reshape(new.shape[1:]), new[0], atol=1e-6)
    assert torch.equal(model.blocks[1].mlp.fc1.weight, source.blocks[1].mlp.fc1.weight)


def test_position_embeddings_without_a_square_are_refused(tmp_path: Path) -> None:
    weights = {**filled("mae_face").state_dict(), "pos_embed": torch.zeros(1, 196, 64)}
    refused(create_model("mae_face"), saved(tmp_path / "a.pth", weights), r"pos_embed has the shape \[1, 196")


def test_large_and_small_networks_are_told_apart(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", {"model": create_model("fmae").state_dict()})
    refused(create_model("mae_face"), path, "a file of fmae or fmae_iat for 22 actions, not of mae_face")
    path = saved(tmp_path / "b.pth", {"model": create_model("mae_face", 17).state_dict()})
    refused(create_model("fmae"), path, "a file of mae_face for 17 actions, not of fmae")
    refused(create_model("mae_face"), path, "for 17 actions, and this network is for 22")


def test_a_pretraining_file_has_no_head_and_only_begins_a_training(tmp_path: Path) -> None:
    weights = pretrained("mae_face")
    path = saved(tmp_path / "a.pth", {"model": weights, "epoch": 199})
    model = create_model("mae_face")
    refused(model, path, "has no head of mae_face for these actions.*random.*new_head=True")
    report = load_checkpoint(model, path, new_head=True)
    assert model.pooling == "mean"
    assert set(report.missing) == {"head.weight", "head.bias", "fc_norm.weight", "fc_norm.bias"}
    assert {"mask_token", "decoder_norm.weight", "norm.weight"} <= set(report.skipped)
    assert not report.complete
    assert torch.equal(model.blocks[0].attn.qkv.weight, weights["blocks.0.attn.qkv.weight"])
    by_class = create_model("fmae")
    report = load_checkpoint(by_class, saved(tmp_path / "b.pth", pretrained("fmae")), new_head=True)
    assert report.missing == ("head.weight", "head.bias")


def test_training_goes_on_from_other_actions_and_other_people(tmp_path: Path) -> None:
    source = filled("fmae_iat", 17, pooling="mean", num_subjects=41)
    path = saved(tmp_path / "a.pth", source.state_dict())
    model = create_model("fmae_iat")
    report = load_checkpoint(model, path, new_head=True)
    assert model.pooling == "mean"
    assert set(report.missing) == {"head.weight", "head.bias", "ID_head.weight", "ID_head.bias"}
    assert model.head.out_features == 22
    assert model.ID_head.out_features == 98
    assert torch.equal(model.fc_norm.weight, source.fc_norm.weight)


def test_a_trunk_without_its_class_norm_does_not_begin_a_training(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", without(pretrained("fmae"), "norm.weight"))
    refused(create_model("fmae"), path, "fmae", new_head=True)


@cache
def random_network(name: str) -> nn.Module:
    return create_model(name, input_size=32)


@cache
def small_source(name: str, actions: int, pooling: str) -> dict[str, Tensor]:
    return state(filled(name, actions, input_size=32, pooling=pooling))


@pytest.mark.slow
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_part_of_a_transformer_stays_random(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["mae_face", "fmae_iat"]))
    pooling = data.draw(st.sampled_from(["mean", "class"]))
    source = small_source(name, data.draw(st.sampled_from([22, 22, 17])), pooling)
    held = dict(source)
    telling = ["head.weight", "fc_norm.weight", "norm.bias", "pos_embed", "cls_token", "ID_head.bias"]
    keys = st.one_of(st.sampled_from(sorted(source)), st.sampled_from(telling))
    for key in data.draw(st.sets(keys, max_size=3)):
        value = held.pop(key, torch.ones(source["cls_token"].shape[-1]))
        new = data.draw(st.sampled_from(["", "x.{}", "module.{}", "fc_{}", "{}_", "decoder_{}"]))
        if new:
            held[new.format(key)] = value
    model, path = deepcopy(random_network(name)), saved(tmp_path / "a.pth", {"model": held})
    before = state(model)
    try:
        report = load_checkpoint(model, path)
    except InvalidFileError:
        assert same(model, before)
    else:
        own = model.state_dict()
        taken = {key.removeprefix("module."): value for key, value in held.items()}
        free = {"ID_head.weight", "ID_head.bias"}
        assert set(report.missing) <= free
        assert all(torch.equal(own[key], taken[key]) for key in own if key not in report.missing)
        assert own["head.weight"].shape[0] == 22


# ---- EmoFAN -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def emofan() -> nn.Module:
    return filled("emofan")


def parts(model: nn.Module) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The landmark network and the predictor, as they are published in files of their own."""
    # The landmark network is of 2017: it has no counters.
    fan = without(state(model.feature.fan), "num_batches_tracked")
    return fan, state(model.predictor)


@pytest.mark.slow
def test_emofan_whole_gives_the_same_output(tmp_path: Path, emofan: nn.Module) -> None:
    model = create_model("emofan")
    for number, held in enumerate([emofan.state_dict(), prefixed(emofan.state_dict())]):
        report = load_checkpoint(model, saved(tmp_path / f"{number}.pth", held))
        assert report.complete
        assert same(model, state(emofan))


@pytest.mark.parametrize("prefix", ["module."])
def test_the_predictor_alone_leaves_the_landmark_network_missing(
    tmp_path: Path, emofan: nn.Module, prefix: str
) -> None:
    fan, predictor = parts(emofan)
    assert len(predictor) == 83
    model = create_model("emofan")
    path = saved(tmp_path / "a.pth", prefixed(predictor, prefix))
    report = load_checkpoint(model, path)
    assert len(report.loaded) == 83
    assert len(report.missing) == len(emofan.feature.state_dict())
    assert all(key.startswith("feature.fan.") for key in report.missing)
    assert not report.complete
    assert not checkpoint_facts(path).complete

    report = load_checkpoint(model, saved(tmp_path / "b.pth", fan))
    assert report.complete
    assert all(key.endswith("num_batches_tracked") for key in report.missing)
    ours, theirs = (without(state(each), "num_batches_tracked") for each in (model, emofan))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


@pytest.mark.slow
def test_the_landmark_network_may_come_first(tmp_path: Path, emofan: nn.Module) -> None:
    fan, predictor = parts(emofan)
    path = saved(tmp_path / "a.pth", fan)
    model = create_model("emofan")
    refused(model, path, "holds no predictor of emofan, and none was loaded before.*random")
    report = load_checkpoint(model, path, new_head=True)
    assert not report.complete
    assert all(key.startswith("predictor.") for key in unfilled(model))
    report = load_checkpoint(model, saved(tmp_path / "b.pth", predictor))
    assert report.complete
    assert unfilled(model) == ()
    assert torch.equal(output(model), output(emofan))


@pytest.mark.parametrize("prefix", ["", "feature.fan."])
def test_a_landmark_network_of_more_stacks_is_another_one(
    tmp_path: Path, emofan: nn.Module, prefix: str
) -> None:
    fan, predictor = parts(emofan)
    held = {**prefixed({**fan, "m2.b2_plus_1.bn1.weight": torch.ones(256)}, prefix)}
    whole = {**held, **prefixed(predictor, "predictor." if prefix else "")}
    path = saved(tmp_path / "a.pth", whole)
    refused(create_model("emofan"), path, r"larger network than emofan.*m2\.b2_plus_1")
    path = saved(tmp_path / "b.pth", held)
    refused(create_model("emofan"), path, r"larger network than emofan", new_head=True)


def test_emofan_of_other_outputs_begins_training(tmp_path: Path, emofan: nn.Module) -> None:
    """The published EmoNet: names without prefixes, and eight feelings and two more."""
    fan, predictor = parts(emofan)
    last = {"emo_fc_2.3.weight": torch.ones(10, 128), "emo_fc_2.3.bias": torch.ones(10)}
    path = saved(tmp_path / "a.pth", {**fan, **predictor, **last})
    report = load_checkpoint(create_model("emofan"), path, new_head=True)
    assert report.skipped == tuple(last)
    assert report.head_in_file == 10


def test_a_part_of_emofan_is_taken_whole(tmp_path: Path, emofan: nn.Module) -> None:
    fan, predictor = parts(emofan)
    some = without(fan, "m1.b3_1.conv2.weight")
    refused(create_model("emofan"), saved(tmp_path / "a.pth", {**some, **predictor}), "m1.b3_1.conv2.weight")
    some = without(predictor, "emo_fc_2.3.bias")
    refused(create_model("emofan"), saved(tmp_path / "b.pth", {**fan, **some}), "emo_fc_2.3.bias")
    few = create_model("emofan", 17).predictor.state_dict()
    refused(
        create_model("emofan"), saved(tmp_path / "c.pth", few), "for 17 actions, and this network is for 22"
    )


@pytest.mark.slow
def test_the_published_layout_of_emofan_in_its_true_size(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(emofan_net, "_DEPTH", 4)
        _layout.cache_clear()
        source = filled("emofan")
        model = create_model("emofan")
        report = load_checkpoint(model, saved(tmp_path / "a.pth", source.predictor.state_dict()))
        assert (len(report.loaded), len(report.missing)) == (83, 682 - 83)
        report = load_checkpoint(model, saved(tmp_path / "b.pth", source.feature.fan.state_dict()))
        assert report.complete
        assert same(model, state(source))
    _layout.cache_clear()


# ---- ME-GraphAU -------------------------------------------------------------------------


def test_the_stages_are_not_taken_for_one_another(tmp_path: Path) -> None:
    first, second = filled("me_graphau", 6), filled("me_graphau_edge", 6)
    one = saved(tmp_path / "1.pth", {"state_dict": prefixed(first.state_dict())})
    two = saved(tmp_path / "2.pth", {"state_dict": prefixed(second.state_dict())})
    refused(create_model("me_graphau", 6), two, "a file of me_graphau_edge for 6 actions, not of me_graphau:")
    model = create_model("me_graphau_edge", 6)
    refused(model, one, "a file of me_graphau for 6 actions, not of me_graphau_edge.*new_head=True")
    report = load_checkpoint(model, one, new_head=True)
    assert all(key.startswith(("head.gnn.", "head.edge_")) for key in report.missing)
    assert all(key.startswith("head.gnn.") for key in report.skipped)
    assert torch.equal(model.head.sc, first.head.sc)
    assert not report.complete
    again = create_model("me_graphau", 6)
    assert load_checkpoint(again, one).complete
    assert torch.equal(output(again), output(first))


def test_other_actions_keep_nothing_of_a_graphs_actions(tmp_path: Path) -> None:
    """Its first five blocks would fit by shape and be of other actions."""
    source = filled("me_graphau", 6)
    model = create_model("me_graphau", 5)
    before = state(model.head)
    report = load_checkpoint(model, saved(tmp_path / "a.pth", source.state_dict()), new_head=True)
    assert same(model.head, before)
    assert torch.equal(model.global_linear.fc.weight, source.global_linear.fc.weight)
    assert all(key.startswith("head.") for key in report.missing)


def test_imagenets_resnet_begins_a_graph(tmp_path: Path) -> None:
    source = filled("resnet50", 1000)
    path = saved(tmp_path / "a.pth", source.state_dict())
    model = create_model("me_graphau", 6)
    refused(model, path, "a file of resnet50")
    report = load_checkpoint(model, path, new_head=True)
    assert len(report.loaded) == 17 * 6
    assert report.skipped == ("fc.weight", "fc.bias")
    assert torch.equal(model.backbone.layer4[0].conv3.weight, source.layer4[0].conv3.weight)


# ---- what a file is ---------------------------------------------------------------------


def facts(weights: dict[str, Tensor]) -> Any:
    return facts_of(CheckpointFile(Path("a.pth"), weights, "bare"))


@pytest.mark.parametrize("name", list_models())
@pytest.mark.parametrize("actions", [22, 17])
def test_each_network_is_known_by_its_keys_and_shapes(name: str, actions: int) -> None:
    known = facts(without_numbers(name, actions).state_dict())
    assert known.networks[0] == name
    assert set(known.networks) <= {name, "fmae", "fmae_iat"}
    assert known.num_actions == actions
    assert known.pooling == {"mae_face": "mean", "fmae": "class", "fmae_iat": "class"}.get(name)
    assert known.subjects == (98 if name == "fmae_iat" else None)
    assert known.complete
    assert name in known.backbone_of


def test_backbones_are_known_and_are_no_detectors(emofan: nn.Module) -> None:
    known = facts(pretrained("mae_face"))
    assert (known.networks, known.backbone_of, known.num_actions) == ((), ("mae_face",), None)
    assert facts(pretrained("fmae")).backbone_of == ("fmae", "fmae_iat")
    imagenet = facts(without_numbers("resnet50", 1000).state_dict())
    assert imagenet.networks == ("resnet50",)
    assert imagenet.num_actions == 1000
    assert imagenet.backbone_of == ("resnet50", "me_graphau", "me_graphau_edge")
    known = facts(parts(emofan)[0])
    assert (known.networks, known.backbone_of, known.complete) == ((), ("emofan",), False)


def test_facts_are_read_from_a_file_and_its_wrapping_told(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.pth", {"model": prefixed(create_model("fmae_iat", num_subjects=7).state_dict())}
    )
    known = checkpoint_facts(path)
    assert known.networks == ("fmae_iat", "fmae")
    assert known.subjects == 7
    assert known.wrapping == "model, with prefix module."


def test_a_file_that_claims_any_number_is_of_nothing(tmp_path: Path) -> None:
    huge = torch.zeros(1).expand(10**9, 512)
    weights = {**without_numbers("me_graphau", 22).state_dict(), "head.sc": huge}
    assert facts(weights).networks == ()
