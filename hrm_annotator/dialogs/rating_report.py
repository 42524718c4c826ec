"""Write the report of a rating session: where, and in which formats."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from hrm_annotator.dialogs.reliability_report import ReliabilityReportDialog
from hrm_annotator.language import tr

__all__ = ["RatingReportDialog"]


class RatingReportDialog(ReliabilityReportDialog):
    """Asks the same of a report of ratings.

    Parameters
    ----------
    session : str
        Name of the session.
    folder : pathlib.Path
        Where it goes unless another folder is chosen.
    """

    def __init__(self, session: str, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(tr("Answers of the session “{name}”", name=session), folder, parent)
        self.setWindowTitle(tr("Report of ratings"))
