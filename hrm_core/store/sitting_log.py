"""The log of a judge's sitting: how it is written, and what it says of where the judge is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from hrm_core.errors import ProjectError
from hrm_core.records.rating_plan import TrialKind
from hrm_core.records.sitting import SittingAct, SittingEvent, SittingState
from hrm_core.store.mapping import now
from hrm_core.store.schema import rating, rating_event, rating_trial

__all__ = ["append_event", "sitting_state"]

_KEPT = (TrialKind.RATING, TrialKind.REPEAT)


def sitting_state(connection: sa.Connection, session_id: int, judge_id: int) -> SittingState:
    """How far a judge has come; scores are not read."""
    columns = (rating_event.c.position, rating_event.c.act)
    query = sa.select(*columns).where(*_seat(session_id, judge_id)).order_by(rating_event.c.id)
    return _state(connection.execute(query).tuples())


def _state(events: Iterable[tuple[int, str]]) -> SittingState:
    answered: set[int] = set()
    showings: dict[int, int] = {}
    last: int | None = None
    for position, act in events:
        match SittingAct(act):
            case SittingAct.SHOWN:
                showings[position] = showings.get(position, 0) + 1
            case SittingAct.ANSWERED:
                answered.add(position)
                last = position
            case SittingAct.TAKEN_BACK:
                answered.discard(position)
                last = None
            case SittingAct.PAUSED | SittingAct.WENT_ON:
                pass
    return SittingState(frozenset(answered), last, showings)


def append_event(
    connection: sa.Connection, session_id: int, judge_id: int, event: SittingEvent, points: int
) -> None:
    """Write one event, and what it changes in the ratings that stand.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Inside a writing transaction.
    session_id, judge_id : int
        Whose sitting.
    event : SittingEvent
        What happened.
    points : int
        Of the session's scale.

    Raises
    ------
    ProjectError
        If the trial does not exist, is answered already, may not be taken back, or the score is
        not on the scale.
    """
    trial = _trial(connection, session_id, judge_id, event.position)
    state = sitting_state(connection, session_id, judge_id)
    if event.act is SittingAct.ANSWERED:
        if event.position in state.answered:
            raise ProjectError("This clip is answered already: close the session and open it again.")
        if event.score is None or not 1 <= event.score <= points:
            raise ProjectError(f"An answer is a whole number from 1 to {points}.")
    elif event.act is SittingAct.TAKEN_BACK and state.may_take_back != event.position:
        raise ProjectError("Only the last answer can be taken back, and only once.")
    connection.execute(sa.insert(rating_event), [_values(session_id, judge_id, event)])
    if trial["kind"] not in _KEPT:
        return
    if event.act is SittingAct.ANSWERED:
        values = {
            "session_id": session_id,
            "judge_id": judge_id,
            "clip_id": trial["clip_id"],
            "position": event.position,
            "score": event.score,
            "response_s": event.response_s,
            "replays": event.replays,
            "repeat": trial["kind"] == TrialKind.REPEAT,
        }
        connection.execute(sa.insert(rating), [values])
    elif event.act is SittingAct.TAKEN_BACK:
        same = (
            rating.c.session_id == session_id,
            rating.c.judge_id == judge_id,
            rating.c.position == event.position,
        )
        connection.execute(sa.delete(rating).where(*same))


def _trial(connection: sa.Connection, session_id: int, judge_id: int, position: int) -> sa.RowMapping:
    columns = (rating_trial.c.kind, rating_trial.c.clip_id)
    same: Sequence[sa.ColumnElement[bool]] = (
        rating_trial.c.session_id == session_id,
        rating_trial.c.judge_id == judge_id,
        rating_trial.c.position == position,
    )
    row = connection.execute(sa.select(*columns).where(*same)).mappings().first()
    if row is None:
        raise ProjectError(f"This session has no trial {position + 1} for this judge.")
    return row


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


def _seat(session_id: int, judge_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return rating_event.c.session_id == session_id, rating_event.c.judge_id == judge_id
