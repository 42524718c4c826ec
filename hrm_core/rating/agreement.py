"""How far judges agree with one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from hrm_core.rating.estimates import Floats, Ints, ResultOptions, by_children, finite, in_children, told
from hrm_core.rating.rating_table import RatingTable
from hrm_core.records.agreement import Estimate
from hrm_core.records.rating_results import JudgeAgreement
from hrm_core.stats.alpha import krippendorff_alpha
from hrm_core.stats.fleiss import fleiss_kappa
from hrm_core.stats.icc import icc

__all__ = ["judge_agreement"]


def judge_agreement(
    table: RatingTable, columns: Sequence[int], label: str, options: ResultOptions
) -> JudgeAgreement:
    """Agreement of some of the judges.

    Parameters
    ----------
    table : RatingTable
        All answers.
    columns : sequence of int
        Which judges; with fewer than two, every estimate says that.
    label : str
        What they are called together.
    options : ResultOptions
        Level, resamples and their seed.

    Notes
    -----
    Fleiss' kappa (Fleiss, 1971; test by Fleiss, Nee & Landis, 1979) and the intraclass
    correlations (Shrout & Fleiss, 1979; McGraw & Wong, 1996) take the clips that all of these
    judges rated; Krippendorff's alpha (2011) with ordinal distances takes every clip that two
    or more rated. The intervals of kappa and of the correlations take clips for independent;
    those "by children" resample whole children with all their clips, 2,000 times as a rule, and
    lie between the quantiles of what comes out.
    """
    scores = table.scores[:, list(columns)]
    answers = (~np.isnan(scores)).sum(axis=1)
    whole = answers == len(columns) if columns else np.zeros(len(scores), dtype=bool)
    agreement = _undefined(table, columns, label)
    agreement = replace(
        agreement,
        clips=int(whole.sum()),
        participants=len(np.unique(table.children[whole])),
        incomplete=int(((answers > 0) & ~whole).sum()),
    )
    if len(columns) < 2:
        return agreement
    if whole.any():
        agreement = _with_kappa(agreement, scores[whole], table.points, options)
        agreement = _with_icc(agreement, scores[whole], options)
        agreement = _with_icc_by_children(agreement, scores[whole], table.children[whole], options)
    return replace(agreement, alpha=_alpha(scores[answers > 1], table.children[answers > 1], options))


def _undefined(table: RatingTable, columns: Sequence[int], label: str) -> JudgeAgreement:
    """Everything that needs clips which all judges rated, where there are none."""
    why = f"no clip that all {len(columns)} judges rated"
    if len(columns) < 2:
        why = "only one judge has rated" if columns else "nobody has rated"
    none = Estimate(None, why=why)
    return JudgeAgreement(
        label=label,
        judges=tuple(table.judges[column].name for column in columns),
        clips=0,
        participants=0,
        incomplete=0,
        kappa=none,
        kappa_z=None,
        kappa_p=None,
        kappa_by_point=(none,) * table.points,
        icc_single=none,
        icc_average=none,
        f=None,
        df1=None,
        df2=None,
        p=None,
        icc_single_children=none,
        icc_average_children=none,
        icc_absolute=none,
        icc_absolute_average=none,
        alpha=none,
    )


def _with_kappa(
    agreement: JudgeAgreement, scores: Floats, points: int, options: ResultOptions
) -> JudgeAgreement:
    found = fleiss_kappa(scores, level=options.level, categories=range(1, points + 1))
    counts = [int((scores == point).sum()) for point in range(1, points + 1)]
    by_point = []
    for point, times in enumerate(counts, start=1):
        value = finite(found.per_category[point].kappa)
        why = (
            "nobody gave this answer to a complete clip"
            if not times
            else "every answer to a complete clip is this one"
        )
        by_point.append(Estimate(value) if value is not None else Estimate(None, why=why))
    return replace(
        agreement,
        kappa=told(found, agreement.judges),
        kappa_z=finite(found.z),
        kappa_p=finite(found.p),
        kappa_by_point=tuple(by_point),
    )


def _with_icc(agreement: JudgeAgreement, scores: Floats, options: ResultOptions) -> JudgeAgreement:
    single, average, absolute, absolute_average = (
        icc(scores, form, options.level) for form in ("3,1", "3,k", "2,1", "2,k")
    )
    estimates = [told(found, agreement.judges) for found in (single, average, absolute, absolute_average)]
    if np.isposinf(single.f):
        estimates[0] = replace(estimates[0], note="the judges differ by constants only, so F is infinite")
    return replace(
        agreement,
        icc_single=estimates[0],
        icc_average=estimates[1],
        icc_absolute=estimates[2],
        icc_absolute_average=estimates[3],
        f=finite(single.f),
        df1=finite(single.df1),
        df2=finite(single.df2),
        p=finite(single.p),
    )


def _with_icc_by_children(
    agreement: JudgeAgreement, scores: Floats, children: Ints, options: ResultOptions
) -> JudgeAgreement:
    clips, judges = scores.shape
    # Whole numbers near 0: all sums below are exact.
    moved = scores - np.rint(scores.mean())
    total = moved.sum(axis=1)
    sums = np.column_stack([np.ones(clips), moved, (moved**2).sum(axis=1), total**2])
    estimates = [
        by_children(
            sums,
            partial(_consistency_of_sums, judges=judges, of_mean=mean),
            children,
            options,
            plain.why or "it is not defined for these answers",
        )
        for mean, plain in ((False, agreement.icc_single), (True, agreement.icc_average))
    ]
    return replace(agreement, icc_single_children=estimates[0], icc_average_children=estimates[1])


def _consistency_of_sums(sums: Floats, *, judges: int, of_mean: bool) -> Floats:
    """ICC(3,1) or ICC(3,k) from sums over clips that add up over children.

    ``sums`` holds n, each judge's Σx, Σx² of all answers, and Σ(row total)². The sums of squares
    of the two-way table are taken n k times, which keeps them whole numbers:
    ``n k SSR = n R - T²`` and ``n k SSE = n k Q - n R - k ΣS² + T²``.
    """
    n, by_judge, squares, rows = sums[..., 0], sums[..., 1:-2], sums[..., -2], sums[..., -1]
    total = by_judge.sum(axis=-1)
    between = n * rows - total**2
    residual = n * judges * squares - n * rows - judges * (by_judge**2).sum(axis=-1) + total**2
    of_targets = between / (n - 1)
    of_rest = residual / ((n - 1) * (judges - 1))
    below = of_targets if of_mean else of_targets + (judges - 1) * of_rest
    value: Floats = (of_targets - of_rest) / below
    return value


def _alpha(scores: Floats, children: Ints, options: ResultOptions) -> Estimate:
    if not len(scores):
        return Estimate(None, why="no clip that two judges rated")
    found = krippendorff_alpha(
        scores,
        "ordinal",
        clusters=children,
        replicates=options.replicates,
        seed=options.seed,
        level=options.level,
    )
    if not np.isfinite(found.value):
        return told(found, ())
    note = str(found.note)
    return in_children(Estimate(float(found.value), finite(found.low), finite(found.high), note=note))
