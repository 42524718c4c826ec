"""Name and place of a new project."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.language import tr

__all__ = ["NewProjectDialog"]


class NewProjectDialog(QDialog):
    """Asks what the study is called, where it lies and which groups it has."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("New project"))
        self._name = QLineEdit()
        self._name.setPlaceholderText(tr("My study"))
        self._parent_folder = QLineEdit(str(Path.home()))
        self._groups = QLineEdit("ASD, TD")
        self._groups.setToolTip(tr("The first is the group that label files mark with ASD = 1."))
        # The button stands in the same row, so that the row's words name neither.
        self._parent_folder.setAccessibleName(tr("Make its folder in"))
        choose = QPushButton(tr("Choose …"))
        choose.clicked.connect(self._on_choose)
        place = QHBoxLayout()
        place.addWidget(self._parent_folder)
        place.addWidget(choose)
        form = QFormLayout()
        form.addRow(tr("Name"), self._name)
        form.addRow(tr("Make its folder in"), place)
        form.addRow(tr("Groups"), self._groups)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setText(tr("Make project"))
        ok.setEnabled(False)
        self._name.textChanged.connect(lambda text: ok.setEnabled(bool(text.strip())))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(buttons)
        self.setMinimumWidth(520)

    @property
    def folder(self) -> Path:
        """The project folder to be made."""
        return Path(self._parent_folder.text()).expanduser() / self.name

    @property
    def name(self) -> str:
        """Name of the study."""
        return self._name.text().strip()

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups."""
        return tuple(group.strip() for group in self._groups.text().split(",") if group.strip())

    def _on_choose(self) -> None:
        title, there = tr("Folder for the project"), self._parent_folder.text()
        folder = QFileDialog.getExistingDirectory(self, title, there)
        if folder:
            self._parent_folder.setText(folder)
