"""Write the codes of thousands of frames at the speed of the database."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from hrm_core.errors import ConflictError
from hrm_core.facs import INTENSITIES
from hrm_core.records.code_table import CodeTable
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.records.doubts import Remark
from hrm_core.store.frames import Act, add_revision, read_frames, replace_frames
from hrm_core.store.schema import action_code, frame_coding

__all__ = ["ImportCounts", "insert_table"]

# 600 values a call: every database met takes 999.
_ROWS_PER_CALL = 200
_KEYS = np.array(CODE_COLUMNS, dtype=object)
# How the log writes each code of each action.
_TEXTS = np.array([[f"{key}={code}" for code in range(6)] for key in CODE_COLUMNS], dtype=object)


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What an import did, in frames."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0

    def __add__(self, other: ImportCounts) -> ImportCounts:
        return ImportCounts(
            self.added + other.added,
            self.replaced + other.replaced,
            self.unchanged + other.unchanged,
        )


def insert_table(connection: sa.Connection, table: CodeTable, act: Act, *, replace: bool) -> ImportCounts:
    """Add the frames of `table` with one log entry for those that are new.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Inside a writing transaction.
    table : CodeTable
        Codes by frame.
    act : Act
        Head of the log entry.
    replace : bool
        Whether frames coded differently in the store are overwritten.

    Raises
    ------
    ConflictError
        If there are such frames and `replace` is False.
    """
    known = read_frames(connection, table.rater_id, table.video_id)
    is_new = np.array([frame not in known for frame in table.frames.tolist()], dtype=bool)
    fresh = CodeTable(table.rater_id, table.video_id, table.frames[is_new], table.codes[is_new])
    if len(fresh) and _says_more(table):
        new = dict(_codings(table, np.flatnonzero(is_new)))
        replace_frames(connection, act, dict.fromkeys(new), new)
    elif len(fresh):
        _insert(connection, fresh, act)
    merged = {
        frame: _merged(coding, known[frame], table)
        for frame, coding in _codings(table, np.flatnonzero(~is_new))
    }
    differing = {
        frame: coding for frame, coding in merged.items() if not coding.says_the_same_as(known[frame])
    }
    if differing:
        _replace(connection, act, known, differing, allowed=replace)
    return ImportCounts(len(fresh), len(differing), int((~is_new).sum()) - len(differing))


def _says_more(table: CodeTable) -> bool:
    """Whether a table says anything that needs a record per frame."""
    return bool(table.remarks) or (table.intensities is not None and bool(table.intensities.any()))


def _replace(
    connection: sa.Connection,
    act: Act,
    known: dict[int, FrameCoding],
    differing: dict[int, FrameCoding],
    *,
    allowed: bool,
) -> None:
    first = min(differing)
    if not allowed:
        raise ConflictError(
            f"{len(differing)} frames are coded differently in the project, the first is frame {first}: "
            "nothing was imported; use --replace to overwrite them (the history keeps the old codes).",
            mine=differing,
            theirs={frame: known[frame] for frame in differing},
        )
    replace_frames(connection, act, {frame: known[frame] for frame in differing}, differing)


def _merged(new: FrameCoding, old: FrameCoding, table: CodeTable) -> FrameCoding:
    """The imported codes with what was not told of them: intensity, doubt, note, origin.

    A doubt and an intensity stay when the import gives the action another side, as they do
    when a coder does.
    """
    codes = tuple(_merged_code(code, old.entry_of(code.action), table) for code in new.codes)
    told = table.remarks is not None
    same = [(code.action, code.code, code.intensity) for code in codes] == [
        (code.action, code.code, code.intensity) for code in old.codes
    ]
    # A label file cannot say that a frame was checked, so it does not contradict it.
    keeps = same and old.state in (CodingState.CODED, CodingState.CHECKED)
    return dataclasses.replace(
        old,
        codes=codes,
        state=old.state if keeps else new.state,
        comment=new.comment if told else old.comment,
        doubtful=new.doubtful if told else old.doubtful,
    )


def _merged_code(new: ActionCode, old: ActionCode | None, table: CodeTable) -> ActionCode:
    if old is None:
        return new
    intensity = old.intensity if table.intensities is None else new.intensity
    remark = old if table.remarks is None else new
    base = old if (new.code, intensity) == (old.code, old.intensity) else new
    return dataclasses.replace(base, intensity=intensity, doubtful=remark.doubtful, note=remark.note)


def _insert(connection: sa.Connection, table: CodeTable, act: Act) -> None:
    frames = table.frames.tolist()
    nothing = "{" + ",".join([f'"{frame}":null' for frame in frames]) + "}"
    number = add_revision(connection, act, frames, nothing, _dump(frames, table.codes))
    rows, columns = np.nonzero(table.codes)
    at = table.frames[rows].tolist()
    keys = _KEYS[columns].tolist()
    values = table.codes[rows, columns].tolist()
    same = f"{table.rater_id:d}, {table.video_id:d}"
    _insert_rows(
        connection,
        f"{frame_coding.name} (rater_id, video_id, revision_id, frame) VALUES",
        f"({same}, {number:d}, %s)",
        frames,
        width=1,
    )
    _insert_rows(
        connection,
        f"{action_code.name} (rater_id, video_id, frame, action, code) VALUES",
        f"({same}, %s, %s, %s)",
        [value for entry in zip(at, keys, values, strict=True) for value in entry],
        width=3,
    )


def _insert_rows(
    connection: sa.Connection, into: str, row: str, values: Sequence[object], *, width: int
) -> None:
    """Insert rows of `width` values each, many with every call of the driver.

    Profiled on 324,000 codes: what a call per row costs in the driver is more
    than what the database does for it.
    """
    if connection.dialect.paramstyle == "qmark":
        row = row.replace("%s", "?")
    step = _ROWS_PER_CALL * width
    whole = len(values) // step * step
    for rows, start, end in (
        (_ROWS_PER_CALL, 0, whole),
        ((len(values) - whole) // width, whole, len(values)),
    ):
        size = rows * width
        calls = [tuple(values[at : at + size]) for at in range(start, end, size)] if size else []
        if calls:
            connection.exec_driver_sql(f"INSERT INTO {into} {', '.join([row] * rows)}", calls)


def _dump(frames: list[int], codes: NDArray[np.uint8]) -> str:
    """What ``mapping.dump_codings`` would write, without a record per frame."""
    rows, columns = np.nonzero(codes)
    texts = _TEXTS[columns, codes[rows, columns]].tolist()
    ends = np.cumsum(np.count_nonzero(codes, axis=1)).tolist()
    starts = [0, *ends[:-1]]
    entries = [
        f'"{frame}":{{"codes":"{" ".join(texts[start:end])}"}}'
        for frame, start, end in zip(frames, starts, ends, strict=True)
    ]
    return "{" + ",".join(entries) + "}"


def _codings(table: CodeTable, rows: NDArray[np.intp]) -> Iterable[tuple[int, FrameCoding]]:
    said = {(entry.frame, entry.action): entry for entry in table.remarks or ()}
    for row in rows:
        frame = int(table.frames[row])
        codes = tuple(_code(table, int(row), int(at), said) for at in np.flatnonzero(table.codes[row]))
        coding = FrameCoding(table.rater_id, table.video_id, frame, codes)
        own = said.get((frame, None))
        if own is not None:
            coding = dataclasses.replace(coding, comment=own.note, doubtful=own.doubtful)
        yield frame, coding


def _code(
    table: CodeTable, row: int, column: int, said: Mapping[tuple[int, str | None], Remark]
) -> ActionCode:
    key = CODE_COLUMNS[column]
    place = 0 if table.intensities is None else int(table.intensities[row, column])
    remark = said.get((int(table.frames[row]), key))
    return ActionCode(
        key,
        int(table.codes[row, column]),
        INTENSITIES[place - 1] if place else None,
        doubtful=remark is not None and remark.doubtful,
        note=remark.note if remark is not None else "",
    )
