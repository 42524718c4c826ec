"""Read runs of models and what they suggest."""

from __future__ import annotations

import json

import numpy as np
import sqlalchemy as sa

from hrm_core.errors import NotFoundError
from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.records.model_run import ModelRun, RunProbabilities
from hrm_core.store.schema import model_run, suggestion
from hrm_core.store.session import Database

__all__ = ["ModelRuns"]

_COLUMN = {key: place for place, key in enumerate(CODE_COLUMNS)}
_ROWS = 5_000


class ModelRuns:
    """Runs of models in the study."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[ModelRun]:
        """Runs that suggest anything, the oldest first."""
        said = sa.exists().where(suggestion.c.run_id == model_run.c.id)
        runs = sa.select(model_run).where(said).order_by(model_run.c.id)
        with self._db.reading() as connection:
            return [_to_run(connection, row) for row in connection.execute(runs).mappings().all()]

    def names(self) -> dict[int, str]:
        """Names of the models of all runs by number, of those without suggestions as well."""
        with self._db.reading() as connection:
            rows = connection.execute(sa.select(model_run.c.id, model_run.c.model))
            return {row.id: row.model for row in rows}

    def get(self, run_id: int) -> ModelRun:
        """The run with this number.

        Raises
        ------
        NotFoundError
            If there is none; the message lists those there are.
        """
        runs = self.all()
        for run in runs:
            if run.id == run_id:
                return run
        there = ", ".join(f"run:{run.id} ({run.model})" for run in runs) or "none yet"
        raise NotFoundError(f"No model run {run_id} in this project has suggestions; there are: {there}.")

    def probabilities(self, run_id: int, video_id: int) -> RunProbabilities:
        """What a run says of one recording; without frames if it says nothing."""
        of_both = (suggestion.c.run_id == run_id, suggestion.c.video_id == video_id)
        at = sa.select(suggestion.c.frame).where(*of_both).distinct().order_by(suggestion.c.frame)
        rows = sa.select(
            suggestion.c.frame,
            suggestion.c.action,
            suggestion.c.probability,
            suggestion.c.left_probability,
            suggestion.c.right_probability,
        ).where(*of_both)
        with self._db.reading() as connection:
            frames = np.array(connection.scalars(at).all(), dtype=np.int64)
            tables = np.full((3, len(frames), len(CODE_COLUMNS)), np.nan)
            # An hour has millions of rows, which are never held all at once.
            for part in connection.execute(rows.execution_options(yield_per=_ROWS)).partitions():
                of_frame, actions, *values = zip(*part, strict=True)
                columns = np.array([_COLUMN.get(action, -1) for action in actions])
                places = np.searchsorted(frames, of_frame)
                # What another program wrote since the frames were read is for the next time.
                there = (columns >= 0) & (np.append(frames, -1)[places] == of_frame)
                tables[:, places[there], columns[there]] = np.array(values, dtype=np.float64)[:, there]
        said = ~np.isnan(tables[0]).all(axis=1)
        if not said.all():
            frames, tables = frames[said], tables[:, said]
        if np.isnan(tables[1]).all():
            return RunProbabilities(frames, tables[0].copy())
        return RunProbabilities(frames, *tables)


def _to_run(connection: sa.Connection, row: sa.RowMapping) -> ModelRun:
    settings = json.loads(row["settings"])
    # To look through three million rows for what the run says of itself takes a second.
    known = set(settings["actions"]) if "actions" in settings else set()
    if not known:
        of_run = sa.select(suggestion.c.action).where(suggestion.c.run_id == row["id"])
        known = set(connection.scalars(of_run.distinct()))
    keys = tuple(key for key in CODE_COLUMNS if key in known)
    return ModelRun(row["id"], row["model"], row["started_at"], keys, settings)
