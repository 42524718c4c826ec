"""Participants, their recordings and clips as a tree, and how far each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QObject, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from hrm_annotator.itemmodels.progress_words import (
    progress_text,
    progress_words,
    submission_text,
    submission_words,
)
from hrm_annotator.language import tr, trn
from hrm_core.records.coding_progress import ClipProgress, FrameCounts, RecordingProgress, summed
from hrm_core.records.recording import Clip, Recording

if TYPE_CHECKING:
    from hrm_core.workflows.look_at_project import ParticipantView, RecordingView

__all__ = ["BAR", "NARROW", "StudyModel"]

_RECORDING = Qt.ItemDataRole.UserRole
_CLIP = Qt.ItemDataRole.UserRole + 1
BAR = Qt.ItemDataRole.UserRole + 2
"""In the second column: shares of the frames that are settled and that are carried, 0-1 each."""
NARROW = Qt.ItemDataRole.UserRole + 3
"""In the second column: its text without words, where there is no room for them."""


@dataclass(slots=True)
class _Row:
    """One recording of the tree and how far it is."""

    recording: Recording
    item: QStandardItem
    cell: QStandardItem
    parent: QStandardItem
    parent_cell: QStandardItem
    progress: RecordingProgress
    clips: list[tuple[QStandardItem, QStandardItem]] = field(default_factory=list)


class StudyModel(QStandardItemModel):
    """Two columns: what it is, and how many of its frames are coded.

    The group stands behind the code only if the view has one; a blind rater's
    views have none.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[int, _Row] = {}
        self._submitted: Mapping[int, bool] = {}
        self._clear()

    def show_study(self, views: Sequence[ParticipantView]) -> None:
        """Show these participants."""
        self._clear()
        for view in views:
            who = view.participant
            name = tr("Participant {code}", code=who.code)
            parent = _item(f"{name} · {who.group}" if who.group else name)
            cell = _item("")
            for entry in view.recordings:
                self._add_recording(parent, cell, entry)
            self.appendRow([parent, cell])
            self._show_sum(parent)

    def show_progress(self, video_id: int, progress: RecordingProgress) -> None:
        """Show how far a recording is, with the clips it has now; unknown ones are left alone."""
        row = self._rows.get(video_id)
        if row is None or row.progress == progress:
            return
        row.progress = progress
        self._show_recording(row)
        self._show_sum(row.parent)

    def show_submissions(self, submitted: Mapping[int, bool]) -> None:
        """Show which clips are submitted: by their numbers in the store, whether they changed since."""
        self._submitted = submitted
        for row in self._rows.values():
            self._show_recording(row)

    def progress_of(self, video_id: int) -> RecordingProgress | None:
        """How far a recording is, as it is shown."""
        row = self._rows.get(video_id)
        return None if row is None else row.progress

    @property
    def today(self) -> tuple[int, float]:
        """Frames settled today, and their time in seconds."""
        shown = [row.progress for row in self._rows.values()]
        return sum(entry.today for entry in shown), sum(entry.today_seconds for entry in shown)

    def recording_at(self, index: QModelIndex) -> tuple[Recording, Clip | None] | None:
        """Recording (and clip) of a row; None for a participant."""
        first = index.siblingAtColumn(0)
        recording = first.data(_RECORDING)
        return None if recording is None else (recording, first.data(_CLIP))

    def _add_recording(self, parent: QStandardItem, parent_cell: QStandardItem, view: RecordingView) -> None:
        item, cell = _item(view.recording.name), _item("")
        item.setData(view.recording, _RECORDING)
        progress = view.progress or _nothing_coded(view)
        row = _Row(view.recording, item, cell, parent, parent_cell, progress)
        self._rows[view.recording.id] = row
        parent.appendRow([item, cell])
        self._show_recording(row)

    def _show_recording(self, row: _Row) -> None:
        progress = row.progress
        for place, entry in enumerate(progress.clips):
            if place == len(row.clips):
                row.clips.append((_item(""), _item("")))
                row.item.appendRow(list(row.clips[place]))
            _show_clip(row.recording, entry, *row.clips[place])
            _show_submission(entry, row.clips[place][1], self._submitted.get(entry.clip.id))
        if (left := len(row.clips) - len(progress.clips)) > 0:
            row.item.removeRows(len(progress.clips), left)
            del row.clips[len(progress.clips) :]
        _show_counts(row.cell, progress.counts, known=progress.frames_known)

    def _show_sum(self, parent: QStandardItem) -> None:
        rows = [row for row in self._rows.values() if row.parent is parent]
        if rows:
            known = all(row.progress.frames_known for row in rows)
            counts = summed(row.progress.counts for row in rows)
            _show_counts(rows[0].parent_cell, counts, known=known)

    def _clear(self) -> None:
        self.clear()
        self._rows.clear()
        self.setHorizontalHeaderLabels([tr("Recording"), tr("Coded")])


