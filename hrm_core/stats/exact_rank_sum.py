"""Exact p of the rank-sum test: every way to deal the ranks out to two groups, ties included."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.codings import numbers

__all__ = ["exact_rank_sum_p", "exact_rank_sum_p_of_counts"]

_MOST_VALUES = 1000
"""Ways to choose half of more values than these leave float64."""

_MOST_ADDITIONS = 200_000_000
"""Enough for 90 values in each group without ties, and for 75 with some."""

Floats = NDArray[np.float64]


def exact_rank_sum_p(x: ArrayLike, y: ArrayLike) -> float | None:
    """Two-sided exact p of the rank-sum (Mann-Whitney) test of two groups.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Values of each group, of as many as there are; NaN is missing and left out.

    Returns
    -------
    float or None
        The share of all ways to deal the ranks out to two groups of these sizes in which the rank sum is at
        least as far from its mean as it was found; 1 if all values are equal.  None where a group is empty,
        and where counting the ways would take too long.

    Raises
    ------
    ValueError
        If the shapes do not fit or a value is infinite.

    Notes
    -----
    Equal values share the mean of their ranks.  Far from the mean is told by distance on both sides, as
    R's coin and exactRankTests do.  Without ties that is R's ``wilcox.test``; with ties a tail may be longer
    than the other, and doubling the smaller one would give another p.
    """
    known = []
    for values in (numbers(x), numbers(y)):
        if values.ndim != 1:
            raise ValueError(f"expected a group [n], not {values.shape}")
        if np.isinf(values).any():
            raise ValueError("values must be finite numbers or missing (NaN)")
        known.append(values[~np.isnan(values)])
    _, place = np.unique(np.concatenate(known), return_inverse=True)
    width = int(place.max()) + 1 if place.size else 0
    first, second = np.split(place, [len(known[0])])
    return exact_rank_sum_p_of_counts(
        np.bincount(first, minlength=width).tolist(), np.bincount(second, minlength=width).tolist()
    )


def exact_rank_sum_p_of_counts(of_x: Sequence[int], of_y: Sequence[int]) -> float | None:
    """The same of values that were counted.

    Parameters
    ----------
    of_x, of_y : sequence of int, length n_values
        How often each group has each value; values ascend.

    Returns
    -------
    float or None
        As :func:`exact_rank_sum_p`.  Of two values it is known for groups of any size, for then the rank sum
        follows from how often the larger value is in x, which is hypergeometric.

    Notes
    -----
    Else the ways are counted value by value: B. Streitberg & J. Röhmel, Exact distributions for permutation
    and rank tests, Statistical Software Newsletter 12 (1986).  All terms are positive, so no digits cancel.
    """
    pairs = [(a, b) for a, b in zip(of_x, of_y, strict=True) if a + b]
    n1, n2 = sum(a for a, _ in pairs), sum(b for _, b in pairs)
    if not n1 or not n2:
        return None
    if len(pairs) == 1:
        return 1.0
    if len(pairs) == 2:
        return _of_two_values(pairs[1][0], n1, sum(pairs[1]), n1 + n2)
    smaller = [pair[n1 > n2] for pair in pairs]
    return _of_many_values(smaller, [a + b for a, b in pairs])


def _of_two_values(found: int, drawn: int, higher: int, n: int) -> float:
    """The larger value, of which there are `higher` among `n`, was `found` times in the `drawn`."""
    times = np.arange(max(0, drawn + higher - n), min(drawn, higher) + 1)
    before = times[:-1].astype(np.float64)
    # From one term to the next; begun at the largest, so that only terms too small to count underflow.
    steps = (higher - before) * (drawn - before) / ((before + 1) * (n - higher - drawn + before + 1))
    top = int((steps > 1).sum())
    ways = np.ones(len(times))
    with np.errstate(under="ignore"):
        ways[top + 1 :] = np.cumprod(steps[top:])
        ways[:top] = np.cumprod(1 / steps[:top][::-1])[::-1]
    far = np.abs(n * times - drawn * higher) >= abs(n * found - drawn * higher)
    return float(ways[far].sum() / ways.sum())


def _of_many_values(taken: Sequence[int], of_both: Sequence[int]) -> float | None:
    """The smaller group took so many of each value, lowest first."""
    size, n = sum(taken), sum(of_both)
    starts = np.concatenate([[0], np.cumsum(of_both)[:-1]]).astype(np.int64)
    # Twice the mean rank is whole; what all ranks have in common is taken off, so that sums stay short.
    doubled = 2 * starts + np.asarray(of_both) + 1
    above = doubled - doubled[0]
    unit = math.gcd(*above.tolist())
    ranks = np.repeat(above // unit, of_both)
    longest = int(ranks[n - size :].sum())
    moving = n - of_both[0]
    if n > _MOST_VALUES or (size + 1) * (longest + 1) * moving > _MOST_ADDITIONS:
        return None
    ways = _ways(ranks[of_both[0] :].tolist(), of_both[0], size, longest)
    sums = size * int(doubled[0]) + unit * np.arange(longest + 1)
    middle = size * (n + 1)
    found = sum(int(rank) * count for rank, count in zip(doubled, taken, strict=True))
    far = np.abs(sums - middle) >= abs(found - middle)
    # Sums without the zeros in the middle are rounded otherwise, and may be a last digit larger.
    return min(float(ways[far].sum() / ways.sum()), 1.0)


def _ways(ranks: Sequence[int], lowest: int, size: int, longest: int) -> Floats:
    """Ways to choose `size` of `lowest` zeros and these ascending ranks, by their sum."""
    ways = np.zeros((size + 1, longest + 1))
    ways[:, 0] = [math.comb(lowest, chosen) for chosen in range(size + 1)]
    reached = 0
    for done, rank in enumerate(ranks, 1):
        reached = min(reached + rank, longest)
        # Who has chosen fewer than this cannot get to the size any more.
        least = max(1, size - (len(ranks) - done))
        ways[least:, rank : reached + 1] += ways[least - 1 : -1, : reached + 1 - rank]
    return np.asarray(ways[size])
