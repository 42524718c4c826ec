"""How an action rises, holds and falls within its events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.action_events import ActionEvents, event_rows

__all__ = ["EventCourse", "event_course"]

Floats = NDArray[np.float64]

_APEX = 0.9
# Strengths come as float32: 0.9 of them is a little below 0.9.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class EventCourse:
    """Time course of whole events; NaN where strengths do not tell it.

    Attributes
    ----------
    onset_s, apex_s, offset_s : ndarray of float64, shape (n_events,)
        Seconds to the first frame with 90 % of the greatest strength, from there to the end of the last
        such frame, and from there to the end.
    speed_per_s : ndarray of float64, shape (n_events,)
        Steepest rise until then, from one frame to the next; NaN too if nothing rises.
    """

    onset_s: Floats
    apex_s: Floats
    offset_s: Floats
    speed_per_s: Floats


def event_course(
    events: ActionEvents, strength: NDArray[np.float32], seconds: Floats, starts: NDArray[np.bool_]
) -> EventCourse:
    """Time course of events by the strength of their action.

    Parameters
    ----------
    events : ActionEvents
        Whole ones: beginning and end are seen.
    strength : ndarray of float32, shape (n,)
        Of the action in each frame; NaN where it is not known.
    seconds : ndarray of float64, shape (n,)
        When frames are shown.
    starts : ndarray of bool, shape (n,)
        Where stretches begin.
    """
    onset, apex, offset, speed = np.full((4, len(events)), np.nan)
    if not len(events):
        return EventCourse(onset, apex, offset, speed)
    level = strength.astype(np.float64)
    rows, begins = event_rows(events.first, events.last)
    # One unknown strength makes the greatest unknown, too: it may have been that one.
    peak = np.maximum.reduceat(level[rows], begins)
    told = np.flatnonzero(peak > 0)
    if not len(told):
        return EventCourse(onset, apex, offset, speed)
    first, last, most = events.first[told], events.last[told], peak[told]
    rows, begins = event_rows(first, last)
    strong = level[rows] >= np.repeat(_APEX * most - _ROUNDING, last - first + 1)
    reached = np.minimum.reduceat(np.where(strong, rows, len(level)), begins)
    left = np.maximum.reduceat(np.where(strong, rows, -1), begins)
    onset[told] = seconds[reached] - seconds[first]
    apex[told] = seconds[left + 1] - seconds[reached]
    offset[told] = seconds[last + 1] - seconds[left + 1]
    rows, begins = event_rows(first, reached)
    steepest = np.fmax.reduceat(_rises(level, seconds, starts)[rows], begins)
    speed[told] = np.where(steepest > 0, steepest, np.nan)
    return EventCourse(onset, apex, offset, speed)


def _rises(level: Floats, seconds: Floats, starts: NDArray[np.bool_]) -> Floats:
    """Rise from the frame before, per second; NaN at the beginning of a stretch."""
    rise = np.full(len(level), np.nan)
    apart = np.diff(seconds)
    follows = ~starts[1:] & (apart > 0)
    rise[1:][follows] = np.diff(level)[follows] / apart[follows]
    return rise
