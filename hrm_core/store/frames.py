"""The rows behind frame codings: read them, and replace them with a log entry.

Every change of a label, from whichever verb, goes through :func:`replace_frames`
or :func:`hrm_core.store.bulk.insert_table`: both write the log entry and the
rows in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from hrm_core.errors import ProjectError
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.revision import Changes, RevisionKind
from hrm_core.store.mapping import dump_codings, from_timestamp, now
from hrm_core.store.schema import action_code, adjudication, frame_coding, rater, revision
from hrm_core.store.session import lock_labels

__all__ = ["Act", "add_revision", "read_frames", "refuse_consensus", "replace_frames"]


# Databases limit the values of one statement; the smallest limit met is 32,766.
_MOST_VARIABLES = 10_000


@dataclass(frozen=True, slots=True)
class Act:
    """Who does what to whose labels: the head of a log entry."""

    actor_id: int
    rater_id: int
    video_id: int
    kind: RevisionKind
    reason: str = ""
    target_id: int | None = None


def read_frames(
    connection: sa.Connection, rater_id: int, video_id: int, frames: Collection[int] | None = None
) -> dict[int, FrameCoding]:
    """Codings of one rater on one recording, ascending by frame; uncoded frames are missing.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Inside a transaction.
    rater_id, video_id : int
        Whose labels of which recording.
    frames : collection of int, optional
        Only these frames; all if None.
    """
    if frames is not None and len(frames) > _MOST_VARIABLES:
        everything = read_frames(connection, rater_id, video_id)
        return {frame: everything[frame] for frame in frames if frame in everything}
    heads = _scoped(frame_coding, rater_id, video_id, frames).add_columns(revision.c.at)
    # Outer, so that a label whose log entry is gone is still there (and found by verify).
    heads = heads.outerjoin(revision, revision.c.id == frame_coding.c.revision_id)
    heads = heads.order_by(frame_coding.c.frame)
    codes: dict[int, list[ActionCode]] = {}
    names = ("frame", "action", "code", "intensity", "origin", "model_run_id", "doubtful", "note")
    columns = [action_code.c[name] for name in names]
    query = _scoped(action_code, rater_id, video_id, frames).with_only_columns(*columns)
    for frame, *code in connection.execute(query):
        codes.setdefault(frame, []).append(_to_code(*code))
    return {
        row["frame"]: FrameCoding(
            rater_id,
            video_id,
            row["frame"],
            codes=tuple(codes.get(row["frame"], ())),
            state=CodingState(row["state"]),
            comment=row["comment"],
            doubtful=bool(row["doubtful"]),
            seconds_spent=row["seconds_spent"],
            revision=row["revision_id"],
            changed_at=row["at"] and from_timestamp(row["at"]),
        )
        for row in connection.execute(heads).mappings()
    }


def _scoped(table: sa.Table, rater_id: int, video_id: int, frames: Collection[int] | None) -> sa.Select[Any]:
    return sa.select(table).where(*_scope(table, rater_id, video_id, frames))


def _scope(
    table: sa.Table, rater_id: int, video_id: int, frames: Collection[int] | None
) -> list[sa.ColumnElement[bool]]:
    conditions = [table.c.rater_id == rater_id, table.c.video_id == video_id]
    return conditions if frames is None else [*conditions, table.c.frame.in_(frames)]


# Frozen values: the thousands of frames that show the same action share one.
@lru_cache(maxsize=1 << 12)
def _to_code(
    action: str, code: int, intensity: str | None, origin: str, run: int | None, doubtful: bool, note: str
) -> ActionCode:
    return ActionCode(action, code, intensity, Origin(origin), run, bool(doubtful), note)


def refuse_consensus(connection: sa.Connection, rater_id: int) -> None:
    """Refuse to write labels by hand where they are the consensus of two raters.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Inside a transaction.
    rater_id : int
        Whose labels are to be written.

    Raises
    ------
    ProjectError
        If decisions are logged whose consensus this rater's labels are.
    """
    query = sa.select(rater.c.name).where(
        rater.c.id == rater_id, sa.exists().where(adjudication.c.rater_id == rater_id)
    )
    if (name := connection.scalar(query)) is not None:
        raise ProjectError(
            f"{name} follows from decisions and is never written by hand: use hrm adjudicate decide, or "
            "import under another name."
        )


def replace_frames(
    connection: sa.Connection,
    act: Act,
    before: Mapping[int, FrameCoding | None],
    after: Mapping[int, FrameCoding | None],
) -> Changes:
    """Write frames as they are after an act, and the log entry that says so.

    Where somebody has decided what two raters disagree about, and one of the two changes a
    code, their consensus on that frame is withdrawn with the same act: a consensus whose
    grounds are gone must not be exported or counted by anybody.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Inside a writing transaction that has read `before`.
    act : Act
        Head of the log entry.
    before, after : mapping of int to FrameCoding or None
        The same frames; None is uncoded.
    """
    number = add_revision(connection, act, list(after), dump_codings(before), dump_codings(after))
    numbers = list(after)
    for start in range(0, len(numbers), _MOST_VARIABLES):
        frames = numbers[start : start + _MOST_VARIABLES]
        for table in (action_code, frame_coding):
            connection.execute(sa.delete(table).where(*_scope(table, act.rater_id, act.video_id, frames)))
    written = [coding for coding in after.values() if coding is not None]
    if written:
        connection.execute(sa.insert(frame_coding), [_head_row(coding, number) for coding in written])
    code_rows = [_code_row(coding, code) for coding in written for code in coding.codes]
    if code_rows:
        connection.execute(sa.insert(action_code), code_rows)
    _withdraw_consensus(connection, act, before, after)
    stored = read_frames(connection, act.rater_id, act.video_id, list(after))
    return Changes(
        number,
        act.rater_id,
        act.video_id,
        {frame: stored.get(frame) for frame in after},
        act.reason,
        undone=act.kind in (RevisionKind.UNDO, RevisionKind.REDO),
        redone=act.kind is RevisionKind.REDO,
    )


def _withdraw_consensus(
    connection: sa.Connection,
    act: Act,
    before: Mapping[int, FrameCoding | None],
    after: Mapping[int, FrameCoding | None],
) -> None:
    """Take away every consensus of two raters on frames that one of them codes otherwise now."""
    if act.kind is RevisionKind.RELINK:
        # Both codings, their consensus and the decisions move together.
        return
    changed = [
        frame for frame, old in before.items() if old is not None and _grounds(old) != _grounds(after[frame])
    ]
    if not changed:
        return
    among = sa.or_(
        adjudication.c.first_rater_id == act.rater_id, adjudication.c.second_rater_id == act.rater_id
    )
    query = sa.select(adjudication.c.rater_id).where(adjudication.c.video_id == act.video_id, among)
    for number in connection.scalars(query.distinct().order_by(adjudication.c.rater_id)).all():
        lock_labels(connection, number, act.video_id)
        theirs = read_frames(connection, number, act.video_id, changed)
        if theirs:
            reason = "the codes it was about were changed"
            withdrawal = Act(act.actor_id, number, act.video_id, RevisionKind.ADJUDICATE, reason)
            replace_frames(connection, withdrawal, theirs, dict.fromkeys(theirs))


def _grounds(coding: FrameCoding | None) -> object:
    """What a consensus is made of; neither a check nor a note changes it."""
    if coding is None:
        return None
    counts = coding.state in (CodingState.CODED, CodingState.CHECKED)
    return counts or coding.state, [(code.action, code.code, code.intensity) for code in coding.codes]


def add_revision(connection: sa.Connection, act: Act, frames: list[int], before: str, after: str) -> int:
    """Append an entry to the log and return its number."""
    result = connection.execute(
        sa.insert(revision).values(
            at=now(),
            actor_id=act.actor_id,
            rater_id=act.rater_id,
            video_id=act.video_id,
            kind=str(act.kind),
            target_id=act.target_id,
            reason=act.reason,
            first_frame=min(frames),
            last_frame=max(frames),
            before=before,
            after=after,
        )
    )
    (number,) = result.inserted_primary_key or (0,)
    return int(number)


def _head_row(coding: FrameCoding, revision_id: int) -> dict[str, Any]:
    return {
        "rater_id": coding.rater_id,
        "video_id": coding.video_id,
        "frame": coding.frame,
        "revision_id": revision_id,
        "state": str(coding.state),
        "comment": coding.comment,
        "doubtful": coding.doubtful,
        "seconds_spent": round(coding.seconds_spent, 3),
    }


def _code_row(coding: FrameCoding, code: ActionCode) -> dict[str, Any]:
    return {
        "rater_id": coding.rater_id,
        "video_id": coding.video_id,
        "frame": coding.frame,
        "action": code.action,
        "code": int(code.code),
        "intensity": code.intensity,
        "origin": str(code.origin),
        "model_run_id": code.model_run_id,
        "doubtful": code.doubtful,
        "note": code.note,
    }
