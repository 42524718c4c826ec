"""Tidy tables of codes: a row per frame and present action, as CSV or Parquet.

A frame without action is one row whose ``action`` is empty; a frame that is not in
the table is uncoded.  What is said of a whole frame stands in each of its rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.code_cells import compare_times, read_code, read_flag, read_origin, read_state
from hrm_core.exchange.code_runs import ALL_DETAILS, losses_beyond, written_codes
from hrm_core.exchange.parquet_cells import read_parquet_texts
from hrm_core.exchange.sheet_table import (
    SheetRow,
    SheetTable,
    frame_number,
    read_sheet_table,
    table_bytes,
    write_file,
)
from hrm_core.facs import Code
from hrm_core.paths import whole_file
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.coding_sheet import CodingSheet, Loss, ReadSheet, RowSeverity

__all__ = [
    "COLUMNS",
    "HOLDS",
    "losses_tidy",
    "read_tidy_csv",
    "read_tidy_parquet",
    "write_tidy_csv",
    "write_tidy_parquet",
]

COLUMNS = (
    *("participant", "video", "rater", "frame", "time_s"),
    *("state", "frame_doubtful", "frame_note"),
    *("action", "code", "side", "intensity", "origin", "model", "model_run", "doubtful", "note"),
)
"""Columns of the table, in order."""

HOLDS = ALL_DETAILS
"""What the table can say: everything; a run of a model by its number in the study and the model's name."""

_KIND = "a tidy table of codes"
_NEEDED = ("frame", "action")
_FORMAT = "hrm-codes 1"
_NOTE_KEY = "hrm_codes"


def losses_tidy(sheet: CodingSheet) -> tuple[Loss, ...]:
    """What the table cannot hold of a sheet."""
    return losses_beyond(sheet, HOLDS)


def write_tidy_csv(path: Path, sheet: CodingSheet) -> tuple[Loss, ...]:
    """Write a sheet as CSV (UTF-8), whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    sheet : CodingSheet
        What is written; times are left empty where they are not known.

    Returns
    -------
    tuple of Loss
        What the table cannot hold.

    Raises
    ------
    InvalidFileError
        If it cannot be written.
    """
    write_file(path, table_bytes(COLUMNS, (_cells(row) for row in _rows(sheet))))
    return losses_tidy(sheet)


def write_tidy_parquet(path: Path, sheet: CodingSheet) -> tuple[Loss, ...]:
    """Write a sheet as Parquet, whole or not at all; as :func:`write_tidy_csv`.

    The columns have types: frame int32, code int8 (0 where there is no action), model_run int32 (0
    where no model had a part in a code), time_s float64 (NaN where it is not known), flags bool,
    texts UTF-8.
    """
    import fastparquet
    import pandas as pd

    rows = list(_rows(sheet))
    types = {
        "frame": np.int32,
        "time_s": np.float64,
        "code": np.int8,
        "model_run": np.int32,
        "frame_doubtful": bool,
        "doubtful": bool,
    }
    columns = {name: np.array([row[name] for row in rows], dtype=types.get(name, object)) for name in COLUMNS}
    table = pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in columns.items()})
    texts = {name: "utf8" for name in COLUMNS if name not in types}
    encoding = {name: texts.get(name, "infer") for name in COLUMNS}
    note = json.dumps({"format": _FORMAT}, ensure_ascii=False)
    try:
        with whole_file(path) as scratch:
            fastparquet.write(
                str(scratch),
                table,
                compression="ZSTD",
                write_index=False,
                object_encoding=encoding,
                has_nulls=False,
                custom_metadata={_NOTE_KEY: note},
            )
    except OSError as error:
        raise InvalidFileError(
            f"{path} cannot be written ({error.strerror or error}): free some space or allow writing there."
        ) from error
    return losses_tidy(sheet)


def _rows(sheet: CodingSheet) -> Iterator[dict[str, Any]]:
    """Every row by column, in the order of frames and of the catalogue."""
    who = {"participant": sheet.participant, "video": sheet.video, "rater": sheet.rater}
    no_code = {
        "action": "",
        "code": 0,
        "side": "",
        "intensity": "",
        "origin": "",
        "model": "",
        "model_run": 0,
        "doubtful": False,
        "note": "",
    }
    for frame in sorted(sheet.codings):
        coding = sheet.codings[frame]
        head = {
            **who,
            "frame": frame,
            "time_s": _time(sheet.times, frame),
            "state": coding.state.value,
            "frame_doubtful": coding.doubtful,
            "frame_note": coding.comment,
        }
        codes = written_codes(coding)
        for code in codes:
            yield {
                **head,
                "action": code.action,
                "code": int(code.code),
                "side": Code(code.code).word,
                "intensity": code.intensity or "",
                "origin": code.origin.value,
                "model": sheet.models.get(code.model_run_id or 0, ""),
                "model_run": code.model_run_id or 0,
                "doubtful": code.doubtful,
                "note": code.note,
            }
        if not codes:
            yield {**head, **no_code}


