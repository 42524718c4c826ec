"""The tree of participants, recordings and clips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QLabel, QTreeView, QVBoxLayout, QWidget

from hrm_annotator.itemmodels.study import StudyModel
from hrm_annotator.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hrm_core.workflows.look_at_project import ParticipantView

__all__ = ["StudyTree"]


class StudyTree(QWidget):
    """Shows the study and asks for the recording that was activated."""

    recording_wanted = Signal(object, object)
    """A Recording, and a Clip of it or None."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.model = StudyModel(self)
        self._title = QLabel()
        self._title.setWordWrap(True)
        self._tree = QTreeView()
        self._tree.setModel(self.model)
        self._tree.setUniformRowHeights(True)
        self._tree.setIndentation(14)
        self._tree.setStyleSheet("QTreeView::item { padding: 3px 0; }")
        self._tree.setAccessibleName("Recordings of the study")
        self._tree.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._tree.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self._tree.clicked.connect(self._on_clicked)
        self._tree.activated.connect(self._on_clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._title)
        column.addWidget(self._tree, 1)
        session.coding_changed.connect(self._on_coding_changed)

    def show_study(self, title: str, views: Sequence[ParticipantView]) -> None:
        """Show a study under its title."""
        self._title.setText(title)
        self.model.show_study(views)
        self._tree.expandToDepth(1)
        header = self._tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(False)

    def select_first(self) -> None:
        """Open the first recording there is."""
        for index in self._recordings()[:1]:
            self._open(index)

    def step(self, recordings: int) -> None:
        """Open a recording further on (1) or back (-1) in the tree."""
        rows = self._recordings()
        opened = self._session.recording
        places = [
            place
            for place, index in enumerate(rows)
            if (found := self.model.recording_at(index)) and opened and found[0].id == opened.id
        ]
        for place in places:
            if 0 <= place + recordings < len(rows):
                self._open(rows[place + recordings])

    def _recordings(self) -> list[QModelIndex]:
        """Rows of all recordings from top to bottom."""
        parents = [self.model.index(row, 0) for row in range(self.model.rowCount())]
        return [
            self.model.index(row, 0, parent)
            for parent in parents
            for row in range(self.model.rowCount(parent))
        ]

    def _open(self, index: QModelIndex) -> None:
        self._tree.setCurrentIndex(index)
        self._on_clicked(index)

    def _on_clicked(self, index: QModelIndex) -> None:
        found = self.model.recording_at(index)
        if found is not None:
            self.recording_wanted.emit(*found)

    def _on_coding_changed(self, *_: object) -> None:
        recording = self._session.recording
        if recording is not None:
            self.model.show_coded(recording.id, len(self._session.coded_frames()))
