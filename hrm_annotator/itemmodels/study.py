"""Participants, their recordings and clips as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from hrm_core.records.recording import Clip, Recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hrm_core.workflows.look_at_project import ParticipantView, RecordingView

__all__ = ["StudyModel"]

_RECORDING = Qt.ItemDataRole.UserRole
_CLIP = Qt.ItemDataRole.UserRole + 1


class StudyModel(QStandardItemModel):
    """Two columns: what it is, and its frames: coded of all, or first to last of a clip.

    The group stands beside the code only if the view has one; a blind rater's
    views have none.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._progress: dict[int, tuple[QStandardItem, RecordingView]] = {}
        self._clear()

    def show_study(self, views: Sequence[ParticipantView]) -> None:
        """Show these participants."""
        self._clear()
        for view in views:
            who = view.participant
            parent = _item(f"Participant {who.code}")
            for entry in view.recordings:
                self._add_recording(parent, entry)
            self.appendRow([parent, _item(who.group or "")])

    def show_coded(self, video_id: int, coded_frames: int) -> None:
        """Update how many frames of a recording are coded."""
        if video_id in self._progress:
            item, view = self._progress[video_id]
            item.setText(_share(coded_frames, view.recording))

    def recording_at(self, index: QModelIndex) -> tuple[Recording, Clip | None] | None:
        """Recording (and clip) of a row; None for a participant."""
        first = index.siblingAtColumn(0)
        recording = first.data(_RECORDING)
        return None if recording is None else (recording, first.data(_CLIP))

    def _add_recording(self, parent: QStandardItem, view: RecordingView) -> None:
        item, progress = _item(view.recording.name), _item(_share(view.coded_frames, view.recording))
        item.setData(view.recording, _RECORDING)
        self._progress[view.recording.id] = (progress, view)
        for clip in view.clips:
            row = _item(f"Clip {clip.number}")
            row.setData(view.recording, _RECORDING)
            row.setData(clip, _CLIP)
            item.appendRow([row, _item(f"{clip.first_frame}–{clip.last_frame}")])
        parent.appendRow([item, progress])

    def _clear(self) -> None:
        self.clear()
        self._progress.clear()
        self.setHorizontalHeaderLabels(["Recording", "Frames"])


def _item(text: str) -> QStandardItem:
    item = QStandardItem(text)
    item.setEditable(False)
    item.setToolTip(text)
    return item


def _share(coded: int, recording: Recording) -> str:
    return f"{coded} / {recording.frame_count}" if recording.frame_count else f"{coded}"
