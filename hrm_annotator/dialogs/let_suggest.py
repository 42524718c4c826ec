"""Which model is to suggest codes, and for what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.language import said, tr

if TYPE_CHECKING:
    from hrm_annotator.operations.prelabel import ModelChoice

__all__ = ["LetSuggestDialog"]


class LetSuggestDialog(QDialog):
    """Models to choose from, what each was trained on, and whether coded clips are looked at too.

    Parameters
    ----------
    models : sequence of ModelChoice
        Those that can be run here.
    """

    def __init__(self, models: Sequence[ModelChoice], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Let a model suggest codes"))
        self._models = models
        words = _label(
            tr(
                "The model looks at the pictures on this computer while you go on coding. What it suggests "
                "is kept beside your codes and becomes none by itself."
            )
            if models
            else tr(
                "No model that finds actions is on this computer: hrm models list shows which there are, and "
                "hrm models add takes one in."
            )
        )
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Models"))
        self.list.addItems([f"{model.name} – {model.what}" for model in models])
        self._facts = _label()
        self._facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._facts.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._facts.setContentsMargins(6, 6, 6, 6)
        facts = QScrollArea()
        facts.setWidget(self._facts)
        facts.setWidgetResizable(True)
        facts.setMinimumHeight(150)
        facts.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.only_uncoded = QCheckBox(tr("Only &clips that I have not coded"))
        self.only_uncoded.setChecked(True)
        buttons = QDialogButtonBox()
        self.run = buttons.addButton(tr("&Run"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.run.setDefault(True)
        cancel = buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        cancel.setAutoDefault(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.list.currentRowChanged.connect(self._show_facts)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addWidget(self.list, 1)
        column.addWidget(facts, 1)
        column.addWidget(self.only_uncoded)
        column.addWidget(buttons)
        for part in (self.list, facts, self.only_uncoded, self.run):
            part.setVisible(bool(models))
        self.list.setCurrentRow(0)
        self.setMinimumWidth(520)

    @property
    def model(self) -> str | None:
        """Name of the chosen model; None if there is none."""
        row = self.list.currentRow()
        return self._models[row].name if 0 <= row < len(self._models) else None

    def _show_facts(self, row: int) -> None:
        if not 0 <= row < len(self._models):
            return
        model = self._models[row]
        lines = [
            tr("Learned from: {population}", population=said(model.population)),
            *(tr("Limit: {limit}", limit=said(limit)) for limit in model.limits),
            tr("Licence: {licence}", licence=said(model.licence)),
        ]
        self._facts.setText("\n".join(lines))


def _label(words: str = "") -> QLabel:
    label = QLabel(words)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
