"""Synthetic detections: what an invented detector says of invented children."""

from __future__ import annotations

import numpy as np

from hrm_core.records.detections import Detections

__all__ = ["synthetic_detections"]


def synthetic_detections(
    *,
    children: int = 6,
    frames: int = 80,
    actions: tuple[str, ...] = ("AU1", "AU4", "AU12", "AU25"),
    folds: int = 3,
    noise: float = 1.0,
    seed: int = 0,
    name: str = "synthetic",
) -> Detections:
    """Codes at random, and probabilities that follow them but for noise.

    The codes depend on `seed` alone, so that detectors of different noise have the same truth; `folds` of
    0 is a detector that was not trained on the study.
    """
    draw = np.random.default_rng(seed)
    size = children * frames
    truth = (draw.random((size, len(actions))) < np.linspace(0.1, 0.5, len(actions))).astype(np.uint8)
    other = np.random.default_rng([seed, round(100 * noise)])
    ranks = (truth - 0.5) * 2 + noise * other.standard_normal(truth.shape)
    child = np.repeat(np.arange(children), frames)
    return Detections(
        name,
        actions,
        tuple(f"child {number}" for number in range(children)),
        child,
        ("synthetic",),
        np.zeros(size, dtype=np.int64),
        np.tile(np.arange(frames), children),
        child % folds + 1 if folds else np.zeros(size, dtype=np.int64),
        truth,
        (1 / (1 + np.exp(-2 * ranks))).astype(np.float32),
        "probabilities",
        facts={"data": "synthetic"},
    )
