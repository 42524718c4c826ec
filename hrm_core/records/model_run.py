"""Runs of models in the study, and what they say of frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
    settings : mapping
        What was noted of it: ``weights_sha256``, ``checkpoint_sha256``, ``ran_on``, ``program``,
        ``actions``, ``thresholds`` (by key of an action), ``population``, ``limits``, ``licence`` and
        ``synthetic``.
    """

    id: int
    model: str
    started_at: str
    actions: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class RunProbabilities:
    """What a run says of one recording.

    Attributes
    ----------
    frames : ndarray of int64, shape (n_frames,)
        Frames it says anything of, ascending.
    probabilities : ndarray of float64, shape (n_frames, 35)
        Columns in the order of the catalogue; NaN where the run says nothing.
    left, right : ndarray of float64, shape (n_frames, 35), or None
        Probabilities on a face made of the child's left half twice, and of its right half twice; NaN
        where that was not looked at, None where it never was.
    """

    frames: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    left: NDArray[np.float64] | None = None
    right: NDArray[np.float64] | None = None
