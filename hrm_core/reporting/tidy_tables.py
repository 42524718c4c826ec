"""Tables for programs: full precision, a reason beside each missing value."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hrm_core.reporting.numbers import NOT_AVAILABLE
from hrm_core.reporting.table import Cell, Column, Kind, Table

__all__ = ["HOW_MISSING", "TidyTable", "csv_files", "text_table", "tidy_table"]

HOW_MISSING = "n/a means that there is no value; the column that ends in _why tells why."

Value = str | float | int


@dataclass(frozen=True, slots=True)
class TidyTable:
    """A table whose every cell holds one thing.

    Attributes
    ----------
    name, caption : str
        What it is about.
    columns : tuple of str
        Names, each once.
    kinds : tuple of Kind
        What stands in each column.
    rows : tuple of tuple of (str or float or int)
        ``"n/a"`` where there is no value, and then the reason in the column ``..._why``.
    heads : int
        How many of the first columns say what a row is about.
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: tuple[tuple[Value, ...], ...]
    heads: int = 1


def csv_files(tables: Iterable[TidyTable]) -> dict[str, bytes]:
    """CSV files by name, UTF-8, numbers as programs read them back to the last bit."""
    return {f"{table.name}.csv": _csv(table) for table in tables}


def text_table(
    name: str, caption: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]
) -> TidyTable:
    """A table of words; also without rows, so that no older one stays when a report is replaced."""
    return TidyTable(name, caption, columns, (Kind.TEXT,) * len(columns), tuple(rows))


def tidy_table(tables: Sequence[Table], *, heads: int = 1) -> TidyTable:
    """One or several tables of the same columns as one.

    Parameters
    ----------
    tables : sequence of Table
        At least one; where some have fewer columns, these come first.
    heads : int
        How many columns say what a row is about.
    """
    columns = max((table.columns for table in tables), key=len)
    rows = [row for table in tables for row in (*table.rows, *table.foot)]
    parts = [
        _parts(column, [row[place] for row in rows if place < len(row)])
        for place, column in enumerate(columns)
    ]
    names = [
        f"{column.key}{suffix}"
        for column, suffixes in zip(columns, parts, strict=True)
        for suffix in suffixes
    ]
    kinds = [
        _kind(column, suffix) for column, suffixes in zip(columns, parts, strict=True) for suffix in suffixes
    ]
    empty = Cell(NOT_AVAILABLE)
    lines = [
        tuple(
            _value(row[place] if place < len(row) else empty, suffix)
            for place, suffixes in enumerate(parts)
            for suffix in suffixes
        )
        for row in rows
    ]
    return TidyTable(tables[0].name, tables[0].caption, tuple(names), tuple(kinds), tuple(lines), heads)


def _parts(column: Column, cells: Sequence[Cell]) -> tuple[str, ...]:
    """Which columns a column becomes: its value, its bounds, why there is none, what to know."""
    parts = [] if column.kind is Kind.INTERVAL else [""]
    if column.kind is Kind.INTERVAL:
        parts += ["_low", "_high"]
    if any(cell.why for cell in cells):
        parts.append("_why")
    if any(cell.note for cell in cells):
        parts.append("_note")
    return tuple(parts)


def _kind(column: Column, suffix: str) -> Kind:
    if suffix in ("_why", "_note"):
        return Kind.TEXT
    return Kind.RATIO if suffix else column.kind


def _value(cell: Cell, suffix: str) -> Value:
    if suffix in ("_low", "_high") and not cell.text:
        # Nothing is missing where a row has no such interval.
        return ""
    match suffix:
        case "_why":
            return cell.why
        case "_note":
            return cell.note
        case "_low":
            value: Value | None = cell.low
        case "_high":
            value = cell.high
        case _:
            value = cell.value
    return NOT_AVAILABLE if value is None else value


def _csv(table: TidyTable) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_plain(value) for value in row] for row in table.rows)
    return text.getvalue().encode()


def _plain(value: Value) -> str:
    # repr gives a number back to the last bit.
    return value if isinstance(value, str) else repr(value)
