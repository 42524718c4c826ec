"""How a run of training stands: what its ``run.json`` says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from hrm_core.errors import InvalidFileError, NotFoundError

__all__ = ["FORMAT", "RUN_FILE", "RunKind", "RunState", "RunSummary", "read_json", "read_summary"]

RUN_FILE = "run.json"

FORMAT = "hrm-run 1"
"""Raised when an older program could not read a run rightly."""

RunKind = Literal["au", "atypicality"]
RunState = Literal["running", "finished", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a run stands.

    Attributes
    ----------
    name : str
        Of its folder.
    kind : {"au", "atypicality"}
        What was trained.
    network, preset : str
        Which network, by which recipe.
    state : {"running", "finished", "stopped", "failed"}
        ``"stopped"`` runs go on with ``--resume``, those of a program that was killed among them.
    started, ended : str
        UTC, as ISO 8601; `ended` is empty until then.
    problem : str
        Why it failed.
    synthetic : bool
        Whether its data are.
    seconds : float
        How long it took in all, over all its sessions.
    headline : dict of str to float
        The figures that a list shows.
    """

    name: str
    kind: RunKind
    network: str
    preset: str
    state: RunState
    started: str
    ended: str = ""
    problem: str = ""
    synthetic: bool = False
    seconds: float = 0.0
    headline: Mapping[str, float] | None = None


def read_summary(path: Path) -> RunSummary:
    """What was noted in the folder of a run.

    Raises
    ------
    NotFoundError, InvalidFileError
        If nothing was, or it is damaged.
    """
    values = read_json(path / RUN_FILE)
    if values.get("format") != FORMAT:
        raise InvalidFileError(
            f"The run {path.name} says it is {values.get('format')!r}, and this program reads {FORMAT!r}: "
            "update the program."
        )
    known = {field.name for field in fields(RunSummary)}
    try:
        # A folder that was renamed is called as it is now.
        summary = RunSummary(
            **{**{key: value for key, value in values.items() if key in known}, "name": path.name}
        )
        sound = (
            summary.state in get_args(RunState)
            and summary.kind in get_args(RunKind)
            and all(isinstance(text, str) for text in (summary.network, summary.preset, summary.started))
            and all(isinstance(text, str) for text in (summary.ended, summary.problem))
            and isinstance(values.get("seconds", 0.0), int | float)
            and isinstance(values.get("headline"), dict | None)
        )
    except TypeError:
        sound = False
    if not sound:
        raise InvalidFileError(
            f"{path / RUN_FILE} is damaged: delete the folder {path.name}, or put back a copy."
        )
    return summary


def read_json(path: Path) -> dict[str, Any]:
    """The section that a file holds.

    Raises
    ------
    NotFoundError, InvalidFileError
        If it is not there, or damaged.
    """
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise NotFoundError(
            f"There is no {path.name} in {path.parent}: hrm runs list shows the runs."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidFileError(f"{path} cannot be read ({error}): put back a copy of it.") from error
    if not isinstance(found, dict):
        raise InvalidFileError(f"{path} is not what a run holds there: put back a copy of it.")
    return found
