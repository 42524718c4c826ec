"""Choose, change and give up the clips of recordings; every act is written down.

What is done to a clip never touches the labels of its frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import sqlalchemy as sa

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.recording import Clip, ClipAct, ClipChange, ClipState, ExclusionReason
from hrm_core.records.words import counted
from hrm_core.store.clip_log import log_clips, read_clip_log
from hrm_core.store.mapping import clip_values, to_clip
from hrm_core.store.schema import clip, rating, rating_clip, rating_session, rating_trial, video
from hrm_core.store.session import Database

__all__ = ["Clips"]


class Clips:
    """The clips of all recordings and the log of their changes.

    Clips of one recording never overlap: what would make them is refused.  Only
    clips that another file left without frames do not count there.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, clip_id: int) -> Clip:
        """The clip with this number in the store.

        Raises
        ------
        NotFoundError
            If there is none (any more).
        """
        with self._db.reading() as connection:
            return _read(connection, clip_id)

    def log(self, video_id: int | None = None) -> list[ClipChange]:
        """What was done to the clips of one recording, or of all (None), the oldest first."""
        with self._db.reading() as connection:
            return read_clip_log(connection, video_id)

    def add(self, video_id: int, first: int, last: int, rater_id: int | None) -> Clip:
        """Add a clip; the recording's clips are numbered anew by their first frames.

        Parameters
        ----------
        video_id : int
            The recording.
        first, last : int
            Its frames, both included.
        rater_id : int or None
            Who does it.

        Returns
        -------
        Clip
            With its numbers.

        Raises
        ------
        ProjectError
            If it ends before it begins, leaves the recording or overlaps another clip.
        StoreWriteError
            If it could not be written; the store is as it was.
        """
        with self._writing() as connection:
            _require_room(connection, video_id, first, last)
            number = _insert(connection, video_id, first, last)
            new = _renumbered(connection, number)
            log_clips(connection, ClipAct.ADD, video_id, [], [new], rater_id)
        return new

    def change(
        self, clip_id: int, first: int, last: int, rater_id: int | None, *, even_rated: bool = False
    ) -> Clip:
        """Move the edges of a clip; the recording's clips are numbered anew.

        Parameters
        ----------
        clip_id : int
            The clip.
        first, last : int
            Its frames from now on, both included.
        rater_id : int or None
            Who does it.
        even_rated : bool
            Also if judges have rated it, or will be shown it, as it was.

        Raises
        ------
        NotFoundError
            If there is no such clip.
        ProjectError
            As :meth:`add`; if it was rated or a rating session shows it and `even_rated` is False.
        StoreWriteError
            If it could not be written; the store is as it was.
        """
        with self._writing() as connection:
            old = _read(connection, clip_id)
            if (first, last) == (old.first_frame, old.last_frame):
                return old
            _require_room(connection, old.video_id, first, last, beside=old)
            if not even_rated:
                _require_unrated(connection, old, "its edges stay")
            _write(connection, replace(old, first_frame=first, last_frame=last))
            new = _renumbered(connection, clip_id)
            log_clips(connection, ClipAct.CHANGE, old.video_id, [old], [new], rater_id)
        return new

    def split(
        self, clip_id: int, frame: int, rater_id: int | None, *, even_rated: bool = False
    ) -> tuple[Clip, Clip]:
        """Make two clips of one; the first keeps its number in the store.

        Parameters
        ----------
        clip_id : int
            The clip.
        frame : int
            First frame of the second part.
        rater_id : int or None
            Who does it.
        even_rated : bool
            Also if judges have rated it, or will be shown it, as a whole; their ratings stay with
            the first part.

        Returns
        -------
        tuple of two Clip
            Both in the state that the whole was in.

        Raises
        ------
        NotFoundError
            If there is no such clip.
        ProjectError
            If a part would have no frame; if it was rated or a rating session shows it and
            `even_rated` is False.
        StoreWriteError
            If it could not be written; the store is as it was.
        """
        with self._writing() as connection:
            old = _read(connection, clip_id)
            if not old.first_frame < frame <= old.last_frame:
                raise ProjectError(
                    f"Clip {old.number} is frames {_span(old)}, so it cannot be split before frame {frame}: "
                    "choose a frame behind its first one."
                )
            if not even_rated:
                _require_unrated(connection, old, "it stays whole")
            _write(connection, replace(old, last_frame=frame - 1))
            second = _insert(connection, old.video_id, frame, old.last_frame, like=old)
            parts = (_renumbered(connection, clip_id), _renumbered(connection, second))
            log_clips(connection, ClipAct.SPLIT, old.video_id, [old], parts, rater_id)
        return parts

    def exclude(self, clip_id: int, reason: ExclusionReason, words: str, rater_id: int | None) -> Clip:
        """Say that a clip is not to be coded, and why; said again, the new reason holds.

        Parameters
        ----------
        clip_id : int
            The clip.
        reason : ExclusionReason
            Why.
        words : str
            What is to be added to it.
        rater_id : int or None
            Who does it.

        Raises
        ------
        NotFoundError
            If there is no such clip.
        StoreWriteError
            If it could not be written; the store is as it was.
        """
        with self._writing() as connection:
            old = _read(connection, clip_id)
            new = replace(
                old, state=ClipState.EXCLUDED, exclusion_reason=reason, exclusion_words=words.strip()
            )
            _write_changed(connection, ClipAct.EXCLUDE, old, new, rater_id)
        return new

    def reopen(self, clip_id: int, rater_id: int | None) -> Clip:
        """Say that an excluded clip is to be coded after all.

        Raises
        ------
        NotFoundError
            If there is no such clip.
        ProjectError
            If its frames are not in the file that is connected now.
        StoreWriteError
            If it could not be written; the store is as it was.
        """
        with self._writing() as connection:
            old = _read(connection, clip_id)
            if old.is_nowhere:
                raise ProjectError(
                    f"Clip {old.number} has no frames in the file that is connected now "
                    f"({old.exclusion_words}), so it cannot be reopened: remove it, or connect the file it "
                    "was cut from."
                )
            new = replace(old, state=ClipState.OPEN, exclusion_reason=None, exclusion_words="")
            _write_changed(connection, ClipAct.REOPEN, old, new, rater_id)
        return new

    def remove(self, clip_id: int, rater_id: int | None) -> None:
        """Take a clip away; the labels of its frames stay, and so does the log.

        Raises
        ------
        NotFoundError
            If there is no such clip.
        ProjectError
            If judges have rated it, or a rating session shows it.
        StoreWriteError
            If it could not be written; the store is as it was.
        """
        with self._writing() as connection:
            old = _read(connection, clip_id)
            _require_unrated(connection, old, "it cannot be removed")
            connection.execute(sa.delete(clip).where(clip.c.id == clip_id))
            _renumber(connection, old.video_id)
            log_clips(connection, ClipAct.REMOVE, old.video_id, [old], [], rater_id)

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._db.writing() as connection:
            self._db.lock(connection)
            yield connection


