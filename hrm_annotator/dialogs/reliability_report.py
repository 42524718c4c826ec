"""Write a report of agreement: where, and in which formats."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.language import mark, tr

__all__ = ["FORMATS", "ReliabilityReportDialog"]

FORMATS = {
    "html": mark("HTML page"),
    "pdf": mark("PDF"),
    "latex": mark("LaTeX"),
    "csv": mark("CSV tables"),
    "xlsx": mark("Excel workbook"),
}
"""Names of formats as the report knows them, and as people read them, in English."""


class ReliabilityReportDialog(QDialog):
    """Folder and formats above, what became of it below.

    Parameters
    ----------
    what : str
        Which codings the report is about.
    folder : pathlib.Path
        Where it goes unless another folder is chosen.
    """

    wanted = Signal(object, object)
    """Write into this folder (Path) these formats (tuple of str)."""
    stop_wanted = Signal()

    def __init__(self, what: str, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Reliability report"))
        self._about = QLabel(what)
        self._about.setWordWrap(True)
        self.folder = QLineEdit(str(folder))
        self.folder.setAccessibleName(tr("Folder"))
        self.formats = {name: QCheckBox(tr(words)) for name, words in FORMATS.items()}
        for box in self.formats.values():
            box.setChecked(True)
            box.toggled.connect(lambda _: self._enable())
        self.again = QCheckBox(tr("&Replace files that are there"))
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("How far the report is"))
        self.write = QPushButton(tr("&Write"))
        self.stop = QPushButton(tr("&Stop"))
        self._busy = False
        self._lay_out()
        self.show_busy(False)
        self.resize(560, 260)

    def show_busy(self, busy: bool) -> None:
        """Whether the report is being written."""
        self._busy = busy
        self.bar.setVisible(busy)
        self.stop.setVisible(busy)
        self.bar.setRange(0, 0)
        if busy:
            self.words.setText(tr("Measuring and writing …"))
        self._enable()

    def show_progress(self, done: int, total: int) -> None:
        """How far it is."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def show_words(self, words: str) -> None:
        """Say what was written, or why not."""
        self.words.setText(words)

    def _lay_out(self) -> None:
        browse = QPushButton(tr("&Browse …"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        label = QLabel(tr("F&older"))
        label.setBuddy(self.folder)
        place = QHBoxLayout()
        for part in (label, self.folder, browse):
            place.addWidget(part)
        kinds = QHBoxLayout()
        for box in self.formats.values():
            kinds.addWidget(box)
        kinds.addStretch(1)
        buttons = QDialogButtonBox()
        buttons.addButton(self.write, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.stop, QDialogButtonBox.ButtonRole.ActionRole)
        self.write.setDefault(True)
        self.write.clicked.connect(self._on_write)
        self.stop.clicked.connect(self.stop_wanted)
        self.stop.setAutoDefault(False)
        close = buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        close.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        self.folder.textChanged.connect(lambda _: self._enable())
        column = QVBoxLayout(self)
        column.addWidget(self._about)
        column.addLayout(place)
        column.addLayout(kinds)
        column.addWidget(self.again)
        column.addWidget(self.words, 1)
        column.addWidget(self.bar)
        column.addWidget(buttons)

    def _chosen(self) -> tuple[str, ...]:
        return tuple(name for name, box in self.formats.items() if box.isChecked())

    def _enable(self) -> None:
        self.write.setEnabled(not self._busy and bool(self._chosen() and self.folder.text().strip()))

    def _on_write(self) -> None:
        self.wanted.emit(Path(self.folder.text().strip()), self._chosen())

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Folder for the report"), self.folder.text())
        if folder:
            self.folder.setText(folder)
