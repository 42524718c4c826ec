"""Codes as runs of frames and frames as stretches of time: what files of events are made of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.coding import CodingState, FrameCoding, Origin
from hrm_core.records.coding_sheet import CodingSheet, Loss

__all__ = [
    "ALL_DETAILS",
    "MOST_CODED_FRAMES",
    "CodeRun",
    "Detail",
    "code_runs",
    "frame_edges",
    "losses_beyond",
    "nearest_edge",
    "value_runs",
]

MOST_CODED_FRAMES = 500_000
"""Frames that one file may speak of; a run of more is a slip, and would fill the memory."""

_MOST_EXAMPLES = 5
_UNKNOWN_DURATION_S = 0.04

_Value = TypeVar("_Value", bound=Hashable)


class Detail(StrEnum):
    """Something that may be said besides which action is where, in words of a loss report."""

    INTENSITY = "intensity"
    ORIGIN = "origin of a code"
    STATE = "state"
    DOUBT = "doubt about a frame"
    NOTE = "note on a frame"
    CODE_DOUBT = "doubt about a code"
    CODE_NOTE = "note on a code"


ALL_DETAILS = frozenset(Detail)
"""Every detail that a format can hold."""


@dataclass(frozen=True, slots=True)
class CodeRun:
    """Consecutive frames with the same code and intensity of an action.

    Attributes
    ----------
    action : str
        Key of the catalogue.
    first, last : int
        Frames, both included.
    code : int
        1-5.
    intensity : str or None
        ``"A"``-``"E"``.
    """

    action: str
    first: int
    last: int
    code: int
    intensity: str | None


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


def code_runs(codings: Mapping[int, FrameCoding]) -> list[CodeRun]:
    """All runs of all actions, in catalogue order, each action from its first frame on."""
    by_action: dict[str, dict[int, tuple[int, str | None]]] = {}
    for frame, coding in codings.items():
        for code in coding.codes:
            by_action.setdefault(code.action, {})[frame] = (int(code.code), code.intensity)
    return [
        CodeRun(entry.key, first, last, code, intensity)
        for entry in ALL_ACTIONS
        for first, last, (code, intensity) in value_runs(by_action.get(entry.key, {}))
    ]


def frame_edges(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """When each frame begins, and when the last one ends.

    Parameters
    ----------
    times : ndarray of float64, shape (n_frames,)
        Presentation times in seconds, ascending.

    Returns
    -------
    ndarray of float64, shape (n_frames + 1,)
        Seconds.  A frame lasts until the next one; the last one as long as frames do in the median.
    """
    steps = np.diff(times)
    steps = steps[steps > 0]
    last = float(np.median(steps)) if len(steps) else _UNKNOWN_DURATION_S
    return np.append(times, times[-1] + last) if len(times) else np.empty(0)


def nearest_edge(edges: NDArray[np.float64], seconds: float) -> tuple[int, bool]:
    """Number of the edge nearest to a time (the earlier of two as near), and whether there are two.

    Parameters
    ----------
    edges : ndarray of float64, shape (n_frames + 1,)
        From :func:`frame_edges`.
    seconds : float
        The time.
    """
    at = int(np.searchsorted(edges, seconds))
    around = [place for place in (at - 1, at, at + 1) if 0 <= place < len(edges)]
    distances = [abs(float(edges[place]) - seconds) for place in around]
    nearest = min(distances)
    found = [place for place, far in zip(around, distances, strict=True) if far - nearest < 1e-9]
    return found[0], len(found) > 1


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
        if Detail.STATE not in holds and coding.state is not CodingState.CODED:
            lost.setdefault(f"state {_in_words(coding.state)}", []).append(frame)
        if any(code.model_run_id is not None for code in coding.codes):
            lost.setdefault("number of the model run", []).append(frame)
        if coding.seconds_spent:
            lost.setdefault("time spent on a frame", []).append(frame)
    return tuple(
        Loss(what, len(frames), tuple(dict.fromkeys(frames))[:_MOST_EXAMPLES])
        for what, frames in lost.items()
    )


def _in_words(state: CodingState) -> str:
    return state.value.replace("_", " ")


_PRESENT: dict[Detail, Callable[[FrameCoding], int]] = {
    Detail.INTENSITY: lambda coding: sum(code.intensity is not None for code in coding.codes),
    Detail.ORIGIN: lambda coding: sum(code.origin is not Origin.HUMAN for code in coding.codes),
    Detail.DOUBT: lambda coding: int(coding.doubtful),
    Detail.NOTE: lambda coding: int(bool(coding.comment)),
    Detail.CODE_DOUBT: lambda coding: sum(code.doubtful for code in coding.codes),
    Detail.CODE_NOTE: lambda coding: sum(bool(code.note) for code in coding.codes),
}
