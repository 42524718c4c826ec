"""Prove that a store is sound: the file, its references, and that the log explains every label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from hrm_core.records.coding import FrameCoding
from hrm_core.store.adjudications import doubtful_decisions
from hrm_core.store.doubtful_ratings import doubtful_ratings
from hrm_core.store.engine import is_sqlite
from hrm_core.store.frames import read_frames
from hrm_core.store.mapping import to_revision
from hrm_core.store.schema import frame_coding, revision
from hrm_core.store.session import Database

__all__ = ["Verification", "verify"]

_MOST_FINDINGS = 20

# What reading a row raises that this program did not write.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)

Scope = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Verification:
    """What :func:`verify` found.

    Attributes
    ----------
    frames, revisions : int
        How many coded frames and log entries were compared.
    findings : tuple of str
        Sentences, at most twenty; none if the store is sound.
    """

    frames: int
    revisions: int
    findings: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def verify(database: Database) -> Verification:
    """Check a store from the outside in; works while others use it.

    The log is replayed from its first entry: every entry must start from what
    the one before left, and the end must equal the labels in the tables.  So are
    the logs of rating sessions, whose end must equal the ratings that stand.

    Raises
    ------
    StoreError
        If the store cannot be read at all.
    """
    findings: list[str] = []
    frames = revisions = 0
    with database.reading() as connection:
        findings.extend(_check_file(connection))
        for scope in _scopes(connection):
            state: dict[int, FrameCoding | None] = {}
            for row in _entries(connection, scope):
                revisions += 1
                findings.extend(_apply(row, state))
            try:
                stored = read_frames(connection, *scope)
            except _UNREADABLE as error:
                findings.append(f"Labels {_where(scope)} cannot be read ({error}).")
                continue
            frames += len(stored)
            findings.extend(_compare(scope, state, stored))
        findings.extend(doubtful_decisions(connection))
        findings.extend(doubtful_ratings(connection))
    return Verification(frames, revisions, tuple(findings[:_MOST_FINDINGS]))


def _check_file(connection: sa.Connection) -> Iterator[str]:
    if not is_sqlite(connection):
        return
    for (answer,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if answer != "ok":
            yield f"The file is damaged: {answer}."
    for table, *_ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"A row of the table {table} refers to one that does not exist."


def _scopes(connection: sa.Connection) -> list[Scope]:
    """Every (rater, video) that has labels or history."""
    pairs = sa.union(
        sa.select(frame_coding.c.rater_id, frame_coding.c.video_id),
        sa.select(revision.c.rater_id, revision.c.video_id),
    )
    return sorted((rater_id, video_id) for rater_id, video_id in connection.execute(pairs))


def _entries(connection: sa.Connection, scope: Scope) -> Iterator[sa.RowMapping]:
    rater_id, video_id = scope
    query = (
        sa.select(revision)
        .where(revision.c.rater_id == rater_id, revision.c.video_id == video_id)
        .order_by(revision.c.id)
    )
    yield from connection.execute(query).mappings()


def _apply(row: sa.RowMapping, state: dict[int, FrameCoding | None]) -> Iterator[str]:
    try:
        entry = to_revision(row)
    except _UNREADABLE as error:
        yield f"History entry {row['id']} cannot be read ({error})."
        return
    for frame, before in entry.before.items():
        if not _same(before, state.get(frame)):
            yield f"History entry {entry.id} does not start from what frame {frame} held before it."
    state.update(entry.after)


def _compare(
    scope: Scope, state: dict[int, FrameCoding | None], stored: dict[int, FrameCoding]
) -> Iterator[str]:
    where = _where(scope)
    for frame in sorted(state.keys() | stored.keys()):
        logged, found = state.get(frame), stored.get(frame)
        if not _same(logged, found):
            yield f"Frame {frame} {where} holds labels that its history does not explain."
        elif logged and found and logged.revision != found.revision:
            yield f"Frame {frame} {where} names another history entry than the one that wrote it."


def _where(scope: Scope) -> str:
    rater_id, video_id = scope
    return f"of rater {rater_id} on video {video_id}"


def _same(first: FrameCoding | None, second: FrameCoding | None) -> bool:
    return first is second if first is None or second is None else first.says_the_same_as(second)
