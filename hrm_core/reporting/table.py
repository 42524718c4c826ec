"""A table before it is HTML, paper, LaTeX or a file: one content for all of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hrm_core.facs import action as action_of
from hrm_core.records.agreement import Estimate
from hrm_core.reporting.numbers import NOT_AVAILABLE, count, decimal, interval, p_value

__all__ = [
    "CAUTION",
    "Cell",
    "Column",
    "Footnotes",
    "Kind",
    "Table",
    "action_cell",
    "count_cell",
    "decimal_cell",
    "footnotes",
    "interval_cell",
    "missing",
    "p_cell",
    "ratio_cell",
    "text_cell",
]

CAUTION = "caution: "
NOT_MEASURED = "not measured"
# More notes in one column than this, and nobody looks one up.
_MOST_NOTES = 6


class Kind(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    COUNT = "count"
    RATIO = "ratio"
    INTERVAL = "interval"
    P = "p"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes
    ----------
    text : str
        As people read it.
    value : str, float, int or None
        As programs read it; None if there is none, and for an interval.
    low, high : float or None
        Of an interval.
    why : str
        Why there is no value; the text is then ``"n/a"``.
    note : str
        What a reader must know beside it.
    detail : str
        More of the text where there is room: the name of an action.
    """

    text: str
    value: str | float | int | None = None
    low: float | None = None
    high: float | None = None
    why: str = ""
    note: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    key : str
        Its name in files.
    heading : str
        Its name on paper.
    kind : Kind
        What stands in it.
    explained : str
        The heading in full, where it is short.
    narrow : bool
        Whether words on paper get no more room than they need.
    """

    key: str
    heading: str
    kind: Kind = Kind.RATIO
    explained: str = ""
    narrow: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes
    ----------
    name : str
        What it is about, the same for every pair: ``"icc"``.
    caption : str
        Above it.
    columns : tuple of Column
        The first heads the rows.
    rows : tuple of tuple of Cell
        All of them.
    foot : tuple of tuple of Cell
        Rows that sum up the others.
    shown : int or None
        So many rows stand on paper; the files have all.  None: all.
    remarks : tuple of str
        Below it.
    folded : bool
        Whether a page shows it only on request.
    together : bool
        Whether it stands on one sheet of paper.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    foot: tuple[tuple[Cell, ...], ...] = ()
    shown: int | None = None
    remarks: tuple[str, ...] = ()
    folded: bool = False
    together: bool = False

    @property
    def on_paper(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows that are printed."""
        return self.rows if self.shown is None else self.rows[: self.shown]


def text_cell(text: str, note: str = "") -> Cell:
    """Words."""
    return Cell(text, text, note=note)


def action_cell(key: str, note: str = "") -> Cell:
    """The head of an action's row."""
    entry = action_of(key)
    return Cell(f"{entry.kind}{entry.label}", key, note=note, detail=entry.short)


def missing(why: str) -> Cell:
    """A cell without value, and why."""
    return Cell(NOT_AVAILABLE, why=why or NOT_MEASURED)


def count_cell(value: float | None, why: str = "") -> Cell:
    """A number of things."""
    return missing(why) if value is None or math.isnan(value) else Cell(count(value), value)


def decimal_cell(value: float | None, why: str = "") -> Cell:
    """A plain number with three decimals."""
    return missing(why) if value is None or math.isnan(value) else Cell(decimal(value), value)


def p_cell(value: float | None, why: str = "") -> Cell:
    """A p value."""
    return missing(why) if value is None or math.isnan(value) else Cell(p_value(value), value)


def ratio_cell(estimate: Estimate, why: str = "") -> Cell:
    """The value of an estimate; its interval goes to files only."""
    if estimate.value is None or math.isnan(estimate.value):
        return missing(why or estimate.why)
    low, high = _bounds(estimate)
    return Cell(decimal(estimate.value), estimate.value, low, high, note=estimate.note)


