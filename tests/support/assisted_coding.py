"""Synthetic coders beside a synthetic model, who lean towards it or do not; and a study with their logs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.records.suggestion import Condition, FrameVisit, SuggestionDecision, Verdict
from hrm_core.suggestions.bias import CodedBeside
from hrm_core.workflows.project import Project, create_project
from tests.support.builders import table

ACTIONS = ("AU1", "AU4", "AU6", "AU12", "AU25")
STRETCH = 30
MODEL = "synthetic-net"


@dataclass(frozen=True)
class Film:
    """One recording: what the model says, what the coder codes, which frames were assisted."""

    probabilities: NDArray[np.float64]
    coded: NDArray[np.bool_]
    assisted: NDArray[np.bool_]

    @property
    def proposed(self) -> NDArray[np.bool_]:
        return self.probabilities >= 0.5


def _runs(rng: np.random.Generator, frames: int, share: float, mean: float) -> NDArray[np.bool_]:
    """Runs of frames: there for `mean` frames at a time, in `share` of all frames."""
    stays, begins = 1 - 1 / mean, share / (1 - share) / mean
    draw, there = rng.random((frames, len(ACTIONS))), np.zeros((frames, len(ACTIONS)), dtype=bool)
    now = rng.random(len(ACTIONS)) < share
    for frame in range(frames):
        now = draw[frame] < np.where(now, stays, begins)
        there[frame] = now
    return there


Scene = tuple[NDArray[np.bool_], NDArray[np.float64]]


def scene(rng: np.random.Generator, frames: int) -> Scene:
    """What is there, and what a model that errs in runs of frames says of it."""
    truth = _runs(rng, frames, 0.3, 12)
    wrong = _runs(rng, frames, 0.15, 8)
    noise = rng.normal(0, 0.08, truth.shape)
    return truth, np.clip(np.where(truth ^ wrong, 0.75, 0.25) + noise, 0.01, 0.99)


def film(
    rng: np.random.Generator,
    frames: int,
    *,
    anchored: float,
    control: float = 0.3,
    of: Scene | None = None,
) -> Film:
    """A coder who errs in runs of frames, and takes over the model's runs on assisted frames at times.

    Parameters
    ----------
    rng : numpy.random.Generator
        Chance.
    frames : int
        Of the recording.
    anchored : float
        Share of assisted frames, in runs, in which the coder takes over what is proposed.
    control : float
        Share of stretches that are control.
    of : Scene, optional
        What is coded; a new one if left out.
    """
    truth, probabilities = of or scene(rng, frames)
    own = truth ^ _runs(rng, frames, 0.1, 4)
    assisted = np.repeat(rng.random(-(-frames // STRETCH)) >= control, STRETCH)[:frames]
    follows = _runs(rng, frames, anchored, 6) if anchored else np.zeros_like(truth)
    coded = np.where(follows & assisted[:, None], probabilities >= 0.5, own)
    return Film(probabilities, coded, assisted)


def beside(films: list[Film]) -> CodedBeside:
    """The films, each of a child of its own, as the measure takes them."""
    lengths = [len(one.coded) for one in films]
    numbers = np.repeat(np.arange(len(films)), lengths)
    coded = np.concatenate([one.coded for one in films])
    return CodedBeside(
        ACTIONS,
        coded,
        np.concatenate([one.proposed for one in films]),
        np.ones_like(coded),
        np.concatenate([one.probabilities for one in films]),
        np.concatenate([one.assisted for one in films]),
        numbers,
        np.concatenate([np.arange(length) for length in lengths]),
        numbers,
    )


def assisted_study(
    folder: Path,
    *,
    children: int = 6,
    frames: int = 300,
    anchored: float = 0.3,
    raters: tuple[str, ...] = ("Ada",),
    seed: int = 0,
) -> Project:
    """A synthetic study with two versions of a model, whose logs are written as the window writes them.

    Children are called S71, S72, ...; the last one of two or more was coded before there was a model.
    """
    rng = np.random.default_rng(seed)
    project = create_project(folder, name="Synthetic study", synthetic=True)
    settings = {
        "actions": list(ACTIONS), "thresholds": dict.fromkeys(ACTIONS, 0.5), "synthetic": True,
        "weights_sha256": "ab" * 32, "ran_on": "CPU", "population": "drawn faces",
        "limits": ["Means nothing on photographs."], "licence": "MIT",
    }  # fmt: skip
    store = project.store
    older, newer = (store.suggestions.run_of(f"{MODEL}-v{one}", f"key {one}", settings) for one in (1, 2))
    for number in range(children):
        group = ("ASD", "TD")[number % 2]
        who = store.people.add_participant(Participant(0, f"S{71 + number}", group, "F", 4.0 + number))
        video = store.recordings.add(Recording(0, who.id, f"play{number}", frame_count=frames, fps=25.0))
        unaided = children > 1 and number == children - 1
        shown = scene(rng, frames)
        for name in raters:
            one = film(rng, frames, anchored=0 if unaided else anchored, of=shown)
            _code(project, name, video, one, newer, unaided=unaided)
        for run, values in ((older, _worse(rng, shown[1])), (newer, shown[1])):
            store.suggestions.add_block(
                run, video.id, range(frames), np.arange(frames), ACTIONS, values.astype(np.float32)
            )
    return project


def _worse(rng: np.random.Generator, said: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(said + rng.normal(0, 0.25, said.shape), 0, 1)


def _code(project: Project, name: str, video: Recording, one: Film, run: int, *, unaided: bool) -> None:
    store = project.store
    rater = store.people.ensure_rater(name)
    codes = np.zeros((len(one.coded), 35), dtype=np.uint8)
    codes[:, [COLUMN_OF[key] for key in ACTIONS]] = one.coded
    tables = [table(rater.id, video.id, range(len(codes)), codes)]
    store.codings.import_tables(tables, actor_id=rater.id, reason="synthetic")
    if unaided:
        return
    nothing = np.zeros_like(one.coded[:1])
    # On assisted frames the model's changes come by themselves; each other change is an act.
    by_itself = np.diff(one.proposed, axis=0, prepend=nothing) & one.assisted[:, None]
    acts_on = (np.diff(one.coded, axis=0, prepend=nothing) ^ by_itself).sum(axis=1).tolist()
    visits, decisions = [], []
    for frame, assisted in enumerate(one.assisted.tolist()):
        acts = acts_on[frame]
        condition = Condition.ASSISTED if assisted else Condition.CONTROL
        visits.append(FrameVisit(rater.id, video.id, frame, condition, run, acts, 2.0 + 1.5 * acts, True))
        if frame % 50 == 0:
            visits.append(FrameVisit(rater.id, video.id, frame, Condition.AFTER, run, 1, 3.0, False))
        if assisted and frame % 3 == 0:
            for place, key in enumerate(ACTIONS):
                if one.proposed[frame, place]:
                    verdict = Verdict.ACCEPTED if one.coded[frame, place] else Verdict.REJECTED
                    decisions.append(
                        SuggestionDecision(
                            rater.id, video.id, frame, frame, run, key, verdict, condition,
                            float(one.probabilities[frame, place]),
                        )
                    )  # fmt: skip
    store.suggestion_log.add_visits(visits)
    store.suggestion_log.add_decisions(decisions)
