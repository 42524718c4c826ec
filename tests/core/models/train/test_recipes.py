"""Recipes against the table of the published ones (``reference/networks/NETWORKS.md`` §10)."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hrm_core.errors import NotFoundError
from hrm_core.models import list_models
from hrm_core.models.card_file import read_cards
from hrm_core.models.train.recipe import Recipe
from hrm_core.models.train.recipes import presets, recipe
from hrm_core.models.zoo import network
from hrm_core.paths import model_cards_dir

CARDS = read_cards(model_cards_dir())
PICTURES = [name for name in list_models() if network(name).takes == "pictures"]
TRANSFORMERS = ("mae_face", "fmae", "fmae_iat")
ALL = [recipe(name, preset) for name in PICTURES for preset in presets(name)]


def named(each: Recipe) -> str:
    return f"{each.network}-{each.preset}"


def test_each_network_of_pictures_has_the_papers_recipe_and_a_small_one() -> None:
    for name in PICTURES:
        if name == "starter":
            continue
        assert presets(name)[0] == "hrm"
        assert presets(name)[-1] == "smoke"
        assert recipe(name) == recipe(name, "hrm")


@pytest.mark.parametrize("each", ALL, ids=named)
def test_a_recipe_can_be_carried_out(each: Recipe) -> None:
    assert recipe(each.network, each.preset) == each
    assert len(each.source) > 40
    assert 0 <= each.warm_up_epochs < each.epochs
    assert each.cache_size >= each.input_size
    assert each.schedule != "steps" or each.step_epochs > 0
    assert each.augmentation.crop in {None, each.input_size}
    assert (each.layer_decay < 1) == (each.network in TRANSFORMERS)
    assert (each.loss == "weighted_asymmetric") == (network(each.network).outputs[0] == "au_cosine")
    assert (each.edge_weight > 0) == ("edge_logits" in network(each.network).outputs)
    assert (each.trained == "predictor") == (each.network == "emofan")


@pytest.mark.parametrize("each", [each for each in ALL if each.begins_from], ids=named)
def test_what_it_begins_from_has_a_card(each: Recipe) -> None:
    card = CARDS[each.begins_from]
    assert card.network is not None
    # Two go on from another detector, all others from a backbone.
    assert (card.kind == "backbone") == (each.network not in {"me_graphau_edge", "starter"})


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_transformers(name: str) -> None:
    found = recipe(name)
    assert found.betas == (0.9, 0.999)
    assert found.weight_decay == 0.05
    assert found.no_decay_1d
    assert found.layer_decay == 0.65
    assert found.batch_size == 64
    assert found.schedule == "cosine"
    assert found.final_rate == 1e-6
    assert found.drop_path == 0.1
    assert found.precision == "16-mixed"
    assert found.augmentation.rand_augment
    assert found.augmentation.erase == 0.25
    assert found.augmentation.flip == 0.5
    assert found.augmentation.resized_crop is not None
    assert found.loss == "bce"
    assert found.epochs == 30
    assert 2 <= found.warm_up_epochs <= 3
    # blr · batch / 256, of a base rate between 2e-4 and 5e-4.
    assert 2e-4 * 64 / 256 <= found.learning_rate <= 5e-4 * 64 / 256
    assert (found.input_size, found.cache_size) == (224, 224)


@pytest.mark.parametrize("each", [each for each in ALL if each.network in TRANSFORMERS], ids=named)
def test_rates_of_transformers_go_with_the_batch(each: Recipe) -> None:
    assert each.learning_rate == pytest.approx(5e-4 * each.batch_size / 256)
    assert each.input_size % 16 == 0


def test_the_starter_goes_on_as_it_began() -> None:
    """It sees the part of a face, at the size, that its card says it learned from."""
    assert presets("starter") == ("small",)
    found, network_facts = recipe("starter", "small"), CARDS["demo_starter"].network
    assert network_facts is not None
    assert found.begins_from == "demo_starter"
    assert found.cut == network_facts.input.cut
    assert found.cache_size == found.input_size == network_facts.input.size
    assert found.normalised_by == network_facts.input.normalised_by


def test_the_new_mae_face() -> None:
    found = recipe("mae_face", "hrm-new")
    assert (found.epochs, found.warm_up_epochs) == (20, 10)
    assert found.learning_rate == 5e-4 * 64 / 256
    assert found.final_rate == 1e-6


def test_the_documented_rate_of_one_fold_is_said_to_be_left_out() -> None:
    assert "fold 1, 1e-3, is left out" in recipe("fmae_iat").source
    assert "1e-3" not in recipe("fmae").source


def test_emofan() -> None:
    found = recipe("emofan")
    assert found.trained == "predictor"
    assert found.learning_rate == 1e-4
    assert found.weight_decay == 0
    assert found.batch_size == 64
    assert found.epochs == 12
    assert (found.schedule, found.step_epochs, found.step_factor) == ("steps", 4, 0.3)
    assert found.input_size == 256
    changes = found.augmentation
    assert changes.flip == 0.5
    assert changes.rotation == 15
    assert changes.scale == (0.75, 1.25)
    assert changes.shift * found.input_size == 10
    assert found.loss == "weighted_bce"
    assert recipe("emofan", "upstream").loss == "balanced_bce"


def test_me_graph() -> None:
    found = recipe("me_graphau")
    assert found.weight_decay == 5e-4
    assert found.batch_size == 64
    assert found.epochs == 20
    assert (found.schedule, found.warm_up_epochs, found.final_rate) == ("cosine", 0, 0)
    assert found.learning_rate == 1e-4
    assert (found.cache_size, found.augmentation.crop, found.input_size) == (256, 224, 224)
    assert found.augmentation.flip == 0.5
    assert found.augmentation.colour == 0.4
    assert found.loss == "weighted_asymmetric"


def test_me_graph_stage_2() -> None:
    found, upstream = recipe("me_graphau_edge"), recipe("me_graphau_edge", "upstream")
    assert (found.batch_size, upstream.batch_size) == (24, 64)
    assert found.learning_rate == 1e-5
    assert found.edge_weight == 0.05
    assert found.begins_from == "me_graphau"
    assert found.epochs == 20


def test_resnet_has_the_papers_loss() -> None:
    found = recipe("resnet50")
    assert found.loss == "weighted_bce"
    assert "ours" in found.source


def test_an_unknown_preset_is_said_with_those_there_are() -> None:
    with pytest.raises(
        NotFoundError, match=r"There is no preset 'big' for emofan: choose one of hrm, upstream, smoke\."
    ):
        recipe("emofan", "big")


def test_a_network_of_sequences_has_no_recipe_for_actions() -> None:
    with pytest.raises(NotFoundError, match=r"gru takes no pictures: .* resnet50, emofan, me_graphau"):
        recipe("gru")


def test_an_unknown_network_is_said() -> None:
    with pytest.raises(NotFoundError, match="There is no network 'vgg'"):
        presets("vgg")


def test_recipes_need_no_torch() -> None:
    code = (
        "import sys, hrm_core.models.train.recipes as r; r.recipe('fmae'); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
