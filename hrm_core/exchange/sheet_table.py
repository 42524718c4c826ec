"""Tables of codes as text: written plainly, read as spreadsheets leave them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.csv_text import read_file
from hrm_core.paths import write_whole
from hrm_core.records.coding_sheet import RowNote, RowSeverity
from hrm_core.records.recording import MOST_FRAMES

__all__ = [
    "MOST_BYTES",
    "SheetRow",
    "SheetTable",
    "frame_number",
    "read_sheet_table",
    "table_bytes",
    "write_file",
]

MOST_BYTES = 256 * 1024 * 1024
"""Larger files are no sheets of codes."""

_PARTED_BY = (",", ";", "\t")
_MOST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a table.

    Attributes
    ----------
    where : str
        As a report names it: ``"row 12"``.
    cells : dict of str to str
        By name of the column; empty where the table has no such column.
    """

    where: str
    cells: dict[str, str]

    def get(self, name: str) -> str:
        """A cell without blanks around it."""
        return self.cells.get(name, "").strip()


@dataclass(slots=True)
class SheetTable:
    """A table of codes.

    Attributes
    ----------
    path : pathlib.Path
        The file, for messages.
    rows : list of SheetRow
        In the order of the file.
    notes : list of RowNote
        What was odd about single rows.
    unknown : dict of str to int
        Columns that mean nothing here, and how many rows have something in them.
    """

    path: Path
    rows: list[SheetRow]
    notes: list[RowNote] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)

    def say(self, where: str, severity: RowSeverity, message: str) -> None:
        """Add a line to the report."""
        self.notes.append(RowNote(where, severity, message))

    def error(self, where: str, message: str) -> None:
        """Say of a row that nothing can be imported until it is mended."""
        self.say(where, RowSeverity.ERROR, message)

    def the_one(self, name: str) -> str:
        """The value that a column has in all rows; rows with another one are errors."""
        found = ""
        for row in self.rows:
            value = row.get(name)
            if not value or value == found:
                continue
            if found:
                self.error(
                    row.where,
                    f"The {name} is {value!r} here and {found!r} above: one file is one recording of one "
                    "rater, so split it.",
                )
                return found
            found = value
        return found


def read_sheet_table(path: Path, columns: Sequence[str], needed: Sequence[str], kind: str) -> SheetTable:
    """Read a table of codes from a file of text.

    Commas, semicolons and tabs part the cells; UTF-8 with or without a mark and
    UTF-16 with one are understood, as spreadsheets write them.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    columns : sequence of str
        Columns that mean something.
    needed : sequence of str
        Columns without which it is no such table.
    kind : str
        What it should be, for messages.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is no such table.
    """
    text = _decoded(path, _bytes_of(path))
    first = text.lstrip("\r\n").partition("\n")[0]
    parted_by = max(_PARTED_BY, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=parted_by)
    table = SheetTable(path, [])
    header: list[str] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _header(path, cells, needed, kind)
                table.unknown = {name: 0 for name in header if name and name not in columns}
                continue
            _add_row(table, header, cells, f"row {reader.line_num}")
    except csv.Error as error:
        raise InvalidFileError(
            f"{path}, row {reader.line_num}: this is no table ({error}): export it again as CSV (UTF-8)."
        ) from error
    if not header:
        raise InvalidFileError(f"{path} is empty: export the codes again.")
    return table


def _bytes_of(path: Path) -> bytes:
    # Asked first: what is larger shall not be read at all.
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise InvalidFileError(f"{path} is larger than any sheet of codes: check that it is the right file.")
    return read_file(path)


def _decoded(path: Path, data: bytes) -> str:
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidFileError(f"{path} is not a text file: export it again as CSV (UTF-8).") from error


def _header(path: Path, cells: Sequence[str], needed: Sequence[str], kind: str) -> list[str]:
    names = [cell.strip().casefold() for cell in cells]
    missing = [name for name in needed if name not in names]
    if missing:
        raise InvalidFileError(
            f"{path} is not {kind}: the column {missing[0]!r} is missing; check that it is the right file."
        )
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise InvalidFileError(f"{path}, row 1: the column {twice[0]!r} stands there twice: remove one.")
    return names


def _add_row(table: SheetTable, header: Sequence[str], cells: list[str], where: str) -> None:
    # Spreadsheets leave empty cells at the end out, or add some.
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    if len(cells) > len(header):
        table.error(where, f"There are {len(cells)} cells instead of {len(header)}: mend that row.")
        return
    row = dict(zip(header, cells, strict=False))
    for name in table.unknown:
        table.unknown[name] += bool(row.get(name, "").strip())
    table.rows.append(SheetRow(where, row))


def frame_number(text: str) -> int | None:
    """A frame number as people and spreadsheets write it; None if it is none."""
    digits = text[:-2] if text.endswith(".0") else text
    if not digits.isascii() or not digits.isdigit() or len(digits) > _MOST_DIGITS:
        return None
    number = int(digits)
    return number if number < MOST_FRAMES else None


def table_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table as CSV in UTF-8, lines ending with a line feed.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    rows : iterable of sequence of str
        Cells.
    """
    lines = [",".join(header), *(",".join(map(_quoted, row)) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def _quoted(cell: str) -> str:
    # Done here, because the csv module leaves a lone carriage return bare, which readers take for a new row.
    if any(sign in cell for sign in ',;\t"\r\n') or cell != cell.strip():
        return '"' + cell.replace('"', '""') + '"'
    return cell


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    InvalidFileError
        If it cannot be written.
    """
    try:
        write_whole(path, data)
    except OSError as error:
        raise InvalidFileError(
            f"{path} cannot be written ({error.strerror or error}): free some space or allow writing there."
        ) from error
