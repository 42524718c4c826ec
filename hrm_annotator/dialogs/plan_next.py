"""What is to be done once a rating session is planned."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from hrm_annotator.language import tr
from hrm_core.records.rating_plan import RatingSession

__all__ = ["PlannedPage"]

_MARGIN_PX = 32
_HEADING = 1.4


class PlannedPage(QWidget):
    """How judges come to rate, at a computer with the study or in a browser."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading, self._here, self._browser, self._later = (QLabel() for _ in range(4))
        font = self.heading.font()
        font.setPointSizeF(font.pointSizeF() * _HEADING)
        self.heading.setFont(font)
        self.command = QLineEdit()
        self.command.setReadOnly(True)
        self.command.setAccessibleName(tr("Command that opens the judge's window"))
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        column.setSpacing(_MARGIN_PX // 2)
        for part in (self.heading, self._here, self.command, self._browser, self._later):
            if isinstance(part, QLabel):
                part.setWordWrap(True)
            column.addWidget(part)
        column.addStretch(1)

    def show_session(self, session: RatingSession, command: str) -> None:
        """Say what is to be done next.

        Parameters
        ----------
        session : RatingSession
            What was planned.
        command : str
            What opens the judge's window from a command line.
        """
        self.heading.setText(tr("The session “{name}” is planned.", name=session.name))
        sound = session.plan is not None and session.plan.presentation.sound
        self._here.setText(
            tr("It is rated with sound, which only a browser plays.")
            if sound
            else tr(
                "Judges who rate at a computer with this study choose Study ▸ Rate clips. "
                "This command opens the same window, and nothing of the study besides:"
            )
        )
        self.command.setText(command)
        self.command.setCursorPosition(0)
        self.command.setVisible(not sound)
        self._browser.setText(
            tr(
                "For judges without this program, Study ▸ Rating sessions writes a folder that opens in a "
                "browser, one for each of them, and takes their answers in."
            )
        )
        self._later.setText(
            tr("Study ▸ Rating sessions also tells how far everybody is, and writes the report.")
        )
