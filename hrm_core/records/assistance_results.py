"""What suggestions of a model did to coding: what is asked for, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hrm_core.records.agreement import Estimate
from hrm_core.records.detection_results import Comparison, DetectorQuality
from hrm_core.records.suggestion import Condition

__all__ = [
    "Acceptance",
    "AcceptanceBin",
    "ActionAnchoring",
    "ActionDrift",
    "Anchoring",
    "AssistanceOptions",
    "AssistanceReport",
    "ConditionEffort",
    "Effort",
    "EffortDifference",
    "FollowedBin",
    "ModelAgainstExpert",
    "RateAgreement",
    "RaterAssistance",
    "RunDrift",
]


@dataclass(frozen=True, slots=True)
class AssistanceOptions:
    """How it is measured; printed in every report.

    Attributes
    ----------
    replicates : int
        Bootstrap resamples; 0 leaves intervals out.
    seed : int
        Of the bootstrap.
    level : float
        Of all intervals.
    """

    replicates: int = 2000
    seed: int = 0
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class ConditionEffort:
    """What frames of one condition cost.

    Attributes
    ----------
    condition : Condition
        That of the stay in which a frame was first coded or confirmed.
    frames, stretches : int
        Frames that were coded, and the stretches that they lie in.
    acts, seconds : Estimate
        Mean per frame, up to and including that stay; intervals by resampling stretches.
    review_acts : int
        Acts of later stays on these frames.
    review_seconds : float
        Time of later stays.
    unfinished : int
        Frames that were looked at in this condition and never coded; they are in no mean.
    """

    condition: Condition
    frames: int
    stretches: int
    acts: Estimate
    seconds: Estimate
    review_acts: int = 0
    review_seconds: float = 0.0
    unfinished: int = 0


@dataclass(frozen=True, slots=True)
class EffortDifference:
    """Assisted against control frames; intervals by resampling stretches.

    Attributes
    ----------
    acts, seconds : Estimate
        Assisted less control, per frame.
    acts_ratio, seconds_ratio : Estimate
        Assisted divided by control; 0.5 is half the cost.
    """

    acts: Estimate
    seconds: Estimate
    acts_ratio: Estimate
    seconds_ratio: Estimate


@dataclass(frozen=True, slots=True)
class Effort:
    """What frames cost a coder.

    Attributes
    ----------
    conditions : tuple of ConditionEffort
        Those that there are frames of, in the order of :class:`Condition`.
    difference : EffortDifference or None
        None unless there are control and assisted frames.
    """

    conditions: tuple[ConditionEffort, ...] = ()
    difference: EffortDifference | None = None


@dataclass(frozen=True, slots=True)
class AcceptanceBin:
    """Acts on suggestions whose probability lies in a range; the upper bound belongs to the last.

    Attributes
    ----------
    low, high : float
        The range.
    accepted, rejected, corrected : int
        Acts that stand.
    share : Estimate
        Accepted among all; interval by Wilson, which takes acts for independent.
    """

    low: float
    high: float
    accepted: int
    rejected: int
    corrected: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a coder did with suggestions, act by act.

    Attributes
    ----------
    bins : tuple of AcceptanceBin
        Acts on single actions, by the probability that was said.
    whole : AcceptanceBin
        Acts on all that is said of frames, which have no one probability.
    taken_back : int
        Acts that were taken back and count nowhere.
    """

    bins: tuple[AcceptanceBin, ...]
    whole: AcceptanceBin
    taken_back: int = 0

    @property
    def acts(self) -> int:
        """All acts that stand."""
        return sum(one.accepted + one.rejected + one.corrected for one in (*self.bins, self.whole))


@dataclass(frozen=True, slots=True)
class ActionAnchoring:
    """How far codes agree with what the model proposes, on control and on assisted frames.

    Attributes
    ----------
    action : str
        Key; empty for all actions together.
    control_decisions, assisted_decisions : int
        Actions of frames: each is one decision.
    control, assisted : float or None
        Agreement: share of decisions in which code and proposal say the same.
    control_positive, assisted_positive : float or None
        Positive agreement, ``2 both / (2 both + coded only + proposed only)``.
    difference, positive_difference : Estimate
        Assisted less control; intervals by resampling stretches.
    """

    action: str
    control_decisions: int
    assisted_decisions: int
    control: float | None
    assisted: float | None
    control_positive: float | None
    assisted_positive: float | None
    difference: Estimate
    positive_difference: Estimate


@dataclass(frozen=True, slots=True)
class FollowedBin:
    """How often an action is coded where the model says it with a probability of a range.

    Attributes
    ----------
    low, high : float
        The range; the upper bound belongs to the last.
    control_decisions, assisted_decisions : int
        Actions of frames: each is one decision.
    control, assisted : float or None
        Share coded.
    difference : Estimate
        Assisted less control; interval by resampling stretches.
    """

    low: float
    high: float
    control_decisions: int
    assisted_decisions: int
    control: float | None
    assisted: float | None
    difference: Estimate


