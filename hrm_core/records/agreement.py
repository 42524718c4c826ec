"""How well two codings of the same frames agree: what is asked for, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = [
    "ActionAgreement",
    "AgreementOptions",
    "Average",
    "Confusion",
    "Disagreement",
    "DriftPoint",
    "Dropped",
    "Estimate",
    "EventAgreement",
    "PairAgreement",
    "RecordingPart",
    "ReliabilityReport",
    "Shift",
    "Source",
    "SourceKind",
]


class SourceKind(StrEnum):
    """Where a coding comes from."""

    RATER = "rater"
    """A rater's codes as they are now."""
    THEN = "rater then"
    """A rater's codes as they were at a moment in the past, read off the log."""
    TOOL = "tool"
    """Another program's output that was imported for the recordings."""
    MODEL = "model run"
    """A run of a model in the study, with a threshold on its probabilities."""


@dataclass(frozen=True, slots=True)
class Source:
    """One of the codings that are compared.

    Attributes
    ----------
    kind : SourceKind
        Where it comes from.
    name : str
        Name of the rater, ``"openface"``, ``"pyfeat"``, or the number of the run as text.
    label : str
        As tables and figures call it: ``"Anna"``, ``"Anna, 31 Jan 2026"``, ``"OpenFace"``.
    threshold : float or None
        Probability from which on an action counts as present; None where codes are given.
    at : datetime or None
        The moment in the past, UTC.
    """

    kind: SourceKind
    name: str
    label: str
    threshold: float | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AgreementOptions:
    """How agreement is measured; printed in every report.

    Attributes
    ----------
    level : float
        Of all intervals.
    replicates : int
        Bootstrap resamples; 0 leaves the bootstrap out.
    seed : int
        Of the bootstrap.
    rare_frames, rare_events : int
        An action with fewer frames, or fewer events, by either source gets a warning.
    tolerances_s : tuple of float
        How far apart two onsets may lie to be the same event, in seconds.
    gap_frames : int
        Gaps of so many frames inside an event are bridged.
    shortest_frames : int
        Events of fewer frames are left out.
    widest_shift : int
        The scan for a shift of frame numbers looks this many frames either way.
    by_month : bool
        Whether drift is shown by calendar month of coding rather than by recording.
    """

    level: float = 0.95
    replicates: int = 2000
    seed: int = 0
    rare_frames: int = 30
    rare_events: int = 10
    tolerances_s: tuple[float, ...] = (0.0, 1 / 6, 0.5)
    gap_frames: int = 0
    shortest_frames: int = 1
    widest_shift: int = 5
    by_month: bool = True


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, how sure it is, or why there is none.

    Attributes
    ----------
    value : float or None
        None if it is not defined; never 0 or 1 instead.
    low, high : float or None
        Interval; None if there is none.
    why : str
        Why there is no value; empty if there is one.
    note : str
        What a reader must know to use the value; empty if nothing.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class EventAgreement:
    """Agreement of events of one action at one tolerance.

    Attributes
    ----------
    tolerance_s : float
        How far apart the onsets may lie, in seconds.
    matched : int
        Events of both that belong together, one to one.
    precision, recall, f1 : Estimate
        With the first source as the reference.
    """

    tolerance_s: float
    matched: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


