"""Ask who lifts the blinding of a judge, and why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.dialogs.plan_parts import add_row
from hrm_annotator.language import tr

__all__ = ["UnblindJudgeDialog"]


class UnblindJudgeDialog(QDialog):
    """A coordinator's name and a reason; both are written into the session's log.

    Parameters
    ----------
    judge, session : str
        Whose blinding is lifted, and where.
    coordinators : sequence of str
        Names of the study's coordinators.
    """

    def __init__(
        self, judge: str, session: str, coordinators: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Unblind judge"))
        words = QLabel(
            tr(
                "{judge} counts as not blind in “{session}” from now on, and the report says why. "
                "Who lifted the blinding, when and why is logged. It cannot be taken back.",
                judge=judge,
                session=session,
            )
        )
        words.setWordWrap(True)
        self.coordinator = QComboBox()
        self.coordinator.addItems(list(coordinators))
        self.why = QLineEdit()
        self.why.setPlaceholderText(tr("As the report prints it"))
        form = QFormLayout()
        add_row(form, tr("&Coordinator"), self.coordinator)
        add_row(form, tr("&Reason"), self.why)
        self._missing = QLabel(
            tr("Nobody coordinates this study yet: hrm add rater NAME --role coordinator enters somebody.")
        )
        self._missing.setWordWrap(True)
        self._missing.setVisible(not coordinators)
        buttons = QDialogButtonBox()
        self.unblind = buttons.addButton(tr("&Unblind"), QDialogButtonBox.ButtonRole.AcceptRole)
        cancel = buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        cancel.setAutoDefault(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.why.textChanged.connect(self._enable)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addLayout(form)
        column.addWidget(self._missing)
        column.addWidget(buttons)
        self.setMinimumWidth(460)
        self._enable()

    @property
    def by(self) -> str:
        """Name of the coordinator."""
        return self.coordinator.currentText()

    @property
    def reason(self) -> str:
        """Why, blanks folded."""
        return " ".join(self.why.text().split())

    def _enable(self) -> None:
        self.unblind.setEnabled(bool(self.by and self.reason))
        self.unblind.setDefault(True)
