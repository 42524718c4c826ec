"""Everything that is painted, and where its bands lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hrm_annotator.timeline.code_grid import CodeGrid
from hrm_annotator.timeline.curves import DrawnCurve
from hrm_annotator.timeline.frame_scale import FrameScale
from hrm_annotator.timeline.mip_levels import MipLevels
from hrm_annotator.timeline.row_layout import RowLayout
from hrm_core.facs import Action
from hrm_core.records.coding import FrameCoding
from hrm_core.records.recording import Clip

__all__ = ["CLIPS_PX", "GUTTER_PX", "ROWS_TOP_PX", "RULER_PX", "STATES_PX", "MarkedRange", "View"]

GUTTER_PX = 130
RULER_PX = 18
CLIPS_PX = 15
STATES_PX = 12
ROWS_TOP_PX = RULER_PX + CLIPS_PX + STATES_PX + 4
_LEGEND_LINE_PX = 12
_STRIP_PX = (38, 72)


@dataclass(frozen=True, slots=True)
class MarkedRange:
    """Frames that were marked, or are proposed to be.

    Attributes
    ----------
    first, last, apex : int or None
        Onset, offset and strongest frame; None where not set.
    action : str or None
        Key of the action that is meant.
    proposed : bool
        Whether nobody has agreed to it yet.
    """

    first: int | None = None
    last: int | None = None
    apex: int | None = None
    action: str | None = None
    proposed: bool = False


@dataclass(slots=True, eq=False)
class View:
    """What the timeline shows now.

    Attributes
    ----------
    actions : sequence of Action
        One row of the grid each.
    grid : CodeGrid
        Codes and states.
    scale : FrameScale
        Frames in view; its pixel 0 lies right of the labels.
    layout : RowLayout
        Rows in view; its pixel 0 lies :data:`ROWS_TOP_PX` below the top.
    clips : sequence of Clip
        Of the recording.
    chosen : str or None
        Key of the chosen action.
    marked : MarkedRange
        Marked frames.
    frame : int or None
        The frame on the screen.
    suggestions : MipLevels or None
        Probabilities 0-255, one row per action.
    proposed : MipLevels or None
        Proposed codes plus 1, one row per action; 0 where nothing is proposed.
    curves : tuple of DrawnCurve
        In the strip at the bottom.
    codings : mapping of int to FrameCoding
        By frame, as the grid was made from; what it cannot hold is read there.
    """

    actions: Sequence[Action] = ()
    grid: CodeGrid = field(default_factory=lambda: CodeGrid((), 0, {}))
    scale: FrameScale = field(default_factory=FrameScale)
    layout: RowLayout = field(default_factory=RowLayout)
    clips: Sequence[Clip] = ()
    chosen: str | None = None
    marked: MarkedRange = MarkedRange()
    frame: int | None = None
    suggestions: MipLevels | None = None
    proposed: MipLevels | None = None
    curves: tuple[DrawnCurve, ...] = ()
    codings: Mapping[int, FrameCoding] = field(default_factory=dict)
    height: int = 0

    def place(self, width: int, height: int) -> None:
        """Share the room out among the bands."""
        self.height = height
        self.scale.show_width(width - GUTTER_PX)
        self.layout.show_area(height - ROWS_TOP_PX - self.strip_height)

    @property
    def strip_height(self) -> int:
        """Height of the strip of curves; 0 if there are none."""
        if not self.curves:
            return 0
        return min(max(_LEGEND_LINE_PX * len(self.curves) + 2, _STRIP_PX[0]), _STRIP_PX[1])

    @property
    def strip_top(self) -> int:
        """Where the strip of curves begins."""
        return self.height - self.strip_height

    def row_at(self, y: float) -> int | None:
        """Row of the grid at a height; None outside the rows."""
        return self.layout.row_at(y - ROWS_TOP_PX)

    def x_of(self, frame: float) -> float:
        """Where a frame begins, from the left edge of the widget."""
        return GUTTER_PX + self.scale.x_of(frame)

    def suggest(
        self, probabilities: NDArray[np.float32] | None, proposed: NDArray[np.uint8] | None = None
    ) -> None:
        """Show these suggestions, both [n_actions, n_frames]; a probability that is NaN counts as 0.

        Raises
        ------
        ValueError
            If there is not one probability, and one code, for each action and frame.
        """
        if probabilities is None:
            self.suggestions = self.proposed = None
            return
        shape = (len(self.actions), self.grid.frame_count)
        proposed = np.zeros(shape, np.uint8) if proposed is None else proposed
        if probabilities.shape != shape or proposed.shape != shape:
            raise ValueError(
                f"suggestions must have shape {shape}, not {probabilities.shape} and {proposed.shape}"
            )
        self.suggestions, self.proposed = MipLevels(*shape, np.maximum), MipLevels(*shape, np.maximum)
        self.suggest_from(0, probabilities, proposed)

    def suggest_from(
        self, first: int, probabilities: NDArray[np.float32], proposed: NDArray[np.uint8]
    ) -> None:
        """Show these suggestions from a frame on, those of other frames stay."""
        count = probabilities.shape[1]
        if self.suggestions is None or self.proposed is None or not count:
            return
        span = slice(first, first + count)
        self.suggestions.finest[:, span] = np.round(np.clip(np.nan_to_num(probabilities), 0, 1) * 255)
        self.proposed.finest[:, span] = proposed
        for levels in (self.suggestions, self.proposed):
            levels.refresh(first, first + count - 1)
