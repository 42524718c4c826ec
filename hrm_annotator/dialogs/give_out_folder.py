"""Where the folder is written in which a judge rates in a browser, and how."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.dialogs.plan_parts import add_row
from hrm_annotator.language import LANGUAGES, in_use, mark, tr

__all__ = ["GiveOutFolderDialog"]

_FORMATS = {
    "mp4": mark("MP4, which nearly every browser plays"),
    "webm": mark("WebM, for browsers without MP4; takes longer"),
}


class GiveOutFolderDialog(QDialog):
    """Folder, kind of video and language.

    Parameters
    ----------
    judge, session : str
        Who rates, and where.
    folder : pathlib.Path
        Where it goes unless another folder is chosen.
    """

    def __init__(self, judge: str, session: str, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Folder for a browser"))
        words = QLabel(
            tr(
                "{judge} rates “{session}” in it, offline: a double click on index.html begins. It holds the "
                "prepared clips, so hand it over as carefully as the recordings. The answers are saved as a "
                "file, which is taken in here.",
                judge=judge,
                session=session,
            )
        )
        words.setWordWrap(True)
        self._line = QLineEdit(str(folder))
        self.browse = QPushButton(tr("&Browse …"))
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self._browse)
        self._format = QComboBox()
        for name, title in _FORMATS.items():
            self._format.addItem(tr(title), name)
        self._language = QComboBox()
        for code, name in LANGUAGES.items():
            self._language.addItem(name, code)
        self._language.setCurrentIndex(self._language.findData(in_use()))
        place = QHBoxLayout()
        place.addWidget(self._line, 1)
        place.addWidget(self.browse)
        form = QFormLayout()
        add_row(form, tr("F&older"), self._line, place)
        add_row(form, tr("&Clips"), self._format)
        add_row(form, tr("&Language"), self._language)
        buttons = QDialogButtonBox()
        self.write = buttons.addButton(tr("&Write"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.write.setDefault(True)
        cancel = buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        cancel.setAutoDefault(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._line.textChanged.connect(lambda words: self.write.setEnabled(bool(words.strip())))
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addLayout(form)
        column.addWidget(buttons)
        self.setMinimumWidth(560)

    @property
    def folder(self) -> Path:
        """The folder to be made."""
        return Path(self._line.text().strip()).expanduser()

    @property
    def video(self) -> str:
        """Kind of video: ``"mp4"`` or ``"webm"``."""
        return str(self._format.currentData())

    @property
    def page_language(self) -> str:
        """Code of the language in which the page begins."""
        return str(self._language.currentData())

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("An empty folder"), self._line.text())
        if folder:
            self._line.setText(folder)
