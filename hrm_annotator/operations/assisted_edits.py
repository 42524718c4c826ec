"""Accept, reject and correct what a model suggests, per frame, run or clip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject

from hrm_annotator.language import tr, trn
from hrm_annotator.operations.decisions import REASONS, Decisions
from hrm_annotator.operations.suggestions import Suggestions
from hrm_annotator.session import Session
from hrm_core.facs import action as action_of
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.proposed_edits import accept, correct, follow, sign
from hrm_core.records.segments import segments
from hrm_core.records.suggestion import Mode, SuggestionDecision, Verdict

__all__ = ["AssistedEdits"]

_ACCEPTED, _CORRECTED = REASONS


class AssistedEdits(QObject):
    """Turns commands about suggestions into edits of the session and decisions, or says why not."""

    def __init__(
        self, session: Session, suggestions: Suggestions, decisions: Decisions, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._suggestions, self._decisions = session, suggestions, decisions
        session.signed = self.sign

    # -- accept ---------------------------------------------------------------------------

    def accept_frame(self) -> None:
        """Code the frame on the screen as is suggested."""
        frame = self._frame_here()
        if frame is None:
            return
        if self._session.withheld:
            self._refuse(tr("The picture of frame {frame} is withheld: nothing is accepted.", frame=frame))
            return
        self._accept([frame])

    def accept_run(self, key: str | None) -> None:
        """Take over the suggested run of an action around the frame on the screen."""
        frames = self._run(key)
        if frames is not None and key is not None:
            self._accept(frames, key)

    def accept_clip(self) -> None:
        """Take over all that is suggested in the clip on the screen; control frames stay as they are."""
        frames = self._clip()
        if frames is not None:
            self._accept(frames)

    def _accept(self, frames: Sequence[int], key: str | None = None) -> None:
        session, run_id = self._session, self._run_id
        offered = self._offered(frames, key)
        edit = accept(session.pen(), offered, run_id)
        if not edit:
            self._refuse(tr("Nothing has to change: the codes are as suggested."))
            return
        self._decisions.announce(self._accepted_rows(offered, key))
        session.edit_frames(edit, _ACCEPTED)
        self._decisions.drop()
        carried = sum(coding is not None and coding.state is CodingState.CARRIED for coding in edit.values())
        session.told.emit(self._accepted_words(len(edit), carried, frames))

    def _accepted_rows(
        self, offered: Mapping[int, Mapping[str, int]], key: str | None
    ) -> list[SuggestionDecision]:
        """Entries of the log: of whole frames; by actions where one was chosen, or some had been rejected."""
        proposed, by_action = self._suggestions.proposed, dict[str, list[int]]()
        whole = {
            frame for frame, codes in offered.items() if key is None and len(codes) == len(proposed(frame))
        }
        for frame in offered.keys() - whole:
            for action in offered[frame]:
                by_action.setdefault(action, []).append(frame)
        rows = self._rows(Verdict.ACCEPTED, sorted(whole), None)
        for action, frames in by_action.items():
            rows += self._rows(Verdict.ACCEPTED, sorted(frames), action)
        return rows

    def _accepted_words(self, changed: int, carried: int, frames: Sequence[int]) -> str:
        words = trn(
            "{count} frame is coded as suggested; {carried} carried until seen and confirmed.",
            "{count} frames are coded as suggested; {carried} carried until seen and confirmed.",
            changed,
            carried=carried,
        )
        if self._suggestions.mode is not Mode.ASSIST or len(frames) == 1:
            return words
        control = sum(map(self._suggestions.is_control, frames))
        if not control:
            return words
        left = trn(
            "{count} control frame is left to you.", "{count} control frames are left to you.", control
        )
        return f"{words} {left}"

    # -- reject ---------------------------------------------------------------------------

    def reject_frame(self) -> None:
        """Show what is suggested for the frame on the screen no more; again shows it."""
        frame = self._frame_here()
        if frame is not None:
            self._reject([frame])

    def reject_run(self, key: str | None) -> None:
        """Show the suggested run of an action no more; again shows it."""
        frames = self._run(key)
        if frames is not None:
            self._reject(frames, key)

    def reject_clip(self) -> None:
        """Show what is suggested in the clip on the screen no more; again shows it."""
        frames = self._clip()
        if frames is not None:
            self._reject(frames)

    def _reject(self, frames: Sequence[int], key: str | None = None) -> None:
        seen = [frame for frame in frames if self._suggestions.proposed(frame)]
        back = all(self._suggestions.is_settled(frame, key) for frame in seen)
        rows = self._rows(Verdict.REJECTED, seen, key)
        self._decisions.write([replace(row, taken_back=back) for row in rows])
        self._suggestions.changed.emit((frames[0], frames[-1]))
        self._session.told.emit(
            trn("Suggested again: {count} frame.", "Suggested again: {count} frames.", len(seen))
            if back
            else trn(
                "Not suggested any more: {count} frame. The same key suggests it again.",
                "Not suggested any more: {count} frames. The same key suggests them again.",
                len(seen),
            )
        )

    # -- correct --------------------------------------------------------------------------

    def correct_run(self, key: str | None) -> None:
        """Give the suggested run of an action the code that it has in the frame on the screen."""
        frames, session = self._run(key), self._session
        if frames is None or key is None or session.frame is None:
            return
        coding = session.coding()
        if coding is None:
            self._refuse(tr("Code this frame first: its code is given to the suggested run."))
            return
        code = coding.code_of(key)
        if code == self._suggestions.proposed(session.frame)[key]:
            self._refuse(tr("This frame has the code that is suggested: there is nothing to correct."))
            return
        edit = correct(session.pen(), frames, key, code, self._run_id)
        rows = self._rows(Verdict.CORRECTED, frames, key)
        if edit:
            self._decisions.announce(rows)
            session.edit_frames(edit, _CORRECTED)
            self._decisions.drop()
        else:
            self._decisions.write(rows)
        self._suggestions.changed.emit((frames[0], frames[-1]))
        session.told.emit(
            trn("Corrected: {count} frame.", "Corrected: the run, {count} frames.", len(frames))
        )

    def sign(self, coding: FrameCoding) -> FrameCoding:
        """A frame changed by hand: codes that differ from what was suggested in sight are corrections."""
        proposals, frame = self._suggestions.proposals, coding.frame
        seen = self._suggestions.proposed(frame)
        # Of a face that cannot be coded nothing is said.
        if proposals is None or not seen or coding.state is CodingState.NOT_CODABLE:
            return coding
        old = self._session.coding(frame)
        changed = [
            key
            for key, code in seen.items()
            if coding.code_of(key) != code and coding.code_of(key) != (old.code_of(key) if old else 0)
        ]
        self._decisions.drop()
        self._decisions.announce(
            [row for key in changed for row in self._rows(Verdict.CORRECTED, [frame], key)]
        )
        return sign(coding, old, seen, proposals.run.id)

    # -- follow -----------------------------------------------------------------------------

    def follow(self, carried: FrameCoding) -> FrameCoding:
        """A frame with the codes of the frame before, changed where the model suggests a change."""
        proposals, frame = self._suggestions.proposals, carried.frame
        if self._suggestions.mode is not Mode.ASSIST or proposals is None:
            return carried
        # What was rejected is not followed.
        now = {action: offer.code for action, offer in self._suggestions.offered(frame).items()}
        row = proposals.row(frame)
        # Where no face was found in between, the change is one from the last frame with a face.
        if not now or not row or proposals.frames[row - 1] < self._session.clip_around(frame)[0]:
            return carried
        was = dict(zip(proposals.actions, proposals.codes[row - 1].tolist(), strict=True))
        coding, changed = follow(was, now, carried, self._session.closed_actions, proposals.run.id)
        self._decisions.announce(
            [row for key in changed for row in self._rows(Verdict.ACCEPTED, [frame], key)]
        )
        return coding

    # -- helpers ------------------------------------------------------------------------------

    @property
    def _run_id(self) -> int:
        proposals = self._suggestions.proposals
        assert proposals is not None
        return proposals.run.id

    def _refuse(self, words: str) -> None:
        self._session.refused.emit(words)

    def _may(self) -> bool:
        """Whether suggestions may be decided on now; says so if not."""
        session, suggestions = self._session, self._suggestions
        if session.frame is None or not session.may_edit_frames():
            return False
        if suggestions.proposals is None:
            self._refuse(tr("No model was run on this recording: nothing is suggested."))
            return False
        if suggestions.mode is Mode.CONTROL:
            self._refuse(tr("Suggestions are switched off: see the menu Suggest."))
            return False
        return True

    def _frame_here(self) -> int | None:
        """The frame on the screen if anything suggested for it may be seen; says so if not."""
        frame = self._session.frame
        if not self._may() or frame is None:
            return None
        if not self._suggestions.proposed(frame):
            self._refuse(self._why_unseen(frame))
            return None
        return frame

    def _why_unseen(self, frame: int) -> str:
        suggestions = self._suggestions
        if not suggestions.is_said(frame):
            return tr("The model says nothing of frame {frame}.", frame=frame)
        if suggestions.mode is Mode.ASSIST and suggestions.is_control(frame):
            return tr("Frame {frame} is a control frame: it is coded without suggestions.", frame=frame)
        if suggestions.mode is Mode.AFTER_COMMIT:
            return tr("Suggestions for a frame are seen once it is coded and confirmed.")
        return tr("Nothing is suggested for frame {frame}.", frame=frame)

    def _run(self, key: str | None) -> list[int] | None:
        """Frames that may be seen of the suggested run of an action around the frame on the screen.

        Where it is suggested that the action is absent, it is the frames around that the coder coded
        and the model did not.
        """
        if key is None:
            self._refuse(tr("Choose an action first: by its key, or with ↑ and ↓."))
            return None
        frame = self._frame_here()
        if frame is None:
            return None
        name = f"{action_of(key).kind}{action_of(key).label}"
        code = self._suggestions.proposed(frame).get(key)
        if code is None:
            self._refuse(tr("The model says nothing of {action}.", action=name))
            return None
        if not code and not self._mine(frame, key):
            self._refuse(tr("{action} is not suggested in this frame.", action=name))
            return None

        def belongs(place: int) -> bool:
            proposed = self._suggestions.proposed(place).get(key)
            return proposed == code and (code > 0 or self._mine(place, key) > 0)

        return self._around(frame, belongs)

    def _mine(self, frame: int, key: str) -> int:
        coding = self._session.coding(frame)
        return coding.code_of(key) if coding is not None else 0

    def _around(self, frame: int, belongs: Callable[[int], bool]) -> list[int]:
        first = last = frame
        while first > 0 and belongs(first - 1):
            first -= 1
        while last + 1 < self._session.frame_count and belongs(last + 1):
            last += 1
        return list(range(first, last + 1))

    def _clip(self) -> list[int] | None:
        """Frames of the clip on the screen; says so if nothing may be decided there."""
        session = self._session
        if not self._may() or session.frame is None:
            return None
        first, last = session.clip_around(session.frame)
        if any(clip.is_excluded and clip.first_frame == first for clip in session.clips):
            self._refuse(tr("This clip is excluded: nothing is coded in it."))
            return None
        frames = list(range(first, last + 1))
        if not any(self._suggestions.proposed(frame) for frame in frames):
            self._refuse(tr("Nothing suggested can be seen in this clip."))
            return None
        return frames

    def _offered(self, frames: Sequence[int], key: str | None) -> dict[int, dict[str, int]]:
        """Codes offered by frame, of one action or all; frames without any are left out."""
        found = {}
        for frame in frames:
            offers = self._suggestions.offered(frame)
            codes = {name: offer.code for name, offer in offers.items() if key is None or name == key}
            if codes:
                found[frame] = codes
        return found

    def _rows(self, verdict: Verdict, frames: Iterable[int], key: str | None) -> list[SuggestionDecision]:
        """Entries of the log, one for each stretch of frames."""
        session, suggestions, proposals = self._session, self._suggestions, self._suggestions.proposals
        if session.rater is None or session.recording is None or proposals is None:
            return []
        rows = []
        for first, last in segments(list(frames)):
            probability = None
            if key is not None:
                begin, end = np.searchsorted(proposals.frames, [first, last + 1])
                column = proposals.actions.index(key)
                probability = float(proposals.probabilities[begin:end, column].mean())
            rows.append(
                SuggestionDecision(
                    session.rater.id,
                    session.recording.id,
                    first,
                    last,
                    proposals.run.id,
                    key,
                    verdict,
                    suggestions.condition(first),
                    probability,
                )
            )
        return rows
