"""Whether the labels are on disk: always visible, and impossible to overlook when not."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from hrm_annotator.language import tr, trn
from hrm_annotator.look.theme import ALARM, GOOD
from hrm_annotator.widgets.spoken import Spoken, announce

__all__ = ["FailureBanner", "SaveState", "changes_words"]


class SaveState(QLabel):
    """A line of the status bar that says when the last change reached the disk."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pending = 0
        self._failed = False
        self._last: datetime | None = None
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAccessibleName(tr("Save state"))
        self.show_nothing()

    def show_nothing(self) -> None:
        """No recording is open."""
        self._pending, self._failed, self._last = 0, False, None
        self.setAccessibleName(tr("Save state"))
        self.clear()

    def show_open(self) -> None:
        """A recording is open and nothing was changed yet."""
        self.show_nothing()
        self._refresh()

    def show_pending(self, pending: int) -> None:
        """So many changes are not on disk yet."""
        self._pending = pending
        self._refresh()

    def show_written(self, at: datetime) -> None:
        """A change reached the disk."""
        self._last, self._failed = at, False
        self._refresh()

    def show_failed(self, failed: bool) -> None:
        """The disk refuses, or does so no more."""
        self._failed = failed
        self._refresh()

    def _refresh(self) -> None:
        if self._failed:
            words = trn(
                "NOT SAVED: {count} change not on disk",
                "NOT SAVED: {count} changes not on disk",
                self._pending,
            )
            self.setText(f'<span style="color:white;background:{ALARM}">&nbsp;<b>{words}</b>&nbsp;</span>')
        elif self._pending:
            words = trn("Saving {count} change …", "Saving {count} changes …", self._pending)
            self.setText(f"◌ {words}")
        else:
            words = tr("All labels are on disk")
            if self._last:
                words += " · " + tr("last change {time}", time=f"{self._last:%H:%M:%S}")
            self.setText(f'<span style="color:{GOOD}">●</span> {words}')
        # A name hides the text of a label from who listens.
        self.setAccessibleName(tr("Save state: {words}", words=words))


def changes_words(number: int) -> str:
    """A number of changes, in words."""
    return trn("{count} change", "{count} changes", number)


class FailureBanner(QFrame, Spoken):
    """Fills the width of the window in red until the labels are on disk."""

    spoken_role = QAccessible.Role.AlertMessage
    retry_wanted = Signal()
    save_copy_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setStyleSheet(
            f"FailureBanner {{ background: {ALARM}; }} QLabel {{ color: white; font-weight: bold; }}"
        )
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        retry = QPushButton(tr("Try again"))
        retry.clicked.connect(self.retry_wanted)
        copy = QPushButton(tr("Save a copy elsewhere …"))
        copy.clicked.connect(self.save_copy_wanted)
        row = QHBoxLayout(self)
        row.addWidget(self._words, 1)
        row.addWidget(copy)
        row.addWidget(retry)
        self.hide()

    def show_failure(self, message: str) -> None:
        """Say what happened and that coding waits."""
        waits = tr("Coding waits until the labels are safe; nothing you coded is lost.")
        words = f"{message} {waits}"
        news = words != self._words.text() or self.isHidden()
        self._words.setText(words)
        self.setAccessibleName(words)
        self.show()
        if news:
            announce(self, words, urgent=True)
