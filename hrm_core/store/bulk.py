"""Write the codes of thousands of frames at the speed of the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from hrm_core.errors import ConflictError
from hrm_core.records.code_table import CodeTable
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.store.frames import Act, add_revision, read_frames, replace_frames
from hrm_core.store.schema import action_code, frame_coding

__all__ = ["ImportCounts", "insert_table"]


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
    if len(fresh):
        _insert(connection, fresh, act)
    differing = {
        frame: coding
        for frame, coding in _codings(table, np.flatnonzero(~is_new))
        if not _same_codes(coding, known[frame])
    }
    if differing:
        _replace(connection, act, known, differing, allowed=replace)
    return ImportCounts(len(fresh), len(differing), int((~is_new).sum()) - len(differing))


def _same_codes(new: FrameCoding, old: FrameCoding) -> bool:
    def sides(coding: FrameCoding) -> list[tuple[str, int]]:
        return [(code.action, code.code) for code in coding.codes]

    # A label file cannot say that a frame was checked, so it does not contradict it.
    return sides(new) == sides(old) and old.state in (CodingState.CODED, CodingState.CHECKED)


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
            mine=differing[first],
            theirs=known[first],
        )
    replace_frames(connection, act, {frame: known[frame] for frame in differing}, differing)


def _insert(connection: sa.Connection, table: CodeTable, act: Act) -> None:
    frames = table.frames.tolist()
    nothing = "{" + ",".join(f'"{frame}":null' for frame in frames) + "}"
    number = add_revision(connection, act, frames, nothing, _dump(frames, table.codes))
    _insert_rows(
        connection,
        frame_coding,
        ("rater_id", "video_id", "frame", "revision_id"),
        ((table.rater_id, table.video_id, frame, number) for frame in frames),
    )
    rows, columns = np.nonzero(table.codes)
    keys = np.array(CODE_COLUMNS, dtype=object)[columns]
    _insert_rows(
        connection,
        action_code,
        ("rater_id", "video_id", "frame", "action", "code"),
        (
            (table.rater_id, table.video_id, frame, key, code)
            for frame, key, code in zip(
                table.frames[rows].tolist(), keys.tolist(), table.codes[rows, columns].tolist(), strict=True
            )
        ),
    )


def _insert_rows(
    connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]
) -> None:
    values = list(rows)
    if not values:
        return
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    # Plain tuples to the driver: a dict per row would cost more than the insert.
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})",
        values,
    )


def _dump(frames: list[int], codes: NDArray[np.uint8]) -> str:
    """What ``mapping.dump_codings`` would write, without a record per frame."""
    texts: dict[bytes, str] = {}
    entries = []
    for frame, row in zip(frames, codes, strict=True):
        key = row.tobytes()
        text = texts.get(key)
        if text is None:
            text = texts[key] = " ".join(f"{CODE_COLUMNS[at]}={row[at]}" for at in np.flatnonzero(row))
        entries.append(f'"{frame}":{{"codes":"{text}"}}')
    return "{" + ",".join(entries) + "}"


def _codings(table: CodeTable, rows: NDArray[np.intp]) -> Iterable[tuple[int, FrameCoding]]:
    for row in rows:
        frame = int(table.frames[row])
        present = np.flatnonzero(table.codes[row])
        codes = tuple(ActionCode(CODE_COLUMNS[at], int(table.codes[row, at])) for at in present)
        yield frame, FrameCoding(table.rater_id, table.video_id, frame, codes)
