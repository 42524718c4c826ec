"""Whether the two sides of an action begin together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.action_events import ActionEvents, TimedFrames, event_rows
from hrm_core.analysis.child_estimates import by_child, mean_of_children, pooled_ratio
from hrm_core.facs import Code, action
from hrm_core.records.analysis_patterns import SynchronyRow
from hrm_core.records.analysis_results import AnalysisOptions

__all__ = ["side_synchrony"]

Floats = NDArray[np.float64]

_NO_EVENT = "no event that shows both sides and whose beginning is seen"
_ALL_TOGETHER = "no event in which one side begins before the other"


def side_synchrony(
    timed: TimedFrames,
    events: Sequence[ActionEvents],
    children: dict[str, NDArray[np.int64]],
    options: AnalysisOptions,
) -> tuple[SynchronyRow, ...]:
    """Onsets of left and right of all actions that have sides and are ever seen on both.

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
    tuple of SynchronyRow
        In the order of the actions, both groups of each.
    """
    sums, keys = [], []
    for key, codes, found in zip(timed.frames.actions, timed.codes, events, strict=True):
        if Code.LEFT not in action(key).sides:
            continue
        of_action = _sums_of_children(codes, found, timed)
        if of_action[:, 0].any():
            sums.append(of_action)
            keys.append(key)
    if not keys:
        return ()
    told: dict[str, list[SynchronyRow]] = {}
    whole = np.stack(sums, axis=1)
    for group, who in children.items():
        number, joint, lag, left = (whole[who][:, :, place] for place in range(4))
        together = pooled_ratio(joint, number, options, _NO_EVENT)
        mean_lag = np.where(number > 0, lag / np.maximum(number, 1), np.nan)
        lags = mean_of_children(mean_lag, options, _NO_EVENT)
        leads = pooled_ratio(left, number - joint, options, _ALL_TOGETHER)
        counted = number.sum(axis=0).astype(np.int64).tolist()
        told[group] = [
            SynchronyRow(key, group, counted[place], together[place], lags[place], leads[place])
            for place, key in enumerate(keys)
        ]
    return tuple(row for rows in zip(*told.values(), strict=True) for row in rows)


def _sums_of_children(codes: NDArray[np.uint8], events: ActionEvents, timed: TimedFrames) -> Floats:
    """Events, those that begin on both sides at once, seconds between the sides, those that left begins.

    Returns
    -------
    ndarray of float64, shape (n_children, 4)
    """
    n_children = len(timed.frames.children)
    events = events.only(events.opened)
    if not len(events):
        return np.zeros((n_children, 4))
    rows, begins = event_rows(events.first, events.last)
    code = codes[rows]
    # An event without one of the sides has the row after the last as its onset.
    onsets = [
        np.minimum.reduceat(np.where((code == Code.BOTH) | (code == side), rows, len(codes)), begins)
        for side in (Code.LEFT, Code.RIGHT)
    ]
    shown = np.logical_or.reduceat(code == Code.BOTH, begins)
    left, right = (onset[shown] for onset in onsets)
    child = timed.frames.child[events.first[shown]]
    apart = np.abs(timed.seconds[left] - timed.seconds[right])
    told = (np.ones(len(child)), left == right, apart, left < right)
    return np.stack([by_child(values, child, n_children) for values in told], axis=1)
