"""Files of per-frame expressions: anybody's table of class probabilities or logits, or of a person's words.

A row is a frame.  Columns ``participant`` and ``video`` say whose, column ``frame`` which, from 0; every
other column is a class, by its name or by an order that is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.csv_text import csv_rows, read_file, require_width
from hrm_core.exchange.expression_classes import class_named, classes_from, require_all_once, to_expressions
from hrm_core.exchange.parquet_cells import read_parquet_texts
from hrm_core.records.coded_frames import EXPRESSIONS
from hrm_core.records.expressions import FrameProbabilities
from hrm_core.records.recording import MOST_FRAMES

__all__ = ["ExpressionTable", "read_expressions", "read_hand_labels"]

_PARTICIPANT = ("participant", "participant_id", "child", "subject")
_VIDEO = ("video", "recording", "video_name")
_FRAME = ("frame", "frame_number", "frame_id")
_LABEL = ("expression", "emotion", "label")
_NONE = ("none", "unclear", "no expression", "mixed")
_MISSING = frozenset({"", "nan", "na", "n/a", "none", "null"})
# Numbers with two decimals may be off by half of the last one, seven times.
_SUM_WITHIN = 0.05


@dataclass(frozen=True, slots=True)
class ExpressionTable:
    """What a file says, recording by recording.

    Attributes
    ----------
    classes : tuple of str
        In the order of the file; empty for a person's words.
    recordings : mapping of (str, str) to FrameProbabilities
        By participant and video as the file names them, ``""`` where it does not.
    without : int
        Rows that say nothing of their frame.
    """

    classes: tuple[str, ...]
    recordings: Mapping[tuple[str, str], FrameProbabilities]
    without: int


@dataclass(frozen=True, slots=True)
class _Cells:
    """A file as columns of text; ``lines`` tells the row of each, as an editor numbers it."""

    path: Path
    columns: dict[str, list[str]]
    lines: Sequence[int]
    decimal_comma: bool = False

    def one_of(self, names: Sequence[str]) -> list[str] | None:
        """The first column of these names."""
        return next((self.columns[name] for name in names if name in self.columns), None)

    def refuse(self, row: int, why: str) -> InvalidFileError:
        """What is said of a row."""
        return InvalidFileError(f"{self.path}, row {self.lines[row]}: {why}")


def read_expressions(
    path: Path,
    softmax: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None,
    classes: str | None = None,
) -> ExpressionTable:
    """Read what a model says of frames.

    Parameters
    ----------
    path : pathlib.Path
        CSV (commas, semicolons or tabulators) or Parquet.
    softmax : callable, optional
        Turns logits into probabilities, for a file that holds logits.
    classes : str, optional
        Order of the classes, as :func:`~hrm_core.exchange.expression_classes.classes_from` reads it; the
        columns' own names if left out.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        Naming file, row and what is wrong: no numbers, no probabilities, a class too few or unknown, a
        frame twice.
    """
    cells = _read(path)
    names, values = _class_columns(cells, classes)
    told = np.asarray(~np.isnan(values).all(axis=1))
    half = np.flatnonzero(told & np.isnan(values).any(axis=1))
    if len(half):
        raise cells.refuse(int(half[0]), "some classes have no number: fill them in, or leave all empty.")
    _require_kind(cells, values, told, logits=softmax is not None)
    found = np.full(values.shape, np.nan)
    found[told] = values[told] if softmax is None else softmax(values[told])
    recordings = _by_recording(cells, to_expressions(found, names), told)
    return ExpressionTable(names, recordings, int((~told).sum()))


def read_hand_labels(path: Path) -> ExpressionTable:
    """Read what a person says of frames: a column ``expression`` with one of the seven, or ``none``.

    Parameters
    ----------
    path : pathlib.Path
        CSV or Parquet; cells that are empty say nothing.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        Naming file, row and what is wrong.
    """
    cells = _read(path)
    words = cells.one_of(_LABEL)
    if words is None:
        raise InvalidFileError(f"{path} has no column expression: name the column of the words so.")
    values = np.zeros((len(words), len(EXPRESSIONS)), dtype=np.float32)
    told = np.zeros(len(words), dtype=bool)
    for row, word in enumerate(words):
        plain = word.strip().casefold()
        if not plain:
            continue
        told[row] = True
        if plain in _NONE:
            continue
        name = class_named(plain)
        if name not in EXPRESSIONS:
            raise cells.refuse(
                row, f"{word!r} is no expression: write {', '.join(EXPRESSIONS)}, or none; or leave it empty."
            )
        values[row, EXPRESSIONS.index(name)] = 1
    return ExpressionTable((), _by_recording(cells, values, told), int((~told).sum()))


# ---- columns ---------------------------------------------------------------------------


def _read(path: Path) -> _Cells:
    data = read_file(path)
    if data.startswith(b"PAR1"):
        _, names = read_parquet_texts(path, ())
        _require_columns(path, names)
        columns, _ = read_parquet_texts(path, tuple(names))
        ordered = {name: columns[name] for name in names}
        return _whole(_Cells(path, ordered, range(1, 1 + len(ordered[names[0]]))))
    first = data.partition(b"\n")[0]
    separator = next((mark for mark in (",", ";", "\t") if mark.encode() in first), ",")
    rows = csv_rows(path, data, separator)
    header = next((row for _, row in rows if any(cell.strip() for cell in row)), None)
    if header is None:
        raise InvalidFileError(f"{path} is empty: export it again.")
    names = [name.strip().casefold() for name in header]
    _require_columns(path, names)
    lines: list[int] = []
    kept: list[list[str]] = []
    for line, row in rows:
        if any(cell.strip() for cell in row):
            require_width(path, line, row, len(names))
            lines.append(line)
            kept.append([cell.strip() for cell in row])
    columns = {name: [row[place] for row in kept] for place, name in enumerate(names)}
    return _whole(_Cells(path, columns, lines, decimal_comma=separator != ","))


def _whole(cells: _Cells) -> _Cells:
    if not cells.lines:
        raise InvalidFileError(f"{cells.path} has a header but no rows: export it again.")
    return cells


def _require_columns(path: Path, names: Sequence[str]) -> None:
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise InvalidFileError(f"{path} has the column {twice!r} twice: remove the wrong one.")
    if not any(name in _FRAME for name in names):
        raise InvalidFileError(
            f"{path} has no column frame: add one with the number of each frame, counted from 0."
        )


def _class_columns(cells: _Cells, order: str | None) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Classes in the order of the file, and their numbers; NaN where a cell is empty."""
    known = {*_PARTICIPANT, *_VIDEO, *_FRAME}
    named = {name: found for name in cells.columns if (found := class_named(name)) is not None}
    if order is None:
        if not named:
            raise InvalidFileError(
                f"{cells.path} has no column that is named after an expression: say with --classes in which "
                "order they stand."
            )
        classes = require_all_once([*named.values()], str(cells.path))
        return classes, _numbers(cells, [*named])
    classes = classes_from(order)
    columns = [*named] or [name for name in cells.columns if name and name not in known]
    if len(columns) != len(classes):
        raise InvalidFileError(
            f"{cells.path} has {len(columns)} columns of classes ({', '.join(columns)}), but --classes names "
            f"{len(classes)}: leave other columns out, or correct --classes."
        )
    if named and tuple(named.values()) != classes:
        raise InvalidFileError(
            f"{cells.path} names its columns {', '.join(named)}, which is another order than --classes: "
            "leave --classes out if the columns are named rightly."
        )
    return classes, _numbers(cells, columns)


