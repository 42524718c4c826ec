"""A synthetic study with codes and what a made-up detector says of its frames, without pictures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.demo.study import DemoParticipant, plan_study
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.code_table import CodeTable
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.suggestions.calibration import sigmoid
from hrm_core.workflows.project import Project, create_project

__all__ = ["COLUMNS", "KEYS", "SAID", "add_run", "in_clips", "planned", "said_of", "said_study"]

KEYS = tuple(entry.key for entry in ALL_ACTIONS if entry.active)
COLUMNS = [place for place, entry in enumerate(ALL_ACTIONS) if entry.active]

SAID = ("AU1", "AU2", "AU4", "AU6", "AU7", "AU43", "AU12", "AU14", "AU16", "AU17", "AU25", "AU2X")
"""Actions that the made-up model knows if nothing else is wanted: few, because rows take time to write."""


@cache
def planned(seed: int = 3, frames: int = 330) -> tuple[DemoParticipant, ...]:
    """The children of the study; drawn once."""
    return plan_study(seed, frames)


def said_of(plan: Sequence[DemoParticipant], seed: int = 1, noise: float = 1.8) -> list[NDArray[np.float64]]:
    """Probabilities that follow strength, with a bias of each action and child and noise that lasts.

    Shape of each (n_frames, 33); actions as in `KEYS`.
    """
    random = np.random.default_rng(seed)
    bias, gain = random.normal(-0.3, 1.0, len(KEYS)), np.exp(random.normal(0, 0.3, len(KEYS)))
    found = []
    for who in plan:
        strength = who.intensities[:, COLUMNS].max(axis=-1).astype(np.float64)
        logits = np.clip((strength - 0.25) * 14, -4, 5) + bias + random.normal(0, 0.6 * noise, len(KEYS))
        slow = random.normal(0, noise, logits.shape)
        for frame in range(1, len(slow)):
            slow[frame] = 0.9 * slow[frame - 1] + 0.44 * slow[frame]
        logits += slow * 0.8 + random.normal(0, noise, logits.shape)
        found.append(sigmoid(gain * logits))
    return found


def in_clips(who: DemoParticipant) -> NDArray[np.int64]:
    """Frames of the clips of a child."""
    return np.concatenate([np.arange(first, last + 1) for first, last in who.clips])


def said_study(folder: Path, *, coded: int = 2, rater: str = "Ada") -> Project:
    """An open study of four of the children, of whom some are coded as they are; nothing is suggested yet."""
    project = create_project(folder, synthetic=True)
    store = project.store
    ada = store.people.ensure_rater(rater)
    tables = []
    for number, who in enumerate(planned()[:4]):
        child = store.people.add_participant(Participant(0, who.code, who.group))
        recording = store.recordings.add(
            Recording(0, child.id, "play", frame_count=who.n_frames, fps=float(who.fps))
        )
        store.recordings.add_clips(recording.id, list(who.clips))
        if number < coded:
            frames = in_clips(who)
            tables.append(CodeTable(ada.id, recording.id, frames, who.truth[frames]))
    store.codings.import_tables(tables, actor_id=ada.id, reason="as they are")
    return project


def add_run(
    project: Project,
    said: Sequence[NDArray[np.float64]],
    *,
    key: str = "a",
    actions: Sequence[str] = SAID,
    thresholds: dict[str, float] | None = None,
) -> int:
    """Write what a made-up model says of the recordings, columns as in `KEYS`; the run's number."""
    settings = {"actions": list(actions), "thresholds": thresholds or {}, "synthetic": True}
    run = project.store.suggestions.run_of("made-up", key, settings)
    places = [KEYS.index(action) for action in actions]
    for (_, recording), values in zip(project.recordings(), said, strict=False):
        frames = np.arange(len(values))
        project.store.suggestions.add_block(
            run, recording.id, frames.tolist(), frames, actions, values[:, places].astype(np.float32)
        )
    return run
