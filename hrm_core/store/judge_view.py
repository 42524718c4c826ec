"""What one judge may read and write, on a connection that can do nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from hrm_core.errors import NotFoundError, ProjectError, StoreError
from hrm_core.records.rating_plan import Presentation, TrialKind, read_presentation
from hrm_core.records.sitting import Seated, SeatTrial, SittingEvent, SittingState
from hrm_core.store.engine import connect, sqlite_file
from hrm_core.store.migrate import is_current
from hrm_core.store.schema import rater, rating_clip, rating_seat, rating_session, rating_trial
from hrm_core.store.session import Database, translate
from hrm_core.store.sitting_log import append_event, sitting_state

__all__ = ["READABLE", "WRITABLE", "JudgeView"]

READABLE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "rating_session": frozenset({"id", "name", "token", "presentation", "closed_at"}),
        "rating_seat": frozenset({"session_id", "judge_id", "place"}),
        "rating_trial": frozenset(column.name for column in rating_trial.c),
        "rating_clip": frozenset({"session_id", "clip_id", "file", "sha256"}),
        "rating_event": frozenset({"id", "session_id", "judge_id", "position", "act"}),
        # To take an answer back its row must be found, which needs no score.
        "rating": frozenset({"session_id", "judge_id", "clip_id", "position"}),
        # SQLite looks up that the clip of a rating exists.
        "clip": frozenset({"id"}),
        "rater": frozenset({"id", "name"}),
        "store_info": frozenset({"key", "value"}),
        "alembic_version": frozenset({"version_num"}),
        "sqlite_master": frozenset({"type", "name", "tbl_name", "rootpage", "sql"}),
    }
)
"""Columns that a judge's connection can read, by table."""

WRITABLE = frozenset({"rating_event", "rating"})
"""Tables into which a judge's connection can write."""


