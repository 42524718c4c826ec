"""What a detector decides: its probabilities and thresholds, fixed or tuned on other children."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.detections import NOT_KNOWN, Detections
from hrm_core.stats.detection import best_threshold

__all__ = ["Decisions", "fixed_decisions", "person_numbers", "tuned_decisions"]


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """Detections, and which actions are said to be there.

    Attributes
    ----------
    detections : Detections
        What was said and what is true.
    known, truth, said : ndarray of bool, shape (n_frames, n_actions)
        Of which both say something; what is coded; what the detector decides.
    thresholds : ndarray of float64, shape (n_tuned or 1, n_actions)
        For each fold that was tuned, or for all; without rows where decisions are given.
    tuned : bool
        Whether the thresholds were tuned.
    not_tuned : tuple of str
        Actions whose threshold could not be tuned in some fold, as no other fold has positive frames.
    """

    detections: Detections
    known: NDArray[np.bool_]
    truth: NDArray[np.bool_]
    said: NDArray[np.bool_]
    thresholds: NDArray[np.float64]
    tuned: bool = False
    not_tuned: tuple[str, ...] = ()


def fixed_decisions(detections: Detections, thresholds: NDArray[np.float64] | None = None) -> Decisions:
    """Decide by the thresholds that the source has.

    Parameters
    ----------
    detections : Detections
        What was said.
    thresholds : ndarray of float64, shape (n_actions,), optional
        One for each action; the detections' own for all if left out.
    """
    known, truth, said = _arrays(detections)
    if detections.kind == "decisions":
        return Decisions(detections, known, truth, said >= 0.5, np.empty((0, len(detections.actions))))
    limits = np.full(len(detections.actions), detections.threshold) if thresholds is None else thresholds
    limits = np.asarray(limits, dtype=np.float64)
    return Decisions(detections, known, truth, said >= limits, limits[None])


def tuned_decisions(
    detections: Detections, folds: NDArray[np.int64], thresholds: NDArray[np.float64] | None = None
) -> Decisions:
    """Decide by thresholds with the highest F1 on the children of the other folds.

    No frame of a fold is looked at when its thresholds are tuned. Where an action has no positive
    frame in the other folds, the source's own threshold stays.

    Parameters
    ----------
    detections : Detections
        What was said; probabilities.
    folds : ndarray of int64, shape (n_frames,)
        The fold of each frame; no child is in two.
    thresholds : ndarray of float64, shape (n_actions,), optional
        The source's own; the detections' own for all if left out.

    Raises
    ------
    ValueError
        If decisions are given, which cannot be tuned.
    """
    if detections.kind == "decisions":
        raise ValueError("decisions have no threshold that could be tuned")
    known, truth, values = _arrays(detections)
    numbers = np.unique(folds)
    own = np.full(len(detections.actions), detections.threshold) if thresholds is None else thresholds
    limits = np.tile(np.asarray(own, dtype=np.float64), (len(numbers), 1))
    said = np.zeros_like(truth)
    left = set()
    for row, number in enumerate(numbers):
        inside = folds == number
        for place, key in enumerate(detections.actions):
            learned = ~inside & known[:, place]
            best = best_threshold(truth[learned, place], values[learned, place])
            if np.isnan(best):
                left.add(key)
            else:
                limits[row, place] = best
        said[inside] = values[inside] >= limits[row]
    not_tuned = tuple(key for key in detections.actions if key in left)
    return Decisions(detections, known, truth, said, limits, True, not_tuned)


def person_numbers(detections: Detections) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Children with frames, as places in ``detections.participants``, and which of them each frame is of."""
    present, number = np.unique(detections.of_participant, return_inverse=True)
    return present.astype(np.int64), number.astype(np.int64)


def _arrays(
    detections: Detections,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]]:
    # Not as float32: a threshold halfway between two neighbouring numbers would become one of them.
    said = detections.said.astype(np.float64)
    known = (detections.truth != NOT_KNOWN) & ~np.isnan(said)
    return known, (detections.truth == 1) & known, np.where(known, said, -1.0)