def _nothing_coded(view: RecordingView) -> RecordingProgress:
    """Where nobody in particular looks."""
    clips = tuple(ClipProgress(clip, FrameCounts(len(clip))) for clip in view.clips)
    count = view.recording.frame_count
    total = sum(len(clip) for clip in view.clips if not clip.is_excluded) if clips else count or 0
    known = bool(clips) or count is not None
    name = view.recording.name
    return RecordingProgress(view.recording.id, name, clips, FrameCounts(total), frames_known=known)


def _show_clip(recording: Recording, entry: ClipProgress, item: QStandardItem, cell: QStandardItem) -> None:
    clip = entry.clip
    span = f"{clip.first_frame}–{clip.last_frame}"
    _set(item, recording, _RECORDING)
    _set(item, clip, _CLIP)
    _set_text(item, f"{clip.number} · {span}")
    font = item.font()
    if font.strikeOut() != clip.is_excluded:
        font.setStrikeOut(clip.is_excluded)
        item.setFont(font)
    where = tr("Clip {number}, frames {span}", number=clip.number, span=span)
    if not clip.is_excluded:
        _set(item, where, Qt.ItemDataRole.ToolTipRole)
        _set(item, where, Qt.ItemDataRole.AccessibleTextRole)
        _show_counts(cell, entry.counts)
        return
    why = tr("{clip}, is excluded: {reason}", clip=where, reason=_reason(clip))
    _set(item, why, Qt.ItemDataRole.ToolTipRole)
    # A struck-through font cannot be heard.
    _set(item, why, Qt.ItemDataRole.AccessibleTextRole)
    _set_text(cell, tr("excluded"))
    _set(cell, None, NARROW)
    _set(cell, None, BAR)
    if entry.counts.done:
        why = trn(
            "{excluded}; {count} of its frames is coded",
            "{excluded}; {count} of its frames are coded",
            entry.counts.done,
            excluded=why,
        )
    _set(cell, why, Qt.ItemDataRole.ToolTipRole)
    _set(cell, why, Qt.ItemDataRole.AccessibleTextRole)


def _reason(clip: Clip) -> str:
    """Why a clip is excluded; what its coder added stays as it was written."""
    words = clip.exclusion_reason.words if clip.exclusion_reason is not None else ""
    return tr(words) + clip.why.removeprefix(words) if words and clip.why.startswith(words) else clip.why


def _show_submission(entry: ClipProgress, cell: QStandardItem, changed: bool | None) -> None:
    """Say that a clip is submitted; `changed` since then, or not submitted at all (None)."""
    if changed is None or entry.clip.is_excluded:
        return
    _set_text(cell, submission_text(changed))
    for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
        _set(cell, submission_words(progress_words(entry.counts), changed), role)


def _show_counts(cell: QStandardItem, counts: FrameCounts, *, known: bool = True) -> None:
    _set(cell, progress_text(counts, known=known, narrow=True), NARROW)
    _set_text(cell, progress_text(counts, known=known))
    words = progress_words(counts, known=known)
    _set(cell, words, Qt.ItemDataRole.ToolTipRole)
    _set(cell, words, Qt.ItemDataRole.AccessibleTextRole)
    shares = (
        (counts.done / counts.frames, counts.carried / counts.frames) if known and counts.frames else None
    )
    _set(cell, shares, BAR)


def _item(text: str) -> QStandardItem:
    item = QStandardItem(text)
    item.setEditable(False)
    item.setToolTip(text)
    return item


def _set_text(item: QStandardItem, text: str) -> None:
    if item.text() != text:
        item.setText(text)


def _set(item: QStandardItem, value: Any, role: int) -> None:
    # Every change makes the view look at its rows again.
    if item.data(role) != value:
        item.setData(value, role)
