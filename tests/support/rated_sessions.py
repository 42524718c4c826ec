"""Rating sessions with given answers, put into a store as judges' programs put them there."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.people import Participant, Role
from hrm_core.records.rating import Rating
from hrm_core.records.rating_plan import (
    PlannedJudge,
    PreparedClip,
    Presentation,
    RatingSession,
    ScalePoint,
    Seat,
    SessionPlan,
    Trial,
    TrialKind,
)
from hrm_core.records.recording import Clip, Recording
from hrm_core.records.sitting import SittingAct, SittingEvent
from hrm_core.workflows.project import Project

FRAMES_PER_CLIP = 4


def add_children(project: Project, children: int, clips_each: int, *, gap: int = 2) -> list[Clip]:
    """Children of both groups with one recording each, and clips of four frames in it."""
    groups = project.settings.groups
    made: list[Clip] = []
    for number in range(1, children + 1):
        who = project.store.people.add_participant(Participant(0, f"S{number}", groups[number % len(groups)]))
        length = clips_each * (FRAMES_PER_CLIP + gap)
        recording = project.store.recordings.add(Recording(0, who.id, f"play {number}", frame_count=length))
        firsts = [at * (FRAMES_PER_CLIP + gap) for at in range(clips_each)]
        spans = [(first, first + FRAMES_PER_CLIP - 1) for first in firsts]
        made += project.store.recordings.add_clips(recording.id, spans)
    return made


def plan(
    project: Project,
    name: str,
    clips: Sequence[Clip],
    judges: Sequence[PlannedJudge],
    *,
    presentation: Presentation | None = None,
    repeats: int = 0,
    attention: int = 0,
    withheld: Mapping[int, int] | None = None,
    seed: int = 0,
) -> RatingSession:
    """A planned session: clips in random order, then the first ones again, then checks that ask for 1."""
    planned = SessionPlan(
        name, presentation or Presentation(), tuple(judges), tuple(clip.id for clip in clips), repeats=repeats
    )
    seats, trials = [], {}
    for judge in judges:
        rater = project.store.people.ensure_rater(judge.name, Role.JUDGE)
        seats.append(Seat(rater.id, judge.name, secrets.token_hex(8), judge.blind, judge.why_not_blind))
        mixed = np.random.default_rng([seed, len(seats)]).permutation([clip.id for clip in clips]).tolist()
        kinds = [(TrialKind.RATING, clip) for clip in mixed]
        kinds += [(TrialKind.REPEAT, clip) for clip in mixed[:repeats]]
        trials[rater.id] = [
            Trial(at, secrets.token_hex(8), kind, clip) for at, (kind, clip) in enumerate(kinds)
        ] + [
            Trial(len(kinds) + at, secrets.token_hex(8), TrialKind.ATTENTION, None, expected=1)
            for at in range(attention)
        ]
    prepared = [
        PreparedClip(
            clip.id,
            f"{secrets.token_hex(16)}.mp4",
            "",
            len(clip),
            1.0,
            withheld=(withheld or {}).get(clip.id, 0),
            first_frame=clip.first_frame,
            last_frame=clip.last_frame,
        )
        for clip in clips
    ]
    return project.store.rating_sessions.add(
        planned, seats, trials, prepared, token=secrets.token_hex(8), sign_key=secrets.token_hex(16)
    )


def answer(
    project: Project,
    session: RatingSession,
    scores: NDArray[np.float64],
    *,
    again: int = 0,
    checks: Sequence[int] = (),
    response_s: float | None = None,
    replays: int = 0,
) -> None:
    """Give every answer of a table [clips of the plan, judges] through the log; NaN is left out.

    Parameters
    ----------
    again : int
        A repeated clip gets the first answer plus this, within 1 and 5.
    checks : sequence of int
        What is pressed at the checks of attention.
    """
    assert session.plan is not None
    row_of = {clip: row for row, clip in enumerate(session.plan.clips)}
    for column, seat in enumerate(session.seats):
        events = []
        given = iter(checks)
        for trial in project.store.rating_sessions.trials(session.id, seat.judge_id):
            if trial.clip_id is None:
                score = float(next(given, np.nan))
            else:
                score = scores[row_of[trial.clip_id], column]
            if trial.kind is TrialKind.REPEAT:
                score = np.clip(score + again, 1, 5)
            if not np.isnan(score):
                events.append(
                    SittingEvent(trial.position, SittingAct.ANSWERED, int(score), response_s, replays)
                )
        project.store.rating_sessions.add_events(session, seat.judge_id, events)


def add_imported(
    project: Project, name: str, clips: Sequence[Clip], judges: Sequence[str], scores: NDArray[np.float64]
) -> None:
    """Ratings that were made elsewhere: no plan, no log."""
    session = project.store.ratings.add_session(name, "How odd?")
    raters = [project.store.people.ensure_rater(judge, Role.JUDGE) for judge in judges]
    project.store.ratings.add(
        session,
        [
            Rating(rater.id, clip.id, int(scores[row, column]), row)
            for column, rater in enumerate(raters)
            for row, clip in enumerate(clips)
            if not np.isnan(scores[row, column])
        ],
    )


def scale_of(points: int) -> Presentation:
    """The question of the paper on a scale of so many points."""
    return replace(Presentation(), scale=tuple(ScalePoint(f"point {at}") for at in range(1, points + 1)))
