"""Events: stretches of frames in which an action is present, and which of them are the same.

Two raters rarely begin an action on the same frame. Frame by frame that is disagreement;
as events, it is one event that both saw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.codings import numbers
from hrm_core.stats.segments import segment_bounds

__all__ = ["TIME_SLACK_S", "EventMatches", "Events", "best_in_order", "events_of", "match_events"]

TIME_SLACK_S = 0.001
"""Seconds by which a difference may pass a tolerance and still be within it.

Some containers round the times of frames to milliseconds, and 5 frames at 30 frames per
second should be within 1/6 s in those too. No camera here has frames as short as this.
"""

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Gain = Callable[[Integers, Integers], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Events of one action by one rater, in the order of the frames.

    Attributes
    ----------
    first, last : ndarray of int64, shape (n_events,)
        Rows of the first and the last frame of each event, both in it.
    segment : ndarray, shape (n_events,)
        Segment the event lies in, as given for the frames.
    """

    first: Integers
    last: Integers
    segment: NDArray[np.generic]

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True, slots=True, eq=False)
class EventMatches:
    """Events of two raters that are taken for the same, one to one.

    Attributes
    ----------
    first, second : ndarray of int64, shape (n_matches,)
        Place of the event among the first and among the second rater's events.
    difference_s : ndarray of float64, shape (n_matches,)
        Onset of the second rater minus onset of the first, seconds: positive where the
        second is later.
    """

    first: Integers
    second: Integers
    difference_s: Floats

    def __len__(self) -> int:
        return len(self.first)


def events_of(present: ArrayLike, segments: ArrayLike, gap: int = 0, shortest: int = 1) -> Events:
    """Events of one action: stretches of frames in which it is present.

    Parameters
    ----------
    present : array_like, shape (n_frames,)
        Whether the action is present; anything but 0 is.
    segments : array_like, shape (n_frames,)
        Segment of each frame, frames in order; no event goes across segments.
    gap : int
        Up to this many frames without the action are bridged.
    shortest : int
        Events of fewer frames are dropped, after bridging; bridged frames count.

    Returns
    -------
    Events
        In the order of the frames.

    Raises
    ------
    ValueError
        If lengths differ, a value is NaN, segments are not in order, ``gap`` is below 0
        or ``shortest`` below 1.
    """
    row, labels = numbers(present), np.asarray(segments)
    if row.ndim != 1 or row.shape != labels.shape:
        raise ValueError(f"expected presence and segment of each frame, not {row.shape} and {labels.shape}")
    if row.dtype.kind == "f" and np.isnan(row).any():
        raise ValueError("a missing frame is neither present nor absent: begin a new segment after it")
    starts, _ = segment_bounds(labels)
    return _events(row != 0, labels, starts, gap, shortest)


def match_events(first: Events, second: Events, times_s: ArrayLike, tolerance_s: float) -> EventMatches:
    """Match events of two raters one to one by onset.

    Parameters
    ----------
    first, second : Events
        Events of each rater over the same frames.
    times_s : array_like, shape (n_frames,)
        Time of each frame in seconds, ascending within a segment; any frame rate, also a
        changing one.
    tolerance_s : float
        Onsets at most this far apart (plus :data:`TIME_SLACK_S`) may be the same event.

    Returns
    -------
    EventMatches
        As many matches as possible, and among those the smallest sum of distances.

    Raises
    ------
    ValueError
        If the tolerance is negative or not finite.

    Notes
    -----
    Why looking at matches in order suffices: let onsets ``a <= a'`` be matched crosswise
    to ``b' >= b``. Uncrossed, ``|a - b|`` and ``|a' - b'|`` are each at most the larger of
    the two crossed distances, and their sum is no larger than the crossed sum (distance on
    a line is convex). So for every matching there is one in order with as many matches,
    all within tolerance, and no larger sum; and the best in order is found exactly by
    dynamic programming over the pairs within tolerance.
    """
    if not 0 <= tolerance_s < np.inf:
        raise ValueError(f"a tolerance is a number of seconds from 0 on, not {tolerance_s}")
    times = np.asarray(times_s, dtype=np.float64)
    reach = tolerance_s + TIME_SLACK_S
    one, other = _one_line(first, second, times, reach)
    order, order_other = np.argsort(one, kind="stable"), np.argsort(other, kind="stable")
    one, other = one[order], other[order_other]
    # One match more always outweighs any sum of distances.
    worth = reach * (min(len(one), len(other)) + 1)

    def gain(i: Integers, j: Integers) -> Floats:
        closeness: Floats = worth - np.abs(one[i] - other[j])
        return closeness

    low = np.searchsorted(other, one - reach, side="left")
    high = np.searchsorted(other, one + reach, side="right")
    i, j = best_in_order(low, high, gain)
    of_first, of_second = order[i], order_other[j]
    onset = times[second.first[of_second]] - times[first.first[of_first]]
    return EventMatches(of_first, of_second, onset)


