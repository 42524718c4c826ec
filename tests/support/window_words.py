"""Everything that a person, a screen reader or another program can read in a window."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QMimeData, QModelIndex, QObject, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QWidget

__all__ = ["copied", "heard", "taken_along", "words"]

_TEXTS = [
    "text",
    "toolTip",
    "statusTip",
    "whatsThis",
    "accessibleName",
    "accessibleDescription",
    "windowTitle",
    "windowIconText",
    "windowFilePath",
    "placeholderText",
    "title",
    "informativeText",
    "detailedText",
    "caption",
    "iconText",
    "objectName",
    "suffix",
]
_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.EditRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.StatusTipRole,
    Qt.ItemDataRole.WhatsThisRole,
    Qt.ItemDataRole.AccessibleTextRole,
    Qt.ItemDataRole.AccessibleDescriptionRole,
)


def words(root: QWidget) -> Iterator[str]:
    """Everything a person, or a screen reader, can read in a window and below it."""
    for thing in [root, *root.findChildren(QObject)]:
        for name in _TEXTS:
            found = getattr(thing, name, None)
            value = found() if callable(found) and not isinstance(thing, type) else found
            if isinstance(value, str) and value:
                yield value
        if isinstance(thing, QComboBox):
            yield from (thing.itemText(place) for place in range(thing.count()))
        if isinstance(thing, QAbstractItemView) and thing.model() is not None:
            yield from cells(thing.model(), QModelIndex())
        if isinstance(thing, QAbstractItemModel):
            yield from cells(thing, QModelIndex())


def cells(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[str]:
    # A list tells nobody that it has one column.
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
    for row in range(model.rowCount(parent)):
        for column in range(columns):
            index = model.index(row, column, parent)
            for role in _ROLES:
                value = index.data(role)
                if isinstance(value, str):
                    yield value
        yield from cells(model, model.index(row, 0, parent))


_HEARD = (
    QAccessible.Text.Name,
    QAccessible.Text.Description,
    QAccessible.Text.Value,
    QAccessible.Text.Help,
    QAccessible.Text.Accelerator,
    QAccessible.Text.Identifier,
)


def heard(root: QWidget) -> Iterator[str]:
    """The tree that Qt gives to screen readers, a window and all below it."""
    top = QAccessible.queryAccessibleInterface(root)
    assert top is not None
    yield from _heard(top)


def _heard(part: QAccessibleInterface) -> Iterator[str]:
    yield from (text for kind in _HEARD if (text := part.text(kind)))
    for place in range(part.childCount()):
        # None: a child that is about to go.
        if (child := part.child(place)) is not None:
            yield from _heard(child)


def taken_along(root: QWidget) -> Iterator[str]:
    """What other programs would get from views that are dragged out of a window."""
    for view in root.findChildren(QAbstractItemView):
        model = view.model()
        if model is not None:
            rows = [model.index(row, 0) for row in range(model.rowCount())]
            yield from _carried(model.mimeData(rows))


def copied() -> Iterator[str]:
    """What lies in the clipboard, and in that of the middle mouse button where there is one."""
    clipboard = QApplication.clipboard()
    for mode in (clipboard.Mode.Clipboard, clipboard.Mode.Selection):
        yield from _carried(clipboard.mimeData(mode))


def _carried(data: QMimeData | None) -> Iterator[str]:
    for kind in data.formats() if data is not None else ():
        # Either of them is text of some kind; UTF-16 inside stays readable this way.
        yield f"{kind} {bytes(data.data(kind).data()).decode('latin-1')}"
