"""The way from one doubt to the next."""

from __future__ import annotations

from PySide6.QtCore import QObject

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language import tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations.remarks import doubt_words
from hrm_annotator.session import Session
from hrm_core.records.doubts import Doubt, next_doubt

__all__ = ["DoubtWiring"]


class DoubtWiring(QObject):
    """Goes to doubtful codes and frames, one after another, and says which one it is."""

    def __init__(self, window: MainWindow, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self._at: Doubt | None = None
        self._wanted: Doubt | None = None
        session.recording_changed.connect(self._forget)
        session.frame_changed.connect(self._on_frame_changed)
        for name, direction in ((ActionId.NEXT_DOUBT, 1), (ActionId.PREVIOUS_DOUBT, -1)):
            window.actions_by_id[name].triggered.connect(
                lambda _=False, direction=direction: self._go(direction)
            )

    def _forget(self) -> None:
        self._at = self._wanted = None

    def _go(self, direction: int) -> None:
        session = self._session
        if session.frame is None:
            return
        # A note or flag that is still being typed is a doubt too.
        self._window.coding.commit_note()
        start = self._wanted or self._at
        frame = session.frame if self._wanted is None else self._wanted.first
        found = next_doubt(session.coded_frames(), frame, direction, start)
        if found is None:
            session.refused.emit(tr("There is no doubtful code or frame on that side."))
            return
        self._wanted = found
        if found.first == session.frame:
            self._arrive()
        else:
            self._window.player.transport.go_to(found.first)

    def _on_frame_changed(self, frame: int) -> None:
        if self._wanted is not None and frame == self._wanted.first:
            self._arrive()
        else:
            self._forget()

    def _arrive(self) -> None:
        """Put the keyboard on the doubtful action: the next / takes the flag off there, not elsewhere."""
        found, self._wanted = self._wanted, None
        if found is None:
            return
        self._at = found
        self._window.coding.choose_nothing()
        if found.action is not None:
            self._window.coding.choose(found.action)
        words = doubt_words(self._session.coded_frames(), found)
        self._window.show_message(words, outlasts_frame=True)
