"""Tables of numbers that other face programs write, a row per face and frame; messages name the row.

OpenFace and Py-Feat differ in names and units and in little else: both are read
through this page, and both become :class:`ToolFeatures`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.csv_text import read_file
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.recording import MOST_FRAMES
from hrm_core.records.words import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ToolFeatures",
    "ToolTable",
    "as_frame",
    "read_table",
    "require_each_face_once",
    "require_in_order",
    "whole_numbers",
]

# What the programs, and the systems they run on, write where there is no number.
_MISSING = frozenset(
    {"", "nan", "-nan", "+nan", "nan(ind)", "-nan(ind)", "1.#qnan", "-1.#qnan", "1.#ind", "-1.#ind"}
    | {"na", "n/a", "<na>", "none", "null"}
)
_WORDS = {"true": 1.0, "false": 0.0}
_MANGLED = re.compile(r"(.+)\.\d+")
_INDEX = re.compile(r"(unnamed: \d+|index|)", re.IGNORECASE)
_ROWS_PER_STEP = 200


@dataclass(frozen=True, slots=True, eq=False)
class ToolFeatures:
    """What another program found in the faces of a recording.

    Attributes
    ----------
    tool : str
        ``"OpenFace"`` or ``"Py-Feat"``.
    frames : ndarray of int64, shape (n_rows,)
        Frame numbers counted from 0, never descending.
    faces : ndarray of int64, shape (n_rows,)
        The number that the file gives to the face.
    time_s : ndarray of float64, shape (n_rows,)
        Seconds from the first frame as the file says them; NaN where it does not.
    confidence : ndarray of float64, shape (n_rows,)
        How sure the program is of the face, 0-1; NaN where the file does not say.
    success : ndarray of bool, shape (n_rows,)
        Whether the program found a face.
    table : pandas.DataFrame, n_rows rows
        All other numbers, float64, under the program's own names without blanks; angles in
        the program's own unit.
    notes : tuple of str
        What a person should look at, one sentence each.
    first_number : int
        The number that the file gives to the first frame of a recording.
    one_picture : bool
        Whether the file is about a single picture and names no frame.
    picture_size : (int, int) or None
        Width and height of the pictures that were analysed, if the file says so.
    pose_in_radians : bool
        Whether the angles of the head are in radians; in degrees otherwise.
    """

    tool: str
    frames: NDArray[np.int64]
    faces: NDArray[np.int64]
    time_s: NDArray[np.float64]
    confidence: NDArray[np.float64]
    success: NDArray[np.bool_]
    table: pd.DataFrame
    notes: tuple[str, ...] = ()
    first_number: int = 0
    one_picture: bool = False
    picture_size: tuple[int, int] | None = None
    pose_in_radians: bool = False

    def __len__(self) -> int:
        return len(self.frames)


@dataclass(slots=True, eq=False)
class ToolTable:
    """A file as columns, before anybody says what they mean.

    Attributes
    ----------
    path : pathlib.Path
        The file, for messages.
    columns : dict of str to ndarray of float64, shape (n_rows,)
        Numbers by cleaned name, in the order of the file.
    differing : dict of str to list of ndarray
        Further columns of a name that stands there several times with other numbers.
    texts : dict of str to list of str
        The columns that were asked for as text.
    lines : ndarray of int64, shape (n_rows,)
        The row of the file that each row stands in; the header is row 1.
    notes : list of str
        What was odd.
    """

    path: Path
    columns: dict[str, NDArray[np.float64]]
    differing: dict[str, list[NDArray[np.float64]]]
    texts: dict[str, list[str]]
    lines: NDArray[np.int64]
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)

    def take(self, name: str) -> NDArray[np.float64] | None:
        """Take a column out; None if there is none of this name."""
        return self.columns.pop(name, None)

    def require_same(self, names: Collection[str] | None = None) -> None:
        """Refuse columns that stand there twice with other numbers.

        Raises
        ------
        InvalidFileError
            Naming the column.
        """
        for name in self.differing:
            if names is None or name in names:
                raise InvalidFileError(
                    f"{self.path}, row 1: the column {name!r} stands there twice with different numbers: "
                    "remove the wrong one."
                )


def read_table(
    path: Path,
    numbers: re.Pattern[str],
    *,
    texts: Collection[str] = (),
    check: Callable[[Sequence[str]], None] | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ToolTable:
    """Read a table of numbers parted by commas, semicolons or tabulators.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    numbers : re.Pattern
        Names of columns that must hold numbers (or nothing); any other column that
        holds something else is left out and noted.
    texts : collection of str
        Names, in small letters, of columns that are kept as text.
    check : callable, optional
        Given the cleaned names before any row is read; raises if the file is of another kind.
    progress : Progress, optional
        Told of rows.
    cancel : CancelToken, optional
        Asked between rows.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        Naming file, row and column of the first fault and what to do.
    """
    text = _text(path, read_file(path))
    begin = text.lstrip()
    begin = begin[: begin.find("\n") + 1] or begin
    separator = next((mark for mark in (",", ";", "\t") if mark in begin), ",")
    rows = _rows(path, text, separator)
    header = next((row for _, row in rows if any(cell.strip() for cell in row)), None)
    if header is None:
        raise InvalidFileError(f"{path} is empty: export it again.")
    names = [name.strip().lstrip("\ufeff").strip() for name in header]
    while names and not names[-1] and len(names) > 1:
        names.pop()
    names = [_unmangled(name, names) for name in names]
    if check is not None:
        check(names)
    reading = _Reading(path, names, numbers, frozenset(texts), decimal_comma=separator != ",")
    progress = progress or NoProgress()
    progress.start(f"Reading {path.name}", text.count("\n"))
    try:
        for line, row in rows:
            reading.add(line, row)
            if not len(reading.lines) % _ROWS_PER_STEP:
                progress.advance(_ROWS_PER_STEP)
                if cancel is not None:
                    cancel.raise_if_cancelled()
    finally:
        progress.finish()
    if not reading.lines:
        raise InvalidFileError(f"{path} has a header but no rows: export it again.")
    return reading.table()


def _text(path: Path, data: bytes) -> str:
    if data[:2] == b"\x1f\x8b":
        raise InvalidFileError(f"{path} is compressed: unpack it first.")
    if b"\0" in data:
        raise InvalidFileError(f"{path} is not a text file, or is damaged: export it again as CSV (UTF-8).")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Only paths and names can hold other letters, and nobody needs those.
        return data.decode("latin-1")


def _rows(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    # Old spreadsheets end their lines with a carriage return alone.
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=separator, skipinitialspace=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InvalidFileError(
            f"{path}, row {reader.line_num}: this is no table ({error}): export it again as CSV (UTF-8)."
        ) from error


def _unmangled(name: str, names: Sequence[str]) -> str:
    """The name without the number that spreadsheets and pandas put behind one that was there already."""
    found = _MANGLED.fullmatch(name)
    return found[1] if found is not None and found[1] in names else name


class _Reading:
    """Rows on their way to columns."""

    def __init__(
        self,
        path: Path,
        names: Sequence[str],
        numbers: re.Pattern[str],
        texts: frozenset[str],
        *,
        decimal_comma: bool,
    ) -> None:
        self._path, self._names, self._known, self._decimal_comma = path, names, numbers, decimal_comma
        self._text_places = [at for at, name in enumerate(names) if name.lower() in texts]
        self._places = [at for at, name in enumerate(names) if name.lower() not in texts]
        if not self._places:
            raise InvalidFileError(f"{path} has no column of numbers: export it again.")
        self._pick = itemgetter(*self._places, self._places[0])
        self._rows: list[NDArray[np.float64]] = []
        self._texts: list[list[str]] = []
        self._left_out: set[int] = set()
        self.lines: list[int] = []

    def add(self, line: int, row: Sequence[str]) -> None:
        if not any(cell.strip() for cell in row):
            return
        width = len(self._names)
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            raise InvalidFileError(
                f"{self._path}, row {line}: {len(row)} cells instead of {width}: the file is cut off or was "
                "edited there; export it again."
            )
        cells: tuple[str, ...] = self._pick(row)[:-1]
        try:
            # An underscore is a digit's neighbour to Python alone.
            if "_" in "".join(cells):
                raise ValueError
            values = [*map(float, cells)]
        except ValueError:
            values = [self._number(line, at, cell) for at, cell in zip(self._places, cells, strict=True)]
        self._rows.append(np.array(values))
        self._texts.append([row[at].strip() for at in self._text_places])
        self.lines.append(line)

    def _number(self, line: int, at: int, cell: str) -> float:
        text = cell.strip()
        small = text.lower()
        if small in _MISSING:
            return float("nan")
        if small in _WORDS:
            return _WORDS[small]
        if self._decimal_comma and text.count(",") == 1:
            text = text.replace(",", ".")
        try:
            if "_" not in text:
                return float(text)
        except ValueError:
            pass
        name = self._names[at]
        if self._known.fullmatch(name):
            shown = text if len(text) <= 20 else f"{text[:20]}…"
            raise InvalidFileError(
                f"{self._path}, row {line}, column {name}: {shown!r} is not a number: correct it, or leave "
                "the cell empty."
            )
        self._left_out.add(at)
        return float("nan")

    def table(self) -> ToolTable:
        """What was read, as columns."""
        values = np.array(self._rows)
        endless = int(np.isinf(values).sum())
        values[np.isinf(values)] = np.nan
        columns: dict[str, NDArray[np.float64]] = {}
        differing: dict[str, list[NDArray[np.float64]]] = {}
        twice: list[str] = []
        for place, at in enumerate(self._places):
            name, column = self._names[at], np.ascontiguousarray(values[:, place])
            if at in self._left_out or _INDEX.fullmatch(name):
                continue
            if name not in columns:
                columns[name] = column
            elif np.array_equal(columns[name], column, equal_nan=True):
                twice.append(name)
            else:
                differing.setdefault(name, []).append(column)
        notes = []
        if self._left_out:
            words = ", ".join(sorted(self._names[at] for at in self._left_out))
            notes.append(f"Columns that hold text are left out: {words}.")
        if twice:
            notes.append(f"Columns that stand there twice with the same numbers: {', '.join(twice)}.")
        if endless:
            notes.append(f"{counted(endless, 'cell')} without a finite number: taken for empty.")
        texts = {
            self._names[at].lower(): [row[place] for row in self._texts]
            for place, at in enumerate(self._text_places)
        }
        return ToolTable(
            self._path, columns, differing, texts, np.array(self.lines, dtype=np.int64), list(notes)
        )


def whole_numbers(
    table: ToolTable, name: str, column: NDArray[np.float64], *, of_frames: bool
) -> NDArray[np.int64]:
    """A column as whole numbers from 0 on.

    Parameters
    ----------
    table : ToolTable
        The file.
    name : str
        Of the column, for messages.
    column : ndarray of float64, shape (n_rows,)
        Its numbers.
    of_frames : bool
        Whether they are numbers of frames.

    Raises
    ------
    InvalidFileError
        Naming row and column of the first that is none.
    """
    with np.errstate(invalid="ignore"):
        good = (column == np.floor(column)) & (column >= 0) & (column < MOST_FRAMES)
    if not good.all():
        row = int(np.argmin(good))
        value = column[row]
        where = f"{table.path}, row {table.lines[row]}, column {name}"
        if np.isnan(value):
            raise InvalidFileError(f"{where}: the cell is empty: every row must say its {name}.")
        if of_frames and value >= MOST_FRAMES:
            raise InvalidFileError(
                f"{where}: there is no frame {value:.0f} in any recording: correct the number."
            )
        raise InvalidFileError(f"{where}: {value:g} is not a whole number from 0 up: correct it.")
    return column.astype(np.int64)


def require_in_order(table: ToolTable, frames: NDArray[np.int64], hint: str) -> None:
    """Refuse frames that go back.

    Raises
    ------
    InvalidFileError
        Naming the first row that does, followed by `hint`.
    """
    back = np.flatnonzero(np.diff(frames) < 0)
    if len(back):
        row = int(back[0]) + 1
        raise InvalidFileError(
            f"{table.path}, row {table.lines[row]}, column frame: {frames[row]} comes after "
            f"{frames[row - 1]}: {hint}"
        )


def require_each_face_once(
    table: ToolTable, frames: NDArray[np.int64], faces: NDArray[np.int64], hint: str
) -> None:
    """Refuse two rows of one face in one frame.

    Parameters
    ----------
    table : ToolTable
        The file.
    frames, faces : ndarray of int64, shape (n_rows,)
        Frames as the file writes them, and faces.
    hint : str
        What to do.

    Raises
    ------
    InvalidFileError
        Naming both rows.
    """
    order = np.lexsort((faces, frames))
    again = np.flatnonzero((np.diff(frames[order]) == 0) & (np.diff(faces[order]) == 0))
    if len(again):
        first, second = sorted(table.lines[order[again[0] : again[0] + 2]].tolist())
        raise InvalidFileError(
            f"{table.path}, row {second}: frame {frames[order[again[0]]]} stands in row {first} already for "
            f"the same face ({len(again)} such rows): {hint}"
        )


def as_frame(columns: Mapping[str, NDArray[Any]]) -> pd.DataFrame:
    """Columns as a table; `columns` may be empty."""
    import pandas as pd

    # A dictionary of seven hundred columns is copied once; adding them one by one is not.
    return pd.DataFrame(dict(columns))
