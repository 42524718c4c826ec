"""Interval of the difference of two counted shares, also where they are near 0 or 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.wilson import wilson_interval

__all__ = ["newcombe_interval"]


def newcombe_interval(
    hits_x: ArrayLike, n_x: ArrayLike, hits_y: ArrayLike, n_y: ArrayLike, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Hybrid score interval of a difference of two shares, x less y.

    Method 10 of R. G. Newcombe, Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17 (1998), 873-890: Wilson's intervals of both shares, their distances from the
    shares added like those of independent errors; without correction for continuity.  Of values that are 0 or
    1 the difference of shares is the rank-biserial correlation.  Trials are taken for independent.

    Parameters
    ----------
    hits_x, n_x, hits_y, n_y : array_like of int, any one shape
        Successes and trials of both groups.
    level : float
        Level of the interval, between 0 and 1.

    Returns
    -------
    tuple of ndarray of float64
        Lower and upper bounds in [-1, 1]; NaN where a group has no trials.

    Raises
    ------
    ValueError
        If there are more successes than trials, fewer than none, or the level is none.
    """
    low_x, high_x = wilson_interval(hits_x, n_x, level)
    low_y, high_y = wilson_interval(hits_y, n_y, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        share_x, share_y = np.true_divide(hits_x, n_x), np.true_divide(hits_y, n_y)
    difference = share_x - share_y
    low = difference - np.hypot(share_x - low_x, high_y - share_y)
    high = difference + np.hypot(high_x - share_x, share_y - low_y)
    return np.clip(low, -1, 1), np.clip(high, -1, 1)