def _time(times: NDArray[np.float64] | None, frame: int) -> float:
    return float(times[frame]) if times is not None and frame < len(times) else float("nan")


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [_cell(name, row[name]) for name in COLUMNS]


def _cell(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.6f}"
    return "" if name in ("code", "model_run") and not value else str(value)


def read_tidy_csv(path: Path, times: NDArray[np.float64] | None) -> ReadSheet:
    """Read a tidy CSV.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    times : ndarray of float64, shape (n_frames,), or None
        Seconds of the recording's frames, to compare with those of the file.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is no such table.
    """
    return _understood(read_sheet_table(path, COLUMNS, _NEEDED, _KIND), times)


def read_tidy_parquet(path: Path, times: NDArray[np.float64] | None) -> ReadSheet:
    """Read a tidy Parquet file, whoever wrote it; as :func:`read_tidy_csv`."""
    columns, others = read_parquet_texts(path, COLUMNS)
    for name in _NEEDED:
        if name not in columns:
            raise InvalidFileError(
                f"{path} is not {_KIND}: the column {name!r} is missing; check that it is the right file."
            )
    count = len(columns["frame"])
    rows = [
        SheetRow(f"row {place + 1}", {name: values[place] for name, values in columns.items()})
        for place in range(count)
    ]
    unknown = dict.fromkeys(others, count)
    return _understood(SheetTable(path, rows, unknown=unknown), times)


@dataclass(slots=True)
class _Frame:
    """What the rows of one frame say so far."""

    where: str
    head: tuple[CodingState, bool, str]
    codes: dict[str, ActionCode] = field(default_factory=dict)
    has_empty_row: bool = False


def _understood(table: SheetTable, times: NDArray[np.float64] | None) -> ReadSheet:
    frames: dict[int, _Frame] = {}
    models: dict[int, str] = {}
    shown: list[tuple[str, int, str]] = []
    for row in table.rows:
        number = frame_number(row.get("frame"))
        if number is None:
            table.error(
                row.where, f"{row.get('frame')!r} is no frame number: write a whole number from 0 up."
            )
            continue
        shown.append((row.where, number, row.get("time_s")))
        _add(table, row, number, frames, models)
    compare_times(table, shown, times)
    codings = {
        number: FrameCoding(
            0, 0, number, tuple(found.codes.values()), found.head[0], found.head[2], found.head[1]
        )
        for number, found in sorted(frames.items())
    }
    who = (table.the_one("participant"), table.the_one("video"), table.the_one("rater"))
    sheet = CodingSheet(*who, codings, times, models=models)
    return ReadSheet(sheet, tuple(table.notes), True, table.unknown)


def _add(
    table: SheetTable, row: SheetRow, number: int, frames: dict[int, _Frame], models: dict[int, str]
) -> None:
    state, doubtful = read_state(table, row), read_flag(table, row, "frame_doubtful")
    if state is None:
        return
    head = (state, doubtful, row.cells.get("frame_note", ""))
    found = frames.setdefault(number, _Frame(row.where, head))
    if found.head != head:
        table.error(
            row.where,
            f"State, doubt or note of frame {number} are not those of {found.where}: make them the same in "
            "all rows of the frame.",
        )
        return
    if not row.get("action"):
        _add_empty(table, row, number, found)
        return
    code = read_code(table, row)
    if code is None:
        return
    code = ActionCode(
        code.action,
        code.code,
        code.intensity,
        read_origin(table, row),
        _read_run(table, row, models),
        read_flag(table, row, "doubtful"),
        row.cells.get("note", ""),
    )
    known = found.codes.get(code.action)
    if found.has_empty_row:
        _contradicted(table, row, number)
    elif state is CodingState.NOT_CODABLE:
        table.error(row.where, f"Frame {number} is not codable, but has {code.action}: correct one of them.")
    elif known == code:
        table.say(row.where, RowSeverity.NOTE, f"{code.action} in frame {number} stands there twice.")
    elif known is not None:
        table.error(
            row.where,
            f"{code.action} in frame {number} stands there twice with different codes: delete one row.",
        )
    else:
        found.codes[code.action] = code


def _read_run(table: SheetTable, row: SheetRow, models: dict[int, str]) -> int | None:
    """Number of the run that had a part in a code; None where nothing is said."""
    text = row.get("model_run")
    if text in ("", "0", "0.0"):
        return None
    number, name = frame_number(text), row.cells.get("model", "")
    if number is None:
        table.error(row.where, f"{text!r} is no number of a model run: write a whole number from 1 up.")
    elif models.setdefault(number, name) != name:
        table.error(
            row.where,
            f"Model run {number} is named {name!r} here and {models[number]!r} above: correct one of them.",
        )
    return number


def _add_empty(table: SheetTable, row: SheetRow, number: int, found: _Frame) -> None:
    found.has_empty_row = True
    if found.codes:
        _contradicted(table, row, number)


def _contradicted(table: SheetTable, row: SheetRow, number: int) -> None:
    table.error(row.where, f"Frame {number} has actions and a row without one: delete one of them.")