@dataclass(frozen=True, slots=True)
class ActionAgreement:
    """Agreement of two sources on one action.

    Everything but `sides` and the intensities takes codes above 1 as 1: present.

    Attributes
    ----------
    action : str
        Key of the action.
    why : str
        Why nothing can be said of it ("B does not see the eyes", "OpenFace does not have it");
        then all estimates are without value.
    frames : int
        Frames that both coded.
    both, first_only, second_only, neither : int
        Frames in which it is present by both, one, or none.
    first_events, second_events : int
        Events of each.
    icc : Estimate
        ICC(3,1) with its classical interval, which takes frames for independent.
    f, df1, df2, p : float or None
        The test of ICC(3,1), with the same assumption.
    icc_participants, icc_segments : Estimate
        The same ICC(3,1) with an interval by resampling participants, and segments.
    icc_agreement : Estimate
        ICC(2,1): a rater who scores the action systematically more often is not forgiven.
    effective_frames : float or None
        So many independent frames would tell as much of the share of frames that agree: of the
        series that is 1 where both say the same of the action and 0 where not.  It is not about
        ICC.  None where that series never changes, and where the action is too rare to judge: there
        nearly all of it is frames without the action.
    kappa, ac1, pabak, alpha : Estimate
        Cohen's kappa, Gwet's AC1, prevalence- and bias-adjusted kappa, Krippendorff's alpha.
    kappa_max : Estimate
        Cohen's kappa if both agreed as much as their numbers of frames allow; no interval.
    percent, positive, negative : Estimate
        Share of frames that agree; specific agreement on presence, and on absence.
    precision, recall, f1, mcc : Estimate
        With the first source as the reference.
    bias : Estimate
        How much more often the first source scores it, as a share of frames.
    events : tuple of EventAgreement
        At each tolerance.
    overlap : Estimate
        Mean temporal intersection over union of events that belong together.
    sides : tuple of tuple of int, 6 x 6
        Frames by code of the first (rows) and the second source (columns), 0-5.
    side_agreement : Estimate
        Share of the frames to which both gave one definite side (codes 2-5) in which it is the same.
    intensity_icc, intensity_kappa : Estimate
        ICC(3,1) and quadratic-weighted kappa on 0 (absent), 1-5 (A-E), over frames in which
        both told the intensity of whatever they scored.
    intensity_frames : int
        Number of those frames.
    warnings : tuple of str
        Sentences a reader must see: too rare to judge, one source never used it, sides flipped.
    """

    action: str
    why: str = ""
    frames: int = 0
    both: int = 0
    first_only: int = 0
    second_only: int = 0
    neither: int = 0
    first_events: int = 0
    second_events: int = 0
    icc: Estimate = Estimate(None)
    f: float | None = None
    df1: float | None = None
    df2: float | None = None
    p: float | None = None
    icc_participants: Estimate = Estimate(None)
    icc_segments: Estimate = Estimate(None)
    icc_agreement: Estimate = Estimate(None)
    effective_frames: float | None = None
    kappa: Estimate = Estimate(None)
    kappa_max: Estimate = Estimate(None)
    ac1: Estimate = Estimate(None)
    pabak: Estimate = Estimate(None)
    alpha: Estimate = Estimate(None)
    percent: Estimate = Estimate(None)
    positive: Estimate = Estimate(None)
    negative: Estimate = Estimate(None)
    precision: Estimate = Estimate(None)
    recall: Estimate = Estimate(None)
    f1: Estimate = Estimate(None)
    mcc: Estimate = Estimate(None)
    bias: Estimate = Estimate(None)
    events: tuple[EventAgreement, ...] = ()
    overlap: Estimate = Estimate(None)
    sides: tuple[tuple[int, ...], ...] = ()
    side_agreement: Estimate = Estimate(None)
    intensity_icc: Estimate = Estimate(None)
    intensity_kappa: Estimate = Estimate(None)
    intensity_frames: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Average:
    """One way to sum up ICC(3,1) over actions; the way is part of the number.

    Attributes
    ----------
    how : str
        ``"mean"``, ``"median"``, ``"Fisher z"`` or ``"weighted by occurrence"``.
    value : float or None
        None if no action has a value.
    actions : int
        How many actions are in it.
    left_out : tuple of str
        Keys of those that have no value.
    """

    how: str
    value: float | None
    actions: int
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dropped:
    """Frames, or rows of a file, that are not compared.

    Attributes
    ----------
    why : str
        "not coded by Ben", "carried by Anna and never confirmed", "not codable by Anna", ...
    frames : int
        How many.
    """

    why: str
    frames: int


