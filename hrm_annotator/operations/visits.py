"""What each frame costs a coder: stays, acts, seconds, and what could be seen of suggestions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject

from hrm_annotator.operations.assist import LogWriter
from hrm_annotator.operations.suggestions import Suggestions
from hrm_annotator.session import Session
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.suggestion import Condition, FrameVisit

__all__ = ["Visits"]

_CARRIED_ON = "carried on"
_COMMITTED = (CodingState.CODED, CodingState.CHECKED, CodingState.NOT_CODABLE)


class Visits(QObject):
    """Counts while a frame is on the screen, and hands the stay to the log when it is left.

    An act is one thing that the coder asked for: a change of codes by key, click or written score,
    another box, a rejection, a step of undo.  Stays during playback, checks and disputes are none.

    Parameters
    ----------
    is_playing : callable
        Whether pictures run by themselves.
    """

    def __init__(
        self,
        session: Session,
        suggestions: Suggestions,
        is_playing: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._suggestions, self._is_playing = session, suggestions, is_playing
        self._log: LogWriter | None = None
        self._frame: int | None = None
        self._since, self._acts, self._committed = 0.0, 0, False
        self._condition: Condition | None = None
        self._walked: dict[int, Condition] = {}
        session.edited.connect(self._on_edited)

    def use(self, log: LogWriter | None) -> None:
        """Log there from now on; another recording, or none, is open."""
        self._log, self._frame = log, None
        self._walked.clear()

    def arrive(self, frame: int) -> None:
        """A frame is on the screen."""
        self._frame, self._since = frame, self._session.clock()
        self._acts, self._committed, self._condition = 0, False, None
        if self._is_playing():
            self._frame = None

    def leave(self) -> None:
        """The frame on the screen is about to go."""
        frame, self._frame = self._frame, None
        # Who checks or decides looks at frames that are coded already.
        if frame is None or self._suggestions.is_barred:
            return
        condition = self._condition or self._suggestions.condition(frame)
        self._walked[frame] = condition
        seconds = self._session.clock() - self._since
        self._write(frame, condition, self._acts, seconds, committed=self._committed)

    def act(self) -> None:
        """The coder did something to code that changes no codes."""
        self._acts += 1

    def _on_edited(self, codings: Mapping[int, FrameCoding | None], reason: str) -> None:
        if reason == _CARRIED_ON:
            return
        self._acts += 1
        here = self._frame
        if here is not None and self._condition is None:
            self._condition = self._suggestions.condition(here)
        for frame, coding in codings.items():
            if coding is None or coding.state not in _COMMITTED:
                continue
            if frame == here:
                self._committed = True
            elif frame in self._walked:
                # Confirmed from further on, without another look.
                self._write(frame, self._walked[frame], 0, 0.0, committed=True)

    def _write(self, frame: int, condition: Condition, acts: int, seconds: float, *, committed: bool) -> None:
        session, proposals = self._session, self._suggestions.proposals
        if self._log is None or session.rater is None or session.recording is None:
            return
        run_id = proposals.run.id if proposals is not None and self._suggestions.is_said(frame) else None
        rater, recording = session.rater.id, session.recording.id
        visit = FrameVisit(rater, recording, frame, condition, run_id, acts, seconds, committed)
        self._log.add_visits([visit])
