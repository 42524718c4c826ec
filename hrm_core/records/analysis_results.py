"""Group analysis: what is asked for, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_patterns import ActionDynamics, Combinations

__all__ = [
    "AnalysisOptions",
    "AnalysisReport",
    "Asymmetry",
    "ExplainedRatings",
    "FrameTest",
    "Importance",
    "MixedModel",
    "ParticipantTest",
    "Unit",
]


@dataclass(frozen=True, slots=True)
class AnalysisOptions:
    """How groups are compared; printed in every report.

    Attributes
    ----------
    groups : tuple of (str, str)
        First and second group; all signs are first less second.
    expressions : tuple of str
        Expressions whose frames are compared beside all frames together, which stand as ``""``.
    replicates : int
        Bootstrap resamples and random permutations; 0 leaves them out.
    seed : int
        Of both.
    level : float
        Of all intervals.
    mixed : bool
        Whether mixed-effects models are fitted, which takes minutes and needs statsmodels.
    covariates : tuple of str
        ``"age"`` and ``"sex"``, or some of them, taken into mixed models.
    human_only : bool
        Whether frames that a network's suggestions had a part in are left out.
    """

    groups: tuple[str, str]
    expressions: tuple[str, ...] = ("happiness", "surprise", "sadness")
    replicates: int = 2000
    seed: int = 0
    level: float = 0.95
    mixed: bool = False
    covariates: tuple[str, ...] = ()
    human_only: bool = False


# ---- differences ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FrameTest:
    """Mann-Whitney over frames, as the HRM study has it: frames of one child are not independent.

    Attributes
    ----------
    action, expression : str
        Key of the action; ``""`` for all frames.
    frames : tuple of (int, int)
        Codable frames of both groups.
    present : tuple of (int, int)
        Frames with the action.
    u, z, p, log10_p : float or None
        U of the first group; Z corrected for ties without correction for continuity; two-sided p.
    z_continuity, p_continuity : float or None
        The same with correction for continuity.
    p_exact : float or None
        Exact over all arrangements of the ranks, ties included, where that is feasible.
    rank_biserial : Estimate
        P(first > second) - P(first < second), which is the difference of shares; interval over frames
        as if they were independent.
    p_holm, p_bh : float or None
        Of `p` within the family of this expression.
    family : int
        How many tests that is.
    note : str
        ``"constant: all values are equal"`` and the like.
    """

    action: str
    expression: str
    frames: tuple[int, int]
    present: tuple[int, int]
    u: float | None
    z: float | None
    p: float | None
    log10_p: float | None
    z_continuity: float | None
    p_continuity: float | None
    p_exact: float | None
    rank_biserial: Estimate
    p_holm: float | None = None
    p_bh: float | None = None
    family: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class MixedModel:
    """Mixed-effects logistic regression of one action: group and covariates fixed, child random.

    Attributes
    ----------
    log_odds : Estimate
        First group less second; `why` says why there is none, such as no convergence.
    p : float or None
        Two-sided, of that coefficient.
    child_sd : float or None
        Standard deviation of children, on the scale of log odds.
    frames, children : int
        How many took part.
    covariates : tuple of str
        What else was in the model.
    """

    log_odds: Estimate
    p: float | None = None
    child_sd: float | None = None
    frames: int = 0
    children: int = 0
    covariates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParticipantTest:
    """One value for each child compared: the share of its frames that show the action.

    Attributes
    ----------
    action, expression : str
        Key of the action; ``""`` for all frames.
    children : tuple of (int, int)
        Children of both groups with a codable frame.
    mean, median : tuple of (float, float) or None
        Of the shares of children; None where a group has no child.
    z, p : float or None
        Mann-Whitney over children, Z corrected for ties, p of the normal approximation.
    p_exact : float or None
        Exact over all arrangements of children where feasible.
    p_permutation : float or None
        Of the difference of mean shares, children permuted over groups; exact where all arrangements are
        few, else random.
    rank_biserial : Estimate
        Over children; interval by resampling children.
    difference : Estimate
        Mean share of the first group less that of the second; interval by resampling children within
        groups.
    pooled_difference : Estimate
        Share of pooled frames, first less second, with the interval that resampling children gives: the
        difference that the frame-level test is about.
    p_holm, p_bh : float or None
        Of the p that is to be trusted (`p_exact` if there is one, else `p`) within this expression.
    family : int
        How many tests that is.
    mixed : MixedModel or None
        None if it was not asked for.
    note : str
        Few children, constant values and the like.
    """

    action: str
    expression: str
    children: tuple[int, int]
    mean: tuple[float, float] | None
    median: tuple[float, float] | None
    z: float | None
    p: float | None
    p_exact: float | None
    p_permutation: float | None
    rank_biserial: Estimate
    difference: Estimate
    pooled_difference: Estimate
    p_holm: float | None = None
    p_bh: float | None = None
    family: int = 0
    mixed: MixedModel | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """On which side an action of one side is, in one group.

    Attributes
    ----------
    action, group : str
        Key of the action; name of the group.
    both, left, right : int
        Frames with code 1, 2 and 3; left and right are the child's.
    children : int
        Children with a one-sided frame.
    index : Estimate
        (left - right) / (left + right), from -1 to 1; interval by resampling children.
    one_sided : Estimate
        (left + right) / (both + left + right); interval by resampling children.
    p : float or None
        Mann-Whitney over children between the two groups, of the share of one-sided frames; on the first
        group's row only.
    """

    action: str
    group: str
    both: int
    left: int
    right: int
    children: int
    index: Estimate
    one_sided: Estimate
    p: float | None = None


# ---- ratings -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Importance:
    """How much worse ratings are foretold without one action.

    Attributes
    ----------
    action : str
        Key of the action.
    coefficient : float
        Change of the rating for one standard deviation more of the action's share of the clip's frames,
        other actions unchanged.
    importance : Estimate
        Mean absolute error with the action permuted over clips, less that without; over children that the
        model did not learn from; interval by resampling children.
    """

    action: str
    coefficient: float
    importance: Estimate


@dataclass(frozen=True, slots=True)
class ExplainedRatings:
    """What about a clip goes with its mean atypicality rating.

    Attributes
    ----------
    session : str
        Name of the rating session.
    clips, children : int
        Rated clips with codes, and their children.
    mean_absolute_error, baseline_error : Estimate
        Of ridge regression on children it did not learn from, and of always saying the mean rating.
    r2 : float or None
        On the same predictions.
    actions : tuple of Importance
        Most important first.
    why : str
        Why there is nothing; empty if there is.
    note : str
        What to know before trusting it.
    """

    session: str = ""
    clips: int = 0
    children: int = 0
    mean_absolute_error: Estimate = field(default_factory=lambda: Estimate(None))
    baseline_error: Estimate = field(default_factory=lambda: Estimate(None))
    r2: float | None = None
    actions: tuple[Importance, ...] = ()
    why: str = ""
    note: str = ""


# ---- everything ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unit:
    """How much there is of one group.

    Attributes
    ----------
    group, expression : str
        ``""`` for all frames.
    children, videos, frames : int
        What was analysed.
    seconds : float or None
        How long these frames are shown.
    """

    group: str
    expression: str
    children: int
    videos: int
    frames: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class AnalysisReport:
    """Everything that ``hrm analyze report`` writes.

    Attributes
    ----------
    study : str
        Name of the study.
    synthetic : bool
        Whether the data are generated.
    coder : str
        Whose codes.
    actions : tuple of str
        Keys of the actions, in the order of the catalogue.
    options : AnalysisOptions
        What was asked for.
    facts : mapping of str to str
        How expressions were found and the like, in words.
    units : tuple of Unit
        All frames, then each expression; both groups.
    frame_tests, participant_tests : tuple
        In one order: all frames, then each expression; within it the order of the actions.
    asymmetry, combinations, dynamics, ratings
        The other parts.
    warnings : tuple of str
        What to read before any number.
    versions : mapping of str to str
        Of what it was computed with.
    made_on : datetime or None
        When, UTC; None for a report that is the same every time.
    required : mapping of str to tuple of str
        By expression, the actions of which a frame had to show one to be taken for it; empty without a vote.
    """

    study: str
    synthetic: bool
    coder: str
    actions: tuple[str, ...]
    options: AnalysisOptions
    units: tuple[Unit, ...]
    frame_tests: tuple[FrameTest, ...]
    participant_tests: tuple[ParticipantTest, ...]
    asymmetry: tuple[Asymmetry, ...] = ()
    combinations: Combinations = field(default_factory=Combinations)
    dynamics: ActionDynamics = field(default_factory=ActionDynamics)
    ratings: ExplainedRatings = field(default_factory=ExplainedRatings)
    facts: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    made_on: datetime | None = None
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
