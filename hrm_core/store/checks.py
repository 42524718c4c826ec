"""The append-only logs of omission checks: answers, starts, submissions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from hrm_core.records.check import Answer, CheckAct, CheckAnswer, CheckEvent, CheckLog
from hrm_core.store.mapping import from_timestamp, now
from hrm_core.store.renumber import renumbered_at
from hrm_core.store.schema import check_answer, revision, submission
from hrm_core.store.session import Database

__all__ = ["Checks"]


class Checks:
    """What coders answered in the second pass over their clips, and what they submitted."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def log(self, rater_id: int, video_id: int | None = None) -> dict[int, CheckLog]:
        """All that one rater said and did, by recording, the oldest first; of one recording if named."""
        answers: dict[int, list[CheckAnswer]] = {}
        events: dict[int, list[CheckEvent]] = {}
        with self._db.reading() as connection:
            for row in connection.execute(_of(check_answer, rater_id, video_id)).mappings():
                answers.setdefault(row["video_id"], []).append(_to_answer(row))
            for row in connection.execute(_of(submission, rater_id, video_id)).mappings():
                events.setdefault(row["video_id"], []).append(_to_event(row))
        return {
            number: CheckLog(tuple(answers.get(number, ())), tuple(events.get(number, ())))
            for number in sorted(answers.keys() | events.keys())
        }

    def of_video(self, rater_id: int, video_id: int) -> CheckLog:
        """All that one rater said and did about one recording, the oldest first."""
        return self.log(rater_id, video_id).get(video_id, CheckLog())

    def holding(self, rater_id: int, video_id: int | None = None) -> dict[int, CheckLog]:
        """:meth:`log` without what was said before frames of the recording got other numbers.

        The number of a frame means another picture since: an action that was absent there, and a
        clip that was submitted, must not be taken for the one that has these numbers now.
        """
        with self._db.reading() as connection:
            renumbered = renumbered_at(connection, rater_id)
        logs = self.log(rater_id, video_id)
        return {number: log.since(renumbered.get(number)) for number, log in logs.items()}

    def add_answers(self, answers: Iterable[CheckAnswer]) -> None:
        """Append answers, all or none of them, with the present time.

        Raises
        ------
        StoreWriteError
            If they could not be written.
        """
        rows = [
            {
                "rater_id": entry.rater_id,
                "video_id": entry.video_id,
                "first_frame": entry.first_frame,
                "last_frame": entry.last_frame,
                "action": entry.action,
                "answer": str(entry.answer),
                "digest": entry.digest,
                "hidden": entry.hidden,
                "detail": json.dumps(dict(entry.detail), ensure_ascii=False),
            }
            for entry in answers
        ]
        if rows:
            with self._db.writing() as connection:
                at = now()
                connection.execute(sa.insert(check_answer), [{**row, "at": at} for row in rows])

    def add_event(self, event: CheckEvent) -> None:
        """Append a start, a submission or its taking back, with the present time.

        Raises
        ------
        StoreWriteError
            If it could not be written.
        """
        with self._db.writing() as connection:
            connection.execute(
                sa.insert(submission).values(
                    at=now(),
                    rater_id=event.rater_id,
                    video_id=event.video_id,
                    first_frame=event.first_frame,
                    last_frame=event.last_frame,
                    what=str(event.what),
                    digest=event.digest,
                    detail=json.dumps(dict(event.detail), ensure_ascii=False),
                )
            )

    def touched_since(self, rater_id: int) -> set[int]:
        """Numbers of the submissions of a rater after which labels around their frames were written."""
        later = (
            sa.select(revision.c.id)
            .where(
                revision.c.rater_id == submission.c.rater_id,
                revision.c.video_id == submission.c.video_id,
                revision.c.first_frame <= submission.c.last_frame,
                revision.c.last_frame >= submission.c.first_frame,
                revision.c.at >= submission.c.at,
            )
            .exists()
        )
        query = sa.select(submission.c.id).where(submission.c.rater_id == rater_id, later)
        with self._db.reading() as connection:
            return set(connection.scalars(query))

    def edits(self, rater_id: int, video_id: int, first: int, last: int) -> list[tuple[datetime, int]]:
        """When labels in or around these frames were written, and by whom, the oldest first.

        Parameters
        ----------
        rater_id, video_id : int
            Whose labels of which recording.
        first, last : int
            Both included.

        Returns
        -------
        list of (datetime, int)
            UTC, and the number of the rater who did it.
        """
        query = (
            sa.select(revision.c.at, revision.c.actor_id)
            .where(
                revision.c.rater_id == rater_id,
                revision.c.video_id == video_id,
                revision.c.first_frame <= last,
                revision.c.last_frame >= first,
            )
            .order_by(revision.c.id)
        )
        with self._db.reading() as connection:
            return [(from_timestamp(row.at), row.actor_id) for row in connection.execute(query)]


def _of(table: sa.Table, rater_id: int, video_id: int | None) -> sa.Select[tuple[object, ...]]:
    query = sa.select(table).where(table.c.rater_id == rater_id).order_by(table.c.id)
    return query if video_id is None else query.where(table.c.video_id == video_id)


def _to_answer(row: sa.RowMapping) -> CheckAnswer:
    return CheckAnswer(
        row["rater_id"],
        row["video_id"],
        row["first_frame"],
        row["last_frame"],
        row["action"],
        Answer(row["answer"]),
        row["digest"],
        bool(row["hidden"]),
        json.loads(row["detail"]),
        row["id"],
        from_timestamp(row["at"]),
    )


def _to_event(row: sa.RowMapping) -> CheckEvent:
    return CheckEvent(
        row["rater_id"],
        row["video_id"],
        row["first_frame"],
        row["last_frame"],
        CheckAct(row["what"]),
        row["digest"],
        json.loads(row["detail"]),
        row["id"],
        from_timestamp(row["at"]),
    )
