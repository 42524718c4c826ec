"""What a detector says of frames beside what experts coded there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["NOT_KNOWN", "Detections"]

NOT_KNOWN = 255
"""Truth of an action that nobody could code in a frame; it counts neither way."""


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Detections of actions on frames whose codes are known.

    Attributes
    ----------
    name : str
        What said it: a run, a model, a file.
    actions : tuple of str
        Keys of the catalogue, in the order of the columns.
    participants, videos : tuple of str
        Codes of the children and names of the recordings, each once.
    of_participant, of_video : ndarray of int64, shape (n_frames,)
        Places in `participants` and `videos`.
    frames : ndarray of int64, shape (n_frames,)
        Frame numbers.
    folds : ndarray of int64, shape (n_frames,)
        In which fold, from 1, a frame was held out; all 0 where a detector was not trained on this study.
    truth : ndarray of uint8, shape (n_frames, n_actions)
        1 present, 0 absent, :data:`NOT_KNOWN`.
    said : ndarray of float32, shape (n_frames, n_actions)
        Probabilities, or 0 and 1; NaN where nothing is said.
    kind : {"probabilities", "decisions"}
        Whether `said` ranks frames; 0 and 1 give no AUC, average precision or calibration.
    threshold : float
        From which probability on an action counts as there unless thresholds are tuned.
    facts : dict of str to str
        What a reader must know of the source: network, preset, training data, licence.
    """

    name: str
    actions: tuple[str, ...]
    participants: tuple[str, ...]
    of_participant: NDArray[np.int64]
    videos: tuple[str, ...]
    of_video: NDArray[np.int64]
    frames: NDArray[np.int64]
    folds: NDArray[np.int64]
    truth: NDArray[np.uint8]
    said: NDArray[np.float32]
    kind: Literal["probabilities", "decisions"]
    threshold: float = 0.5
    facts: dict[str, str] = field(default_factory=dict)
