"""The page on which a clip plays: the picture, and nothing beside it unless something is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from hrm_annotator.judging.clip_view import ClipView
from hrm_annotator.judging.scale_buttons import ScaleButtons
from hrm_annotator.language import tr
from hrm_annotator.widgets.spoken import announce

__all__ = ["ClipPage"]

_SEEN_MS = 2500
_STRIP_PX = 44


class ClipPage(QWidget):
    """The picture; below it a strip that stays dark until a key or the mouse asks for it."""

    answered = Signal(int)
    pause_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = ClipView()
        self.hint = QLabel()
        self.hint.setTextFormat(Qt.TextFormat.PlainText)
        self.hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._pause = QPushButton(tr("Pause (Space)"))
        # Not by Tab: Space itself pauses.
        self._pause.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._pause.clicked.connect(self.pause_wanted)
        self._scale: ScaleButtons | None = None
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(_SEEN_MS)
        self._quiet.timeout.connect(self.be_quiet)
        strip = QWidget()
        strip.setFixedHeight(_STRIP_PX)
        row = QHBoxLayout(strip)
        row.setContentsMargins(16, 4, 16, 4)
        row.addWidget(self.hint, 1)
        row.addWidget(self._pause)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.view, 1)
        self._column.addWidget(strip)
        for widget in (self, self.view, strip):
            widget.setMouseTracking(True)
        self.be_quiet()

    def ask_meanwhile(self, labels: Sequence[str]) -> None:
        """Keep room for the scale, where answers count before the end; none if there are no labels."""
        if self._scale is not None:
            self._scale.deleteLater()
            self._scale = None
        if labels:
            self._scale = ScaleButtons(labels)
            self._scale.answered.connect(self.answered)
            # The picture must not move when the scale appears.
            policy = self._scale.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            self._scale.setSizePolicy(policy)
            self._scale.setContentsMargins(16, 8, 16, 0)
            self._column.insertWidget(1, self._scale)
            self._scale.hide()

    def show_scale(self, on: bool) -> None:
        """Show the scale below the picture, or hide it."""
        if self._scale is not None:
            self._scale.forget_pointer()
            self._scale.setVisible(on)

    def say(self, text: str) -> None:
        """Say something quietly for a moment."""
        self.hint.setText(text)
        announce(self.hint, text)
        self._quiet.start()

    def be_quiet(self) -> None:
        """Nothing but the picture."""
        self._quiet.stop()
        self.hint.setText("")
        self._pause.hide()
        self.setCursor(Qt.CursorShape.BlankCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.unsetCursor()
        self._pause.show()
        self._quiet.start()
        super().mouseMoveEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(960, 600)