def _read(connection: sa.Connection, clip_id: int) -> Clip:
    row = connection.execute(sa.select(clip).where(clip.c.id == clip_id)).mappings().first()
    if row is None:
        raise NotFoundError("This clip is not there any more: somebody has removed it. Open the study again.")
    return to_clip(row)


def _of_video(connection: sa.Connection, video_id: int) -> list[Clip]:
    rows = connection.execute(sa.select(clip).where(clip.c.video_id == video_id)).mappings()
    return sorted(map(to_clip, rows), key=lambda entry: (entry.first_frame, entry.last_frame, entry.id))


def _write(connection: sa.Connection, changed: Clip) -> None:
    connection.execute(sa.update(clip).where(clip.c.id == changed.id).values(clip_values(changed)))


def _write_changed(
    connection: sa.Connection, what: ClipAct, old: Clip, new: Clip, rater_id: int | None
) -> None:
    if new != old:
        _write(connection, new)
        log_clips(connection, what, old.video_id, [old], [new], rater_id)


def _insert(connection: sa.Connection, video_id: int, first: int, last: int, like: Clip | None = None) -> int:
    highest = connection.scalar(sa.select(sa.func.max(clip.c.number)).where(clip.c.video_id == video_id))
    # The number in the store is given by it.
    new = replace(
        like or Clip(0, video_id, 0, first, last),
        number=(highest or 0) + 1,
        first_frame=first,
        last_frame=last,
    )
    values = clip_values(new)
    del values["id"]
    (number,) = connection.execute(sa.insert(clip).values(values)).inserted_primary_key or (0,)
    return int(number)


def _renumbered(connection: sa.Connection, clip_id: int) -> Clip:
    """The clip after all of its recording were numbered by their first frames."""
    _renumber(connection, _read(connection, clip_id).video_id)
    return _read(connection, clip_id)


def _renumber(connection: sa.Connection, video_id: int) -> None:
    moved = [
        (entry.id, number)
        for number, entry in enumerate(_of_video(connection, video_id), start=1)
        if entry.number != number
    ]
    # In two steps: two clips of a recording never have the same number, not even on the way.
    for sign in (-1, 1):
        for clip_id, number in moved:
            connection.execute(sa.update(clip).where(clip.c.id == clip_id).values(number=sign * number))


def _require_room(
    connection: sa.Connection, video_id: int, first: int, last: int, beside: Clip | None = None
) -> None:
    if first > last:
        raise ProjectError(f"A clip from frame {first} to {last} ends before it begins.")
    name, count = connection.execute(
        sa.select(video.c.name, video.c.frame_count).where(video.c.id == video_id)
    ).one()
    if first < 0 or (count is not None and last >= count):
        end = f"0 to {count - 1}" if count else "from 0 up"
        raise ProjectError(
            f"A clip of frames {first}–{last} does not fit: the frames of video {name!r} go {end}."
        )
    for other in _of_video(connection, video_id):
        # What is nowhere in this file takes no room in it.
        itself = beside is not None and other.id == beside.id
        if not other.is_nowhere and not itself and first <= other.last_frame and other.first_frame <= last:
            state = f", excluded ({other.why})" if other.is_excluded else ""
            raise ProjectError(
                f"Frames {first}–{last} overlap clip {other.number} of video {name!r} (frames {_span(other)}"
                f"{state}): clips never overlap; change that clip or choose other frames."
            )


def _require_unrated(connection: sa.Connection, rated: Clip, so: str) -> None:
    judges = connection.scalar(
        sa.select(sa.func.count(rating.c.judge_id.distinct())).where(rating.c.clip_id == rated.id)
    )
    if judges:
        raise ProjectError(
            f"Clip {rated.number} was rated by {counted(judges, 'judge')} as frames {_span(rated)}, so {so}: "
            "exclude it if it is not to be coded."
        )
    shown = [
        sa.select(table.c.session_id).where(table.c.clip_id == rated.id)
        for table in (rating_clip, rating_trial)
    ]
    query = sa.select(rating_session.c.name).where(rating_session.c.id.in_(sa.union(*shown)))
    names = connection.scalars(query.order_by(rating_session.c.id)).all()
    if names:
        sessions = ("session " if len(names) == 1 else "sessions ") + ", ".join(map(repr, names))
        raise ProjectError(
            f"Clip {rated.number} (frames {_span(rated)}) is shown in the rating {sessions}, so {so}: "
            "exclude it if it is not to be coded."
        )


def _span(entry: Clip) -> str:
    return f"{entry.first_frame}–{entry.last_frame}"
