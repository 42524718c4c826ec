"""What the timeline says of the place under the mouse."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF

from hrm_annotator.language import mark, tr
from hrm_annotator.language.words import action_words, code_words
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

__all__ = ["frame_words", "tool_tip"]

_STATE_WORDS = {
    CODED: mark("coded"),
    CHECKED: mark("coded and checked"),
    CARRIED: mark("carried, not confirmed yet"),
    NOT_CODABLE: mark("not codable"),
}
_CLIP_WORDS = {
    ClipState.OPEN: mark("open"),
    ClipState.EXCLUDED: mark("excluded"),
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
        return "" if row is None else action_words(view.actions[row])
    if not view.grid.frame_count:
        return ""
    frame = view.scale.frame_at(point.x() - GUTTER_PX)
    title = tr("frame {frame}", frame=frame) if title_of_frame is None else title_of_frame(frame)
    lines = [f"{title}: {_state(view, frame)}"]
    if row is not None:
        lines.append(_run(view, row, frame))
    elif RULER_PX <= point.y() < RULER_PX + CLIPS_PX:
        lines += _clips(view, frame)
    elif view.curves and point.y() >= view.strip_top:
        lines += [curve.words(frame) for curve in view.curves]
    return "\n".join(lines)


def frame_words(view: View, title_of_frame: Callable[[int], str] | None) -> str:
    """The frame under the playhead for who cannot see it: state, runs, clip and marked frames.

    Parameters
    ----------
    view : View
        What is shown.
    title_of_frame : callable or None
        How a frame is called; its number if None.
    """
    frame = view.frame
    if frame is None or not 0 <= frame < view.grid.frame_count:
        return ""
    title = tr("frame {frame}", frame=frame) if title_of_frame is None else title_of_frame(frame)
    lines = [f"{title}: {_state(view, frame)}"]
    lines += [
        _run(view, row, frame)
        for row in range(len(view.actions))
        if view.grid.run_at(row, frame)
        or (view.proposed is not None and view.proposed.finest[row, frame] > 1)
    ]
    lines += _clips(view, frame)
    lines += [curve.words(frame) for curve in view.curves]
    marked = view.marked
    if marked.first is not None and marked.last is not None:
        ends = sorted((marked.first, marked.last))
        lines.append(tr("marked: frames {first}–{last}", first=ends[0], last=ends[1]))
    return "\n".join(lines)


def _clips(view: View, frame: int) -> list[str]:
    return [
        tr(
            "clip {number}, {state}: frames {first}–{last}",
            number=clip.number,
            state=tr(_CLIP_WORDS[clip.state]),
            first=clip.first_frame,
            last=clip.last_frame,
        )
        for clip in view.clips
        if clip.first_frame <= frame <= clip.last_frame
    ]


def _state(view: View, frame: int) -> str:
    bits = int(view.grid.states.finest[0, frame])
    found = next((words for bit, words in _STATE_WORDS.items() if bits & bit), None)
    words = tr("not coded") if found is None else tr(found)
    coding = view.codings.get(frame)
    words = tr("{state}, doubtful", state=words) if bits & DOUBTFUL else words
    return _with_note(words, coding.comment if coding is not None else "")


def _run(view: View, row: int, frame: int) -> str:
    run = view.grid.run_at(row, frame)
    entry = view.actions[row]
    suggested = _suggested(view, row, frame)
    if run is None:
        return "\n".join([tr("{action}: absent", action=action_words(entry)), *suggested])
    letter = intensity_of_cell(int(view.grid.cells.finest[row, frame]))
    code = code_words(entry, run.code)
    if letter:
        code = tr("{code}, intensity {letter}", code=code, letter=letter)
    found = view.codings[frame].entry_of(entry.key) if frame in view.codings else None
    words = tr(
        "{action}: {code}, frames {first}–{last}",
        action=action_words(entry),
        code=code,
        first=run.first,
        last=run.last,
    )
    if found is None:
        return "\n".join([words, *suggested])
    here = tr("doubtful here") if found.doubtful else ""
    return "\n".join([_with_note(f"{words}, {here}" if here else words, found.note), *suggested])


def _suggested(view: View, row: int, frame: int) -> list[str]:
    """What is suggested there, as one line; none if nothing is."""
    if view.suggestions is None or view.proposed is None:
        return []
    code = int(view.proposed.finest[row, frame]) - 1
    if code < 0:
        return []
    percent = round(int(view.suggestions.finest[row, frame]) / 255 * 100)
    return [
        tr("suggested: {code}, {percent} %", code=code_words(view.actions[row], code), percent=f"{percent}")
    ]


def _with_note(words: str, note: str) -> str:
    # On a line of its own: it may be long.
    return "\n".join([words, tr("note: “{note}”", note=note)]) if note else words