def _numbers(cells: _Cells, names: Sequence[str]) -> NDArray[np.float64]:
    values = np.full((len(cells.lines), len(names)), np.nan)
    for place, name in enumerate(names):
        for row, text in enumerate(cells.columns[name]):
            if text.casefold() in _MISSING:
                continue
            try:
                values[row, place] = float(text.replace(",", ".") if cells.decimal_comma else text)
            except ValueError as error:
                raise cells.refuse(row, f"{text!r} in column {name} is not a number: correct it.") from error
    endless = np.argwhere(np.isinf(values))
    if len(endless):
        row, place = endless[0].tolist()
        raise cells.refuse(row, f"the number in column {names[place]} is not finite: correct it.")
    return values


def _require_kind(
    cells: _Cells, values: NDArray[np.float64], told: NDArray[np.bool_], *, logits: bool
) -> None:
    """Refuse logits that are called probabilities, and the other way round: both would vote all the same."""
    if not told.any():
        raise InvalidFileError(f"{cells.path} has no number in any row: export it again.")
    within = ((values >= 0) & (values <= 1)).all(axis=1)
    proper = within & (np.abs(values.sum(axis=1) - 1) <= _SUM_WITHIN)
    if logits:
        if proper[told].all():
            raise InvalidFileError(
                f"{cells.path} holds probabilities, because every row has the sum 1: leave --logits out."
            )
        return
    wrong = np.flatnonzero(told & ~proper)
    if len(wrong):
        raise cells.refuse(
            int(wrong[0]),
            f"the numbers are no probabilities (their sum is {values[wrong[0]].sum():.4g}): if the file "
            "holds logits, add --logits.",
        )


# ---- rows ------------------------------------------------------------------------------


def _by_recording(
    cells: _Cells, values: NDArray[np.float32], told: NDArray[np.bool_]
) -> dict[tuple[str, str], FrameProbabilities]:
    frames = _frames(cells)
    count = len(frames)
    people = cells.one_of(_PARTICIPANT) or [""] * count
    videos = cells.one_of(_VIDEO) or [""] * count
    pairs = list(zip(people, videos, strict=True))
    number = {pair: place for place, pair in enumerate(dict.fromkeys(pairs))}
    of_row = np.array([number[pair] for pair in pairs], dtype=np.int64)
    order = np.lexsort((frames, of_row))
    again = np.flatnonzero((np.diff(of_row[order]) == 0) & (np.diff(frames[order]) == 0))
    if len(again):
        first, second = sorted(order[again[0] : again[0] + 2].tolist())
        raise cells.refuse(
            second,
            f"frame {frames[second]} stands in row {cells.lines[first]} already: keep one row for a frame.",
        )
    order = order[told[order]]
    parts = {pair: order[of_row[order] == place] for pair, place in number.items()}
    return {pair: FrameProbabilities(frames[rows], values[rows]) for pair, rows in parts.items() if len(rows)}


def _frames(cells: _Cells) -> NDArray[np.int64]:
    column = cells.one_of(_FRAME) or []
    frames = np.zeros(len(column), dtype=np.int64)
    for row, text in enumerate(column):
        # Programs that know no whole numbers beside missing ones write 12 as 12.0.
        plain = text.removesuffix(".0")
        if not (plain.isascii() and plain.isdigit()) or int(plain) >= MOST_FRAMES:
            raise cells.refuse(row, f"{text!r} is no number of a frame: write a whole number from 0 up.")
        frames[row] = int(plain)
    return frames
