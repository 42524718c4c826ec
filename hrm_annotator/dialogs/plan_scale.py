"""What judges are asked, and the points of the scale they answer on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.actions.command import without_letter
from hrm_annotator.dialogs.plan_parts import tell_empty, typed_in
from hrm_annotator.language import LANGUAGES, tr
from hrm_core.records.rating_plan import (
    ATYPICALITY_POINTS,
    ATYPICALITY_QUESTION,
    FEWEST_POINTS,
    MOST_POINTS,
    Presentation,
    ScalePoint,
)

__all__ = ["ScalePage"]

CHINESE = "zh_CN"
_LINES = 3


class ScalePage(QWidget):
    """Question and labels, both also in Chinese; the paper's are there at first."""

    changed = Signal()
    """Another question, or another scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filling = False
        self._dropped: list[tuple[str, str]] = []
        self._question, self._question_zh = _text_field(), _text_field()
        self.points = QSpinBox()
        self.points.setRange(FEWEST_POINTS, MOST_POINTS)
        self.points.valueChanged.connect(self._on_points)
        self.paper_button = QPushButton(tr("As in the pap&er"))
        self.paper_button.setToolTip(tr("Question and five points as they were asked for the data set"))
        self.paper_button.clicked.connect(self.show_paper)
        self.table = self._make_table()
        for field in (self._question, self._question_zh):
            field.textChanged.connect(self._on_changed)
        self._lay_out()
        self.show_paper()

    @property
    def question(self) -> str:
        """What is asked, blanks folded."""
        return _folded(self._question.toPlainText())

    @property
    def question_translations(self) -> Mapping[str, str]:
        """The question in other languages, by code; only those that were written."""
        words = _folded(self._question_zh.toPlainText())
        return {CHINESE: words} if words else {}

    @property
    def scale(self) -> tuple[ScalePoint, ...]:
        """The points, the lowest score first."""
        return tuple(
            ScalePoint(label, {CHINESE: translated} if translated else {})
            for label, translated in self._rows()
        )

    def show_paper(self) -> None:
        """Ask as the paper did."""
        self._filling = True
        self._question.setPlainText(ATYPICALITY_QUESTION)
        self._question_zh.setPlainText(Presentation().question_translations.get(CHINESE, ""))
        self._dropped = []
        self._fill([(point.label, point.translations.get(CHINESE, "")) for point in ATYPICALITY_POINTS])
        self.points.setValue(len(ATYPICALITY_POINTS))
        self._filling = False
        self.changed.emit()

    # -- parts ---------------------------------------------------------------------------------

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 3)
        table.setAccessibleName(tr("Points of the scale"))
        table.setHorizontalHeaderLabels([tr("Score"), tr("Label"), LANGUAGES[CHINESE]])
        table.setTabKeyNavigation(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(typed_in())
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        table.itemChanged.connect(self._on_cell)
        return table

    def _lay_out(self) -> None:
        form = QFormLayout()
        for words, field in ((tr("Q&uestion"), self._question), (tr("In &Chinese"), self._question_zh)):
            field.setAccessibleName(without_letter(words))
            form.addRow(words, field)
        self._question_zh.setPlaceholderText(tr("Left empty, everybody reads the question above."))
        self.points.setAccessibleName(without_letter(tr("Po&ints")))
        below = QHBoxLayout()
        below.addWidget(self.points)
        below.addStretch(1)
        below.addWidget(self.paper_button)
        form.addRow(tr("Po&ints"), below)
        label = form.labelForField(below)
        assert isinstance(label, QLabel)
        label.setBuddy(self.points)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.table, 1)

    def _rows(self) -> list[tuple[str, str]]:
        return [(self._words(row, 1), self._words(row, 2)) for row in range(self.table.rowCount())]

    def _words(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        # None while the row is being filled.
        return "" if item is None else _folded(item.text())

    def _fill(self, rows: Sequence[tuple[str, str]]) -> None:
        before, self._filling = self._filling, True
        self.table.setRowCount(len(rows))
        for row, (label, translated) in enumerate(rows):
            score = QTableWidgetItem(str(row + 1))
            score.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            for column, cell in enumerate((score, QTableWidgetItem(label), QTableWidgetItem(translated))):
                tell_empty(cell)
                self.table.setItem(row, column, cell)
        self._filling = before

    # -- changes -------------------------------------------------------------------------------

    def _on_points(self, wanted: int) -> None:
        rows = self._rows()
        if self._filling or wanted == len(rows):
            return
        # Who turns the number back and forth finds the labels again.
        self._dropped = [*rows[wanted:], *self._dropped]
        while len(rows) < wanted:
            rows.append(self._dropped.pop(0) if self._dropped else ("", ""))
        self._fill(rows[:wanted])
        self.changed.emit()

    def _on_cell(self, cell: QTableWidgetItem) -> None:
        if not self._filling:
            self._filling = True
            tell_empty(cell)
            self._filling = False
            self.changed.emit()

    def _on_changed(self, *_: object) -> None:
        if not self._filling:
            self.changed.emit()


def _text_field() -> QPlainTextEdit:
    field = QPlainTextEdit()
    field.setTabChangesFocus(True)
    field.setMaximumHeight(field.fontMetrics().lineSpacing() * _LINES + 14)
    return field


def _folded(words: str) -> str:
    return " ".join(words.split())
