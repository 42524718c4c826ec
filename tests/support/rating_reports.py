"""Synthetic results of rating sessions: answers drawn by chance, coefficients of the right shape."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from hrm_core.records.agreement import Estimate
from hrm_core.records.rating_plan import ATYPICALITY_POINTS, OrderKind, Presentation, ScalePoint
from hrm_core.records.rating_results import (
    BlindComparison,
    ClipRating,
    JudgeAgreement,
    JudgeResult,
    RatingResults,
    Retest,
)

MADE_ON = datetime(2026, 8, 1, 12, 30, tzinfo=UTC)
NAMES = ("Ana", "Bo", "Chen", "Dora", "Emil")
EXPERT = "FACS expert who coded the children"
ONE_CHILD = "no interval: the clips are of one child"
NOT_REPEATED = "no clip was rated twice"
NOBODY_ELSE = "nobody else rated these clips"
UNBLINDED = (
    "30 July 2026, 09:00 UTC: Ida Coordinator lifted the blinding of Dora after 12 of the judge's 20 answers "
    "(recognised a child)."
)
JOINED = "30 July 2026, 09:05 UTC: Ida Coordinator joined answers to children, for label files (paper)."
NONE = Estimate(None, why=NOBODY_ELSE)


def some_results(
    *,
    names: Sequence[str] = NAMES,
    not_blind: int = 2,
    clips: int = 60,
    scale: Sequence[ScalePoint] = ATYPICALITY_POINTS,
    question: str = Presentation().question,
    planned: bool = True,
    study: str = "Synthetic study",
    made_on: datetime | None = MADE_ON,
    seed: int = 0,
) -> RatingResults:
    """As of a session in which most judges are blind and one answer in fifty is missing."""
    rng = np.random.default_rng(seed)
    points = len(scale)
    scores = _scores(rng, clips, len(names), points)
    blind = [place < len(names) - not_blind for place in range(len(names))]
    sure = clips > 1 and len(names) > 1
    groups = _groups(names, blind)
    return RatingResults(
        study=study,
        session="Session 1" if planned else "Synthetic ratings",
        synthetic=True,
        presentation=Presentation(
            question=question, scale=tuple(scale), max_replays=1, least_watch_s=2.0, break_every=50
        ),
        points=points,
        order=OrderKind.RANDOM if planned else None,
        seed=7 if planned else None,
        judges=tuple(
            _judge(rng, name, knows_nothing, scores[:, place], points, float(np.nanmean(scores)), planned)
            for place, (name, knows_nothing) in enumerate(zip(names, blind, strict=True))
        ),
        agreements=tuple(_agreement(rng, label, some, clips, points) for label, some in groups)
        if sure
        else (),
        clips=tuple(_clip(number, row, blind) for number, row in enumerate(scores, 1)),
        participants=12,
        blind_comparison=_comparison(names, blind, clips) if len(groups) > 1 else None,
        unblinded=(UNBLINDED,) if planned and not_blind else (),
        warnings=("Chen has not finished: 3 clips are not rated.",) if planned else (),
        joined=(JOINED,) if planned and not_blind else (),
        practice=3 if planned else None,
        repeats=8 if planned else None,
        attention_checks=4 if planned else None,
        versions={"HRM Annotator": "0.1.0", "Python": "3.12.0", "NumPy": "2.3.0"},
        made_on=made_on,
    )


def nothing_rated() -> RatingResults:
    """As of a session that was planned, and nobody has come yet."""
    empty = Estimate(None, why="nobody has rated")
    judge = JudgeResult(
        "Ana",
        True,
        "",
        60,
        0,
        None,
        None,
        (0,) * 5,
        empty,
        empty,
        empty,
        empty,
        _no_retest("nobody has rated"),
    )
    return RatingResults(
        study="Synthetic study",
        session="Session 1",
        synthetic=False,
        presentation=Presentation(),
        points=5,
        order=OrderKind.BLOCKED,
        seed=3,
        judges=(judge,),
        agreements=(),
        clips=(),
        participants=0,
        warnings=("Nobody has rated yet.",),
        replicates=0,
    )


def _scores(rng: np.random.Generator, clips: int, judges: int, points: int) -> np.ndarray:
    # Most clips look natural, as in a study; judges differ in severity.
    truth = rng.beta(1.1, 2.2, clips)[:, None] * points
    noise = rng.normal(0, 0.12 * points, (clips, judges)) + np.linspace(-0.08, 0.1, judges) * points
    scores: np.ndarray = np.clip(np.floor(truth + noise) + 1, 1, points).astype(float)
    scores[rng.random((clips, judges)) < 0.02] = np.nan
    return scores


def _clip(number: int, row: np.ndarray, blind: Sequence[bool]) -> ClipRating:
    of_blind = row[np.array(blind)]
    of_blind = of_blind[~np.isnan(of_blind)]
    given = [int(score) for score in row if not np.isnan(score)]
    return ClipRating(
        number,
        tuple(None if np.isnan(score) else int(score) for score in row),
        float(np.mean(given)) if given else None,
        float(np.std(given, ddof=1)) if len(given) > 1 else None,
        float(of_blind.mean()) if len(of_blind) and not all(blind) else None,
    )


def _around(rng: np.random.Generator, centre: float, half: float = 0.08, note: str = "") -> Estimate:
    value = centre + float(rng.normal(0, 0.02))
    return Estimate(value, value - half, value + half * 0.9, note=note)


def _no_retest(why: str) -> Retest:
    none = Estimate(None, why=why)
    return Retest(0, none, none, none, none, none)


def _judge(
    rng: np.random.Generator,
    name: str,
    blind: bool,
    scores: np.ndarray,
    points: int,
    centre: float,
    planned: bool,
) -> JudgeResult:
    given = scores[~np.isnan(scores)].astype(int)
    retest = Retest(
        8,
        Estimate(0.75, 0.5, 1.0),
        Estimate(1.0, 1.0, 1.0, note="the interval has no width: no resample differs"),
        _around(rng, 0.7, 0.2),
        _around(rng, 0.72, 0.2),
        _around(rng, 0.05, 0.3),
    )
    return JudgeResult(
        name=name,
        blind=blind,
        why_not_blind="" if blind else EXPERT,
        planned=len(scores),
        rated=len(given),
        mean=float(given.mean()) if len(given) else None,
        sd=float(given.std(ddof=1)) if len(given) > 1 else None,
        counts=tuple(int((given == point).sum()) for point in range(1, points + 1)),
        severity=_around(rng, float(given.mean()) - centre, 0.15) if len(given) else NONE,
        spread=_around(rng, 1.2, 0.1),
        correlation=_around(rng, 0.7),
        order_effect=_around(rng, 0.1, 0.2) if planned else Estimate(None, why="the order is not known"),
        retest=retest if planned else _no_retest(NOT_REPEATED),
        attention_right=3 if planned else 0,
        attention_asked=3 if planned else 0,
        response_s=(0.8, 1.25, 2.5) if planned else None,
        replays=4 if planned else 0,
        taken_back=1 if planned else 0,
        via=(("window", "browser") if blind else ("browser",)) if planned else (),
    )


def _groups(names: Sequence[str], blind: Sequence[bool]) -> list[tuple[str, tuple[str, ...]]]:
    groups = [("all judges", tuple(names))]
    kinds = {
        "blind judges": tuple(name for name, held in zip(names, blind, strict=True) if held),
        "judges who are not blind": tuple(name for name, held in zip(names, blind, strict=True) if not held),
    }
    if all(kinds.values()):
        groups += [(label, some) for label, some in kinds.items() if len(some) > 1]
    return groups


def _agreement(
    rng: np.random.Generator, label: str, names: tuple[str, ...], clips: int, points: int
) -> JudgeAgreement:
    return JudgeAgreement(
        label=label,
        judges=names,
        clips=clips - 2,
        participants=12,
        incomplete=2,
        kappa=_around(rng, 0.31, 0.04),
        kappa_z=17.3,
        kappa_p=0.00002,
        kappa_by_point=tuple(
            Estimate(float(value)) if value > 0.1 else Estimate(None, why="nobody gave this answer")
            for value in np.linspace(0.5, 0.05, points)
        ),
        icc_single=_around(rng, 0.62, 0.05),
        icc_average=_around(rng, 0.88, 0.03),
        f=8.4,
        df1=float(clips - 3),
        df2=float((clips - 3) * (len(names) - 1)),
        p=0.0,
        icc_single_children=_around(rng, 0.62, 0.11),
        icc_average_children=_around(rng, 0.88, 0.07),
        icc_absolute=_around(rng, 0.58, 0.06),
        icc_absolute_average=_around(rng, 0.86, 0.04),
        alpha=_around(rng, 0.6, 0.1, note="10 of 2,000 resamples left out"),
    )


def _comparison(names: Sequence[str], blind: Sequence[bool], clips: int) -> BlindComparison:
    return BlindComparison(
        tuple(name for name, held in zip(names, blind, strict=True) if held),
        tuple(name for name, held in zip(names, blind, strict=True) if not held),
        clips - 2,
        Estimate(0.31, 0.12, 0.49),
        Estimate(0.71, 0.6, 0.79),
    )
