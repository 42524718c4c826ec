"""Who rates in a session, who of them is blind, and why not."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.dialogs.plan_parts import tell_empty, typed_in
from hrm_annotator.language import mark, tr
from hrm_annotator.operations.rating_plans import Person
from hrm_core.records.rating_plan import PlannedJudge

__all__ = ["JudgesPage"]

Index = QModelIndex | QPersistentModelIndex

_NAME, _BLIND, _WHY = range(3)
_OURS = Qt.ItemDataRole.UserRole
"""The reason in English, where the program wrote it, which may take it back."""


class JudgesPage(QWidget):
    """A table of judges; people of the study are offered, and what they know of the children is said.

    Parameters
    ----------
    people : sequence of Person
        Everybody of the study.
    """

    changed = Signal()
    """Other judges, or another blinding."""

    def __init__(self, people: Sequence[Person], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._people = {person.name: person for person in people}
        self._children: Collection[str] = frozenset()
        self._filling = False
        self.name = _NameBox()
        self.name.setAccessibleName(tr("Name of a judge"))
        self.name.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        line = QLineEdit()
        line.setAccessibleName(tr("Name of a judge"))
        line.setPlaceholderText(tr("Name or initials"))
        self.name.setLineEdit(line)
        self.name.entered.connect(self.add)
        self.add_button = QPushButton(tr("&Add"))
        self.add_button.clicked.connect(self.add)
        self.remove_button = QPushButton(tr("&Remove"))
        self.remove_button.clicked.connect(self.remove)
        self.table = self._make_table()
        self.note = QLabel()
        self.note.setWordWrap(True)
        self._lay_out()
        self._offer()

    @property
    def judges(self) -> tuple[PlannedJudge, ...]:
        """The judges as they stand in the table."""
        return tuple(self._judge(row) for row in range(self.table.rowCount()))

    @property
    def is_typing(self) -> bool:
        """Whether a name stands in the field that is not in the table yet."""
        return bool(self.name.currentText().strip())

    def show_children(self, children: Collection[str]) -> None:
        """Tell whose clips are rated: who has coded these children cannot be blind."""
        self._children = children
        for row in range(self.table.rowCount()):
            self._settle(row)
        self.changed.emit()

    def add(self) -> None:
        """Take the typed or chosen name into the table."""
        name = " ".join(self.name.currentText().split())
        if not name:
            return
        known = {judge.name.casefold(): row for row, judge in enumerate(self.judges)}
        if (row := known.get(name.casefold())) is not None:
            self.table.selectRow(row)
            self.note.setText(tr("{name} is a judge of this session already.", name=name))
            return
        self._filling = True
        row = self.table.rowCount()
        self.table.insertRow(row)
        cells = (QTableWidgetItem(name), QTableWidgetItem(), QTableWidgetItem())
        cells[_NAME].setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        cells[_BLIND].setCheckState(Qt.CheckState.Checked)
        for column, cell in enumerate(cells):
            self.table.setItem(row, column, cell)
        self._filling = False
        self._settle(row)
        self.table.setCurrentCell(row, _BLIND)
        self._offer()
        self.changed.emit()

    def remove(self) -> None:
        """Take the chosen judge out of the table."""
        row = self.table.currentRow()
        if row >= 0:
            self.table.removeRow(row)
            self._offer()
            self.changed.emit()

    # -- parts ---------------------------------------------------------------------------------

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 3)
        table.setAccessibleName(tr("Judges of this session"))
        table.setHorizontalHeaderLabels([tr("Judge"), tr("Blind"), tr("Why not blind")])
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setEditTriggers(typed_in())
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        for column in (_NAME, _BLIND):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_WHY, QHeaderView.ResizeMode.Stretch)
        table.setItemDelegateForColumn(_BLIND, _Boxed(table))
        table.itemChanged.connect(self._on_item_changed)
        table.currentCellChanged.connect(lambda *_: self._enable())
        return table

    def _lay_out(self) -> None:
        words = QLabel(
            tr(
                "Everybody who rates, also people who are not in the study yet. Blind judges know neither "
                "groups nor codes of the children; of all others the report says why not."
            )
        )
        words.setWordWrap(True)
        above = QHBoxLayout()
        above.addWidget(self.name, 1)
        above.addWidget(self.add_button)
        above.addWidget(self.remove_button)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addLayout(above)
        column.addWidget(self.table, 1)
        column.addWidget(self.note)

    def _offer(self) -> None:
        """Offer people of the study who are not judges yet."""
        taken = {judge.name for judge in self.judges}
        self.name.clear()
        self.name.addItems([name for name in self._people if name not in taken])
        self.name.setCurrentIndex(-1)
        self.name.clearEditText()
        self.note.clear()
        self._enable()

    def _enable(self) -> None:
        self.remove_button.setEnabled(self.table.currentRow() >= 0)

    # -- blinding ------------------------------------------------------------------------------

    def _cell(self, row: int, column: int) -> QTableWidgetItem:
        item = self.table.item(row, column)
        assert item is not None
        return item

    def _judge(self, row: int) -> PlannedJudge:
        blind = self._cell(row, _BLIND).checkState() is Qt.CheckState.Checked
        cell = self._cell(row, _WHY)
        # Reports are English, whichever language the window speaks.
        why = "" if blind else cell.data(_OURS) or " ".join(cell.text().split())
        return PlannedJudge(self._cell(row, _NAME).text(), blind, why)

    def _known(self, name: str) -> str:
        """Why this person cannot be blind, in English, as the study knows; empty if nothing is known."""
        person = self._people.get(name)
        if person is None:
            return ""
        if person.plans:
            return mark("plans this session")
        if person.coded & set(self._children):
            return mark("has coded these children")
        return mark("knows the groups") if person.knows_groups else ""

    def _settle(self, row: int) -> None:
        """Untick a judge who is known not to be blind, and tick them again where that ends."""
        blind, why = self._cell(row, _BLIND), self._cell(row, _WHY)
        known = self._known(self._cell(row, _NAME).text())
        self._filling = True
        if known:
            if blind.checkState() is Qt.CheckState.Checked or why.data(_OURS):
                why.setText(tr(known))
                why.setData(_OURS, known)
            # No box where nothing can be ticked: the word beside it says all.
            blind.setData(Qt.ItemDataRole.CheckStateRole, None)
        elif why.data(_OURS):
            why.setText("")
            why.setData(_OURS, None)
            blind.setCheckState(Qt.CheckState.Checked)
        elif blind.data(Qt.ItemDataRole.CheckStateRole) is None:
            blind.setCheckState(Qt.CheckState.Unchecked)
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        blind.setFlags(flags if known else flags | Qt.ItemFlag.ItemIsUserCheckable)
        told = tr("{name} cannot be entered as blind: {why}.", name=self._judge(row).name, why=tr(known))
        blind.setToolTip(told if known else "")
        self._filling = False
        self._show_blinding(row)

    def _show_blinding(self, row: int) -> None:
        """The word beside the tick, and a reason only where one is needed."""
        blind, why = self._cell(row, _BLIND), self._cell(row, _WHY)
        is_blind = blind.checkState() is Qt.CheckState.Checked
        self._filling = True
        blind.setText(tr("blind") if is_blind else tr("not blind"))
        flags = Qt.ItemFlag.ItemIsSelectable
        why.setFlags(flags if is_blind else flags | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsEditable)
        if is_blind:
            why.setText("")
            why.setData(_OURS, None)
        tell_empty(why)
        self._filling = False

    def _on_item_changed(self, item: QTableWidgetItem) -> None:
        if self._filling:
            return
        if item.column() == _BLIND:
            self._show_blinding(item.row())
        elif item.column() == _WHY:
            self._filling = True
            item.setData(_OURS, None)
            tell_empty(item)
            self._filling = False
        self.changed.emit()


class _Boxed(QStyledItemDelegate):
    """Draws a line around the box of a tick, which a dark style hardly shows."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        whole = QStyleOptionViewItem(option)
        self.initStyleOption(whole, index)
        if whole.features & QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator:
            part = QStyle.SubElement.SE_ItemViewItemCheckIndicator
            box = whole.widget.style().subElementRect(part, whole, whole.widget)
            painter.setPen(QPen(whole.palette.color(QPalette.ColorRole.PlaceholderText), 1))
            painter.drawRect(box.adjusted(0, 0, -1, -1))


class _NameBox(QComboBox):
    """Return takes the name, instead of going on to the dialog."""

    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
            return
        super().keyPressEvent(event)
