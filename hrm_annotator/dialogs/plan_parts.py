"""What the pages of planning have in common."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QFormLayout, QHBoxLayout, QLabel, QTableWidgetItem, QWidget

from hrm_annotator.actions.command import without_letter
from hrm_annotator.language import tr

__all__ = ["add_row", "small_words", "tell_empty", "typed_in"]


def add_row(form: QFormLayout, words: str, field: QWidget, place: QHBoxLayout | None = None) -> None:
    """Add a field with its words, which lead to it by keyboard and name it for who cannot see them.

    Parameters
    ----------
    form : QFormLayout
        Where it is added.
    words : str
        With an underlined letter.
    field : QWidget
        The field.
    place : QHBoxLayout, optional
        What the field stands in, if there is more beside it.
    """
    field.setAccessibleName(without_letter(words))
    label = QLabel(words)
    label.setBuddy(field)
    form.addRow(label, field if place is None else place)


def small_words(words: str) -> QLabel:
    """An explanation below a field."""
    label = QLabel(words)
    label.setWordWrap(True)
    label.setContentsMargins(0, 0, 0, 6)
    return label


def tell_empty(cell: QTableWidgetItem) -> None:
    """Have an empty cell read out as one, rather than as nothing at all."""
    cell.setData(Qt.ItemDataRole.AccessibleTextRole, None if cell.text() else tr("empty"))


def typed_in() -> QAbstractItemView.EditTrigger:
    """What begins to change a cell: typing, F2 or the mouse, but not moving onto it with the arrow keys."""
    kinds = QAbstractItemView.EditTrigger
    return kinds.DoubleClicked | kinds.SelectedClicked | kinds.EditKeyPressed | kinds.AnyKeyPressed
