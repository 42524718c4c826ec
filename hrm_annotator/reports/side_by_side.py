"""What two raters say of one frame, and what is decided, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from hrm_annotator.language import tr
from hrm_annotator.language.words import code_words, presence_words
from hrm_core.facs import ALL_ACTIONS, action
from hrm_core.records.adjudication import Dispute
from hrm_core.records.coding import CodingState, FrameCoding

if TYPE_CHECKING:
    from hrm_annotator.operations.reliability import SideBySide as Codings

__all__ = ["SideBySideTable", "remarks_of"]

_HINT = "✎"


@dataclass(frozen=True, slots=True)
class _Row:
    action: str
    first: str
    second: str
    consensus: str
    disputed: bool
    compared: bool


class SideBySideTable(QTableWidget):
    """Actions that either has: disputed ones first, the one that is decided now marked by ▶ and bold."""

    def __init__(self) -> None:
        super().__init__(0, 4)
        self._names = ("", "")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        # In a narrow pane names keep both ends; the whole ones are in the tool tips.
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        for column in range(1, 4):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def show_names(self, first: str, second: str, *, consensus: bool = True) -> None:
        """Head the columns; a column for the consensus only where there can be one."""
        self._names = (first, second)
        self.setHorizontalHeaderLabels([tr("Action"), first, second, tr("Consensus")])
        for column, name in enumerate((first, second), start=1):
            self.model().setHeaderData(column, Qt.Orientation.Horizontal, name, Qt.ItemDataRole.ToolTipRole)
        self.setColumnHidden(3, not consensus)

    def words_of_row(self, row: int) -> str:
        """What both say of an action, as it is read out; empty if there is no such row."""
        if row >= self.rowCount():
            return ""
        told = [
            (head.text(), cell.text())
            for column in range(1, self.columnCount())
            if (head := self.horizontalHeaderItem(column)) is not None
            if (cell := self.item(row, column)) is not None and not self.isColumnHidden(column)
        ]
        return "; ".join(tr("{name}: {words}", name=name, words=words) for name, words in told)

    def show_frame(
        self, frame: int, codings: Codings | None, here: Sequence[Dispute], current: str | None
    ) -> None:
        """Show one frame; `here` are the disputes of it, `current` the action that is decided now."""
        rows = _rows(frame, codings, {one.disagreement.action: one for one in here}, current)
        self.setRowCount(len(rows))
        for place, row in enumerate(rows):
            entry = action(row.action)
            sign = "▶" if row.action == current else "≠" if row.disputed else "=" if row.compared else "–"
            cells = (f"{sign} {entry.kind}{entry.label}", row.first, row.second, row.consensus)
            for column, words in enumerate(cells):
                item = QTableWidgetItem(words)
                font = item.font()
                font.setBold(row.action == current)
                item.setFont(font)
                item.setToolTip(entry.name if not column else words)
                self.setItem(place, column, item)
        self.resizeRowsToContents()


def remarks_of(frame: int, codings: Codings | None, names: tuple[str, str]) -> str:
    """Doubts and notes of both on a frame, who said them first."""
    if codings is None:
        return ""
    told = []
    for name, codes in zip(names, (codings.first, codings.second), strict=True):
        coding = codes.get(frame)
        if coding is None:
            continue
        parts = [coding.comment] if coding.comment else []
        if coding.doubtful:
            parts.insert(0, tr("the whole frame is doubtful"))
        for code in coding.codes:
            entry = action(code.action)
            about = [tr("doubtful")] if code.doubtful else []
            about += [code.note] if code.note else []
            if about:
                parts.append(f"{entry.kind}{entry.label} " + ", ".join(about))
        if parts:
            told.append(tr("{name}: {words}", name=name, words="; ".join(parts)))
    return "\n".join(told)


def _rows(
    frame: int, codings: Codings | None, here: Mapping[str, Dispute], current: str | None
) -> list[_Row]:
    first, second, consensus = (
        (None, None, None)
        if codings is None
        else (codings.first.get(frame), codings.second.get(frame), codings.consensus.get(frame))
    )
    keys = {code.action for coding in (first, second, consensus) if coding for code in coding.codes} | set(
        here
    )
    order = [entry.key for entry in ALL_ACTIONS if entry.key in keys]
    order.sort(key=lambda key: (key != current, key not in here))
    return [
        _Row(
            key,
            _said(codings, 0, frame, key),
            _said(codings, 1, frame, key),
            _decided(consensus, key, here.get(key)),
            key in here,
            codings is not None and not any(key in unjudged for unjudged in codings.unjudged),
        )
        for key in order
    ]


def _said(codings: Codings | None, place: int, frame: int, key: str) -> str:
    """What one of the two says of an action."""
    coding = None if codings is None else (codings.first, codings.second)[place].get(frame)
    if codings is None or coding is None or key in codings.unjudged[place]:
        return "–"
    if coding.state is CodingState.NOT_CODABLE:
        return tr("not codable")
    found = coding.entry_of(key)
    if not codings.sides[place]:
        return presence_words(0 if found is None else found.code)
    entry = action(key)
    if found is None:
        return code_words(entry, 0)
    words = code_words(entry, found.code) + (f" {found.intensity}" if found.intensity else "")
    return words + (" ?" if found.doubtful else "") + (f" {_HINT}" if found.note else "")


def _decided(consensus: FrameCoding | None, key: str, dispute: Dispute | None) -> str:
    if dispute is not None and dispute.decision is not None:
        return code_words(action(key), dispute.decision.code)
    if consensus is not None:
        return code_words(action(key), consensus.code_of(key))
    return "" if dispute is None else tr("undecided")
