"""CSV files as rows of text: what every reader of one needs, with messages that name the row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hrm_core.errors import InvalidFileError, NotFoundError

__all__ = ["SplitColumns", "csv_rows", "read_file", "require_width", "split_columns"]


@dataclass(frozen=True, slots=True)
class SplitColumns:
    """Some columns of a file as they stand there.

    Attributes
    ----------
    names : tuple of str
        Their names; empty if the file has none of them.
    cells : dict of int to tuple of str
        By row of the file (the header is row 1), in the order of the names.
    """

    names: tuple[str, ...]
    cells: dict[int, tuple[str, ...]]


def read_file(path: Path) -> bytes:
    """All bytes of a file.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no file {path}: check its name.") from error
    except OSError as error:
        raise InvalidFileError(
            f"{path} cannot be read ({error.strerror}): check its access rights."
        ) from error


def csv_rows(path: Path, data: bytes, separator: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV file, each with the number that an editor shows beside it.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.
    data : bytes
        What it holds.
    separator : str
        What parts the cells.

    Raises
    ------
    InvalidFileError
        If it is not text, or no table.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidFileError(f"{path} is not a text file: export it again as CSV (UTF-8).") from error
    # Old spreadsheets end their lines with a carriage return alone.
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=separator)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InvalidFileError(
            f"{path}, row {reader.line_num}: this is no table ({error}): export it again as CSV (UTF-8)."
        ) from error


def require_width(path: Path, line: int, row: Sequence[str], width: int) -> None:
    """Refuse a row that is shorter or longer than the header.

    Raises
    ------
    InvalidFileError
        Naming the row.
    """
    if len(row) != width:
        raise InvalidFileError(f"{path}, row {line}: {len(row)} cells instead of {width}: mend that row.")


def split_columns(path: Path, data: bytes, prefix: str) -> tuple[bytes, SplitColumns]:
    """Part the columns whose names begin with `prefix` from the others.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.
    data : bytes
        What it holds.
    prefix : str
        In capitals or not.

    Returns
    -------
    rest : bytes
        The file without those columns, every row where it was; `data` itself if
        it has none.
    split : SplitColumns
        Those columns.

    Raises
    ------
    InvalidFileError
        If it is no table, or a row is shorter or longer than the header.
    """
    prefix = prefix.casefold()
    if prefix.encode() not in data.partition(b"\n")[0].lower():
        return data, SplitColumns((), {})
    rows = csv_rows(path, data)
    written, header = next(rows, (0, []))
    header = [name.strip() for name in header]
    wanted = [at for at, name in enumerate(header) if name.casefold().startswith(prefix)]
    others = [at for at in range(len(header)) if at not in wanted]
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow([header[at] for at in others])
    cells: dict[int, tuple[str, ...]] = {}
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        require_width(path, line, row, len(header))
        # Empty lines are kept, so that messages name the rows of the file itself.
        out.write("\n" * (line - 1 - written))
        table.writerow([" ".join(row[at].split()) for at in others])
        cells[line] = tuple(row[at].strip() for at in wanted)
        written = line
    return out.getvalue().encode(), SplitColumns(tuple(header[at] for at in wanted), cells)