@dataclass(frozen=True, slots=True)
class RecordingPart:
    """Frames of one recording that are compared.

    Attributes
    ----------
    participant, video : str
        Whose recording.
    video_id : int
        Number in the store.
    frames : int
        How many.
    segments : int
        Clips, or runs of neighbouring frames where there are no clips.
    """

    participant: str
    video: str
    video_id: int
    frames: int
    segments: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A run of frames in which two sources give one action different codes.

    Attributes
    ----------
    action : str
        Key of the action.
    participant, video : str
        Whose recording.
    video_id : int
        Number in the store.
    first_frame, last_frame : int
        Both included; every frame between them is compared and has these codes.
    first_code, second_code : int
        Codes 0-5.
    """

    action: str
    participant: str
    video: str
    video_id: int
    first_frame: int
    last_frame: int
    first_code: int
    second_code: int

    @property
    def only_side(self) -> bool:
        """Whether both score the action, on different sides."""
        return bool(self.first_code and self.second_code)

    def __len__(self) -> int:
        return self.last_frame - self.first_frame + 1


@dataclass(frozen=True, slots=True)
class DriftPoint:
    """Agreement over a part of the time.

    Attributes
    ----------
    label : str
        ``"2026-03"``, or child and video.
    frames : int
        Frames compared.
    kappa, positive : Estimate
        Over all actions and frames of that time: every action of every frame is one decision.
    """

    label: str
    frames: int
    kappa: Estimate
    positive: Estimate


@dataclass(frozen=True, slots=True)
class Confusion:
    """Which action one source has where the other alone has another.

    Attributes
    ----------
    first, second : str
        Keys: the first source alone has `first`, the second alone has `second`.
    frames : int
        Frames in which both is so.
    lift : float
        How many times more often than if the two had nothing to do with one another.
    """

    first: str
    second: str
    frames: int
    lift: float


@dataclass(frozen=True, slots=True)
class Shift:
    """A recording in which the codings would agree better if one were moved by some frames.

    Attributes
    ----------
    participant, video : str
        Whose recording.
    frames : int
        By how many frames the second source is late (negative: early).
    kappa, kappa_moved : float
        Agreement over all actions as it is, and moved.
    """

    participant: str
    video: str
    frames: int
    kappa: float
    kappa_moved: float


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Agreement of two sources.

    Attributes
    ----------
    first, second : Source
        The first is the reference of precision, recall and F1.
    actions : tuple of ActionAgreement
        In the order of the catalogue, all actions of the study.
    averages : tuple of Average
        Of ICC(3,1).
    facs_index, facs_mean : Estimate
        FACS agreement index pooled over frames, and its mean over frames, by resampling participants.
    facs_undefined : int
        Frames in which neither scored anything: they are in neither index.
    visibility : Estimate
        Kappa of the call "not codable" over all frames that both looked at; no value with a
        program, which makes no such call.
    frames, participants, segments : int
        What is compared.
    recordings : tuple of RecordingPart
        Where it is.
    dropped : tuple of Dropped
        What is not compared and why.
    disagreements : tuple of Disagreement
        By child, video, frame and action.
    confusions : tuple of Confusion
        The most frequent first.
    drift : tuple of DriftPoint
        In order of time.
    shifts : tuple of Shift
        Recordings whose frame numbers look shifted.
    warnings : tuple of str
        Sentences about the whole: few participants, nothing in common in a recording, ...
    """

    first: Source
    second: Source
    actions: tuple[ActionAgreement, ...]
    averages: tuple[Average, ...]
    facs_index: Estimate
    facs_mean: Estimate
    facs_undefined: int
    visibility: Estimate
    frames: int
    participants: int
    segments: int
    recordings: tuple[RecordingPart, ...]
    dropped: tuple[Dropped, ...]
    disagreements: tuple[Disagreement, ...] = ()
    confusions: tuple[Confusion, ...] = ()
    drift: tuple[DriftPoint, ...] = ()
    shifts: tuple[Shift, ...] = ()
    warnings: tuple[str, ...] = ()

    def of(self, action: str) -> ActionAgreement:
        """What is said of `action`."""
        return next(row for row in self.actions if row.action == action)


@dataclass(frozen=True, slots=True)
class ReliabilityReport:
    """All that a report of reliability says.

    Attributes
    ----------
    study : str
        Name of the study.
    synthetic : bool
        Whether everything in the study is generated, which every page must say.
    pairs : tuple of PairAgreement
        One for each two sources, the two experts first.
    options : AgreementOptions
        How it was measured.
    versions : mapping of str to str
        Of this program, Python and the libraries that computed something.
    made_on : datetime
        The only thing that differs between two reports of the same input.
    left_out : tuple of str
        Sentences: which pairs that were asked for could not be compared, and why.
    """

    study: str
    synthetic: bool
    pairs: tuple[PairAgreement, ...]
    options: AgreementOptions
    versions: Mapping[str, str] = field(default_factory=dict, hash=False)
    made_on: datetime | None = None
    left_out: tuple[str, ...] = ()
