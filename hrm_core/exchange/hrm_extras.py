"""What a label file of the HRM release cannot say, in files beside it.

``Participant-7.intensity.csv`` has a row for each row of ``Participant-7.csv`` and a
letter A-E, or nothing, for each action.  ``Participant-7.notes.csv`` has a row for each
doubt or note: the frame, the action (empty for the frame as a whole), 1 if it is doubtful,
and the words.  ``Participant-7.models.csv`` has a row for each code that a model's suggestions
had a part in: the frame, the action, where the code comes from, and name and number of the run.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.csv_text import csv_rows, read_file, require_width
from hrm_core.facs import ALL_ACTIONS, INTENSITIES
from hrm_core.records.coding import FrameCoding
from hrm_core.records.doubts import Remark

__all__ = [
    "INTENSITY_END",
    "MODELS_END",
    "NOTES_END",
    "intensity_bytes",
    "label_file_of",
    "models_bytes",
    "notes_bytes",
    "read_intensities",
    "read_notes",
]

INTENSITY_END = ".intensity.csv"
"""What the name of a file with intensities ends in, in place of the label file's ``.csv``."""

NOTES_END = ".notes.csv"
"""What the name of a file with doubts and notes ends in."""

MODELS_END = ".models.csv"
"""What the name of a file with codes that a model had a part in ends in; an import does not read it."""

_KEYS = tuple(entry.key for entry in ALL_ACTIONS)
_INTENSITY_HEADER = ("frame", *_KEYS)
_NOTES_HEADER = ("frame", "action", "doubtful", "note")
_MODELS_HEADER = ("frame", "action", "origin", "model", "model_run")
_MOST_DIGITS = 12


def label_file_of(path: Path) -> Path | None:
    """The label file that a file with intensities, notes or models stands beside; None if it is none."""
    for end in (INTENSITY_END, NOTES_END, MODELS_END):
        if path.name.lower().endswith(end):
            return path.with_name(f"{path.name[: -len(end)]}.csv")
    return None


def intensity_bytes(frames: NDArray[np.int64], intensities: NDArray[np.uint8]) -> bytes:
    """The file with intensities.

    Parameters
    ----------
    frames : ndarray of int64, shape (n_frames,)
        As in the label file.
    intensities : ndarray of uint8, shape (n_frames, 35)
        0 none, 1-5 for A-E; columns in the order of the catalogue.
    """
    letters = np.array(["", *INTENSITIES])[intensities]
    rows = [f"{frame},{','.join(row)}\n" for frame, row in zip(frames.tolist(), letters, strict=True)]
    return "".join((",".join(_INTENSITY_HEADER), "\n", *rows)).encode()


def notes_bytes(remarks: Iterable[Remark]) -> bytes:
    """The file with doubts and notes; notes are quoted and keep every character."""
    rows = [
        '{},{},{:d},"{}"\n'.format(
            entry.frame, entry.action or "", entry.doubtful, entry.note.replace('"', '""')
        )
        for entry in remarks
    ]
    return "".join((",".join(_NOTES_HEADER), "\n", *rows)).encode()


def models_bytes(codings: Mapping[int, FrameCoding], models: Mapping[int, str]) -> bytes | None:
    """The file with codes that a model had a part in; None if there is no such code.

    Parameters
    ----------
    codings : mapping of int to FrameCoding
        By frame, those of the label file.
    models : mapping of int to str
        Names of models by number of the run.
    """
    rows = [
        (frame, code.action, code.origin.value, models.get(code.model_run_id or 0, ""), code.model_run_id)
        for frame in sorted(codings)
        for code in codings[frame].codes
        if code.is_machine_touched
    ]
    if not rows:
        return None
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_MODELS_HEADER, *rows])
    return text.getvalue().encode()


