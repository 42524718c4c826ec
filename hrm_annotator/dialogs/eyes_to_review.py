"""Frames whose eyes are not located, in a list beside the window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from hrm_annotator.language import said, tr, trn

__all__ = ["EyesToReview"]


class EyesToReview(QDialog):
    """A click goes to the frame; the window stays in reach."""

    frame_wanted = Signal(int)
    """Go to this frame."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Eyes to review"))
        self._words = QLabel()
        self._words.setWordWrap(True)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Frames to review"))
        self.list.itemClicked.connect(self._on_chosen)
        self.list.itemActivated.connect(self._on_chosen)
        column = QVBoxLayout(self)
        column.addWidget(self._words)
        column.addWidget(self.list, 1)
        self.resize(420, 360)

    def show_runs(self, runs: Sequence[tuple[int, int, str]]) -> None:
        """List runs of frames: first, last and why their eyes are not located."""
        self.list.clear()
        frames = 0
        for first, last, problem in runs:
            frames += last - first + 1
            why = said(problem)
            if first == last:
                line = tr("frame {frame}: {problem}", frame=first, problem=why)
            else:
                line = tr("frames {first}–{last}: {problem}", first=first, last=last, problem=why)
            item = QListWidgetItem(line)
            item.setToolTip(why)
            item.setData(Qt.ItemDataRole.UserRole, first)
            self.list.addItem(item)
        if frames:
            self._words.setText(
                trn(
                    "In {count} frame the eyes are not located. These are withheld from who may not see "
                    "eyes, and from exports. Go to one and mark the eyes (F9), or say that none are seen "
                    "(Ctrl+Shift+N).",
                    "In {count} frames the eyes are not located. These are withheld from who may not see "
                    "eyes, and from exports. Go to one and mark the eyes (F9), or say that none are seen "
                    "(Ctrl+Shift+N).",
                    frames,
                )
            )
        else:
            self._words.setText(tr("The eyes are located in every frame."))

    def _on_chosen(self, item: QListWidgetItem) -> None:
        self.frame_wanted.emit(item.data(Qt.ItemDataRole.UserRole))