class JudgeView:
    """One judge's sitting in one session.

    Safe to use from several threads; closing it gives back the connections.
    """

    def __init__(self, database: Database, session_id: int, judge_id: int, name: str) -> None:
        self._db = database
        self._session_id = session_id
        self._judge_id = judge_id
        self.session = name
        self.presentation: Presentation = self._read_presentation()

    @classmethod
    def open(cls, url: str, session: str, judge: str) -> JudgeView:
        """Open the store for a judge.

        Parameters
        ----------
        url : str
            Of the label store.
        session, judge : str
            Names.

        Raises
        ------
        NotFoundError
            If there is no such session, or the judge has no seat in it.
        ProjectError
            If the store was not opened since the program was updated, or by a newer version.
        StoreError
            If it cannot be read.
        """
        database = _guarded(url)
        try:
            query = (
                sa.select(rating_session.c.id, rating_seat.c.judge_id)
                .join_from(rating_session, rating_seat)
                .join(rater, rater.c.id == rating_seat.c.judge_id)
                .where(rating_session.c.name == session, rater.c.name == judge)
            )
            with database.reading() as connection:
                found = connection.execute(query).first()
            if found is None:
                raise NotFoundError(
                    f"{judge!r} has no place in a session {session!r}: ask who planned the session."
                )
            return cls(database, found[0], found[1], session)
        except BaseException:
            database.close()
            raise

    @staticmethod
    def seats(url: str) -> list[Seated]:
        """All seats of all sessions that were planned here, for a judge to choose their own.

        Raises
        ------
        ProjectError, StoreError
            As :meth:`open`.
        """
        database = _guarded(url)
        try:
            return _seats(database)
        finally:
            database.close()

    def __enter__(self) -> JudgeView:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the connections."""
        self._db.close()

    def token(self) -> str:
        """Random name of the session, which is that of the folder with its clips."""
        with self._db.reading() as connection:
            query = sa.select(rating_session.c.token).where(rating_session.c.id == self._session_id)
            return str(connection.scalar(query))

    def trials(self) -> list[SeatTrial]:
        """All trials of this judge in order."""
        columns = [column for column in rating_trial.c if column.name not in ("session_id", "judge_id")]
        query = (
            sa.select(*columns, rating_clip.c.file, rating_clip.c.sha256)
            .join_from(
                rating_trial,
                rating_clip,
                sa.and_(
                    rating_clip.c.session_id == rating_trial.c.session_id,
                    rating_clip.c.clip_id == rating_trial.c.clip_id,
                ),
                isouter=True,
            )
            .where(rating_trial.c.session_id == self._session_id, rating_trial.c.judge_id == self._judge_id)
            .order_by(rating_trial.c.position)
        )
        with self._db.reading() as connection:
            return [_to_trial(row) for row in connection.execute(query).mappings()]

    def state(self) -> SittingState:
        """How far the judge has come."""
        with self._db.reading() as connection:
            return sitting_state(connection, self._session_id, self._judge_id)

    def closed(self) -> bool:
        """Whether nobody rates in the session any more."""
        with self._db.reading() as connection:
            query = sa.select(rating_session.c.closed_at).where(rating_session.c.id == self._session_id)
            return connection.scalar(query) is not None

    def write(self, event: SittingEvent) -> SittingState:
        """Write what happened; on disk when this returns.

        Returns
        -------
        SittingState
            How far the judge is now.

        Raises
        ------
        ProjectError
            If the session is closed, the trial is answered already, another answer than the last
            would be taken back, or the score is not on the scale.
        StoreWriteError
            If it could not be written; nothing has changed.
        """
        with self._db.writing() as connection:
            # Two windows of the same judge: the second must see what the first has written.
            self._db.lock(connection, self._judge_id)
            closed = sa.select(rating_session.c.closed_at).where(rating_session.c.id == self._session_id)
            if connection.scalar(closed) is not None:
                raise ProjectError("The session was closed: nothing can be rated in it any more.")
            points = len(self.presentation.scale)
            append_event(connection, self._session_id, self._judge_id, event, points)
            return sitting_state(connection, self._session_id, self._judge_id)

    def _read_presentation(self) -> Presentation:
        query = sa.select(rating_session.c.presentation).where(rating_session.c.id == self._session_id)
        with self._db.reading() as connection:
            return read_presentation(str(connection.scalar(query)))


def _to_trial(row: sa.RowMapping) -> SeatTrial:
    kind = TrialKind(row["kind"])
    return SeatTrial(
        position=row["position"],
        token=row["token"],
        kind=TrialKind.RATING if kind is TrialKind.REPEAT else kind,
        file=row["file"],
        sha256=row["sha256"] or "",
        expected=row["expected"],
        break_before=bool(row["break_before"]),
    )


def _seats(database: Database) -> list[Seated]:
    seats = (
        sa.select(
            rating_session.c.id,
            rating_session.c.name,
            rating_session.c.presentation,
            rating_session.c.closed_at,
            rater.c.id.label("judge_id"),
            rater.c.name.label("judge"),
        )
        .join_from(rating_session, rating_seat)
        .join(rater, rater.c.id == rating_seat.c.judge_id)
        .order_by(rating_session.c.id, rating_seat.c.place)
    )
    totals = sa.select(
        rating_trial.c.session_id, rating_trial.c.judge_id, sa.func.count(rating_trial.c.position)
    ).group_by(rating_trial.c.session_id, rating_trial.c.judge_id)
    with database.reading() as connection:
        total = {(session, judge): count for session, judge, count in connection.execute(totals)}
        return [
            Seated(
                session=row["name"],
                judge=row["judge"],
                done=len(sitting_state(connection, row["id"], row["judge_id"]).answered),
                total=total.get((row["id"], row["judge_id"]), 0),
                sound=read_presentation(row["presentation"]).sound,
                closed=row["closed_at"] is not None,
            )
            for row in connection.execute(seats).mappings().all()
        ]


def _guarded(url: str) -> Database:
    """The store behind `url`, cut off from everything that is not on the lists."""
    file = sqlite_file(url)
    if file is not None and not file.is_file():
        raise ProjectError("The label store of this study is missing: ask who planned the session.")
    engine = connect(url)
    sa.event.listen(engine, "connect", _set_authorizer)
    sa.event.listen(engine, "before_execute", _check_statement)
    try:
        with engine.connect() as connection:
            if not is_current(connection, "This study"):
                raise ProjectError(
                    "This study was made with an older version of the program: whoever planned the session "
                    "opens it once, then it can be rated."
                )
        return Database(engine)
    except (sa.exc.DBAPIError, UnicodeDecodeError) as error:
        engine.dispose()
        raise translate(error, writing=False) from error
    except BaseException:
        engine.dispose()
        raise


def _set_authorizer(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.set_authorizer(_authorize)


def _authorize(
    act: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None
) -> int:
    """Whether SQLite may do one thing that a statement needs."""
    allowed = act in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_FUNCTION)
    if act == sqlite3.SQLITE_READ:
        # An empty column: rows are counted, nothing is read.
        readable = READABLE.get(first or "")
        allowed = readable is not None and (not second or second in readable)
    elif act in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_DELETE):
        allowed = first in WRITABLE and not (act == sqlite3.SQLITE_DELETE and first == "rating_event")
    elif act == sqlite3.SQLITE_PRAGMA:
        # Only those with which the engine and SQLAlchemy begin.
        allowed = True
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _check_statement(
    _connection: sa.Connection, statement: Any, _many: Any, _parameters: Any, _options: Any
) -> None:
    """Refuse a statement that reads a column off the list, before a server sees it."""
    if not isinstance(statement, sa.sql.ClauseElement):
        return
    for element in visitors.iterate(statement):
        if isinstance(element, sa.Column) and isinstance(element.table, sa.Table):
            table, name = element.table.name, element.name
            if not (statement.is_dml and table in WRITABLE) and name not in READABLE.get(table, ()):
                raise StoreError(f"A judge's connection may not read {table}.{name}.")
