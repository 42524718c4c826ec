"""What a session of ratings asks, of whom, about what and in which order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

__all__ = [
    "ANSWER_S",
    "ATYPICALITY_POINTS",
    "ATYPICALITY_QUESTION",
    "FEWEST_POINTS",
    "MOST_POINTS",
    "NO_FRAMES",
    "OrderKind",
    "PlannedJudge",
    "PreparedClip",
    "Presentation",
    "RatingLogEntry",
    "RatingSession",
    "ScalePoint",
    "Seat",
    "SessionPlan",
    "Trial",
    "TrialKind",
    "plan_text",
    "presentation_text",
    "read_plan",
    "read_presentation",
]

FEWEST_POINTS, MOST_POINTS = 2, 11

ANSWER_S = 4.0
"""Seconds that a judge is taken to need for an answer, where it is said how long a session lasts."""

NO_FRAMES = (0, -1)
"""First and last frame of a prepared clip whose frames are nowhere in the recording any more."""


@dataclass(frozen=True, slots=True)
class ScalePoint:
    """One answer of the scale; the first of a scale has score 1, the next 2, and so on.

    Attributes
    ----------
    label : str
        What it means, in English or whatever language the study speaks.
    translations : mapping of str to str
        The same in other languages, by their code (``"zh_CN"``).
    """

    label: str
    translations: Mapping[str, str] = field(default_factory=dict, hash=False)

    def words(self, language: str) -> str:
        """The label in a language; as it was written where there is no translation."""
        return self.translations.get(language, self.label)


ATYPICALITY_QUESTION = (
    "When you watch this facial expression segment, to what extent does your first impression suggest it is "
    "abnormal, rare, atypical, or discomforting?"
)
"""The question of the paper."""

_QUESTION_TRANSLATIONS = {
    "zh_CN": "观看这段面部表情片段时，您的第一印象在多大程度上觉得它异常、少见、非典型或令人不适？"
}

ATYPICALITY_POINTS = (
    ScalePoint("Natural/Normal", {"zh_CN": "自然/正常"}),
    ScalePoint("Fairly natural/normal", {"zh_CN": "比较自然/正常"}),
    ScalePoint("Uncertain", {"zh_CN": "不确定"}),
    ScalePoint("Fairly abnormal/atypical", {"zh_CN": "比较异常/非典型"}),
    ScalePoint("Highly abnormal/atypical", {"zh_CN": "非常异常/非典型"}),
)
"""The scale of the paper; its Chinese, and that of the question, is ours."""


@dataclass(frozen=True, slots=True)
class Presentation:
    """How every clip is shown and asked about: all that a judge may know of the plan.

    Attributes
    ----------
    question : str
        What is asked after each clip.
    question_translations : mapping of str to str
        The same in other languages, by their code; who changes the question changes them too.
    scale : tuple of ScalePoint
        2 to 11 points; the first has score 1.
    speed : float
        How fast clips play, the same for all; 1 is as filmed.
    max_replays : int or None
        How often a clip may be played again; None for as often as wanted.
    least_watch_s : float or None
        An answer counts only after so many seconds of the clip; None: only after its end.
    scrubbing : bool
        Whether the judge may move through a clip that has been played once.
    sound : bool
        Whether clips have their sound.
    eyes_covered : bool
        Whether the children's eyes are covered.
    break_every : int
        A break is offered after so many trials; 0 for none.
    """

    question: str = ATYPICALITY_QUESTION
    question_translations: Mapping[str, str] = field(
        default_factory=lambda: dict(_QUESTION_TRANSLATIONS), hash=False
    )
    scale: tuple[ScalePoint, ...] = ATYPICALITY_POINTS
    speed: float = 1.0
    max_replays: int | None = 0
    least_watch_s: float | None = None
    scrubbing: bool = False
    sound: bool = False
    eyes_covered: bool = True
    break_every: int = 0

    def asked(self, language: str) -> str:
        """The question in a language; as it was written where there is no translation."""
        return self.question_translations.get(language, self.question)


class OrderKind(StrEnum):
    """In which order a judge sees the clips."""

    RANDOM = "random"
    """All clips mixed, another order for every judge."""
    BLOCKED = "blocked"
    """The clips of one child after one another; children, and the clips of each, in random order."""


@dataclass(frozen=True, slots=True)
class PlannedJudge:
    """Somebody who will rate.

    Attributes
    ----------
    name : str
        A rater of the study; taken in as a judge if new.
    blind : bool
        Whether this judge knows nothing of the children's groups and codes.
    why_not_blind : str
        Why not, as the report prints it: ``"FACS expert who coded the children"``.
    """

    name: str
    blind: bool = True
    why_not_blind: str = ""


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """A session before anybody has rated.

    Attributes
    ----------
    name : str
        Of the session; judges see it.
    presentation : Presentation
        What every judge is shown and asked.
    judges : tuple of PlannedJudge
        Who rates.
    clips : tuple of int
        Numbers of the clips in the store, each once.
    practice : tuple of int
        Clips that are rated first and count nowhere; none of `clips`.
    repeats : int
        So many clips are rated twice, for test and retest.
    attention_checks : int
        So many times a judge is asked to press a given key.
    order : OrderKind
        How the order is made.
    seed : int
        Same seed, same orders.
    """

    name: str
    presentation: Presentation
    judges: tuple[PlannedJudge, ...]
    clips: tuple[int, ...]
    practice: tuple[int, ...] = ()
    repeats: int = 0
    attention_checks: int = 0
    order: OrderKind = OrderKind.RANDOM
    seed: int = 0


class TrialKind(StrEnum):
    """What a trial is for."""

    PRACTICE = "practice"
    RATING = "rating"
    REPEAT = "repeat"
    """The second time of a clip: the judge is not told."""
    ATTENTION = "attention"
    """No clip: the judge is asked to press a given key."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One thing that one judge is asked.

    Attributes
    ----------
    position : int
        0-based place in the judge's order, practice and checks included.
    token : str
        What the judge's side of the program calls it; random, another one for every judge.
    kind : TrialKind
        What it is for.
    clip_id : int or None
        Which clip; None for a check of attention.
    expected : int or None
        The score to be given in a check of attention.
    break_before : bool
        Whether a break is offered first.
    """

    position: int
    token: str
    kind: TrialKind
    clip_id: int | None
    expected: int | None = None
    break_before: bool = False


@dataclass(frozen=True, slots=True)
class Seat:
    """A judge's place in a session.

    Attributes
    ----------
    judge_id : int
        The rater.
    name : str
        Their name.
    token : str
        What exported folders and answer files call the seat.
    blind : bool
        Whether the judge is blind; false also from an unblinding on.
    why_not_blind : str
        Why not.
    """

    judge_id: int
    name: str
    token: str
    blind: bool = True
    why_not_blind: str = ""


@dataclass(frozen=True, slots=True)
class PreparedClip:
    """A clip as judges see it: a video of its own whose name tells nothing.

    Attributes
    ----------
    clip_id : int
        The clip.
    file : str
        Name in the session's folder.
    sha256 : str
        Of the file.
    frame_count : int
        How many frames.
    seconds : float
        How long it plays at its own speed.
    withheld : int
        Frames that are plain grey, because the eyes could not be covered.
    first_frame, last_frame : int
        What of the recording it shows, both included, by the numbers of the file that is connected
        now; :data:`NO_FRAMES` if none of it is in that file.
    """

    clip_id: int
    file: str
    sha256: str
    frame_count: int
    seconds: float
    withheld: int = 0
    first_frame: int = 0
    last_frame: int = 0


@dataclass(frozen=True, slots=True)
class RatingSession:
    """A session in the store.

    Attributes
    ----------
    id : int
        Number in the store.
    token : str
        What folders and answer files call it; empty for ratings that were imported.
    sign_key : str
        Key of the plan in hexadecimals, with which answer files are signed; never shown.
    plan : SessionPlan or None
        None for ratings that were not made here.
    name, question : str
        As imported, or as planned.
    seats : tuple of Seat
        The judges, in the order of the plan.
    created_at : datetime
        When, UTC.
    closed_at : datetime or None
        When it was closed; nobody rates in it any more.
    """

    id: int
    name: str
    question: str
    created_at: datetime
    token: str = ""
    sign_key: str = field(default="", repr=False)
    plan: SessionPlan | None = None
    seats: tuple[Seat, ...] = ()
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RatingLogEntry:
    """Something that was done about a session, other than rating.

    Attributes
    ----------
    what : str
        ``"planned"``, ``"prepared"``, ``"given out"``, ``"taken in"``, ``"unblinded"``, ``"closed"``,
        ``"reopened"``.
    actor : str
        Name of who did it; empty where nobody is named.
    detail : mapping
        Which judge, why, how many.
    at : datetime or None
        When, UTC; None before it is stored.
    """

    what: str
    actor: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict, hash=False)
    at: datetime | None = None


def presentation_text(presentation: Presentation) -> str:
    """The presentation as JSON, as the store keeps it."""
    return json.dumps(asdict(presentation), ensure_ascii=False, sort_keys=True)


def read_presentation(text: str) -> Presentation:
    """What :func:`presentation_text` wrote."""
    values = json.loads(text)
    values["scale"] = tuple(ScalePoint(**point) for point in values["scale"])
    return Presentation(**values)


def plan_text(plan: SessionPlan) -> str:
    """The plan without name and presentation as JSON: what no judge may read."""
    values = asdict(plan)
    del values["name"], values["presentation"]
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def read_plan(name: str, presentation: Presentation, text: str) -> SessionPlan:
    """What :func:`plan_text` wrote, put together again."""
    values = json.loads(text)
    return SessionPlan(
        name=name,
        presentation=presentation,
        judges=tuple(PlannedJudge(**judge) for judge in values["judges"]),
        clips=tuple(values["clips"]),
        practice=tuple(values["practice"]),
        repeats=values["repeats"],
        attention_checks=values["attention_checks"],
        order=OrderKind(values["order"]),
        seed=values["seed"],
    )
