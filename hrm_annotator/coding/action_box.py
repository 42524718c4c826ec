"""One action of the catalogue as a box that shows and changes its code."""

from __future__ import annotations

import math
from html import escape

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QFont,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from hrm_annotator.language import said, tr
from hrm_annotator.language.words import action_words, code_words, listed
from hrm_annotator.look.theme import mixed
from hrm_annotator.widgets.spoken import Spoken
from hrm_core.facs import Action, Code
from hrm_core.palette import CODE_COLOURS

__all__ = ["ActionBox", "remark_words"]

_NAME_SIZES_PX = (11, 10)
_STEADY_PX = 4
_BEFORE_REMARK = "<hr>"
_LETTERS = {Code.BOTH: "1", Code.LEFT: "L", Code.RIGHT: "R", Code.UPPER: "T", Code.LOWER: "B"}


def remark_words(note: str, *, doubtful: bool) -> str:
    """A doubt and a note in words; empty if there is neither."""
    if not note:
        return tr("doubtful") if doubtful else ""
    return tr("doubtful: “{note}”", note=note) if doubtful else tr("note: “{note}”", note=note)


class ActionBox(QWidget, Spoken):
    """A box: a click switches the action on and off.

    The box that was clicked last, or that the keyboard is on, shows a chip for
    each code; the right mouse button offers the same as a menu.
    """

    spoken_role = QAccessible.Role.CheckBox
    code_wanted = Signal(str, int)
    """Key of the action and the code it shall have."""
    chosen = Signal(str)
    """The keyboard shall be on this box."""
    doubt_wanted = Signal()
    """The code shall be flagged as doubtful, or the flag taken off."""
    note_wanted = Signal()
    """Somebody wants to write a note on the code."""

    def __init__(self, action: Action, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.action = action
        self._code = 0
        self._intensity: str | None = None
        self._doubtful, self._note = False, ""
        self._suggested: int | None = None
        self._probability = 0.0
        self._current = self._hovered = False
        self._clicked_at: QPointF | None = None
        self._choices = [Code.ABSENT, *sorted(action.sides)]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        keys = listed(f"{code:d} {code_words(action, code)}" for code in self._choices)
        words = tr("Keys on the chosen box: {keys}", keys=keys)
        self.setToolTip(
            f"<b>{action_words(action)}</b><br>{said(action.change)}<br><i>{said(action.muscles)}</i><br>{words}"
        )
        self.setAccessibleDescription(f"{said(action.change)} {said(action.muscles)}. {words}")
        self._describe()

    def sizeHint(self) -> QSize:
        return QSize(112, 42)

    def minimumSizeHint(self) -> QSize:
        return QSize(92, 34)

    @property
    def code(self) -> int:
        """Code 0-5 that the box shows."""
        return self._code

    def show_code(self, code: int, intensity: str | None = None) -> None:
        """Show a code, and how strong the action is if that was said."""
        if (code, intensity) != (self._code, self._intensity):
            self._code, self._intensity = code, intensity
            self._describe()
            self.update()

    def show_remark(self, note: str, *, doubtful: bool) -> None:
        """Show whether the code is doubtful, and that it has a note."""
        if (note, doubtful) != (self._note, self._doubtful):
            self._note, self._doubtful = note, doubtful
            self._describe()
            base = self.toolTip().partition(_BEFORE_REMARK)[0]
            self.setToolTip(f"{base}{_BEFORE_REMARK}{escape(self.remark)}" if self.remark else base)
            self.update()

    @property
    def remark(self) -> str:
        """Doubt and note of the code in words; empty if it has neither."""
        return remark_words(self._note, doubtful=self._doubtful)

    def show_suggested(self, code: int | None, probability: float = 0.0) -> None:
        """Show which code is suggested, and how likely the action is; None shows nothing."""
        if (code, probability) != (self._suggested, self._probability):
            self._suggested, self._probability = code, probability
            self._describe()
            self.update()

    @property
    def suggestion(self) -> str:
        """What is suggested in words; empty if nothing is, or nothing that is not there either."""
        if self._suggested is None or not (self._suggested or self._code):
            return ""
        return tr(
            "suggested: {code}, {percent} %",
            code=code_words(self.action, self._suggested),
            percent=f"{self._probability * 100:.0f}",
        )

    def show_current(self, current: bool) -> None:
        """Show whether the keyboard is on this box."""
        if current != self._current:
            self._current = current
            self.update()

    def close_to(self, words: str) -> None:
        """Take no code, and say why."""
        self.setEnabled(False)
        rest = self.toolTip().partition("<br>")[2]
        self.setToolTip(f"<b>{action_words(self.action)}</b><br>{words}<br>{rest}")
        self.setAccessibleDescription(words)

    def next_code(self) -> int:
        """The code after the present one, in the order of the choices."""
        place = self._choices.index(Code(self._code)) if self._code in self._choices else 0
        return self._choices[(place + 1) % len(self._choices)]

    def spoken_value(self) -> str:
        """Its code, intensity, doubt and note in words."""
        words = code_words(self.action, self._code)
        if self._intensity:
            words = tr("{code}, intensity {letter}", code=words, letter=self._intensity)
        return f"{words}, {self.remark}" if self.remark else words

    def spoken_checked(self) -> bool:
        """Whether the action is there."""
        return self._code != Code.ABSENT

    def spoken_press(self) -> bool:
        """Switch the action on or off."""
        self.chosen.emit(self.action.key)
        self.code_wanted.emit(self.action.key, self._switched())
        return True

    def _switched(self) -> int:
        default = Code.BOTH if Code.BOTH in self._choices else self._choices[1]
        return Code.ABSENT if self._code else default

    def _describe(self) -> None:
        name = f"{action_words(self.action)}: {self._words()}"
        # Read out with the name: descriptions say why a box is closed, and are often left out.
        self.setAccessibleName(listed(filter(None, [name, self.remark, self.suggestion])))

    def _words(self) -> str:
        word = code_words(self.action, self._code)
        return f"{word} {self._intensity}" if self._intensity else word

    # -- drawing ------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        box = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        present = self._code != Code.ABSENT and self.isEnabled()
        surface = palette.color(QPalette.ColorRole.Button)
        text = palette.color(QPalette.ColorRole.ButtonText)
        fill = QColor(CODE_COLOURS[self._code]) if self._code else surface
        if self._code and not self.isEnabled():
            fill = mixed(fill, surface, 0.5)
        lit = self._current or self._hovered
        edge = palette.color(QPalette.ColorRole.Accent if lit else QPalette.ColorRole.Mid)
        painter.setPen(QPen(edge, 2.5 if self._current else 1))
        painter.setBrush(fill)
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QColor("white") if self._code else text)
        self._paint_head(painter, box)
        if self._current and self.isEnabled():
            self._paint_chips(painter, present=present)
        else:
            self._paint_name(painter, box)

    def _paint_head(self, painter: QPainter, box: QRectF) -> None:
        font = QFont(self.font())
        font.setBold(True)
        font.setPixelSize(14)
        painter.setFont(font)
        line = QRectF(box.left() + 7, box.top() + 3, box.width() - 14, box.height() / 2 - 2)
        align = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | align, self.action.label)
        metrics = painter.fontMetrics()
        begin = line.left() + metrics.horizontalAdvance(self.action.label) + 5
        if not self._code:
            self._paint_suggestion(painter, begin, line)
        else:
            begin = self._paint_suggestion(painter, self._paint_remark(painter, begin, line), line)
            words, room = self._words(), line.right() - begin
            if metrics.horizontalAdvance(words) > room:
                words = f"{_LETTERS[Code(self._code)]} {self._intensity or ''}".strip()
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | align, words)

    def _paint_remark(self, painter: QPainter, left: float, line: QRectF) -> float:
        """A plate with a question mark for a doubt, a sheet with lines for a note; where they end."""
        ink = QColor(CODE_COLOURS[self._code])
        painter.save()
        if self._doubtful:
            plate = QRectF(left, line.center().y() - 7, 12, 14)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor("white"))
            painter.drawRoundedRect(plate, 3, 3)
            painter.setPen(ink)
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, "?")
            left += 15
        if self._note:
            sheet = QRectF(left, line.center().y() - 6, 10, 12)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor("white"))
            painter.drawRect(sheet)
            painter.setPen(QPen(ink, 1.2))
            for step in (3, 6, 9):
                y = sheet.top() + step
                painter.drawLine(QPointF(sheet.left() + 2, y), QPointF(sheet.right() - 2, y))
            left += 13
        painter.restore()
        return left

    def _paint_suggestion(self, painter: QPainter, left: float, line: QRectF) -> float:
        """A dashed plate: the suggested code, "=" if it is the box's own, and percent; where it ends."""
        if not self.suggestion or self._suggested is None or not self.isEnabled():
            return left
        same = self._suggested == self._code
        letter = "0" if not self._suggested else _LETTERS[Code(self._suggested)]
        words = f"{'=' if same else letter} {self._probability * 100:.0f}"
        painter.save()
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(words) + 8
        if not self._code:
            left = line.right() - width
        # Low enough to leave the chips of the chosen box their room.
        plate = QRectF(left, line.center().y() - 8, width, 13)
        ink = self.palette().color(QPalette.ColorRole.ButtonText)
        painter.setPen(QPen(ink, 1, Qt.PenStyle.DashLine))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Button))
        painter.drawRoundedRect(plate, 3, 3)
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)
        painter.restore()
        return left + width + 3

    def _paint_name(self, painter: QPainter, box: QRectF) -> None:
        line = QRectF(box.left() + 7, box.center().y() - 1, box.width() - 12, box.height() / 2)
        name, font = said(self.action.short), QFont(self.font())
        for size_px in _NAME_SIZES_PX:
            font.setPixelSize(size_px)
            painter.setFont(font)
            if painter.fontMetrics().horizontalAdvance(name) <= line.width():
                break
        name = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, math.ceil(line.width()))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)

    def _chips(self) -> list[tuple[Code, QRectF]]:
        """Where the chip of each choice is."""
        height = self.height() / 2 - 4
        width = min(22.0, (self.width() - 12) / len(self._choices) - 2)
        top = self.height() - height - 4
        return [
            (code, QRectF(6 + place * (width + 2), top, width, height))
            for place, code in enumerate(self._choices)
        ]

    def _paint_chips(self, painter: QPainter, *, present: bool) -> None:
        font = QFont(self.font())
        font.setPixelSize(11)
        font.setBold(True)
        painter.setFont(font)
        ink = QColor("white") if present else self.palette().color(QPalette.ColorRole.ButtonText)
        for code, box in self._chips():
            chosen = code == self._code
            # On a code's colour the ground grows darker: lighter, white letters could not be read.
            colour = QColor("black" if present and not chosen else ink)
            colour.setAlpha(255 if chosen else 40)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRoundedRect(box, 3, 3)
            backdrop = (
                QColor(CODE_COLOURS[self._code])
                if present
                else self.palette().color(QPalette.ColorRole.Button)
            )
            painter.setPen(backdrop if chosen else ink)
            letter = "0" if code is Code.ABSENT else _LETTERS[code]
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, letter)

    # -- mouse --------------------------------------------------------------------

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._clicked_at = None
        self._hovered = False
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        code = self._code_at(event.position())
        self._clicked_at = event.position()
        self.chosen.emit(self.action.key)
        self.code_wanted.emit(self.action.key, code)

    def _code_at(self, point: QPointF) -> int:
        """What a click there means: a chip its code, elsewhere on or off.

        Only the box the keyboard is on shows chips.  The first click on a box makes
        it that one, so a second click in the same place means the box, not the chip
        that has come up under the pointer.
        """
        moved = self._clicked_at is None or (point - self._clicked_at).manhattanLength() > _STEADY_PX
        for code, box in self._chips() if self._current and moved else ():
            if box.contains(point):
                return code
        return self._switched()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.chosen.emit(self.action.key)
        menu = QMenu(self)
        for code in self._choices:
            entry = menu.addAction(f"{code:d}  {code_words(self.action, code)}")
            entry.setCheckable(True)
            entry.setChecked(code == self._code)
            entry.triggered.connect(lambda _, code=code: self.code_wanted.emit(self.action.key, int(code)))
        if self._code:
            menu.addSeparator()
            doubt = menu.addAction(tr("Doubtful"))
            doubt.setCheckable(True)
            doubt.setChecked(self._doubtful)
            doubt.triggered.connect(lambda _: self.doubt_wanted.emit())
            menu.addAction(tr("Write a note …")).triggered.connect(lambda _: self.note_wanted.emit())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())
