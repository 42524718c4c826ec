"""How much events of different actions overlap, and which begins first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations as pairs_of

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.action_events import ActionEvents, TimedFrames
from hrm_core.analysis.child_estimates import child_medians, mean_of_children, pooled_ratio
from hrm_core.records.analysis_patterns import OverlapRow
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.records.coded_frames import NOT_CODABLE

__all__ = ["action_overlaps"]

Floats = NDArray[np.float64]

_NEITHER = "neither action occurs"
_NO_PAIR = "no overlapping events whose beginnings are both seen"


def action_overlaps(
    timed: TimedFrames,
    events: Sequence[ActionEvents],
    children: dict[str, NDArray[np.int64]],
    options: AnalysisOptions,
) -> tuple[OverlapRow, ...]:
    """Overlap of all pairs of actions that are ever present together.

    Parameters
    ----------
    timed : TimedFrames
        Frames of both groups.
    events : sequence of ActionEvents
        Of each action.
    children : dict of str to ndarray of int64
        By group: its children with frames.
    options : AnalysisOptions
        Resamples, seed and level.

    Returns
    -------
    tuple of OverlapRow
        Pairs in the order of the actions, both groups of each.
    """
    both, either = _frames_together(timed)
    pairs = [
        (one, other)
        for one, other in pairs_of(range(len(timed.codes)), 2)
        if both[:, one, other].any()  # by any child
    ]
    if not pairs:
        return ()
    of_child = timed.frames.child
    count, lead = np.zeros((2, len(both), len(pairs)))
    for place, (one, other) in enumerate(pairs):
        first, second = _overlapping(events[one], events[other])
        child = of_child[first]
        count[:, place] = np.bincount(child, minlength=len(both))
        lead[:, place] = child_medians(timed.seconds[second] - timed.seconds[first], child, len(both))
    one, other = np.array(pairs).T
    keys = timed.frames.actions
    told: dict[str, list[OverlapRow]] = {}
    for group, who in children.items():
        jaccard = pooled_ratio(both[who][:, one, other], either[who][:, one, other], options, _NEITHER)
        leads = mean_of_children(lead[who], options, _NO_PAIR)
        number = count[who].sum(axis=0).astype(np.int64).tolist()
        told[group] = [
            OverlapRow(keys[i], keys[j], group, number[place], jaccard[place], leads[place])
            for place, (i, j) in enumerate(pairs)
        ]
    return tuple(row for rows in zip(*told.values(), strict=True) for row in rows)


def _frames_together(timed: TimedFrames) -> tuple[Floats, Floats]:
    """Frames of each child with both of two actions and with either, where both could be seen."""
    child, codes = timed.frames.child, timed.frames.codes
    wide = codes.shape[1]
    both, either = np.zeros((2, len(timed.frames.children), wide, wide))
    bounds = np.flatnonzero(np.diff(child)) + 1
    for rows in np.split(np.arange(len(child)), bounds) if len(child) else ():
        known = codes[rows] != NOT_CODABLE
        present = (known & (codes[rows] > 0)).astype(np.float64)
        together, one = present.T @ present, present.T @ known
        both[child[rows[0]]] += together
        either[child[rows[0]]] += one + one.T - together
    return both, either


def _overlapping(one: ActionEvents, other: ActionEvents) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First rows of the events of every pair that shares a frame, if both beginnings are seen."""
    one, other = one.only(one.opened), other.only(other.opened)
    low = np.searchsorted(other.last, one.first)
    number = np.searchsorted(other.first, one.last, side="right") - low
    begins = np.cumsum(number) - number
    which = np.arange(number.sum()) + np.repeat(low - begins, number)
    return np.repeat(one.first, number), other.first[which]
