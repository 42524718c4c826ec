"""All codes of a recording as bytes: what the timeline paints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hrm_annotator.timeline.mip_levels import MipLevels
from hrm_core.facs import INTENSITIES
from hrm_core.records.coding import CodingState, FrameCoding

__all__ = [
    "CARRIED",
    "CARRIED_CELL",
    "CHECKED",
    "CODED",
    "DOUBTFUL",
    "DOUBT_CELL",
    "NOT_CODABLE",
    "UNCODED",
    "CodeGrid",
    "Run",
    "cell_byte",
    "code_of_cell",
    "intensity_of_cell",
]

UNCODED, CODED, CHECKED, CARRIED, NOT_CODABLE, DOUBTFUL = (1 << place for place in range(6))
"""Bits of a frame; several frames on one pixel have the bits of all of them."""

CARRIED_CELL = 1 << 6
"""Bit of a cell whose code nobody has confirmed yet; above the code, so that it shows among others."""

DOUBT_CELL = 1 << 7
"""Bit of a cell whose code is doubtful; the highest: what is to be looked at again must not drown."""

_BIT_OF_STATE = {
    CodingState.CODED: CODED,
    CodingState.CHECKED: CHECKED,
    CodingState.CARRIED: CARRIED,
    CodingState.NOT_CODABLE: NOT_CODABLE,
}
_PLACE_OF_INTENSITY = {None: 0} | {letter: place for place, letter in enumerate(INTENSITIES, start=1)}


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive frames with the same code of one action.

    Attributes
    ----------
    action : str
        Key of the action.
    first, last : int
        Frames, both included.
    code : int
        1-5.
    """

    action: str
    first: int
    last: int
    code: int


def cell_byte(
    code: int, intensity: str | None = None, *, carried: bool = False, doubtful: bool = False
) -> int:
    """A code with its intensity as the byte of a cell; 0 if the action is absent."""
    if not code:
        return 0
    flags = (CARRIED_CELL if carried else 0) | (DOUBT_CELL if doubtful else 0)
    return flags | code << 3 | _PLACE_OF_INTENSITY[intensity]


def code_of_cell(cell: int) -> int:
    """Code 0-5 of a cell."""
    return cell >> 3 & 7


def intensity_of_cell(cell: int) -> str:
    """Letter of the intensity; empty if none was given."""
    place = cell & 7
    return INTENSITIES[place - 1] if place else ""


class CodeGrid:
    """Codes, states and doubts over frames, each at all zoom levels.

    Parameters
    ----------
    keys : sequence of str
        Actions, one row each.
    frame_count : int
        Frames of the recording.
    codings : mapping of int to FrameCoding
        What is coded; frames beyond the recording are left out.

    Attributes
    ----------
    cells : MipLevels
        One row per action; bytes as :func:`cell_byte` makes them.
    states : MipLevels
        One row; the bits of a frame.
    """

    def __init__(self, keys: Sequence[str], frame_count: int, codings: Mapping[int, FrameCoding]) -> None:
        self.keys = tuple(keys)
        self.frame_count = frame_count
        self._row_of = {key: row for row, key in enumerate(self.keys)}
        self.cells = MipLevels(len(self.keys), frame_count, np.maximum)
        self.states = MipLevels(1, frame_count, np.bitwise_or)
        self.states.finest[:] = UNCODED
        self._write([frame for frame in codings if 0 <= frame < frame_count], codings)
        if frame_count:
            self._refresh(0, frame_count - 1)

    def update(self, frames: Iterable[int], codings: Mapping[int, FrameCoding]) -> None:
        """Take over what `codings` says of these frames now."""
        known = [frame for frame in frames if 0 <= frame < self.frame_count]
        if not known:
            return
        self._write(known, codings)
        self._refresh(min(known), max(known))

    def row_of(self, key: str | None) -> int | None:
        """Row of an action; None if it has none."""
        return None if key is None else self._row_of.get(key)

    def rows_in_use(self) -> list[int]:
        """Rows with any code, in order."""
        return [int(row) for row in np.flatnonzero(self.cells.whole)]

    def run_at(self, row: int, frame: int) -> Run | None:
        """The run that a frame belongs to; None if the action is absent there."""
        if not 0 <= frame < self.frame_count:
            return None
        codes = self.cells.finest[row] >> 3 & 7
        code = int(codes[frame])
        if not code:
            return None
        others = np.flatnonzero(codes != code)
        place = int(np.searchsorted(others, frame))
        first = int(others[place - 1]) + 1 if place else 0
        last = int(others[place]) - 1 if place < len(others) else self.frame_count - 1
        return Run(self.keys[row], first, last, code)

    def _write(self, frames: Sequence[int], codings: Mapping[int, FrameCoding]) -> None:
        """Write all cells and bits of these frames, without pooling them."""
        rows: list[int] = []
        columns: list[int] = []
        cells: list[int] = []
        bits: list[int] = []
        row_of, bit_of, place_of = self._row_of, _BIT_OF_STATE, _PLACE_OF_INTENSITY
        for frame in frames:
            coding = codings.get(frame)
            if coding is None:
                bits.append(UNCODED)
                continue
            bit = bit_of[coding.state]
            carried = CARRIED_CELL if bit == CARRIED else 0
            bits.append(bit | DOUBTFUL if coding.doubtful else bit)
            for code in coding.codes:
                row = row_of.get(code.action)
                if row is not None:
                    rows.append(row)
                    columns.append(frame)
                    doubt = DOUBT_CELL if code.doubtful else 0
                    cells.append(doubt | carried | code.code << 3 | place_of[code.intensity])
        self.states.finest[0, frames] = bits
        finest = self.cells.finest
        finest[:, frames] = 0
        finest[rows, columns] = cells

    def _refresh(self, first: int, last: int) -> None:
        self.cells.refresh(first, last)
        self.states.refresh(first, last)
