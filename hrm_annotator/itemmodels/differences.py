"""Differences between two groups, one row per action: over children first, over frames beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from hrm_annotator.language import mark, said, tr, trn
from hrm_annotator.language.words import shortened
from hrm_core.facs import action
from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_results import AnalysisReport, FrameTest, ParticipantTest

__all__ = [
    "EXPRESSION_WORDS",
    "SORT",
    "DifferenceColumn",
    "DifferenceRow",
    "DifferencesModel",
    "action_name",
    "p_words",
    "percent_words",
    "row_lines",
]

SORT = Qt.ItemDataRole.UserRole + 2
"""Role of the number that a column is sorted by."""
EXPRESSION_WORDS = {
    "": mark("All frames"),
    "neutral": mark("Neutral"),
    "happiness": mark("Happiness"),
    "sadness": mark("Sadness"),
    "surprise": mark("Surprise"),
    "fear": mark("Fear"),
    "disgust": mark("Disgust"),
    "anger": mark("Anger"),
}
"""Expressions as people read them, in English."""

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ALPHA = 0.05
_SMALLEST_P = 0.001
_HEADING_LETTERS = 16


class DifferenceColumn(IntEnum):
    """Columns from left to right."""

    ACTION = 0
    FIRST = 1
    SECOND = 2
    DIFFERENCE = 3
    P_CHILDREN = 4
    P_HOLM = 5
    P_FRAMES = 6
    REMARK = 7


_HEADINGS = {
    DifferenceColumn.ACTION: (mark("Action"), mark("Action unit or action descriptor")),
    DifferenceColumn.FIRST: (
        "",
        mark("Mean over the children of {group}: share of a child's frames with the action"),
    ),
    DifferenceColumn.SECOND: (
        "",
        mark("Mean over the children of {group}: share of a child's frames with the action"),
    ),
    DifferenceColumn.DIFFERENCE: (
        mark("Difference\n[interval]"),
        mark("First group less second, in percentage points; interval by resampling children"),
    ),
    DifferenceColumn.P_CHILDREN: (
        mark("p over\nchildren"),
        mark("Mann-Whitney test of one value for each child: this p is to be trusted"),
    ),
    DifferenceColumn.P_HOLM: (
        mark("… by\nHolm"),
        mark("p over children, adjusted by Holm for all actions tested here"),
    ),
    DifferenceColumn.P_FRAMES: (
        mark("p over\nframes"),
        mark("Takes each frame for a child of its own: far too often small, not to be trusted alone"),
    ),
    DifferenceColumn.REMARK: (mark("To know"), mark("What a reader must know to use the numbers")),
}


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """Both tests of one action and expression."""

    children: ParticipantTest
    frames: FrameTest | None

    @property
    def p(self) -> float | None:
        """The p over children that is to be trusted: exact where there is one."""
        test = self.children
        return test.p if test.p_exact is None else test.p_exact

    @property
    def only_by_frames(self) -> bool:
        """Whether frames taken for independent find a difference that children do not bear out."""
        p_frames = None if self.frames is None else self.frames.p
        return p_frames is not None and p_frames < _ALPHA and (self.p is None or self.p >= _ALPHA)


class DifferencesModel(QAbstractTableModel):
    """Rows of one expression, in the order of the catalogue."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[DifferenceRow] = ()
        self._groups = ("", "")

    def show(self, report: AnalysisReport | None, expression: str = "") -> None:
        """Show the rows of an expression, ``""`` for all frames; None shows none."""
        self.beginResetModel()
        self._rows = () if report is None else _rows(report, expression)
        self._groups = ("", "") if report is None else report.options.groups
        self.endResetModel()

    @property
    def groups(self) -> tuple[str, str]:
        """Names of the first and second group."""
        return self._groups

    def row_at(self, index: QModelIndex | QPersistentModelIndex) -> DifferenceRow | None:
        """What a row is about; None outside the table."""
        return self._rows[index.row()] if index.isValid() else None

    def place_of(self, key: str | None) -> int | None:
        """Row of an action; None if it is not shown."""
        return next((place for place, row in enumerate(self._rows) if row.children.action == key), None)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(DifferenceColumn)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(DifferenceColumn):
            return None
        column = DifferenceColumn(section)
        words, tip = _HEADINGS[column]
        group = self._groups[column is DifferenceColumn.SECOND]
        if role == Qt.ItemDataRole.DisplayRole:
            # A name of one's own is no text of the program.
            return shortened(group, _HEADING_LETTERS) if not words else tr(words)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(tip, group=group) if "{" in tip else tr(tip)
        return None

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        row = self.row_at(index)
        if row is None:
            return None
        column = DifferenceColumn(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return _words(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            # An empty cell would be read as nothing at all.
            return _words(row, column) or tr("nothing to know")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return None if column in (DifferenceColumn.ACTION, DifferenceColumn.REMARK) else int(_RIGHT)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(row_lines(row, self._groups)) or None
        return _rank(row, index.row(), column) if role == SORT else None


def _rows(report: AnalysisReport, expression: str) -> tuple[DifferenceRow, ...]:
    frames = {(test.action, test.expression): test for test in report.frame_tests}
    return tuple(
        DifferenceRow(test, frames.get((test.action, expression)))
        for test in report.participant_tests
        if test.expression == expression
    )


def _words(row: DifferenceRow, column: DifferenceColumn) -> str:
    test = row.children
    if column is DifferenceColumn.ACTION:
        return action_name(test.action)
    if column in (DifferenceColumn.FIRST, DifferenceColumn.SECOND):
        if test.mean is None:
            return tr("n/a")
        return percent_words(test.mean[column is DifferenceColumn.SECOND])
    if column is DifferenceColumn.DIFFERENCE:
        return _points(test.difference)
    if column is DifferenceColumn.P_CHILDREN:
        return p_words(row.p)
    if column is DifferenceColumn.P_HOLM:
        return p_words(test.p_holm)
    if column is DifferenceColumn.P_FRAMES:
        # In brackets: it stands here to be compared, not to be believed.
        return f"({p_words(None if row.frames is None else row.frames.p)})"
    # A sign and words: nothing is told by a colour.
    words = [f"▲ {tr('only by frames')}"] if row.only_by_frames else []
    return tr("; ").join([*words, *([said(test.note)] if test.note else [])])


def _rank(row: DifferenceRow, place: int, column: DifferenceColumn) -> float:
    test = row.children
    if column is DifferenceColumn.ACTION:
        return place
    if column is DifferenceColumn.REMARK:
        return -2.0 * row.only_by_frames - bool(test.note)
    p_frames = None if row.frames is None else row.frames.p
    value = {
        DifferenceColumn.FIRST: None if test.mean is None else test.mean[0],
        DifferenceColumn.SECOND: None if test.mean is None else test.mean[1],
        DifferenceColumn.DIFFERENCE: test.difference.value,
        DifferenceColumn.P_CHILDREN: row.p,
        DifferenceColumn.P_HOLM: test.p_holm,
        DifferenceColumn.P_FRAMES: p_frames,
    }[column]
    # What has no value stands behind all that have one when the smallest come first.
    return 2.0 if value is None else value


def row_lines(row: DifferenceRow, groups: tuple[str, str]) -> list[str]:
    """All that is to be said of a row, children first."""
    test, frames = row.children, row.frames
    lines = []
    if row.only_by_frames:
        lines.append(
            "▲ "
            + tr(
                "Only p over frames is small. Frames of one child resemble one another: over children "
                "this difference cannot be told from chance."
            )
        )
    for group, count, place in zip(groups, test.children, (0, 1), strict=True):
        words = trn("{group}: {count} child", "{group}: {count} children", count, group=group)
        if test.mean is not None and test.median is not None:
            words += tr(
                ", mean {mean}, median {median}",
                mean=percent_words(test.mean[place]),
                median=percent_words(test.median[place]),
            )
        if frames is not None:
            words += tr(
                "; {present} of {frames} frames",
                present=f"{frames.present[place]:,}",
                frames=f"{frames.frames[place]:,}",
            )
        lines.append(words + tr("."))
    if test.z is not None:
        parts = tr("Over children: Z {z}, p {p}", z=_signed(test.z, 2), p=p_words(row.p))
        if test.p_permutation is not None:
            parts += tr(", by permutation {p}", p=p_words(test.p_permutation))
        if test.p_bh is not None:
            parts += tr(", by Benjamini–Hochberg {p}", p=p_words(test.p_bh))
        lines.append(parts + tr("."))
    if test.mixed is not None:
        found = test.mixed.log_odds
        lines.append(
            tr("No mixed model: {why}.", why=said(found.why).rstrip(".。"))
            if found.value is None
            else tr(
                "Mixed model: log odds {value}, p {p}.",
                value=_signed(found.value, 2),
                p=p_words(test.mixed.p),
            )
        )
    reasons = (test.note, test.difference.why, test.difference.note, "" if frames is None else frames.note)
    return [*lines, *dict.fromkeys(said(words) for words in reasons if words)]


def action_name(key: str) -> str:
    """``"AU12 Lip corner puller"`` in the language in use."""
    known = action(key)
    return f"{known.kind}{known.label} {said(known.short)}"


def p_words(p: float | None) -> str:
    """A p as it is printed: ``"0.042"``, ``"< 0.001"``, ``"n/a"``."""
    if p is None:
        return tr("n/a")
    return f"< {_SMALLEST_P}" if p < _SMALLEST_P else f"{p:.3f}"


def percent_words(share: float) -> str:
    """A share as percent: ``"12.5 %"``, never parted at the end of a line."""
    return f"{share * 100:.1f}\u00a0%"


def _points(found: Estimate) -> str:
    """A difference of shares in percentage points, with its interval."""
    if found.value is None:
        return tr("n/a")
    words = _signed(found.value * 100, 1)
    if found.low is None or found.high is None:
        return words
    return f"{words} [{_signed(found.low * 100, 1)}, {_signed(found.high * 100, 1)}]"


def _signed(value: float, places: int) -> str:
    # Adding 0 makes 0 of -0; what is rounded to 0 has no sign.
    rounded = round(value, places) + 0.0
    return f"{rounded:+.{places}f}".replace("-", "−") if rounded else f"{0:.{places}f}"
