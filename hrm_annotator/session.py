"""The one truth of what is open and shown; set only by operations and panes' requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from hrm_annotator.language import mark, said, tr, trn
from hrm_annotator.language.words import absent_words, impossible_words, unseen_words
from hrm_core.facs import ALL_ACTIONS, Score, ScoredAction, action, format_score
from hrm_core.facs.codes import Code
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.marks import Marks
from hrm_core.records.people import Rater
from hrm_core.records.recording import Clip, Recording
from hrm_core.records.revision import Changes, UndoStatus
from hrm_core.records.runs import Pen, confirmable
from hrm_core.records.segments import frames_in_words
from hrm_core.records.shown_codings import Concealment, ShownCodings

if TYPE_CHECKING:
    from hrm_core.workflows.project import Project

__all__ = ["UPPER_FACE", "Marks", "Session", "score_text"]

UPPER_FACE = frozenset(entry.key for entry in ALL_ACTIONS if entry.group == "upper")
"""Actions around the eyes: who may not see these cannot code them."""

_WRITTEN_OUT = 8
_CHECKING = mark("A check is under way: C changes the codes of an action, Esc leaves it.")
_DECIDING = mark("Disputed frames are being decided, and nobody's codes are changed here: Esc leaves them.")
_HIDDEN = mark("This is hidden until you have answered for it in the check.")


class Session(QObject):
    """What is open, which frame is on the screen, and its codes.

    The frame is the one whose picture is *displayed*: codes always go to what
    the coder sees, never to a frame that is still being decoded.
    """

    project_changed = Signal()
    """Another project, or none, is open."""
    recording_changed = Signal()
    """Another recording, or none, is open."""
    frame_leaving = Signal()
    """Another frame is about to be shown: hand over what is still being typed."""
    frame_changed = Signal(int)
    """Another frame is on the screen."""
    coding_changed = Signal(int)
    """The codes of this frame changed; of an edit of many frames only the one on the screen is told."""
    undo_changed = Signal()
    """What undo and redo would do changed."""
    frames_changed = Signal(object)
    """The codes of these frames changed, one or many: a tuple of int."""
    clips_changed = Signal()
    """The clips of the open recording changed."""
    range_changed = Signal()
    """Another range of frames is marked, see :attr:`marks`."""
    edited = Signal(object, str)
    """The coder changed frames: their new codings by frame (None: uncoded) and the reason, to be written."""
    refused = Signal(str)
    """Something the coder asked for cannot be, and why."""
    told = Signal(str)
    """Something was done that the coder should know of."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self.rater: Rater | None = None
        self.recording: Recording | None = None
        self.clips: Sequence[Clip] = ()
        self.frame: int | None = None
        self.undo_status = UndoStatus()
        self.can_code = True
        self.stepping = self.withheld = False
        self.checking = self.deciding = False
        self.signed: Callable[[FrameCoding], FrameCoding] = lambda coding: coding
        self.marks = Marks()
        self.clock: Callable[[], float] = time.monotonic
        self._codings: dict[int, FrameCoding] = {}
        self.shown = ShownCodings(self._codings)
        self._seen: set[int] = set()
        self._carried: set[int] = set()
        self._seconds: dict[int, float] = {}
        self._shown_at = 0.0

    def open_project(self, project: Project | None, rater: Rater | None) -> None:
        """Take up a project that an operation opened."""
        self.close_recording()
        self.project, self.rater = project, rater
        self.project_changed.emit()

    def open_recording(
        self,
        recording: Recording,
        codings: Mapping[int, FrameCoding],
        undo_status: UndoStatus,
        clips: Sequence[Clip] = (),
    ) -> None:
        """Take up a recording that an operation opened."""
        self.frame_leaving.emit()
        self.clips = clips
        self.recording, self._codings, self.undo_status = recording, dict(codings), undo_status
        self.shown, self.checking = ShownCodings(self._codings), False
        self.frame, self.can_code, self.stepping, self.withheld = None, True, False, False
        self._forget_views()
        self.recording_changed.emit()
        self.undo_changed.emit()

    def close_recording(self) -> None:
        """Show no recording."""
        if self.recording is None:
            return
        self.frame_leaving.emit()
        self.recording, self.clips, self.frame, self._codings = None, (), None, {}
        self.shown, self.checking = ShownCodings(self._codings), False
        self.undo_status = UndoStatus()
        self._forget_views()
        self.recording_changed.emit()
        self.undo_changed.emit()

    def show_frame(self, frame: int, *, withheld: bool = False) -> None:
        """Note that the picture of `frame` is on the screen now, or is withheld from this rater."""
        if frame == self.frame:
            self.withheld = withheld
            self._note_seen()
            return
        # What is still being typed belongs to the frame that is left, and to what was seen of it.
        self.frame_leaving.emit()
        self._count_time()
        self.frame, self.withheld = frame, withheld
        self._note_seen()
        self.frame_changed.emit(frame)

    def _note_seen(self) -> None:
        if self.frame is not None and not self.withheld:
            self._seen.add(self.frame)

    def _forget_views(self) -> None:
        self._seen.clear()
        self._carried = {
            frame for frame, coding in self._codings.items() if coding.state is CodingState.CARRIED
        }
        self._seconds.clear()
        self._shown_at = self.clock()
        self.mark(Marks())

    def _count_time(self) -> None:
        """Add the time since the last look at the clock to the frame on the screen."""
        now = self.clock()
        if self.frame is not None:
            self._seconds[self.frame] = self._seconds.get(self.frame, 0.0) + now - self._shown_at
        self._shown_at = now

    @property
    def seen(self) -> Collection[int]:
        """Frames displayed with the codes they have now; do not change it."""
        return self._seen

    def mark(self, marks: Marks) -> None:
        """Mark a range of frames."""
        if marks != self.marks:
            self.marks = marks
            self.range_changed.emit()

    def show_clips(self, clips: Sequence[Clip]) -> None:
        """Take over the clips of the open recording as they are now."""
        self.clips = clips
        self.clips_changed.emit()

    @property
    def frame_count(self) -> int:
        """Frames of the open recording; 0 if none is open."""
        return (self.recording.frame_count or 0) if self.recording else 0

    @property
    def closed_actions(self) -> frozenset[str]:
        """Actions that this rater cannot code: the eyes are covered, or a check hides their codes."""
        masked = UPPER_FACE if self.rater is not None and not self.rater.sees_eyes else frozenset()
        return masked | self.shown.hidden_actions

    def conceal(self, concealment: Concealment | None) -> None:
        """Hide codes from everything that shows them, or show them again (None)."""
        if concealment != self.shown.concealment:
            self._tell(dict.fromkeys(self.shown.hide(concealment)))
            self.undo_changed.emit()

    def coding(self, frame: int | None = None) -> FrameCoding | None:
        """Coding of a frame (the one on the screen if left out); None if uncoded."""
        found: FrameCoding | None = self.shown.get(self.frame if frame is None else frame)  # type: ignore[arg-type]
        return found

    def coded_frames(self) -> Mapping[int, FrameCoding]:
        """All codings of the open recording by frame, as they may be shown; do not change it."""
        return self.shown

    def set_code(self, key: str, code: int) -> None:
        """Code an action in the frame on the screen; 0 takes it off."""
        if self._is_hidden(key):
            return
        entry = action(key)
        if not entry.allows(code):
            self.refused.emit(impossible_words(entry, code))
            return
        if key in self.closed_actions:
            self.refused.emit(self.closed_words(key))
            return
        coding = self._editable()
        if coding is None or coding.code_of(key) == code:
            return
        word = "off" if code == Code.ABSENT else "" if code == Code.BOTH else Code(code).word
        self._edit(coding.with_code(key, code), f"{entry.kind}{entry.label} {word}".strip())

    def set_intensity(self, key: str, intensity: str | None) -> None:
        """Say how strong a present action of the frame on the screen is; None says nothing of it."""
        coding = self._editable()
        if coding is None:
            return
        # Before it is said whether it is there.
        if key in self.closed_actions:
            self.refused.emit(self.closed_words(key))
            return
        if not coding.code_of(key):
            self.refused.emit(absent_words(action(key)))
            return
        self._edit(
            coding.with_intensity(key, intensity),
            f"{action(key).kind}{action(key).label} {intensity or 'without intensity'}",
        )

    def set_score(self, score: Score) -> bool:
        """Code the frame on the screen as a whole, as an expert wrote it; whether it was taken.

        What the score leaves out is taken off, and an action without a letter has no
        intensity any more.  A score that says what stands there confirms a carried frame.
        """
        coding = self._editable()
        if coding is None:
            return False
        before = {code.action: code for code in coding.codes}
        # Nobody changes what they cannot see, not by leaving it out either.
        kept = [code for key, code in before.items() if key in self.closed_actions]
        codes = []
        for entry in score:
            old = before.get(entry.key)
            if entry.key in self.closed_actions:
                hidden = entry.key in self.shown.hidden_actions
                if hidden or old is None or (old.code, old.intensity) != (entry.code, entry.intensity):
                    self.refused.emit(self.closed_words(entry.key))
                    return False
                continue
            same = old is not None and (old.code, old.intensity) == (entry.code, entry.intensity)
            if old is not None and same and old.origin is not Origin.CARRIED:
                codes.append(old)
            else:
                # Another side is as doubtful as the one before it.
                doubtful, note = (old.doubtful, old.note) if old else (False, "")
                new = ActionCode(entry.key, int(entry.code), entry.intensity, doubtful=doubtful, note=note)
                codes.append(new)
        looked = coding.state in (CodingState.CARRIED, CodingState.NOT_CODABLE)
        state = CodingState.CODED if looked else coding.state
        # The menu entry of undo says it, and shall not fill the screen.
        words = f"score {score}" if len(score) <= _WRITTEN_OUT else f"score of {len(score)} actions"
        self._edit(replace(coding, codes=(*kept, *codes), state=state), words)
        return True

    def clear_codes(self) -> None:
        """Code the frame on the screen as a face without action."""
        coding = self._editable()
        if coding is not None:
            # Nobody takes off what they cannot see.
            kept = tuple(code for code in coding.codes if code.action in self.closed_actions)
            self._edit(replace(coding, codes=kept, state=CodingState.CODED), "no action")

    def confirm(self) -> bool:
        """Say that the frame on the screen, and the carried frames seen on the way to it, are coded so.

        Returns
        -------
        bool
            False if carried frames before this one were not displayed: the coder should know before going on.
        """
        coding = self._editable()
        if coding is None:
            return True
        if coding.frame not in self._codings:
            # A key pressed once too often must not say that nothing moves.
            self.refused.emit(
                tr("Frame {frame} is not coded: Shift+Enter says that nothing moves.", frame=coding.frame)
            )
            return True
        # Before the first carried frame there is nothing to look for, be the recording ever so long.
        first = max(self.clip_around(coding.frame)[0], min(self._carried, default=coding.frame))
        frames, unseen = confirmable(self._codings, self._seen, coding.frame, first)
        self.edit_frames(self.pen().confirm(frames), "confirmed")
        if len(frames) > 1:
            self.told.emit(
                trn(
                    "{count} carried frame confirmed: {frames}.",
                    "{count} carried frames confirmed: {frames}.",
                    len(frames),
                    frames=said(frames_in_words(frames)),
                )
            )
        if unseen:
            self.refused.emit(
                trn(
                    "{count} carried frame before was not displayed yet and stays carried: "
                    "Ctrl+Up goes there.",
                    "{count} carried frames before were not displayed yet and stay carried: "
                    "Ctrl+Up goes there.",
                    unseen,
                )
            )
        return not unseen

    def set_not_codable(self, wanted: bool) -> None:
        """Mark the frame on the screen as not codable, or take the mark off."""
        coding = self._editable(even_unseen=True)
        if coding is None:
            return
        if wanted and self._is_hidden():
            self.coding_changed.emit(coding.frame)
        elif wanted and any(code.action in self.closed_actions for code in coding.codes):
            # Nobody takes off what they cannot see.
            self.refused.emit(tr("A frame with codes that you cannot see is not taken out by you."))
            self.coding_changed.emit(coding.frame)
        elif wanted:
            self._edit(replace(coding, codes=(), state=CodingState.NOT_CODABLE), "not codable")
        else:
            # What the frame showed before is not known here, and must not become "no action".
            self.refused.emit(
                tr("Code what you see, press No action, or undo: then the frame is codable again.")
            )
            self.coding_changed.emit(coding.frame)

    def set_doubtful(self, wanted: bool) -> None:
        """Flag the frame on the screen to be looked at again, or take the flag off."""
        coding = self._editable(even_unseen=True)
        if coding is not None and self._is_coded(coding):
            self._edit(replace(coding, doubtful=wanted), "doubt" if wanted else "no doubt")

    def set_comment(self, text: str) -> bool:
        """Write a note on the frame on the screen; whether it was taken."""
        if self._is_hidden():
            return False
        # Taken even while the disk refuses: it was typed already, and waits with the others.
        coding = self._editable(even_unsafe=True, even_unseen=True)
        if coding is None or not self._is_coded(coding):
            return False
        if coding.comment != text:
            self._edit(replace(coding, comment=text), "note")
        return True

    def _is_coded(self, coding: FrameCoding) -> bool:
        """Whether flag and note have a coding to stand on; says so if not."""
        if coding.frame in self._codings:
            return True
        # Saved alone they would turn a frame that nobody has coded into "no action".
        self.refused.emit(tr("Code the frame first; then flag it or write a note on it."))
        return False

    def _editable(self, *, even_unsafe: bool = False, even_unseen: bool = False) -> FrameCoding | None:
        """Coding of the frame on the screen to start from; None if nothing may be coded now."""
        if self.rater is None or self.recording is None or self.frame is None:
            return None
        if self.stepping:
            # An edit made now would build on what is just being taken back.
            self.refused.emit(tr("One moment: a step of undo is being written."))
            return None
        if not even_unsafe and not self.may_code():
            return None
        if self.withheld and not even_unseen:
            self.refused.emit(
                tr(
                    "The picture of frame {frame} is withheld: only Not codable can be said of it.",
                    frame=self.frame,
                )
            )
            return None
        return self._codings.get(self.frame) or FrameCoding(self.rater.id, self.recording.id, self.frame)

    def may_code(self) -> bool:
        """Whether changes are taken now; says so if not."""
        if self.checking or self.deciding:
            self.refused.emit(tr(_DECIDING if self.deciding else _CHECKING))
            return False
        if not self.can_code:
            self.refused.emit(tr("Nothing can be coded now: see the message above the pictures."))
        return self.can_code

    def remarkable(self, *, even_unsafe: bool = False) -> FrameCoding | None:
        """The coding of the frame on the screen if doubts and notes are taken now; else says why not."""
        return self._editable(even_unsafe=even_unsafe, even_unseen=True)

    def pen(self) -> Pen:
        """What edits many frames of the open recording."""
        assert self.rater is not None
        assert self.recording is not None
        blank = partial(FrameCoding, self.rater.id, self.recording.id)
        return Pen(self._codings, blank, None if self.withheld else self.frame, self.closed_actions)

    def may_edit_frames(self) -> bool:
        """Whether frames may be edited now; says so if not."""
        # Of the frame on the screen nothing is asked: it need not be among them.
        return self._editable(even_unseen=True) is not None

    def clip_around(self, frame: int) -> tuple[int, int]:
        """First and last frame of the clip around a frame, or of the gap between clips."""
        first, last = 0, max(self.frame_count - 1, 0)
        # What is nowhere in this file stands on a frame for form's sake only.
        for clip in (clip for clip in self.clips if not clip.is_nowhere):
            if clip.first_frame <= frame <= clip.last_frame:
                return clip.first_frame, clip.last_frame
            if clip.last_frame < frame:
                first = max(first, clip.last_frame + 1)
            else:
                last = min(last, clip.first_frame - 1)
        return first, last

    def _edit(self, coding: FrameCoding, reason: str) -> None:
        if not coding.says_the_same_as(self._codings.get(coding.frame)):
            self.edit_frames({coding.frame: self.signed(coding)}, reason)

    def edit_frames(self, edit: Mapping[int, FrameCoding | None], reason: str) -> None:
        """Change frames, one or many, as one act and one step of undo."""
        self._count_time()
        written = self.shown.to_write(edit)
        changed = {frame: coding and self._with_time(coding) for frame, coding in written.items()}
        if not changed:
            return
        self._take_over(changed)
        # First of all to the disk: who hears of the change may edit the frame again.
        self.edited.emit(changed, reason)
        self._tell(changed)

    def _is_hidden(self, key: str | None = None) -> bool:
        """Whether a check hides an action, or the note, of the frame on the screen; says so if it does."""
        hidden = self.shown.hides(self.frame, key)
        if hidden:
            self.refused.emit(tr(_HIDDEN))
        return hidden

    def closed_words(self, key: str) -> str:
        """Why this rater cannot code one of the :attr:`closed_actions`."""
        return tr(_HIDDEN) if key in self.shown.hidden_actions else unseen_words(action(key))

    def _with_time(self, coding: FrameCoding) -> FrameCoding:
        """The coding with the time its frame was on the screen and not yet counted."""
        seconds = self._seconds.pop(coding.frame, 0.0)
        return replace(coding, seconds_spent=coding.seconds_spent + seconds)

    def _take_over(self, changed: Mapping[int, FrameCoding | None]) -> None:
        for frame, coding in changed.items():
            if coding is None:
                self._codings.pop(frame, None)
            else:
                self._codings[frame] = coding
            if coding is not None and coding.state is CodingState.CARRIED:
                self._carried.add(frame)
            else:
                self._carried.discard(frame)
            on_screen = frame == self.frame and not self.withheld
            if not on_screen and not (coding and coding.state is CodingState.CODED):
                # What is there now has not been displayed.
                self._seen.discard(frame)

    def _tell(self, changed: Mapping[int, FrameCoding | None]) -> None:
        if self.frame in changed:
            self.coding_changed.emit(self.frame)
        elif len(changed) == 1:
            self.coding_changed.emit(*changed)
        self.frames_changed.emit(tuple(changed))

    def apply(self, changes: Changes, status: UndoStatus) -> None:
        """Take over what reached the disk."""
        # A save holds nothing that is not shown already; only undo and redo do.
        if changes.undone:
            self.replace_codings(changes.codings)
        self.undo_status = status
        self.undo_changed.emit()

    def replace_codings(self, codings: Mapping[int, FrameCoding | None]) -> None:
        """Show other versions of frames: taken back, done again or chosen in a conflict."""
        self._take_over(codings)
        self._tell(codings)


def score_text(coding: FrameCoding | None) -> str:
    """The codes of a frame as experts write them; empty if uncoded."""
    if coding is None or coding.state is CodingState.NOT_CODABLE:
        return ""
    return format_score(ScoredAction(code.action, Code(code.code), code.intensity) for code in coding.codes)
