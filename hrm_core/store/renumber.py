"""Give the labels of a recording the numbers their frames have in another file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from hrm_core.records.coding import FrameCoding
from hrm_core.records.rating_plan import NO_FRAMES
from hrm_core.records.recording import Clip, ClipAct, ClipState, ExclusionReason
from hrm_core.records.revision import RevisionKind
from hrm_core.records.segments import segments
from hrm_core.store.adjudications import move_decisions
from hrm_core.store.clip_log import log_clips
from hrm_core.store.frames import Act, add_revision, read_frames, replace_frames
from hrm_core.store.gold import move_gold
from hrm_core.store.mapping import clip_values, dump_codings, from_timestamp, to_clip
from hrm_core.store.schema import (
    clip,
    face_mark,
    frame_visit,
    model_run,
    rater,
    rating_clip,
    revision,
    suggestion,
    suggestion_block,
    suggestion_decision,
)
from hrm_core.store.session import Database

__all__ = ["Renumbered", "renumber", "renumbered_at"]


@dataclass(frozen=True, slots=True)
class Renumbered:
    """What :func:`renumber` did, or would do.

    Attributes
    ----------
    moved : mapping of str to int
        Codings kept, by rater.
    left : mapping of str to tuple of int
        Old numbers of coded frames that are nowhere now, by rater.
    clips_cut, clips_lost : tuple of int
        Numbers of clips that lost some or all of their frames.
    """

    moved: Mapping[str, int]
    left: Mapping[str, tuple[int, ...]]
    clips_cut: tuple[int, ...]
    clips_lost: tuple[int, ...]


def renumber(
    database: Database,
    video_id: int,
    new_of_old: Mapping[int, int],
    *,
    frame_count: int,
    actor_id: int,
    reason: str,
) -> Renumbered:
    """Move every label and clip of a recording, and what judges were shown, to the new number of its frame.

    One log entry per rater holds all frames before and after.  What is nowhere
    now is taken from the labels and stays in the log.

    Parameters
    ----------
    database : Database
        The open store.
    video_id : int
        The recording.
    new_of_old : mapping of int to int
        New number by old number, only for frames that were found; none twice.
    frame_count : int
        Frames of the new file.
    actor_id : int
        Who does it.
    reason : str
        For the log.

    Raises
    ------
    StoreWriteError
        If it could not be written; the store is as it was.
    """
    with database.writing() as connection:
        database.lock(connection)
        moved: dict[str, int] = {}
        left: dict[str, tuple[int, ...]] = {}
        for rater_id, name in _raters(connection, video_id):
            database.lock(connection, rater_id, video_id)
            before = read_frames(connection, rater_id, video_id)
            after = {
                new_of_old[frame]: replace(coding, frame=new_of_old[frame])
                for frame, coding in before.items()
                if frame in new_of_old
            }
            if after:
                moved[name] = len(after)
            if lost := tuple(frame for frame in before if frame not in new_of_old):
                left[name] = lost
            act = Act(actor_id, rater_id, video_id, RevisionKind.RELINK, reason)
            _write(connection, act, before, after)
        clips_cut, clips_lost = _move_clips(connection, video_id, new_of_old, frame_count, actor_id)
        _move_shown(connection, video_id, new_of_old)
        _move_suggestions(connection, video_id, new_of_old)
        _move_what_coders_did(connection, video_id, new_of_old)
        _move_face_marks(connection, video_id, new_of_old)
        move_gold(connection, video_id, new_of_old)
        move_decisions(connection, video_id, new_of_old)
    return Renumbered(moved, left, clips_cut, clips_lost)


def renumbered_at(connection: sa.Connection, rater_id: int) -> dict[int, datetime]:
    """When frames that a rater has labelled got other numbers the last time, by recording.

    Another file whose frames have the numbers of the old one changes nothing, and does not count.
    """
    query = (
        sa.select(revision.c.video_id, sa.func.max(revision.c.at))
        .where(
            revision.c.rater_id == rater_id,
            revision.c.kind == str(RevisionKind.RELINK),
            revision.c.after != dump_codings({}),
        )
        .group_by(revision.c.video_id)
    )
    return {number: from_timestamp(at) for number, at in connection.execute(query)}


def _raters(connection: sa.Connection, video_id: int) -> list[tuple[int, str]]:
    """Everybody with labels or history: what was undone must not be done again on other frames."""
    query = (
        sa.select(rater.c.id, rater.c.name)
        .where(rater.c.id.in_(sa.select(revision.c.rater_id).where(revision.c.video_id == video_id)))
        .order_by(rater.c.id)
    )
    return [(number, name) for number, name in connection.execute(query)]


def _write(
    connection: sa.Connection, act: Act, before: dict[int, FrameCoding], after: dict[int, FrameCoding]
) -> None:
    touched = [
        frame
        for frame in sorted(before.keys() | after.keys())
        if frame not in before or not before[frame].says_the_same_as(after.get(frame))
    ]
    if touched:
        old = {frame: before.get(frame) for frame in touched}
        replace_frames(connection, act, old, {frame: after.get(frame) for frame in touched})
    else:
        # The entry ends undo and redo all the same.
        add_revision(connection, act, [0], dump_codings({}), dump_codings({}))


def _move_clips(
    connection: sa.Connection, video_id: int, new_of_old: Mapping[int, int], frame_count: int, actor_id: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    cut: list[int] = []
    lost: list[int] = []
    before: list[Clip] = []
    after: list[Clip] = []
    for row in connection.execute(sa.select(clip).where(clip.c.video_id == video_id)).mappings().all():
        entry = to_clip(row)
        frames = range(entry.first_frame, entry.last_frame + 1)
        kept = [new_of_old[frame] for frame in frames if frame in new_of_old]
        if len(kept) < len(entry):
            (cut if kept else lost).append(entry.number)
        moved = (
            replace(entry, first_frame=min(kept), last_frame=max(kept)) if kept else _gone(entry, frame_count)
        )
        if moved != entry:
            before.append(entry)
            after.append(moved)
            connection.execute(sa.update(clip).where(clip.c.id == entry.id).values(clip_values(moved)))
    log_clips(connection, ClipAct.RELINK, video_id, before, after, actor_id)
    return tuple(cut), tuple(lost)


def _gone(entry: Clip, frame_count: int) -> Clip:
    """A clip without frames stays, because ratings may be about it, but nobody is to code it."""
    place = min(entry.first_frame, frame_count - 1)
    if entry.is_nowhere:
        # What it says of an earlier file is what is known of it.
        return replace(entry, first_frame=place, last_frame=place)
    return replace(
        entry,
        first_frame=place,
        last_frame=place,
        state=ClipState.EXCLUDED,
        exclusion_reason=ExclusionReason.NOT_IN_FILE,
        exclusion_words=f"frames {entry.first_frame}-{entry.last_frame} of an earlier file",
    )


def _move_shown(connection: sa.Connection, video_id: int, new_of_old: Mapping[int, int]) -> None:
    """Say by the new numbers what judges were shown: their answers are joined to codes by it."""
    of_video = rating_clip.c.clip_id.in_(sa.select(clip.c.id).where(clip.c.video_id == video_id))
    for row in connection.execute(sa.select(rating_clip).where(of_video)).mappings().all():
        frames = range(row["first_frame"], row["last_frame"] + 1)
        kept = [new_of_old[frame] for frame in frames if frame in new_of_old]
        first, last = (min(kept), max(kept)) if kept else NO_FRAMES
        same = [rating_clip.c[name] == row[name] for name in ("session_id", "clip_id")]
        connection.execute(sa.update(rating_clip).where(*same).values(first_frame=first, last_frame=last))


def _move_suggestions(connection: sa.Connection, video_id: int, new_of_old: Mapping[int, int]) -> None:
    # Millions of rows may follow their frames, which is why none of them leaves the database: first to below
    # zero, out of each other's way, then to their new numbers.
    of_video = (suggestion.c.run_id.in_(sa.select(model_run.c.id)), suggestion.c.video_id == video_id)
    there = connection.scalars(sa.select(suggestion.c.frame).where(*of_video).distinct()).all()
    by_shift: dict[int | None, list[int]] = {}
    for frame in sorted(there):
        by_shift.setdefault(new_of_old[frame] - frame if frame in new_of_old else None, []).append(frame)
    for shift, frames in by_shift.items():
        for first, last in segments(frames) if shift != 0 else ():
            here = (*of_video, suggestion.c.frame.between(first, last))
            if shift is None:
                connection.execute(sa.delete(suggestion).where(*here))
            else:
                moving = sa.update(suggestion).where(*here)
                connection.execute(moving.values(frame=-1 - shift - suggestion.c.frame))
    moved = sa.update(suggestion).where(*of_video, suggestion.c.frame < 0)
    connection.execute(moved.values(frame=-1 - suggestion.c.frame))
    # Which frames were looked at was said of the earlier file: the next run looks again.
    connection.execute(sa.delete(suggestion_block).where(suggestion_block.c.video_id == video_id))


def _move_what_coders_did(connection: sa.Connection, video_id: int, new_of_old: Mapping[int, int]) -> None:
    """Say by the new numbers what coders did with suggestions, and what frames cost them."""
    decisions = sa.select(suggestion_decision).where(suggestion_decision.c.video_id == video_id)
    for row in connection.execute(decisions).mappings().all():
        frames = range(row["first_frame"], row["last_frame"] + 1)
        kept = [new_of_old[frame] for frame in frames if frame in new_of_old]
        same = suggestion_decision.c.id == row["id"]
        if not kept:
            connection.execute(sa.delete(suggestion_decision).where(same))
            continue
        ends = {"first_frame": min(kept), "last_frame": max(kept)}
        connection.execute(sa.update(suggestion_decision).where(same).values(**ends))
    of_video = frame_visit.c.video_id == video_id
    rows = connection.execute(sa.select(frame_visit).where(of_video)).mappings().all()
    connection.execute(sa.delete(frame_visit).where(of_video))
    stays = [{**row, "frame": new_of_old[row["frame"]]} for row in rows if row["frame"] in new_of_old]
    if stays:
        connection.execute(sa.insert(frame_visit), stays)


def _move_face_marks(connection: sa.Connection, video_id: int, new_of_old: Mapping[int, int]) -> None:
    rows = connection.execute(sa.select(face_mark).where(face_mark.c.video_id == video_id)).mappings().all()
    connection.execute(sa.delete(face_mark).where(face_mark.c.video_id == video_id))
    kept = [{**row, "frame": new_of_old[row["frame"]]} for row in rows if row["frame"] in new_of_old]
    if kept:
        connection.execute(sa.insert(face_mark), kept)
