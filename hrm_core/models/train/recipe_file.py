"""Reading a recipe that a run noted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hrm_core.errors import InvalidFileError
from hrm_core.models.train.recipe import Recipe

__all__ = ["noted_recipe"]


def noted_recipe(values: Mapping[str, Any], run: str) -> Recipe:
    """A recipe from what JSON made of it.

    Parameters
    ----------
    values : mapping
        Of ``config.json``.
    run : str
        Name of the run, for messages.

    Raises
    ------
    InvalidFileError
        If it is none, or one of another version of the program.
    """
    try:
        return TypeAdapter(Recipe).validate_python(dict(values))
    except ValidationError as error:
        raise InvalidFileError(
            f"The recipe of {run} was written by another version of the program or changed by hand: start a "
            "new run."
        ) from error
