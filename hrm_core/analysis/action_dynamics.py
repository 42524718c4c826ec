"""Time course of actions in two groups: how often, how long, how fast, with which, and on which side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.action_events import ActionEvents, TimedFrames, action_events, timed_frames
from hrm_core.analysis.action_overlaps import action_overlaps
from hrm_core.analysis.child_estimates import by_child, child_medians, mean_of_children, pooled_ratio
from hrm_core.analysis.event_course import event_course
from hrm_core.analysis.side_synchrony import side_synchrony
from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_patterns import ActionDynamics, DynamicsRow
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.records.coded_frames import NOT_CODABLE, CodedFrames
from hrm_core.stats.exact_rank_sum import exact_rank_sum_p
from hrm_core.stats.mann_whitney import mann_whitney

__all__ = ["action_dynamics"]

Floats = NDArray[np.float64]

_MEDIANS = ("duration_s", "onset_s", "apex_s", "offset_s", "speed_per_s")
_DECIMALS = 6
_NO_TIME = "no frames that follow each other"
_NO_EVENT = "no event whose beginning and end are seen"
_NO_STRENGTH = "nobody says how strong actions are"
_NO_COURSE = "no event whose strength is known throughout"


def action_dynamics(frames: CodedFrames, options: AnalysisOptions) -> ActionDynamics:
    """Describe the events of all actions in both groups.

    Parameters
    ----------
    frames : CodedFrames
        Of the whole study, with strengths where they are known.
    options : AnalysisOptions
        Groups, resamples, seed and level.

    Returns
    -------
    ActionDynamics
        Every action of `frames` in both groups, then pairs of actions and the sides of actions.
    """
    timed = timed_frames(frames, options.groups)
    of_frames = timed.frames.groups_of_frames
    children = {
        group: np.unique(timed.frames.child[of_frames == group]).astype(np.int64) for group in options.groups
    }
    events = [action_events(codes, timed.starts) for codes in timed.codes]
    measured = _measure(timed, events)
    has_strength = not np.isnan(timed.frames.strength).all()
    return ActionDynamics(
        _rows(timed.frames.actions, measured, children, options, has_strength=has_strength),
        action_overlaps(timed, events, children, options),
        side_synchrony(timed, events, children, options),
        frames.strength_source,
        timed.without_time,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """What each child (first axis) shows of each action (second axis)."""

    whole: Floats
    cut: Floats
    begun: Floats
    minutes: Floats
    medians: dict[str, Floats]


def _measure(timed: TimedFrames, events: Sequence[ActionEvents]) -> _Measured:
    n_children, n_actions = len(timed.frames.children), len(events)
    whole, cut, begun, minutes = np.zeros((4, n_children, n_actions))
    medians = {name: np.full((n_children, n_actions), np.nan) for name in _MEDIANS}
    child, seconds = timed.frames.child, timed.seconds
    for place, (codes, found) in enumerate(zip(timed.codes, events, strict=True)):
        seen = codes != NOT_CODABLE
        follows = np.flatnonzero(~timed.starts[1:] & seen[1:] & seen[:-1]) + 1
        watched = (seconds[follows] - seconds[follows - 1]) / 60
        minutes[:, place] = by_child(watched, child[follows], n_children)
        complete = found.opened & found.closed
        for counts, which in ((whole, complete), (cut, ~complete), (begun, found.opened)):
            counts[:, place] = np.bincount(child[found.first[which]], minlength=n_children)
        entire = found.only(complete)
        course = event_course(entire, timed.frames.strength[:, place], seconds, timed.starts)
        # A whole event has a frame after it: it lasts until that one is shown.
        duration = seconds[entire.last + 1] - seconds[entire.first]
        values = (duration, course.onset_s, course.apex_s, course.offset_s, course.speed_per_s)
        for name, each in zip(_MEDIANS, values, strict=True):
            medians[name][:, place] = child_medians(each, child[entire.first], n_children)
    return _Measured(whole, cut, begun, minutes, medians)


def _rows(
    actions: tuple[str, ...],
    measured: _Measured,
    children: dict[str, NDArray[np.int64]],
    options: AnalysisOptions,
    *,
    has_strength: bool,
) -> tuple[DynamicsRow, ...]:
    why = dict.fromkeys(_MEDIANS, _NO_COURSE if has_strength else _NO_STRENGTH) | {"duration_s": _NO_EVENT}
    p = _p_values(measured.medians["duration_s"], *(children[group] for group in options.groups))
    told: dict[str, list[DynamicsRow]] = {}
    for group, who in children.items():
        rates = pooled_ratio(measured.begun[who], measured.minutes[who], options, _NO_TIME)
        means: dict[str, list[Estimate]] = {
            name: mean_of_children(measured.medians[name][who], options, why[name]) for name in _MEDIANS
        }
        told[group] = [
            DynamicsRow(
                key,
                group,
                int(measured.whole[who, place].sum()),
                int(measured.cut[who, place].sum()),
                int((measured.whole[who, place] > 0).sum()),
                rates[place],
                **{name: means[name][place] for name in _MEDIANS},
                p_duration=p[place] if group == options.groups[0] else None,
            )
            for place, key in enumerate(actions)
        ]
    return tuple(row for rows in zip(*told.values(), strict=True) for row in rows)


def _p_values(values: Floats, first: NDArray[np.int64], second: NDArray[np.int64]) -> list[float | None]:
    """Two-sided p of each action; None where a group has no child with a value."""
    # Differences of times of frames are off by rounding: what is equal must be tied, not ranked by it.
    whole = np.round(values, _DECIMALS)
    normal = mann_whitney(whole[first].T, whole[second].T).p
    exact = (exact_rank_sum_p(whole[first, place], whole[second, place]) for place in range(whole.shape[1]))
    return [
        sure if sure is not None else float(rough) if np.isfinite(rough) else None
        for sure, rough in zip(exact, normal, strict=True)
    ]
