"""The most frequent combinations of actions of two groups, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from hrm_annotator.itemmodels.differences import SORT, percent_words
from hrm_annotator.language import mark, tr
from hrm_core.records.analysis_patterns import ExampleFrame, TopCombination
from hrm_core.records.analysis_results import AnalysisReport

__all__ = ["CombinationColumn", "CombinationsModel"]

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class CombinationColumn(IntEnum):
    """Columns from left to right."""

    GROUP = 0
    SCORE = 1
    FRAMES = 2
    SHARE = 3
    CHILDREN = 4
    EXAMPLE = 5


_HEADINGS = {
    CombinationColumn.GROUP: (mark("Group"), mark("Whose frames")),
    CombinationColumn.SCORE: (
        mark("Combination"),
        mark("All actions of a frame, as FACS scores are written"),
    ),
    CombinationColumn.FRAMES: (mark("Frames"), mark("Frames that show just this")),
    CombinationColumn.SHARE: (mark("Share"), mark("Of the group's frames")),
    CombinationColumn.CHILDREN: (mark("Children"), mark("Of how many children these frames are")),
    CombinationColumn.EXAMPLE: (mark("Example"), mark("Where it can be looked at: Enter goes there")),
}


class CombinationsModel(QAbstractTableModel):
    """Rows of one expression, as the analysis orders them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[TopCombination] = ()

    def show(self, report: AnalysisReport | None, expression: str = "") -> None:
        """Show the rows of an expression, ``""`` for all frames; None shows none."""
        self.beginResetModel()
        top = () if report is None else report.combinations.top
        self._rows = tuple(row for row in top if row.expression == expression)
        self.endResetModel()

    def row_at(self, index: QModelIndex | QPersistentModelIndex) -> TopCombination | None:
        """What a row is about; None outside the table."""
        return self._rows[index.row()] if index.isValid() else None

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(CombinationColumn)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(CombinationColumn):
            return None
        words, tip = _HEADINGS[CombinationColumn(section)]
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(words)
        return tr(tip) if role == Qt.ItemDataRole.ToolTipRole else None

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        row = self.row_at(index)
        if row is None:
            return None
        column = CombinationColumn(index.column())
        values: dict[CombinationColumn, str | float] = {
            CombinationColumn.GROUP: row.group,
            CombinationColumn.SCORE: row.score,
            CombinationColumn.FRAMES: row.frames,
            CombinationColumn.SHARE: row.share,
            CombinationColumn.CHILDREN: row.children,
            CombinationColumn.EXAMPLE: index.row(),
        }
        if role == SORT:
            return values[column]
        if role == Qt.ItemDataRole.DisplayRole:
            return _words(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(map(_place, row.examples)) or None
        number = column in (CombinationColumn.FRAMES, CombinationColumn.SHARE, CombinationColumn.CHILDREN)
        return int(_RIGHT) if role == Qt.ItemDataRole.TextAlignmentRole and number else None


def _words(row: TopCombination, column: CombinationColumn) -> str:
    if column is CombinationColumn.SCORE:
        return tr("no action") if row.score == "0" else row.score
    if column is CombinationColumn.EXAMPLE:
        return _place(row.examples[0]) if row.examples else ""
    return {
        CombinationColumn.GROUP: row.group,
        CombinationColumn.FRAMES: f"{row.frames:,}",
        CombinationColumn.SHARE: percent_words(row.share),
        CombinationColumn.CHILDREN: f"{row.children}",
    }[column]


def _place(example: ExampleFrame) -> str:
    return tr(
        "Participant {participant}, {video}, frame {frame}",
        participant=example.participant,
        video=example.video,
        frame=example.frame,
    )
