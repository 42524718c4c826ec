"""Whether the means of two groups differ by more than chance deals out, without any formula for chance."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations, islice

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MOST_ARRANGEMENTS", "permutation_p"]

MOST_ARRANGEMENTS = 20_000
"""Up to this many arrangements all are gone through; 16 values in two groups have at most 12,870."""

_BLOCK = 4096
# Arrangements with equal means differ by rounding only; they are as far as the one that was found.
_ROUNDING = 1e-9

Floats = NDArray[np.float64]


def permutation_p(x: ArrayLike, y: ArrayLike, replicates: int = 2000, seed: int = 0) -> Floats:
    """Two-sided p of the difference of two groups' means, values permuted over groups.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n_actions, n)
        Values of each group, of as many as there are; NaN is missing and left out.
    replicates : int
        Random arrangements where all would be more than :data:`MOST_ARRANGEMENTS`; 0 draws none.
    seed : int
        Of them.  Actions of which the same values are missing are dealt out alike.

    Returns
    -------
    ndarray of float64, shape () or (n_actions,)
        Share of arrangements whose means lie at least as far apart.  All arrangements count where they are
        few; else those that were drawn and the one that was found, ``(b + 1) / (m + 1)``, so that p is never
        0 (B. Phipson & G. K. Smyth, Stat. Appl. Genet. Mol. Biol. 9, 2010, article 39).  NaN where a group
        is empty, and where arrangements are many and none is drawn.

    Raises
    ------
    ValueError
        If the shapes do not fit, a value is infinite or `replicates` is below 0.
    """
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if first.ndim not in (1, 2) or first.ndim != second.ndim or first.shape[:-1] != second.shape[:-1]:
        raise ValueError(
            f"expected two groups [n], or [actions, n] of the same actions, "
            f"not {first.shape} and {second.shape}"
        )
    if np.isinf(first).any() or np.isinf(second).any():
        raise ValueError("values must be finite numbers or missing (NaN)")
    if replicates < 0:
        raise ValueError(f"{replicates} arrangements cannot be drawn")
    values = np.concatenate([np.atleast_2d(first), np.atleast_2d(second)], axis=1)
    known, size = ~np.isnan(values), first.shape[-1]
    p = np.full(len(values), np.nan)
    # Arrangements of the same children serve all actions that these children have.
    patterns, of_action = np.unique(known, axis=0, return_inverse=True)
    for place, pattern in enumerate(patterns):
        actions = np.flatnonzero(of_action.reshape(-1) == place)
        n1, n2 = int(pattern[:size].sum()), int(pattern[size:].sum())
        if n1 and n2:
            p[actions] = _share_as_far(values[actions][:, pattern], n1, replicates, seed)
    return p.reshape(first.shape[:-1])


def _share_as_far(values: Floats, n1: int, replicates: int, seed: int) -> Floats | float:
    """Share for each row, of which the first `n1` values are the first group's."""
    n = values.shape[1]
    total = math.comb(n, n1)
    every = total <= MOST_ARRANGEMENTS
    if not every and not replicates:
        return math.nan
    # Where the sum of the first group lies, the difference of means follows.
    centred = values - values.mean(axis=1, keepdims=True)
    found = np.abs(centred[:, :n1].sum(axis=1))
    least = found - _ROUNDING * np.abs(centred).sum(axis=1)
    count = np.zeros(len(values), dtype=np.int64)
    for chosen in _all_arrangements(n, n1) if every else _random_arrangements(n, n1, replicates, seed):
        count += (np.abs(chosen @ centred.T) >= least).sum(axis=0)
    return count / total if every else (count + 1) / (replicates + 1)


def _all_arrangements(n: int, n1: int) -> Iterator[Floats]:
    ways = combinations(range(n), n1)
    while block := list(islice(ways, _BLOCK)):
        yield _marked(np.array(block), n)


def _random_arrangements(n: int, n1: int, replicates: int, seed: int) -> Iterator[Floats]:
    draw = np.random.default_rng(seed)
    for start in range(0, replicates, _BLOCK):
        rows = min(_BLOCK, replicates - start)
        yield _marked(draw.random((rows, n)).argpartition(n1 - 1, axis=1)[:, :n1], n)


def _marked(places: NDArray[np.int64], n: int) -> Floats:
    chosen = np.zeros((len(places), n))
    np.put_along_axis(chosen, places, 1.0, axis=1)
    return chosen
