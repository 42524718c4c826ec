"""What the networks of a run are worth on children they have not seen; without PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.detections import Detections
from hrm_core.stats.detection import decision_sums, detection_f1

__all__ = ["FoldFigures", "fold_figures", "mean_f1_of_common", "mean_of"]

_COMMON = 50


@dataclass(frozen=True, slots=True)
class FoldFigures:
    """What a fold's network is worth on its held-out children; thresholds are 0.5.

    Attributes
    ----------
    fold : int
        From 1.
    participants : tuple of str
        Who was held out.
    f1, accuracy : dict of str to (float or None)
        By action; F1 is None where the held-out children never show it.
    mean_f1, mean_accuracy : float or None
        Over actions that have one.
    epochs : int
        Whose weights were taken.
    seconds : float
        Of training.
    """

    fold: int
    participants: tuple[str, ...]
    f1: dict[str, float | None]
    accuracy: dict[str, float | None]
    mean_f1: float | None
    mean_accuracy: float | None
    epochs: int
    seconds: float


def fold_figures(said: Detections, participants: Sequence[str], epochs: int, seconds: float) -> FoldFigures:
    """Figures of one fold.

    Parameters
    ----------
    said : Detections
        On its held-out frames.
    participants : sequence of str
        Who was held out.
    epochs, seconds
        See :class:`FoldFigures`.
    """
    f1, accuracy = _by_action(said)
    return FoldFigures(
        int(said.folds[0]),
        tuple(participants),
        dict(zip(said.actions, f1, strict=True)),
        dict(zip(said.actions, accuracy, strict=True)),
        mean_of(f1),
        mean_of(accuracy),
        epochs,
        round(seconds, 1),
    )


def mean_f1_of_common(said: Detections) -> float | None:
    """Mean F1 over the actions with at least 50 positive frames, all frames together."""
    f1, _ = _by_action(said)
    common = (said.truth == 1).sum(axis=0) >= _COMMON
    return mean_of([value for value, often in zip(f1, common, strict=True) if often])


def mean_of(values: Sequence[float | None]) -> float | None:
    """Mean of those that are there; None if none is."""
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None


def _by_action(said: Detections) -> tuple[list[float | None], list[float | None]]:
    """F1 and accuracy of each action, all frames together."""
    known = np.ones(said.truth.shape, dtype=bool)
    sums = decision_sums(said.truth == 1, said.said >= said.threshold, known, said.of_participant).sum(axis=0)
    return _plain(detection_f1(sums)), _plain((sums[:, 0] + sums[:, 3]) / len(said.truth))


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]
