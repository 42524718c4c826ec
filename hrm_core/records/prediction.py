"""What a network says of pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Prediction"]


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Probabilities of actions on the frames of one recording or folder.

    Attributes
    ----------
    frames : ndarray of int64, shape (n_frames,)
        Frame numbers, ascending, each once.
    actions : tuple of str
        Keys of the actions, in the order of the network's outputs.
    probabilities : ndarray of float32, shape (n_frames, n_actions)
        In [0, 1].
    thresholds : ndarray of float32, shape (n_actions,)
        From which probability on an action counts as there.
    model : str
        Name of the model's card.
    weights_sha256 : str
        Of the file that was run.
    ran_on : str
        What ran it: ``"ONNX Runtime 1.32, CPUExecutionProvider"``.
    population : str
        Who is on the pictures the model learned from.
    limits : tuple of str
        For whom and what it may not be used without checking.
    pictures : str
        Fingerprint of the pictures; empty if nobody noted it.
    checkpoint_sha256 : str
        Of the checkpoint that file was made from, or is; empty where nobody noted it.
    licence : str
        Of the weights.
    program : str
        What wrote it, with its version: ``"HRM Annotator 0.1.0"``.
    """

    frames: NDArray[np.int64]
    actions: tuple[str, ...]
    probabilities: NDArray[np.float32]
    thresholds: NDArray[np.float32]
    model: str
    weights_sha256: str
    ran_on: str
    population: str
    limits: tuple[str, ...]
    pictures: str = ""
    checkpoint_sha256: str = ""
    licence: str = ""
    program: str = ""

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which actions are said to be there, shape (n_frames, n_actions)."""
        present: NDArray[np.bool_] = self.probabilities >= self.thresholds
        return present

    @property
    def actions_per_frame(self) -> float:
        """How many actions are there on average; 0 without frames."""
        return float(self.present.sum(axis=1).mean()) if len(self.frames) else 0.0
