"""Write what runs of models suggest, block by block, so that a run that was stopped goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from hrm_core.records.segments import segments
from hrm_core.records.suggestion import RunFit
from hrm_core.store.mapping import now
from hrm_core.store.schema import model_run, run_fit, suggestion, suggestion_block
from hrm_core.store.session import Database

__all__ = ["Suggestions"]


class Suggestions:
    """What runs of models suggest, and what was fitted to them."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def run_of(self, model: str, run_key: str, settings: Mapping[str, Any]) -> int:
        """Number of the run with this key, begun if there is none.

        Parameters
        ----------
        model : str
            Name of the model.
        run_key : str
            Says which weights looked at pictures that were prepared in which way; not empty.
        settings : mapping
            What is noted of a run that begins; see :class:`hrm_core.records.model_run.ModelRun`.

        Raises
        ------
        StoreWriteError
            If it could not be written.
        """
        with self._db.writing() as connection:
            self._db.lock(connection)
            found: int | None = connection.scalar(
                sa.select(model_run.c.id).where(model_run.c.run_key == run_key).order_by(model_run.c.id)
            )
            if found is not None:
                return found
            begun = connection.execute(
                sa.insert(model_run).values(
                    model=model,
                    started_at=now(),
                    settings=json.dumps(dict(settings), ensure_ascii=False, allow_nan=False),
                    run_key=run_key,
                )
            )
            (number,) = begun.inserted_primary_key or (0,)
            return int(number)

    def run_with(self, run_key: str) -> int | None:
        """Number of the run with this key; None if there is none."""
        query = sa.select(model_run.c.id).where(model_run.c.run_key == run_key).order_by(model_run.c.id)
        with self._db.reading() as connection:
            found: int | None = connection.scalar(query)
            return found

    def blocks(self, run_id: int, video_id: int) -> list[tuple[int, int, str]]:
        """First and last frame and source of each stretch of a recording that a run has looked at."""
        columns = (suggestion_block.c.first_frame, suggestion_block.c.last_frame, suggestion_block.c.source)
        query = sa.select(*columns).where(*_of(suggestion_block, run_id, video_id)).order_by(*columns[:1])
        with self._db.reading() as connection:
            return [(row.first_frame, row.last_frame, row.source) for row in connection.execute(query)]

    def forget_blocks(self, run_id: int, video_id: int, first_frames: Sequence[int]) -> None:
        """Remove what a run suggests for some stretches of a recording, named by their first frames.

        Raises
        ------
        StoreWriteError
            If it could not be written; the store is as it was.
        """
        wanted = set(first_frames)
        blocks = [entry for entry in self.blocks(run_id, video_id) if entry[0] in wanted]
        with self._db.writing() as connection:
            for first, last, _ in blocks:
                _clear(connection, run_id, video_id, first, last)

    def looked_at(self, run_id: int, video_id: int) -> NDArray[np.int64]:
        """Frames of a recording that a run has looked at, ascending, with a face or without."""
        spans = [np.arange(first, last + 1) for first, last, _ in self.blocks(run_id, video_id)]
        return np.concatenate(spans) if spans else np.empty(0, dtype=np.int64)

    def add_block(
        self,
        run_id: int,
        video_id: int,
        looked_at: Sequence[int],
        frames: NDArray[np.int64],
        actions: Sequence[str],
        probabilities: NDArray[np.float32],
        *,
        left: NDArray[np.float32] | None = None,
        right: NDArray[np.float32] | None = None,
        source: str = "",
    ) -> None:
        """Write what a run suggests for some frames, all of it or nothing; what was there of them goes.

        A stretch that shares some of its frames with these keeps what is suggested for the others, and they
        count as not looked at.

        Parameters
        ----------
        run_id, video_id : int
            Numbers in the store.
        looked_at : sequence of int
            Frames that were looked at, ascending, those without a face included.
        frames : ndarray of int64, shape (n_frames,)
            Those of them with a face.
        actions : sequence of str
            Keys of the catalogue.
        probabilities, left, right : ndarray of float32, shape (n_frames, n_actions)
            On the face, and with each half mirrored if that was looked at; in [0, 1].
        source : str
            Fingerprint of the video and of where its faces are.

        Raises
        ------
        StoreWriteError
            If it could not be written; the store is as it was.
        """
        extra = set(frames.tolist()).difference(looked_at)
        if extra or probabilities.shape != (len(frames), len(actions)):
            raise ValueError("every frame with a face was looked at, and has one probability per action")
        halves = [None if half is None else half.tolist() for half in (left, right)]
        rows = [
            {
                "run_id": run_id,
                "video_id": video_id,
                "frame": frame,
                "action": action,
                "probability": value,
                "left_probability": None if halves[0] is None else halves[0][row][column],
                "right_probability": None if halves[1] is None else halves[1][row][column],
            }
            for row, (frame, values) in enumerate(zip(frames.tolist(), probabilities.tolist(), strict=True))
            for column, (action, value) in enumerate(zip(actions, values, strict=True))
        ]
        seen = np.asarray(frames)
        with self._db.writing() as connection:
            for first, last in segments(looked_at):
                _clear(connection, run_id, video_id, first, last)
                faceless = last - first + 1 - int(((seen >= first) & (seen <= last)).sum())
                connection.execute(
                    sa.insert(suggestion_block).values(
                        run_id=run_id,
                        video_id=video_id,
                        first_frame=first,
                        last_frame=last,
                        faceless=faceless,
                        source=source,
                    )
                )
            if rows:
                connection.execute(sa.insert(suggestion), rows)

    def faceless(self, run_id: int, video_id: int) -> int:
        """How many frames of a recording a run looked at and found no face in."""
        query = sa.select(sa.func.coalesce(sa.func.sum(suggestion_block.c.faceless), 0)).where(
            *_of(suggestion_block, run_id, video_id)
        )
        with self._db.reading() as connection:
            return int(connection.scalar(query) or 0)

    def add_fit(self, fit: RunFit) -> None:
        """Write what was fitted to a run; it holds in place of earlier ones.

        Raises
        ------
        StoreWriteError
            If it could not be written.
        """
        detail = json.dumps(dict(fit.detail), allow_nan=False, separators=(",", ":"))
        with self._db.writing() as connection:
            connection.execute(
                sa.insert(run_fit).values(at=now(), run_id=fit.run_id, fitted_on=fit.fitted_on, detail=detail)
            )

    def fit(self, run_id: int) -> RunFit | None:
        """What was fitted to a run last; None if nothing was."""
        query = sa.select(run_fit).where(run_fit.c.run_id == run_id).order_by(run_fit.c.id.desc()).limit(1)
        with self._db.reading() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        return RunFit(run_id, row["fitted_on"], json.loads(row["detail"]), row["at"])


def _of(table: sa.Table, run_id: int, video_id: int) -> list[sa.ColumnElement[bool]]:
    return [table.c.run_id == run_id, table.c.video_id == video_id]


def _clear(connection: sa.Connection, run_id: int, video_id: int, first: int, last: int) -> None:
    """Remove what is suggested for some frames, and every stretch that holds one of them."""
    within = suggestion.c.frame.between(first, last)
    connection.execute(sa.delete(suggestion).where(*_of(suggestion, run_id, video_id), within))
    meets = (suggestion_block.c.first_frame <= last, suggestion_block.c.last_frame >= first)
    connection.execute(sa.delete(suggestion_block).where(*_of(suggestion_block, run_id, video_id), *meets))
