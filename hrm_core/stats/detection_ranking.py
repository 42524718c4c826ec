"""How well scores order frames: area under the ROC curve, and average precision.

Both depend on all frames at once and do not add up over persons. A resample of persons only weighs
them, though: frames are sorted once, and then counted by person at every score that a positive frame
has, after which each resample is a product of matrices.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Ranking", "auc", "average_precision"]

_BLOCK = 2**20

_Floats = NDArray[np.float64]


class Ranking:
    """Frames of one action in the order of their scores, counted by person.

    Parameters
    ----------
    truth : array_like of bool, shape (n_frames,)
        Whether the action is there.
    score : array_like of float, shape (n_frames,)
        Higher means more surely there; equal scores are ties.
    person : array_like of int, shape (n_frames,)
        Whose frame it is, from 0.
    persons : int
        How many persons there are, those without frames counted.

    Raises
    ------
    ValueError
        If a score is NaN.
    """

    def __init__(self, truth: ArrayLike, score: ArrayLike, person: ArrayLike, persons: int) -> None:
        values = np.asarray(score, dtype=np.float64)
        if np.isnan(values).any():
            raise ValueError("a score is missing; leave its frame out")
        order = np.argsort(-values, kind="stable")
        there = np.asarray(truth, dtype=np.bool_)[order]
        whose = np.asarray(person, dtype=np.int64)[order]
        ties = np.cumsum(np.diff(values[order], prepend=np.inf) != 0)
        # Steps are the scores of positive frames, the highest first; a frame counts from the first
        # step that does not lie above it.
        steps = np.unique(ties[there])
        step = np.searchsorted(steps, ties)
        reached = step < len(steps)
        tied = np.zeros(len(ties), dtype=np.bool_)
        tied[reached] = steps[step[reached]] == ties[reached]

        def counted(which: NDArray[np.bool_]) -> _Floats:
            cells = step[which] * persons + whose[which]
            table = np.bincount(cells, minlength=(len(steps) + 1) * persons)[: (len(steps) + 1) * persons]
            return table.reshape(-1, persons).astype(np.float64)

        positive, negative = counted(there), counted(~there)
        self._positive = positive[:-1]
        self._found = np.cumsum(self._positive, axis=0)
        self._said = self._found + np.cumsum(negative[:-1], axis=0)
        self._positives, self._negatives = positive.sum(axis=0), negative.sum(axis=0)
        below = self._negatives - (self._said - self._found) + 0.5 * counted(~there & tied)[:-1]
        # Pairs of a positive frame of one person and a negative one of another in the right order.
        self._right = self._positive.T @ below

    def auc(self, weights: ArrayLike) -> _Floats:
        """Area under the ROC curve.

        It is the chance that a positive frame has a higher score than a negative one, ties counting half:
        the Mann-Whitney U over the number of pairs (Hanley & McNeil, Radiology 143, 1982).

        Parameters
        ----------
        weights : array_like of float, shape (..., n_persons)
            How often each person counts.

        Returns
        -------
        ndarray of float64, shape (...)
            NaN where all frames, or none, are positive.
        """
        weight = np.asarray(weights, dtype=np.float64)
        pairs = (weight @ self._positives) * (weight @ self._negatives)
        right = ((weight @ self._right) * weight).sum(axis=-1)
        area: _Floats = np.where(pairs > 0, right / np.where(pairs > 0, pairs, 1.0), np.nan)
        return area

    def average_precision(self, weights: ArrayLike) -> _Floats:
        """Average precision: ``Σ (R_n − R_{n−1}) P_n`` over the scores, the highest first.

        Step-wise, without interpolation, as ``sklearn.metrics.average_precision_score`` defines it. A
        detector that knows nothing has the share of positive frames.

        Parameters
        ----------
        weights : array_like of float, shape (..., n_persons)
            How often each person counts.

        Returns
        -------
        ndarray of float64, shape (...)
            NaN where no frame is positive.
        """
        weight = np.asarray(weights, dtype=np.float64)
        flat = weight.reshape(-1, weight.shape[-1])
        total = flat @ self._positives
        value = np.full(len(flat), np.nan)
        rows = max(1, _BLOCK // max(1, len(self._said)))
        for start in range(0, len(flat), rows):
            some = flat[start : start + rows]
            said = some @ self._said.T
            precision = (some @ self._found.T) / np.where(said > 0, said, 1.0)
            area = ((some @ self._positive.T) * precision).sum(axis=1)
            positive = total[start : start + rows]
            value[start : start + rows] = np.where(
                positive > 0, area / np.where(positive > 0, positive, 1.0), np.nan
            )
        return value.reshape(weight.shape[:-1])


def auc(truth: ArrayLike, score: ArrayLike) -> float:
    """Area under the ROC curve of some frames; see :meth:`Ranking.auc`."""
    return float(_of_all(truth, score).auc([1.0]))


def average_precision(truth: ArrayLike, score: ArrayLike) -> float:
    """Average precision of some frames; see :meth:`Ranking.average_precision`."""
    return float(_of_all(truth, score).average_precision([1.0]))


def _of_all(truth: ArrayLike, score: ArrayLike) -> Ranking:
    return Ranking(truth, score, np.zeros(len(np.asarray(score)), dtype=np.int64), 1)
