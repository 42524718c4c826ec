"""What a session that is being planned comes to: trials and minutes of each judge, and what cannot be."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGroupBox,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.language import tr, trn
from hrm_annotator.operations.rating_plans import Outlook
from hrm_annotator.widgets.spoken import announce

__all__ = ["OutlookBox"]

_LEAST_PX = 300


class OutlookBox(QGroupBox):
    """Stands beside the choices and follows them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("What comes of it"), parent)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.table = QTableWidget(0, 3)
        self.table.setAccessibleName(tr("Trials and minutes of each judge"))
        self.table.setHorizontalHeaderLabels([tr("Judge"), tr("Trials"), tr("Minutes")])
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.problems = QPlainTextEdit()
        self.problems.setReadOnly(True)
        self.problems.setTabChangesFocus(True)
        self.problems.setAccessibleName(tr("What cannot be planned so, and what should be known"))
        self.setMinimumWidth(_LEAST_PX)
        column = QVBoxLayout(self)
        column.addWidget(self.summary)
        column.addWidget(self.table, 2)
        column.addWidget(self.verdict)
        column.addWidget(self.problems, 3)

    def show_outlook(self, outlook: Outlook) -> None:
        """Show what a wish comes to."""
        clips = trn("{count} clip is rated.", "{count} clips are rated.", outlook.clips)
        minutes = tr("Minutes are of playing each clip once and a few seconds for each answer.")
        self.summary.setText(f"{clips} {minutes}" if outlook.judges else clips)
        self.table.setRowCount(len(outlook.judges))
        for row, (name, trials, needed) in enumerate(outlook.judges):
            cells = [QTableWidgetItem(words) for words in (name, str(trials), f"{needed:.1f}")]
            for column, cell in enumerate(cells):
                if column:
                    cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, cell)
        verdict = (
            tr("This cannot be planned yet:") if outlook.problems else tr("This can be planned as it stands.")
        )
        words = "\n".join(f"• {sentence}" for sentence in (*outlook.problems, *outlook.notes))
        if (verdict, words) != (self.verdict.text(), self.problems.toPlainText()):
            self.verdict.setText(verdict)
            self.problems.setPlainText(words)
            announce(self, f"{verdict} {words}")
        self.problems.setVisible(bool(words))
