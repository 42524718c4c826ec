"""Plan rating sessions; every function here runs in a worker thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hrm_annotator.language import tr
from hrm_core.errors import ProjectError
from hrm_core.records.people import Rater, Role
from hrm_core.records.rating_plan import OrderKind, PlannedJudge, Presentation

if TYPE_CHECKING:
    from hrm_core.progress import CancelToken, Progress
    from hrm_core.records.rating_plan import RatingSession
    from hrm_core.workflows.plan_rating import PlanPreview, SessionChoice
    from hrm_core.workflows.project import Project

__all__ = [
    "ChildClips",
    "Outlook",
    "Person",
    "PlanWish",
    "StudyForPlan",
    "look_ahead",
    "plan",
    "refuse_judge",
    "study_for_plan",
]

_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class ChildClips:
    """What of a child can be rated.

    Attributes
    ----------
    code : str
        The study's own name for the child; no group.
    clips : int
        Clips that are not excluded.
    seconds : float
        How long they play in all, as filmed; 0 where no frame rate is known.
    """

    code: str
    clips: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the study who may be asked to rate.

    Attributes
    ----------
    name : str
        The rater's name.
    knows_groups : bool
        Whether the study shows this rater the groups.
    plans : bool
        Whether this is who plans.
    coded : frozenset of str
        Codes of the children of whom this rater has ever coded frames.
    """

    name: str
    knows_groups: bool = False
    plans: bool = False
    coded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StudyForPlan:
    """What a session can be planned from.

    Attributes
    ----------
    children : tuple of ChildClips
        Children with clips to be rated, in the order of the study.
    excluded : int
        Clips that are excluded, and so are not offered.
    people : tuple of Person
        Everybody of the study in person who may judge.
    eyes_covered : bool
        Whether the study covers eyes unless somebody decides otherwise.
    """

    children: tuple[ChildClips, ...] = ()
    excluded: int = 0
    people: tuple[Person, ...] = ()
    eyes_covered: bool = True


