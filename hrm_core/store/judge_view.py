"""What one judge may read and write, on a connection that can do nothing else."""

from __future__ import annotations

from types import TracebackType

import sqlalchemy as sa

from hrm_core.errors import NotFoundError, ProjectError, StoreError
from hrm_core.records.rating_plan import Presentation, TrialKind, read_presentation
from hrm_core.records.sitting import Seated, SeatTrial, SittingAct, SittingEvent, SittingState
from hrm_core.store import sitting_log
from hrm_core.store.judge_connection import WORDING, guarded, undamaged
from hrm_core.store.schema import rater, rating_clip, rating_event, rating_seat, rating_session, rating_trial
from hrm_core.store.session import EPOCH, LOCK, Database
from hrm_core.store.sitting_log import ReadLog, append_event, read_on

__all__ = ["STATEMENTS", "JudgeView"]

_SEAT = (
    sa.select(rating_session.c.id, rating_seat.c.judge_id)
    .join_from(rating_session, rating_seat)
    .join(rater, rater.c.id == rating_seat.c.judge_id)
    .where(rating_session.c.name == sa.bindparam("session"), rater.c.name == sa.bindparam("judge"))
)
_SESSION = sa.select(rating_session.c.presentation, rating_session.c.token, rating_session.c.closed_at).where(
    rating_session.c.id == sa.bindparam("session")
)
# On a server, whoever closes the session waits until the answer is in.
_OPEN = (
    sa.select(rating_session.c.closed_at)
    .where(rating_session.c.id == sa.bindparam("session"))
    .with_for_update(read=True)
)
_TRIALS = (
    sa.select(
        *(column for column in rating_trial.c if column.name not in ("session_id", "judge_id")),
        rating_clip.c.file,
        rating_clip.c.sha256,
    )
    .join_from(
        rating_trial,
        rating_clip,
        sa.and_(
            rating_clip.c.session_id == rating_trial.c.session_id,
            rating_clip.c.clip_id == rating_trial.c.clip_id,
        ),
        isouter=True,
    )
    .where(
        rating_trial.c.session_id == sa.bindparam("session"), rating_trial.c.judge_id == sa.bindparam("judge")
    )
    .order_by(rating_trial.c.position)
)
_SEATS = (
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
_TOTALS = sa.select(
    rating_trial.c.session_id, rating_trial.c.judge_id, sa.func.count(rating_trial.c.position)
).group_by(rating_trial.c.session_id, rating_trial.c.judge_id)
# Every answer that is taken back was one that stood.
_ACTS = (
    sa.select(
        rating_event.c.session_id,
        rating_event.c.judge_id,
        rating_event.c.act,
        sa.func.count(rating_event.c.position),
    )
    .where(rating_event.c.act.in_([str(SittingAct.ANSWERED), str(SittingAct.TAKEN_BACK)]))
    .group_by(rating_event.c.session_id, rating_event.c.judge_id, rating_event.c.act)
)

STATEMENTS = (EPOCH, LOCK, _SEAT, _SESSION, _OPEN, _TRIALS, _SEATS, _TOTALS, _ACTS, *sitting_log.STATEMENTS)
"""All that a judge's connection sends; the embedded store asks for every column of them besides."""


class JudgeView:
    """One judge's sitting in one session.

    Safe to use from several threads; closing it gives back the connections.
    """

    def __init__(self, database: Database, session_id: int, judge_id: int, name: str) -> None:
        self._db = database
        self._session_id = session_id
        self._judge_id = judge_id
        self._read: ReadLog | None = None
        self.session = name
        with undamaged():
            self.presentation: Presentation = read_presentation(self._facts()["presentation"])

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
        database = guarded(url, STATEMENTS)
        try:
            with database.reading() as connection:
                found = connection.execute(_SEAT, {"session": session, "judge": judge}).first()
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
        database = guarded(url, STATEMENTS)
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
        return str(self._facts()["token"])

    def trials(self) -> list[SeatTrial]:
        """All trials of this judge in order."""
        with undamaged(), self._db.reading() as connection:
            return [_to_trial(row) for row in connection.execute(_TRIALS, self._own).mappings()]

    def state(self) -> SittingState:
        """How far the judge has come."""
        with undamaged(), self._db.reading() as connection:
            self._read = read_on(connection, self._session_id, self._judge_id, self._read)
        return self._read.state

    def closed(self) -> bool:
        """Whether nobody rates in the session any more."""
        return self._facts()["closed_at"] is not None

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
        StoreError
            If a backup was restored meanwhile; nothing has changed.
        """
        with undamaged(), self._db.writing() as connection:
            # Two windows of the same judge: the second must see what the first has written.
            self._db.lock_seat(connection, self._session_id, self._judge_id)
            if connection.scalar(_OPEN, self._own) is not None:
                raise ProjectError("The session was closed: nothing can be rated in it any more.")
            points = len(self.presentation.scale)
            read = append_event(connection, self._session_id, self._judge_id, event, points, self._read)
        # Only now: what was not committed did not happen.
        self._read = read
        return read.state

    @property
    def _own(self) -> dict[str, int]:
        return {"session": self._session_id, "judge": self._judge_id}

    def _facts(self) -> sa.RowMapping:
        with self._db.reading() as connection:
            row = connection.execute(_SESSION, {"session": self._session_id}).mappings().first()
        if row is None:
            raise StoreError(WORDING.replaced)
        return row


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
    with undamaged(), database.reading() as connection:
        total = {(session, judge): count for session, judge, count in connection.execute(_TOTALS)}
        done: dict[tuple[int, int], int] = {}
        for session, judge, act, count in connection.execute(_ACTS):
            sign = 1 if act == SittingAct.ANSWERED else -1
            done[session, judge] = done.get((session, judge), 0) + sign * count
        rows = connection.execute(_SEATS).mappings().all()
    with undamaged():
        return [
            Seated(
                session=row["name"],
                judge=row["judge"],
                done=done.get((row["id"], row["judge_id"]), 0),
                total=total.get((row["id"], row["judge_id"]), 0),
                sound=read_presentation(row["presentation"]).sound,
                closed=row["closed_at"] is not None,
            )
            for row in rows
        ]
