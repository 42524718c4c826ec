"""The page that asks: the question, the scale, and what else the plan allows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, SignalInstance
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from hrm_annotator.judging.clip_view import ClipView
from hrm_annotator.judging.film import Film
from hrm_annotator.judging.ground import larger, words
from hrm_annotator.judging.scale_buttons import ScaleButtons
from hrm_annotator.language import tr, trn
from hrm_annotator.widgets.elided_label import ElidedLabel
from hrm_annotator.widgets.spoken import announce

__all__ = ["ProgressLine", "QuestionPage"]

_WIDTH = 1100
_LINE_PX = 3


class ProgressLine(QWidget):
    """A thin line as long as what is done; the words beside it say the same."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(_LINE_PX)
        self._share = 0.0

    def show_share(self, share: float) -> None:
        """Show how much is done, 0-1."""
        self._share = share
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Midlight))
        done = self.rect()
        done.setWidth(round(self.width() * self._share))
        painter.fillRect(done, self.palette().color(QPalette.ColorRole.PlaceholderText))


class QuestionPage(QWidget):
    """Asks for one answer; does nothing itself."""

    answered = Signal(int)
    replay_wanted = Signal()
    take_back_wanted = Signal()
    pause_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = words("", 1.0, quiet=True)
        self.question = words("", 1.45)
        self.question.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.scale = ScaleButtons([])
        self.view = ClipView()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Place in the clip"))
        self.slider.valueChanged.connect(self.view.show_frame)
        self.trouble = words("", 1.1, bold=True)
        self.message = ElidedLabel()
        self._count = QLabel()
        self._line = ProgressLine()
        self._replay = self._button(self.replay_wanted)
        self._back = self._button(self.take_back_wanted, tr("Take the last answer back (Backspace)"))
        self._pause = self._button(self.pause_wanted, tr("Pause (Space)"))
        self._lay_out()
        self.browse(None)
        self.show_trouble("")

    def set_scale(self, labels: Sequence[str]) -> None:
        """Offer these answers."""
        old, self.scale = self.scale, ScaleButtons(labels)
        self.scale.answered.connect(self.answered)
        self._middle.replaceWidget(old, self.scale)
        old.deleteLater()

    def ask(self, kind: str, question: str, *, replays_left: int | None, may_take_back: bool) -> None:
        """Ask.

        Parameters
        ----------
        kind : str
            What stands above the question: that this is practice, or nothing.
        question : str
            What is asked.
        replays_left : int or None
            How often the clip may be played again; 0 hides the button, None is as often as wanted.
        may_take_back : bool
            Whether the last answer may be taken back.
        """
        self._kind.setText(kind)
        self._kind.setVisible(bool(kind))
        self.question.setText(question)
        self._replay.setVisible(replays_left != 0)
        self._replay.setText(
            tr("Play again (R)")
            if replays_left is None
            else trn("Play again (R): {count} left", "Play again (R): {count} left", replays_left)
        )
        self._back.setVisible(may_take_back)
        self.scale.forget_pointer()
        self.say("")
        announce(self.question, question)

    def show_progress(self, text: str, share: float) -> None:
        """Say how much is done, in words and as a share of 0-1."""
        self._count.setText(text)
        self._line.show_share(share)

    def browse(self, film: Film | None) -> None:
        """Let the judge move through a clip that has been played; None for no picture."""
        self.view.clear()
        self.view.setVisible(film is not None)
        self.slider.setVisible(film is not None)
        if film is not None:
            with QSignalBlocker(self.slider):
                self.slider.setRange(0, film.last)
                self.slider.setValue(film.last)
            self.view.browse(film)

    def say(self, text: str) -> None:
        """Say something that need not be answered."""
        self.message.setText(text)
        announce(self.message, text)

    def show_trouble(self, text: str) -> None:
        """Say that an answer is not on disk; empty when it is."""
        self.trouble.setText(text)
        self.trouble.setVisible(bool(text))
        self.scale.setEnabled(not text)
        for button in (self._replay, self._back, self._pause):
            button.setEnabled(not text)
        announce(self.trouble, text, urgent=True)

    def _button(self, signal: SignalInstance, text: str = "") -> QPushButton:
        button = QPushButton(text)
        button.setFont(larger(button.font(), 1.0))
        button.setMinimumHeight(QFontMetrics(button.font()).height() + 16)
        # As of the answers: after a click Space must pause and nothing else.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: signal.emit())
        return button

    def _lay_out(self) -> None:
        self._kind.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.trouble.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.message.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.message.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._count.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        middle = QWidget()
        middle.setMaximumWidth(_WIDTH)
        self._middle = QVBoxLayout(middle)
        self._middle.setContentsMargins(0, 0, 0, 0)
        self._middle.setSpacing(18)
        self._middle.addStretch(1)
        self._middle.addWidget(self.view, 6)
        self._middle.addWidget(self.slider)
        for widget in (self._kind, self.question, self.scale, self.trouble, self.message):
            self._middle.addWidget(widget)
        self._middle.addStretch(1)
        bottom = QHBoxLayout()
        bottom.setSpacing(10)
        bottom.addWidget(self._count)
        bottom.addStretch(1)
        for button in (self._replay, self._back, self._pause):
            bottom.addWidget(button)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(middle, 100)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(40, 24, 40, 20)
        column.setSpacing(12)
        column.addLayout(row, 1)
        column.addWidget(self._line)
        column.addLayout(bottom)
