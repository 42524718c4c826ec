"""Label files with columns of ratings: what each judge says of each segment.

Every row repeats the judges' answers on the segment its frame lies in:
``Abnormal-<judge>`` 0 (natural) to 4 (highly atypical), and ``Abnormal-avg``,
their mean.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError, ProjectError
from hrm_core.exchange.csv_text import SplitColumns, read_file, split_columns
from hrm_core.exchange.hrm_csv import (
    RATING_PREFIX,
    HrmLabels,
    label_bytes,
    parse_hrm_csv,
    write_hrm_csvs,
)
from hrm_core.records.segments import segments

__all__ = ["RatedLabels", "read_hrm_ratings", "require_rating_columns", "write_hrm_ratings"]

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


def require_rating_columns(judges: Sequence[str]) -> None:
    """Refuse judges whose columns could not be told apart, or from the average.

    Raises
    ------
    ProjectError
        Naming the judge and what to do.
    """
    for at, name in enumerate(judges):
        column = f"{RATING_PREFIX}{name}"
        if name.casefold() == _AVERAGE:
            raise ProjectError(
                f"A judge called {name!r} would get the column {column}, which holds the judges' mean: "
                "write the answers with hrm rating results --csv."
            )
        if not name or " ".join(name.split()) != name or not name.isprintable():
            raise ProjectError(
                f"The judge's name {name!r} cannot name a column of a label file: write the answers with "
                "hrm rating results --csv."
            )
        if name in judges[:at]:
            raise ProjectError(
                f"Two judges are called {name!r}, so that their columns could not be told apart: write the "
                "answers with hrm rating results --csv."
            )


def write_hrm_ratings(files: Mapping[Path, RatedLabels]) -> None:
    """Write label files with rating columns, all or none of them.

    Behind the labels stands a column for each judge, 0 (natural) to 4 (highly atypical) and
    empty where the judge gave no rating, then their mean with all its digits.

    Parameters
    ----------
    files : mapping of pathlib.Path to RatedLabels
        Contents by file; each needs its group mark, and scores of the segments that its frames make.

    Raises
    ------
    ProjectError
        If judges' names cannot be columns.
    InvalidFileError
        If one cannot be written; then no file was changed.
    """
    write_hrm_csvs({}, {path: _rated_bytes(rated) for path, rated in files.items()})


def _rated_bytes(rated: RatedLabels) -> bytes:
    require_rating_columns(rated.judges)
    if list(rated.segments) != segments(rated.labels.frames):
        raise ValueError("ratings are given by runs of consecutive frames")
    names = [f"{RATING_PREFIX}{name}" for name in (*rated.judges, _AVERAGE)]
    cells = [_cells(scores) for scores in rated.scores.tolist()]
    lengths = [last - first + 1 for first, last in rated.segments]
    header, *rows = label_bytes(rated.labels).decode("ascii").splitlines()
    of_rows = [segment for segment, length in zip(cells, lengths, strict=True) for _ in range(length)]
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\n")
    table.writerow([*header.split(","), *names])
    table.writerows([*row.split(","), *more] for row, more in zip(rows, of_rows, strict=True))
    return out.getvalue().encode("utf-8")


def _cells(scores: Sequence[int]) -> list[str]:
    """One segment's cells: each judge's rating, and the mean."""
    given = [score - 1 for score in scores if score]
    if any(not 0 <= score <= _HIGHEST for score in given):
        raise ValueError(f"ratings of label files go from 1 to {_HIGHEST + 1}: {scores}")
    mean = f"{sum(given) / len(given):.10g}" if given else ""
    return [*("" if not score else str(score - 1) for score in scores), mean]
