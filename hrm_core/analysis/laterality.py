"""On which side of the face the actions of each group are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.child_counts import code_counts, of_group, ratio
from hrm_core.facs import ALL_ACTIONS, Code
from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_results import AnalysisOptions, Asymmetry
from hrm_core.records.coded_frames import CodedFrames
from hrm_core.stats.bootstrap import Bootstrap, cluster_bootstrap
from hrm_core.stats.exact_rank_sum import exact_rank_sum_p
from hrm_core.stats.mann_whitney import mann_whitney

__all__ = ["asymmetries"]

_SIDED = frozenset(action.key for action in ALL_ACTIONS if {Code.LEFT, Code.RIGHT} <= action.sides)
_BOTH, _LEFT, _RIGHT = range(3)
# Narrower than rounding in the sums of a resample.
_NO_WIDTH = 1e-12

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def asymmetries(frames: CodedFrames, options: AnalysisOptions) -> tuple[Asymmetry, ...]:
    """How often actions are on one side, and on which, in each group; over all frames.

    Parameters
    ----------
    frames : CodedFrames
        All of the study; codes 1, 2 and 3 count: both sides, the child's left, the child's right.
    options : AnalysisOptions
        Groups, replicates (0: no intervals), seed and level.

    Returns
    -------
    tuple of Asymmetry
        First and second group of each action that the catalogue gives a left and a right, in the order of
        ``frames.actions``.

    Notes
    -----
    The index is the usual one of laterality, (left - right) over (left + right), here of frames: 1 if all
    one-sided frames are left, -1 if all are right.
    """
    places = [place for place, key in enumerate(frames.actions) if key in _SIDED]
    counts = code_counts(frames)[:, places, Code.BOTH : Code.RIGHT + 1]
    groups = [counts[of_group(frames, group)] for group in options.groups]
    shares = [_share_of_one_sided(sums).T for sums in groups]
    rows: list[Asymmetry] = []
    told = [_estimates(sums, options) for sums in groups]
    for at, place in enumerate(places):
        for number, (group, sums) in enumerate(zip(options.groups, groups, strict=True)):
            both, left, right = sums[:, at].sum(axis=0).tolist()
            index, one_sided = told[number][at]
            rows.append(
                Asymmetry(
                    frames.actions[place], group, both, left, right,
                    int((sums[:, at, _LEFT:].sum(axis=1) > 0).sum()), index, one_sided,
                    p=None if number else _p(shares[0][at], shares[1][at]),
                )
            )  # fmt: skip
    return tuple(rows)


def _share_of_one_sided(sums: Integers | Floats) -> Floats:
    """(left + right) / (both + left + right) over the last axis; NaN where the action is never there."""
    return ratio(sums[..., _LEFT] + sums[..., _RIGHT], sums.sum(axis=-1))


def _index(sums: Integers | Floats) -> Floats:
    """(left - right) / (left + right) over the last axis; NaN where the action is never on one side."""
    return ratio(sums[..., _LEFT] - sums[..., _RIGHT], sums[..., _LEFT] + sums[..., _RIGHT])


def _p(first: Floats, second: Floats) -> float | None:
    """Exact where feasible, else of the normal approximation; None where a group never has the action."""
    exact = exact_rank_sum_p(first, second)
    if exact is not None:
        return exact
    p = mann_whitney(first, second).p
    return float(p) if np.isfinite(p) else None


def _estimates(sums: Integers, options: AnalysisOptions) -> list[tuple[Estimate, Estimate]]:
    """Index and one-sided share of each action in one group, by resampling its children."""
    total = sums.sum(axis=0)
    values = np.stack([_index(total), _share_of_one_sided(total)], axis=-1)
    found = None
    if options.replicates and len(sums) and sums.shape[1]:
        found = cluster_bootstrap(
            sums,
            lambda drawn: np.stack([_index(drawn), _share_of_one_sided(drawn)], axis=-1),
            replicates=options.replicates,
            seed=options.seed,
            level=options.level,
        )
    why = ("no frame with one side only", "no frame with the action on a known side")
    return [
        (_estimate(values, found, (at, 0), why[0]), _estimate(values, found, (at, 1), why[1]))
        for at in range(len(values))
    ]


def _estimate(values: Floats, found: Bootstrap | None, at: tuple[int, int], why: str) -> Estimate:
    value = float(values[at])
    if not np.isfinite(value):
        return Estimate(None, why=why)
    if found is None:
        return Estimate(value)
    flat = at[0] * 2 + at[1]
    if reason := found.reason[flat]:
        of_children = reason.replace("clusters", "children").replace("cluster", "child")
        return Estimate(value, note=f"no interval: {of_children}")
    low, high = float(np.asarray(found.low)[at]), float(np.asarray(found.high)[at])
    lost = int(np.asarray(found.undefined)[at])
    note = f"{lost} of {found.replicates} resamples have no value: few children carry it" if lost else ""
    if high - low < _NO_WIDTH:
        note = "the interval has no width: no resample differs, though other children may"
    return Estimate(value, low, high, note=note)
