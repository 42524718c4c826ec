"""Codes with their intensities as arrays, kept up with edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.facs import ALL_ACTIONS, INTENSITIES
from hrm_core.records.coding import CodingState, FrameCoding

__all__ = ["COLUMN_OF", "CodeGrid", "CodeRows"]

COLUMN_OF: Mapping[str, int] = {entry.key: place for place, entry in enumerate(ALL_ACTIONS)}
"""Column of each action in the arrays."""

_GRADE_OF = {None: 0} | {letter: place for place, letter in enumerate(INTENSITIES, start=1)}
_LEAST_ROOM = 1024


@dataclass(frozen=True, slots=True, eq=False)
class CodeRows:
    """What one rater says of the frames of one recording that can be coded.

    Attributes
    ----------
    frames : ndarray of int64, shape (n_frames,)
        0-based, ascending, no frame twice.
    codes : ndarray of uint8, shape (n_frames, 35)
        Codes 0-5; columns in the order of the catalogue (``facs.ALL_ACTIONS``).
    intensities : ndarray of uint8, shape (n_frames, 35)
        1-5 for A-E, 0 where none is said.
    """

    frames: NDArray[np.int64]
    codes: NDArray[np.uint8]
    intensities: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.frames)


class CodeGrid:
    """A row per frame of a recording, changed frame by frame.

    Frames whose codes were carried and not confirmed count as they stand; uncoded
    frames and those not codable have no row.

    Parameters
    ----------
    codings : mapping of int to FrameCoding, optional
        By frame.
    """

    def __init__(self, codings: Mapping[int, FrameCoding | None] | None = None) -> None:
        self._present = np.zeros(0, dtype=bool)
        self._codes = np.zeros((0, len(ALL_ACTIONS)), dtype=np.uint8)
        self._intensities = np.zeros((0, len(ALL_ACTIONS)), dtype=np.uint8)
        if codings:
            self.update(codings)

    def update(self, changed: Mapping[int, FrameCoding | None]) -> None:
        """Take over these frames as they are now; None is uncoded."""
        if not changed:
            return
        self._make_room(max(changed) + 1)
        frames = np.fromiter(changed, dtype=np.int64, count=len(changed))
        self._codes[frames] = 0
        self._intensities[frames] = 0
        self._present[frames] = [
            coding is not None and coding.state is not CodingState.NOT_CODABLE for coding in changed.values()
        ]
        entries = [
            (frame, COLUMN_OF[code.action], code.code, _GRADE_OF[code.intensity])
            for frame, coding in changed.items()
            if coding is not None
            for code in coding.codes
        ]
        if entries:
            at, columns, codes, grades = np.array(entries, dtype=np.int64).T
            self._codes[at, columns] = codes
            self._intensities[at, columns] = grades

    def rows(self) -> CodeRows:
        """The rows as they are now, as arrays of their own."""
        frames = np.flatnonzero(self._present)
        return CodeRows(frames.astype(np.int64), self._codes[frames], self._intensities[frames])

    def _make_room(self, frames: int) -> None:
        missing = frames - len(self._present)
        if missing > 0:
            # Half as much again: a recording that is coded from its start grows by every frame.
            more = max(missing, len(self._present) // 2, _LEAST_ROOM)
            self._present = np.pad(self._present, (0, more))
            self._codes = np.pad(self._codes, ((0, more), (0, 0)))
            self._intensities = np.pad(self._intensities, ((0, more), (0, 0)))
