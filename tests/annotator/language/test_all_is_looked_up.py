"""Menus, start page, study tree and dialogs in a language that marks whatever it translates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QTreeWidget,
    QWidget,
)

from hrm_annotator.actions.menus import MENUS
from hrm_annotator.dialogs.change_keys import ChangeKeysDialog
from hrm_annotator.dialogs.command_palette import CommandPalette
from hrm_annotator.dialogs.key_sheet import KeySheet
from hrm_annotator.dialogs.new_project import NewProjectDialog
from hrm_annotator.language import LANGUAGES, catalogue
from tests.annotator.language.dialogs import every_dialog
from tests.support.window import Seat

_TOLD = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
)
_ACTION = r"A[UD]\d+[EXM]?(?:[–-]\d+)?"
_KEYS = (
    r"(?:Ctrl|Shift|Alt|Meta|F\d+|Right|Left|Up|Down|Home|End|PgUp|PgDown|Space|Return|Enter|Del"
    r"|Backspace|Esc|Tab|\b\S\b)"
)
# What is no word of the program: names of studies, people and files, keys, numbers of actions.
_DATA = re.compile(rf"{_ACTION}|{_KEYS}|HRM Annotator|{'|'.join(LANGUAGES.values())}|\d[\w/.]*")


class Marked(dict[str, str]):
    """Translates everything by putting brackets around it."""

    def get(self, text: str, default: Any = None) -> str:
        return f"⟦{text}⟧"

    def __contains__(self, text: object) -> bool:
        return True

    def __getitem__(self, text: str) -> str:
        return f"⟦{text}⟧"


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window made in this test speaks a language of brackets."""
    monkeypatch.setattr(catalogue, "_current", catalogue.Catalogue(Marked()))
    monkeypatch.setattr(catalogue, "_language", "marked")


def unmarked(text: str, data: frozenset[str] = frozenset()) -> str:
    """What of a text stands outside brackets and is no data."""
    depth, rest = 0, []
    for letter in text:
        depth += {"⟦": 1, "⟧": -1}.get(letter, 0)
        if not depth:
            rest.append(letter)
    words = re.sub(r"<[^>]*>|&\w*;?", " ", "".join(rest).replace("⟧", " "))
    for entry in sorted(data, key=len, reverse=True):
        words = words.replace(entry, " ")
    words = _DATA.sub(" ", words)
    return text if re.search(r"[^\W\d_]{2}", words) else ""


def said_by(root: QWidget) -> Iterator[str]:
    """Everything that a widget and its parts show or tell."""
    for widget in [root, *root.findChildren(QWidget)]:
        standard = (
            isinstance(widget.parent(), QDialogButtonBox)
            and widget.parent().standardButton(widget) != QDialogButtonBox.StandardButton.NoButton
        )
        if standard or isinstance(widget, QMenu) or widget.objectName().startswith("qt_"):
            continue  # Qt's own words
        if widget.isWindow() and isinstance(widget, QWidget):
            yield widget.windowTitle()
        yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
        if isinstance(widget, QLabel | QAbstractButton):
            yield widget.text()
        elif isinstance(widget, QLineEdit):
            yield widget.placeholderText()
        elif isinstance(widget, QComboBox):
            yield from (widget.itemText(place) for place in range(widget.count()))
        elif isinstance(widget, QHeaderView) and widget.model() is not None:
            for section in range(widget.count()):
                yield str(widget.model().headerData(section, widget.orientation()) or "")
    for action in root.findChildren(QAction):
        if action.objectName():
            yield from (action.text().partition("\t")[0], action.toolTip())
    yield from (menu.title() for menu in root.findChildren(QMenu))


def rows_of(model: QAbstractItemModel, parent: QModelIndex | None = None) -> Iterator[str]:
    """Texts, tool tips and accessible texts of every cell of a tree or list."""
    parent = QModelIndex() if parent is None else parent
    for row in range(model.rowCount(parent)):
        first = model.index(row, 0, parent)
        for index in (first, first.siblingAtColumn(1), first.siblingAtColumn(2)):
            for role in _TOLD:
                yield str(index.data(role) or "")
        yield from rows_of(model, first)


def test_everything_outside_the_coding_panes_is_looked_up(
    marked: None, new_seat: Callable[..., Seat], study: Path
) -> None:
    seat = new_seat()
    window = seat.window
    data = frozenset({str(study), "Two children", "ASD", "TD", "play-7", "play-8", "AB"})

    def left(texts: Iterator[str]) -> set[str]:
        return {unmarked(text, data) for text in texts} - {""}

    assert left(said_by(window.start_page)) == set()
    menus = [*(entry.menu() for entry in window.menuBar().actions())]
    assert len(menus) == len(MENUS)
    for action in window.actions_by_id.values():
        # Why a command cannot be given stands in a second line, which its wiring writes.
        words, tip = action.text().partition("\t")[0], action.toolTip().partition("\n")[0]
        assert left(iter((words, tip))) == set()
    for menu in window.findChildren(QMenu):
        assert left(iter((menu.title(),))) == set()
    for dialog in every_dialog(window):
        assert left(said_by(dialog)) == set(), type(dialog)
        if isinstance(dialog, ChangeKeysDialog):
            assert isinstance(dialog.list, QTreeWidget)
            assert left(rows_of(dialog.list.model())) == set()
        elif isinstance(dialog, CommandPalette):
            # The wirings say why a command cannot be given.
            texts = (text for text in rows_of(dialog.list.model()) if "Open a recording first." not in text)
            assert left(texts) == set()
            dialog.field.setText("go to frame")
            assert dialog.list.count() >= 1, "English words find it in every language"
        elif isinstance(dialog, KeySheet):
            assert left(iter(dialog.view.accessibleDescription().splitlines())) == set()
        elif isinstance(dialog, NewProjectDialog):
            assert dialog.groups == ("ASD", "TD"), "a name of a group is no word of the program"
    seat.open(study)
    assert left(rows_of(window.tree.model)) == set()
    assert left(iter((window.tree._today.text(), window.tree._today.toolTip()))) == set()
    window.save_state.show_pending(3)
    window.banner.show_failure("")
    assert left(said_by(window.banner)) | left(said_by(window.save_state)) == set()
    window.save_state.setAccessibleName("Past the catalogue")
    assert left(said_by(window.save_state)) == {"Past the catalogue"}, "the search is sharp"
