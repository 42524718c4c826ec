"""Something to be told above the pictures that waits until the coder has time for it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from hrm_annotator.language import tr
from hrm_annotator.widgets.keep_keys import KeepSpace
from hrm_annotator.widgets.spoken import Spoken, announce

__all__ = ["NoticeBar"]


class NoticeBar(QFrame, Spoken):
    """Says something, offers something or shows how far something is; never takes the keyboard."""

    spoken_role = QAccessible.Role.StatusBar
    wanted = Signal()
    """What was offered is wanted."""
    closed = Signal()
    """The coder does not want to see it, or wants to stop what is under way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setStyleSheet("NoticeBar { background: palette(alternate-base); }")
        self.setAccessibleName(tr("Notice"))
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar()
        self.bar.setMaximumWidth(220)
        self.bar.setAccessibleName(tr("How far it is"))
        self.accept = QPushButton()
        self.accept.clicked.connect(self.wanted)
        self.close_button = QPushButton()
        self.close_button.clicked.connect(self.closed)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(self._words, 1)
        row.addWidget(self.bar)
        for button in (self.accept, self.close_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            KeepSpace(button)
            row.addWidget(button)
        self.hide()

    @property
    def words(self) -> str:
        """What it says."""
        return self._words.text()

    def offer(self, words: str, button: str) -> None:
        """Offer something; the button says what."""
        self.accept.setText(button)
        self.close_button.setText(tr("Not now"))
        self._show(words, offers=True, is_busy=False)

    def show_busy(self, words: str) -> None:
        """Say what is under way."""
        self.close_button.setText(tr("Stop"))
        self.bar.setRange(0, 0)
        self._show(words, offers=False, is_busy=True)

    def show_done(self, done: int, total: int) -> None:
        """Say how far it is; 0 of 0 where nobody knows."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def tell(self, words: str) -> None:
        """Say what came of it."""
        self.close_button.setText(tr("Close"))
        self._show(words, offers=False, is_busy=False)

    def _show(self, words: str, *, offers: bool, is_busy: bool) -> None:
        self._words.setText(words)
        self.setAccessibleDescription(words)
        self.accept.setVisible(offers)
        self.bar.setVisible(is_busy)
        self.show()
        announce(self, words)
