"""Agreement of two codings, one row per action."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from hrm_annotator.language import mark, said, tr, trn
from hrm_annotator.language.words import listed, shortened
from hrm_core.facs import action
from hrm_core.records.agreement import ActionAgreement, Estimate, PairAgreement

__all__ = ["ESTIMATE", "AgreementModel", "ByValue", "Column", "estimate_words", "reasons_of"]

ESTIMATE = Qt.ItemDataRole.UserRole + 1
"""Role of the :class:`Estimate` that a cell draws as a bar with whiskers."""
_SORT = Qt.ItemDataRole.UserRole + 2
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Column(IntEnum):
    """Columns from left to right."""

    ACTION = 0
    FRAMES = 1
    FIRST_EVENTS = 2
    SECOND_EVENTS = 3
    ICC = 4
    KAPPA = 5
    POSITIVE = 6
    F1 = 7
    DISPUTED = 8
    WARNINGS = 9


@dataclass(frozen=True, slots=True)
class _Heading:
    text: str
    tip: str


_HEADING_LETTERS = 18
# Two lines: names are long, and the warnings at the right are to be seen without scrolling.
_EVENTS = _Heading(mark("Events of\n{name}"), mark("Events of {name}: runs of frames in which it is present"))
_HEADINGS: dict[Column, _Heading] = {
    Column.ACTION: _Heading(mark("Action"), mark("Action unit or action descriptor")),
    Column.FRAMES: _Heading(mark("Frames"), mark("Frames that both coded")),
    Column.FIRST_EVENTS: _EVENTS,
    Column.SECOND_EVENTS: _EVENTS,
    Column.ICC: _Heading(mark("ICC(3,1)"), mark("Intraclass correlation with its 95 % interval")),
    Column.KAPPA: _Heading(mark("Kappa"), mark("Cohen's kappa")),
    Column.POSITIVE: _Heading(mark("PA"), mark("Specific agreement on presence")),
    Column.F1: _Heading(mark("F1"), mark("F1 with the first coding as the reference")),
    Column.DISPUTED: _Heading(mark("Disputed"), mark("Frames in which the codes differ, the side too")),
    Column.WARNINGS: _Heading(mark("Warnings"), mark("What a reader must know to use the numbers")),
}
_VALUES: dict[Column, Callable[[ActionAgreement], Estimate]] = {
    Column.KAPPA: lambda row: row.kappa,
    Column.POSITIVE: lambda row: row.positive,
    Column.F1: lambda row: row.f1,
}


class AgreementModel(QAbstractTableModel):
    """Rows in the order of the catalogue.

    Attributes
    ----------
    by_children : bool
        Whether the intervals shown were found by resampling children.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[ActionAgreement] = ()
        self._names = ("", "")
        self._disputed: Counter[str] = Counter()
        self.by_children = False

    def show(self, agreement: PairAgreement | None, *, by_children: bool = False) -> None:
        """Show other numbers; None shows none."""
        self.beginResetModel()
        self.by_children = by_children
        self._rows = () if agreement is None else agreement.actions
        self._disputed = Counter()
        if agreement is not None:
            self._names = (agreement.first.label, agreement.second.label)
            for run in agreement.disagreements:
                self._disputed[run.action] += len(run)
        self.endResetModel()

    def row_at(self, index: QModelIndex | QPersistentModelIndex) -> ActionAgreement | None:
        """What a row is about; None outside the table."""
        return self._rows[index.row()] if index.isValid() else None

    def place_of(self, key: str) -> int | None:
        """Row of an action; None if it is not shown."""
        return next((place for place, row in enumerate(self._rows) if row.action == key), None)

    def icc_of(self, row: ActionAgreement) -> Estimate:
        """ICC(3,1) with the interval that is shown."""
        return row.icc_participants if self.by_children and not row.why else row.icc

    def disputed(self, key: str) -> int:
        """Frames in which the codes of an action differ."""
        return self._disputed[key]

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        heading = _HEADINGS[Column(section)]
        name = self._names[section == Column.SECOND_EVENTS]
        if role == Qt.ItemDataRole.DisplayRole:
            return _filled(heading.text, shortened(name, _HEADING_LETTERS))
        return _filled(heading.tip, name) if role == Qt.ItemDataRole.ToolTipRole else None

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        row = self.row_at(index)
        if row is None:
            return None
        column = Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            # An empty cell would be read as nothing at all.
            return self._words(row, column) or tr("no warning")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return None if column in (Column.ACTION, Column.WARNINGS) else int(_RIGHT)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(self._told(row, column)) or None
        if role == ESTIMATE:
            return self.icc_of(row) if column is Column.ICC else None
        if role == _SORT:
            return self._rank(row, index.row(), column)
        return None

    def _words(self, row: ActionAgreement, column: Column) -> str:
        if column is Column.ACTION:
            known = action(row.action)
            return f"{known.kind}{known.label} {said(known.short)}"
        if column is Column.ICC:
            return estimate_words(self.icc_of(row))
        if column in _VALUES:
            return estimate_words(_VALUES[column](row), interval=False)
        if column is Column.WARNINGS:
            # A sign and a word: nothing is told by a colour.
            return trn("▲ {count} warning", "▲ {count} warnings", len(row.warnings)) if row.warnings else ""
        if row.why:
            return "–"
        if column is Column.DISPUTED:
            return f"{self._disputed[row.action]}"
        counts = {Column.FRAMES: row.frames, Column.FIRST_EVENTS: row.first_events}
        return str(counts.get(column, row.second_events))

    def _told(self, row: ActionAgreement, column: Column) -> list[str]:
        if row.why:
            return [said(row.why)]
        if column is Column.WARNINGS:
            return [said(entry) for entry in row.warnings]
        found = self.icc_of(row) if column is Column.ICC else None
        if column in _VALUES:
            found = _VALUES[column](row)
        return [] if found is None else [said(words) for words in (found.why, found.note) if words]

    def _rank(self, row: ActionAgreement, place: int, column: Column) -> float:
        if column is Column.ACTION:
            return place
        if column is Column.WARNINGS:
            return len(row.warnings)
        if column is Column.DISPUTED:
            return self._disputed[row.action]
        if column is Column.ICC or column in _VALUES:
            found = self.icc_of(row) if column is Column.ICC else _VALUES[column](row)
            # What has no value stands behind all that have one when the worst come first.
            return 2.0 if found.value is None else found.value
        counts = {Column.FRAMES: row.frames, Column.FIRST_EVENTS: row.first_events}
        return counts.get(column, row.second_events)


