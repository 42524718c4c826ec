"""Prove that the log of every rating session explains the ratings that stand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from hrm_core.records.rating_plan import TrialKind, read_plan, read_presentation
from hrm_core.records.sitting import SittingAct
from hrm_core.store.mapping import from_timestamp
from hrm_core.store.schema import (
    rating,
    rating_clip,
    rating_event,
    rating_log,
    rating_seat,
    rating_session,
    rating_trial,
)

__all__ = ["doubtful_ratings"]

# What reading a text raises that this program did not write.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)


@dataclass(slots=True)
class _Sitting:
    """What the log of one judge comes to."""

    where: str
    trials: dict[int, tuple[str, int | None]]
    standing: dict[int, sa.RowMapping] = field(default_factory=dict)
    last: int | None = None


def doubtful_ratings(connection: sa.Connection) -> Iterator[str]:
    """Sentences about rating sessions, logs and ratings that this program cannot have written.

    What prepared clips show is not compared with the clips as they are now: these may change, and
    what was shown stays what was shown.
    """
    rows = connection.execute(sa.select(rating_session).order_by(rating_session.c.id)).mappings().all()
    for row in rows:
        # Ratings that were made elsewhere have no plan and no log.
        if row["token"]:
            yield from _session(connection, row)
    for entry in connection.execute(sa.select(rating_log).order_by(rating_log.c.id)).mappings():
        try:
            from_timestamp(entry["at"])
            if not isinstance(json.loads(entry["detail"]), dict):
                raise TypeError("it is no list of details")
        except _UNREADABLE as error:
            yield f"Entry {entry['id']} of the log of rating sessions cannot be read ({error})."


def _session(connection: sa.Connection, row: sa.RowMapping) -> Iterator[str]:
    where = f"Rating session {row['name']!r}"
    try:
        presentation = read_presentation(row["presentation"])
        read_plan(row["name"], presentation, row["plan"])
        points = len(presentation.scale)
    except _UNREADABLE as error:
        yield f"{where}: its plan cannot be read ({error})."
        return
    query = sa.select(rating_clip.c.clip_id).where(rating_clip.c.session_id == row["id"])
    prepared = set(connection.scalars(query))
    query = sa.select(rating_seat.c.judge_id).where(rating_seat.c.session_id == row["id"])
    seated = set(connection.scalars(query))
    sittings: dict[int, _Sitting] = {}
    for trial in _rows(connection, rating_trial, row["id"], rating_trial.c.position):
        judge = trial["judge_id"]
        place = f"{where}, judge {judge}"
        if judge not in sittings and judge not in seated:
            yield f"{place}: there are trials, but the judge has no place in the session."
        sitting = sittings.setdefault(judge, _Sitting(place, {}))
        sitting.trials[trial["position"]] = (trial["kind"], trial["clip_id"])
        if why := _why_doubtful(trial, prepared, points):
            yield f"{place}, trial {trial['position']}: {why}."
    for event in _rows(connection, rating_event, row["id"], rating_event.c.id):
        at = sittings.setdefault(event["judge_id"], _Sitting(f"{where}, judge {event['judge_id']}", {}))
        if why := _replay(event, at, points):
            yield f"{at.where}, event {event['id']}: {why}."
    yield from _compare(connection, where, row["id"], sittings)


def _rows(
    connection: sa.Connection, table: sa.Table, session_id: int, order: sa.Column[int]
) -> Iterator[sa.RowMapping]:
    query = sa.select(table).where(table.c.session_id == session_id).order_by(table.c.judge_id, order)
    yield from connection.execute(query).mappings()


def _why_doubtful(trial: sa.RowMapping, prepared: set[int], points: int) -> str | None:
    if trial["kind"] not in list(TrialKind):
        return f"nobody knows what {trial['kind']!r} is"
    if trial["kind"] == TrialKind.ATTENTION:
        expected = trial["expected"]
        right = isinstance(expected, int) and 1 <= expected <= points
        return None if right else "the answer that is asked for is not on the scale"
    return None if trial["clip_id"] in prepared else "its clip was never prepared"


def _replay(event: sa.RowMapping, sitting: _Sitting, points: int) -> str | None:
    """Take one event into the sitting; what is wrong with it."""
    place, score = event["position"], event["score"]
    if place not in sitting.trials:
        return f"there is no trial {place}"
    try:
        act = SittingAct(event["act"])
        from_timestamp(event["at"])
        if event["said_at"] is not None:
            from_timestamp(event["said_at"])
    except _UNREADABLE as error:
        return f"it cannot be read ({error})"
    if act is SittingAct.ANSWERED:
        again = place in sitting.standing
        sitting.standing[place], sitting.last = event, place
        if not isinstance(score, int) or not 1 <= score <= points:
            return f"the answer {score} is not on the scale of {points} points"
        return f"trial {place} is answered twice" if again else None
    if score is not None:
        return "it is no answer, but has a score"
    if act is SittingAct.TAKEN_BACK:
        last, sitting.last = sitting.last, None
        sitting.standing.pop(place, None)
        return None if last == place else "an answer is taken back that was not the last"
    return None


def _compare(
    connection: sa.Connection, where: str, session_id: int, sittings: dict[int, _Sitting]
) -> Iterator[str]:
    """The ratings that stand against those that the log comes to."""
    held = {
        (judge, place): row
        for judge, sitting in sittings.items()
        for place, row in sitting.standing.items()
        if sitting.trials[place][0] in (TrialKind.RATING, TrialKind.REPEAT)
    }
    for row in _rows(connection, rating, session_id, rating.c.position):
        judge, place = row["judge_id"], row["position"]
        said = f"{where}, judge {judge}, trial {place}"
        event = held.pop((judge, place), None)
        if event is None:
            yield f"{said}: a rating stands that the log does not explain."
            continue
        kind, clip_id = sittings[judge].trials[place]
        logged = (clip_id, event["score"], event["response_s"], event["replays"], kind == TrialKind.REPEAT)
        stands = (row["clip_id"], row["score"], row["response_s"], row["replays"], bool(row["repeat"]))
        if logged != stands:
            yield f"{said}: the rating that stands is not what the log says."
    for judge, place in sorted(held):
        yield f"{where}, judge {judge}, trial {place}: the answer in the log is not among the ratings."
