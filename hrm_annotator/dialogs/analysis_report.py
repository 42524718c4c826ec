"""Write the report of a comparison of groups, and look at it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton, QWidget

from hrm_annotator.dialogs.reliability_report import ReliabilityReportDialog
from hrm_annotator.language import tr

__all__ = ["AnalysisReportDialog"]

_TO_READ = (".html", ".pdf")


class AnalysisReportDialog(ReliabilityReportDialog):
    """Asks the same of a comparison of groups; what was written can be opened.

    Parameters
    ----------
    what : str
        Which groups, by whose codes.
    folder : pathlib.Path
        Where it goes unless another folder is chosen.
    """

    def __init__(self, what: str, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(what, folder, parent)
        self.setWindowTitle(tr("Report of the comparison"))
        self._file: Path | None = None
        self.open_file = QPushButton(tr("O&pen the report"))
        self.open_file.setAutoDefault(False)
        self.open_file.clicked.connect(self._open)
        self.open_file.hide()
        column = self.layout()
        assert column is not None
        column.addWidget(self.open_file)

    def show_files(self, files: Sequence[Path]) -> None:
        """Offer to open what was written: the page, else the PDF, else the folder."""
        readable = [file for suffix in _TO_READ for file in files if file.suffix == suffix]
        self._file = next(iter(readable), files[0].parent if files else None)
        self.open_file.setVisible(self._file is not None)
        self.open_file.setFocus()

    def _open(self) -> None:
        if self._file is None:
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._file))):
            self.show_words(tr("No program opens it here: it lies in {path}.", path=self._file))
