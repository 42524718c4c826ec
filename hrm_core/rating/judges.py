"""What is said of each judge: severity, spread, drift, test and retest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.rating.estimates import (
    Floats,
    Ints,
    ResultOptions,
    by_children,
    mean_of_sums,
    pearson_of_sums,
    slope_of_sums,
    told,
)
from hrm_core.rating.rating_table import RatingTable
from hrm_core.records.agreement import Estimate
from hrm_core.records.rating_results import (
    FEWEST_FOR_DRIFT,
    FEWEST_TWICE,
    FEWEST_TWICE_FOR_COEFFICIENTS,
    JudgeResult,
    Retest,
)
from hrm_core.records.words import counted
from hrm_core.stats.icc import icc
from hrm_core.stats.kappa import cohen_kappa

__all__ = ["judge_result"]

_PER_TRIALS = 100.0
_TWICE = ("the first answer", "the second answer")


def judge_result(table: RatingTable, column: int, options: ResultOptions) -> JudgeResult:
    """Everything about one judge.

    Parameters
    ----------
    table : RatingTable
        All answers.
    column : int
        Which judge.
    options : ResultOptions
        Level, resamples and their seed.

    Notes
    -----
    The judge is compared with the mean of the other judges on the same clip, on clips that at
    least one other judge rated: the "leave one out" of rater statistics.  Where the others have
    not all rated a clip, the mean is that of those who have.

    There is no order effect with fewer than 30 rated trials, no share or change of repeated clips
    with fewer than 5 of them, and no kappa or ICC of them with fewer than 10: each says so.
    """
    who = table.judges[column]
    own = table.scores[:, column]
    answered = ~np.isnan(own)
    given = own[answered]
    times = table.response_s[answered, column]
    times = times[~np.isnan(times)]
    return JudgeResult(
        name=who.name,
        blind=who.blind,
        why_not_blind=who.why_not_blind,
        planned=who.planned,
        rated=len(given),
        mean=float(given.mean()) if len(given) else None,
        sd=float(given.std(ddof=1)) if len(given) > 1 else None,
        counts=tuple(int((given == point).sum()) for point in range(1, table.points + 1)),
        **_beside_others(table, column, options),
        retest=_retest(table, column, options),
        attention_right=who.attention_right,
        attention_asked=who.attention_asked,
        response_s=_quartiles(times),
        replays=int(table.replays[answered, column].sum()),
        taken_back=who.taken_back,
        begun_again=who.begun_again,
        via=who.via,
    )


def _quartiles(seconds: Floats) -> tuple[float, float, float] | None:
    if not len(seconds):
        return None
    low, middle, high = np.quantile(seconds, (0.25, 0.5, 0.75)).tolist()
    return low, middle, high


def _beside_others(table: RatingTable, column: int, options: ResultOptions) -> dict[str, Estimate]:
    """Severity, spread, correlation and order effect."""
    names = ("severity", "spread", "correlation", "order_effect")
    others = np.delete(table.scores, column, axis=1)
    known = ~np.isnan(others)
    common = table.given[:, column] & known.any(axis=1)
    if not table.given[:, column].any():
        return dict.fromkeys(names, Estimate(None, why="the judge has rated nothing"))
    if not common.any():
        return dict.fromkeys(names, Estimate(None, why="no clip that another judge rated, too"))
    others, known, children = others[common], known[common], table.children[common]
    own = table.scores[common, column]
    mean = np.where(known, others, 0.0).sum(axis=1) / known.sum(axis=1)
    ones = np.ones(len(own))
    # Around the middle of the scale no digits are lost in sums of squares.
    middle = (table.points + 1) / 2
    a, b = own - middle, mean - middle
    return {
        "severity": by_children(
            np.column_stack([ones, own - mean]), mean_of_sums, children, options, "no answers"
        ),
        "spread": _spread(a, np.where(known, others - middle, 0.0), known, children, options),
        "correlation": by_children(
            np.column_stack([ones, a, b, a * a, b * b, a * b]),
            pearson_of_sums,
            children,
            options,
            _why_no_correlation(own, mean),
        ),
        "order_effect": _order_effect(own - mean, table.positions[common, column], children, options),
    }


def _why_no_correlation(own: Floats, mean: Floats) -> str:
    if len(own) < 2:
        return "only one clip that another judge rated, too"
    return "the judge gave one answer only" if np.ptp(own) == 0 else "the others' mean never varies"


def _spread(
    own: Floats, others: Floats, known: NDArray[np.bool_], children: Ints, options: ResultOptions
) -> Estimate:
    """Own standard deviation over the mean of the others' ones, each on the clips that both rated."""
    ones = np.ones(len(own))
    columns = [ones, own, own * own]
    for judge in range(others.shape[1]):
        columns += [known[:, judge] * ones, others[:, judge], others[:, judge] ** 2]
    why = "fewer than two clips that another judge rated, too" if len(own) < 2 else "no other judge varied"
    return by_children(np.column_stack(columns), _spread_of_sums, children, options, why)


