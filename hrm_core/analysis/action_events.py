"""Events of actions in coded frames: where they begin and end, and whether both could be seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.distinct_combinations import stretch_starts
from hrm_core.records.coded_frames import NOT_CODABLE, CodedFrames

__all__ = ["ActionEvents", "TimedFrames", "action_events", "event_rows", "timed_frames"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class TimedFrames:
    """Frames of two groups in recordings whose times are known.

    Attributes
    ----------
    frames : CodedFrames
        These frames only.
    starts : ndarray of bool, shape (n,)
        Where a stretch of consecutive frames of one recording begins.
    codes : ndarray of uint8, shape (n_actions, n)
        The codes, one action after the other.
    without_time : int
        Frames of both groups whose time is not known.
    """

    frames: CodedFrames
    starts: Flags
    codes: NDArray[np.uint8]
    without_time: int

    @property
    def seconds(self) -> Floats:
        """When each frame is shown, shape (n,)."""
        return self.frames.seconds


@dataclass(frozen=True, slots=True, eq=False)
class ActionEvents:
    """Events of one action, in the order of the frames.

    Attributes
    ----------
    first, last : ndarray of int64, shape (n_events,)
        Rows of the first and the last frame, both in it.
    opened, closed : ndarray of bool, shape (n_events,)
        Whether the frame before it, and the one after it, were coded and do not show the action.
    """

    first: Integers
    last: Integers
    opened: Flags
    closed: Flags

    def __len__(self) -> int:
        return len(self.first)

    def only(self, which: Flags) -> ActionEvents:
        """Some of the events."""
        return ActionEvents(self.first[which], self.last[which], self.opened[which], self.closed[which])


def timed_frames(frames: CodedFrames, groups: tuple[str, str]) -> TimedFrames:
    """Frames of two groups, without recordings that have a frame of unknown time.

    Parameters
    ----------
    frames : CodedFrames
        Of the whole study.
    groups : (str, str)
        Groups that are compared.
    """
    compared = np.isin(frames.groups_of_frames, groups)
    unknown = compared & np.isnan(frames.seconds)
    rows = np.flatnonzero(compared & ~np.isin(frames.video, frames.video[unknown]))
    kept = replace(
        frames,
        child=frames.child[rows],
        video=frames.video[rows],
        frame=frames.frame[rows],
        seconds=frames.seconds[rows],
        codes=frames.codes[rows],
        expression=frames.expression[rows],
        strength=frames.strength[rows],
    )
    starts = stretch_starts(kept.video, kept.frame)
    return TimedFrames(kept, starts, np.ascontiguousarray(kept.codes.T), int(unknown.sum()))


def action_events(codes: NDArray[np.uint8], starts: Flags) -> ActionEvents:
    """Events of one action.

    Parameters
    ----------
    codes : ndarray of uint8, shape (n,)
        Its codes; a frame in which it could not be seen ends a stretch.
    starts : ndarray of bool, shape (n,)
        Where stretches begin.
    """
    present = (codes > 0) & (codes != NOT_CODABLE)
    # Of each frame: whether the one before or after it is coded, in its stretch, and without the action.
    absent_before, absent_after = np.zeros((2, len(codes)), dtype=bool)
    absent_before[1:] = ~starts[1:] & (codes[:-1] == 0)
    absent_after[:-1] = ~starts[1:] & (codes[1:] == 0)
    opens, closes = present.copy(), present.copy()
    opens[1:] &= starts[1:] | ~present[:-1]
    closes[:-1] &= starts[1:] | ~present[1:]
    first, last = np.flatnonzero(opens), np.flatnonzero(closes)
    return ActionEvents(first, last, absent_before[first], absent_after[last])


def event_rows(first: Integers, last: Integers) -> tuple[Integers, Integers]:
    """All rows of some events behind one another, and where each event begins among them.

    Parameters
    ----------
    first, last : ndarray of int64, shape (n_events,)
        First and last row of each, at least one event.
    """
    length = last - first + 1
    begins = np.cumsum(length) - length
    return np.arange(length.sum()) + np.repeat(first - begins, length), begins
