"""The frame's score as experts write it, in a line that shows it and takes another."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QLineEdit, QStyle, QStyleOptionFrame, QVBoxLayout, QWidget

from hrm_annotator.coding.score_reading import Reading, as_ascii, read_score
from hrm_annotator.language import mark, tr
from hrm_annotator.look.theme import alarm_words
from hrm_annotator.session import Session, score_text
from hrm_annotator.widgets.elided_lines import ElidedLines
from hrm_annotator.widgets.spoken import announce
from hrm_core.records.coding import CodingState, FrameCoding

__all__ = ["ScoreField"]

_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
# The keyboard comes back by itself from these, so what is typed stays.
_PASSING = (
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
)
_NOT_CODABLE = mark("× not codable")
_EMPTY = mark("score, such as 1+2+L12C+25")
_HINT = mark("The score of the frame; click and type another, like 1+2+L12C+25")


class _Line(QLineEdit):
    """A line that takes codes, not text, and can mark a part of them as wrong."""

    entered = Signal()
    escaped = Signal()
    begun = Signal()
    abandoned = Signal()

    def __init__(self) -> None:
        super().__init__()
        # Codes are no text of any language: an input method must never swallow one.
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self._select_all = False
        self._wrong: tuple[int, int] | None = None

    def mark(self, wrong: tuple[int, int] | None) -> None:
        """Underline these characters; None marks nothing."""
        self._wrong = wrong
        self.update()

    def event(self, event: QEvent) -> bool:
        # Return would confirm the frame, Escape leave what the window does.
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.key() in _KEYS:
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() not in _PASSING:
            self._select_all = event.reason() is Qt.FocusReason.MouseFocusReason
            self.begun.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in _PASSING:
            self.abandoned.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if self._select_all:
            self._select_all = False
            self.selectAll()

    def paintEvent(self, event: QPaintEvent) -> None:
        room = self._room()
        if self.hasFocus() or self.fontMetrics().horizontalAdvance(self.text()) <= room.width():
            super().paintEvent(event)
            self._paint_mark(room)
            return
        # A score that goes on must not look like a shorter one.
        painter = QPainter(self)
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, option, painter, self)
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        painter.setPen(self.palette().color(group, QPalette.ColorRole.Text))
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)

    def _room(self) -> QRect:
        """Where the text stands."""
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        room = self.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, self)
        return room.adjusted(2, 0, -2, 0)

    def _paint_mark(self, room: QRect) -> None:
        if self._wrong is None:
            return
        metrics, text = self.fontMetrics(), self.text()
        # The text may be scrolled; where its cursor stands is known.
        origin = self.cursorRect().center().x() - metrics.horizontalAdvance(text[: self.cursorPosition()])
        first, last = (origin + metrics.horizontalAdvance(text[:place]) for place in self._wrong)
        y = min(room.center().y() + metrics.ascent() // 2 + 4, self.height() - 3)
        painter = QPainter(self)
        painter.setClipRect(room)
        painter.setPen(QPen(QColor(alarm_words(self.palette())), 2))
        painter.drawLine(first, y, max(last, first + 4), y)


class ScoreField(QWidget):
    """Shows the score of the frame on the screen, and takes one for the whole frame.

    Parameters
    ----------
    session : Session
        What is coded; it is asked for the change when Return is pressed.
    """

    begun = Signal()
    """The keyboard is in the field."""
    left = Signal()
    """Return or Escape: the keyboard is wanted elsewhere."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._known: frozenset[str] = frozenset()
        self._frame: int | None = None
        self._committing = False
        self._line = _Line()
        self._line.setAccessibleName(tr("FACS score of this frame"))
        self._words = ElidedLines(2)
        self._words.setAccessibleName(tr("What the score that is being typed would change"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._line)
        column.addWidget(self._words)
        self.setFocusProxy(self._line)
        self._line.textEdited.connect(self._on_typed)
        self._line.entered.connect(self._commit)
        self._line.escaped.connect(self._on_escaped)
        self._line.abandoned.connect(self._drop)
        self._line.begun.connect(self._on_begun)
        session.refused.connect(self._on_refused)
        session.frame_leaving.connect(self._drop)

    def set_line_font(self, font: QFont) -> None:
        """Write the score in this font; the words below keep theirs."""
        self._line.setFont(font)

    def text(self) -> str:
        """What stands in the line."""
        return self._line.text()

    @property
    def words(self) -> str:
        """What is said below the line."""
        return self._words.text()

    @property
    def typing(self) -> bool:
        """Whether something else stands there than the frame's score."""
        return self._line.isModified()

    def show_actions(self, keys: Collection[str]) -> None:
        """Take only these actions, those of the study."""
        self._known = frozenset(keys)

    def show_coding(self, frame: int | None, coding: FrameCoding | None) -> None:
        """Show the score of a frame, unless another one is being typed for it."""
        if frame != self._frame:
            self._frame = frame
        if self.typing:
            self._read()
            return
        text = score_text(coding)
        not_codable = coding is not None and coding.state is CodingState.NOT_CODABLE
        self._line.setPlaceholderText(tr(_NOT_CODABLE) if not_codable else tr(_EMPTY))
        self.setToolTip(text or tr(_HINT))
        self._line.setToolTip(text or tr(_HINT))
        self._line.setAccessibleDescription(tr(_NOT_CODABLE) if not_codable else "")
        if text != self._line.text():
            self._line.setText(text)
            self._line.setCursorPosition(0)
            if self._line.hasFocus():
                self._line.selectAll()

    def begin(self) -> None:
        """Put the keyboard into the line, all selected."""
        self._line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._line.selectAll()

    def _on_begun(self) -> None:
        self._say("")
        self.begun.emit()

    def _on_typed(self, text: str) -> None:
        plain = as_ascii(text)
        if plain != text:
            place = len(as_ascii(text[: self._line.cursorPosition()]))
            self._line.setText(plain)
            self._line.setCursorPosition(place)
        self._line.setModified(True)
        self._read()

    def _read(self, *, whole: bool = False) -> Reading:
        """Say what is typed; `whole` if nothing more will follow."""
        session = self._session
        reading = read_score(self._line.text(), session.coding(), self._known, session.closed_actions)
        if reading.score is not None:
            self._say(reading.words)
        elif reading.begun and not whole:
            self._say("…")
        else:
            self._say(reading.words, wrong=True)
        self._line.mark(reading.wrong)
        return reading

    def _say(self, words: str, *, wrong: bool = False) -> None:
        palette = self.palette()
        if wrong:
            palette.setColor(QPalette.ColorRole.WindowText, QColor(alarm_words(palette)))
        self._words.setPalette(palette)
        self._words.set_text(words)
        if wrong:
            announce(self._line, words)
        if not words:
            self._line.mark(None)

    def _commit(self) -> None:
        reading = self._read(whole=True)
        if reading.score is None:
            return
        self._committing = True
        # Set back first: what is taken comes back at once, to be shown.
        self._line.setModified(False)
        taken = self._session.set_score(reading.score)
        self._committing = False
        if not taken:
            self._line.setModified(True)
            return
        self._say("")
        self.show_coding(self._session.frame, self._session.coding())
        self.left.emit()

    def _on_refused(self, words: str) -> None:
        if self._committing:
            self._say(words, wrong=True)

    def _on_escaped(self) -> None:
        self._restore()
        self.left.emit()

    def _restore(self) -> None:
        self._line.setModified(False)
        self._say("")
        self.show_coding(self._frame, self._session.coding())

    def _drop(self) -> None:
        """Somebody went elsewhere: half a score is no score, and must not look like one."""
        if not self.typing:
            self._say("")
            return
        typed, frame = self._line.text(), self._frame
        self._restore()
        if typed.strip() and typed != self._line.text():
            self._say(
                tr(
                    "“{typed}” was not taken for frame {frame}: Return takes a score.",
                    typed=typed,
                    frame=frame,
                )
            )