def best_in_order(low: Integers, high: Integers, gain: Gain) -> tuple[Integers, Integers]:
    """One-to-one pairs without crossings whose gains add up to the most.

    Parameters
    ----------
    low, high : ndarray of int64, shape (n,)
        The items ``j`` that item ``i`` may be paired with are ``low[i] <= j < high[i]``;
        neither bound ever falls.
    gain : callable
        Maps arrays ``i, j`` of possible pairs to their gains, all above 0.

    Returns
    -------
    i, j : ndarray of int64, shape (n_pairs,)
        Both ascending.
    """
    rows = np.flatnonzero(high > low)
    if not rows.size:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    low, high = low[rows], high[rows]
    width = high - low
    ends = np.cumsum(width)
    i = np.repeat(np.arange(rows.size), width)
    j = np.arange(ends[-1]) - np.repeat(ends - width, width) + np.repeat(low, width)
    gains = gain(rows[i], j)
    # Items without a common candidate do not compete: most groups are a single pair.
    begins = np.concatenate([[0], np.flatnonzero(low[1:] >= high[:-1]) + 1])
    stops = np.append(begins[1:], rows.size)
    alone = (stops - begins == 1) & (width[begins] == 1)
    pairs = [np.stack([begins[alone], low[begins[alone]]], axis=1)]
    for begin, stop in zip(begins[~alone].tolist(), stops[~alone].tolist(), strict=True):
        chosen = _chain(
            low[begin:stop].tolist(),
            high[begin:stop].tolist(),
            gains[ends[begin] - width[begin] : ends[stop - 1]].tolist(),
        )
        pairs.append(np.array(chosen, dtype=np.int64).reshape(-1, 2) + [begin, 0])
    found = np.concatenate(pairs)
    found = found[np.argsort(found[:, 0])]
    return rows[found[:, 0]], found[:, 1]


def _events(
    present: NDArray[np.bool_], labels: NDArray[np.generic], starts: Integers, gap: int, shortest: int
) -> Events:
    if gap < 0 or shortest < 1:
        raise ValueError(f"a gap has 0 frames or more and an event 1 or more, not {gap} and {shortest}")
    opens, closes = present.copy(), present.copy()
    opens[1:] &= ~present[:-1]
    closes[:-1] &= ~present[1:]
    opens[starts] |= present[starts]
    closes[starts[1:] - 1] |= present[starts[1:] - 1]
    first, last = np.flatnonzero(opens), np.flatnonzero(closes)
    if gap and len(first):
        near = (first[1:] - last[:-1] - 1 <= gap) & (labels[first[1:]] == labels[first[:-1]])
        first, last = first[np.append(True, ~near)], last[np.append(~near, True)]
    long = last - first + 1 >= shortest
    return Events(first[long], last[long], labels[first[long]])


def _one_line(first: Events, second: Events, times: Floats, reach: float) -> tuple[Floats, Floats]:
    """Onsets with the segments laid behind one another, too far apart to be matched."""
    onset = times[np.concatenate([first.first, second.first])]
    if not onset.size:
        return onset, onset
    _, number = np.unique(np.concatenate([first.segment, second.segment]), return_inverse=True)
    earliest, latest = np.full(number.max() + 1, np.inf), np.full(number.max() + 1, -np.inf)
    np.minimum.at(earliest, number, onset)
    np.maximum.at(latest, number, onset)
    room = latest - earliest + 2 * reach + 1.0
    laid = onset - earliest[number] + (np.cumsum(room) - room)[number]
    return laid[: len(first)], laid[len(first) :]


def _chain(low: list[int], high: list[int], gains: list[float]) -> list[tuple[int, int]]:
    # best[j] after item i: the most that items up to i gain with candidates below j. Only
    # low[i] <= j <= high[i] can differ from the item before, so only those are kept.
    best, base = [0.0], low[0]
    matched: list[bytearray] = []
    kept: list[bytearray] = []
    place = 0
    for floor, ceiling in zip(low, high, strict=True):
        top = base + len(best) - 1
        row = [best[min(floor, top) - base]]
        took, stayed = bytearray(1), bytearray([1])
        for j in range(floor + 1, ceiling + 1):
            without = best[min(j, top) - base]
            having = best[min(j - 1, top) - base] + gains[place]
            place += 1
            most = max(row[-1], without, having)
            took.append(having == most)
            stayed.append(without == most)
            row.append(most)
        matched.append(took)
        kept.append(stayed)
        best, base = row, floor
    pairs = []
    j = high[-1]
    for i in range(len(low) - 1, -1, -1):
        j = min(j, high[i])
        while j > low[i] and not matched[i][j - low[i]] and not kept[i][j - low[i]]:
            j -= 1
        if matched[i][j - low[i]]:
            j -= 1
            pairs.append((i, j))
    return pairs[::-1]
