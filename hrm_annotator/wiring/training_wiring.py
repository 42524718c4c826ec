"""Training on gold-standard clips: the list beside the window, and what it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.dialogs.training import TrainingDialog
from hrm_annotator.language import said, tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations import training
from hrm_annotator.operations.runner import Runner
from hrm_annotator.operations.study import words_for
from hrm_annotator.session import Session
from hrm_annotator.wiring.coding_wiring import CodingWiring
from hrm_core.errors import UserError
from hrm_core.records.training import TrainingScore

if TYPE_CHECKING:
    from hrm_core.workflows.train_coder import TrainingClip

__all__ = ["TrainingWiring"]


class TrainingWiring(QObject):
    """Connects the command Training."""

    def __init__(self, window: MainWindow, session: Session, runner: Runner, coding: CodingWiring) -> None:
        super().__init__(window)
        self._window, self._session, self._runner, self._coding = window, session, runner, coding
        self.dialog: TrainingDialog | None = None
        self._measured: TrainingScore | None = None
        window.actions_by_id[ActionId.TRAINING].triggered.connect(lambda _=False: self._show())
        session.project_changed.connect(self._on_project_changed)
        session.frame_changed.connect(self._on_frame)
        # Told with undo: it too says nothing while a check hides codes.
        session.undo_changed.connect(self._withhold)

    def _show(self) -> None:
        if self.dialog is None:
            self.dialog = TrainingDialog(self._window)
            self.dialog.clip_wanted.connect(self._go)
            self.dialog.measure_wanted.connect(self._measure)
            self.dialog.frame_wanted.connect(self._go_to_frame)
        self._list()
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def _list(self) -> None:
        project, rater, dialog = self._session.project, self._session.rater, self.dialog
        if project is not None and rater is not None and dialog is not None:

            def show(clips: list[TrainingClip]) -> None:
                # Another coder may sit here by now, and the list went with the one before.
                if self.dialog is dialog:
                    dialog.show_clips(clips)

            self._runner.run(lambda: training.list_clips(project, rater), show, self._on_failure)

    def _go(self, entry: TrainingClip) -> None:
        self._coding.open_recording(entry.recording, None, entry.clip.first_frame)

    def _measure(self, entry: TrainingClip) -> None:
        project, rater = self._session.project, self._session.rater
        # What is measured is what is on disk, and it shall be what is on the screen.
        if project is None or rater is None or not self._coding.may_leave():
            return

        if self._hides():
            self._session.refused.emit(tr("This is hidden until you have answered for it in the check."))
            return

        def show(score: TrainingScore) -> None:
            same = self._session.project is project and self._session.rater == rater
            if self.dialog is not None and same and not self._hides():
                self._measured = score
                self.dialog.show_score(score)
                self._on_frame(self._session.frame)
                self._list()

        self._runner.run(lambda: training.measure(project, rater, entry.clip), show, self._on_failure)

    def _go_to_frame(self, frame: int) -> None:
        if self._is_open():
            self._window.player.transport.go_to(frame)

    def _on_frame(self, frame: int | None) -> None:
        if self.dialog is not None:
            self.dialog.show_frame(frame if self._is_open() else None)

    def _hides(self) -> bool:
        """Whether a check hides codes, which a score tells frame by frame."""
        return self._session.shown.concealment is not None

    def _withhold(self) -> None:
        if self.dialog is not None and self._measured is not None and self._hides():
            self._measured = None
            self.dialog.show_score(None)

    def _is_open(self) -> bool:
        """Whether the recording that was measured is the one on the screen."""
        recording = self._session.recording
        return (
            self._measured is not None
            and recording is not None
            and recording.id == self._measured.clip.video_id
        )

    def _on_project_changed(self) -> None:
        self._measured = None
        if self.dialog is not None:
            # What one coder was shown of a gold standard is not for the next one.
            self.dialog.close()
            self.dialog.deleteLater()
            self.dialog = None

    def _on_failure(self, error: UserError) -> None:
        self._session.refused.emit(said(words_for(error, self._session.project, self._session.rater)))
