"""The answers of a rating session out of the store, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.rating.rating_table import JudgeConduct, RatingTable, RepeatedAnswer, clip_numbers
from hrm_core.records.rating import Rating
from hrm_core.records.rating_plan import (
    ATYPICALITY_POINTS,
    PreparedClip,
    Presentation,
    RatingSession,
    Seat,
    TrialKind,
)
from hrm_core.records.recording import Clip
from hrm_core.records.sitting import SittingAct, SittingEvent, standing
from hrm_core.workflows.project import Project

__all__ = ["SessionAnswers", "read_answers"]


@dataclass(frozen=True, slots=True, eq=False)
class SessionAnswers:
    """A session with its answers.

    Attributes
    ----------
    session : RatingSession
        The session.
    presentation : Presentation
        What was asked; of ratings that were imported, their question on the scale of the paper.
    table : RatingTable
        The answers.
    clips : tuple of Clip
        The clips as they are now, in the order of the table's rows.
    prepared : mapping of int to PreparedClip
        What judges were shown, by number of the clip in the store; empty for imported ratings.
    """

    session: RatingSession
    presentation: Presentation
    table: RatingTable
    clips: tuple[Clip, ...]
    prepared: dict[int, PreparedClip]


def read_answers(project: Project, name: str) -> SessionAnswers:
    """Read a session with all answers that stand.

    Parameters
    ----------
    project : Project
        The open study; nothing in it is changed.
    name : str
        Of the session, planned here or imported.

    Raises
    ------
    NotFoundError
        If there is no such session; the message lists those there are.
    ProjectError
        If it holds an answer that is not on its scale.
    """
    session = project.store.rating_sessions.get(name)
    ratings = project.store.ratings.of_session(session.id)
    plan = session.plan
    presentation = plan.presentation if plan else Presentation(session.question, {}, scale=ATYPICALITY_POINTS)
    points = len(presentation.scale)
    strange = [entry.score for entry in ratings if not 1 <= entry.score <= points]
    if strange:
        raise ProjectError(
            f"The session {name!r} holds the answer {strange[0]}, but its scale goes from 1 to {points}: "
            "check the store with hrm store verify."
        )
    clips = _clips(project, session, ratings)
    seats = session.seats if plan else _imported_seats(project, ratings)
    judges = tuple(
        _conduct(project, session, seat) if plan else _imported(seat, len(clips)) for seat in seats
    )
    prepared = {entry.clip_id: entry for entry in project.store.rating_sessions.clips(session.id)}
    table = _table(project, session, points, judges, seats, clips, ratings)
    return SessionAnswers(session, presentation, table, clips, prepared)


def _clips(project: Project, session: RatingSession, ratings: Sequence[Rating]) -> tuple[Clip, ...]:
    wanted = {entry.clip_id for entry in ratings} | set(session.plan.clips if session.plan else ())
    clips = tuple(clip for clip in project.store.recordings.clips() if clip.id in wanted)
    if len(clips) < len(wanted):
        raise NotFoundError(
            f"Of the {len(wanted)} clips of the session {session.name!r}, {len(wanted) - len(clips)} are not "
            "in the study any more: go back to a backup with hrm store restore."
        )
    return clips


def _imported_seats(project: Project, ratings: Sequence[Rating]) -> tuple[Seat, ...]:
    judges = {entry.judge_id for entry in ratings}
    return tuple(
        Seat(rater.id, rater.name, "", rater.blind) for rater in project.raters() if rater.id in judges
    )


def _imported(seat: Seat, clips: int) -> JudgeConduct:
    return JudgeConduct(seat.name, seat.blind, seat.why_not_blind, clips)


def _conduct(project: Project, session: RatingSession, seat: Seat) -> JudgeConduct:
    """How a judge of a planned session went about it, from the log of the sitting."""
    trials = project.store.rating_sessions.trials(session.id, seat.judge_id)
    events = project.store.rating_sessions.events(session.id, seat.judge_id)
    stand = standing(events)
    rated = {trial.position for trial in trials if trial.kind is TrialKind.RATING}
    checks = [trial for trial in trials if trial.kind is TrialKind.ATTENTION and trial.position in stand]
    return JudgeConduct(
        name=seat.name,
        blind=seat.blind,
        why_not_blind=seat.why_not_blind,
        planned=len(rated),
        attention_right=sum(stand[trial.position].score == trial.expected for trial in checks),
        attention_asked=len(checks),
        taken_back=sum(event.act is SittingAct.TAKEN_BACK and event.position in rated for event in events),
        begun_again=_begun_again(events, rated & stand.keys()),
        via=tuple(sorted({event.via for event in stand.values()}, reverse=True)),
    )


def _begun_again(events: Sequence[SittingEvent], positions: Set[int]) -> int:
    """Showings beyond the first that no replay explains: a first impression was had twice."""
    shown = Counter(event.position for event in events if event.act is SittingAct.SHOWN)
    replays = {event.position: event.replays for event in events if event.act is SittingAct.ANSWERED}
    return sum(max(0, shown[place] - 1 - replays[place]) for place in positions)


def _table(
    project: Project,
    session: RatingSession,
    points: int,
    judges: tuple[JudgeConduct, ...],
    seats: Sequence[Seat],
    clips: Sequence[Clip],
    ratings: Sequence[Rating],
) -> RatingTable:
    child_of = {entry.id: entry.participant_id for entry in project.store.recordings.of_participant()}
    row_of = {clip.id: row for row, clip in enumerate(clips)}
    column_of = {seat.judge_id: column for column, seat in enumerate(seats)}
    shape = (len(clips), len(seats))
    scores, positions, seconds = (np.full(shape, np.nan) for _ in range(3))
    replays = np.zeros(shape, dtype=np.int64)
    repeats = []
    for entry in ratings:
        at = row_of[entry.clip_id], column_of[entry.judge_id]
        if entry.repeat:
            repeats.append((at, entry.score))
            continue
        scores[at] = entry.score
        replays[at] = entry.replays
        if entry.response_s is not None:
            seconds[at] = entry.response_s
        if session.plan is not None:
            # The place that an import gives an answer is not the order in which it was given.
            positions[at] = entry.position
    # Who knows only what judges are given cannot work out the numbers; the date stands for the
    # secret of ratings that were made elsewhere.
    secret = f"{session.token}:{session.sign_key}" if session.plan else session.created_at.isoformat()
    return RatingTable(
        points=points,
        judges=judges,
        numbers=clip_numbers(secret, [clip.id for clip in clips]),
        children=np.array([child_of[clip.video_id] for clip in clips], dtype=np.int64),
        scores=scores,
        positions=positions,
        response_s=seconds,
        replays=replays,
        repeats=tuple(
            RepeatedAnswer(at[1], at[0], int(scores[at]), second)
            for at, second in repeats
            if not np.isnan(scores[at])
        ),
    )
