"""How well detectors find the actions that a rater coded: what is asked for, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from hrm_core.records.agreement import Dropped, Estimate

__all__ = [
    "ActionComparison",
    "ActionDetection",
    "CalibrationBin",
    "Comparison",
    "DetectionOptions",
    "DetectionReport",
    "DetectorMeans",
    "DetectorQuality",
    "FoldScore",
    "Gap",
    "GroupScore",
    "Thresholds",
]

Thresholds = Literal["fixed", "tuned"]
"""``"fixed"``: as the source has them; ``"tuned"``: by action, on the persons of the other folds."""


@dataclass(frozen=True, slots=True)
class DetectionOptions:
    """How detectors are evaluated; printed in every report.

    Attributes
    ----------
    thresholds : {"fixed", "tuned"}
        See :data:`Thresholds`.
    replicates : int
        Bootstrap resamples of the children; 0 leaves intervals out.
    seed : int
        Of the bootstrap, and of folds that are made to tune thresholds.
    level : float
        Of all intervals.
    least_positives : int
        A second mean is over actions with at least so many positive frames.
    """

    thresholds: Thresholds = "fixed"
    replicates: int = 2000
    seed: int = 0
    level: float = 0.95
    least_positives: int = 50


@dataclass(frozen=True, slots=True)
class FoldScore:
    """F1 and accuracy in the frames of one fold.

    Attributes
    ----------
    f1, accuracy : Estimate
        Without intervals.
    """

    f1: Estimate
    accuracy: Estimate


@dataclass(frozen=True, slots=True)
class ActionDetection:
    """How one action is detected.

    Attributes
    ----------
    action : str
        Key of the action.
    frames, positives, said : int
        Frames of which both say something; those where it is coded; those where it is said.
    folds : tuple of FoldScore
        In the order of :attr:`DetectorQuality.folds`.
    mean_f1, mean_accuracy : Estimate
        Mean over the folds that have a value, as in Table VII.
    f1, accuracy, precision, recall : Estimate
        Of all folds' frames together, intervals by resampling children.
    auc, average_precision, calibration_error, brier : Estimate
        Of all folds' frames together; none where only decisions are given.
    thresholds : tuple of float
        From which probability on the action counts as there: one, or one for each fold where they
        were tuned; empty where decisions are given.
    """

    action: str
    frames: int
    positives: int
    said: int
    folds: tuple[FoldScore, ...]
    mean_f1: Estimate
    mean_accuracy: Estimate
    f1: Estimate
    accuracy: Estimate
    precision: Estimate
    recall: Estimate
    auc: Estimate
    average_precision: Estimate
    calibration_error: Estimate
    brier: Estimate
    thresholds: tuple[float, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it is in means: only with positive frames."""
        return self.positives > 0


