"""Say what the answers of a rating session come to."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

import hrm_core
from hrm_core.errors import ProjectError
from hrm_core.progress import CancelToken, Progress
from hrm_core.rating.estimates import ResultOptions
from hrm_core.rating.results import SessionFacts, rating_results
from hrm_core.records.rating_plan import RatingLogEntry, TrialKind
from hrm_core.records.rating_results import RatingResults
from hrm_core.records.sitting import standing
from hrm_core.records.words import counted
from hrm_core.workflows.project import Project
from hrm_core.workflows.rating_answers import SessionAnswers, read_answers
from hrm_core.workflows.rating_sessions import session_progress

__all__ = ["ResultOptions", "measure_ratings", "require_rated"]

_LIBRARIES = ("numpy", "krippendorff")
_UNBLINDED = "unblinded"
_MOST_NAMED = 5


def measure_ratings(
    project: Project,
    session: str,
    options: ResultOptions | None = None,
    *,
    made_on: datetime | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> RatingResults:
    """Agreement, judges and clips of a session, planned here or imported.

    Parameters
    ----------
    project : Project
        The open study; nothing in it is changed.
    session : str
        Name of the session.
    options : ResultOptions, optional
        Level of intervals, resamples of children (0 for none) and their seed.
    made_on : datetime, optional
        The date of the results; now if left out.
    progress : Progress, optional
        Told of judges.
    cancel : CancelToken, optional
        Asked between them.

    Returns
    -------
    RatingResults
        Without children, codes and groups: clips have numbers that tell nothing.

    Raises
    ------
    NotFoundError
        If there is no such session; the message lists those there are.
    ProjectError
        If it holds an answer that is not on its scale.
    Cancelled
        On request.
    """
    answers = read_answers(project, session)
    plan = answers.session.plan
    log = project.store.rating_sessions.log(answers.session.id)
    lifted = [entry for entry in log if entry.what == _UNBLINDED]
    versions = {"HRM Annotator": hrm_core.__version__, "Python": platform.python_version()}
    facts = SessionFacts(
        study=project.settings.name,
        session=answers.session.name,
        presentation=answers.presentation,
        synthetic=project.settings.synthetic,
        order=plan.order if plan else None,
        seed=plan.seed if plan else None,
        unblinded=tuple(_lifted(project, answers, entry) for entry in lifted if entry.detail.get("judge")),
        joined=tuple(_joined(entry) for entry in lifted if not entry.detail.get("judge")),
        practice=len(plan.practice) if plan else None,
        repeats=plan.repeats if plan else None,
        attention_checks=plan.attention_checks if plan else None,
        warnings=(*_about_blinding(project, answers), *_about_clips(answers))
        if plan
        else tuple(_about_import(answers)),
        versions=versions | {name: version(name) for name in _LIBRARIES},
        made_on=made_on or datetime.now(UTC),
    )
    return rating_results(answers.table, facts, options, progress=progress, cancel=cancel)


def require_rated(project: Project, name: str, *, unfinished: bool = False) -> None:
    """Refuse to measure a session that nobody has rated, or in which somebody still rates.

    Numbers of an open session are those of the clips that happened to come first, and whoever plans
    may stop when they look well; so they are to be asked for.

    Parameters
    ----------
    project : Project
        The open study.
    name : str
        Of the session; one whose ratings were imported, or that is closed, is never unfinished.
    unfinished : bool
        Whether it may be measured though somebody still rates.

    Raises
    ------
    NotFoundError
        If there is no such session; the message lists those there are.
    ProjectError
        If nobody has rated a clip, or somebody has not finished.
    """
    found = session_progress(project, name)
    if not project.store.ratings.of_session(found.session.id):
        raise ProjectError(f"Nobody has rated a clip in {name!r} yet: there is nothing to measure.")
    if unfinished or found.session.closed_at is not None:
        return
    if waiting := [seat.seat.name for seat in found.seats if not seat.finished]:
        raise ProjectError(
            f"In {name!r}, {', '.join(waiting)} {'has' if len(waiting) == 1 else 'have'} not finished: wait, "
            "close the session with hrm rating close, or say --unfinished to see what there is."
        )


def _lifted(project: Project, answers: SessionAnswers, entry: RatingLogEntry) -> str:
    """Who lifted the blinding of which judge, when, after how many of the judge's answers, and why."""
    judge = str(entry.detail["judge"])
    before = ""
    seat = next((seat for seat in answers.session.seats if seat.name == judge), None)
    if seat is not None and entry.at is not None:
        store = project.store.rating_sessions
        of_session = (answers.session.id, seat.judge_id)
        rated = {trial.position for trial in store.trials(*of_session) if trial.kind is TrialKind.RATING}
        given = [event for place, event in standing(store.events(*of_session)).items() if place in rated]
        # What was answered in a browser reached the store later.
        times = [event.said_at or event.at for event in given]
        earlier = sum(time is not None and time <= entry.at for time in times)
        before = _before(earlier, len(given))
    return f"{_when(entry)}{_actor(entry)} lifted the blinding of {judge}{before}{_why(entry)}"