def interval_cell(estimate: Estimate, why: str = "") -> Cell:
    """The interval of an estimate, with what its note says of the interval."""
    low, high = _bounds(estimate)
    if low is None or high is None:
        told = [part for part in estimate.note.split("; ") if part.startswith("no interval")]
        return missing(why or estimate.why or "; ".join(told) or estimate.note)
    about = [part for part in estimate.note.split("; ") if part.startswith("the interval ")]
    return Cell(interval(low, high), None, low, high, note="; ".join(about))


def _bounds(estimate: Estimate) -> tuple[float | None, float | None]:
    if estimate.low is None or estimate.high is None or math.isnan(estimate.low) or math.isnan(estimate.high):
        return None, None
    return estimate.low, estimate.high


@dataclass(frozen=True, slots=True)
class Footnotes:
    """Footnotes of a table.

    Attributes
    ----------
    marks : dict of tuple of int to str
        By row and column of what is printed: ``"a"`` or ``"a,c"``.
    notes : tuple of tuple of str
        Mark and text.
    remarks : tuple of str
        What is true of most rows, and which notes stand in the files only.
    """

    marks: dict[tuple[int, int], str] = field(default_factory=dict)
    notes: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()


def footnotes(table: Table) -> Footnotes:
    """Reasons and notes of the printed cells, each said once.

    A reason that several cells of a row share is marked at the head of the row only.  Every
    reason is told; of notes, those that most rows have become a remark, and a column
    that has a note of its own for nearly every row leaves them to the files.
    """
    printed = (*table.on_paper, *table.foot)
    throughout, left_out = _frequent_notes(table)
    letters: dict[str, str] = {}
    marks: dict[tuple[int, int], str] = {}
    for number, row in enumerate(printed):
        shared = _shared(row)
        said = {cell.text for cell in row} | throughout
        for place, cell in enumerate(row):
            reasons = shared if place == 0 else [] if cell.why in shared else [cell.why]
            texts = [*reasons, *([] if place in left_out else _notes(cell))]
            texts = [text for text in dict.fromkeys(texts) if text and text not in said]
            marked = [letters.setdefault(text, _letter(len(letters))) for text in texts]
            if marked:
                marks[number, place] = ",".join(sorted(marked, key=lambda letter: (len(letter), letter)))
    remarks = [f"For most values: {text}." for text in sorted(throughout)]
    if left_out:
        names = ", ".join(f"“{table.columns[place].heading}”" for place in sorted(left_out))
        remarks.append(f"Notes on single values of {names} are in the CSV and Excel files.")
    return Footnotes(marks, tuple((letter, text) for text, letter in letters.items()), tuple(remarks))


def _notes(cell: Cell) -> list[str]:
    return [part for part in cell.note.split("; ") if part]


def _frequent_notes(table: Table) -> tuple[set[str], set[int]]:
    """Notes that most rows with values have, and columns with too many notes to print."""
    rows = [row for row in table.on_paper if any(cell.value is not None for cell in row[1:])]
    having = Counter(text for row in rows for text in {text for cell in row for text in _notes(cell)})
    throughout = {
        text
        for text, times in having.items()
        # Which rows need caution must be seen, however many do.
        if len(rows) > 3 and times > len(rows) / 2 and not text.startswith(CAUTION)
    }
    left_out = set()
    for place in range(len(table.columns)):
        texts = {text for row in rows for text in _notes(row[place])} - throughout
        if len(texts) > _MOST_NOTES:
            left_out.add(place)
    return throughout, left_out


def _shared(row: Sequence[Cell]) -> list[str]:
    whys = [cell.why for cell in row[1:] if cell.why]
    return [why for why in dict.fromkeys(whys) if whys.count(why) > 1]


def _letter(number: int) -> str:
    """a, b, ..., z, aa, ab, ..."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("a") + rest) + text
    return text
