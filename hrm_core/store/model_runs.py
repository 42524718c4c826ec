"""Read runs of models and what they suggest."""

from __future__ import annotations

import numpy as np
import sqlalchemy as sa

from hrm_core.errors import NotFoundError
from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.records.model_run import ModelRun, RunProbabilities
from hrm_core.store.schema import model_run, suggestion
from hrm_core.store.session import Database

__all__ = ["ModelRuns"]

_COLUMN = {key: place for place, key in enumerate(CODE_COLUMNS)}


class ModelRuns:
    """Runs of models in the study."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[ModelRun]:
        """Runs that suggest anything, the oldest first."""
        pairs = sa.select(suggestion.c.run_id, suggestion.c.action).distinct()
        runs = sa.select(model_run.c.id, model_run.c.model, model_run.c.started_at).order_by(model_run.c.id)
        said: dict[int, set[str]] = {}
        with self._db.reading() as connection:
            for number, action in connection.execute(pairs):
                said.setdefault(number, set()).add(action)
            rows = connection.execute(runs).all()
        return [
            ModelRun(number, model, at, tuple(key for key in CODE_COLUMNS if key in said[number]))
            for number, model, at in rows
            if number in said
        ]

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
        query = sa.select(suggestion.c.frame, suggestion.c.action, suggestion.c.probability).where(
            suggestion.c.run_id == run_id, suggestion.c.video_id == video_id
        )
        with self._db.reading() as connection:
            rows = connection.execute(query).all()
        at = np.array([frame for frame, _, _ in rows], dtype=np.int64)
        frames, places = np.unique(at, return_inverse=True)
        table = np.full((len(frames), len(CODE_COLUMNS)), np.nan)
        known = np.array([action in _COLUMN for _, action, _ in rows], dtype=bool)
        columns = [_COLUMN[action] for _, action, _ in rows if action in _COLUMN]
        values = np.array([probability for _, _, probability in rows], dtype=np.float64)
        table[places[known], columns] = values[known]
        return RunProbabilities(frames, table)