def read_intensities(path: Path, frames: NDArray[np.int64], codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Intensities of the frames of a label file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    frames : ndarray of int64, shape (n_frames,)
        Of the label file, ascending.
    codes : ndarray of uint8, shape (n_frames, 35)
        What the label file says of them.

    Returns
    -------
    ndarray of uint8, shape (n_frames, 35)
        0 none, 1-5 for A-E.

    Raises
    ------
    InvalidFileError
        Naming file, row and column of the first fault, and what to do.
    """
    found = np.zeros_like(codes)
    row_of = {frame: row for row, frame in enumerate(frames.tolist())}
    seen: dict[int, int] = {}
    lines = csv_rows(path, read_file(path))
    places = _places(path, next(lines, (1, []))[1], _INTENSITY_HEADER)
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        require_width(path, line, cells, len(places))
        frame = _frame(path, line, cells[places[0]], row_of)
        if frame in seen:
            raise InvalidFileError(
                f"{path}, row {line}: frame {frame} stands in row {seen[frame]} already: delete one of them."
            )
        seen[frame] = line
        for column, at in enumerate(places[1:]):
            letter = cells[at].strip().upper()
            where = f"{path}, row {line}, column {_KEYS[column]}"
            if letter and letter not in INTENSITIES:
                raise InvalidFileError(
                    f"{where}: {cells[at].strip()!r} is not an intensity: write A, B, C, D or E, or nothing."
                )
            if letter and not codes[row_of[frame], column]:
                raise InvalidFileError(
                    f"{where}: by the label file the action is absent in frame {frame}: take the letter "
                    "away, or correct the label file."
                )
            if letter:
                found[row_of[frame], column] = INTENSITIES.index(letter) + 1
    missing = next((frame for frame in row_of if frame not in seen), None)
    if missing is not None:
        raise InvalidFileError(
            f"{path}: the row of frame {missing} is missing, which the label file has: add it, with "
            "letters or without."
        )
    return found


def read_notes(path: Path, frames: NDArray[np.int64], codes: NDArray[np.uint8]) -> tuple[Remark, ...]:
    """Doubts and notes on the frames of a label file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    frames, codes
        What the label file says, see :func:`read_intensities`.

    Returns
    -------
    tuple of Remark
        In the order of the file; rows that say neither are left out.

    Raises
    ------
    InvalidFileError
        Naming file, row and column of the first fault, and what to do.
    """
    row_of = {frame: row for row, frame in enumerate(frames.tolist())}
    seen: dict[tuple[int, str], int] = {}
    found: list[Remark] = []
    lines = _quoted_rows(path)
    places = _places(path, next(lines, (1, []))[1], _NOTES_HEADER)
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        require_width(path, line, cells, len(places))
        frame_cell, action, flag, note = (cells[at] for at in places)
        frame = _frame(path, line, frame_cell, row_of)
        key = action.strip()
        if key:
            _require_present(path, line, key, frame, codes[row_of[frame]])
        if flag.strip() not in ("0", "1", "0.0", "1.0"):
            raise InvalidFileError(
                f"{path}, row {line}, column doubtful: {flag.strip()!r} is neither 0 nor 1: correct it."
            )
        if "\x00" in note:
            raise InvalidFileError(
                f"{path}, row {line}, column note: it holds a character that is no text: remove it."
            )
        if (frame, key) in seen:
            raise InvalidFileError(
                f"{path}, row {line}: frame {frame}{f', {key}' if key else ''} stands in row "
                f"{seen[frame, key]} already: delete one of them."
            )
        seen[frame, key] = line
        if note or flag.strip().startswith("1"):
            found.append(Remark(frame, key or None, flag.strip().startswith("1"), note))
    return tuple(found)


def _quoted_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV file whose cells keep their own ends of lines."""
    data = read_file(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidFileError(f"{path} is not a text file: export it again as CSV (UTF-8).") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InvalidFileError(
            f"{path}, row {reader.line_num}: this is no table ({error}): export it again as CSV (UTF-8)."
        ) from error


def _places(path: Path, header: list[str], wanted: tuple[str, ...]) -> list[int]:
    """Where each column stands in this file."""
    names = [name.strip() for name in header]
    if sorted(names) != sorted(wanted):
        strange = [name for name in names if name not in wanted or names.count(name) > 1]
        missing = [name for name in wanted if name not in names]
        fault = (
            f"the column {strange[0]!r} is too much" if strange else f"the column {missing[0]!r} is missing"
        )
        raise InvalidFileError(
            f"{path}, row 1: {fault}: the columns are {', '.join(wanted[:4])}"
            f"{' and one for each other action' if len(wanted) > 4 else ''}."
        )
    return [names.index(name) for name in wanted]


def _frame(path: Path, line: int, cell: str, row_of: dict[int, int]) -> int:
    # Tables saved by other programs write whole numbers as 1.0.
    digits = cell.strip().removesuffix(".0")
    if not digits.isascii() or not digits.isdigit() or len(digits) > _MOST_DIGITS:
        raise InvalidFileError(
            f"{path}, row {line}, column frame: {cell.strip()!r} is not a whole number: write a number "
            "from 0 up."
        )
    if int(digits) not in row_of:
        raise InvalidFileError(
            f"{path}, row {line}: frame {int(digits)} is not in the label file beside it: remove the row, or "
            "export both files again."
        )
    return int(digits)


def _require_present(path: Path, line: int, key: str, frame: int, codes: NDArray[np.uint8]) -> None:
    if key not in _KEYS:
        raise InvalidFileError(
            f"{path}, row {line}, column action: {key!r} is no action of the label file: write it as there, "
            "or nothing for the whole frame."
        )
    if not codes[_KEYS.index(key)]:
        raise InvalidFileError(
            f"{path}, row {line}: by the label file {key} is absent in frame {frame}: remove the row, or "
            "correct the label file."
        )
