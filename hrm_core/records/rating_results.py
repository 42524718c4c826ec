"""What a session of ratings came to: agreement, the judges, the clips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hrm_core.records.agreement import Estimate
from hrm_core.records.rating_plan import OrderKind, Presentation

__all__ = [
    "FEWEST_FOR_DRIFT",
    "FEWEST_TWICE",
    "FEWEST_TWICE_FOR_COEFFICIENTS",
    "BlindComparison",
    "ClipRating",
    "JudgeAgreement",
    "JudgeResult",
    "RatingResults",
    "Retest",
]

FEWEST_TWICE, FEWEST_TWICE_FOR_COEFFICIENTS = 5, 10
"""Clips that a judge must have rated twice for shares and the mean change, and for kappa and ICC."""

FEWEST_FOR_DRIFT = 30
"""Trials that a judge must have rated, and another judge too, for an order effect."""


@dataclass(frozen=True, slots=True)
class JudgeAgreement:
    """How far several judges agree, on the clips that all of them rated.

    Attributes
    ----------
    label : str
        ``"all judges"``, ``"blind judges"``, ``"judges who are not blind"``.
    judges : tuple of str
        Who.
    clips, participants : int
        On how many clips, of how many children.
    incomplete : int
        Clips that not all of them rated: in Krippendorff's alpha only.
    kappa : Estimate
        Fleiss' kappa with its classical interval.
    kappa_z, kappa_p : float or None
        Its test.
    kappa_by_point : tuple of Estimate
        Fleiss' kappa of each point of the scale against all others, without intervals.
    icc_single, icc_average : Estimate
        ICC(3,1) of one judge and ICC(3,k) of their mean, with classical intervals, which take
        clips for independent.
    f, df1, df2, p : float or None
        The test of ICC(3,1), with the same assumption.
    icc_single_children, icc_average_children : Estimate
        The same with intervals by resampling children.
    icc_absolute, icc_absolute_average : Estimate
        ICC(2,1) and ICC(2,k): a judge who is stricter is not forgiven.
    alpha : Estimate
        Krippendorff's alpha for ordinal scales, on all clips that two or more judges rated, with
        an interval by resampling children.
    """

    label: str
    judges: tuple[str, ...]
    clips: int
    participants: int
    incomplete: int
    kappa: Estimate
    kappa_z: float | None
    kappa_p: float | None
    kappa_by_point: tuple[Estimate, ...]
    icc_single: Estimate
    icc_average: Estimate
    f: float | None
    df1: float | None
    df2: float | None
    p: float | None
    icc_single_children: Estimate
    icc_average_children: Estimate
    icc_absolute: Estimate
    icc_absolute_average: Estimate
    alpha: Estimate


@dataclass(frozen=True, slots=True)
class Retest:
    """Clips that one judge rated twice.

    Attributes
    ----------
    clips : int
        How many.
    same, within_one : Estimate
        Share with the same answer, and with answers at most one point apart; undefined with fewer
        than :data:`FEWEST_TWICE` clips.
    kappa : Estimate
        Quadratic-weighted kappa of first and second answer; undefined with fewer than
        :data:`FEWEST_TWICE_FOR_COEFFICIENTS` clips.
    icc : Estimate
        ICC(2,1) of first and second answer; likewise.
    change : Estimate
        Mean of second minus first answer, in points; undefined as the shares are.
    """

    clips: int
    same: Estimate
    within_one: Estimate
    kappa: Estimate
    icc: Estimate
    change: Estimate


@dataclass(frozen=True, slots=True)
class JudgeResult:
    """One judge's answers as a whole; practice, repeats and checks of attention are not in them.

    Attributes
    ----------
    name : str
        Who.
    blind : bool
        Whether the judge was blind.
    why_not_blind : str
        Why not.
    planned, rated : int
        Clips that were to be rated, and that were.
    mean, sd : float or None
        Of the answers, in points of the scale; `sd` with n - 1.
    counts : tuple of int
        Answers at each point of the scale.
    severity : Estimate
        Mean of own answer minus the mean of the other judges on the same clip: above 0 finds
        clips more atypical than the others do; by resampling children.
    spread : Estimate
        Standard deviation of the answers over the mean of the other judges' ones on the same
        clips: below 1 the judge keeps to the middle of the scale.
    correlation : Estimate
        Pearson's r of own answers and the mean of the other judges.
    order_effect : Estimate
        Change of own answer minus the mean of the others per 100 trials, in points: a judge whose
        standard drifts; by resampling children; undefined with fewer than :data:`FEWEST_FOR_DRIFT`
        trials.
    retest : Retest
        Test and retest.
    attention_right, attention_asked : int
        Checks of attention.
    response_s : tuple of float or None
        First quartile, median and third quartile of seconds from the end of the clip; None if
        not measured.
    replays : int
        How often clips were played again.
    taken_back : int
        Answers that were given again.
    begun_again : int
        How often a clip began once more though nobody asked for it: after a pause, a page that was
        left, or a program that was ended.
    via : tuple of str
        Where the judge's answers were given: ``"window"``, ``"browser"`` or both; empty if not known.
    """

    name: str
    blind: bool
    why_not_blind: str
    planned: int
    rated: int
    mean: float | None
    sd: float | None
    counts: tuple[int, ...]
    severity: Estimate
    spread: Estimate
    correlation: Estimate
    order_effect: Estimate
    retest: Retest
    attention_right: int = 0
    attention_asked: int = 0
    response_s: tuple[float, float, float] | None = None
    replays: int = 0
    taken_back: int = 0
    begun_again: int = 0
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClipRating:
    """One clip; which child it shows is not said here.

    Attributes
    ----------
    number : int
        1, 2, ... in a random order that stays the same for the session.
    scores : tuple of int or None
        Answer of each judge, in their order; None where there is none.
    mean, sd : float or None
        Of the answers of all judges; `sd` with n - 1.
    mean_blind : float or None
        Of the answers of the blind judges; None where all judges are of one kind, or none of the
        blind ones rated the clip.
    """

    number: int
    scores: tuple[int | None, ...]
    mean: float | None
    sd: float | None
    mean_blind: float | None = None


@dataclass(frozen=True, slots=True)
class BlindComparison:
    """Judges who are not blind beside those who are, on clips that both kinds rated.

    Attributes
    ----------
    blind, not_blind : tuple of str
        Who.
    clips : int
        On how many clips.
    difference : Estimate
        Mean of the judges who are not blind minus mean of those who are, in points; by resampling
        children.
    correlation : Estimate
        Pearson's r of the two means over clips.
    """

    blind: tuple[str, ...]
    not_blind: tuple[str, ...]
    clips: int
    difference: Estimate
    correlation: Estimate


@dataclass(frozen=True, slots=True)
class RatingResults:
    """All that a report of ratings says.

    Attributes
    ----------
    study, session : str
        Names.
    synthetic : bool
        Whether everything in the study is generated, which every page must say.
    presentation : Presentation
        What was shown and asked.
    points : int
        Of the scale.
    order : OrderKind or None
        How the order was made; None for ratings that were imported.
    seed : int or None
        Of the order; None likewise.
    practice, repeats, attention_checks : int or None
        Clips for practice, clips that come twice, and checks of attention of each judge, as planned; None
        likewise.
    judges : tuple of JudgeResult
        In the order of the plan.
    agreements : tuple of JudgeAgreement
        All judges; then blind and not blind ones, where there are two or more of each and not
        all judges are of one kind.
    clips : tuple of ClipRating
        By number.
    participants : int
        Children whose clips were rated.
    blind_comparison : BlindComparison or None
        None unless there are both kinds.
    unblinded : tuple of str
        Sentences of the log: who lifted which judge's blinding, when, after how many of the judge's
        answers, and why.
    joined : tuple of str
        Sentences of the log: who joined answers to children (as key, rows or label files), when and why.
    warnings : tuple of str
        Sentences about the whole: judges who have not finished, failed checks, few children, ...
    level : float
        Of all intervals.
    replicates, seed_of_intervals : int
        Of the resampling.
    versions : mapping of str to str
        Of this program, Python and the libraries that computed something.
    made_on : datetime or None
        The only thing that differs between two reports of the same input.
    """

    study: str
    session: str
    synthetic: bool
    presentation: Presentation
    points: int
    order: OrderKind | None
    seed: int | None
    judges: tuple[JudgeResult, ...]
    agreements: tuple[JudgeAgreement, ...]
    clips: tuple[ClipRating, ...]
    participants: int
    blind_comparison: BlindComparison | None = None
    unblinded: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    level: float = 0.95
    replicates: int = 2000
    seed_of_intervals: int = 0
    practice: int | None = None
    repeats: int | None = None
    attention_checks: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict, hash=False)
    made_on: datetime | None = None
