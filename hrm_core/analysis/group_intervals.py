"""Differences of two groups of children, with intervals by resampling children within each group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.child_counts import ChildCounts
from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.stats.bootstrap import cluster_resamples

__all__ = ["GroupDraws", "difference_intervals"]

_EMPTY = "a group has no child with a codable frame"
_FEWEST = 2
# Half of the resamples: what is left would describe other groups.
_MOST_UNDEFINED = 0.5
# Narrower than rounding in the sums of a resample.
_NO_WIDTH = 1e-12

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GroupDraws:
    """How often each child is in each resample; the same for all actions, so that they can be compared.

    Attributes
    ----------
    first, second : ndarray of float64, shape (replicates, n_children)
        Each row adds up to the children of the group.
    level : float
        Of the intervals.
    """

    first: Floats
    second: Floats
    level: float

    @classmethod
    def of(cls, children: tuple[int, int], options: AnalysisOptions) -> GroupDraws:
        """Draw with replacement from groups of some sizes; each group has a stream of its own."""
        seeds = np.random.SeedSequence(options.seed).generate_state(2).tolist()
        first, second = (
            cluster_resamples(np.eye(size), lambda sums: sums, options.replicates, seed)
            if size and options.replicates
            else np.zeros((options.replicates, size))
            for size, seed in zip(children, seeds, strict=True)
        )
        return cls(first, second, options.level)


def difference_intervals(
    first: ChildCounts, second: ChildCounts, draws: GroupDraws
) -> tuple[list[Estimate], list[Estimate], list[Estimate]]:
    """Three differences of each action, all first less second.

    Parameters
    ----------
    first, second : ChildCounts
        Of the children of each group.
    draws : GroupDraws
        Of the same children; none for no intervals.

    Returns
    -------
    rank_biserial, difference, pooled_difference : list of Estimate
        P(first > second) - P(first < second) of two children's shares, the difference of the means of
        children's shares, and that of the shares of pooled frames.

    Notes
    -----
    Percentile intervals.  Resampling within groups keeps their sizes, which the study chose.
    """
    shares = first.share, second.share
    known = tuple((~np.isnan(share)).astype(np.float64) for share in shares)
    filled = tuple(np.nan_to_num(share) for share in shares)
    # The children themselves, and then resamples: each row of weights gives one value.
    weights = tuple(
        np.concatenate([np.ones((1, drawn.shape[1])), drawn]) for drawn in (draws.first, draws.second)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        means = [w @ share / (w @ there) for w, share, there in zip(weights, filled, known, strict=True)]
        pools = [
            w @ counts.present / (w @ counts.codable)
            for w, counts in zip(weights, (first, second), strict=True)
        ]
        ranks = _rank_biserial(shares, known, weights)
    enough = np.minimum(*(there.sum(axis=0) for there in known)) >= _FEWEST
    return tuple(  # type: ignore[return-value]  # three of them
        [_estimate(values[:, place], bool(enough[place]), draws.level) for place in range(len(enough))]
        for values in (ranks, means[0] - means[1], pools[0] - pools[1])
    )


def _rank_biserial(
    shares: tuple[Floats, ...], known: tuple[Floats, ...], weights: tuple[Floats, ...]
) -> Floats:
    """P(first > second) - P(first < second) for each row of weights and each action."""
    found = np.empty((len(weights[0]), shares[0].shape[1]))
    for place in range(found.shape[1]):
        first, second = (share[:, place] for share in shares)
        larger = np.nan_to_num(np.sign(first[:, None] - second[None, :]))
        pairs = (weights[0] @ known[0][:, place]) * (weights[1] @ known[1][:, place])
        found[:, place] = ((weights[0] @ larger) * weights[1]).sum(axis=1) / pairs
    return found


def _estimate(values: Floats, enough: bool, level: float) -> Estimate:
    """The first value with the interval of the others."""
    value, drawn = float(values[0]), values[1:]
    if not np.isfinite(value):
        return Estimate(None, why=_EMPTY)
    if not len(drawn):
        return Estimate(value)
    if not enough:
        return Estimate(value, note=f"no interval: fewer than {_FEWEST} children in a group")
    defined = drawn[np.isfinite(drawn)]
    lost = len(drawn) - len(defined)
    if lost > _MOST_UNDEFINED * len(drawn):
        return Estimate(value, note="no interval: undefined in more than half of the resamples")
    low, high = np.quantile(defined, [0.5 - level / 2, 0.5 + level / 2])
    note = f"{lost} of {len(drawn)} resamples have no value: few children carry it" if lost else ""
    if high - low < _NO_WIDTH:
        note = "the interval has no width: no resample differs, though other children may"
    return Estimate(value, float(low), float(high), note=note)
