"""Ridge regression of ratings that is tested on children it has not learned from.

With sums over the clips of a child, a model that leaves children out needs no clip again: means, variances
and products of the rest follow from subtraction.  So the penalty can be chosen by leaving out each child of
those that are left, without reading the left-out child's ratings.

Features x are brought to z = (x - mean) / sd of the clips learned from (divisor n).  With ratings y, their
mean m and n clips the weights are b = (Z'Z / n + penalty * I)^-1 Z'(y - m) / n, and a prediction is m + z'b
(Hoerl & Kennard, Technometrics 12, 1970; the mean is not penalised).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.stats.bootstrap import cluster_sums

__all__ = ["FEWEST_CHILDREN", "PENALTIES", "RatingModel", "fit_left_out"]

FEWEST_CHILDREN = 3
"""One to predict, and two so that one can be left out when the penalty is chosen."""

PENALTIES = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)

_Floats = NDArray[np.float64]
# Below what one frame in a study makes, above what subtracting sums leaves of a constant.
_CONSTANT = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class RatingModel:
    """What ridge regression says of clips of children it did not learn from.

    Attributes
    ----------
    predicted, baseline : ndarray of float64, shape (n_clips,)
        By the model without the clip's child; the mean rating without the clip's child.
    slopes : ndarray of float64, shape (n_clips, n_actions)
        By how much the prediction of this clip rises with each feature, as it stands, not scaled.
    coefficients : ndarray of float64, shape (n_actions,)
        Of the model of all children: change of the rating for one standard deviation of a feature.
    penalties : ndarray of float64, shape (n_children,)
        Chosen without the child, in the order of ``numpy.unique`` of the children.
    """

    predicted: _Floats
    baseline: _Floats
    slopes: _Floats
    coefficients: _Floats
    penalties: _Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """What adds up over clips: number, Σx, Σxx', Σy, Σxy, Σyy; leading axes are left alone."""

    n: _Floats
    x: _Floats
    xx: _Floats
    y: _Floats
    xy: _Floats
    yy: _Floats

    def __sub__(self, other: _Sums) -> _Sums:
        return _Sums(
            self.n - other.n,
            self.x - other.x,
            self.xx - other.xx,
            self.y - other.y,
            self.xy - other.xy,
            self.yy - other.yy,
        )

    def __getitem__(self, at: int | NDArray[np.bool_]) -> _Sums:
        return _Sums(self.n[at], self.x[at], self.xx[at], self.y[at], self.xy[at], self.yy[at])

    def total(self) -> _Sums:
        return _Sums(*(each.sum(axis=0) for each in (self.n, self.x, self.xx, self.y, self.xy, self.yy)))


