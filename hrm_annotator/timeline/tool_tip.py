"""What the timeline says of the place under the mouse."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF

from hrm_annotator.timeline.code_grid import (
    CARRIED,
    CHECKED,
    CODED,
    DOUBTFUL,
    NOT_CODABLE,
    intensity_of_cell,
)
from hrm_annotator.timeline.view import CLIPS_PX, GUTTER_PX, RULER_PX, View
from hrm_core.records.recording import ClipState

__all__ = ["tool_tip"]

_STATE_WORDS = {
    CODED: "coded",
    CHECKED: "coded and checked",
    CARRIED: "carried, not confirmed yet",
    NOT_CODABLE: "not codable",
}
_CLIP_WORDS = {
    ClipState.OPEN: "open",
    ClipState.EXCLUDED: "excluded",
}


def tool_tip(view: View, point: QPointF, title_of_frame: Callable[[int], str] | None) -> str:
    """Frame, state, and the run, clip or values there, one line each; empty if there is nothing.

    Parameters
    ----------
    view : View
        What is shown.
    point : QPointF
        Place in the widget.
    title_of_frame : callable or None
        How a frame is called; its number if None.
    """
    row = view.row_at(point.y())
    if point.x() < GUTTER_PX:
        return "" if row is None else f"{view.actions[row]}"
    if not view.grid.frame_count:
        return ""
    frame = view.scale.frame_at(point.x() - GUTTER_PX)
    title = f"frame {frame}" if title_of_frame is None else title_of_frame(frame)
    lines = [f"{title}: {_state(view, frame)}"]
    if row is not None:
        lines.append(_run(view, row, frame))
    elif RULER_PX <= point.y() < RULER_PX + CLIPS_PX:
        lines += [
            f"clip {clip.number}, {_CLIP_WORDS[clip.state]}: frames {clip.first_frame}–{clip.last_frame}"
            for clip in view.clips
            if clip.first_frame <= frame <= clip.last_frame
        ]
    elif view.curves and point.y() >= view.strip_top:
        lines += [curve.words(frame) for curve in view.curves]
    return "\n".join(lines)


def _state(view: View, frame: int) -> str:
    bits = int(view.grid.states.finest[0, frame])
    words = next((words for bit, words in _STATE_WORDS.items() if bits & bit), "not coded")
    return f"{words}, doubtful" if bits & DOUBTFUL else words


def _run(view: View, row: int, frame: int) -> str:
    run = view.grid.run_at(row, frame)
    entry = view.actions[row]
    if run is None:
        return f"{entry}: absent"
    letter = intensity_of_cell(int(view.grid.cells.finest[row, frame]))
    code = f"{entry.word(run.code)}, intensity {letter}" if letter else entry.word(run.code)
    return f"{entry}: {code}, frames {run.first}–{run.last}"
