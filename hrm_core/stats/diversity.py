"""How many kinds there are, how evenly they are spread, and how sure that is."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.distributions import t_ppf

__all__ = ["entropy_bits", "expected_kinds", "jackknife_interval", "log_factorials", "miller_madow_bits"]

Floats = NDArray[np.float64]


def entropy_bits(counts: ArrayLike) -> float:
    """Shannon entropy of the shares of kinds.

    Parameters
    ----------
    counts : array_like of int, shape (n_kinds,)
        How often each kind was met; kinds that were not met change nothing.

    Returns
    -------
    float
        In bits; NaN if nothing was met.
    """
    met = _met(counts)
    if not met.size:
        return math.nan
    shares = met / met.sum()
    # One kind alone would give -0.0.
    return abs(float(-(shares * np.log2(shares)).sum()))


def miller_madow_bits(counts: ArrayLike) -> float:
    """Entropy with the first-order correction for few frames.

    Parameters
    ----------
    counts : array_like of int, shape (n_kinds,)
        As for :func:`entropy_bits`.

    Returns
    -------
    float
        In bits: the entropy and (kinds - 1) / (2 n ln 2) more; NaN if nothing was met.

    Notes
    -----
    Miller, G. A. (1955), Note on the bias of information estimates.  It takes what was met for
    independent; of frames that resemble each other it makes up for too little.
    """
    met = _met(counts)
    if not met.size:
        return math.nan
    return entropy_bits(met) + (met.size - 1) / (2 * float(met.sum()) * math.log(2))


def log_factorials(largest: int) -> Floats:
    """Natural logarithms of 0!, 1!, ..., `largest`!, shape (largest + 1,)."""
    return np.array([math.lgamma(number + 1) for number in range(largest + 1)])


def expected_kinds(counts: ArrayLike, sizes: ArrayLike, log_factorial: Floats | None = None) -> Floats:
    """How many kinds a random sample of each size holds on average (rarefaction).

    Parameters
    ----------
    counts : array_like of int, shape (n_kinds,)
        How often each kind was met.
    sizes : array_like of int, shape (n_sizes,)
        Sizes of samples, drawn without replacement; a size above the sum of `counts` means all.
    log_factorial : ndarray of float64, optional
        From :func:`log_factorials`, up to the sum of `counts` at least, where many calls need it.

    Returns
    -------
    ndarray of float64, shape (n_sizes,)
        Sum over kinds of ``1 - C(n - n_kind, size) / C(n, size)``.

    Raises
    ------
    ValueError
        If a size is negative.

    Notes
    -----
    Hurlbert, S. H. (1971), The nonconcept of species diversity, Ecology 52.  By logarithms of factorials,
    which is right to a millionth of the value for samples of 130,000 frames.
    """
    met = _met(counts)
    total = int(met.sum())
    size = np.minimum(np.asarray(sizes, dtype=np.int64), total)
    if (size < 0).any():
        raise ValueError("a sample has 0 frames or more")
    table = log_factorials(total) if log_factorial is None else log_factorial
    # Kinds that were met equally often are equally likely to be missed.
    often, kinds = np.unique(met, return_counts=True)
    rest = total - often[:, None] - size
    missed = table[total - often][:, None] + table[total - size] - table[np.maximum(rest, 0)] - table[total]
    found = np.where(rest < 0, 1.0, -np.expm1(np.minimum(missed, 0.0)))
    # Logarithms of factorials are large, so their differences are a little off: 1 frame holds 1 kind.
    expected: Floats = np.clip(kinds.astype(np.float64) @ found, np.minimum(size, 1), size)
    return expected


def jackknife_interval(value: ArrayLike, left_out: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Interval of what clusters give together, from what they give with one left out at a time.

    Parameters
    ----------
    value : array_like, shape (...)
        Of all clusters.
    left_out : array_like, shape (n_clusters, ...)
        Without each of them.
    level : float
        Of the interval.

    Returns
    -------
    low, high : ndarray of float64, shape (...)
        NaN below two clusters.

    Notes
    -----
    Standard error of Tukey (1958), with quantiles of Student's t.  For numbers of kinds this takes the
    place of the bootstrap: a resample repeats clusters and lacks about a third of them with all that only
    they have, so its numbers lie below that of the data.  On simulated children (4, 8 and 32, with
    combinations of their own) these intervals held the truth in 93-99 % of runs, bootstrap intervals in
    0-57 %.
    """
    middle, rows = np.asarray(value, dtype=np.float64), np.asarray(left_out, dtype=np.float64)
    n = len(rows)
    if n < 2:
        nothing = np.full(middle.shape, np.nan)
        return nothing, nothing.copy()
    se = np.sqrt((n - 1) / n * ((rows - rows.mean(axis=0)) ** 2).sum(axis=0))
    reach = float(t_ppf(0.5 + level / 2, n - 1)) * se
    return middle - reach, middle + reach


def _met(counts: ArrayLike) -> NDArray[np.int64]:
    known = np.asarray(counts, dtype=np.int64)
    if known.ndim != 1 or (known < 0).any():
        raise ValueError("expected how often each kind was met: whole numbers from 0 on, one for each")
    return known[known > 0]
