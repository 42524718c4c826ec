"""Groups of parameters and rates, against what the sources of the networks do."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from hrm_core.models import create_model
from hrm_core.models.nets.vit import Size, VisionTransformer
from hrm_core.models.train.optim import learning_rate, make_optimiser, parameter_groups
from hrm_core.models.train.recipes import presets, recipe

NETWORKS = ("resnet50", "emofan", "me_graphau", "me_graphau_edge", "mae_face", "fmae", "fmae_iat")


def made(name: str) -> nn.Module:
    """A network without memory of its own: only names and shapes matter."""
    with torch.device("meta"):
        return create_model(name)


def group_of(model: nn.Module, groups: list[dict], name: str) -> dict:
    wanted = model.get_parameter(name)
    (found,) = [group for group in groups if any(each is wanted for each in group["params"])]
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_each_trained_parameter_is_in_one_group(name: str) -> None:
    model = made(name)
    for preset in presets(name):
        groups = parameter_groups(model, recipe(name, preset))
        found = [id(each) for group in groups for each in group["params"]]
        frozen = "feature." if name == "emofan" else "none"
        wanted = [id(each) for key, each in model.named_parameters() if not key.startswith(frozen)]
        assert sorted(found) == sorted(wanted)


def test_of_emofan_the_predictor_learns() -> None:
    groups = parameter_groups(made("emofan"), recipe("emofan"))
    assert sum(each.numel() for group in groups for each in group["params"]) == 1_858_454


# Distance from the top: ViT-B has layers 0 to 13, ViT-L 0 to 25.
@pytest.mark.parametrize(
    ("name", "parameter", "distance", "decays"),
    [
        ("mae_face", "cls_token", 13, False),
        ("mae_face", "pos_embed", 13, False),
        ("mae_face", "patch_embed.proj.weight", 13, True),
        ("mae_face", "patch_embed.proj.bias", 13, False),
        ("mae_face", "blocks.0.attn.qkv.weight", 12, True),
        ("mae_face", "blocks.0.norm1.weight", 12, False),
        ("mae_face", "blocks.11.mlp.fc2.weight", 1, True),
        ("mae_face", "fc_norm.weight", 0, False),
        ("mae_face", "head.weight", 0, True),
        ("mae_face", "head.bias", 0, False),
        ("fmae", "pos_embed", 25, False),
        ("fmae", "blocks.0.attn.proj.weight", 24, True),
        ("fmae", "blocks.10.mlp.fc1.bias", 14, False),
        ("fmae", "blocks.23.attn.qkv.weight", 1, True),
        ("fmae", "norm.bias", 0, False),
        ("fmae_iat", "ID_head.weight", 0, True),
        ("fmae_iat", "ID_head.bias", 0, False),
    ],
)
def test_layers_of_transformers(name: str, parameter: str, distance: int, decays: bool) -> None:
    model = made(name)
    group = group_of(model, parameter_groups(model, recipe(name)), parameter)
    assert group["scale"] == pytest.approx(0.65**distance, rel=1e-12)
    assert group["weight_decay"] == (0.05 if decays else 0)


def test_elsewhere_all_learns_and_decays_alike() -> None:
    (group,) = parameter_groups(made("me_graphau"), recipe("me_graphau"))
    assert group["scale"] == 1
    assert group["weight_decay"] == 5e-4


def test_only_transformers_have_layers() -> None:
    with pytest.raises(ValueError, match="ResNet50 has no layers"):
        parameter_groups(made("resnet50"), replace(recipe("resnet50"), layer_decay=0.65))


def test_the_optimiser_moves_each_group_at_its_own_rate() -> None:
    constant = replace(
        recipe("mae_face"), schedule="constant", warm_up_epochs=0, learning_rate=1e-2, weight_decay=0.5
    )
    model = VisionTransformer(2, Size(width=32, depth=12, heads=1), pooling="mean", input_size=16)
    optimiser = make_optimiser(model, constant)
    before = {name: each.detach().clone() for name, each in model.named_parameters()}
    for each in model.parameters():
        each.grad = torch.ones_like(each)
    optimiser.step()

    def moved(name: str) -> torch.Tensor:
        return model.get_parameter(name).detach() - before[name]

    # Adam's first step is as long as the rate, whatever the gradient; what decays loses rate · 0.5 of it.
    torch.testing.assert_close(moved("head.bias"), torch.full((2,), -1e-2))
    torch.testing.assert_close(moved("head.weight"), -1e-2 - 1e-2 * 0.5 * before["head.weight"])
    rate = 1e-2 * 0.65**12
    torch.testing.assert_close(moved("blocks.0.norm1.bias"), torch.full((32,), -rate))


def test_betas_are_the_recipes() -> None:
    model = nn.Linear(2, 2)
    optimiser = make_optimiser(model, replace(recipe("resnet50"), betas=(0.8, 0.95)))
    assert [group["betas"] for group in optimiser.param_groups] == [(0.8, 0.95)]


# MAE-Face: 1.25e-4 after 3 epochs, 1e-6 after 30; 16.5 is the middle of the 27 between.
@pytest.mark.parametrize(
    ("progress", "rate"),
    [
        (0, 0),
        (0.75, 0.25 * 1.25e-4),
        (1.5, 0.5 * 1.25e-4),
        (3, 1.25e-4),
        (16.5, (1.25e-4 + 1e-6) / 2),
        # A third of the way: 1e-6 + 1.24e-4 · (1 + cos 60°) / 2 = 1e-6 + 1.24e-4 · 3/4.
        (12, 9.4e-5),
        (30, 1e-6),
        (31, 1e-6),
    ],
)
def test_rates_of_warm_up_and_cosine(progress: float, rate: float) -> None:
    assert learning_rate(recipe("mae_face"), progress) == pytest.approx(rate, rel=1e-12, abs=1e-18)


@pytest.mark.parametrize(("progress", "rate"), [(0, 1e-4), (10, 5e-5), (20, 0)])
def test_rates_of_me_graph_have_no_warm_up(progress: float, rate: float) -> None:
    assert learning_rate(recipe("me_graphau"), progress) == pytest.approx(rate, abs=1e-18)


@pytest.mark.parametrize(
    ("progress", "rate"), [(0, 1e-4), (3.99, 1e-4), (4, 3e-5), (7.5, 3e-5), (8, 9e-6), (11.99, 9e-6)]
)
def test_rates_of_emofan_go_down_by_steps(progress: float, rate: float) -> None:
    assert learning_rate(recipe("emofan"), progress) == pytest.approx(rate)


def test_one_cycle_is_that_of_pytorch() -> None:
    epochs, steps = 10, 10
    cycle = replace(
        recipe("resnet50"), schedule="one_cycle", epochs=epochs, warm_up_epochs=3, learning_rate=2e-3
    )
    parameter = nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([parameter], lr=1)
    # It counts its steps from 0 to the last but one, so one more makes it end where ours does.
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        max_lr=2e-3,
        total_steps=epochs * steps + 1,
        pct_start=31 / (epochs * steps + 1),
        final_div_factor=1e12,
        cycle_momentum=False,
    )
    for step in range(epochs * steps + 1):
        assert learning_rate(cycle, step / steps) == pytest.approx(schedule.get_last_lr()[0], abs=1e-9)
        optimiser.step()
        schedule.step()


@given(st.sampled_from(NETWORKS), st.integers(0, 5), st.floats(0, 40))
def test_no_rate_is_above_the_highest_or_below_0(name: str, which: int, progress: float) -> None:
    there = presets(name)
    each = recipe(name, there[which % len(there)])
    assert 0 <= learning_rate(each, progress) <= each.learning_rate
