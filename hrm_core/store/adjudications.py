"""The log of decisions on what two raters disagree about, and the consensus that follows from it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.adjudication import TAKEN_OVER, Decision
from hrm_core.records.coding import FrameCoding
from hrm_core.records.revision import Changes, RevisionKind
from hrm_core.store.frames import Act, read_frames, refuse_consensus, replace_frames
from hrm_core.store.mapping import from_timestamp, now
from hrm_core.store.schema import adjudication
from hrm_core.store.session import Database

__all__ = ["Adjudications", "doubtful_decisions", "move_decisions"]

_KEYS = frozenset(entry.key for entry in ALL_ACTIONS)
_MOVED = "the frames got other numbers"


class Adjudications:
    """Decisions on the codings of two raters; a log that forgets nothing.

    The two are kept in the order they joined, whichever way round they are named here.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    def consensus_of(self, first_id: int, second_id: int) -> int | None:
        """Number of the rater whose codes are the consensus of two raters; None before the first act."""
        query = sa.select(adjudication.c.rater_id).where(*_pair(first_id, second_id)).limit(1)
        with self._db.reading() as connection:
            number: int | None = connection.scalar(query)
        return number

    def consensus_raters(self) -> dict[int, tuple[int, int]]:
        """Numbers of the two raters by the number of the rater whose codes are their consensus."""
        columns = (adjudication.c.rater_id, adjudication.c.first_rater_id, adjudication.c.second_rater_id)
        with self._db.reading() as connection:
            rows = connection.execute(sa.select(*columns).distinct()).all()
        return {number: (first, second) for number, first, second in sorted(rows)}

    def refuse_consensus(self, rater_id: int) -> None:
        """Refuse labels of a rater whose codes are the consensus of two, before anything is prepared.

        The store refuses to write them in any case.

        Raises
        ------
        ProjectError
            If they are.
        """
        with self._db.reading() as connection:
            refuse_consensus(connection, rater_id)

    def log(self, first_id: int, second_id: int, video_id: int | None = None) -> list[Decision]:
        """Every entry about two raters, the oldest first.

        Parameters
        ----------
        first_id, second_id : int
            The two raters; the codes of the entries are in this order.
        video_id : int, optional
            Only of this recording.
        """
        query = sa.select(adjudication).where(*_pair(first_id, second_id)).order_by(adjudication.c.id)
        if video_id is not None:
            query = query.where(adjudication.c.video_id == video_id)
        with self._db.reading() as connection:
            found = [_to_decision(row) for row in connection.execute(query).mappings()]
        return found if first_id <= second_id else [entry.turned for entry in found]

    def lock(self, rater_ids: Collection[int], video_id: int) -> None:
        """Keep these raters' codes of a recording as they are until the unit of work ends.

        Number 0 for both stands for the list of raters; it is locked before any codes.
        """
        with self._db.writing() as connection:
            for number in sorted(rater_ids):
                self._db.lock(connection, number, video_id)

    def add(self, decisions: Sequence[Decision]) -> None:
        """Append entries; those without a time get the present one.

        Raises
        ------
        StoreWriteError
            If they could not be written.
        """
        if decisions:
            with self._db.writing() as connection:
                connection.execute(sa.insert(adjudication), _values(decisions))

    def write_consensus(
        self,
        rater_id: int,
        video_id: int,
        codings: Mapping[int, FrameCoding | None],
        *,
        actor_id: int,
        reason: str,
    ) -> Changes:
        """Write frames of the consensus as they follow from the codings and the decisions.

        The step is no one's to undo with Ctrl+Z: a decision is taken back by another entry.

        Parameters
        ----------
        rater_id, video_id : int
            The consensus, on which recording; locked by :meth:`lock` in the same unit of work.
        codings : mapping of int to FrameCoding or None
            By frame, at least one; None withdraws the frame.
        actor_id : int
            Who decided.
        reason : str
            For the log.

        Raises
        ------
        StoreWriteError
            If it could not be written; the store is as it was.
        """
        with self._db.writing() as connection:
            found = read_frames(connection, rater_id, video_id, list(codings))
            act = Act(actor_id, rater_id, video_id, RevisionKind.ADJUDICATE, reason)
            return replace_frames(connection, act, {frame: found.get(frame) for frame in codings}, codings)


