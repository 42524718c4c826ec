"""What a mouse does on the timeline: scrub, mark, move an edge, pan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF

from hrm_annotator.timeline.code_grid import Run
from hrm_annotator.timeline.view import GUTTER_PX, View

__all__ = ["Edge", "EdgeDrag", "Gesture", "PanDrag", "RangeDrag", "Scrub", "edge_at"]

_REACH_PX = 4.0
_EDGES_FROM_PX = 3.0


@dataclass(frozen=True, slots=True)
class Edge:
    """One end of a run.

    Attributes
    ----------
    run : Run
        Which run.
    is_first : bool
        Whether it is the onset; else the offset.
    """

    run: Run
    is_first: bool


def edge_at(view: View, point: QPointF) -> Edge | None:
    """The edge that the mouse can take hold of there; None while frames are too narrow to aim at."""
    row = view.row_at(point.y())
    if row is None or point.x() < GUTTER_PX - _REACH_PX or view.scale.step < _EDGES_FROM_PX:
        return None
    x = point.x() - GUTTER_PX
    # The run under the pointer comes first: where two runs touch, its side decides.
    for offset in (0.0, _REACH_PX, -_REACH_PX):
        if not 0 <= view.scale.first + (x + offset) / view.scale.step < view.grid.frame_count:
            continue
        run = view.grid.run_at(row, view.scale.frame_at(x + offset))
        if run is None:
            continue
        left, right = view.scale.x_of(run.first), view.scale.x_of(run.last + 1)
        # The middle of a short run stays free for a click.
        reach = min(_REACH_PX, (right - left) / 3)
        if -_REACH_PX <= x - left <= reach:
            return Edge(run, is_first=True)
        if -reach <= x - right <= _REACH_PX:
            return Edge(run, is_first=False)
    return None


class Gesture:
    """A drag from the button's press to its release."""

    def __init__(self, view: View) -> None:
        self._view = view

    def move(self, point: QPointF) -> None:
        """The mouse is there now."""

    def finish(self) -> None:
        """The button was let go."""

    def _frame(self, point: QPointF) -> int:
        # Only frames in view: dragged out of the widget it would run through the recording.
        return self._view.scale.frame_in_view(point.x() - GUTTER_PX)


class Scrub(Gesture):
    """Asks for the frame under the mouse whenever that is another one."""

    def __init__(self, view: View, wanted: Callable[[int], None]) -> None:
        super().__init__(view)
        self._wanted, self._last = wanted, -1

    def move(self, point: QPointF) -> None:
        frame = self._frame(point)
        if frame != self._last:
            self._last = frame
            self._wanted(frame)


class RangeDrag(Gesture):
    """Marks the frames between press and release.

    Attributes
    ----------
    first, last : int
        Marked so far, both included.
    """

    def __init__(self, view: View, start: QPointF, wanted: Callable[[int, int], None]) -> None:
        super().__init__(view)
        self._wanted = wanted
        self._start = self.first = self.last = self._frame(start)

    def move(self, point: QPointF) -> None:
        frame = self._frame(point)
        self.first, self.last = min(self._start, frame), max(self._start, frame)

    def finish(self) -> None:
        self._wanted(self.first, self.last)


class EdgeDrag(Gesture):
    """Moves one end of a run, from frame to frame; at least one frame stays.

    Attributes
    ----------
    run : Run
        As it was.
    first, last : int
        As it would be, both included.
    """

    def __init__(
        self, view: View, edge: Edge, start: QPointF, moved: Callable[[Run, int, int], None]
    ) -> None:
        super().__init__(view)
        self._is_first, self._moved = edge.is_first, moved
        self.run, self.first, self.last = edge.run, edge.run.first, edge.run.last
        border = edge.run.first if edge.is_first else edge.run.last + 1
        # Taken hold of a few pixels beside it, the edge must not jump there: a click moves nothing.
        self._beside = self._place(start) - border

    def _place(self, point: QPointF) -> float:
        scale = self._view.scale
        return scale.first + min(max(point.x() - GUTTER_PX, 0.0), scale.width) / scale.step

    def move(self, point: QPointF) -> None:
        scale = self._view.scale
        border = round(self._place(point) - self._beside)
        if self._is_first:
            self.first = min(max(border, 0), self.run.last)
        else:
            self.last = min(max(border - 1, self.run.first), scale.count - 1)

    def finish(self) -> None:
        if (self.first, self.last) != (self.run.first, self.run.last):
            self._moved(self.run, self.first, self.last)


class PanDrag(Gesture):
    """Pulls the frames along with the mouse."""

    def __init__(self, view: View, start: QPointF) -> None:
        super().__init__(view)
        self._x = start.x()

    def move(self, point: QPointF) -> None:
        self._view.scale.pan(self._x - point.x())
        self._x = point.x()
