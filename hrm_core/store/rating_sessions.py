"""Plan rating sessions and look at them: the coordinator's side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hrm_core.errors import NotFoundError, ProjectError, StoreError
from hrm_core.records.rating_plan import (
    PreparedClip,
    RatingLogEntry,
    RatingSession,
    Seat,
    SessionPlan,
    Trial,
    TrialKind,
    plan_text,
    presentation_text,
    read_plan,
    read_presentation,
)
from hrm_core.records.sitting import SittingAct, SittingEvent, SittingState
from hrm_core.store.mapping import from_timestamp, now
from hrm_core.store.schema import (
    rater,
    rating_clip,
    rating_event,
    rating_log,
    rating_seat,
    rating_session,
    rating_trial,
)
from hrm_core.store.session import Database
from hrm_core.store.sitting_log import append_event, read_on

__all__ = ["RatingSessions"]


class RatingSessions:
    """Sessions with their seats, trials, prepared clips and logs."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[RatingSession]:
        """Every session, also those of imported ratings, in the order they were made."""
        query = sa.select(rating_session).order_by(rating_session.c.id)
        with self._db.reading() as connection:
            rows = connection.execute(query).mappings().all()
            return [_to_session(row, _seats(connection, row["id"])) for row in rows]

    def get(self, name: str) -> RatingSession:
        """The session of this name.

        Raises
        ------
        NotFoundError
            If there is none; the message lists those there are.
        """
        sessions = self.all()
        for session in sessions:
            if session.name == name:
                return session
        names = ", ".join(repr(session.name) for session in sessions) or "none yet"
        raise NotFoundError(
            f"No rating session {name!r} in this project; there are: {names}. hrm rating plan makes one."
        )

    def add(
        self,
        plan: SessionPlan,
        seats: Sequence[Seat],
        trials: Mapping[int, Sequence[Trial]],
        clips: Sequence[PreparedClip],
        *,
        token: str,
        sign_key: str,
    ) -> RatingSession:
        """Store a plan with everything that belongs to it, all or nothing.

        Parameters
        ----------
        plan : SessionPlan
            What was planned.
        seats : sequence of Seat
            Of raters that are in the store.
        trials : mapping of int to sequence of Trial
            By number of the judge.
        clips : sequence of PreparedClip
            Every clip that a trial shows.
        token, sign_key : str
            Random.

        Raises
        ------
        ProjectError
            If there is a session of this name.
        StoreWriteError
            If it could not be written.
        """
        with self._db.writing() as connection:
            self._db.lock(connection)
            if connection.scalar(sa.select(rating_session.c.id).where(rating_session.c.name == plan.name)):
                raise ProjectError(f"There is a rating session {plan.name!r} already: choose another name.")
            values = {
                "name": plan.name,
                "question": plan.presentation.question,
                "created_at": now(),
                "token": token,
                "presentation": presentation_text(plan.presentation),
                "plan": plan_text(plan),
                "sign_key": sign_key,
            }
            result = connection.execute(sa.insert(rating_session).values(values))
            (number,) = result.inserted_primary_key or (0,)
            _insert_parts(connection, int(number), seats, trials, clips)
        return self.get(plan.name)

    def trials(self, session_id: int, judge_id: int) -> list[Trial]:
        """All trials of a judge in order."""
        query = (
            sa.select(rating_trial)
            .where(rating_trial.c.session_id == session_id, rating_trial.c.judge_id == judge_id)
            .order_by(rating_trial.c.position)
        )
        with self._db.reading() as connection:
            return [_to_trial(row) for row in connection.execute(query).mappings()]

    def clips(self, session_id: int) -> list[PreparedClip]:
        """The prepared clips of a session."""
        query = (
            sa.select(rating_clip)
            .where(rating_clip.c.session_id == session_id)
            .order_by(rating_clip.c.clip_id)
        )
        with self._db.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [PreparedClip(**{name: row[name] for name in row if name != "session_id"}) for row in rows]

    def state(self, session_id: int, judge_id: int) -> SittingState:
        """How far a judge has come."""
        with self._db.reading() as connection:
            return read_on(connection, session_id, judge_id).state

    def events(self, session_id: int, judge_id: int) -> list[SittingEvent]:
        """The whole log of a judge's sitting, the oldest first."""
        query = (
            sa.select(rating_event)
            .where(rating_event.c.session_id == session_id, rating_event.c.judge_id == judge_id)
            .order_by(rating_event.c.id)
        )
        with self._db.reading() as connection:
            return [_to_event(row) for row in connection.execute(query).mappings()]

    def add_events(self, session: RatingSession, judge_id: int, events: Sequence[SittingEvent]) -> None:
        """Append what happened elsewhere, all or nothing, by the same rules as in the window.

        Raises
        ------
        ProjectError
            If an event does not fit to what is there already, or the session was closed or not
            planned here.
        StoreWriteError
            If it could not be written.
        """
        if session.plan is None:
            raise ProjectError(f"{session.name!r} was not planned here: nobody can rate in it.")
        points = len(session.plan.presentation.scale)
        # Nobody closes it until these are in.
        closed = sa.select(rating_session.c.closed_at).where(rating_session.c.id == session.id)
        with self._db.writing() as connection:
            self._db.lock_seat(connection, session.id, judge_id)
            if connection.scalar(closed.with_for_update(read=True)) is not None:
                raise ProjectError(
                    f"The session {session.name!r} was closed: open it again (hrm rating reopen), then take "
                    "the answers in."
                )
            read = None
            for event in events:
                read = append_event(connection, session.id, judge_id, event, points, read)

    def unblind(self, session_id: int, judge_id: int, why: str) -> None:
        """Write that a judge is not blind from now on; the caller logs who did it.

        Raises
        ------
        NotFoundError
            If the judge has no seat in the session.
        """
        same = (rating_seat.c.session_id == session_id, rating_seat.c.judge_id == judge_id)
        change = sa.update(rating_seat).where(*same).values(blind=False, why_not_blind=why)
        with self._db.writing() as connection:
            if connection.execute(change).rowcount == 0:
                raise NotFoundError("This judge has no place in this session: hrm rating show lists who has.")

    def set_closed(self, session_id: int, *, closed: bool) -> None:
        """Close a session, or open it again; one that is closed already stays closed since when it was.

        Answers that are being written are waited for, and none comes after.
        """
        change = sa.update(rating_session).where(rating_session.c.id == session_id)
        if closed:
            change = change.where(rating_session.c.closed_at.is_(None))
        with self._db.writing() as connection:
            connection.execute(change.values(closed_at=now() if closed else None))

    def log(self, session_id: int) -> list[RatingLogEntry]:
        """What was done about a session, the oldest first."""
        query = (
            sa.select(rating_log, rater.c.name)
            .join_from(rating_log, rater, rater.c.id == rating_log.c.actor_id, isouter=True)
            .where(rating_log.c.session_id == session_id)
            .order_by(rating_log.c.id)
        )
        with self._db.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            RatingLogEntry(
                row["what"], row["name"] or "", json.loads(row["detail"]), from_timestamp(row["at"])
            )
            for row in rows
        ]

    def write_log(
        self, session_id: int, what: str, actor_id: int | None, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Append to the log of a session."""
        values = {
            "at": now(),
            "session_id": session_id,
            "actor_id": actor_id,
            "what": what,
            "detail": json.dumps(dict(detail or {}), ensure_ascii=False),
        }
        with self._db.writing() as connection:
            connection.execute(sa.insert(rating_log), [values])


def _insert_parts(
    connection: sa.Connection,
    number: int,
    seats: Sequence[Seat],
    trials: Mapping[int, Sequence[Trial]],
    clips: Sequence[PreparedClip],
) -> None:
    rows: list[tuple[sa.Table, list[dict[str, Any]]]] = [
        (
            rating_seat,
            [
                {
                    "session_id": number,
                    "judge_id": seat.judge_id,
                    "place": place,
                    "token": seat.token,
                    "blind": seat.blind,
                    "why_not_blind": seat.why_not_blind,
                }
                for place, seat in enumerate(seats)
            ],
        ),
        (
            rating_clip,
            [
                {"session_id": number, **{name: getattr(entry, name) for name in PreparedClip.__slots__}}
                for entry in clips
            ],
        ),
        (
            rating_trial,
            [
                {
                    "session_id": number,
                    "judge_id": judge_id,
                    **{name: getattr(entry, name) for name in Trial.__slots__},
                    "kind": str(entry.kind),
                }
                for judge_id, entries in trials.items()
                for entry in entries
            ],
        ),
    ]
    for table, values in rows:
        if values:
            connection.execute(sa.insert(table), values)


def _seats(connection: sa.Connection, session_id: int) -> tuple[Seat, ...]:
    query = (
        sa.select(rating_seat, rater.c.name)
        .join_from(rating_seat, rater)
        .where(rating_seat.c.session_id == session_id)
        .order_by(rating_seat.c.place)
    )
    return tuple(
        Seat(row["judge_id"], row["name"], row["token"], bool(row["blind"]), row["why_not_blind"])
        for row in connection.execute(query).mappings()
    )


def _to_session(row: sa.RowMapping, seats: tuple[Seat, ...]) -> RatingSession:
    plan = None
    if row["plan"]:
        try:
            plan = read_plan(row["name"], read_presentation(row["presentation"]), row["plan"])
        except (ValueError, LookupError, TypeError) as error:
            raise StoreError(
                f"The plan of the rating session {row['name']!r} is damaged in the label store: hrm store "
                "verify says more; go back to a backup with hrm store restore."
            ) from error
    closed: datetime | None = None if row["closed_at"] is None else from_timestamp(row["closed_at"])
    return RatingSession(
        id=row["id"],
        name=row["name"],
        question=row["question"],
        created_at=from_timestamp(row["created_at"]),
        token=row["token"],
        sign_key=row["sign_key"],
        plan=plan,
        seats=seats,
        closed_at=closed,
    )


def _to_trial(row: sa.RowMapping) -> Trial:
    return Trial(
        row["position"],
        row["token"],
        TrialKind(row["kind"]),
        row["clip_id"],
        row["expected"],
        bool(row["break_before"]),
    )


def _to_event(row: sa.RowMapping) -> SittingEvent:
    return SittingEvent(
        position=row["position"],
        act=SittingAct(row["act"]),
        score=row["score"],
        response_s=row["response_s"],
        replays=row["replays"],
        watched_s=row["watched_s"],
        via=row["via"],
        at=from_timestamp(row["at"]),
        said_at=None if row["said_at"] is None else from_timestamp(row["said_at"]),
    )
