"""The published recipe is what NETWORKS.md says of it."""

from __future__ import annotations

import pytest

from hrm_core.errors import NotFoundError
from hrm_core.models.train.sequence_recipes import sequence_presets, sequence_recipe


def test_the_published_recipe() -> None:
    recipe = sequence_recipe("hrm")
    assert (recipe.epochs, recipe.batch_size, recipe.learning_rate, recipe.weight_decay) == (
        15,
        64,
        1e-6,
        0.01,
    )
    assert (recipe.huber_delta, recipe.plateau_factor, recipe.plateau_patience) == (1.0, 0.1, 2)
    assert (recipe.begins_at_mean, recipe.shuffled) == (False, 0.0)


def test_presets() -> None:
    assert sequence_presets() == ("hrm", "small")
    assert [sequence_recipe(name).preset for name in sequence_presets()] == ["hrm", "small"]
    with pytest.raises(NotFoundError, match=r"no preset 'big'.*there are hrm, small"):
        sequence_recipe("big")