def move_decisions(connection: sa.Connection, video_id: int, new_of_old: Mapping[int, int]) -> None:
    """Let decisions follow their frames to the numbers of another file of the recording.

    What holds of a frame whose number changes is taken back there and entered again, with its
    reason, its time and who decided, under the new number.  A decision whose frame is gone is
    only taken back: nobody may take it for one about the frame that has its number now.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Inside a writing transaction.
    video_id : int
        The recording.
    new_of_old : mapping of int to int
        New number by old number, only for frames that are still there.
    """
    query = sa.select(adjudication).where(adjudication.c.video_id == video_id).order_by(adjudication.c.id)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    held: dict[tuple[int, str, int], int] = {}
    for place, row in enumerate(rows):
        for frame in range(row["first_frame"], row["last_frame"] + 1):
            held[row["rater_id"], row["action"], frame] = place
    leaving: dict[int, list[int]] = {}
    arriving: dict[int, list[int]] = {}
    for (_, _, frame), place in held.items():
        if not rows[place]["taken_back"] and new_of_old.get(frame) != frame:
            leaving.setdefault(place, []).append(frame)
            if frame in new_of_old:
                arriving.setdefault(place, []).append(new_of_old[frame])
    at = now()
    entries = [
        {**span, "at": at, "reason": _MOVED, "taken_back": True}
        for place, frames in sorted(leaving.items())
        for span in _spans(rows[place], frames)
    ]
    entries += [span for place, frames in sorted(arriving.items()) for span in _spans(rows[place], frames)]
    if entries:
        connection.execute(sa.insert(adjudication), entries)


def doubtful_decisions(connection: sa.Connection) -> Iterator[str]:
    """Sentences about entries that this program cannot have written."""
    pairs: dict[int, tuple[int, int]] = {}
    for row in connection.execute(sa.select(adjudication).order_by(adjudication.c.id)).mappings():
        if why := _why_doubtful(row, pairs):
            yield f"Decision {row['id']} {why}."


def _why_doubtful(row: sa.RowMapping, pairs: dict[int, tuple[int, int]]) -> str | None:
    pair = (row["first_rater_id"], row["second_rater_id"])
    codes = (row["first_code"], row["second_code"], row["code"])
    try:
        from_timestamp(row["at"])
    except (TypeError, ValueError):
        return "has no time that can be read"
    if pair[0] >= pair[1] or row["rater_id"] in pair:
        return "does not name two raters and their consensus"
    if pairs.setdefault(row["rater_id"], pair) != pair:
        return "makes one rater the consensus of two pairs"
    if not all(isinstance(code, int) and 0 <= code <= 5 for code in codes):
        return "has a code that is not 0-5"
    if row["action"] == TAKEN_OVER:
        return None
    if row["action"] not in _KEYS:
        return "is about an action that the catalogue does not have"
    if codes[0] == codes[1]:
        return "is about codes that do not differ"
    return "gives no reason" if not row["taken_back"] and not row["reason"].strip() else None


def _pair(first_id: int, second_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    first, second = sorted((first_id, second_id))
    return adjudication.c.first_rater_id == first, adjudication.c.second_rater_id == second


def _spans(row: Mapping[str, Any], frames: Collection[int]) -> Iterator[dict[str, Any]]:
    """The entry again for each run of consecutive frames, without its number."""
    entry = {name: value for name, value in row.items() if name != "id"}
    run: list[int] = []
    for frame in sorted(frames):
        if run and frame != run[-1] + 1:
            yield {**entry, "first_frame": run[0], "last_frame": run[-1]}
            run = []
        run.append(frame)
    yield {**entry, "first_frame": run[0], "last_frame": run[-1]}


def _values(decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    at = now()
    rows = []
    for entry in decisions:
        kept = entry if entry.first_rater_id < entry.second_rater_id else entry.turned
        rows.append(
            {
                "at": at if kept.at is None else kept.at.isoformat(timespec="microseconds"),
                "rater_id": kept.rater_id,
                "video_id": kept.video_id,
                "first_frame": kept.first_frame,
                "last_frame": kept.last_frame,
                "actor_id": kept.actor_id,
                "first_rater_id": kept.first_rater_id,
                "second_rater_id": kept.second_rater_id,
                "action": kept.action,
                "first_code": kept.first_code,
                "second_code": kept.second_code,
                "code": kept.code,
                "reason": kept.reason,
                "taken_back": kept.taken_back,
            }
        )
    return rows


def _to_decision(row: sa.RowMapping) -> Decision:
    return Decision(
        row["video_id"],
        row["first_frame"],
        row["last_frame"],
        row["action"],
        row["first_rater_id"],
        row["second_rater_id"],
        row["first_code"],
        row["second_code"],
        row["code"],
        row["reason"],
        row["rater_id"],
        row["actor_id"],
        from_timestamp(row["at"]),
        bool(row["taken_back"]),
    )
