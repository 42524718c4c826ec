"""Runs of models in the study, and what they say of frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ModelRun", "RunProbabilities"]


@dataclass(frozen=True, slots=True)
class ModelRun:
    """One run of one model.

    Attributes
    ----------
    id : int
        Number in the store.
    model : str
        Name of the model.
    started_at : str
        UTC, as ISO 8601.
    actions : tuple of str
        Keys of the actions it says anything of, in the order of the catalogue.
    """

    id: int
    model: str
    started_at: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RunProbabilities:
    """What a run says of one recording.

    Attributes
    ----------
    frames : ndarray of int64, shape (n_frames,)
        Frames it says anything of, ascending.
    probabilities : ndarray of float64, shape (n_frames, 35)
        Columns in the order of the catalogue; NaN where the run says nothing.
    """

    frames: NDArray[np.int64]
    probabilities: NDArray[np.float64]
