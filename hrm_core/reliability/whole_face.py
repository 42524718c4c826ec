"""Agreement on the face as a whole: its set of actions, and whether it can be coded at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import AgreementOptions, Estimate
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.reliability.estimates import Labels, intervals
from hrm_core.reliability.pairing import Paired
from hrm_core.stats.bootstrap import cluster_sums
from hrm_core.stats.facs_agreement import facs_agreement
from hrm_core.stats.two_by_two import Counts, kappa_of_counts

__all__ = ["facs_indices", "visibility"]

Floats = NDArray[np.float64]


def facs_indices(
    paired: Paired, actions: Sequence[str], options: AgreementOptions
) -> tuple[Estimate, Estimate, int]:
    """FACS agreement index over frames, pooled and as a mean.

    Parameters
    ----------
    paired : Paired
        The common frames, at least one.
    actions : sequence of str
        Keys; in a recording, those that both can judge there.
    options : AgreementOptions
        Of the bootstrap over participants.

    Returns
    -------
    pooled, mean : Estimate
        ``2 |A and B| / (|A| + |B|)`` of all frames together, and the mean of the frames that
        have one.
    undefined : int
        Frames in which neither scored anything; they are in neither.
    """
    columns = [COLUMN_OF[key] for key in actions]
    judged = paired.judged[:, columns][paired.recording]
    first, second = ((codes[:, columns] > 0) & judged for codes in (paired.first, paired.second))
    found = facs_agreement(first, second)
    defined = ~np.isnan(found.per_event)
    table = np.stack(
        [
            2.0 * (first & second).sum(axis=1),
            first.sum(axis=1) + second.sum(axis=1),
            np.nan_to_num(found.per_event),
            defined,
        ],
        axis=1,
    )
    pooled, mean = intervals(
        cluster_sums(table, paired.participant),
        _pooled_and_mean,
        options,
        lambda _: f"neither scored anything in {len(paired):,} frames",
    )
    return pooled, mean, found.undefined_events


def visibility(paired: Paired, labels: Labels, options: AgreementOptions) -> Estimate:
    """Kappa of the call "not codable" over all frames that both looked at.

    Parameters
    ----------
    paired : Paired
        With the counts by participant.
    labels : (str, str)
        What the sources are called.
    options : AgreementOptions
        Of the bootstrap over participants.
    """
    both, first_only, second_only, neither = paired.visibility.sum(axis=0).tolist()
    frames = both + first_only + second_only + neither
    why = (
        f"both called all {frames:,} frames that they looked at not codable"
        if both
        else f"neither called any of {frames:,} frames not codable"
    )
    found = intervals(
        paired.visibility, lambda sums: kappa_of_counts(Counts.unstack(sums)), options, lambda _: why
    )
    estimate: Estimate = found.item()
    never = [
        label
        for label, calls in zip(labels, (both + first_only, both + second_only), strict=True)
        if not calls
    ]
    if estimate.value is None or not never:
        return estimate
    note = f"0 by definition: {never[0]} called no frame not codable"
    return Estimate(
        estimate.value, estimate.low, estimate.high, note="; ".join(filter(None, (note, estimate.note)))
    )


def _pooled_and_mean(sums: Floats) -> Floats:
    shares = np.full((*sums.shape[:-1], 2), np.nan)
    for column, (part, whole) in enumerate(((0, 1), (2, 3))):
        np.divide(sums[..., part], sums[..., whole], out=shares[..., column], where=sums[..., whole] > 0)
    return shares
