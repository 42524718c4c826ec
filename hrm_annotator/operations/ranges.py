"""Ranges and runs of frames: what the coder marks, and the edits of many frames at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject

from hrm_annotator.language import tr, trn
from hrm_annotator.session import Marks, Session
from hrm_core.facs import Code, action
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.runs import next_change, run_of

__all__ = ["Ranges"]


class Ranges(QObject):
    """Turns commands about ranges and runs into edits of the session, or says why not.

    Parameters
    ----------
    session : Session
        What is open.

    Attributes
    ----------
    following : callable or None
        Changes a frame with the codes of the frame before where a model suggests a change.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.following: Callable[[FrameCoding], FrameCoding] | None = None
        self._copied: Mapping[int, FrameCoding] = {}
        self._copied_from = 0

    # -- marking --------------------------------------------------------------------

    def start_here(self) -> None:
        """The frame on the screen is the first of the range."""
        self._mark_end(first=self._session.frame)

    def end_here(self) -> None:
        """The frame on the screen is the last of the range."""
        self._mark_end(last=self._session.frame)

    def mark(self, first: int, last: int) -> None:
        """Mark a whole range, as dragged on the timeline."""
        self._session.mark(Marks(min(first, last), max(first, last)))

    def _mark_end(self, *, first: int | None = None, last: int | None = None) -> None:
        marks = self._session.marks
        if first is None and last is None:
            return
        if first is not None:
            kept = marks.last if marks.last is not None and marks.last >= first else None
            new = replace(marks, first=first, last=kept)
        else:
            kept = (
                marks.first if marks.first is not None and last is not None and marks.first <= last else None
            )
            new = replace(marks, first=kept, last=last)
        ends = [end for end in (new.first, new.last) if end is not None]
        outside = new.apex is not None and not (
            (new.first is None or new.first <= new.apex) and (new.last is None or new.apex <= new.last)
        )
        # A range that leaves its apex behind is another one.
        new = Marks(new.first, new.last) if outside else new
        self._session.mark(replace(new, proposed=new.proposed and len(ends) == 2))

    def mark_apex(self, action_key: str | None) -> None:
        """The frame on the screen is the apex of an action: the range is about it from now on."""
        if self._session.frame is None:
            return
        if action_key is None:
            self._session.refused.emit(tr("Choose an action first: an apex is the apex of one action."))
            return
        marks, frame = self._session.marks, self._session.frame
        first = marks.first if marks.first is not None and marks.first <= frame else None
        last = marks.last if marks.last is not None and marks.last >= frame else None
        self._session.mark(Marks(first, last, frame, action_key))

    def mark_run(self, action_key: str | None) -> None:
        """The range is the run of an action around the frame on the screen."""
        found = self._run(action_key)
        if found is not None and action_key is not None:
            self._session.mark(Marks(*found, action=action_key))

    def forget(self) -> None:
        """Mark nothing."""
        self._session.mark(Marks())

    # -- edits of the range -----------------------------------------------------------

    def fill(self) -> None:
        """Fill the range with all codes of one of its frames, or with the action that it is about."""
        marks = self._session.marks
        if marks.action is not None:
            self.fill_action(marks.action)
            return
        frames, session = self._frames(), self._session
        if frames is None:
            return
        source = self._source(frames)
        if source is None:
            session.refused.emit(
                tr(
                    "Code a frame of the range first: it is filled with the codes of the frame on the screen "
                    "or of one of its ends."
                )
            )
            return
        self._edit(session.pen().fill(frames, source), f"filled as frame {source.frame}")

    def fill_action(self, action_key: str | None) -> None:
        """Fill the range with one action; all others stay."""
        frames, session = self._frames(), self._session
        if frames is None or not self._may_code(action_key) or action_key is None:
            return
        sample = self._sample(action_key, frames)
        sample = sample or ActionCode(action_key, Code.BOTH)
        if session.marks.proposed:
            session.mark(replace(session.marks, proposed=False))
        edit = session.pen().set_action(
            frames, action_key, sample.code, sample.intensity, sample.model_run_id
        )
        word = "" if sample.code == Code.BOTH else f" {Code(sample.code).word}"
        self._edit(edit, f"{_name(action_key)}{word} filled")

    def clear_action(self, action_key: str | None) -> None:
        """Take one action off the range; all others stay."""
        frames = self._frames()
        if frames is not None and self._may_code(action_key) and action_key is not None:
            edit = self._session.pen().set_action(frames, action_key, Code.ABSENT)
            self._edit(edit, f"{_name(action_key)} taken off")

    def empty(self) -> None:
        """Leave the frames of the range uncoded."""
        frames = self._frames()
        if frames is not None:
            if self._session.closed_actions and self._holds_closed(frames):
                self._session.refused.emit(
                    tr("Frames with codes that you cannot see are not emptied by you.")
                )
                return
            self._edit(self._session.pen().empty(frames), "emptied")

    def not_codable(self) -> None:
        """Say of the whole range that nothing can be coded there."""
        frames = self._frames()
        if frames is not None:
            if self._session.closed_actions and self._holds_closed(frames):
                self._session.refused.emit(
                    tr("Frames with codes that you cannot see are not taken out by you.")
                )
                return
            self._edit(self._session.pen().not_codable(frames), "not codable")

    def copy(self) -> None:
        """Keep the codes of the range to put them elsewhere."""
        frames = self._frames()
        if frames is None:
            return
        coded = self._session.coded_frames()
        self._copied = {frame: coded[frame] for frame in frames if frame in coded}
        self._copied_from = frames[0]
        if not self._copied:
            self._session.refused.emit(tr("Nothing is coded in the range: there is nothing to copy."))

    def paste(self) -> None:
        """Put what was copied where the frame on the screen is the first."""
        session = self._session
        if session.frame is None or not session.may_edit_frames():
            return
        if not self._copied:
            session.refused.emit(tr("Nothing was copied: mark a range and copy it first."))
            return
        at = session.frame + min(self._copied) - self._copied_from
        self._edit(session.pen().paste(self._copied, at, session.frame_count), "copied here")

    def drop_copy(self) -> None:
        """Forget what was copied: it belongs to another recording."""
        self._copied = {}

    # -- frames before this one ----------------------------------------------------------

    def copy_previous(self) -> None:
        """Code the frame on the screen as the one before it."""
        session = self._session
        if session.frame is None or session.withheld or not session.may_edit_frames():
            return
        source = session.coding(session.frame - 1)
        if source is None or source.state is CodingState.NOT_CODABLE:
            session.refused.emit(tr("Frame {frame} has no codes to be copied.", frame=session.frame - 1))
            return
        self._edit(session.pen().fill([session.frame], source), "as the frame before")

    def same_until_here(self) -> None:
        """Give the uncoded frames up to this one the codes of the last frame before them."""
        session = self._session
        if session.frame is None or not session.may_edit_frames():
            return
        first, _ = session.clip_around(session.frame)
        source = session.frame - 1
        while source >= first and session.coding(source) is None:
            source -= 1
        coding = session.coding(source) if source >= first else None
        if coding is None or coding.state is CodingState.NOT_CODABLE:
            session.refused.emit(
                tr("There is no coded frame before this one in the clip, whose codes could hold on.")
            )
            return
        # What was said of this frame stays.
        too = not session.withheld and session.coding() is None
        frames = range(source + 1, session.frame + (1 if too else 0))
        self._edit(session.pen().fill(frames, coding), f"same as frame {source}")

    def carry(self, left: int, frame: int) -> None:
        """Take codes along from the frame that was left to `frame`, which was just displayed.

        Uncoded frames on the way take the codes of the frame before them; the way ends at
        the end of the clip.
        """
        session = self._session
        if (
            session.withheld
            or session.stepping
            or session.checking
            or session.deciding
            or not session.can_code
            or session.clip_around(frame)[0] > left
        ):
            return
        if any(clip.is_excluded and clip.first_frame <= frame <= clip.last_frame for clip in session.clips):
            return
        edit: dict[int, FrameCoding | None] = {}
        source = session.coding(left)
        for place in range(left + 1, frame + 1):
            found = session.coding(place)
            if found is not None:
                source = found
            elif source is not None and source.state is not CodingState.NOT_CODABLE:
                # Nothing is "here": a frame reached with codes in hand is not yet coded by looking at it.
                carried = replace(session.pen(), here=None).fill([place], source).get(place)
                if carried is not None:
                    source = self.following(carried) if self.following else carried
                    edit[place] = source
        session.edit_frames(edit, "carried on")

    # -- runs of the chosen action ----------------------------------------------------------

    def shift_run(self, action_key: str | None, frames: int) -> None:
        """Move the run of an action around the frame on the screen earlier (-1) or later (1)."""
        found = self._run(action_key)
        if found is None or action_key is None:
            return
        first, last = found[0] + frames, found[1] + frames
        if not 0 <= first <= last < self._session.frame_count:
            self._session.refused.emit(
                tr("The run ends at the end of the recording: it cannot be moved further.")
            )
            return
        self.move_run(action_key, found, (first, last))

    def bound_run(self, action_key: str | None, *, start: bool) -> None:
        """Let the nearest run of an action start or end with the frame on the screen."""
        frame = self._session.frame
        if frame is None or not self._may_code(action_key) or action_key is None:
            return
        found = run_of(self._session.coded_frames(), action_key, frame) or self._nearest(
            action_key, frame, 1 if start else -1
        )
        if found is None:
            name = _name(action_key)
            self._session.refused.emit(
                tr("There is no run of {action} after this frame.", action=name)
                if start
                else tr("There is no run of {action} before this frame.", action=name)
            )
            return
        self.move_run(action_key, found, (frame, found[1]) if start else (found[0], frame))

    def move_run(self, action_key: str, old: tuple[int, int], new: tuple[int, int]) -> None:
        """Let a run of an action begin and end elsewhere, as dragged on the timeline."""
        session = self._session
        if not session.may_edit_frames() or not self._may_code(action_key):
            return
        if run_of(session.coded_frames(), action_key, old[0]) != old:
            session.refused.emit(tr("That run has changed meanwhile."))
            return
        moved = (new[0] > old[0]) == (new[1] > old[1]) and new[0] != old[0] and new[1] != old[1]
        if moved and (reason := self._in_the_way(action_key, old, new)):
            session.refused.emit(reason)
            return
        self._edit(session.pen().move_run(action_key, old, new), f"{_name(action_key)} moved")

    def _in_the_way(self, action_key: str, old: tuple[int, int], new: tuple[int, int]) -> str:
        """Why a whole run cannot be put there; empty if it can.

        It would be taken off behind and not be written in front, or swallow another run.
        """
        coded = self._session.coded_frames()
        for frame in range(new[0], new[1] + 1):
            if old[0] <= frame <= old[1] or frame not in coded:
                continue
            if coded[frame].state is CodingState.NOT_CODABLE:
                return tr("Frame {frame} is not codable: the run cannot be moved there.", frame=frame)
            if coded[frame].code_of(action_key):
                return tr(
                    "Frame {frame} belongs to another run of {action}.",
                    frame=frame,
                    action=_name(action_key),
                )
        return ""

    def split_run(self, action_key: str | None) -> None:
        """Take an action off the frame on the screen, so that its run becomes two."""
        found, frame = self._run(action_key), self._session.frame
        if found is None or frame is None or action_key is None:
            return
        if frame in found:
            self._session.refused.emit(tr("This is an end of the run: there is nothing to split."))
            return
        self._session.set_code(action_key, Code.ABSENT)

    # -- where to go -----------------------------------------------------------------------

    def next_change(self, direction: int) -> int | None:
        """Where the codes change next; None if nowhere."""
        session = self._session
        if session.frame is None:
            return None
        return next_change(session.coded_frames(), session.frame, direction, session.frame_count)

    def next_to_do(self, direction: int) -> int | None:
        """The next frame of an open clip that is uncoded or carried; None if there is none."""
        session = self._session
        if session.frame is None:
            return None
        for frame in self._frames_to_code(session.frame, direction):
            coding = session.coding(frame)
            if coding is None or coding.state is CodingState.CARRIED:
                return frame
        return None

    def _frames_to_code(self, here: int, direction: int) -> Iterator[int]:
        """Frames of all open clips beyond this one, in the direction of travel."""
        session = self._session
        spans = [(clip.first_frame, clip.last_frame) for clip in session.clips if not clip.is_excluded]
        spans = sorted(spans) if session.clips else [(0, session.frame_count - 1)]
        for first, last in spans[::direction]:
            for frame in range(max(first, here + 1), last + 1) if direction > 0 else ():
                yield frame
            for frame in range(min(last, here - 1), first - 1, -1) if direction < 0 else ():
                yield frame

    # -- helpers -----------------------------------------------------------------------------

    def _frames(self) -> range | None:
        """The marked range; says so if there is none or nothing may be coded."""
        if not self._session.may_edit_frames():
            return None
        frames = self._session.marks.frames()
        if frames is None:
            self._session.refused.emit(tr("Mark a range first: [ at its first frame, ] at its last."))
        return frames

    def _source(self, frames: range) -> FrameCoding | None:
        """The frame whose codes fill a range: the one on the screen, else its first, else its last."""
        for frame in (self._session.frame, frames[0], frames[-1]):
            coding = self._session.coding(frame) if frame is not None and frame in frames else None
            if coding is not None and coding.state is not CodingState.NOT_CODABLE:
                return coding
        return None

    def _sample(self, action_key: str, frames: range) -> ActionCode | None:
        """What is said of an action at the apex, on the screen or at an end of a range."""
        for frame in (self._session.marks.apex, self._session.frame, frames[0], frames[-1]):
            coding = self._session.coding(frame) if frame is not None else None
            entry = coding.entry_of(action_key) if coding else None
            if entry is not None:
                return entry
        return None

    def _run(self, action_key: str | None) -> tuple[int, int] | None:
        """The run of an action around the frame on the screen; says so if there is none."""
        session = self._session
        if session.frame is None or not session.may_edit_frames() or not self._may_code(action_key):
            return None
        found = run_of(session.coded_frames(), action_key or "", session.frame)
        if found is None:
            session.refused.emit(
                tr(
                    "{action} is absent in this frame: it has no run here.",
                    action=_name(action_key or ""),
                )
            )
        return found

    def _nearest(self, action_key: str, frame: int, direction: int) -> tuple[int, int] | None:
        """The next run of an action after a frame, or the last before it, within the clip."""
        session = self._session
        first, last = session.clip_around(frame)
        for place in range(frame, last + 1) if direction > 0 else range(frame, first - 1, -1):
            found = run_of(session.coded_frames(), action_key, place)
            if found is not None:
                return found
        return None

    def _may_code(self, action_key: str | None) -> bool:
        """Whether this rater can code an action; says so if not."""
        if action_key is None:
            self._session.refused.emit(tr("Choose an action first: by its key, or with ↑ and ↓."))
        elif action_key in self._session.closed_actions:
            self._session.refused.emit(self._session.closed_words(action_key))
        return action_key is not None and action_key not in self._session.closed_actions

    def _holds_closed(self, frames: range) -> bool:
        closed, coded = self._session.closed_actions, self._session.coded_frames()
        return any(code.action in closed for frame in frames if frame in coded for code in coded[frame].codes)

    def _edit(self, edit: Mapping[int, FrameCoding | None], reason: str) -> None:
        if not edit:
            self._session.refused.emit(tr("Nothing has to change."))
            return
        had = self._session.coded_frames()
        over = [frame for frame in sorted(edit) if frame in had and had[frame].state is CodingState.CODED]
        self._session.edit_frames(edit, reason)
        carried = sum(1 for coding in edit.values() if coding and coding.state is CodingState.CARRIED)
        self._session.told.emit(_changed(len(edit), over, carried))


def _changed(count: int, over: Sequence[int], carried: int) -> str:
    """How many frames were changed, and what the coder should know of them."""
    if over and carried:
        return trn(
            "{count} frame changed, {over} of them coded before (the first is {first}); "
            "{carried} of them carried until they are seen and confirmed.",
            "{count} frames changed, {over} of them coded before (the first is {first}); "
            "{carried} of them carried until they are seen and confirmed.",
            count,
            over=len(over),
            first=over[0],
            carried=carried,
        )
    if over:
        return trn(
            "{count} frame changed, {over} of them coded before (the first is {first}).",
            "{count} frames changed, {over} of them coded before (the first is {first}).",
            count,
            over=len(over),
            first=over[0],
        )
    if carried:
        return trn(
            "{count} frame changed; {carried} of them carried until they are seen and confirmed.",
            "{count} frames changed; {carried} of them carried until they are seen and confirmed.",
            count,
            carried=carried,
        )
    return trn("{count} frame changed.", "{count} frames changed.", count)


def _name(action_key: str) -> str:
    entry = action(action_key)
    return f"{entry.kind}{entry.label}"
