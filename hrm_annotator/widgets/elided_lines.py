"""Some lines of text in a height that never changes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QAccessible, QPainter, QPaintEvent, QPalette, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from hrm_annotator.widgets.spoken import Spoken

__all__ = ["ElidedLines"]


class ElidedLines(QWidget, Spoken):
    """Plain text, wrapped; what does not fit is in the tool tip and for screen readers.

    Parameters
    ----------
    lines : int
        How many lines there is room for, whether they are filled or not.
    """

    spoken_role = QAccessible.Role.StaticText

    def __init__(self, lines: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(200, self._lines * self.fontMetrics().lineSpacing())

    def minimumSizeHint(self) -> QSize:
        return QSize(1, self.sizeHint().height())

    def spoken_value(self) -> str:
        """The whole text, also what is not seen."""
        return self._text

    def text(self) -> str:
        """The whole text, also what is not seen."""
        return self._text

    def set_text(self, text: str, role: QPalette.ColorRole = QPalette.ColorRole.WindowText) -> None:
        """Show a text in the colour of a role."""
        self.setForegroundRole(role)
        if text != self._text:
            self._text = text
            self.setToolTip(text)
            self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        painter.setPen(self.palette().color(group, self.foregroundRole()))
        metrics = self.fontMetrics()
        layout = QTextLayout(self._text, self.font(), self)
        # A wide score has no blanks to break at.
        layout.setTextOption(_wrapping())
        layout.beginLayout()
        for number in range(self._lines):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(self.width())
            top = number * metrics.lineSpacing()
            rest = self._text[line.textStart() :]
            last = number == self._lines - 1
            if last and line.textLength() < len(rest):
                words = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, self.width())
                painter.drawText(QPointF(0, top + metrics.ascent()), words)
            else:
                # A font that lends Chinese letters has room above them, which would push the last line out.
                line.draw(painter, QPointF(0, top + metrics.ascent() - line.ascent()))
        layout.endLayout()


def _wrapping() -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    return option
