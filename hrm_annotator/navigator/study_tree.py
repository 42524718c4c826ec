"""The tree of participants, recordings and clips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QLabel, QTreeView, QVBoxLayout, QWidget

from hrm_annotator.itemmodels.live_progress import LiveProgress
from hrm_annotator.itemmodels.progress_words import time_words
from hrm_annotator.itemmodels.study import StudyModel
from hrm_annotator.language import tr, trn
from hrm_annotator.navigator.progress_cell import ProgressCell
from hrm_annotator.session import Session
from hrm_annotator.widgets.spoken import Spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hrm_core.records.coding import FrameCoding
    from hrm_core.records.coding_progress import RecordingProgress
    from hrm_core.workflows.look_at_project import ParticipantView

__all__ = ["StudyTree"]

# Counts follow what is coded this fast and no faster: a key that is held pays nothing.
_REFRESH_MS = 100

# The number of a participant stays readable beside the numbers of frames.
_NARROWEST_PX = 235
# Names and whole words fit side by side.
_ROOMY_PX = 280
_RETURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOVES = (
    *(Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right),
    *(Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
    *(*_RETURN, Qt.Key.Key_Escape),
)
_BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class StudyTree(QWidget, Spoken):
    """Shows the study, how far its coder is, and asks for the recording that was activated."""

    recording_wanted = Signal(object, object)
    """A Recording, and a Clip of it or None."""
    left = Signal()
    """Escape: the keyboard belongs to the pictures."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Study"))
        self._session = session
        self.model = StudyModel(self)
        self._title = QLabel()
        self._title.setWordWrap(True)
        self._today = QLabel()
        self._today.setWordWrap(True)
        self._today.setToolTip(
            tr("Frames that you coded today, checked or not codable ones too, and their time")
        )
        self._live: LiveProgress | None = None
        self._codings: Mapping[int, FrameCoding] = {}
        self._stale: set[int] = set()
        self._all_stale = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._count)
        self._tree = _Tree()
        self._tree.left.connect(self.left)
        self._tree.setModel(self.model)
        self._cells = ProgressCell(self._tree)
        self._tree.setItemDelegateForColumn(1, self._cells)
        self._tree.setUniformRowHeights(True)
        self._tree.setIndentation(12)
        self._tree.setStyleSheet("QTreeView::item { padding: 3px 0 4px 0; }")
        self._tree.setAccessibleName(tr("Recordings of the study"))
        self._tree.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._tree.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self._tree.clicked.connect(self._on_clicked)
        self._tree.activated.connect(self._on_clicked)
        self.setMinimumWidth(_NARROWEST_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._title)
        column.addWidget(self._today)
        column.addWidget(self._tree, 1)
        session.frames_changed.connect(self.refresh)
        session.recording_changed.connect(self._on_recording_changed)

    def show_study(self, title: str, views: Sequence[ParticipantView]) -> None:
        """Show a study under its title."""
        self._title.setText(title)
        self._live = None
        self.model.show_study(views)
        self._show_today()
        self._tree.expandToDepth(1)
        header = self._tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(False)

    def show_progress(self, progress: RecordingProgress) -> None:
        """Show the clips of a recording and how far they are, after its clips were changed.

        Parameters
        ----------
        progress : RecordingProgress
            As an operation read it from the disk. Of the open recording only the clips are
            taken from it: what is coded is known better here.
        """
        if self._live is not None and self._live.recording.id == progress.video_id:
            self._live.show_clips([entry.clip for entry in progress.clips])
            progress = self._live.progress
        self.model.show_progress(progress.video_id, progress)
        self._show_today()

    def show_submissions(self, submitted: Mapping[int, bool]) -> None:
        """Show which clips are submitted: by their numbers in the store, whether they changed since."""
        self.model.show_submissions(submitted)

    def refresh(self, frames: int | Iterable[int] | None = None) -> None:
        """Count again soon: one frame, several, or all (None) may have changed.

        Parameters
        ----------
        frames : int, iterable of int, or None
            As the session's signals say it.
        """
        if frames is None:
            self._all_stale = True
        elif isinstance(frames, int):
            self._stale.add(frames)
        else:
            self._stale.update(frames)
        if not self._timer.isActive():
            self._timer.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        roomy = self.width() >= _ROOMY_PX
        if roomy is not self._cells.roomy:
            self._cells.roomy = roomy
            # The names matter more than the word "carried".
            self._tree.header().resizeSections()
            self._tree.viewport().update()

    def select(self, recording_id: int | None) -> None:
        """Open the recording with this number, or the first there is."""
        rows = self._recordings()
        found = [(index, self.model.recording_at(index)) for index in rows]
        wanted = [index for index, entry in found if entry and entry[0].id == recording_id]
        for index in (wanted or rows)[:1]:
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

    def _point_at(self, recording_id: int | None) -> None:
        """Make the row of a recording the current one, unless it, or a clip of it, is; opens nothing."""
        chosen = self.model.recording_at(self._tree.currentIndex())
        if chosen is not None and chosen[0].id == recording_id:
            return
        for index in self._recordings():
            found = self.model.recording_at(index)
            if found is not None and found[0].id == recording_id:
                self._tree.setCurrentIndex(index)

    def _open(self, index: QModelIndex) -> None:
        self._tree.setCurrentIndex(index)
        self._on_clicked(index)

    def _on_clicked(self, index: QModelIndex) -> None:
        found = self.model.recording_at(index)
        if found is not None:
            self.recording_wanted.emit(*found)

    def _on_recording_changed(self) -> None:
        # What was coded last belongs to the recording that was open until now.
        self._timer.stop()
        self._take_over()
        recording = self._session.recording
        self._point_at(None if recording is None else recording.id)
        self._codings = self._session.coded_frames()
        shown = None if recording is None else self.model.progress_of(recording.id)
        self._live = None
        if recording is not None and shown is not None:
            clips = [entry.clip for entry in shown.clips]
            self._live = LiveProgress(recording, clips, self._codings, shown.today, shown.today_seconds)
            self.refresh(())

    def _count(self) -> None:
        self._codings = self._session.coded_frames()
        self._take_over()

    def _take_over(self) -> None:
        live = self._live
        if live is not None and self._all_stale:
            live.update_all(self._codings)
        elif live is not None:
            live.update(self._stale, self._codings)
        self._stale.clear()
        self._all_stale = False
        if live is not None:
            self.model.show_progress(live.recording.id, live.progress)
            self._show_today()

    def _show_today(self) -> None:
        frames, seconds = self.model.today
        if frames:
            time = time_words(seconds)
            words = trn("Today: {count} frame, {time}", "Today: {count} frames, {time}", frames, time=time)
        else:
            words = tr("Today: 0 frames")
        self._today.setText(words)


class _Tree(QTreeView):
    """Keeps the keys that move in it, but only for who came by Tab.

    After a click on a recording arrows step through its frames.
    """

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._by_keys = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_keys = event.reason() in _BY_KEYS
        super().focusInEvent(event)
        if self._by_keys and not self.currentIndex().isValid():
            self.setCurrentIndex(self.model().index(0, 0))

    def event(self, event: QEvent) -> bool:
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and self._by_keys and isinstance(event, QKeyEvent) and event.key() in _MOVES:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._by_keys and event.key() in _RETURN:
            # Not everywhere does Return activate by itself.
            self.activated.emit(self.currentIndex())
        elif self._by_keys and event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are codes, not beginnings of words."""
