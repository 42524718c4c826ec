"""How many different combinations a group shows in equally many frames, and how evenly they are spread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.child_estimates import by_child, pooled_ratio
from hrm_core.analysis.distinct_combinations import DistinctCombinations
from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_patterns import Entropy, Rarefaction
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.stats.diversity import (
    entropy_bits,
    expected_kinds,
    jackknife_interval,
    log_factorials,
    miller_madow_bits,
)

__all__ = ["CombinationCounts", "count_combinations", "entropy_of", "rarefy"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_NO_FRAME = "no frame of this group"
_ONE_CHILD = "no interval: fewer than 2 children"
_CURVE_POINTS = 30


@dataclass(frozen=True, slots=True, eq=False)
class CombinationCounts:
    """How often each combination is met in one group.

    Attributes
    ----------
    group, expression : str
        ``""`` for all frames.
    total : ndarray of int64, shape (n_combinations,)
        Frames of each.
    of_child : tuple of (ndarray of int64, ndarray of int64)
        For each child with a frame: combinations it shows, and in how many frames.
    """

    group: str
    expression: str
    total: Integers
    of_child: tuple[tuple[Integers, Integers], ...]

    @property
    def frames(self) -> int:
        """Frames of the group."""
        return int(self.total.sum())

    def without_each(self) -> Iterator[Integers]:
        """Counts without one child, for one child after another."""
        for combination, frames in self.of_child:
            rest = self.total.copy()
            rest[combination] -= frames
            yield rest


def count_combinations(
    group: str,
    expression: str,
    combination: Integers,
    child: NDArray[np.int32],
    found: DistinctCombinations,
) -> CombinationCounts:
    """Count the combinations of some frames.

    Parameters
    ----------
    group, expression : str
        Which frames these are.
    combination : ndarray of int64, shape (n_frames,)
        Combination of each frame.
    child : ndarray of int32, shape (n_frames,)
        Child of each frame.
    found : DistinctCombinations
        What `combination` tells of.
    """
    pairs, frames = np.unique(child.astype(np.int64) * len(found) + combination, return_counts=True)
    of_child, which = np.divmod(pairs, max(len(found), 1))
    bounds = np.flatnonzero(np.diff(of_child)) + 1
    parts = zip(np.split(which, bounds), np.split(frames, bounds), strict=True)
    return CombinationCounts(
        group,
        expression,
        np.bincount(combination, minlength=len(found)),
        tuple(parts) if len(pairs) else (),
    )


def rarefy(counts: CombinationCounts, at: int, options: AnalysisOptions) -> Rarefaction:
    """Combinations expected in samples of a group's frames.

    Parameters
    ----------
    counts : CombinationCounts
        Of the group.
    at : int
        Size that both groups reach.
    options : AnalysisOptions
        Whether there are intervals, and their level.
    """
    whole = counts.frames
    if not whole:
        nothing = Estimate(None, why=_NO_FRAME)
        return Rarefaction(counts.group, counts.expression, (), (), (), (), at, nothing)
    # Denser where the curve bends.
    points = np.rint(whole * (np.arange(1, _CURVE_POINTS + 1) / _CURVE_POINTS) ** 2).astype(np.int64)
    sizes = np.unique(np.concatenate([[1], points, [at]] if at else [[1], points]))
    sizes = sizes[sizes > 0]
    table = log_factorials(whole)
    expected = expected_kinds(counts.total, sizes, table)
    low, high = expected, expected
    known = False
    if options.replicates and len(counts.of_child) > 1:
        rows = [expected_kinds(rest, sizes, table) for rest in counts.without_each()]
        low, high = jackknife_interval(expected, np.stack(rows), options.level)
        # A sample shows one combination at least, and no more than it has frames.
        low, high = np.maximum(low, 1.0), np.minimum(high, sizes)
        known = True
    if at:
        place = int(np.searchsorted(sizes, at))
        unique = _estimate(float(expected[place]), (low[place], high[place]) if known else None, options)
    else:
        unique = Estimate(None, why="the other group has no frame to compare with")
    return Rarefaction(
        counts.group,
        counts.expression,
        tuple(sizes.tolist()),
        tuple(expected.tolist()),
        tuple(low.tolist()),
        tuple(high.tolist()),
        at,
        unique,
    )


def entropy_of(
    counts: CombinationCounts,
    complexity: NDArray[np.int64],
    child: NDArray[np.int32],
    options: AnalysisOptions,
) -> Entropy:
    """How evenly the combinations of a group are spread, and how many actions its frames show.

    Parameters
    ----------
    counts : CombinationCounts
        Of the group.
    complexity : ndarray of int64, shape (n_frames,)
        Actions in each of its frames.
    child : ndarray of int32, shape (n_frames,)
        Child of each.
    options : AnalysisOptions
        Of the intervals.
    """
    whole = counts.frames
    if not whole:
        nothing = Estimate(None, why=_NO_FRAME)
        return Entropy(counts.group, counts.expression, 0, 0, nothing, None, nothing)
    bits, bounds = entropy_bits(counts.total), None
    if options.replicates and len(counts.of_child) > 1:
        rows = np.array([entropy_bits(rest) for rest in counts.without_each()])
        low, high = jackknife_interval(bits, rows, options.level)
        bounds = (max(float(low), 0.0), float(high))
    _, place = np.unique(child, return_inverse=True)
    sums = by_child(complexity, place, int(place.max()) + 1)
    frames = by_child(np.ones(whole), place, len(sums))
    (mean,) = pooled_ratio(sums[:, None], frames[:, None], options, _NO_FRAME)
    return Entropy(
        counts.group,
        counts.expression,
        whole,
        int((counts.total > 0).sum()),
        _estimate(bits, bounds, options),
        miller_madow_bits(counts.total),
        mean,
    )


def _estimate(value: float, bounds: tuple[float, float] | None, options: AnalysisOptions) -> Estimate:
    if bounds is None:
        return Estimate(value, note=_ONE_CHILD if options.replicates else "")
    return Estimate(value, float(bounds[0]), float(bounds[1]))