@dataclass(frozen=True, slots=True)
class PlanWish:
    """A session as it is asked for in the window.

    Attributes
    ----------
    name : str
        Of the session.
    judges : tuple of PlannedJudge
        Who rates.
    children : tuple of str or None
        Only clips of these; None for all.
    presentation : Presentation
        What is asked and shown.
    practice, repeats, attention_checks : int
        How many.
    order : OrderKind
        How the order is made.
    seed : int
        Same seed, same orders.
    grey : bool
        Show plain grey where eyes cannot be covered, instead of refusing.
    """

    name: str = ""
    judges: tuple[PlannedJudge, ...] = ()
    children: tuple[str, ...] | None = None
    presentation: Presentation = field(default_factory=Presentation)
    practice: int = 0
    repeats: int = 0
    attention_checks: int = 0
    order: OrderKind = OrderKind.RANDOM
    seed: int = 0
    grey: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a wish comes to.

    Attributes
    ----------
    clips : int
        How many are rated.
    judges : tuple of (str, int, float)
        Name, trials in all, minutes they take at least.
    problems : tuple of str
        Why it cannot be planned so; empty if it can.
    notes : tuple of str
        What should be known, and keeps nobody from planning.
    """

    clips: int = 0
    judges: tuple[tuple[str, int, float], ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def study_for_plan(project: Project, person: Rater) -> StudyForPlan:
    """Children with their clips, and people with what they know of them.

    Raises
    ------
    ProjectError
        If this person is here to rate.
    """
    refuse_judge(person)
    frames: dict[int, list[int]] = {}
    excluded = 0
    for clip in project.store.recordings.clips():
        if clip.is_excluded:
            excluded += 1
        else:
            frames.setdefault(clip.video_id, []).append(len(clip))
    counted: dict[str, tuple[int, float]] = {}
    code_of: dict[int, str] = {}
    for who, recording in project.recordings():
        code_of[recording.id] = who.code
        lengths = frames.get(recording.id, [])
        number, seconds = counted.get(who.code, (0, 0.0))
        length = sum(lengths) / recording.fps if recording.fps else 0.0
        counted[who.code] = (number + len(lengths), seconds + length)
    children = tuple(ChildClips(code, *found) for code, found in counted.items() if found[0])
    people = tuple(
        _person(project, rater, person, code_of)
        for rater in project.people()
        if rater.role is not Role.COORDINATOR
    )
    return StudyForPlan(children, excluded, people, project.settings.privacy.mask_eyes_in_exports)


def _person(project: Project, rater: Rater, planner: Rater, code_of: dict[int, str]) -> Person:
    history = project.store.codings.has_history
    coded = frozenset(code for video, code in code_of.items() if history(rater.id, video))
    return Person(rater.name, not rater.blind, rater.id == planner.id, coded)


def refuse_judge(person: Rater) -> None:
    """Refuse somebody who is here to rate: orders, repeated clips and checks are not for judges.

    Raises
    ------
    ProjectError
        If that is what this person does in the study.
    """
    if person.role is Role.JUDGE:
        raise ProjectError(
            tr(
                "{name} takes part in this study as a judge, and judges neither plan rating sessions nor "
                "look at them: ask whoever coordinates the study.",
                name=person.name,
            )
        )


def look_ahead(project: Project, person: Rater, wish: PlanWish) -> Outlook:
    """What a wish comes to; nothing is written."""
    from hrm_core.workflows.plan_rating import preview

    if wish.children == ():
        return Outlook(problems=(tr("No child is ticked: tick those whose clips are to be rated."),))
    # Grey pictures are taken here, so that the window can say of clips without in its own words.
    found = preview(project, _choice(wish, grey=True), by=person.name)
    names = [judge.name for judge in wish.judges]
    problems = (*found.problems, *(() if wish.grey else _withheld(found)))
    return Outlook(
        len(found.clips),
        tuple((name, found.trials_per_judge, found.minutes_per_judge) for name in names),
        problems,
        () if problems else (*_withheld(found), *_room(found)),
    )


def plan(
    project: Project, person: Rater, wish: PlanWish, progress: Progress, cancel: CancelToken
) -> RatingSession:
    """Plan a session and prepare its clips, all or nothing; a UserError says why it cannot be."""
    from hrm_core.workflows.plan_rating import plan_session

    refuse_judge(person)
    return plan_session(
        project, _choice(wish, grey=wish.grey), by=person.name, progress=progress, cancel=cancel
    )


def _choice(wish: PlanWish, *, grey: bool) -> SessionChoice:
    from hrm_core.workflows.plan_rating import SessionChoice

    return SessionChoice(
        name=wish.name,
        judges=wish.judges,
        presentation=wish.presentation,
        eyes_covered=wish.presentation.eyes_covered,
        participants=wish.children or (),
        practice=wish.practice,
        repeats=wish.repeats,
        attention_checks=wish.attention_checks,
        order=wish.order,
        seed=wish.seed,
        allow_withheld=grey,
    )


def _withheld(found: PlanPreview) -> tuple[str, ...]:
    if not found.withheld:
        return ()
    names = [f"{clip.who.code}: {clip.recording.name}, {clip.clip.number}" for clip, _ in found.withheld]
    listed = "; ".join(names[:_MOST_NAMED]) + (" …" if len(names) > _MOST_NAMED else "")
    return (
        tr(
            "The eyes cannot be covered everywhere in {withheld} of {total} clips ({listed}). Mark the eyes "
            "(Face ▸ Eyes to review), leave the children out, or tick plain grey on the page Playback.",
            withheld=len(names),
            total=len(found.clips) + len(found.practice),
            listed=listed,
        ),
    )


def _room(found: PlanPreview) -> tuple[str, ...]:
    return (tr("The prepared clips take about {megabytes} MB.", megabytes=max(1, round(found.megabytes))),)
