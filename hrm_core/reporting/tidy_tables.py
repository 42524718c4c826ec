"""Tables for programs: one for all pairs, full precision, a reason beside each missing value."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from hrm_core.records.agreement import ReliabilityReport
from hrm_core.reporting.numbers import NOT_AVAILABLE
from hrm_core.reporting.reliability_report import reliability_tables
from hrm_core.reporting.table import Cell, Column, Kind, Table, text_cell

__all__ = ["TidyTable", "csv_files", "tidy_tables"]

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
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: tuple[tuple[Value, ...], ...]


def tidy_tables(report: ReliabilityReport) -> tuple[TidyTable, ...]:
    """All tables of the report; those of single pairs are put together, named in two first columns.

    Raises
    ------
    ValueError
        If the report has no pair.
    """
    gathered: dict[str, list[Table]] = {}
    for sources, table in reliability_tables(report):
        if sources is not None:
            table = _with_pair(table, sources[0].label, sources[1].label)
        gathered.setdefault(table.name, []).append(table)
    return tuple(_tidy(tables) for tables in gathered.values()) + (
        _warnings(report),
        _pairs_left_out(report),
    )


def csv_files(report: ReliabilityReport) -> dict[str, bytes]:
    """CSV files by name, UTF-8, numbers as programs read them back to the last bit."""
    return {f"{table.name}.csv": _csv(table) for table in tidy_tables(report)}


def _with_pair(table: Table, first: str, second: str) -> Table:
    columns = (Column("first", "First", Kind.TEXT), Column("second", "Second", Kind.TEXT), *table.columns)
    head = (text_cell(first), text_cell(second))
    return Table(table.name, table.caption, columns, tuple((*head, *row) for row in table.rows))


def _warnings(report: ReliabilityReport) -> TidyTable:
    rows = tuple(
        (pair.first.label, pair.second.label, text) for pair in report.pairs for text in pair.warnings
    )
    return TidyTable("warnings", "Warnings", ("first", "second", "warning"), (Kind.TEXT,) * 3, rows)


def _pairs_left_out(report: ReliabilityReport) -> TidyTable:
    # There even where it is empty, so that no older one stays when a report is replaced.
    rows = tuple((text,) for text in report.left_out)
    return TidyTable("pairs_left_out", "Pairs that could not be compared", ("why",), (Kind.TEXT,), rows)


def _tidy(tables: Sequence[Table]) -> TidyTable:
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
    return TidyTable(tables[0].name, tables[0].caption, tuple(names), tuple(kinds), tuple(lines))


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