def fit_left_out(
    features: _Floats,
    ratings: _Floats,
    children: NDArray[np.int64],
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> RatingModel:
    """Predict the ratings of each child by a model of all others.

    Parameters
    ----------
    features : ndarray of float64, shape (n_clips, n_actions)
        Shares, from 0 to 1.
    ratings : ndarray of float64, shape (n_clips,)
        What is predicted.
    children : ndarray of int64, shape (n_clips,)
        Whose each clip is; at least :data:`FEWEST_CHILDREN` different ones.
    progress : Progress, optional
        Told of children.
    cancel : CancelToken, optional
        Asked between them.

    Notes
    -----
    A child's penalty is the one of :data:`PENALTIES` with the lowest mean squared error over clips when each
    of the other children is left out in turn; of equal ones the largest.

    Raises
    ------
    ValueError
        If there are too few children, or a feature is not finite.
    Cancelled
        On request.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    codes, child = np.unique(children, return_inverse=True)
    if len(codes) < FEWEST_CHILDREN or not np.isfinite(features).all():
        raise ValueError(f"expected finite features of {FEWEST_CHILDREN} children or more")
    # Sums lose fewer digits around the middle.
    middle = features.mean(axis=0)
    centred, level = features - middle, float(ratings.mean())
    of_child = _sums(centred, ratings - level, child)
    everything = of_child.total()
    predicted, baseline = np.empty(len(ratings)), np.empty(len(ratings))
    slopes, penalties = np.empty(features.shape), np.empty(len(codes))
    progress.start("Explaining ratings", len(codes) + 1)
    for place in range(len(codes)):
        cancel.raise_if_cancelled()
        rest, others = everything - of_child[place], np.arange(len(codes)) != place
        penalties[place] = _penalty(rest, of_child[others])
        slope, mean_x, mean_y, _ = _fitted(rest, np.array([penalties[place]]))
        own = child == place
        predicted[own] = level + mean_y + (centred[own] - mean_x) @ slope[0]
        baseline[own] = level + mean_y
        slopes[own] = slope[0]
        progress.advance()
    slope, _, _, deviation = _fitted(everything, np.array([_penalty(everything, of_child)]))
    progress.finish()
    return RatingModel(predicted, baseline, slopes, slope[0] * deviation, penalties)


def _sums(x: _Floats, y: _Floats, child: NDArray[np.int64]) -> _Sums:
    xx = np.array([x[child == place].T @ x[child == place] for place in range(child.max() + 1)])
    # Columns 1, y, yy, then x, then xy.
    columns = np.column_stack([np.ones_like(y), y, y * y, x, x * y[:, None]])
    added = np.asarray(cluster_sums(columns, child), dtype=np.float64)
    wide = x.shape[1]
    return _Sums(added[:, 0], added[:, 3 : 3 + wide], xx, added[:, 1], added[:, 3 + wide :], added[:, 2])


def _fitted(sums: _Sums, penalties: _Floats) -> tuple[_Floats, _Floats, _Floats, _Floats]:
    """Slopes [..., penalties, k] of features as they stand, their means and that of y, their deviations."""
    n = sums.n[..., None]
    mean_x, mean_y = sums.x / n, sums.y / sums.n
    products = sums.xx / n[..., None] - mean_x[..., :, None] * mean_x[..., None, :]
    with_y = sums.xy / n - mean_x * mean_y[..., None]
    deviation = np.sqrt(np.maximum(np.diagonal(products, axis1=-2, axis2=-1), 0.0))
    # What is constant in these clips says nothing of others.
    inverse = np.where(deviation > _CONSTANT, 1 / np.maximum(deviation, _CONSTANT), 0.0)
    square = products * inverse[..., :, None] * inverse[..., None, :]
    ridge = square[..., None, :, :] + penalties[:, None, None] * np.eye(square.shape[-1])
    target = (with_y * inverse)[..., None, :, None]
    weights = np.asarray(np.linalg.solve(ridge, target), dtype=np.float64)[..., 0]
    return weights * inverse[..., None, :], mean_x, mean_y, deviation


def _penalty(everything: _Sums, of_child: _Sums) -> float:
    """The penalty that does best on each of these children when it is left out."""
    candidates = np.array(PENALTIES)
    slopes, mean_x, mean_y, _ = _fitted(everything - of_child, candidates)
    # Squared errors of the left-out clips: Σ(y - c - x'b)² with c = m - mean'b, from their sums.
    constant = mean_y[:, None] - np.einsum("ck,cpk->cp", mean_x, slopes)
    linear = np.einsum("ck,cpk->cp", of_child.x, slopes)
    errors = (
        of_child.yy[:, None]
        - 2 * constant * of_child.y[:, None]
        - 2 * np.einsum("ck,cpk->cp", of_child.xy, slopes)
        + of_child.n[:, None] * constant**2
        + 2 * constant * linear
        + np.einsum("cpk,ckl,cpl->cp", slopes, of_child.xx, slopes, optimize=True)
    ).sum(axis=0)
    return float(candidates[len(candidates) - 1 - int(np.argmin(errors[::-1]))])
