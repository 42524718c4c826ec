"""Agreement on events: whether both saw the same smile, though not from the same frame on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import AgreementOptions, Estimate, EventAgreement
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.reliability.estimates import Labels, finite, intervals
from hrm_core.reliability.pairing import Paired
from hrm_core.stats.bootstrap import cluster_sums
from hrm_core.stats.event_agreement import event_agreement

__all__ = ["ByEvent", "by_event"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ByEvent:
    """Events of one action.

    Attributes
    ----------
    first_events, second_events : int
        Events of each source.
    at : tuple of EventAgreement
        Agreement at each tolerance.
    overlap : Estimate
        Mean intersection over union of the events that belong together; no interval.
    """

    first_events: int
    second_events: int
    at: tuple[EventAgreement, ...]
    overlap: Estimate


def by_event(
    paired: Paired, actions: Sequence[str], labels: Labels, options: AgreementOptions
) -> list[ByEvent]:
    """Agreement on the events of each action.

    Parameters
    ----------
    paired : Paired
        The common frames, at least one.
    actions : sequence of str
        Keys.
    labels : (str, str)
        What the sources are called.
    options : AgreementOptions
        Tolerances, what is an event, and the bootstrap.

    Returns
    -------
    list of ByEvent
        One for each action; precision, recall and F1 with intervals by resampling
        participants.

    Notes
    -----
    An event ends where the frames do not follow one another: nobody knows what lies between.
    """
    participants = len(paired.participants)
    counts = np.zeros((participants, len(actions), len(options.tolerances_s), 3), dtype=np.int64)
    overlaps = []
    starts = np.flatnonzero(np.diff(paired.run, prepend=-1))
    for place, key in enumerate(actions):
        rows, column = paired.rows_of(key), COLUMN_OF[key]
        runs = paired.run[rows]
        found = event_agreement(
            paired.first[rows, column] > 0,
            paired.second[rows, column] > 0,
            runs,
            paired.times_s[rows],
            options.gap_frames,
            options.shortest_frames,
            options.tolerances_s,
        )
        owner = paired.participant[starts[np.unique(runs)]]
        counts[np.unique(owner), place] = cluster_sums(found.counts, owner)
        overlaps.append((int(found.overlapping), float(found.mean_iou)))
    return _told(counts, overlaps, labels, options)


def _told(
    counts: NDArray[np.int64],
    overlaps: Sequence[tuple[int, float]],
    labels: Labels,
    options: AgreementOptions,
) -> list[ByEvent]:
    totals = counts.sum(axis=0)

    def why(place: tuple[int, ...]) -> str:
        _, first, second = totals[place[:2]].tolist()
        return _why(first, second, labels)

    estimates = intervals(counts, _shares, options, why)
    found = []
    for place, (overlapping, mean_iou) in enumerate(overlaps):
        first, second = totals[place, 0, 1:].tolist()
        missing = _why(first, second, labels) or "no two events share a frame"
        overlap = finite(mean_iou)
        found.append(
            ByEvent(
                first,
                second,
                tuple(
                    EventAgreement(tolerance, int(totals[place, column, 0]), *estimates[place, column])
                    for column, tolerance in enumerate(options.tolerances_s)
                ),
                Estimate(overlap, note=f"over {overlapping} pairs of events")
                if overlap is not None
                else Estimate(None, why=missing),
            )
        )
    return found


def _shares(sums: Floats) -> Floats:
    """Precision, recall and F1 of matches, events of the first, and of the second."""
    matched, first, second = (sums[..., column] for column in range(3))
    shares = np.full((*matched.shape, 3), np.nan)
    for column, (part, whole) in enumerate(
        ((matched, second), (matched, first), (2 * matched, first + second))
    ):
        np.divide(part, whole, out=shares[..., column], where=whole > 0)
    return shares


def _why(first: int, second: int, labels: Labels) -> str:
    if not first and not second:
        return "neither has an event"
    without = [label for label, events in zip(labels, (first, second), strict=True) if not events]
    return f"{without[0]} has no event" if without else ""
