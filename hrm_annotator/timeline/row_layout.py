"""Which actions have a row, and where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hrm_core.facs import Action

__all__ = ["LOWEST_ROW_PX", "PlacedRow", "RowLayout"]

LOWEST_ROW_PX = 12
_HIGHEST_ROW_PX = 20
_GROUP_GAP_PX = 4


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """One row and its place, in pixels below the top of the rows' area.

    Attributes
    ----------
    row : int
        Row of the grid.
    top, height : int
        In pixels; `top` is negative for what is scrolled out.
    """

    row: int
    top: int
    height: int


class RowLayout:
    """Rows of actions below one another, a gap between the groups of the face.

    Rows are as high as the area allows, but never so low that their numbers
    cannot be read: then the rows are scrolled.
    """

    def __init__(self) -> None:
        self._actions: Sequence[Action] = ()
        self._shown: tuple[int, ...] = ()
        self._area = 0
        self.offset = 0

    def show(self, actions: Sequence[Action], shown: Sequence[int]) -> None:
        """Lay these rows out, in this order."""
        self._actions, self._shown = actions, tuple(shown)
        self.scroll_to(self.offset)

    def show_area(self, height: int) -> None:
        """Take up another height of the area, in pixels."""
        self._area = max(height, 0)
        self.scroll_to(self.offset)

    @property
    def shown(self) -> tuple[int, ...]:
        """Rows that have a place, in order."""
        return self._shown

    @property
    def area(self) -> int:
        """Height of the area, in pixels."""
        return self._area

    @property
    def content(self) -> int:
        """Height that all rows take, in pixels."""
        return len(self._shown) * self.row_height + self._gaps() * _GROUP_GAP_PX

    @property
    def furthest(self) -> int:
        """How far can be scrolled, in pixels."""
        return max(self.content - self._area, 0)

    @property
    def row_height(self) -> int:
        """Height of each row, in pixels."""
        room = self._area - self._gaps() * _GROUP_GAP_PX
        return min(max(room // max(len(self._shown), 1), LOWEST_ROW_PX), _HIGHEST_ROW_PX)

    def scroll_to(self, offset: int) -> None:
        """Scroll so many pixels down."""
        self.offset = min(max(offset, 0), self.furthest)

    def reveal(self, row: int) -> None:
        """Scroll as little as needed to see the whole of a row."""
        for placed in self.placed():
            if placed.row == row:
                if placed.top < 0:
                    self.scroll_to(self.offset + placed.top)
                elif placed.top + placed.height > self._area:
                    self.scroll_to(self.offset + placed.top + placed.height - self._area)

    def placed(self) -> list[PlacedRow]:
        """All rows with their places, in view or not."""
        height = self.row_height
        top = -self.offset
        found: list[PlacedRow] = []
        for place, row in enumerate(self._shown):
            if place and self._begins_group(place):
                top += _GROUP_GAP_PX
            found.append(PlacedRow(row, top, height))
            top += height
        return found

    def in_view(self) -> list[PlacedRow]:
        """Rows of which anything is seen."""
        return [row for row in self.placed() if row.top + row.height > 0 and row.top < self._area]

    def row_at(self, y: float) -> int | None:
        """Row at a pixel of the area; None between and behind rows."""
        if not 0 <= y < self._area:
            return None
        return next((row.row for row in self.placed() if row.top <= y < row.top + row.height), None)

    def _begins_group(self, place: int) -> bool:
        here, above = self._shown[place], self._shown[place - 1]
        return self._actions[here].group != self._actions[above].group

    def _gaps(self) -> int:
        return sum(self._begins_group(place) for place in range(1, len(self._shown)))
