"""Ask the coder's name, once."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from hrm_annotator.language import tr

__all__ = ["CoderNameDialog"]


class CoderNameDialog(QDialog):
    """A name that is written beside every label."""

    def __init__(self, suggestion: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Who is coding?"))
        words = QLabel(
            tr(
                "Your name is written beside every label you make. It is asked once on this computer; "
                "change it later under Study ▸ Change coder."
            )
        )
        words.setWordWrap(True)
        self._name = QLineEdit(suggestion)
        self._name.setPlaceholderText(tr("Name or initials"))
        self._name.setAccessibleName(tr("Coder name"))
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setText(tr("Start coding"))
        ok.setEnabled(bool(suggestion.strip()))
        self._name.textChanged.connect(lambda text: ok.setEnabled(bool(text.strip())))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addWidget(self._name)
        column.addWidget(buttons)
        self.setMinimumWidth(420)

    @property
    def name(self) -> str:
        """What was typed, blanks folded."""
        return " ".join(self._name.text().split())
