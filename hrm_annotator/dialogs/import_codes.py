"""What files of codes would change, row by row; to be read before anything is imported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.language import mark, said, tr, trn
from hrm_core.records.coding_sheet import RowSeverity
from hrm_core.records.segments import frames_in_words

if TYPE_CHECKING:
    from hrm_core.workflows.import_sheet import SheetPlan

__all__ = ["ImportCodesDialog"]

_SEVERITIES = {
    RowSeverity.ERROR: mark("Error"),
    RowSeverity.LEFT_OUT: mark("Left out"),
    RowSeverity.NOTE: mark("Note"),
}
# Rows beyond this are in the saved report; nobody reads them here.
_MOST_ROWS = 2000


class ImportCodesDialog(QDialog):
    """A report with a table of notes; Import works once it was read and nothing stands against it.

    Parameters
    ----------
    plans : sequence of SheetPlan
        What was compared.
    readable : callable
        Makes a sentence one that this coder may read.
    """

    report_wanted = Signal()
    """Write the report to a file."""

    def __init__(
        self, plans: Sequence[SheetPlan], readable: Callable[[str], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._plans, self._readable = plans, readable
        self.setWindowTitle(tr("Import codes"))
        column = QVBoxLayout(self)
        for plan in plans:
            words = QLabel(readable(_summary(plan)))
            words.setWordWrap(True)
            column.addWidget(words)
        self.table = self._filled_table()
        replaced = sum(len(plan.replaced) for plan in plans)
        self.replace = QCheckBox(
            trn(
                "&Replace {count} frame that is coded differently; the history keeps its old codes",
                "&Replace {count} frames that are coded differently; the history keeps their old codes",
                replaced,
            )
        )
        self.replace.setVisible(replaced > 0)
        self.has_read = QCheckBox(tr("I ha&ve read the report"))
        self.has_read.setVisible(self.table.rowCount() > 0)
        self._why = QLabel()
        self._why.setWordWrap(True)
        for widget in (self.table, self.replace, self.has_read, self._why):
            column.addWidget(widget)
        if not self.table.rowCount():
            self.table.hide()
        self._add_buttons(column)
        for box in (self.replace, self.has_read):
            box.toggled.connect(self._on_changed)
        self.resize(760, 520 if self.table.rowCount() else 200)
        self._on_changed()

    def _filled_table(self) -> QTableWidget:
        notes = [(plan, note) for plan in self._plans for note in plan.notes][:_MOST_ROWS]
        table = QTableWidget(len(notes), 3)
        table.setAccessibleName(tr("Report, row by row"))
        table.setHorizontalHeaderLabels([tr("Where"), tr("What becomes of it"), tr("Why")])
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        # Tab leaves the table, so that everything is reached by keyboard; arrows walk through its rows.
        table.setTabKeyNavigation(False)
        table.setWordWrap(True)
        table.verticalHeader().hide()
        for row, (plan, note) in enumerate(notes):
            where = said(note.where)
            if len(self._plans) > 1:
                where = f"{plan.file.name}: {where}"
            for place, text in enumerate((where, tr(_SEVERITIES[note.severity]), said(note.message))):
                cell = QTableWidgetItem(self._readable(text))
                cell.setToolTip(cell.text())
                table.setItem(row, place, cell)
        header = table.horizontalHeader()
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        table.setColumnWidth(0, 190)
        table.setColumnWidth(1, 130)
        table.resizeRowsToContents()
        return table

    def _add_buttons(self, column: QVBoxLayout) -> None:
        buttons = QDialogButtonBox()
        self.import_button: QPushButton = buttons.addButton(
            tr("&Import"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        if self.table.rowCount():
            save = buttons.addButton(tr("&Save the report …"), QDialogButtonBox.ButtonRole.ActionRole)
            save.setAutoDefault(False)
            save.clicked.connect(self.report_wanted)
        cancel = buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        # Else Return would cancel as long as nothing can be imported.
        cancel.setAutoDefault(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    def _on_changed(self) -> None:
        why = self._against()
        self._why.setText(why)
        self._why.setVisible(bool(why))
        self.import_button.setEnabled(not why)
        self.import_button.setDefault(True)

    def _against(self) -> str:
        """Why nothing can be imported now; empty if it can."""
        errors = sum(plan.count(RowSeverity.ERROR) for plan in self._plans)
        if errors:
            return trn(
                "{count} error must be mended in the file before anything is imported.",
                "{count} errors must be mended in the files before anything is imported.",
                errors,
            )
        if not any(plan.after for plan in self._plans):
            return tr("There is nothing to import: the project says all of this already.")
        if any(plan.replaced for plan in self._plans) and not self.replace.isChecked():
            return tr("Say first that the frames coded differently are to be replaced.")
        if self.table.rowCount() and not self.has_read.isChecked():
            return tr("Read the report first, then tick that you have.")
        return ""


def _summary(plan: SheetPlan) -> str:
    """What would become of the frames of one file."""
    lines = [
        tr(
            "{file}: participant {participant}, video {video}.",
            file=plan.file.name,
            participant=plan.participant,
            video=plan.video,
        ),
        tr(
            "Of {frames} frames {added} would be added, {replaced} replaced, {unchanged} are the same "
            "already; {untouched} that only the project has stay.",
            frames=plan.frames,
            added=len(plan.added),
            replaced=len(plan.replaced),
            unchanged=len(plan.unchanged),
            untouched=plan.untouched,
        ),
    ]
    if plan.replaced:
        lines.append(tr("Coded differently: {frames}.", frames=said(frames_in_words(plan.replaced))))
    if not plan.exact_frames:
        lines.append(tr("The file names no frames for some codes; they were found by their times."))
    if plan.passed_over:
        shown = ", ".join(f"{name} ({count})" for name, count in plan.passed_over.items())
        lines.append(tr("Passed over, because it is not about actions: {parts}.", parts=shown))
    return "\n".join(lines)
