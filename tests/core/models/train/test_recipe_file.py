"""A recipe comes back from JSON as it was, or not at all."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from hrm_core.errors import InvalidFileError
from hrm_core.models.train.recipe_file import noted_recipe
from hrm_core.models.train.recipes import presets, recipe

NETWORKS = ("resnet50", "emofan", "me_graphau", "me_graphau_edge", "mae_face", "fmae", "fmae_iat")


@pytest.mark.parametrize("name", NETWORKS)
def test_every_recipe_comes_back(name: str) -> None:
    for preset in presets(name):
        how = recipe(name, preset)
        assert noted_recipe(json.loads(json.dumps(asdict(how))), "my run") == how


def test_what_is_no_recipe_is_told() -> None:
    values = asdict(recipe("resnet50", "smoke"))
    with pytest.raises(InvalidFileError, match="The recipe of my run was written by another version"):
        noted_recipe({**values, "epochs": "many"}, "my run")
