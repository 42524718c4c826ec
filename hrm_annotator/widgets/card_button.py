"""A large button with a title, a line of explanation and an icon."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFont, QIcon, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

__all__ = ["CardButton"]

_HEIGHT = 64
_ICON = 26


class CardButton(QAbstractButton):
    """One way to go on, explained.

    Parameters
    ----------
    title, words : str
        What it does, and a line more.
    picture : QIcon
        Drawn at its left.
    """

    def __init__(self, title: str, words: str, picture: QIcon, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(title)
        self.setIcon(picture)
        self.setAccessibleDescription(words)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._hovered = False

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        widest = max(map(metrics.horizontalAdvance, (self.text(), self.accessibleDescription())))
        return QSize(widest + _ICON + 60, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        lit = self._hovered or self.hasFocus()
        edge = palette.color(QPalette.ColorRole.Accent if lit else QPalette.ColorRole.Mid)
        painter.setPen(QPen(edge, 1.5 if lit else 1))
        painter.setBrush(palette.color(QPalette.ColorRole.Button))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        mode = QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled
        self.icon().paint(
            painter, 16, (self.height() - _ICON) // 2, _ICON, _ICON, Qt.AlignmentFlag.AlignCenter, mode
        )
        self._paint_words(painter)

    def _paint_words(self, painter: QPainter) -> None:
        left, middle = 16 + _ICON + 14, self.height() / 2
        width = self.width() - left - 10
        align = Qt.AlignmentFlag.AlignLeft
        bold = QFont(self.font())
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(self.palette().color(QPalette.ColorRole.ButtonText))
        painter.drawText(
            QRectF(left, 0, width, middle - 1), align | Qt.AlignmentFlag.AlignBottom, self.text()
        )
        painter.setFont(self.font())
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        words = painter.fontMetrics().elidedText(
            self.accessibleDescription(), Qt.TextElideMode.ElideRight, int(width)
        )
        painter.drawText(QRectF(left, middle + 2, width, middle), align | Qt.AlignmentFlag.AlignTop, words)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = False
        self.update()