@dataclass(frozen=True, slots=True)
class DetectorMeans:
    """Means over actions.

    Attributes
    ----------
    least_positives : int
        Only actions with so many positive frames.
    actions : tuple of str
        Which actions are in them.
    folds : tuple of FoldScore
        Means over actions in each fold.
    mean_f1, mean_accuracy : Estimate
        Mean over actions of the means over folds.
    f1, accuracy, auc, average_precision, calibration_error, brier : Estimate
        Means over actions of all folds' frames together, intervals by resampling children.
    """

    least_positives: int
    actions: tuple[str, ...]
    folds: tuple[FoldScore, ...]
    mean_f1: Estimate
    mean_accuracy: Estimate
    f1: Estimate
    accuracy: Estimate
    auc: Estimate
    average_precision: Estimate
    calibration_error: Estimate
    brier: Estimate


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Decisions of all actions whose probability lies in a bin.

    Attributes
    ----------
    decisions : int
        How many: each action of each frame is one.
    probability, share : float or None
        Mean probability, and share that is coded; None without decisions.
    """

    decisions: int
    probability: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class GroupScore:
    """Mean F1 of the children of one group.

    Attributes
    ----------
    name : str
        ``"ASD"``, ``"F"``, ``"6.5 years or less"``.
    participants, frames : int
        How many.
    f1 : Estimate
        Mean over the actions of the gap; no value with fewer than 2 children.
    """

    name: str
    participants: int
    frames: int
    f1: Estimate


@dataclass(frozen=True, slots=True)
class Gap:
    """How differently well a detector works for groups of children.

    Attributes
    ----------
    attribute : str
        ``"group"``, ``"sex"`` or ``"age"``.
    groups : tuple of GroupScore
        In the order of their names.
    differences : tuple of (str, str, Estimate)
        First group, second group, and the first one's mean F1 less the second one's.
    actions : int
        Over how many actions: those that every group with 2 children has positive frames of.
    unknown : int
        Children of whom the attribute is not known.
    """

    attribute: str
    groups: tuple[GroupScore, ...]
    differences: tuple[tuple[str, str, Estimate], ...]
    actions: int
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class DetectorQuality:
    """How well one source detects the actions.

    Attributes
    ----------
    label : str
        As tables and figures call it.
    kind : {"probabilities", "decisions"}
        Whether it ranks frames.
    tuned : bool
        Whether its thresholds were tuned.
    how_thresholds : str
        A sentence about them.
    facts : mapping of str to str
        What a reader must know of it.
    folds : tuple of str
        ``"1"``, ``"2"``, ...; ``"all"`` alone where it was not trained on this study.
    participants, recordings, frames : int
        What is compared.
    actions : tuple of ActionDetection
        In the order of the catalogue.
    means : tuple of DetectorMeans
        Of all actions with positive frames, and of those with many.
    calibration : tuple of CalibrationBin
        Empty where only decisions are given.
    gaps : tuple of Gap
        Between groups of children.
    not_compared : mapping of str to str
        Actions that are not compared, and why.
    dropped : tuple of Dropped
        Frames that are not compared, and why.
    warnings : tuple of str
        Sentences that a reader must see.
    """

    label: str
    kind: Literal["probabilities", "decisions"]
    tuned: bool
    how_thresholds: str
    facts: Mapping[str, str] = field(hash=False)
    folds: tuple[str, ...]
    participants: int
    recordings: int
    frames: int
    actions: tuple[ActionDetection, ...]
    means: tuple[DetectorMeans, ...]
    calibration: tuple[CalibrationBin, ...] = ()
    gaps: tuple[Gap, ...] = ()
    not_compared: Mapping[str, str] = field(default_factory=dict, hash=False)
    dropped: tuple[Dropped, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionComparison:
    """F1 of one action by two sources on the same frames.

    Attributes
    ----------
    action : str
        Key; empty for the mean over actions.
    first, second : float or None
        F1 of each.
    difference : Estimate
        The first less the second, interval by resampling children.
    p, p_adjusted : float or None
        Two-sided, of the bootstrap, at least 2 / 2^n with n children; adjusted by Holm over the actions.
        None without an interval.
    """

    action: str
    first: float | None
    second: float | None
    difference: Estimate
    p: float | None = None
    p_adjusted: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sources on the frames and actions that both have.

    Attributes
    ----------
    first, second : str
        Labels.
    participants, frames : int
        What is compared.
    mean : ActionComparison
        Mean F1 over the actions.
    actions : tuple of ActionComparison
        Each action that has positive frames.
    why : str
        Why they cannot be compared; empty if they are.
    """

    first: str
    second: str
    participants: int = 0
    frames: int = 0
    mean: ActionComparison | None = None
    actions: tuple[ActionComparison, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class DetectionReport:
    """All that a report of detectors says. No child is named in it.

    Attributes
    ----------
    study : str
        Name of the study.
    synthetic : bool
        Whether everything in the study is generated, which every page must say.
    rater : str
        Whose codes are the truth.
    sources : tuple of DetectorQuality
        In the order they were named.
    comparisons : tuple of Comparison
        Of each two of them.
    options : DetectionOptions
        How it was done.
    versions : mapping of str to str
        Of this program, Python and the libraries that computed something.
    made_on : datetime
        The only thing that differs between two reports of the same input.
    """

    study: str
    synthetic: bool
    rater: str
    sources: tuple[DetectorQuality, ...]
    comparisons: tuple[Comparison, ...]
    options: DetectionOptions
    versions: Mapping[str, str] = field(default_factory=dict, hash=False)
    made_on: datetime | None = None
