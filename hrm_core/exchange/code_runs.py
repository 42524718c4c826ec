"""Codes as runs of frames, and what of them a format cannot hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from hrm_core.errors import InvalidFileError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.coding_sheet import CodingSheet, Loss

__all__ = [
    "ALL_BUT_RUNS",
    "ALL_DETAILS",
    "MOST_CODED_FRAMES",
    "CodeRun",
    "Detail",
    "SpokenOf",
    "code_runs",
    "losses_beyond",
    "value_runs",
    "written_codes",
]

MOST_CODED_FRAMES = 3_000_000
"""Frames times what is said of them: hours of film; more is a slip, and would fill the memory."""

_MOST_EXAMPLES = 5

_Value = TypeVar("_Value", bound=Hashable)


class Detail(StrEnum):
    """Something that may be said besides which action is where, in words of a loss report."""

    INTENSITY = "intensity"
    ORIGIN = "origin of a code"
    RUN = "number of the model run"
    STATE = "state"
    DOUBT = "doubt about a frame"
    NOTE = "note on a frame"
    CODE_DOUBT = "doubt about a code"
    CODE_NOTE = "note on a code"


ALL_DETAILS = frozenset(Detail)
"""Every detail that a format can hold."""

ALL_BUT_RUNS = ALL_DETAILS - {Detail.RUN}
"""What programs can hold that know of coders, and not of models."""


@dataclass(frozen=True, slots=True)
class CodeRun:
    """Consecutive frames with the same code of one action; the last is included."""

    first: int
    last: int
    code: ActionCode


class SpokenOf:
    """Counts the frames that a file speaks of, before it fills the memory.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = 0

    def frames(self, where: str, first: int, last: int) -> range:
        """The frames of an entry, both ends included.

        Raises
        ------
        InvalidFileError
            If the file speaks of more than :data:`MOST_CODED_FRAMES` up to here.
        """
        self._count += last - first + 1
        if self._count > MOST_CODED_FRAMES:
            raise InvalidFileError(
                f"{self._path}, {where}: what stands up to here codes more frames than any recording has: "
                "check that its times and frames are right and that the file is whole."
            )
        return range(first, last + 1)


def value_runs(values: Mapping[int, _Value]) -> list[tuple[int, int, _Value]]:
    """Runs of consecutive frames with equal values: first and last frame, both included, and the value."""
    runs: list[tuple[int, int, _Value]] = []
    for frame in sorted(values):
        value = values[frame]
        if runs and runs[-1][1] == frame - 1 and runs[-1][2] == value:
            runs[-1] = (runs[-1][0], frame, value)
        else:
            runs.append((frame, frame, value))
    return runs


def written_codes(coding: FrameCoding) -> tuple[ActionCode, ...]:
    """The codes that a file says of a frame: none where it is not codable, which every reader insists on."""
    return () if coding.state is CodingState.NOT_CODABLE else coding.codes


def code_runs(codings: Mapping[int, FrameCoding], *, bare: bool = False) -> list[CodeRun]:
    """All runs of all actions, in catalogue order, each action from its first frame on.

    Parameters
    ----------
    codings : mapping of int to FrameCoding
        By frame.
    bare : bool
        Runs with the same side and intensity; else with the same origin, doubt and note, too.
    """
    by_action: dict[str, dict[int, ActionCode]] = {}
    for frame, coding in codings.items():
        for code in written_codes(coding):
            said = ActionCode(code.action, code.code, code.intensity) if bare else code
            by_action.setdefault(code.action, {})[frame] = replace(said, model_run_id=None)
    return [
        CodeRun(first, last, code)
        for entry in ALL_ACTIONS
        for first, last, code in value_runs(by_action.get(entry.key, {}))
    ]


def losses_beyond(sheet: CodingSheet, holds: Collection[Detail]) -> tuple[Loss, ...]:
    """What a sheet says that a format with these details cannot hold.

    Parameters
    ----------
    sheet : CodingSheet
        What is to be written.
    holds : collection of Detail
        What the format can say.
    """
    lost: dict[str, list[int]] = {}
    for frame in sorted(sheet.codings):
        coding = sheet.codings[frame]
        for detail, present in _PRESENT.items():
            if detail not in holds and (count := present(coding)):
                lost.setdefault(detail.value, []).extend([frame] * count)
        if count := len(coding.codes) - len(written_codes(coding)):
            lost.setdefault("codes of frames that are not codable", []).extend([frame] * count)
        if coding.seconds_spent:
            lost.setdefault("time spent on a frame", []).append(frame)
    return tuple(
        Loss(what, len(frames), tuple(dict.fromkeys(frames))[:_MOST_EXAMPLES])
        for what, frames in lost.items()
    )


_PRESENT: dict[Detail, Callable[[FrameCoding], int]] = {
    Detail.INTENSITY: lambda coding: sum(code.intensity is not None for code in coding.codes),
    Detail.ORIGIN: lambda coding: sum(code.origin is not Origin.HUMAN for code in coding.codes),
    Detail.RUN: lambda coding: sum(code.model_run_id is not None for code in coding.codes),
    Detail.STATE: lambda coding: int(coding.state is not CodingState.CODED),
    Detail.DOUBT: lambda coding: int(coding.doubtful),
    Detail.NOTE: lambda coding: int(bool(coding.comment)),
    Detail.CODE_DOUBT: lambda coding: sum(code.doubtful for code in coding.codes),
    Detail.CODE_NOTE: lambda coding: sum(bool(code.note) for code in coding.codes),
}
