"""The ways from the coding window to a judge's."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language import tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.session import Session
from hrm_annotator.wiring.coding_wiring import CodingWiring

__all__ = ["JudgingWiring"]


class JudgingWiring(QObject):
    """Connects "Rate clips"; whoever made the window puts a judge's in its place."""

    wanted = Signal(Path)
    """Folder of the study whose clips are to be rated; every label is on disk."""

    def __init__(self, window: MainWindow, session: Session, coding: CodingWiring) -> None:
        super().__init__(window)
        self._window, self._session, self._coding = window, session, coding
        window.actions_by_id[ActionId.RATE_CLIPS].triggered.connect(lambda _=False: self._rate())
        window.start_page.rate_wanted.connect(self._rate)

    def _rate(self) -> None:
        project = self._session.project
        if project is not None:
            if self._coding.may_leave():
                self.wanted.emit(project.folder)
            return
        folder = QFileDialog.getExistingDirectory(
            self._window, tr("Open the folder of the project whose clips you rate")
        )
        if folder:
            self.wanted.emit(Path(folder))
