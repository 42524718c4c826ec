"""Agreement on the side: left and right are easily exchanged, and a mirrored video exchanges all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.facs import Code
from hrm_core.records.agreement import AgreementOptions, Estimate
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.words import counted
from hrm_core.reliability.estimates import Labels, intervals
from hrm_core.reliability.pairing import Paired

__all__ = ["BySide", "by_side", "exchanged_recordings"]

Integers = NDArray[np.int64]

_CODES = len(Code)
_LEFT, _RIGHT = int(Code.LEFT), int(Code.RIGHT)
_FIRST_SIDE = _LEFT
# Chance gives half; so few in agreement, over so many frames, is no chance.
_EXCHANGED_BELOW = 0.25
_FEWEST_FRAMES = 10
# All frames of one event share its error: so many events apart are no slip of the hand.
_FEWEST_STRETCHES = 3


@dataclass(frozen=True, slots=True)
class BySide:
    """Sides of one action.

    Attributes
    ----------
    matrix : tuple of tuple of int, 6 x 6
        Frames by code of the first (rows) and the second source (columns).
    agreement : Estimate
        Share of the frames to which both gave a definite side (codes 2-5) where it is the same
        one; with an interval by resampling participants.
    warning : str
        A sentence, if left and right look exchanged; otherwise empty.
    """

    matrix: tuple[tuple[int, ...], ...]
    agreement: Estimate
    warning: str


def by_side(
    paired: Paired, actions: Sequence[str], labels: Labels, options: AgreementOptions
) -> list[BySide]:
    """Agreement on the side of each action.

    "Both sides" (code 1) is what who does not look at sides says as well, so only
    frames count in which both named one side; the matrix has the others too.

    Parameters
    ----------
    paired : Paired
        The common frames, at least one.
    actions : sequence of str
        Keys.
    labels : (str, str)
        What the sources are called.
    options : AgreementOptions
        Of the bootstrap.

    Returns
    -------
    list of BySide
        One for each action.
    """
    matrices = np.zeros((len(paired.participants), len(actions), _CODES, _CODES), dtype=np.int64)
    for place, key in enumerate(actions):
        matrices[:, place] = _matrices(paired, key)
    total = matrices.sum(axis=0)
    sides = matrices[:, :, _FIRST_SIDE:, _FIRST_SIDE:]
    same = np.trace(sides, axis1=2, axis2=3)
    gave = tuple(
        bool(total[:, _FIRST_SIDE:].any()) if row else bool(total[:, :, _FIRST_SIDE:].any()) for row in (1, 0)
    )
    estimates = intervals(
        np.stack([same, sides.sum(axis=(2, 3))], axis=-1),
        lambda sums: np.divide(
            sums[..., 0], sums[..., 1], out=np.full(sums.shape[:-1], np.nan), where=sums[..., 1] > 0
        ),
        options,
        lambda place: _why(total[place[0]], gave, labels),
    )
    left_right = np.stack([table.sum(axis=0) for table in _left_and_right(paired, actions)], axis=1).tolist()
    return [
        BySide(
            tuple(tuple(row) for row in matrix.tolist()),
            _noted(estimate, matrix),
            _exchanged(key, numbers, labels),
        )
        for key, matrix, estimate, numbers in zip(actions, total, estimates, left_right, strict=True)
    ]


def exchanged_recordings(paired: Paired, actions: Sequence[str], labels: Labels) -> list[str]:
    """Sentences on the recordings in which left and right look exchanged throughout.

    Parameters
    ----------
    paired : Paired
        The common frames.
    actions : sequence of str
        Keys.
    labels : (str, str)
        What the sources are called.
    """
    parts = len(paired.parts)
    known, apart, stretches = (
        np.bincount(paired.recording, table.sum(axis=1), parts).astype(np.int64)
        for table in _left_and_right(paired, actions)
    )
    return [
        f"In {part.video} of {part.participant}, left and right look exchanged: {labels[0]} and {labels[1]} "
        f"name different sides {apart[number]} of {known[number]} times. "
        "Is the video marked as mirrored for one of them?"
        for number, part in enumerate(paired.parts)
        if _look_exchanged(known[number], apart[number], stretches[number])
    ]


def _left_and_right(
    paired: Paired, actions: Sequence[str]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Where both said left or right, where not the same, and where such a stretch begins."""
    columns = [COLUMN_OF[key] for key in actions]
    first, second = paired.first[:, columns], paired.second[:, columns]
    known = paired.judged[:, columns][paired.recording]
    for codes in (first, second):
        known &= (codes == _LEFT) | (codes == _RIGHT)
    begins = known.copy()
    begins[1:] &= ~known[:-1] | (np.diff(paired.run) != 0)[:, None]
    return known, known & (first != second), begins


def _look_exchanged(known: int, apart: int, stretches: int) -> bool:
    enough = known >= _FEWEST_FRAMES and stretches >= _FEWEST_STRETCHES
    return enough and known - apart < _EXCHANGED_BELOW * known


def _matrices(paired: Paired, key: str) -> Integers:
    """Matrix of codes of each participant."""
    rows, column = paired.rows_of(key), COLUMN_OF[key]
    first, second, owner = paired.first[rows, column], paired.second[rows, column], paired.participant[rows]
    cells = (owner * _CODES + first) * _CODES + second
    size = len(paired.participants) * _CODES * _CODES
    return np.bincount(cells, minlength=size).reshape(-1, _CODES, _CODES).astype(np.int64)


def _why(matrix: Integers, gave: tuple[bool, ...], labels: Labels) -> str:
    never = [label for label, given in zip(labels, gave, strict=True) if not given]
    if len(never) == 1:
        return f"{never[0]} gave no sides"
    if never:
        return "neither gave sides"
    both = int(matrix[1:, 1:].sum())
    return (
        f"in none of {both:,} frames with the action did both name one side"
        if both
        else "they never both used it"
    )


def _noted(estimate: Estimate, matrix: Integers) -> Estimate:
    if estimate.value is None:
        return estimate
    definite, both = int(matrix[_FIRST_SIDE:, _FIRST_SIDE:].sum()), int(matrix[1:, 1:].sum())
    note = f"over {counted(definite, 'frame')} in which both named a side, of {both:,} in which both used it"
    return Estimate(
        estimate.value, estimate.low, estimate.high, note="; ".join(filter(None, (note, estimate.note)))
    )


def _exchanged(key: str, numbers: Sequence[int], labels: Labels) -> str:
    known, apart, _ = numbers
    if not _look_exchanged(*numbers):
        return ""
    return (
        f"Left and right of {key} look exchanged: {labels[0]} and {labels[1]} name different sides in "
        f"{apart:,} of {counted(known, 'frame')}. Is a video marked as mirrored for one of them?"
    )