@dataclass(frozen=True, slots=True)
class Anchoring:
    """Whether codes lean towards the model where its suggestions were seen first.

    Attributes
    ----------
    control_frames, assisted_frames, control_stretches, assisted_stretches, participants : int
        What is compared.
    overall : ActionAnchoring
        All decisions of all actions together.
    actions : tuple of ActionAnchoring
        In the order of the catalogue.
    by_child : tuple of Estimate or None
        The two overall differences with intervals by resampling children; None with few children.
    followed : tuple of FollowedBin
        By what was said.
    """

    control_frames: int
    assisted_frames: int
    control_stretches: int
    assisted_stretches: int
    participants: int
    overall: ActionAnchoring
    actions: tuple[ActionAnchoring, ...]
    by_child: tuple[Estimate, Estimate] | None
    followed: tuple[FollowedBin, ...]


@dataclass(frozen=True, slots=True)
class RateAgreement:
    """How often an action is there, by the expert and by the model.

    Attributes
    ----------
    action : str
        Key.
    participants : int
        Children with frames that are compared.
    coded, proposed : float
        Share of these frames in which it is coded, and proposed.
    consistency, agreement : Estimate
        ICC(3,1) and ICC(2,1) of the children's shares; intervals by the classical formulas.
    by_frame : Estimate
        ICC(3,1) of presence frame by frame, as between two experts; interval by resampling children.
    """

    action: str
    participants: int
    coded: float
    proposed: float
    consistency: Estimate
    agreement: Estimate
    by_frame: Estimate


@dataclass(frozen=True, slots=True)
class ModelAgainstExpert:
    """The run on frames that the expert coded without seeing what it says.

    Attributes
    ----------
    quality : DetectorQuality
        F1 and calibration, by the usual measures.
    rates : tuple of RateAgreement
        In the order of the catalogue.
    """

    quality: DetectorQuality
    rates: tuple[RateAgreement, ...]


@dataclass(frozen=True, slots=True)
class RaterAssistance:
    """All that is measured of one coder.

    Attributes
    ----------
    rater : str
        Name.
    effort : Effort
        Acts and time.
    acceptance : Acceptance
        Acts on suggestions.
    anchoring : Anchoring or None
        None unless there are control and assisted frames.
    model : ModelAgainstExpert or None
        None where no frame was coded without suggestions.
    warnings : tuple of str
        Sentences that a reader must see.
    """

    rater: str
    effort: Effort
    acceptance: Acceptance
    anchoring: Anchoring | None
    model: ModelAgainstExpert | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionDrift:
    """How differently two runs speak of an action of the same frames.

    Attributes
    ----------
    action : str
        Key; empty for all actions together.
    decisions : int
        Actions of frames.
    mean_change : float
        Mean absolute difference of probabilities.
    older, newer : int
        How often it is proposed by each.
    changed : int
        Decisions that are proposed by one of them alone.
    """

    action: str
    decisions: int
    mean_change: float
    older: int
    newer: int
    changed: int


@dataclass(frozen=True, slots=True)
class RunDrift:
    """An older and a newer run of one family of models on the same frames.

    Attributes
    ----------
    older, newer : str
        Labels.
    frames, recordings : int
        Of which both say something.
    overall : ActionDrift
        All actions together.
    actions : tuple of ActionDrift
        Those that both have, in the order of the catalogue.
    comparisons : tuple of (str, Comparison)
        For each coder, the newer run's F1 less the older one's.
    """

    older: str
    newer: str
    frames: int
    recordings: int
    overall: ActionDrift
    actions: tuple[ActionDrift, ...]
    comparisons: tuple[tuple[str, Comparison], ...] = ()


@dataclass(frozen=True, slots=True)
class AssistanceReport:
    """All that a report on suggestions says. No child and no group is named in it.

    Attributes
    ----------
    study : str
        Name of the study.
    synthetic : bool
        Whether everything in the study is generated, which every page must say.
    run : str
        Label of the run that is reported on.
    calibrated : bool
        Whether its proposals rest on a fit to codes of this study.
    facts : mapping of str to str
        What a reader must know of the model.
    stretch_frames : int
        Frames of a stretch: what is drawn as a whole to be control, and resampled as a whole.
    raters : tuple of RaterAssistance
        In the order they joined.
    drift : tuple of RunDrift
        This run beside older ones of its family, the nearest first.
    options : AssistanceOptions
        How it was done.
    warnings : tuple of str
        Sentences that a reader must see.
    versions : mapping of str to str
        Of this program, Python and the libraries that computed something.
    made_on : datetime
        The only thing that differs between two reports of the same input.
    """

    study: str
    synthetic: bool
    run: str
    calibrated: bool
    facts: Mapping[str, str] = field(hash=False)
    stretch_frames: int
    raters: tuple[RaterAssistance, ...]
    drift: tuple[RunDrift, ...]
    options: AssistanceOptions
    warnings: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict, hash=False)
    made_on: datetime | None = None
