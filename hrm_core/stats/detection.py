"""How well a detector finds actions: decisions, calibration, and thresholds.

All but the thresholds follows from sums that add over persons, so that
:func:`hrm_core.stats.bootstrap.cluster_bootstrap` resamples whole persons. What follows from the order
of the scores is in :mod:`hrm_core.stats.detection_ranking`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.bootstrap import cluster_sums
from hrm_core.stats.two_by_two import Counts, f1

__all__ = [
    "CALIBRATION_BINS",
    "best_threshold",
    "brier_score",
    "calibration_error",
    "calibration_sums",
    "decision_sums",
    "detection_f1",
]

CALIBRATION_BINS = 15
"""Guo et al., On Calibration of Modern Neural Networks (ICML 2017) take so many."""

_Floats = NDArray[np.float64]


def decision_sums(
    truth: ArrayLike, said: ArrayLike, known: ArrayLike, person: ArrayLike
) -> NDArray[np.int64]:
    """Count right and wrong decisions of each person.

    Parameters
    ----------
    truth, said : array_like of bool, shape (n_frames, n_actions)
        Whether an action is there, and whether the detector says so.
    known : array_like of bool, shape (n_frames, n_actions)
        Where both say something; the others count nowhere.
    person : array_like, shape (n_frames,)
        Whose frame it is.

    Returns
    -------
    ndarray of int64, shape (n_persons, n_actions, 4)
        Both, truth only (missed), detector only (false alarms) and neither, as
        :meth:`hrm_core.stats.two_by_two.Counts.unstack` takes them; persons as ``numpy.unique`` orders
        them.
    """
    there, told, counts = (np.asarray(values, dtype=np.bool_) for values in (truth, said, known))
    cells = [there & told, there & ~told, ~there & told, ~there & ~told]
    sums = cluster_sums(np.stack([cell & counts for cell in cells], axis=-1), person)
    return np.asarray(sums, dtype=np.int64)


def detection_f1(sums: ArrayLike) -> _Floats:
    """F1 against the truth, ``2 TP / (2 TP + FP + FN)``.

    Parameters
    ----------
    sums : array_like, shape (..., 4)
        As :func:`decision_sums` gives them, of whatever was added up.

    Returns
    -------
    ndarray of float64, shape (...)
        NaN where the truth has no positive frame, whatever is said there: recall is 0/0 then, and F1
        would be 0 for a single false alarm and undefined for none. Where the truth has positive
        frames and the detector says none, F1 is 0.
    """
    table = np.asarray(sums, dtype=np.float64)
    positives = table[..., 0] + table[..., 1]
    value: _Floats = np.where(positives > 0, f1(Counts.unstack(table)), np.nan)
    return value


def calibration_sums(
    truth: ArrayLike,
    probability: ArrayLike,
    known: ArrayLike,
    person: ArrayLike,
    bins: int = CALIBRATION_BINS,
) -> _Floats:
    """Add up, by person and bin of probability, what calibration and Brier score follow from.

    Parameters
    ----------
    truth : array_like of bool, shape (n_frames, n_actions)
        Whether an action is there.
    probability : array_like of float, shape (n_frames, n_actions)
        Of its being there, as the detector says, from 0 to 1.
    known : array_like of bool, shape (n_frames, n_actions)
        Where both say something; the others count nowhere.
    person : array_like, shape (n_frames,)
        Whose frame it is.
    bins : int
        Bins of equal width; the lower bound belongs to a bin, and 1 to the last.

    Returns
    -------
    ndarray of float64, shape (n_persons, n_actions, bins, 4)
        Frames, sum of probabilities, positive frames, sum of squared differences; persons as
        ``numpy.unique`` orders them.
    """
    there, counts = np.asarray(truth, dtype=np.bool_), np.asarray(known, dtype=np.bool_)
    chance = np.asarray(probability, dtype=np.float64)
    labels, number = np.unique(np.asarray(person), return_inverse=True)
    sums = np.zeros((len(labels), there.shape[1], bins, 4))
    for action in range(there.shape[1]):
        use = counts[:, action]
        p, y = chance[use, action], there[use, action].astype(np.float64)
        place = number[use] * bins + np.minimum((p * bins).astype(np.int64), bins - 1)
        for column, weight in enumerate((None, p, y, (p - y) ** 2)):
            added = np.bincount(place, weight, minlength=len(labels) * bins)
            sums[:, action, :, column] = added.reshape(len(labels), bins)
    return sums


def calibration_error(sums: ArrayLike) -> _Floats:
    """Expected calibration error of the probability of being there.

    ``Σ_b n_b/n |mean probability in b − share of positive frames in b|`` over bins b (Naeini, Cooper &
    Hauskrecht, AAAI 2015; here of the probability of the positive, not of the class that is more
    probable). An action that is rare and never found can be well calibrated.

    Parameters
    ----------
    sums : array_like, shape (..., bins, 4)
        Of :func:`calibration_sums`.

    Returns
    -------
    ndarray of float64, shape (...)
        From 0; NaN without frames.
    """
    table = np.asarray(sums, dtype=np.float64)
    frames = table[..., 0].sum(axis=-1)
    return _ratio(np.abs(table[..., 1] - table[..., 2]).sum(axis=-1), frames)


def brier_score(sums: ArrayLike) -> _Floats:
    """Mean squared difference of probability and truth (Brier, Monthly Weather Review 78, 1950).

    Parameters
    ----------
    sums : array_like, shape (..., bins, 4)
        Of :func:`calibration_sums`.

    Returns
    -------
    ndarray of float64, shape (...)
        From 0 to 1; NaN without frames.
    """
    table = np.asarray(sums, dtype=np.float64)
    return _ratio(table[..., 3].sum(axis=-1), table[..., 0].sum(axis=-1))


def best_threshold(truth: ArrayLike, score: ArrayLike) -> float:
    """The threshold with the highest F1 on given frames.

    Parameters
    ----------
    truth : array_like of bool, shape (n_frames,)
        Whether the action is there.
    score : array_like of float, shape (n_frames,)
        Scores; what reaches the threshold is said to be there.

    Returns
    -------
    float
        Halfway between the lowest score that is to reach it and the next lower one, or that score
        itself where there is none lower; of thresholds of the same F1 the highest. NaN without
        positive frames.
    """
    values = np.asarray(score, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    ordered, there = values[order], np.asarray(truth, dtype=np.bool_)[order]
    positives = int(there.sum())
    if not positives:
        return float("nan")
    # A threshold cannot part equal scores.
    last = np.flatnonzero(np.append(np.diff(ordered) != 0, True))
    found = np.cumsum(there)[last]
    best = int(np.argmax(2 * found / (last + 1 + positives)))
    at = ordered[last[best]]
    return float(at if best + 1 == len(last) else (at + ordered[last[best + 1]]) / 2)


def _ratio(above: _Floats, below: _Floats) -> _Floats:
    quotient: _Floats = np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)
    return quotient
