"""Codes and states as pixels: one pass over arrays, however many runs there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_annotator.timeline.code_grid import CARRIED, CARRIED_CELL, DOUBT_CELL, DOUBTFUL, NOT_CODABLE
from hrm_annotator.timeline.colours import Colours
from hrm_annotator.timeline.row_layout import PlacedRow
from hrm_annotator.timeline.view import GUTTER_PX, View

__all__ = ["CellPixels", "Label"]

_STRIPES_APART = 6
_STRIPE_WIDTH = 2
_EDGES_FROM = 4.0
_DASH = 3
_LOWEST_OUTLINED = 6
_CODE = 7 << 3


@dataclass(frozen=True, slots=True)
class Label:
    """A stretch of equal cells with something to be written in it.

    Attributes
    ----------
    row : PlacedRow
        Where.
    left, right : int
        Device pixels right of the labels' gutter; `right` is not included.
    cell : int
        Its byte.
    """

    row: PlacedRow
    left: int
    right: int
    cell: int


class CellPixels:
    """The visible part of rows and states, in device pixels.

    Parameters
    ----------
    view : View
        What is shown.
    colours : Colours
        Of the theme.
    ratio : float
        Device pixels per pixel.
    background : int
        Colour between the rows, 0xffRRGGBB.
    """

    def __init__(self, view: View, colours: Colours, ratio: float, background: int) -> None:
        self._view, self._colours, self._ratio, self._background = view, colours, ratio, background
        # From edge to edge of the image: rounded by itself it is one too wide at 150 % and 175 %.
        self.width = max(round((GUTTER_PX + view.scale.width) * ratio) - round(GUTTER_PX * ratio), 1)
        self._step = view.scale.step * self.width / view.scale.width
        self._rows = view.layout.in_view()
        places = np.array([row.row for row in self._rows], np.intp)
        cells = view.grid.cells.columns(places, view.scale.first, self._step, self.width)
        # A doubt within a run parts neither the run nor its text.
        self._doubted = (cells & DOUBT_CELL) != 0
        self._cells = cells & np.uint8(~DOUBT_CELL & 0xFF)
        self._bits = view.grid.states.columns(np.zeros(1, np.intp), view.scale.first, self._step, self.width)[
            0
        ]
        self._suggested = (
            None
            if view.suggestions is None
            else view.suggestions.columns(places, view.scale.first, self._step, self.width)
        )
        self._proposed = (
            None
            if view.proposed is None
            else view.proposed.columns(places, view.scale.first, self._step, self.width)
        )

    def paint_rows(self, pixels: NDArray[np.uint32]) -> None:
        """Paint the rows' area, uint32 [height, width]."""
        pixels[:] = self._background
        if not self._rows:
            return
        height = len(pixels)
        shaded = (self._bits & NOT_CODABLE) != 0
        tallest = round(max(row.height for row in self._rows) * self._ratio) + 1
        striped = self._stripe_mask(tallest) if (self._cells & CARRIED_CELL).any() else None
        edges = self._edges()
        for place, row in enumerate(self._rows):
            cells = self._cells[place]
            line = np.where(cells != 0, self._colours.cell[cells], self._ground(place, row, shaded))
            if edges is not None:
                line[1:][edges[place]] = self._colours.edge
            top, bottom = self._reach(row, height)
            block = pixels[top:bottom]
            block[:] = line
            block[: max(round(self._ratio), 1)] = np.where(cells != 0, self._colours.rim[cells], line)
            carried = (cells & CARRIED_CELL) != 0
            if striped is not None and carried.any():
                np.copyto(block, self._colours.stripe[cells], where=striped[: bottom - top] & carried)
            if self._proposed is not None:
                self._outline_proposals(block, place)

    def paint_states(self, pixels: NDArray[np.uint32]) -> None:
        """Paint the state row, uint32 [height, width]."""
        middle = len(pixels) // 2
        pixels[:middle] = self._colours.state[self._bits]
        pixels[middle:] = self._colours.lower_state[self._bits]
        # Whatever some frames lack, the foot of the row is filled: there states differ without colours, too.
        thick = max(round(self._ratio), 1)
        foot = pixels[middle + 2 * thick :]
        carried = ((self._bits & CARRIED) != 0) & ((self._bits & NOT_CODABLE) == 0)
        if carried.any():
            np.copyto(foot, self._colours.edge, where=self._stripe_mask(len(foot)) & carried)
        line = self._colours.state_line[self._bits]
        np.copyto(foot[thick : 2 * thick], line, where=line != 0)

    def doubts(self) -> list[float]:
        """Where doubtful frames lie: pixels right of the gutter, neighbours joined."""
        return [(left + right) / 2 for left, right in self._stretches((self._bits & DOUBTFUL) != 0)]

    def doubted_codes(self) -> Iterator[tuple[PlacedRow, float, float]]:
        """Stretches of doubtful codes: their row, begin and end in pixels right of the gutter."""
        for row, doubted in zip(self._rows, self._doubted, strict=True):
            if doubted.any():
                for left, right in self._stretches(doubted):
                    yield row, left, right

    def _stretches(self, columns: NDArray[np.bool_]) -> list[tuple[float, float]]:
        """Begin and end of each run of columns, in pixels right of the gutter."""
        borders = np.flatnonzero(np.diff(np.concatenate([[False], columns, [False]]))) / self._ratio
        return list(zip(borders[::2].tolist(), borders[1::2].tolist(), strict=True))

    def _outline_proposals(self, block: NDArray[np.uint32], place: int) -> None:
        """A hollow dashed frame where another code is proposed, a dashed line where none is."""
        assert self._proposed is not None
        proposed, codes = self._proposed[place], self._cells[place] >> 3 & 7
        differs = (proposed > 0) & (proposed != codes + 1)
        if not differs.any() or len(block) < _LOWEST_OUTLINED:
            return
        thick = max(round(self._ratio), 1)
        dash = max(round(_DASH * self._ratio), 2)
        begin = round(self._view.scale.first * self._step)
        dashed = (np.arange(begin, begin + self.width) // dash) % 2 == 0
        ink = np.where(codes != 0, np.uint32(self._colours.on_code), np.uint32(self._colours.outline))
        present, absent = differs & (proposed > 1), differs & (proposed == 1)
        for rows in (slice(thick, 2 * thick), slice(-2 * thick, -thick)):
            np.copyto(block[rows], ink, where=present & dashed)
        middle = len(block) // 2
        np.copyto(block[middle : middle + thick], ink, where=absent & dashed)
        # Both ends, dashed too: a proposal never looks like a code.
        framed = np.where(present, proposed, 0)
        borders = np.zeros(self.width, dtype=bool)
        borders[1:] = (framed[1:] != framed[:-1]) & present[1:]
        borders[:-1] |= (framed[1:] != framed[:-1]) & present[:-1]
        upright = (np.arange(len(block)) // dash) % 2 == 0
        np.copyto(block[thick:-thick], ink, where=upright[thick:-thick, None] & borders)

    def proposals(self, narrowest: int) -> Iterator[tuple[PlacedRow, float, float, int, float]]:
        """Proposed stretches without a code of the coder, wide enough to be written in.

        Yields row, begin and end in pixels right of the gutter, proposed code, and probability.

        Parameters
        ----------
        narrowest : int
            Device pixels that the writing takes.
        """
        if self._proposed is None or self._suggested is None:
            return
        for place, row in enumerate(self._rows):
            found = np.where((self._cells[place] & _CODE) == 0, self._proposed[place], 0)
            borders = np.flatnonzero(found[1:] != found[:-1]) + 1
            starts, ends = np.concatenate([[0], borders]), np.concatenate([borders, [self.width]])
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                if found[start] > 1 and end - start >= narrowest:
                    probability = float(self._suggested[place, start:end].mean()) / 255
                    yield row, start / self._ratio, end / self._ratio, int(found[start]) - 1, probability

    def labels(self, narrowest: Sequence[int]) -> Iterator[Label]:
        """Stretches at least as wide as their text needs.

        Parameters
        ----------
        narrowest : sequence of int
            By the byte of a cell: device pixels its text takes, 0 if it has none.
        """
        needed = np.array(narrowest, np.int64)
        for place, row in enumerate(self._rows):
            cells = self._cells[place]
            borders = np.flatnonzero(cells[1:] != cells[:-1]) + 1
            starts = np.concatenate([[0], borders])
            ends = np.concatenate([borders, [self.width]])
            found = cells[starts]
            room = needed[found]
            for at in np.flatnonzero((room > 0) & (ends - starts >= room)):
                yield Label(row, int(starts[at]), int(ends[at]), int(found[at]))

    def _ground(self, place: int, row: PlacedRow, shaded: NDArray[np.bool_]) -> NDArray[np.uint32]:
        """What lies behind the cells of a row."""
        colours = self._colours
        if self._suggested is not None and self._suggested[place].any():
            ground: NDArray[np.uint32] = colours.suggestion[self._suggested[place]]
        else:
            chosen = self._view.actions[row.row].key == self._view.chosen
            ground = np.full(self.width, colours.chosen_ground if chosen else colours.ground, np.uint32)
        ground[shaded] = colours.shade
        return ground

    def _reach(self, row: PlacedRow, height: int) -> tuple[int, int]:
        """First device pixel of a row and the one behind its last; a line is left to the next row."""
        top = round(row.top * self._ratio)
        bottom = round((row.top + row.height) * self._ratio) - max(round(self._ratio), 1)
        return max(top, 0), max(min(bottom, height), 0)

    def _edges(self) -> NDArray[np.bool_] | None:
        """Where two runs touch, [rows, width - 1]; None while frames are too narrow to tell."""
        if self._step < _EDGES_FROM:
            return None
        left, right = self._cells[:, :-1], self._cells[:, 1:]
        present = ((left & _CODE) != 0) & ((right & _CODE) != 0)
        edges: NDArray[np.bool_] = present & (left != right)
        return edges

    def _stripe_mask(self, height: int) -> NDArray[np.bool_]:
        period = max(round(_STRIPES_APART * self._ratio), 3)
        # Stripes belong to their frames: they must not crawl while these are panned.
        begin = round(self._view.scale.first * self._step)
        x = np.arange(begin, begin + self.width)[None, :]
        y = np.arange(height)[:, None]
        mask: NDArray[np.bool_] = (x + y) % period < max(round(_STRIPE_WIDTH * self._ratio), 1)
        return mask
