"""Write codes as files of other programs: which format, where, and what the files cannot hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.language import said, tr, trn
from hrm_annotator.operations.exchange import ExportWish

if TYPE_CHECKING:
    from hrm_core.records.recording import Recording
    from hrm_core.workflows.export_sheets import SheetExport

__all__ = ["ExportCodesDialog"]


class ExportCodesDialog(QDialog):
    """Choices above, the loss report below; the report is there before anything is written.

    Parameters
    ----------
    formats : sequence of (str, str)
        Names and titles.
    home : pathlib.Path
        Folder in which each format has one, unless another is chosen.
    recording : Recording or None
        The open one.
    readable : callable
        Makes a sentence one that this coder may read.
    """

    look_wanted = Signal(object)
    """Say what the files of this :class:`ExportWish` could not hold."""
    export_wanted = Signal(object)
    """Write the files of this :class:`ExportWish`."""

    def __init__(
        self,
        formats: Sequence[tuple[str, str]],
        home: Path,
        recording: Recording | None,
        readable: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._home, self._recording, self._readable = home, recording, readable
        self.setWindowTitle(tr("Export codes"))
        self.form = QComboBox()
        for name, title in formats:
            self.form.addItem(said(title), name)
        self.scope = QComboBox()
        if recording is not None:
            self.scope.addItem(tr("The open recording"), False)
        self.scope.addItem(tr("All recordings that I coded"), True)
        self.folder = QLineEdit()
        self.again = QCheckBox(tr("&Replace files that are there"))
        self.human_only = QCheckBox(tr("&Leave out frames that a model's suggestions had a part in"))
        self._own_folder = False
        self._words = QLabel()
        self._words.setWordWrap(True)
        self.table = self._empty_table()
        self._lay_out()
        self.form.currentIndexChanged.connect(self._on_format)
        self.scope.currentIndexChanged.connect(self._look)
        self.human_only.toggled.connect(self._look)
        self.folder.textEdited.connect(self._on_folder_typed)
        self.resize(680, 460)
        self._show_own_place()

    @property
    def wish(self) -> ExportWish:
        """What is chosen now."""
        recording = None if self.scope.currentData() else self._recording
        return ExportWish(
            self.form.currentData(),
            Path(self.folder.text().strip()),
            recording,
            self.again.isChecked(),
            self.human_only.isChecked(),
        )

    def start(self) -> None:
        """Ask for the first report."""
        self._look()

    def show_report(self, report: SheetExport) -> None:
        """Show what the files hold or could not hold, and whether they were written."""
        written = [sheet for sheet in report.sheets if sheet.file is not None]
        lines = [
            trn("{count} file would be written.", "{count} files would be written.", len(written))
            if report.dry_run
            else trn("{count} file was written.", "{count} files were written.", len(written))
        ]
        rows = [
            (
                self._readable(f"{sheet.participant} · {sheet.video}"),
                said(loss.what),
                str(loss.count),
                ", ".join(map(str, loss.frames)),
            )
            for sheet in report.sheets
            for loss in sheet.losses
        ]
        lines.append(
            tr("What the files cannot hold stands below.")
            if rows
            else tr("The files hold all that was coded.")
        )
        lines += [self._readable(said(sheet.problem)) for sheet in report.sheets if sheet.problem]
        if report.unseen:
            lines.append(
                tr(
                    "The eyes are covered for you: that {actions} are nowhere in the files does not mean "
                    "absent.",
                    actions=", ".join(report.unseen),
                )
            )
        self._words.setText("\n".join(lines))
        self._fill(rows)

    def show_words(self, words: str) -> None:
        """Say why there is no report, or that work goes on."""
        self._words.setText(words)
        self._fill([])

    def set_busy(self, busy: bool) -> None:
        """Whether files are being written."""
        self.export_button.setEnabled(not busy)

    # -- parts ---------------------------------------------------------------------------------

    def _empty_table(self) -> QTableWidget:
        table = QTableWidget(0, 4)
        table.setAccessibleName(tr("What the files cannot hold"))
        table.setHorizontalHeaderLabels(
            [tr("Recording"), tr("What the file cannot hold"), tr("How often"), tr("Frames, the first")]
        )
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setStretchLastSection(True)
        return table

    def _fill(self, rows: Sequence[tuple[str, ...]]) -> None:
        self.table.setRowCount(len(rows))
        for row, cells in enumerate(rows):
            for place, text in enumerate(cells):
                self.table.setItem(row, place, QTableWidgetItem(text))

    def _lay_out(self) -> None:
        browse = QPushButton(tr("&Browse …"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        place = QHBoxLayout()
        place.addWidget(self.folder, 1)
        place.addWidget(browse)
        choices = QFormLayout()
        for words, choice in ((tr("&Format"), self.form), (tr("&What"), self.scope)):
            choice.setAccessibleName(words.replace("&", ""))
            choices.addRow(words, choice)
        label = QLabel(tr("F&older"))
        label.setBuddy(self.folder)
        self.folder.setAccessibleName(tr("F&older").replace("&", ""))
        choices.addRow(label, place)
        choices.addRow("", self.human_only)
        choices.addRow("", self.again)
        buttons = QDialogButtonBox()
        self.export_button: QPushButton = buttons.addButton(
            tr("&Export"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self.export_button.setDefault(True)
        self.export_button.clicked.connect(lambda: self.export_wanted.emit(self.wish))
        close = buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        close.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(choices)
        column.addWidget(self._words)
        column.addWidget(self.table, 1)
        column.addWidget(buttons)

    # -- choices -------------------------------------------------------------------------------

    def _on_format(self) -> None:
        self._show_own_place()
        self._look()

    def _show_own_place(self) -> None:
        if not self._own_folder:
            self.folder.setText(str(self._home / self.form.currentData()))

    def _on_folder_typed(self, text: str) -> None:
        self._own_folder = bool(text.strip())

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Folder for the files"), str(self._home.parent))
        if folder:
            self._own_folder = True
            self.folder.setText(folder)

    def _look(self) -> None:
        self.show_words(tr("Looking what the files could not hold …"))
        self.look_wanted.emit(self.wish)
