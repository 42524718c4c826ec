"""What a rater said at a moment in the past, read off the append-only log; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from hrm_core.errors import StoreError
from hrm_core.records.coding import FrameCoding
from hrm_core.records.revision import Revision, RevisionKind
from hrm_core.store.frames import read_frames
from hrm_core.store.mapping import from_timestamp, to_revision
from hrm_core.store.schema import frame_coding, revision
from hrm_core.store.session import Database

__all__ = ["Past"]

# Acts that say nothing of when somebody looked at the frames.
_NO_LOOK = (RevisionKind.IMPORT, RevisionKind.RELINK)
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)


class Past:
    """Codings as they once were, and when those of today were made."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def codings(self, rater_id: int, video_id: int, at: datetime) -> dict[int, FrameCoding]:
        """All codings of one rater on one recording as they stood at a moment, by frame.

        The whole log is replayed, what came after that moment, too: only a log that explains the
        labels of today is believed about those of that day.

        Parameters
        ----------
        rater_id, video_id : int
            Whose labels of which recording.
        at : datetime
            With a time zone; what was written at this very moment is in.

        Returns
        -------
        dict of int to FrameCoding
            Ascending; ``changed_at`` is None where codes were imported or moved to other frame
            numbers, because nobody coded them then.

        Raises
        ------
        StoreError
            If the log does not explain the labels, its times go back, or the frames have got
            other numbers since.
        """
        state: dict[int, FrameCoding | None] = {}
        then: dict[int, FrameCoding] | None = None
        with self._db.reading() as connection:
            for entry in _entries(connection, rater_id, video_id):
                if entry.at > at:
                    then = _present(state) if then is None else then
                    if entry.kind is RevisionKind.RELINK:
                        _require_same_numbers(entry, then, state)
                elif then is not None:
                    raise StoreError(
                        "The clock was set back while these frames were coded, so nobody can tell how they "
                        "stood then: choose a moment after that, or a whole coding."
                    )
                if any(_differ(before, state.get(frame)) for frame, before in entry.before.items()):
                    raise _unexplained()
                state.update(_dated(entry))
            stored = read_frames(connection, rater_id, video_id)
        now = _present(state)
        if now.keys() != stored.keys() or any(_differ(now[frame], stored[frame]) for frame in now):
            raise _unexplained()
        return now if then is None else then

    def coded_at(self, rater_id: int, video_id: int) -> tuple[NDArray[np.int64], NDArray[np.datetime64]]:
        """When the frames that a rater has coded were changed the last time.

        That a clip was checked and submitted is such a change: its frames have that time.

        Returns
        -------
        frames : ndarray of int64, shape (n_frames,)
            Ascending.
        times : ndarray of datetime64[us], shape (n_frames,)
            UTC; NaT where codes were imported or moved to other frame numbers, because nobody
            coded them then.
        """
        query = (
            sa.select(frame_coding.c.frame, revision.c.at, revision.c.kind)
            .join(revision, revision.c.id == frame_coding.c.revision_id)
            .where(frame_coding.c.rater_id == rater_id, frame_coding.c.video_id == video_id)
            .order_by(frame_coding.c.frame)
        )
        with self._db.reading() as connection:
            rows = connection.execute(query).all()
        never = np.datetime64("NaT", "us")
        frames = np.array([frame for frame, _, _ in rows], dtype=np.int64)
        times = [never if RevisionKind(kind) in _NO_LOOK else _utc(at) for _, at, kind in rows]
        return frames, np.array(times, dtype="datetime64[us]")


def _entries(connection: sa.Connection, rater_id: int, video_id: int) -> Iterator[Revision]:
    query = (
        sa.select(revision)
        .where(revision.c.rater_id == rater_id, revision.c.video_id == video_id)
        .order_by(revision.c.id)
    )
    for row in connection.execute(query).mappings():
        try:
            yield to_revision(row)
        except _UNREADABLE as error:
            raise _unexplained() from error


def _require_same_numbers(
    entry: Revision, then: dict[int, FrameCoding], before: dict[int, FrameCoding | None]
) -> None:
    """Refuse codings whose frame numbers mean other pictures today.

    A relink that moved no coding kept the numbers of the frames that were coded when it
    happened; of other frames the log cannot say.
    """
    if then and (entry.before or not then.keys() <= _present(before).keys()):
        raise StoreError(
            f"The frames got other numbers on {entry.at:%Y-%m-%d %H:%M} UTC, when another file of the video "
            "was connected, so codes from before cannot be compared: choose a later moment."
        )


def _dated(entry: Revision) -> Mapping[int, FrameCoding | None]:
    if entry.kind not in _NO_LOOK:
        return entry.after
    return {frame: coding and replace(coding, changed_at=None) for frame, coding in entry.after.items()}


def _present(state: dict[int, FrameCoding | None]) -> dict[int, FrameCoding]:
    return {frame: coding for frame, coding in sorted(state.items()) if coding is not None}


def _differ(first: FrameCoding | None, second: FrameCoding | None) -> bool:
    if first is None or second is None:
        return first is not second
    return not first.says_the_same_as(second)


def _unexplained() -> StoreError:
    return StoreError(
        "The history does not explain these labels, so nobody can tell how they stood then: "
        "run hrm store verify."
    )


def _utc(text: str) -> np.datetime64:
    # NumPy knows no time zones; the log is in UTC.
    return np.datetime64(from_timestamp(text).replace(tzinfo=None), "us")
