"""Interval of a share that is counted, also where it is near 0 or 1 or the counts are small."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.distributions import normal_ppf

__all__ = ["wilson_interval"]


def wilson_interval(
    successes: ArrayLike, n: ArrayLike, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Score interval of a binomial share (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927).

    ``(p + z²/2n ± z sqrt(p (1 − p)/n + z²/4n²)) / (1 + z²/n)``, without correction for continuity.  Trials
    are taken for independent.

    Parameters
    ----------
    successes, n : array_like of int, any one shape
        Successes, and trials.
    level : float
        Level of the interval, between 0 and 1.

    Returns
    -------
    tuple of ndarray of float64
        Lower and upper bounds in [0, 1]; NaN without trials.

    Raises
    ------
    ValueError
        If there are more successes than trials, fewer than none, or the level is none.
    """
    hits, trials = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, not at {level}")
    if (hits < 0).any() or (hits > trials).any():
        raise ValueError("successes must lie between 0 and the number of trials")
    z2 = float(normal_ppf(0.5 + level / 2)) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        share = hits / trials
        half = np.sqrt(z2 * share * (1 - share) / trials + (z2 / (2 * trials)) ** 2)
        middle, below = share + z2 / (2 * trials), 1 + z2 / trials
        return np.clip((middle - half) / below, 0, 1), np.clip((middle + half) / below, 0, 1)
