"""Agreement on whether an action is present, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import AgreementOptions, Estimate
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.reliability.estimates import Labels, finite, intervals, why_undefined
from hrm_core.reliability.pairing import Paired
from hrm_core.stats import two_by_two
from hrm_core.stats.bootstrap import cluster_sums
from hrm_core.stats.icc import icc
from hrm_core.stats.two_by_two import Counts

__all__ = [
    "ByFrame",
    "ClassicalICC",
    "alpha_of_counts",
    "by_frame",
    "by_participant",
    "classical",
    "effective_frames",
    "segment_counts",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# One block of ratings as float64; the statistics need a few times that.
_BLOCK_BYTES = 32 * 2**20


def alpha_of_counts(counts: Counts) -> Floats:
    """Krippendorff's alpha for presence and absence by two sources, from the four counts.

    Parameters
    ----------
    counts : Counts
        Of any shape.

    Returns
    -------
    ndarray of float64
        NaN where nothing varied.

    Notes
    -----
    With complete data of two raters the coincidence matrix holds ``b + c`` on either side
    of its diagonal, so that ``alpha = 1 - (2n - 1)(b + c) / (n1 n0)``, where ``n1 = 2a + b + c``
    and ``n0 = 2d + b + c``: what the krippendorff library gives, without its pass over the frames.
    """
    a, b, c, d = (np.asarray(cell, dtype=np.float64) for cell in (
        counts.both, counts.first_only, counts.second_only, counts.neither
    ))  # fmt: skip
    expected = (2 * a + b + c) * (2 * d + b + c)
    apart = (2 * (a + b + c + d) - 1) * (b + c)
    ratio = np.full(expected.shape, np.nan)
    np.divide(apart, expected, out=ratio, where=expected > 0)
    return 1.0 - ratio


_COEFFICIENTS: Mapping[str, Callable[[Counts], Floats]] = {
    "icc": two_by_two.icc_of_counts,
    "kappa": two_by_two.kappa_of_counts,
    "ac1": two_by_two.ac1_of_counts,
    "pabak": two_by_two.pabak,
    "alpha": alpha_of_counts,
    "percent": two_by_two.percent_agreement,
    "positive": two_by_two.positive_agreement,
    "negative": two_by_two.negative_agreement,
    "precision": two_by_two.precision,
    "recall": two_by_two.recall,
    "f1": two_by_two.f1,
    "mcc": two_by_two.mcc,
    "bias": two_by_two.bias_index,
}
# These are 1 where nobody ever used the action, and 0 where one source alone never did.
_ONE_BY_DEFINITION = frozenset({"ac1", "pabak", "percent", "negative"})
_ZERO_BY_DEFINITION = frozenset({"icc", "kappa"})


@dataclass(frozen=True, slots=True, eq=False)
class ByFrame:
    """Counts and coefficients of some actions.

    Attributes
    ----------
    counts : ndarray of int64, shape (n_actions, 4)
        Frames in which both, only the first, only the second, and neither used it.
    coefficients : mapping of str to sequence of Estimate
        By field of ``ActionAgreement``: an estimate for each action, with an interval by
        resampling participants; ``kappa_max`` has none.
    icc_segments : sequence of Estimate
        ICC(3,1) with an interval by resampling segments.
    """

    counts: Integers
    coefficients: Mapping[str, Sequence[Estimate]]
    icc_segments: Sequence[Estimate]


@dataclass(frozen=True, slots=True)
class ClassicalICC:
    """ICC of one action as if frames were independent.

    Attributes
    ----------
    consistency, agreement : Estimate
        ICC(3,1) and ICC(2,1).
    f, df1, df2, p : float or None
        The test of ICC(3,1).
    """

    consistency: Estimate
    agreement: Estimate
    f: float | None
    df1: float | None
    df2: float | None
    p: float | None


def segment_counts(paired: Paired, actions: Sequence[str]) -> Integers:
    """Frames of each segment by which source used an action.

    Parameters
    ----------
    paired : Paired
        The common frames.
    actions : sequence of str
        Keys.

    Returns
    -------
    ndarray of int64, shape (n_segments, n_actions, 4)
        Frames in which both, only the first, only the second, and neither used it; all 0
        in recordings where one of them cannot judge it.
    """
    columns = [COLUMN_OF[key] for key in actions]
    if not len(paired) or not columns:
        return np.zeros((paired.segments, len(columns), 4), dtype=np.int64)
    starts = np.searchsorted(paired.segment, np.arange(paired.segments))
    first, second = paired.first[:, columns] > 0, paired.second[:, columns] > 0
    both, one, other = (
        np.add.reduceat(used, starts, axis=0, dtype=np.int64) for used in (first & second, first, second)
    )
    frames = np.diff(starts, append=len(paired))[:, None]
    counts = np.stack([both, one - both, other - both, frames - one - other + both], axis=-1)
    judged = paired.judged[paired.recording[starts]][:, columns]
    return counts * judged[:, :, None]


def by_participant(paired: Paired, of_segments: NDArray[np.int64]) -> Integers:
    """Sums of segments by participant.

    Parameters
    ----------
    paired : Paired
        The common frames.
    of_segments : ndarray of int64, shape (n_segments, ...)
        What adds up.

    Returns
    -------
    ndarray of int64, shape (n_participants, ...)
    """
    starts = np.searchsorted(paired.segment, np.arange(paired.segments))
    return cluster_sums(of_segments, paired.participant[starts]).astype(np.int64)


def by_frame(paired: Paired, actions: Sequence[str], labels: Labels, options: AgreementOptions) -> ByFrame:
    """Counts and all coefficients that follow from them.

    Parameters
    ----------
    paired : Paired
        The common frames, at least one.
    actions : sequence of str
        Keys.
    labels : (str, str)
        What the sources are called.
    options : AgreementOptions
        Replicates (0: no intervals), seed and level.

    Returns
    -------
    ByFrame
        Where a coefficient is 0/0 it has a reason instead of a value.  Where it is 0 or 1
        only because a source never used the action, its note says so.
    """
    segments = segment_counts(paired, actions)
    participants = by_participant(paired, segments)
    counts = participants.sum(axis=0)
    names = list(_COEFFICIENTS)

    def all_of(sums: Floats) -> Floats:
        table = Counts.unstack(sums)
        return np.stack([coefficient(table) for coefficient in _COEFFICIENTS.values()], axis=-1)

    def why(place: tuple[int, ...]) -> str:
        return _why(names[place[1]], counts[place[0]].tolist(), labels)

    table = intervals(participants, all_of, options, why)
    clustered = intervals(
        segments,
        lambda sums: two_by_two.icc_of_counts(Counts.unstack(sums)),
        options,
        lambda place: _why("icc", counts[place[0]].tolist(), labels),
        unit="segment",
    )
    coefficients = {
        name: [
            _noted(estimate, name, cells, labels)
            for estimate, cells in zip(table[:, column], counts.tolist(), strict=True)
        ]
        for column, name in enumerate(names)
    }
    # What the numbers of frames allow is a bound, not an estimate: it has no interval.
    coefficients["kappa_max"] = [
        Estimate(None, why=why_undefined(cells, labels)) if bound is None else Estimate(bound)
        for bound, cells in zip(
            map(finite, two_by_two.max_kappa(Counts.unstack(counts))), counts.tolist(), strict=True
        )
    ]
    icc_segments = [
        _noted(estimate, "icc", cells, labels)
        for estimate, cells in zip(clustered, counts.tolist(), strict=True)
    ]
    return ByFrame(counts, coefficients, icc_segments)


def classical(
    paired: Paired, actions: Sequence[str], counts: Integers, labels: Labels, level: float
) -> list[ClassicalICC]:
    """ICC(3,1) and ICC(2,1) with their classical intervals, a block of actions at a time.

    Parameters
    ----------
    paired : Paired
        The common frames, at least one.
    actions : sequence of str
        Keys.
    counts : ndarray of int64, shape (n_actions, 4)
        Of each action; see :class:`ByFrame`.
    labels : (str, str)
        What the sources are called.
    level : float
        Of the intervals.

    Returns
    -------
    list of ClassicalICC
        One for each action.
    """
    block = max(1, _BLOCK_BYTES // (16 * len(paired)))
    found: list[ClassicalICC] = []
    for start in range(0, len(actions), block):
        keys = list(actions[start : start + block])
        columns = [COLUMN_OF[key] for key in keys]
        ratings = np.empty((len(keys), len(paired), 2))
        ratings[:, :, 0] = (paired.first[:, columns] > 0).T
        ratings[:, :, 1] = (paired.second[:, columns] > 0).T
        # NaN is what the formula leaves out frame by frame.
        for place, key in enumerate(keys):
            judged = paired.judged[:, COLUMN_OF[key]]
            if not judged.all():
                ratings[place, ~judged[paired.recording]] = np.nan
        consistent, agreeing = icc(ratings, "3,1", level), icc(ratings, "2,1", level)
        for place in range(len(keys)):
            cells = counts[start + place].tolist()
            test = [
                finite(np.asarray(field)[place])
                for field in (consistent.f, consistent.df1, consistent.df2, consistent.p)
            ]
            estimates = [
                _classical((result.value, result.low, result.high), place, cells, labels)
                for result in (consistent, agreeing)
            ]
            if np.isinf(np.asarray(consistent.f)[place]):
                estimates[0] = replace(estimates[0], note="F is infinite: they agree throughout")
            found.append(ClassicalICC(estimates[0], estimates[1], *test))
    return found


def effective_frames(paired: Paired, actions: Sequence[str]) -> list[float | None]:
    """How many independent frames would tell as much of the share of frames that agree on each action.

    The series is 1 where both say the same of the action and 0 where not.

    Parameters
    ----------
    paired : Paired
        The common frames.
    actions : sequence of str
        Keys.

    Returns
    -------
    list of float or None
        None where agreement never changes.
    """
    from hrm_core.stats.effective_size import effective_size

    found = []
    for key in actions:
        rows, column = paired.rows_of(key), COLUMN_OF[key]
        agree = (paired.first[rows, column] > 0) == (paired.second[rows, column] > 0)
        found.append(finite(float(effective_size(agree, paired.run[rows]).value)) if len(agree) else None)
    return found


def _classical(
    result: tuple[float | Floats, ...], place: int, cells: Sequence[int], labels: Labels
) -> Estimate:
    value, low, high = (finite(np.asarray(numbers)[place]) for numbers in result)
    if value is None:
        return Estimate(None, why=_why("icc", cells, labels))
    return _noted(Estimate(value, low, high), "icc", cells, labels)


def _why(name: str, cells: Sequence[int], labels: Labels) -> str:
    both, first_only, second_only, _ = cells
    if name == "precision" and first_only and not both + second_only:
        return f"{labels[1]} never used it"
    if name == "recall" and second_only and not both + first_only:
        return f"{labels[0]} never used it"
    return why_undefined(cells, labels)


def _noted(estimate: Estimate, name: str, cells: Sequence[int], labels: Labels) -> Estimate:
    if estimate.value is None:
        return estimate
    both, first_only, second_only, _ = cells
    used = (both + first_only, both + second_only)
    note = ""
    if name in _ONE_BY_DEFINITION and not any(used):
        note = "1 by definition: neither ever used it"
    elif name in _ZERO_BY_DEFINITION and any(times in (0, sum(cells)) for times in used):
        note = f"0 by definition: {why_undefined(cells, labels)}"
    return replace(estimate, note="; ".join(filter(None, (note, estimate.note)))) if note else estimate
