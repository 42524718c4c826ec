"""Agreement of two raters on events: how many both saw, how well they overlap, how far apart they begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.codings import numbers
from hrm_core.stats.events import TIME_SLACK_S, Events, best_in_order, events_of, match_events
from hrm_core.stats.segments import segment_bounds

__all__ = ["TOLERANCES_S", "EventAgreement", "event_agreement"]

TOLERANCES_S = (0.0, 1 / 6, 1 / 2)
"""Onset tolerances in seconds: the same frame, FACS practice, and a generous one."""

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class EventAgreement:
    """Event agreement of each action; the first rater is the reference.

    With one action the leading axis is missing, and what has no other axis is a scalar.

    Attributes
    ----------
    tolerances_s : tuple of float
        Onset tolerances, seconds.
    precision, recall, f1 : ndarray of float64, shape (n_actions, n_tolerances)
        Share of the second rater's events that match, of the first rater's events that
        are matched, and ``2 matches / (events of both)``. NaN where there is no event to
        take a share of.
    matched : ndarray of int64, shape (n_actions, n_tolerances)
        Events matched by onset.
    first_events, second_events : int or ndarray of int64, shape (n_actions,)
        Events of each rater.
    overlapping : int or ndarray of int64, shape (n_actions,)
        Events matched by overlap, one to one, so that the IoUs add up to the most.
    mean_iou : float or ndarray of float64, shape (n_actions,)
        Mean temporal intersection over union of those; unmatched events do not enter.
    onset_median_s, offset_median_s : float or ndarray of float64, shape (n_actions,)
        Median over those of second minus first, seconds: above 0, the second is later.
    onset_mad_s, offset_mad_s : float or ndarray of float64, shape (n_actions,)
        Median absolute deviation from that median, unscaled, seconds.
    onset_within, offset_within : ndarray of float64, shape (n_actions, n_tolerances)
        Share of those whose onsets (offsets) differ by no more than each tolerance.
    counts : ndarray of int64, shape (n_segments, n_actions, n_tolerances, 3)
        Matches, events of the first and of the second in each segment, in the order of
        the frames: what a cluster bootstrap of precision, recall or F1 adds up.
    reason : str or tuple of str
        Why F1 or the overlap has no value; empty where both have.
    note : str or tuple of str
        What to keep in mind; empty where nothing.
    """

    tolerances_s: tuple[float, ...]
    precision: Floats
    recall: Floats
    f1: Floats
    matched: Integers
    first_events: int | Integers
    second_events: int | Integers
    overlapping: int | Integers
    mean_iou: float | Floats
    onset_median_s: float | Floats
    onset_mad_s: float | Floats
    onset_within: Floats
    offset_median_s: float | Floats
    offset_mad_s: float | Floats
    offset_within: Floats
    counts: Integers
    reason: str | tuple[str, ...]
    note: str | tuple[str, ...]


def event_agreement(
    first: ArrayLike,
    second: ArrayLike,
    segments: ArrayLike,
    times_s: ArrayLike,
    gap: int = 0,
    shortest: int = 1,
    tolerances_s: Sequence[float] = TOLERANCES_S,
) -> EventAgreement:
    """Agreement of two raters on the events of each action.

    Parameters
    ----------
    first, second : array_like, shape (n_frames,) or (n_actions, n_frames)
        Codes of the reference and of the other rater: anything but 0 is present.
    segments : array_like, shape (n_frames,)
        Segment of each frame, frames in order; where frames are left out, a new one.
    times_s : array_like, shape (n_frames,)
        Time of each frame in seconds, ascending within a segment.
    gap, shortest : int
        See :func:`events_of`; frames.
    tolerances_s : sequence of float
        Onset tolerances, seconds; see :func:`match_events`.

    Returns
    -------
    EventAgreement
        Matches by onset within each tolerance, and by overlap.

    Raises
    ------
    ValueError
        If shapes do not fit, codes or times are NaN, times do not ascend within a
        segment, or ``gap``, ``shortest`` or a tolerance are impossible or none is given.

    Notes
    -----
    An event lasts from the time of its first frame to the time of the frame after its
    last; the last frame of a segment lasts as long as the frame before it. Onsets and
    offsets are compared over the events matched by overlap, not by onset, which would
    hide the large differences beyond the tolerance.
    """
    one, other = numbers(first), numbers(second)
    labels, times = np.asarray(segments), np.asarray(times_s, dtype=np.float64)
    if one.shape != other.shape or one.ndim not in (1, 2):
        raise ValueError(f"expected two arrays [frames] or [actions, frames], not {one.shape}, {other.shape}")
    if labels.shape != one.shape[-1:] or times.shape != labels.shape:
        raise ValueError(
            f"expected segment and time of {one.shape[-1]} frames, not {labels.shape}, {times.shape}"
        )
    starts, stops = segment_bounds(labels)
    ends = _frame_ends(times, starts, stops)
    tolerances = tuple(float(tolerance) for tolerance in tolerances_s)
    if not tolerances:
        raise ValueError("events need at least one tolerance to be matched by onset")
    segment_of = np.repeat(np.arange(len(starts)), stops - starts)
    found = [
        _of_one(
            events_of(a, segment_of, gap, shortest), events_of(b, segment_of, gap, shortest),
            (times, ends), len(starts), tolerances,
        )
        for a, b in zip(np.atleast_2d(one), np.atleast_2d(other), strict=True)
    ]  # fmt: skip
    counts = (
        np.stack([entry[0] for entry in found], axis=1)
        if found
        else np.zeros((len(starts), 0, len(tolerances), 3), dtype=np.int64)
    )
    overlap = np.array([entry[1] for entry in found], dtype=np.float64).reshape(len(found), 6)
    within = np.array([entry[2] for entry in found], dtype=np.float64).reshape(len(found), 2, len(tolerances))
    return _report(tolerances, counts, overlap, within, single=one.ndim == 1)


def _frame_ends(times: Floats, starts: Integers, stops: Integers) -> Floats:
    if not np.isfinite(times).all():
        raise ValueError("every frame needs its time")
    ends = np.append(times[1:], np.nan)
    ends[stops - 1] = np.nan
    step = ends - times
    if (step <= 0).any():
        raise ValueError("the times of a segment's frames must ascend")
    # In a segment of one frame all events are that frame: any length gives the same.
    before = np.where(stops - starts == 1, 1.0, step[np.maximum(stops - 2, 0)])
    ends[stops - 1] = times[stops - 1] + before
    return ends


def _of_one(
    first: Events,
    second: Events,
    clock: tuple[Floats, Floats],
    segments: int,
    tolerances: tuple[float, ...],
) -> tuple[Integers, list[float], list[list[float]]]:
    times, ends = clock
    counts = np.zeros((segments, len(tolerances), 3), dtype=np.int64)
    counts[:, :, 1] = np.bincount(first.segment.astype(np.int64), minlength=segments)[:, None]
    counts[:, :, 2] = np.bincount(second.segment.astype(np.int64), minlength=segments)[:, None]
    for column, tolerance in enumerate(tolerances):
        matches = match_events(first, second, times, tolerance)
        counts[:, column, 0] = np.bincount(first.segment[matches.first].astype(np.int64), minlength=segments)
    i, j, iou = _by_overlap(first, second, times, ends)
    onset = times[second.first[j]] - times[first.first[i]]
    offset = ends[second.last[j]] - ends[first.last[i]]
    overlap = [float(len(i)), _mean(iou), *_spread(onset), *_spread(offset)]
    within = [
        [_mean(np.abs(apart) <= tolerance + TIME_SLACK_S) for tolerance in tolerances]
        for apart in (onset, offset)
    ]
    return counts, overlap, within


def _by_overlap(
    first: Events, second: Events, times: Floats, ends: Floats
) -> tuple[Integers, Integers, Floats]:
    def iou(i: Integers, j: Integers) -> Floats:
        (a, a_end), (b, b_end) = (
            (times[rater.first[k]], ends[rater.last[k]]) for rater, k in ((first, i), (second, j))
        )
        shared = np.minimum(a_end, b_end) - np.maximum(a, b)
        share: Floats = shared / (np.maximum(a_end, b_end) - np.minimum(a, b))
        return share

    # Events of one rater are apart, so the candidates by rows are in order for both.
    low = np.searchsorted(second.last, first.first, side="left")
    high = np.searchsorted(second.first, first.last, side="right")
    i, j = best_in_order(low, high, iou)
    return i, j, iou(i, j)


def _mean(values: NDArray[np.float64] | NDArray[np.bool_]) -> float:
    return float(values.mean()) if values.size else float("nan")


def _spread(apart: Floats) -> tuple[float, float]:
    if not apart.size:
        return float("nan"), float("nan")
    middle = np.median(apart)
    return float(middle), float(np.median(np.abs(apart - middle)))


def _report(
    tolerances: tuple[float, ...], counts: Integers, overlap: Floats, within: Floats, *, single: bool
) -> EventAgreement:
    matched, ones, others = np.moveaxis(counts.sum(axis=0), -1, 0)
    precision, recall, f1 = (
        np.divide(top, below, out=np.full(matched.shape, np.nan), where=below > 0)
        for top, below in ((matched, others), (matched, ones), (2 * matched, ones + others))
    )
    events = (ones[:, 0], others[:, 0])
    pairs = overlap[:, 0].astype(np.int64)
    words = [
        _words(*numbers)
        for numbers in zip(events[0].tolist(), events[1].tolist(), pairs.tolist(), strict=True)
    ]
    reason, note = tuple(word[0] for word in words), tuple(word[1] for word in words)
    _, mean_iou, onset_median, onset_mad, offset_median, offset_mad = overlap.T
    report = EventAgreement(
        tolerances_s=tolerances,
        precision=precision,
        recall=recall,
        f1=f1,
        matched=matched,
        first_events=events[0],
        second_events=events[1],
        overlapping=pairs,
        mean_iou=mean_iou,
        onset_median_s=onset_median,
        onset_mad_s=onset_mad,
        onset_within=within[:, 0],
        offset_median_s=offset_median,
        offset_mad_s=offset_mad,
        offset_within=within[:, 1],
        counts=counts,
        reason=reason,
        note=note,
    )
    return _single(report) if single else report


def _single(report: EventAgreement) -> EventAgreement:
    """The report of the only action, without the axis of actions."""
    values = {field.name: getattr(report, field.name) for field in fields(report)}
    for name, value in values.items():
        if name == "counts":
            values[name] = value[:, 0]
        elif name != "tolerances_s":
            values[name] = value[0].item() if isinstance(value[0], np.generic) else value[0]
    return EventAgreement(**values)


def _words(first: int, second: int, overlapping: int) -> tuple[str, str]:
    if not first and not second:
        return "no events: neither rater ever used it", ""
    if not first or not second:
        return "no overlap: one rater has no events", f"rater {1 if not first else 2} has no events"
    return ("" if overlapping else "no overlap: no events share a frame"), ""
