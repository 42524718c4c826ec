"""Whether agreement holds over time, and whether frame numbers do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import AgreementOptions, DriftPoint, Shift
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.reliability.estimates import Labels, intervals, why_undefined
from hrm_core.reliability.pairing import Paired
from hrm_core.stats.bootstrap import cluster_sums
from hrm_core.stats.shift import lag_scan
from hrm_core.stats.two_by_two import Counts, kappa_of_counts, positive_agreement

__all__ = ["LEAST_GAIN", "drift", "shifts"]

Floats = NDArray[np.float64]

LEAST_GAIN = 0.05
"""By so much kappa must rise when one coding is moved, for the move to be told."""

_UNKNOWN_MONTH = "month not known"


def drift(
    paired: Paired, actions: Sequence[str], labels: Labels, options: AgreementOptions
) -> tuple[DriftPoint, ...]:
    """Agreement over all actions, month by month or recording by recording.

    Parameters
    ----------
    paired : Paired
        The common frames.
    actions : sequence of str
        Keys.
    labels : (str, str)
        What the sources are called.
    options : AgreementOptions
        `by_month`, and the bootstrap.

    Returns
    -------
    tuple of DriftPoint
        By month of the later of the two codings, frames of unknown date last; or by recording,
        also where no date is known at all.  Intervals are by resampling segments, for a month
        has few participants.
    """
    cells = _decisions(paired, actions)
    points = []
    for label, rows in _times(paired, options.by_month):
        sums = cluster_sums(cells[rows], paired.segment[rows]).astype(np.int64)
        why = why_undefined(sums.sum(axis=0).tolist(), labels, "decision")
        kappa, positive = intervals(sums, _kappa_and_positive, options, partial(_said, why), unit="segment")
        points.append(DriftPoint(label, len(rows), kappa, positive))
    return tuple(points)


def shifts(paired: Paired, actions: Sequence[str], options: AgreementOptions) -> tuple[Shift, ...]:
    """Recordings in which the codings agree clearly better when one is moved by some frames.

    Parameters
    ----------
    paired : Paired
        The common frames.
    actions : sequence of str
        Keys.
    options : AgreementOptions
        The widest shift, and how few events are too few.

    Returns
    -------
    tuple of Shift
        Where kappa over all actions rises by at least :data:`LEAST_GAIN` and both sources have at
        least ``rare_events`` stretches of presence: less can be chance.
    """
    bounds = np.searchsorted(paired.recording, np.arange(len(paired.parts) + 1))
    found = []
    for number, part in enumerate(paired.parts):
        here = slice(bounds[number], bounds[number + 1])
        columns = [COLUMN_OF[key] for key in actions if paired.judged[number, COLUMN_OF[key]]]
        first, second = (codes[here, columns].T > 0 for codes in (paired.first, paired.second))
        if not columns or min(_onsets(first), _onsets(second)) < options.rare_events:
            continue
        scan = lag_scan(first, second, paired.run[here], options.widest_shift)
        kappa = float(scan.overall[options.widest_shift])
        moved = float(scan.overall[options.widest_shift + scan.overall_best])
        if scan.overall_best and moved - kappa >= LEAST_GAIN:
            found.append(Shift(part.participant, part.video, int(scan.overall_best), kappa, moved))
    return tuple(found)


def _decisions(paired: Paired, actions: Sequence[str]) -> NDArray[np.int64]:
    """Of each frame, how many actions both, only the first, only the second, and neither used."""
    columns = [COLUMN_OF[key] for key in actions]
    judged = paired.judged[:, columns][paired.recording]
    first, second = (paired.first[:, columns] > 0) & judged, (paired.second[:, columns] > 0) & judged
    both = (first & second).sum(axis=1)
    one, other = first.sum(axis=1), second.sum(axis=1)
    return np.stack([both, one - both, other - both, judged.sum(axis=1) - one - other + both], axis=1)


def _times(paired: Paired, by_month: bool) -> Iterator[tuple[str, NDArray[np.int64]]]:
    known = ~np.isnat(paired.coded_at)
    if not by_month or not known.any():
        for number, part in enumerate(paired.parts):
            yield f"{part.participant} {part.video}", np.flatnonzero(paired.recording == number)
        return
    months = paired.coded_at.astype("datetime64[M]")
    for month in np.unique(months[known]):
        yield str(month), np.flatnonzero(months == month)
    if not known.all():
        yield _UNKNOWN_MONTH, np.flatnonzero(~known)


def _kappa_and_positive(sums: Floats) -> Floats:
    table = Counts.unstack(sums)
    return np.stack([kappa_of_counts(table), positive_agreement(table)], axis=-1)


def _onsets(present: NDArray[np.bool_]) -> int:
    return int((present[:, 1:] & ~present[:, :-1]).sum() + present[:, 0].sum())


def _said(why: str, _: tuple[int, ...]) -> str:
    return why
