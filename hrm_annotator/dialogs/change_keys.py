"""Give commands other keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.actions.bindings import Bindings
from hrm_annotator.actions.menus import MENUS, commands_of, place_of
from hrm_annotator.actions.strokes import MODIFIERS, is_typed, shown, split_strokes, strokes_of
from hrm_annotator.actions.table import COMMANDS
from hrm_annotator.dialogs.command_palette import rank
from hrm_annotator.language import tr
from hrm_annotator.widgets.spoken import announce

__all__ = ["ChangeKeysDialog", "KeyField"]

_NAME = Qt.ItemDataRole.UserRole
_MOST_STROKES = 4
_LEAVING = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape)


class KeyField(QLineEdit):
    """Takes a key instead of text; printable keys pressed one after another are a sequence.

    Tab and Escape leave it.  Coming back to it begins anew.
    """

    changed = Signal(str)
    """The keys pressed so far, as bindings write them."""

    def __init__(self) -> None:
        super().__init__()
        self._by_place = True
        self.keys = ""
        self.setReadOnly(True)
        self.setPlaceholderText(tr("Press a key"))
        self.setAccessibleName(tr("New key"))
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)

    def read_by_place(self, by_place: bool) -> None:
        """Read keys as the profile does."""
        self._by_place = by_place

    def clear(self) -> None:
        """Forget what was pressed."""
        self._take("")

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.clear()
        super().focusInEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() not in _LEAVING:
            if event.type() is QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() is QEvent.Type.KeyPress:
                self._press(event)
                return True
        return super().event(event)

    def _press(self, event: QKeyEvent) -> None:
        strokes = strokes_of(event, by_place=self._by_place)
        if not strokes or event.key() in MODIFIERS or event.isAutoRepeat():
            return
        before = split_strokes(self.keys) if self.keys else ()
        goes_on = is_typed(strokes[0]) and all(map(is_typed, before)) and len(before) < _MOST_STROKES
        self._take(", ".join((*before, strokes[0])) if goes_on else strokes[0])

    def _take(self, keys: str) -> None:
        self.keys = keys
        self.setText(shown(keys) if keys else "")
        self.changed.emit(keys)


class ChangeKeysDialog(QDialog):
    """All commands with their keys; every change holds at once.

    Parameters
    ----------
    bindings : Bindings
        The keys as they are.
    """

    bindings_changed = Signal(object)
    """Other bindings shall hold from now on."""

    def __init__(self, bindings: Bindings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bindings = bindings
        self.setWindowTitle(tr("Change keys: {profile}", profile=bindings.profile.words))
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Find a command by its words, menu or key"))
        self.filter.setAccessibleName(tr("Find a command"))
        self.filter.textChanged.connect(self._show)
        self.list = QTreeWidget()
        self.list.setAccessibleName(tr("Commands and their keys"))
        self.list.setHeaderLabels([tr("Command"), tr("Keys"), tr("Menu")])
        self.list.setRootIsDecorated(False)
        self.list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        # Tab goes on to the buttons instead of from cell to cell.
        self.list.setTabKeyNavigation(False)
        self.list.currentItemChanged.connect(self._on_marked)
        self.field = KeyField()
        self.field.read_by_place(bindings.profile.by_place)
        self.field.changed.connect(self._on_pressed)
        self.add = self._button(tr("&Add this key"), self._add)
        self.remove = self._button(tr("Ta&ke off the last key"), self._remove)
        self.reset = self._button(tr("&Reset"), self._reset)
        self.reset_all = self._button(tr("Reset a&ll"), self._reset_all)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self._lay_out()
        self._show("")
        self.filter.setFocus()

    @property
    def bindings(self) -> Bindings:
        """The keys as they are now."""
        return self._bindings

    @property
    def marked(self) -> str:
        """Name of the command that is marked; empty if there is none."""
        item = self.list.currentItem()
        return "" if item is None else str(item.data(0, _NAME))

    def mark(self, name: str) -> None:
        """Mark a command."""
        for row in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(row)
            if item is not None and item.data(0, _NAME) == name:
                self.list.setCurrentItem(item)

    def _button(self, text: str, act: object) -> QPushButton:
        button = QPushButton(text)
        # Enter in the field for a key is a key, and elsewhere presses nothing by surprise.
        button.setAutoDefault(False)
        button.clicked.connect(act)
        return button

    def _lay_out(self) -> None:
        new = QHBoxLayout()
        new.addWidget(QLabel(tr("New key")))
        new.addWidget(self.field, 1)
        for button in (self.add, self.remove, self.reset, self.reset_all):
            new.addWidget(button)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (self.filter, self.list):
            column.addWidget(widget)
        column.addLayout(new)
        column.addWidget(self.words)
        column.addWidget(buttons)
        self.resize(780, 560)

    def _show(self, query: str) -> None:
        """List the commands that fit, the marked one marked again."""
        marked = self.marked
        self.list.clear()
        bold = QFont(self.font())
        bold.setBold(True)
        for name in (name for entries in MENUS.values() for name in commands_of(entries)):
            keys = tuple(dict.fromkeys(map(shown, self._bindings.keys_of(name))))
            if rank(query, name, keys) is None:
                continue
            item = QTreeWidgetItem([COMMANDS[name].words, ", ".join(keys), place_of(name)])
            item.setData(0, _NAME, name)
            if not keys:
                item.setData(1, Qt.ItemDataRole.AccessibleTextRole, tr("no key"))
            item.setToolTip(0, COMMANDS[name].explanation)
            if name in self._bindings.own:
                item.setFont(1, bold)
                item.setToolTip(1, tr("Your own"))
            self.list.addTopLevelItem(item)
        header = self.list.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.resizeColumnToContents(1)
        self.list.resizeColumnToContents(2)
        self.mark(marked)
        if not self.marked and (first := self.list.topLevelItem(0)) is not None:
            self.list.setCurrentItem(first)

    def _on_marked(self) -> None:
        name = self.marked
        self.remove.setEnabled(bool(name) and bool(self._bindings.keys_of(name)))
        self.reset.setEnabled(name in self._bindings.own)
        self.reset_all.setEnabled(bool(self._bindings.own))
        self._on_pressed(self.field.keys)

    def _on_pressed(self, keys: str) -> None:
        """Say at once whether the key is free."""
        name = self.marked
        why_not = self._bindings.why_not(name, keys) if name and keys else ""
        self.add.setEnabled(bool(name and keys) and not why_not)
        if keys and name:
            words = COMMANDS[name].words
            self.words.setText(
                why_not or tr("{keys} is free for “{command}”.", keys=shown(keys), command=words)
            )
            announce(self.words, self.words.text())

    def _add(self) -> None:
        name, keys = self.marked, self.field.keys
        if name and keys:
            words = tr("“{command}” has {keys} now.", command=COMMANDS[name].words, keys=shown(keys))
            self._take(self._bindings.with_key(name, keys), words)

    def _remove(self) -> None:
        name = self.marked
        keys = self._bindings.keys_of(name)[-1]
        words = tr("“{command}” has {keys} no more.", command=COMMANDS[name].words, keys=shown(keys))
        self._take(self._bindings.without_key(name, keys), words)

    def _reset(self) -> None:
        name = self.marked
        try:
            bindings = self._bindings.reset(name)
        except ValueError as error:
            self.words.setText(str(error))
            return
        words = COMMANDS[name].words
        self._take(bindings, tr("“{command}” has the keys of the profile again.", command=words))

    def _reset_all(self) -> None:
        self._take(Bindings(self._bindings.profile), tr("All keys are those of the profile again."))

    def _take(self, bindings: Bindings, words: str) -> None:
        self._bindings = bindings
        self.field.clear()
        self._show(self.filter.text())
        self.words.setText(words)
        announce(self.words, words)
        self.bindings_changed.emit(bindings)