def _before(earlier: int, total: int) -> str:
    if not earlier:
        return " before any of the judge's answers"
    if earlier == total:
        return (
            " after the judge's only answer" if total == 1 else f" after all {total} of the judge's answers"
        )
    return f" after {earlier} of the judge's {total} answers"


def _joined(entry: RatingLogEntry) -> str:
    """Who joined answers to children, when, for what and why."""
    what = entry.detail.get("what")
    return (
        f"{_when(entry)}{_actor(entry)} joined answers to children{f', for {what}' if what else ''}"
        f"{_why(entry)}"
    )


def _when(entry: RatingLogEntry) -> str:
    return "" if entry.at is None else f"{entry.at.day} {entry.at:%B %Y, %H:%M} UTC: "


def _actor(entry: RatingLogEntry) -> str:
    return entry.actor or "somebody who is not named"


def _why(entry: RatingLogEntry) -> str:
    why = str(entry.detail.get("why", "")).rstrip(".")
    return f" ({why})." if why else "."


def _about_import(answers: SessionAnswers) -> Iterator[str]:
    yield (
        "These ratings were not made with a plan of this program: order, replays and what judges could see "
        "are not known here, and the scale is taken to be that of the paper, 1 to 5."
    )
    if answers.table.judges:
        yield "Who is blind is said as the raters are entered today, not as they were when they rated."


def _about_blinding(project: Project, answers: SessionAnswers) -> Iterator[str]:
    """Judges who were blind when it was planned, and have coded what they rate since."""
    videos = {clip.video_id for clip in answers.clips}
    for seat in answers.session.seats:
        if seat.blind and any(project.store.codings.has_history(seat.judge_id, video) for video in videos):
            yield (
                f"{seat.name} is counted as blind, but has coded recordings of this session since it was "
                "planned: if that was before rating, lift the blinding with hrm rating unblind."
            )


def _about_clips(answers: SessionAnswers) -> Iterator[str]:
    """Clips that are not, any more or at all, what the judges saw."""
    numbered = sorted(
        (int(number), clip) for number, clip in zip(answers.table.numbers, answers.clips, strict=True)
    )
    shown = [(number, clip, answers.prepared.get(clip.id)) for number, clip in numbered]
    changed = [
        number
        for number, clip, seen in shown
        if seen is not None and (clip.first_frame, clip.last_frame) != (seen.first_frame, seen.last_frame)
    ]
    if changed:
        yield (
            f"{_clips_in_words(changed)} changed after being prepared: the judges saw other frames than "
            "belong to them now."
        )
    grey = [number for number, _, seen in shown if seen is not None and seen.withheld]
    if grey:
        frames = sum(seen.withheld for _, _, seen in shown if seen is not None)
        yield (
            f"{_clips_in_words(grey)} had frames that the judges saw as plain grey, because eyes could not "
            f"be covered there ({counted(frames, 'frame')})."
        )


def _clips_in_words(numbers: Sequence[int]) -> str:
    """``"Clips 3, 8 and 40"``; of many only the first few and how many."""
    names = [str(number) for number in numbers]
    if len(names) == 1:
        return f"Clip {names[0]}"
    if len(names) > _MOST_NAMED:
        return f"{len(names)} clips ({', '.join(names[:_MOST_NAMED])}, ...)"
    return f"Clips {', '.join(names[:-1])} and {names[-1]}"
