"""Numbers of one group with intervals over its children, who are the units of evidence."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.analysis.detection_estimates import estimates
from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.records.detection_results import DetectionOptions

__all__ = ["by_child", "child_medians", "mean_of_children", "pooled_ratio"]

Floats = NDArray[np.float64]


def by_child(values: ArrayLike, child: NDArray[np.integer], n_children: int) -> Floats:
    """Sums of values of each child, shape (n_children,)."""
    sums = np.bincount(child, np.asarray(values, dtype=np.float64), minlength=n_children)
    return sums.astype(np.float64)


def child_medians(values: ArrayLike, child: NDArray[np.integer], n_children: int) -> Floats:
    """Median of what is known of each child.

    Parameters
    ----------
    values : array_like, shape (n,)
        NaN is not known.
    child : ndarray of int, shape (n,)
        Place of the child of each value.
    n_children : int
        How many children there are.

    Returns
    -------
    ndarray of float64, shape (n_children,)
        NaN of children of whom nothing is known.
    """
    given = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(given)
    given, of = given[known], np.asarray(child)[known]
    ordered = given[np.lexsort((given, of))]
    number = np.bincount(of, minlength=n_children)
    begin = np.cumsum(number) - number
    medians = np.full(n_children, np.nan)
    some = number > 0
    low, high = begin[some] + (number[some] - 1) // 2, begin[some] + number[some] // 2
    medians[some] = (ordered[low] + ordered[high]) / 2
    return medians


def mean_of_children(values: Floats, options: AnalysisOptions, why: str) -> list[Estimate]:
    """Means over children that have a value, resampling children.

    Parameters
    ----------
    values : ndarray of float64, shape (n_children, n_numbers)
        Of the children of one group; NaN where a child has none.
    options : AnalysisOptions
        Resamples, seed and level.
    why : str
        Why there is no mean where no child has a value.

    Returns
    -------
    list of Estimate
        One for each number.
    """
    known = ~np.isnan(values)
    return pooled_ratio(np.where(known, values, 0.0), known.astype(np.float64), options, why)


def pooled_ratio(parts: Floats, wholes: Floats, options: AnalysisOptions, why: str) -> list[Estimate]:
    """Ratios of sums over the children of one group, resampling children.

    Parameters
    ----------
    parts, wholes : ndarray of float64, shape (n_children, n_numbers)
        Sums of each child.
    options : AnalysisOptions
        Resamples, seed and level.
    why : str
        Why there is no ratio where `wholes` add up to nothing.

    Returns
    -------
    list of Estimate
        One for each number.
    """
    resampling = DetectionOptions(replicates=options.replicates, seed=options.seed, level=options.level)
    found = estimates(np.stack([parts, wholes], axis=-1), _ratio, resampling, lambda _: why)
    return list(found)


def _ratio(sums: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Floats = sums[..., 0] / sums[..., 1]
    return ratio
