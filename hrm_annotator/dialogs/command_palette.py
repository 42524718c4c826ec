"""Find a command by its words and give it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFont, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.actions.menus import place_of
from hrm_annotator.actions.strokes import shown
from hrm_annotator.actions.table import COMMANDS, keys_on, one_of, why_off
from hrm_annotator.language import tr

__all__ = ["CommandPalette", "rank"]

_NAME, _KEYS, _SMALL, _OFF = (Qt.ItemDataRole.UserRole + number for number in range(4))
_ROW_PX = 44
_SCROLLING = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}


def rank(query: str, name: str, keys: Sequence[str] = ()) -> int | None:
    """How well a command fits what was typed: 0 is best, None does not fit.

    Each word that was typed must begin a word of the command, of its tool tip or of its
    menu; a single one may also be made of the beginnings of words, as ``gtf`` for *Go to frame*.
    Words of the language in use count, and English ones in every language; Chinese is written
    without blanks, so that a part of it is enough.

    Parameters
    ----------
    query : str
        What was typed.
    name : str
        The command.
    keys : sequence of str
        Its keys, as people read them.
    """
    command = COMMANDS[name]
    asked = query.lower().split()
    if not asked or query.strip().lower() in (key.lower() for key in keys):
        return 0
    own, english = _words(command.words), _words(command.english)
    for words in (own, english):
        if _all_begin(asked, words):
            return 1 if words[0].startswith(asked[0]) else 2
    if len(asked) == 1 and any(_beginnings(asked[0], words) for words in (own, english)):
        return 3
    about = [command.explanation, command.tip, place_of(name), place_of(name, english=True)]
    return 4 if _all_begin(asked, [*own, *english, *_words(" ".join(about))]) else None


def _words(text: str) -> list[str]:
    """Words in small letters; ``AU12`` is found as ``12`` too."""
    found = re.findall(r"\w+", text.lower())
    return [*found, *(number for word in found for number in re.findall(r"^a[ud](\w+)$", word))]


def _all_begin(asked: Sequence[str], words: Sequence[str]) -> bool:
    return all(
        any(word.startswith(part) or (not part.isascii() and part in word) for word in words)
        for part in asked
    )


def _beginnings(letters: str, words: Sequence[str]) -> bool:
    """Whether letters are the beginnings of some of the words, in order."""
    if not letters:
        return True
    for place, word in enumerate(words):
        for length in range(len(word), 0, -1):
            if letters.startswith(word[:length]) and _beginnings(letters[length:], words[place + 1 :]):
                return True
    return False


class CommandPalette(QDialog):
    """A field and the commands that fit it; Enter gives the marked one, Escape leaves.

    Parameters
    ----------
    actions : mapping
        All commands by name.
    """

    chosen = Signal(str)
    """Name of the command that shall be given, once the palette is gone."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Find a command"))
        self._actions = actions
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Words, menu, key or number of an action"))
        self.field.setAccessibleName(tr("Find a command"))
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._find)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Commands"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(_Row(self.list))
        self.list.itemClicked.connect(self._give)
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addWidget(self.list, 1)
        self.resize(640, 460)
        self._find("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if (steps := _SCROLLING.get(Qt.Key(event.key()))) is not None:
                row = self.list.currentRow() + steps
                self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._give(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _find(self, query: str) -> None:
        fitting = []
        for place, (name, action) in enumerate(self._actions.items()):
            keys = tuple(map(shown, keys_on(action)))
            found = rank(query, name, keys)
            if found is not None:
                fitting.append((found, place, name, keys))
        self.list.clear()
        for _, _, name, keys in sorted(fitting):
            self.list.addItem(self._item(name, keys))
        self.list.setCurrentRow(0)

    def _item(self, name: str, keys: Sequence[str]) -> QListWidgetItem:
        words, off = COMMANDS[name].words, why_off(name, self._actions[name])
        item = QListWidgetItem(words)
        place, tip = place_of(name), COMMANDS[name].explanation
        item.setData(_NAME, name)
        item.setData(_KEYS, one_of(keys_on(self._actions[name])))
        item.setData(_SMALL, off or (f"{place} · {tip}" if tip else place))
        item.setData(_OFF, bool(off))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, (words, *keys, off))))
        item.setToolTip(tip)
        return item

    def _give(self, item: QListWidgetItem | None) -> None:
        if item is None or item.data(_OFF):
            # The reason stands in its line.
            QApplication.beep()
            return
        name = item.data(_NAME)
        self.accept()
        self.chosen.emit(name)


class _Row(QStyledItemDelegate):
    """Words and keys in one line, menu and tip or the reason against it below."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, _ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        shell = QStyleOptionViewItem(option)
        self.initStyleOption(shell, index)
        shell.text = ""
        widget: QWidget = option.widget
        style = widget.style()
        style.drawControl(style.ControlElement.CE_ItemViewItem, shell, painter, widget)
        rect = QRectF(option.rect).adjusted(10, 4, -10, -4)
        palette, lit = widget.palette(), widget.currentIndex() == index  # type: ignore[attr-defined]
        group = QPalette.ColorGroup.Disabled if index.data(_OFF) else QPalette.ColorGroup.Active
        ink = QPalette.ColorRole.HighlightedText if lit else QPalette.ColorRole.Text
        small = ink if lit else QPalette.ColorRole.PlaceholderText
        painter.save()
        bold = QFont(widget.font())
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(palette.color(QPalette.ColorGroup.Active if lit else group, ink))
        keys = index.data(_KEYS)
        room = painter.fontMetrics().horizontalAdvance(keys)
        painter.drawText(rect, (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop).value, keys)
        words = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, int(rect.width() - room - 16)
        )
        painter.drawText(rect, Qt.AlignmentFlag.AlignTop.value, words)
        painter.setFont(widget.font())
        painter.setPen(palette.color(small))
        below = painter.fontMetrics().elidedText(
            index.data(_SMALL), Qt.TextElideMode.ElideRight, int(rect.width())
        )
        painter.drawText(rect, Qt.AlignmentFlag.AlignBottom.value, below)
        painter.restore()
