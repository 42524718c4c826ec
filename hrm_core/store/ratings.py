"""Read and write judges' ratings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from hrm_core.records.rating import Rating
from hrm_core.store.mapping import now
from hrm_core.store.schema import clip, participant, rater, rating, rating_session, video
from hrm_core.store.session import Database

__all__ = ["Ratings"]


class Ratings:
    """Answers of judges on clips, by session."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_session(self, name: str, question: str) -> int:
        """Begin a rating session and return its number."""
        with self._db.writing() as connection:
            result = connection.execute(
                sa.insert(rating_session).values(name=name, question=question, created_at=now())
            )
            (number,) = result.inserted_primary_key or (0,)
        return int(number)

    def of_session(self, session_id: int) -> list[Rating]:
        """All answers of one session that stand, repeats included, by judge and position."""
        query = (
            sa.select(*(rating.c[name] for name in Rating.__slots__))
            .where(rating.c.session_id == session_id)
            .order_by(rating.c.judge_id, rating.c.position, rating.c.clip_id)
        )
        with self._db.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [Rating(**{**row, "repeat": bool(row["repeat"])}) for row in rows]

    def add(self, session_id: int, ratings: Iterable[Rating]) -> None:
        """Store answers of one session, all or none."""
        rows = [{"session_id": session_id, **asdict(entry)} for entry in ratings]
        if rows:
            with self._db.writing() as connection:
                connection.execute(sa.insert(rating), rows)

    def table(self) -> list[dict[str, Any]]:
        """All answers that stand, one dict per answer with the keys of ``records.columns.RATING_COLUMNS``.

        Ordered by session, participant, video, clip, judge and position; clips that a judge rated
        twice in a session are there twice.
        """
        query = (
            sa.select(
                rating_session.c.name.label("session"),
                participant.c.code.label("participant"),
                video.c.name.label("video"),
                clip.c.number.label("clip"),
                rater.c.name.label("judge"),
                rating.c.score,
                rating.c.position,
                rating.c.response_s,
                rating.c.replays,
                rating.c.repeat,
            )
            .join_from(rating, clip)
            .join(rating_session, rating_session.c.id == rating.c.session_id)
            .join(video, video.c.id == clip.c.video_id)
            .join(participant, participant.c.id == video.c.participant_id)
            .join(rater, rater.c.id == rating.c.judge_id)
            .order_by(
                rating_session.c.id,
                participant.c.id,
                video.c.id,
                clip.c.number,
                rater.c.id,
                rating.c.position,
            )
        )
        with self._db.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]
