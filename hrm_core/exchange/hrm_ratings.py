"""Label files with columns of ratings: what each judge says of each segment.

Every row repeats the judges' answers on the segment its frame lies in:
``Abnormal-<judge>`` 0 (natural) to 4 (highly atypical), and ``Abnormal-avg``,
their mean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.csv_text import SplitColumns, read_file, split_columns
from hrm_core.exchange.hrm_csv import RATING_PREFIX, HrmLabels, parse_hrm_csv
from hrm_core.records.segments import segments

__all__ = ["RatedLabels", "read_hrm_ratings"]

_AVERAGE = "avg"
_HIGHEST = 4
_NONE = -1
_SCORE_OF = {f"{score}{end}": score for score in range(_HIGHEST + 1) for end in ("", ".0")} | {"": _NONE}
# The published means are rounded.
_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class RatedLabels:
    """What a label file with or without rating columns says.

    Attributes
    ----------
    labels : HrmLabels
        Its labels.
    segments : tuple of (int, int)
        First and last frame of every run of consecutive labelled frames.
    judges : tuple of str
        As their columns are called, in the order of the file.
    scores : ndarray of int8, shape (n_segments, n_judges)
        1 (natural) to 5 (highly atypical); 0 where the judge gave no rating.
    wrong_averages : tuple of str
        Rows whose average is not the judges' mean, to be looked at.
    """

    labels: HrmLabels
    segments: tuple[tuple[int, int], ...]
    judges: tuple[str, ...]
    scores: NDArray[np.int8]
    wrong_averages: tuple[str, ...] = ()


def read_hrm_ratings(path: Path, *, ignore_au0: bool = False) -> RatedLabels:
    """Read labels and ratings of a label file.

    Parameters
    ----------
    path : pathlib.Path
        The CSV.
    ignore_au0 : bool
        Do not require that ``AU0`` agrees with the codes.

    Returns
    -------
    RatedLabels
        Without judges if the file has no rating columns.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        Naming file, row and column of the first fault and what to do; ratings
        that change within a segment are faults.
    """
    data, ratings = split_columns(path, read_file(path), RATING_PREFIX)
    labels, rows = parse_hrm_csv(path, data, ignore_au0=ignore_au0)
    judges = _judges(path, ratings.names)
    at_judges = [at for at in range(len(ratings.names)) if at in judges]
    table = _scores(path, ratings, at_judges, rows)
    names = [ratings.names[at] for at in at_judges]
    spans = segments(labels.frames)
    lengths = np.array([last - first + 1 for first, last in spans], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    _require_one_answer(path, names, labels.frames, rows, table, np.repeat(starts, lengths))
    averages = [at for at in range(len(ratings.names)) if at not in judges]
    return RatedLabels(
        replace(labels, passed_over=ratings.names if averages and not judges else ()),
        tuple(spans),
        tuple(judges.values()),
        table[starts] + np.int8(1),
        tuple(fault for at in averages for fault in _wrong_averages(path, ratings, at, rows, table)),
    )


def _judges(path: Path, columns: tuple[str, ...]) -> dict[int, str]:
    """Names of the judges by the place of their column; without the average."""
    judges: dict[int, str] = {}
    for at, column in enumerate(columns):
        name = " ".join(column[len(RATING_PREFIX) :].split())
        if not name:
            raise InvalidFileError(
                f"{path}, row 1: the column {column!r} does not name a judge: write {RATING_PREFIX}<judge>."
            )
        if columns.count(column) > 1 or name in judges.values():
            raise InvalidFileError(f"{path}, row 1: the column {column!r} stands there twice: remove one.")
        if name.casefold() != _AVERAGE:
            judges[at] = name
    return judges


def _scores(
    path: Path, ratings: SplitColumns, at_judges: list[int], rows: NDArray[np.int64]
) -> NDArray[np.int8]:
    """Answers 0-4 per frame and judge, -1 for empty cells."""
    table = np.empty((len(rows), len(at_judges)), dtype=np.int8)
    if not at_judges:
        return table
    for frame, row in enumerate(rows.tolist()):
        cells = ratings.cells[row]
        for column, at in enumerate(at_judges):
            score = _SCORE_OF.get(cells[at])
            if score is None:
                raise InvalidFileError(
                    f"{path}, row {row}, column {ratings.names[at]}: {cells[at]!r} is not a rating: write a "
                    f"whole number from 0 natural to {_HIGHEST} highly atypical."
                )
            table[frame, column] = score
    return table


def _require_one_answer(
    path: Path,
    names: list[str],
    frames: NDArray[np.int64],
    rows: NDArray[np.int64],
    table: NDArray[np.int8],
    starts: NDArray[np.int64],
) -> None:
    """Every judge says one thing, or nothing, of all frames of a segment."""
    changes = np.argwhere(table != table[starts])
    if not len(changes):
        return
    at, column = changes[0].tolist()
    start = int(starts[at])
    more = f"({len(np.unique(changes[:, 0]))} such rows)"
    scores = table[at, column], table[start, column]
    if _NONE in scores:
        empty, full = (at, start) if scores[0] == _NONE else (start, at)
        raise InvalidFileError(
            f"{path}, row {rows[empty]}, column {names[column]}: no rating for frame {frames[empty]}, but "
            f"{table[full, column]} for frame {frames[full]} of the same segment {more}: fill it in, or "
            "leave the whole segment empty."
        )
    raise InvalidFileError(
        f"{path}, row {rows[at]}, column {names[column]}: {scores[0]} for frame {frames[at]}, but "
        f"{scores[1]} for frame {frames[start]} of the same segment {more}: a judge rates a segment as a "
        "whole, so correct one of them."
    )


def _wrong_averages(
    path: Path, ratings: SplitColumns, at: int, rows: NDArray[np.int64], table: NDArray[np.int8]
) -> list[str]:
    """Rows in which column `at` is not the mean of the judges."""
    faults = []
    for row, scores in zip(rows.tolist(), table, strict=True):
        cell = ratings.cells[row][at]
        if not cell:
            continue
        average = _average(cell)
        if average is None:
            raise InvalidFileError(
                f"{path}, row {row}, column {ratings.names[at]}: {cell!r} is not a mean of ratings: write a "
                f"number from 0 to {_HIGHEST}."
            )
        given = scores[scores != _NONE]
        # Means are rounded in decimals, which binary numbers only come near to.
        if len(given) and abs(average - given.mean()) > _TOLERANCE + 1e-9:
            faults.append(f"row {row} says {average:g} instead of {given.mean():.4g}")
    return faults


def _average(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if 0 <= value <= _HIGHEST else None