def _filled(text: str, name: str) -> str:
    """A heading in the language in use, with the name of a source where it has one."""
    return tr(text, name=name) if "{" in text else tr(text)


class ByValue(QSortFilterProxyModel):
    """Sorts numbers as numbers, actions as the catalogue does."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setSortRole(_SORT)


def estimate_words(found: Estimate, *, interval: bool = True) -> str:
    """``"0.93 [0.91, 0.95]"``; ``"n/a"`` where there is no value, never a number."""
    if found.value is None:
        return tr("n/a")
    if not interval or found.low is None or found.high is None:
        return f"{found.value:.2f}"
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"


def reasons_of(row: ActionAgreement, icc: Estimate) -> list[str]:
    """All that must be said of a row beside its numbers."""
    if row.why:
        return [said(row.why)]
    named = (
        ("ICC(3,1)", icc),
        (tr("Kappa"), row.kappa),
        (tr("PA"), row.positive),
        (tr("F1"), row.f1),
    )
    told: dict[str, list[str]] = {}
    for name, found in named:
        for words in (found.why, found.note):
            if words:
                told.setdefault(said(words), []).append(name)
    lines = [
        tr("{numbers}: {reason}.", numbers=listed(names), reason=reason.rstrip(".。"))
        for reason, names in told.items()
    ]
    return [*(f"▲ {said(entry)}" for entry in row.warnings), *lines]
