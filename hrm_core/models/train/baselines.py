"""What a network must beat: the mean of the training ratings, and ridge regression.

Ridge: features x are brought to z = (x - mean) / sd by mean and standard deviation of the training rows;
features that are constant there are left out.  With ratings y, their mean m and n rows, the weights are

    b = (Z'Z / n + penalty * I)^-1  Z'(y - m) / n

and a score is m + z'b (Hoerl & Kennard 1970; the mean is not penalised).  The penalty is the one of
:data:`PENALTIES` with the lowest mean squared error over persons left out of the training rows in turn,
in at most five groups; of equal ones the largest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.models.train.splits import random_folds, same_person

__all__ = ["PENALTIES", "Ridge", "choose_penalty", "fit_ridge"]

PENALTIES = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)

_Floats = NDArray[np.float64]
_MOST_GROUPS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Ridge:
    """A ridge regression that was fitted.

    Attributes
    ----------
    mean, scale : ndarray of float64, shape (n_features,)
        Of the training rows; `scale` is infinite where a feature is constant.
    weights : ndarray of float64, shape (n_features,)
        Of the scaled features.
    middle : float
        Mean of the ratings.
    penalty : float
        As in the formula.
    """

    mean: _Floats
    scale: _Floats
    weights: _Floats
    middle: float
    penalty: float

    def scores(self, features: _Floats) -> _Floats:
        """Scores of rows, shape (n_rows,)."""
        found: _Floats = self.middle + (features - self.mean) / self.scale @ self.weights
        return found


def fit_ridge(features: _Floats, ratings: _Floats, penalty: float) -> Ridge:
    """Fit a ridge regression.

    Parameters
    ----------
    features : ndarray of float64, shape (n_rows, n_features)
        One row per window or segment.
    ratings : ndarray of float64, shape (n_rows,)
        What is to be said of them.
    penalty : float
        Above 0.
    """
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    scale = np.where(deviation > 1e-12, deviation, np.inf)
    scaled = (features - mean) / scale
    middle = float(ratings.mean())
    square = scaled.T @ scaled / len(scaled) + penalty * np.eye(scaled.shape[1])
    weights = np.linalg.solve(square, scaled.T @ (ratings - middle) / len(scaled))
    return Ridge(mean, scale, weights, middle, penalty)


def choose_penalty(features: _Floats, ratings: _Floats, participants: Sequence[str], seed: int) -> float:
    """The penalty that does best on persons who are left out, or the largest if there is one person only.

    Parameters
    ----------
    features, ratings
        As for :func:`fit_ridge`: training rows alone.
    participants : sequence of str
        Whose each row is.
    seed : int
        Of the groups in which persons are left out.
    """
    codes = sorted(set(participants))
    persons = len({same_person(code) for code in codes})
    if persons < 2:
        return PENALTIES[-1]
    rows = np.array(participants, dtype=object)
    errors = np.zeros(len(PENALTIES))
    for group in random_folds(codes, min(_MOST_GROUPS, persons), seed):
        out = np.isin(rows, list(group))
        for place, penalty in enumerate(PENALTIES):
            fitted = fit_ridge(features[~out], ratings[~out], penalty)
            errors[place] += float(((fitted.scores(features[out]) - ratings[out]) ** 2).sum())
    return PENALTIES[len(PENALTIES) - 1 - int(np.argmin(errors[::-1]))]
