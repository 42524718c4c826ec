"""Small rating sessions, made without the planner, whose clips are synthetic bars."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hrm_core.media import open_video
from hrm_core.media.clip_writer import write_clip
from hrm_core.progress import CancelToken
from hrm_core.records.people import Role
from hrm_core.records.rating_plan import (
    PlannedJudge,
    PreparedClip,
    Presentation,
    RatingSession,
    Seat,
    SessionPlan,
    Trial,
    TrialKind,
)
from hrm_core.records.recording import Clip
from hrm_core.workflows.add_participant import add_participant
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.project import Project, create_project
from hrm_core.workflows.rating_clips import clips_folder
from tests.support.builders import tiny_video

__all__ = ["CHILDREN", "CLIP_FRAMES", "SECRETS", "Planned", "plan", "study_to_rate"]

CHILDREN = {"Kid-7731": "ASD", "Kid-4402": "TD"}
RECORDING = "Playroom visit 3.mp4"
SECRETS = (*CHILDREN, *CHILDREN.values(), "Playroom", "visit 3", "Mei Lin", "Zhang Wei", "autism")
"""Words of the study that no judge may meet; the last are other judges, and what no file may say."""
CLIP_FRAMES = 6


@dataclass(frozen=True)
class Planned:
    """A session, and the trials of each judge by name."""

    project: Project
    session: RatingSession
    trials: dict[str, tuple[Trial, ...]]

    def tokens(self, judge: str) -> dict[int, str]:
        """Tokens of the trials by position."""
        return {trial.position: trial.token for trial in self.trials[judge]}

    def seat(self, judge: str) -> Seat:
        """The judge's seat."""
        return next(seat for seat in self.session.seats if seat.name == judge)


def study_to_rate(
    folder: Path, clips: int = 3, *, film: Path | None = None, frames: int = CLIP_FRAMES
) -> Project:
    """A study of two children, each with the same film and `clips` clips of so many frames."""
    film = film or tiny_video(folder / RECORDING, clips * frames)
    project = create_project(folder / "study")
    spans = [(first, first + frames - 1) for first in range(0, clips * frames, frames)]
    for code, group in CHILDREN.items():
        add_participant(project, code, group=group)
        add_video(project, code, film, clips=spans)
    return project


def plan(
    project: Project,
    kinds: Sequence[tuple[TrialKind, int | None]],
    *,
    presentation: Presentation | None = None,
    judges: Sequence[str] = ("Ada", "Mei Lin", "Zhang Wei"),
    name: str = "First impressions",
    breaks: Sequence[int] = (),
    token: str | None = None,
) -> Planned:
    """Store a session.

    Parameters
    ----------
    project : Project
        From :func:`study_to_rate`.
    kinds : sequence of (TrialKind, int or None)
        What is asked in order; the number is the place of a clip in the store, for a check of attention
        the score to be given.
    presentation : Presentation, optional
        How.
    judges : sequence of str
        Names; the first is the one who rates.
    name : str
        Of the session.
    breaks : sequence of int
        Positions before which a break is offered.
    token : str, optional
        Of the session.
    """
    store, token = project.store, token or secrets.token_hex(16)
    clips = [clip for _, video in project.recordings() for clip in store.recordings.clips(video.id)]
    raters = [store.people.ensure_rater(judge, Role.JUDGE) for judge in judges]
    seats = [Seat(rater.id, rater.name, secrets.token_hex(16)) for rater in raters]
    trials = {seat.judge_id: _trials(kinds, [clip.id for clip in clips], breaks) for seat in seats}
    used = {trial.clip_id for trial in trials[seats[0].judge_id]} - {None}
    folder = clips_folder(project.folder, token)
    by_video = {video.id: project.original_path(video) for _, video in project.recordings()}
    prepared = [_prepare(by_video[clip.video_id], clip, folder) for clip in clips if clip.id in used]
    rated = tuple(
        dict.fromkeys(clips[n].id for kind, n in kinds if kind is TrialKind.RATING and n is not None)
    )
    session = store.rating_sessions.add(
        SessionPlan(name, presentation or Presentation(), tuple(map(PlannedJudge, judges)), rated),
        seats,
        trials,
        prepared,
        token=token,
        sign_key=secrets.token_hex(32),
    )
    return Planned(project, session, {seat.name: tuple(trials[seat.judge_id]) for seat in seats})


def _trials(
    kinds: Sequence[tuple[TrialKind, int | None]], clips: Sequence[int], breaks: Sequence[int]
) -> list[Trial]:
    return [
        Trial(
            position,
            secrets.token_hex(16),
            kind,
            None if kind is TrialKind.ATTENTION or number is None else clips[number],
            number if kind is TrialKind.ATTENTION else None,
            position in breaks,
        )
        for position, (kind, number) in enumerate(kinds)
    ]


def _prepare(film: Path, clip: Clip, folder: Path) -> PreparedClip:
    file = folder / f"{secrets.token_hex(16)}.mp4"
    span = range(clip.first_frame, clip.last_frame + 1)
    with open_video(film) as video:
        write_clip(video, span, file, lambda n: video[n], advance=lambda: None, cancel=CancelToken())
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return PreparedClip(clip.id, file.name, digest, len(span), len(span) / 25)
