"""The label file of the HRM release: one CSV per participant, one row per frame.

The header is fixed; codes are single digits.  Files as the earlier tool writes
them are read by position at once; anything else goes through a slow reader that
can say which row and column is wrong.  Columns of ratings, which some files have
behind the labels, are passed over here and read by :mod:`hrm_core.exchange.hrm_ratings`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.csv_text import csv_rows, read_file, require_width, split_columns
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.recording import MOST_FRAMES

__all__ = [
    "BEFORE_VIDEO",
    "HEADER",
    "RATING_PREFIX",
    "HrmLabels",
    "label_bytes",
    "parse_hrm_csv",
    "read_hrm_csv",
    "write_hrm_csvs",
]

HEADER: tuple[str, ...] = ("frame", *(entry.key for entry in ALL_ACTIONS), "AU0", "ASD")
"""Columns of the file, in order."""

RATING_PREFIX = "Abnormal-"
"""What the names of rating columns begin with: ``Abnormal-<judge>``, ``Abnormal-avg``."""

BEFORE_VIDEO = "__"
"""What parts the code from the video in the name of a label file: ``Participant-7__play.csv``."""

_N_CODES = len(ALL_ACTIONS)
# Codes, AU0 and ASD of one row as the tool writes them: digits joined by commas.
_ROW_BYTES = 2 * (_N_CODES + 2) - 1
_MOST_DIGITS = 12
_HEADER_LINE = ",".join(HEADER).encode()


@dataclass(frozen=True, slots=True, eq=False)
class HrmLabels:
    """What a label file says.

    Attributes
    ----------
    frames : ndarray of int64, shape (n_frames,)
        Frame numbers, ascending, none twice.
    codes : ndarray of uint8, shape (n_frames, 35)
        Codes 0-5 in the order of the catalogue.
    asd : int or None
        The file's group mark: 1 autistic, 0 not, None for a file without rows.
    unmarked : int
        Frames that have neither an action nor ``AU0``.
    impossible : tuple of str
        Sides that their action cannot have, as ``"AU25=2 in frame 17"``; kept as
        they are, to be looked at.
    out_of_order : int
        Rows that came after one with a higher frame number.
    passed_over : tuple of str
        Rating columns of the file, which are no labels.
    """

    frames: NDArray[np.int64]
    codes: NDArray[np.uint8]
    asd: int | None
    unmarked: int = 0
    impossible: tuple[str, ...] = ()
    out_of_order: int = 0
    passed_over: tuple[str, ...] = ()


def read_hrm_csv(path: Path, *, ignore_au0: bool = False) -> HrmLabels:
    """Read the labels of a label file; columns of ratings are passed over.

    Parameters
    ----------
    path : pathlib.Path
        The CSV.
    ignore_au0 : bool
        Do not require that ``AU0`` agrees with the codes.

    Returns
    -------
    HrmLabels
        Sorted by frame.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        Naming file, row and column of the first fault and what to do.
    """
    data = read_file(path)
    parsed = _read_by_position(data)
    if parsed is not None:
        return _to_labels(path, parsed, ignore_au0=ignore_au0)[0]
    data, ratings = split_columns(path, data, RATING_PREFIX)
    labels, _ = parse_hrm_csv(path, data, ignore_au0=ignore_au0)
    return replace(labels, passed_over=ratings.names)


def parse_hrm_csv(
    path: Path, data: bytes, *, ignore_au0: bool = False
) -> tuple[HrmLabels, NDArray[np.int64]]:
    """Labels in the bytes of a file without rating columns.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.
    data : bytes
        What it holds.
    ignore_au0 : bool
        Do not require that ``AU0`` agrees with the codes.

    Returns
    -------
    labels : HrmLabels
        Sorted by frame.
    rows : ndarray of int64, shape (n_frames,)
        The row of the file that each frame stands in; the header is row 1.

    Raises
    ------
    InvalidFileError
        Naming file, row and column of the first fault and what to do.
    """
    parsed = _read_by_position(data)
    if parsed is None:
        parsed = _read_by_cell(path, data)
    return _to_labels(path, parsed, ignore_au0=ignore_au0)


# Frame numbers, cells, and the row of the file each stands in (the header is row 1).
_Parsed = tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]


def _read_by_position(data: bytes) -> _Parsed | None:
    """Frames and cells if the file is exactly as the tool writes it, else None."""
    header, _, body = data.replace(b"\r\n", b"\n").rstrip(b"\n").partition(b"\n")
    if header != _HEADER_LINE:
        return None
    text = np.frombuffer(body + b"\n", dtype=np.uint8) if body else np.empty(0, np.uint8)
    ends = np.flatnonzero(text == ord("\n"))
    starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    # A row is a number, a comma, and the cells: the same bytes in every row.
    commas = ends - _ROW_BYTES - 1
    width = commas - starts
    if (width < 1).any() or (width > _MOST_DIGITS).any() or (text[commas] != ord(",")).any():
        return None
    grid = text[(ends - _ROW_BYTES)[:, np.newaxis] + np.arange(_ROW_BYTES)]
    cells = grid[:, ::2] - np.uint8(ord("0"))
    if (grid[:, 1::2] != ord(",")).any() or _first_fault(cells) is not None:
        return None
    frames = np.zeros(len(ends), dtype=np.int64)
    for place in range(int(width.max(initial=0))):
        inside = place < width
        digits = text[commas[inside] - 1 - place] - np.uint8(ord("0"))
        if (digits > 9).any():
            return None
        frames[inside] += digits.astype(np.int64) * 10**place
    if frames.max(initial=0) >= MOST_FRAMES:
        return None
    return frames, cells, np.arange(len(frames)) + 2


def _first_fault(cells: NDArray[np.uint8]) -> tuple[int, int] | None:
    """Row and column of the first cell out of range: codes 0-5, the two marks 0-1."""
    highest = np.array([5] * _N_CODES + [1, 1], dtype=np.uint8)
    faults = np.argwhere(cells > highest)
    return (int(faults[0, 0]), int(faults[0, 1])) if len(faults) else None


def _read_by_cell(path: Path, data: bytes) -> _Parsed:
    """Frames and cells of a file edited by hand: any column order, BOM, blanks, empty lines."""
    frames: list[int] = []
    cells: list[list[int]] = []
    rows: list[int] = []
    lines = csv_rows(path, data)
    places = _places(path, next(lines, (1, []))[1])
    for line, row in lines:
        if not any(cell.strip() for cell in row):
            continue
        require_width(path, line, row, len(places))
        values = [_number(path, line, HEADER[place], row[at]) for place, at in enumerate(places)]
        frames.append(values[0])
        cells.append(values[1:])
        rows.append(line)
    table = np.array(cells, dtype=np.uint8).reshape(len(cells), _N_CODES + 2)
    return np.array(frames, dtype=np.int64), table, np.array(rows, dtype=np.int64)


def _places(path: Path, header: Sequence[str]) -> list[int]:
    """Where each column of the format stands in this file."""
    names = [name.strip() for name in header]
    unknown = [name for name in names if name not in HEADER]
    if unknown:
        raise InvalidFileError(
            f"{path}, row 1: {unknown[0]!r} is not a column of the label file: remove it or correct its name."
        )
    missing = [name for name in HEADER if name not in names]
    if missing:
        raise InvalidFileError(f"{path}, row 1: the column {missing[0]!r} is missing: add it.")
    twice = [name for name in HEADER if names.count(name) > 1]
    if twice:
        raise InvalidFileError(f"{path}, row 1: the column {twice[0]!r} stands there twice: remove one.")
    return [names.index(name) for name in HEADER]


def _number(path: Path, row: int, column: str, cell: str) -> int:
    text = cell.strip()
    # Tables saved by other programs write whole numbers as 1.0.
    digits = text[:-2] if text.endswith(".0") else text
    where = f"{path}, row {row}, column {column}"
    if not digits.isascii() or not digits.isdigit() or len(digits) > _MOST_DIGITS:
        shown = repr(text) if text else "an empty cell"
        raise InvalidFileError(f"{where}: {shown} is not a whole number: write a number from 0 up.")
    value = int(digits)
    if column == "frame" and value >= MOST_FRAMES:
        raise InvalidFileError(f"{where}: there is no frame {value} in any recording: correct the number.")
    if column in ("AU0", "ASD") and value > 1:
        raise InvalidFileError(f"{where}: {value} is neither 0 nor 1: correct it.")
    if column != "frame" and value > 5:
        raise InvalidFileError(
            f"{where}: {value} is not a code; use 0 absent, 1 both sides, 2 left, 3 right, 4 upper, 5 lower."
        )
    return value


def _to_labels(path: Path, parsed: _Parsed, *, ignore_au0: bool) -> tuple[HrmLabels, NDArray[np.int64]]:
    frames, cells, lines = parsed
    codes, au0, asd = cells[:, :_N_CODES], cells[:, -2], cells[:, -1]
    out_of_order = int((np.diff(frames) < 0).sum())
    order = np.argsort(frames, kind="stable")
    frames, codes, au0, asd, lines = frames[order], codes[order], au0[order], asd[order], lines[order]
    _require_once(path, frames, lines)
    _require_one_group(path, asd, lines)
    present = codes.any(axis=1)
    contradictory = np.flatnonzero(present & (au0 == 1))
    if len(contradictory) and not ignore_au0:
        first = contradictory[0]
        raise InvalidFileError(
            f"{path}, row {lines[first]} (frame {frames[first]}): AU0 says that nothing moves, but "
            f"actions are coded ({len(contradictory)} such rows): correct them, or use --ignore-au0."
        )
    labels = HrmLabels(
        frames,
        np.ascontiguousarray(codes),
        int(asd[0]) if len(asd) else None,
        int((~present & (au0 == 0)).sum()),
        _impossible_sides(frames, codes),
        out_of_order,
    )
    return labels, lines


def _require_once(path: Path, frames: NDArray[np.int64], lines: NDArray[np.int64]) -> None:
    repeated = np.flatnonzero(np.diff(frames) == 0)
    if len(repeated):
        first, second = sorted((lines[repeated[0]], lines[repeated[0] + 1]))
        raise InvalidFileError(
            f"{path}, row {second}: frame {frames[repeated[0]]} stands in row {first} already "
            f"({len(repeated)} such rows): delete the wrong one."
        )


def _require_one_group(path: Path, asd: NDArray[np.uint8], lines: NDArray[np.int64]) -> None:
    other = np.flatnonzero(asd != asd[:1])
    if len(other):
        raise InvalidFileError(
            f"{path}, row {lines[other[0]]}: ASD is {asd[other[0]]} but {asd[0]} in other rows; one file is "
            "one participant: correct it."
        )


def _impossible_sides(frames: NDArray[np.int64], codes: NDArray[np.uint8]) -> tuple[str, ...]:
    allowed = np.array([[entry.allows(code) for code in range(6)] for entry in ALL_ACTIONS])
    wrong = np.argwhere(~allowed[np.arange(_N_CODES), codes])
    return tuple(f"{ALL_ACTIONS[at].key}={codes[row, at]} in frame {frames[row]}" for row, at in wrong)


def write_hrm_csvs(files: dict[Path, HrmLabels], beside: Mapping[Path, bytes] | None = None) -> None:
    """Write label files, all or none of them.

    Parameters
    ----------
    files : dict of pathlib.Path to HrmLabels
        Contents by file; each needs its group mark ``asd``.
    beside : mapping of pathlib.Path to bytes, optional
        Files that go with them.

    Raises
    ------
    InvalidFileError
        If one cannot be written; then no file was changed.
    """
    scratches: dict[Path, Path] = {}
    path = Path()
    try:
        contents = {path: label_bytes(labels) for path, labels in files.items()}
        for path, data in {**contents, **(beside or {})}.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                raise IsADirectoryError(21, "it is a folder")
            scratches[path] = _beside(path)
            scratches[path].write_bytes(data)
        _put_in_place(scratches)
    except OSError as error:
        raise InvalidFileError(
            f"{error.filename2 or path} cannot be written ({error.strerror}): free some space, allow writing "
            "or choose another folder with --out."
        ) from error
    finally:
        for scratch in scratches.values():
            scratch.unlink(missing_ok=True)


def _put_in_place(scratches: dict[Path, Path]) -> None:
    """Replace every file by its new version, or put all the old ones back."""
    old: dict[Path, Path | None] = {}
    try:
        for path, scratch in scratches.items():
            old[path] = _beside(path) if path.exists() else None
            if (kept := old[path]) is not None:
                path.replace(kept)
            scratch.replace(path)
    except BaseException:
        for path, kept in old.items():
            if kept is None:
                path.unlink(missing_ok=True)
            elif kept.exists():
                kept.replace(path)
        raise
    for kept in old.values():
        if kept is not None:
            kept.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}-{uuid.uuid4().hex}.part")


def label_bytes(labels: HrmLabels) -> bytes:
    """A label file, without rating columns.

    Parameters
    ----------
    labels : HrmLabels
        Its contents.

    Raises
    ------
    ValueError
        If there are rows and no group mark.
    """
    if labels.asd is None and len(labels.frames):
        raise ValueError("a label file needs its group mark")
    cells = np.empty((len(labels.frames), _N_CODES + 2), dtype=np.uint8)
    cells[:, :_N_CODES] = labels.codes
    cells[:, -2] = ~labels.codes.any(axis=1)
    cells[:, -1] = labels.asd or 0
    grid = np.full((len(cells), _ROW_BYTES), ord(","), dtype=np.uint8)
    grid[:, ::2] = cells + np.uint8(ord("0"))
    numbered = zip(labels.frames.tolist(), grid, strict=True)
    rows = [b"%d,%s\n" % (frame, row.tobytes()) for frame, row in numbered]
    return b"".join((_HEADER_LINE, b"\n", *rows))
