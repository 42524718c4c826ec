"""The log of a judge's sitting: how it is written, and what it says of where the judge is.

Every statement is one of :data:`STATEMENTS`, because a judge's connection sends no others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from hrm_core.errors import ProjectError
from hrm_core.records.rating_plan import TrialKind
from hrm_core.records.sitting import SittingAct, SittingEvent, SittingState
from hrm_core.store.mapping import now
from hrm_core.store.schema import rating, rating_event, rating_trial

__all__ = ["STATEMENTS", "ReadLog", "append_event", "read_on"]

_KEPT = (TrialKind.RATING, TrialKind.REPEAT)

# Scores are not read.
_NEWER = (
    sa.select(rating_event.c.id, rating_event.c.position, rating_event.c.act, rating_event.c.replays)
    .where(
        rating_event.c.session_id == sa.bindparam("session"),
        rating_event.c.judge_id == sa.bindparam("judge"),
        rating_event.c.id > sa.bindparam("last"),
    )
    .order_by(rating_event.c.id)
)
_TRIAL = sa.select(rating_trial.c.kind, rating_trial.c.clip_id).where(
    rating_trial.c.session_id == sa.bindparam("session"),
    rating_trial.c.judge_id == sa.bindparam("judge"),
    rating_trial.c.position == sa.bindparam("place"),
)
_ADD_EVENT = sa.insert(rating_event)
_ADD_RATING = sa.insert(rating)
_TAKE_RATING_BACK = sa.delete(rating).where(
    rating.c.session_id == sa.bindparam("session"),
    rating.c.judge_id == sa.bindparam("judge"),
    rating.c.position == sa.bindparam("place"),
)

STATEMENTS = (_NEWER, _TRIAL, _ADD_EVENT, _ADD_RATING, _TAKE_RATING_BACK)
"""All that is ever sent from here."""


@dataclass(frozen=True, slots=True)
class ReadLog:
    """A log as far as it has been read, so that nobody need read it twice.

    Attributes
    ----------
    state : SittingState
        How far the judge has come by it.
    last : int
        Number of the newest event that was read; 0 for none.
    """

    state: SittingState = field(default_factory=SittingState)
    last: int = 0


def read_on(
    connection: sa.Connection, session_id: int, judge_id: int, read: ReadLog | None = None
) -> ReadLog:
    """Read what was added to a judge's log since it was read; scores are not read.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        On the store.
    session_id, judge_id : int
        Whose log.
    read : ReadLog or None
        What was read of it before; None for nothing.
    """
    read = read or ReadLog()
    wanted = {"session": session_id, "judge": judge_id, "last": read.last}
    newer = [tuple(row) for row in connection.execute(_NEWER, wanted)]
    if not newer:
        return read
    state = read.state
    answered, last = set(state.answered), state.may_take_back
    showings, wished = dict(state.showings), dict(state.replays)
    for _, position, act, replays in newer:
        match SittingAct(act):
            case SittingAct.SHOWN:
                showings[position] = showings.get(position, 0) + 1
                wished[position] = max(replays, wished.get(position, 0))
            case SittingAct.ANSWERED:
                answered.add(position)
                last = position
            case SittingAct.TAKEN_BACK:
                answered.discard(position)
                last = None
            case SittingAct.PAUSED | SittingAct.WENT_ON:
                pass
    return ReadLog(SittingState(frozenset(answered), last, showings, wished), newer[-1][0])


def append_event(
    connection: sa.Connection,
    session_id: int,
    judge_id: int,
    event: SittingEvent,
    points: int,
    read: ReadLog | None = None,
) -> ReadLog:
    """Write one event, and what it changes in the ratings that stand.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Inside a writing transaction that has locked the seat.
    session_id, judge_id : int
        Whose sitting.
    event : SittingEvent
        What happened.
    points : int
        Of the session's scale.
    read : ReadLog or None
        What was read of the log before; None for nothing.

    Returns
    -------
    ReadLog
        The log with the event; it holds if the transaction is committed.

    Raises
    ------
    ProjectError
        If the trial does not exist, is answered already, may not be taken back, the score is not
        on the scale, or a time is no number.
    """
    at = {"session": session_id, "judge": judge_id, "place": event.position}
    trial = connection.execute(_TRIAL, at).mappings().first()
    if trial is None:
        raise ProjectError(f"This session has no trial {event.position + 1} for this judge.")
    read = read_on(connection, session_id, judge_id, read)
    _require_sensible(event, points)
    if event.act is SittingAct.ANSWERED and event.position in read.state.answered:
        raise ProjectError("This clip is answered already: close the window and open it again.")
    if event.act is SittingAct.TAKEN_BACK and read.state.may_take_back != event.position:
        raise ProjectError("Only the last answer can be taken back, and only once.")
    connection.execute(_ADD_EVENT, [_values(session_id, judge_id, event)])
    if trial["kind"] in _KEPT:
        if event.act is SittingAct.ANSWERED:
            connection.execute(_ADD_RATING, [_rating(session_id, judge_id, event, trial)])
        elif event.act is SittingAct.TAKEN_BACK:
            connection.execute(_TAKE_RATING_BACK, at)
    return read_on(connection, session_id, judge_id, read)


def _require_sensible(event: SittingEvent, points: int) -> None:
    """Refuse what no window writes, but a file from elsewhere could hold."""
    score = event.score
    if event.act is SittingAct.ANSWERED:
        # Neither 2.5 nor True, which are between 1 and 5 as well.
        if type(score) is not int or not 1 <= score <= points:
            raise ProjectError(f"An answer is a whole number from 1 to {points}.")
    elif score is not None:
        raise ProjectError("Only an answer has a score.")
    times = (event.response_s, event.watched_s)
    if event.replays < 0 or not all(time is None or math.isfinite(time) for time in times):
        raise ProjectError("Times and replays of an answer are numbers, and nobody replays less than never.")


def _rating(session_id: int, judge_id: int, event: SittingEvent, trial: sa.RowMapping) -> dict[str, Any]:
    return {
        "session_id": session_id,
        "judge_id": judge_id,
        "clip_id": trial["clip_id"],
        "position": event.position,
        "score": event.score,
        "response_s": event.response_s,
        "replays": event.replays,
        "repeat": trial["kind"] == TrialKind.REPEAT,
    }


def _values(session_id: int, judge_id: int, event: SittingEvent) -> dict[str, Any]:
    return {
        "at": now(),
        "session_id": session_id,
        "judge_id": judge_id,
        "position": event.position,
        "act": str(event.act),
        "score": event.score,
        "response_s": event.response_s,
        "replays": event.replays,
        "watched_s": event.watched_s,
        "via": event.via,
        "said_at": None if event.said_at is None else event.said_at.isoformat(timespec="milliseconds"),
    }
