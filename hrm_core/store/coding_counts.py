"""Count what raters have said of frames, where the database does the counting."""

from __future__ import annotations

from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from hrm_core.records.coding import CodingState
from hrm_core.records.coding_progress import FrameCounts
from hrm_core.records.revision import RevisionKind
from hrm_core.store.schema import clip, frame_coding, revision
from hrm_core.store.session import Database

__all__ = ["CodingCounts"]

_states = frame_coding.c.state
_COUNTED = (
    *(sa.func.sum(sa.case((_states == str(state), 1), else_=0)).label(str(state)) for state in CodingState),
    sa.func.sum(sa.case((frame_coding.c.doubtful, 1), else_=0)).label("doubtful"),
    sa.func.coalesce(sa.func.sum(frame_coding.c.seconds_spent), 0.0).label("seconds"),
)

# What an import or a relink wrote last was not coded on that day.
_BY_HAND = (str(RevisionKind.SAVE), str(RevisionKind.UNDO), str(RevisionKind.REDO))
_SETTLED = (str(CodingState.CODED), str(CodingState.CHECKED), str(CodingState.NOT_CODABLE))


class CodingCounts:
    """Frames of a rater by state, in one pass over them each."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def by_clip(self, rater_id: int, video_id: int | None = None) -> dict[int, FrameCounts]:
        """What a rater has said of each clip, by the clip's number in the store.

        ``frames`` is 0 in all of them.  Only of one recording, if `video_id` is given.
        """
        there = sa.and_(
            frame_coding.c.rater_id == rater_id,
            frame_coding.c.video_id == clip.c.video_id,
            frame_coding.c.frame.between(clip.c.first_frame, clip.c.last_frame),
        )
        # Outer, so that the embedded database looks up the frames of each clip; the other
        # way round takes several times as long.
        query = sa.select(clip.c.id, *_COUNTED).join_from(clip, frame_coding, there, isouter=True)
        return self._counted(query.where(*_only(clip, video_id)).group_by(clip.c.id))

    def outside_clips(self, rater_id: int, video_id: int | None = None) -> dict[int, FrameCounts]:
        """What a rater has said of frames that are in no clip, by recording; as :meth:`by_clip`.

        Recordings of which nothing is said there are missing.
        """
        inside = sa.exists().where(
            clip.c.video_id == frame_coding.c.video_id,
            clip.c.first_frame <= frame_coding.c.frame,
            clip.c.last_frame >= frame_coding.c.frame,
        )
        query = (
            sa.select(frame_coding.c.video_id, *_COUNTED)
            .where(frame_coding.c.rater_id == rater_id, ~inside, *_only(frame_coding, video_id))
            .group_by(frame_coding.c.video_id)
        )
        return self._counted(query)

    def settled_since(
        self, rater_id: int, since: str, video_id: int | None = None
    ) -> dict[int, tuple[int, float]]:
        """Frames that a rater settled by hand since a time, and their seconds, by recording.

        Parameters
        ----------
        rater_id : int
            Who.
        since : str
            UTC, as ISO 8601 with microseconds.
        video_id : int, optional
            Only of this recording.
        """
        query = (
            sa.select(frame_coding.c.video_id, sa.func.count(), sa.func.sum(frame_coding.c.seconds_spent))
            .join(revision, revision.c.id == frame_coding.c.revision_id)
            .where(
                *_by_hand(rater_id),
                revision.c.at >= since,
                frame_coding.c.state.in_(_SETTLED),
                *_only(frame_coding, video_id),
            )
            .group_by(frame_coding.c.video_id)
        )
        with self._db.reading() as connection:
            return {video: (frames, seconds) for video, frames, seconds in connection.execute(query)}

    def last_changes(self, rater_id: int) -> tuple[NDArray[np.str_], NDArray[np.str_], NDArray[np.float64]]:
        """When a rater changed each frame last by hand.

        Returns
        -------
        minutes : ndarray of str, shape (n_frames,)
            UTC, as ``"2026-01-31T12:59"``.
        states : ndarray of str, shape (n_frames,)
            Of the frames, as :class:`~hrm_core.records.coding.CodingState` writes them.
        seconds : ndarray of float64, shape (n_frames,)
            Time each was on the screen.
        """
        query = (
            sa.select(
                sa.func.substr(revision.c.at, 1, 16), frame_coding.c.state, frame_coding.c.seconds_spent
            )
            .join_from(frame_coding, revision, revision.c.id == frame_coding.c.revision_id)
            .where(*_by_hand(rater_id))
        )
        with self._db.reading() as connection:
            rows = connection.execute(query).all()
        minutes, states, seconds = zip(*rows, strict=True) if rows else ((), (), ())
        return np.array(minutes, "U16"), np.array(states, "U16"), np.array(seconds, np.float64)

    def _counted(self, query: sa.Select[Any]) -> dict[int, FrameCounts]:
        with self._db.reading() as connection:
            rows = [tuple(row) for row in connection.execute(query)]
        names = [str(column.name) for column in _COUNTED]
        return {key: FrameCounts(**dict(zip(names, counts, strict=True))) for key, *counts in rows}


def _only(table: sa.Table, video_id: int | None) -> tuple[sa.ColumnElement[bool], ...]:
    return () if video_id is None else (table.c.video_id == video_id,)


def _by_hand(rater_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        frame_coding.c.rater_id == rater_id,
        revision.c.actor_id == rater_id,
        revision.c.kind.in_(_BY_HAND),
    )