def _spread_of_sums(sums: Floats) -> Floats:
    by_judge = sums.reshape(*sums.shape[:-1], -1, 3)
    n, x, xx = np.moveaxis(by_judge, -1, 0)
    enough = n > 1
    squares = np.maximum(n * xx - x * x, 0.0)
    deviations = np.sqrt(np.where(enough, squares / np.where(enough, n * (n - 1), 1.0), 0.0))
    others = deviations[..., 1:].sum(axis=-1) / enough[..., 1:].sum(axis=-1)
    value: Floats = np.where(enough[..., 0], deviations[..., 0], np.nan) / np.where(
        others > 0, others, np.nan
    )
    return value


def _order_effect(apart: Floats, positions: Floats, children: Ints, options: ResultOptions) -> Estimate:
    """Least-squares slope of own minus others' mean on the place in the own order.

    What all judges' standards share in drifting cannot be seen: clips stand at different places
    of different judges' orders, so that the others' drift averages out, but does not vanish
    where the order is the same for all.
    """
    known = ~np.isnan(positions)
    if not known.any():
        return Estimate(None, why="in which order the clips were rated is not known")
    if known.sum() < FEWEST_FOR_DRIFT:
        trials = counted(int(known.sum()), "trial")
        return Estimate(None, why=f"only {trials} to compare: fewer than {FEWEST_FOR_DRIFT}")
    x = positions[known] / _PER_TRIALS
    span = np.ptp(positions[known])
    # Around their mean, no digits are lost in sums of squares.
    x, y = x - x.mean(), apart[known]
    sums = np.column_stack([np.ones(len(x)), x, y, x * x, x * y])
    effect = by_children(sums, slope_of_sums, children[known], options, "all were at the same place")
    if effect.value is None or span >= _PER_TRIALS:
        return effect
    far = f"per {_PER_TRIALS:.0f} trials, from {span + 1:.0f} only"
    return replace(effect, note="; ".join(filter(None, (far, effect.note))))


def _retest(table: RatingTable, column: int, options: ResultOptions) -> Retest:
    """First and second answer of one judge on the same clips.

    Kappa is Cohen's with quadratic weights (1968), the intraclass correlation is ICC(2,1), for
    which a changed standard counts; their intervals take clips for independent.
    """
    entries = [entry for entry in table.repeats if entry.judge == column]
    if len(entries) < FEWEST_TWICE:
        none = _too_few(len(entries), FEWEST_TWICE)
        return Retest(len(entries), none, none, none, none, none)
    pairs = np.array([(entry.first, entry.second) for entry in entries], dtype=np.float64)
    children = table.children[[entry.clip for entry in entries]]
    apart = pairs[:, 1] - pairs[:, 0]
    ones = np.ones(len(pairs))

    def mean(values: Floats) -> Estimate:
        return by_children(
            np.column_stack([ones, values]), mean_of_sums, children, options, "no clip was rated twice"
        )

    kappa = agreement = _too_few(len(pairs), FEWEST_TWICE_FOR_COEFFICIENTS)
    if len(pairs) >= FEWEST_TWICE_FOR_COEFFICIENTS:
        points = range(1, table.points + 1)
        kappa = told(cohen_kappa(pairs, weights="quadratic", level=options.level, categories=points), _TWICE)
        agreement = told(icc(pairs, "2,1", options.level), _TWICE)
    return Retest(
        clips=len(pairs),
        same=mean((apart == 0).astype(np.float64)),
        within_one=mean((np.abs(apart) <= 1).astype(np.float64)),
        kappa=kappa,
        icc=agreement,
        change=mean(apart),
    )


def _too_few(clips: int, fewest: int) -> Estimate:
    if not clips:
        return Estimate(None, why="no clip was rated twice")
    return Estimate(None, why=f"only {counted(clips, 'clip')} rated twice: fewer than {fewest}")
