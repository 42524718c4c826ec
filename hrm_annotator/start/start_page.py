"""Recent projects, open, new, demo: what the program shows before a project is open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.language import tr
from hrm_annotator.look.icons import icon
from hrm_annotator.widgets.card_button import CardButton

__all__ = ["StartPage"]

_WIDTH = 880
_LIST_STYLE = """
QListWidget { background: transparent; }
QListWidget::item { padding: 8px 10px; border-radius: 6px; background: palette(base); }
QListWidget::item:hover { background: palette(midlight); }
QListWidget::item:selected { background: palette(highlight); color: palette(highlighted-text); }
"""


class StartPage(QWidget):
    """Offers the ways into a project; does none of them itself."""

    open_wanted = Signal()
    new_wanted = Signal()
    demo_wanted = Signal()
    rate_wanted = Signal()
    recent_wanted = Signal(str)
    """Folder of a recent project."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recent = QListWidget()
        self._recent.setFrameShape(QFrame.Shape.NoFrame)
        self._recent.setAccessibleName(tr("Recent projects"))
        self._recent.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._recent.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._recent.setSpacing(4)
        self._recent.setStyleSheet(_LIST_STYLE)
        self._recent.itemActivated.connect(self._on_recent)
        self._recent.itemClicked.connect(self._on_recent)
        self._nothing = QLabel(tr("Projects you open will be listed here."))
        self._nothing.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(True)
        self._busy_words = QLabel()
        self._lay_out()
        self.show_recent(())
        self.show_busy(None)

    def show_recent(self, folders: Sequence[str]) -> None:
        """List projects, the last opened first; folders that are gone are left out."""
        self._recent.clear()
        for folder in folders:
            if Path(folder).is_dir():
                item = QListWidgetItem(f"{Path(folder).name}\n{_short(folder)}")
                item.setData(Qt.ItemDataRole.UserRole, folder)
                item.setToolTip(folder)
                self._recent.addItem(item)
        self._recent.setVisible(self._recent.count() > 0)
        self._nothing.setVisible(self._recent.count() == 0)

    def show_busy(self, words: str | None, done: int = 0, total: int = 0) -> None:
        """Say what is going on; None when it is over."""
        self._busy.setVisible(words is not None)
        self._busy_words.setVisible(words is not None)
        self._busy_words.setText(words or "")
        self._busy.setRange(0, total)
        self._busy.setValue(done)
        self._choices.setEnabled(words is None)

    @property
    def is_busy(self) -> bool:
        """Whether something is going on that opens or makes a project."""
        return not self._busy.isHidden()

    def _on_recent(self, item: QListWidgetItem) -> None:
        self.recent_wanted.emit(item.data(Qt.ItemDataRole.UserRole))

    def _lay_out(self) -> None:
        title = QLabel("HRM Annotator")
        font = QFont(title.font())
        font.setPointSizeF(font.pointSizeF() * 2.4)
        font.setBold(True)
        title.setFont(font)
        subtitle = QLabel(
            tr("Facial action units, frame by frame. A label is on disk as soon as you make it.")
        )
        subtitle.setWordWrap(True)
        self._choices = QWidget()
        columns = QHBoxLayout(self._choices)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(48)
        columns.addLayout(self._start_column(), 2)
        columns.addLayout(self._recent_column(), 3)
        page = QWidget()
        page.setMaximumWidth(_WIDTH)
        column = QVBoxLayout(page)
        column.setSpacing(10)
        column.addWidget(title)
        column.addWidget(subtitle)
        column.addSpacing(28)
        column.addWidget(self._choices)
        column.addSpacing(16)
        column.addWidget(self._busy_words)
        column.addWidget(self._busy)
        column.addStretch(1)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(48, 88, 48, 48)
        outer.addStretch(1)
        outer.addWidget(page, 100)
        outer.addStretch(1)

    def _start_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(10)
        column.addWidget(_heading(tr("Start")))
        for name, text, words, signal in (
            ("open", tr("Open a project"), tr("Choose the folder of a study."), self.open_wanted),
            ("new", tr("New project"), tr("Make a folder for a new study."), self.new_wanted),
            (
                "face",
                tr("Try the demo study"),
                tr("Six drawn children; nothing in it is real."),
                self.demo_wanted,
            ),
            ("play", tr("Rate clips"), tr("Judge clips of a rating session."), self.rate_wanted),
        ):
            button = CardButton(text, words, icon(name))
            button.clicked.connect(signal)
            column.addWidget(button)
        column.addStretch(1)
        return column

    def _recent_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(10)
        column.addWidget(_heading(tr("Recent projects")))
        self._recent.setMinimumHeight(300)
        column.addWidget(self._recent, 1)
        column.addWidget(self._nothing)
        column.addStretch(1)
        return column


def _short(folder: str) -> str:
    """A folder with the user's own one written as ``~``."""
    path = Path(folder)
    return f"~/{path.relative_to(Path.home()).as_posix()}" if path.is_relative_to(Path.home()) else folder


def _heading(words: str) -> QLabel:
    label = QLabel(words)
    font = QFont(label.font())
    font.setBold(True)
    label.setFont(font)
    return label
