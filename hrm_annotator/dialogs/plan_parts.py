"""What the pages of planning have in common."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.actions.command import without_letter
from hrm_annotator.language import tr

__all__ = ["add_row", "tell_empty", "typed_in", "with_hint"]


def add_row(
    form: QFormLayout, words: str, field: QWidget, place: QHBoxLayout | None = None, hint: str = ""
) -> None:
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
    hint : str
        An explanation close below the field.
    """
    field.setAccessibleName(without_letter(words))
    label = QLabel(words)
    label.setBuddy(field)
    if hint:
        form.addRow(label, with_hint(field if place is None else place, hint))
    else:
        form.addRow(label, field if place is None else place)


def with_hint(field: QWidget | QHBoxLayout, hint: str) -> QVBoxLayout:
    """A field and its explanation, which stands nearer to it than to the next field."""
    label = QLabel(hint)
    label.setWordWrap(True)
    column = QVBoxLayout()
    column.setSpacing(2)
    column.setContentsMargins(0, 0, 0, 10)
    if isinstance(field, QWidget):
        column.addWidget(field)
    else:
        column.addLayout(field)
    column.addWidget(label)
    return column


def tell_empty(cell: QTableWidgetItem) -> None:
    """Have an empty cell read out as one, rather than as nothing at all."""
    cell.setData(Qt.ItemDataRole.AccessibleTextRole, None if cell.text() else tr("empty"))


def typed_in() -> QAbstractItemView.EditTrigger:
    """What begins to change a cell: typing, F2 or the mouse, but not moving onto it with the arrow keys."""
    kinds = QAbstractItemView.EditTrigger
    return kinds.DoubleClicked | kinds.SelectedClicked | kinds.EditKeyPressed | kinds.AnyKeyPressed
