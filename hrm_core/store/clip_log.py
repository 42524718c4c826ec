"""The append-only log of clips: who changed which, and when."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from hrm_core.records.recording import Clip, ClipAct, ClipChange
from hrm_core.store.mapping import dump_clips, now, to_clip_change
from hrm_core.store.schema import clip_log, rater

__all__ = ["log_clips", "read_clip_log"]


def log_clips(
    connection: sa.Connection,
    what: ClipAct,
    video_id: int,
    before: Sequence[Clip],
    after: Sequence[Clip],
    rater_id: int | None,
) -> None:
    """Append an entry; none where nothing was touched.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Inside the transaction that makes the change.
    what : ClipAct
        What is done.
    video_id : int
        To clips of which recording.
    before, after : sequence of Clip
        The clips it touches.
    rater_id : int or None
        Who does it, if anybody is named.
    """
    if before or after:
        connection.execute(
            sa.insert(clip_log).values(
                at=now(),
                rater_id=rater_id,
                video_id=video_id,
                what=str(what),
                before=dump_clips(before),
                after=dump_clips(after),
            )
        )


def read_clip_log(connection: sa.Connection, video_id: int | None) -> list[ClipChange]:
    """Entries about one recording, or about all (None), the oldest first."""
    query = (sa.select(clip_log, rater.c.name).outerjoin(rater, rater.c.id == clip_log.c.rater_id)).order_by(
        clip_log.c.id
    )
    if video_id is not None:
        query = query.where(clip_log.c.video_id == video_id)
    return [to_clip_change(row, row["name"]) for row in connection.execute(query).mappings()]
