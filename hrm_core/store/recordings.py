"""Read and write recordings and clips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

import sqlalchemy as sa

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.recording import Clip, ClipAct, Recording
from hrm_core.store.clip_log import log_clips
from hrm_core.store.mapping import to_clip, to_recording
from hrm_core.store.renumber import Renumbered, renumber
from hrm_core.store.schema import clip, video
from hrm_core.store.session import Database

__all__ = ["Recordings"]


class Recordings:
    """Videos of the participants and the clips cut from them."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of_participant(self, participant_id: int | None = None) -> list[Recording]:
        """Recordings of one participant, or of all (None), in the order added."""
        query = sa.select(video).order_by(video.c.id)
        if participant_id is not None:
            query = query.where(video.c.participant_id == participant_id)
        with self._db.reading() as connection:
            return [to_recording(row) for row in connection.execute(query).mappings()]

    def get(self, video_id: int) -> Recording:
        """The recording with this number.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        with self._db.reading() as connection:
            row = connection.execute(sa.select(video).where(video.c.id == video_id)).mappings().first()
        if row is None:
            raise NotFoundError(f"No video number {video_id} in this project.")
        return to_recording(row)

    def add(self, new: Recording) -> Recording:
        """Store a recording.

        Returns
        -------
        Recording
            With its number.

        Raises
        ------
        ProjectError
            If the participant has a recording of this name already.
        """
        values = asdict(new)
        del values["id"]
        with self._db.writing() as connection:
            self._db.lock(connection)
            taken = sa.select(video.c.id).where(
                video.c.participant_id == new.participant_id, video.c.name == new.name
            )
            if connection.scalar(taken):
                raise ProjectError(
                    f"This participant already has a video named {new.name!r}: give it another name."
                )
            result = connection.execute(sa.insert(video).values(values))
            (number,) = result.inserted_primary_key or (0,)
        return replace(new, id=number)

    def update(self, changed: Recording) -> None:
        """Write path, fingerprint and media facts of a recording again."""
        values = asdict(changed)
        with self._db.writing() as connection:
            connection.execute(sa.update(video).where(video.c.id == values.pop("id")).values(values))

    def connect_file(
        self,
        video_id: int,
        *,
        path: str | None,
        fingerprint: str | None,
        fps: float | None,
        frame_count: int | None,
        width: int | None,
        height: int | None,
    ) -> None:
        """Write the facts of a recording's file; what else is known of it stays.

        Parameters
        ----------
        video_id : int
            The recording.
        path, fingerprint, fps, frame_count, width, height
            As :class:`~hrm_core.records.recording.Recording` has them.
        """
        self._change(
            video_id,
            path=path,
            fingerprint=fingerprint,
            fps=fps,
            frame_count=frame_count,
            width=width,
            height=height,
        )

    def move_file(self, video_id: int, path: str) -> None:
        """Write where the file of a recording is now; what else is known of it stays."""
        self._change(video_id, path=path)

    def set_mirrored(self, video_id: int, mirrored: bool) -> None:
        """Write whether a recording is mirrored; what else is known of it stays."""
        self._change(video_id, mirrored=mirrored)

    def _change(self, video_id: int, **columns: str | float | bool | None) -> None:
        # One statement for these columns only: what somebody else has written to the
        # others since they were read is not turned back.
        with self._db.writing() as connection:
            connection.execute(sa.update(video).where(video.c.id == video_id).values(columns))

    def renumber(
        self,
        video_id: int,
        new_of_old: Mapping[int, int],
        *,
        frame_count: int,
        actor_id: int,
        reason: str,
    ) -> Renumbered:
        """Move labels and clips to other frame numbers; see :func:`hrm_core.store.renumber.renumber`."""
        return renumber(
            self._db, video_id, new_of_old, frame_count=frame_count, actor_id=actor_id, reason=reason
        )

    def clips(self, video_id: int | None = None) -> list[Clip]:
        """Clips of one recording, or of all (None), by recording and number."""
        query = sa.select(clip).order_by(clip.c.video_id, clip.c.number)
        if video_id is not None:
            query = query.where(clip.c.video_id == video_id)
        with self._db.reading() as connection:
            return [to_clip(row) for row in connection.execute(query).mappings()]

    def add_clips(self, video_id: int, spans: list[tuple[int, int]]) -> list[Clip]:
        """Append clips to a recording as they are given, also where they overlap.

        For what was chosen elsewhere; people choose with :class:`hrm_core.store.clips.Clips`.

        Parameters
        ----------
        video_id : int
            The recording.
        spans : list of (int, int)
            First and last frame of each clip, both included.

        Returns
        -------
        list of Clip
            All clips of the recording.
        """
        with self._db.writing() as connection:
            self._db.lock(connection)
            highest = connection.scalar(
                sa.select(sa.func.max(clip.c.number)).where(clip.c.video_id == video_id)
            )
            rows = [
                {"video_id": video_id, "number": number, "first_frame": first, "last_frame": last}
                for number, (first, last) in enumerate(spans, start=(highest or 0) + 1)
            ]
            if rows:
                connection.execute(sa.insert(clip), rows)
                new = [entry for entry in self.clips(video_id) if entry.number > (highest or 0)]
                log_clips(connection, ClipAct.ADD, video_id, [], new, None)
        return self.clips(video_id)
