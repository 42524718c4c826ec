"""Gold-standard clips, and the log of who was measured by them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from hrm_core.records.training import GoldClip, TrainingResult, TrainingScore
from hrm_core.store.mapping import from_timestamp, now
from hrm_core.store.schema import gold_clip, training_result
from hrm_core.store.session import Database

__all__ = ["Gold", "move_gold"]


class Gold:
    """Which frames are a gold standard, and results; neither forgets anything."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def clips(self, video_id: int | None = None) -> list[GoldClip]:
        """Gold-standard clips that hold now, of one recording or of all (None), by recording and frame."""
        query = sa.select(gold_clip)
        if video_id is not None:
            query = query.where(gold_clip.c.video_id == video_id)
        with self._db.reading() as connection:
            return _holding(connection, query)

    def numbered(self) -> dict[int, GoldClip]:
        """Gold-standard clips that hold now by number; a number is never given to another clip."""
        query = sa.select(gold_clip).order_by(gold_clip.c.id)
        numbers: dict[GoldClip, int] = {}
        with self._db.reading() as connection:
            for row in connection.execute(query).mappings():
                numbers.setdefault(_to_clip(row, row["rater_id"]), len(numbers) + 1)
            holding = _holding(connection, sa.select(gold_clip))
        return {numbers[clip]: clip for clip in holding}

    def add(self, clip: GoldClip) -> None:
        """Say that a clip is a gold standard.

        Raises
        ------
        StoreWriteError
            If it could not be written.
        """
        self._write(clip, taken_back=False)

    def take_back(self, clip: GoldClip) -> None:
        """Say that a clip is a gold standard no more; results stay in the log.

        Raises
        ------
        StoreWriteError
            If it could not be written.
        """
        self._write(clip, taken_back=True)

    def _write(self, clip: GoldClip, *, taken_back: bool) -> None:
        with self._db.writing() as connection:
            _append(connection, clip, taken_back=taken_back)

    def log_result(self, rater_id: int, score: TrainingScore) -> int:
        """Append how somebody did, and return which attempt on this clip it was, from 1.

        Raises
        ------
        StoreWriteError
            If it could not be written: then nothing of the gold standard is to be shown.
        """
        clip = score.clip
        detail = {
            "frames": score.frames,
            "left_out": score.left_out,
            "actions": {entry.action: entry.index for entry in score.actions},
        }
        with self._db.writing() as connection:
            connection.execute(
                sa.insert(training_result).values(
                    at=now(),
                    rater_id=rater_id,
                    video_id=clip.video_id,
                    first_frame=clip.first_frame,
                    last_frame=clip.last_frame,
                    gold_rater_id=clip.rater_id,
                    agreement=score.index,
                    detail=json.dumps(detail, allow_nan=False, separators=(",", ":")),
                )
            )
            query = (
                sa.select(sa.func.count())
                .select_from(training_result)
                .where(
                    training_result.c.rater_id == rater_id,
                    training_result.c.video_id == clip.video_id,
                    # Who saw the gold standard of some of these frames has seen it.
                    training_result.c.first_frame <= clip.last_frame,
                    training_result.c.last_frame >= clip.first_frame,
                    training_result.c.gold_rater_id == clip.rater_id,
                )
            )
            return int(connection.scalar(query) or 0)

    def results(self, rater_id: int | None = None) -> list[TrainingResult]:
        """Attempts of one coder, or of all (None), the oldest first."""
        query = sa.select(training_result).order_by(training_result.c.id)
        if rater_id is not None:
            query = query.where(training_result.c.rater_id == rater_id)
        with self._db.reading() as connection:
            return [_to_result(row) for row in connection.execute(query).mappings()]


def move_gold(connection: sa.Connection, video_id: int, new_of_old: Mapping[int, int]) -> None:
    """Let gold-standard clips follow their frames to the numbers of another file of the recording.

    One that lost a frame is a gold standard no more: somebody must look at what is left.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Inside a writing transaction.
    video_id : int
        The recording.
    new_of_old : mapping of int to int
        New number by old number, only for frames that are still there.
    """
    for clip in _holding(connection, sa.select(gold_clip).where(gold_clip.c.video_id == video_id)):
        frames = [new_of_old.get(frame) for frame in range(clip.first_frame, clip.last_frame + 1)]
        there = [frame for frame in frames if frame is not None]
        moved = replace(clip, first_frame=min(there), last_frame=max(there)) if there else None
        if moved == clip and len(there) == len(clip):
            continue
        _append(connection, clip, taken_back=True)
        if moved is not None and len(there) == len(clip) == len(moved):
            _append(connection, moved, taken_back=False)


def _append(connection: sa.Connection, clip: GoldClip, *, taken_back: bool) -> None:
    connection.execute(
        sa.insert(gold_clip).values(
            at=now(),
            rater_id=clip.rater_id,
            video_id=clip.video_id,
            first_frame=clip.first_frame,
            last_frame=clip.last_frame,
            taken_back=taken_back,
        )
    )


def _holding(connection: sa.Connection, query: sa.Select[Any]) -> list[GoldClip]:
    """Clips whose newest row does not take them back."""
    holding: dict[GoldClip, bool] = {}
    for row in connection.execute(query.order_by(gold_clip.c.id)).mappings():
        holding[_to_clip(row, row["rater_id"])] = not row["taken_back"]
    held = [clip for clip, holds in holding.items() if holds]
    return sorted(held, key=lambda clip: (clip.video_id, clip.first_frame, clip.rater_id))


def _to_clip(row: sa.RowMapping, gold_rater_id: int) -> GoldClip:
    return GoldClip(row["video_id"], row["first_frame"], row["last_frame"], gold_rater_id)


def _to_result(row: sa.RowMapping) -> TrainingResult:
    detail = json.loads(row["detail"])
    return TrainingResult(
        from_timestamp(row["at"]),
        row["rater_id"],
        _to_clip(row, row["gold_rater_id"]),
        row["agreement"],
        detail.get("frames", 0),
        detail.get("left_out", 0),
        detail.get("actions", {}),
    )
