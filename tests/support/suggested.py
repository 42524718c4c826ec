"""A model that says what a test wants, written into a study as a run would."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.config import Assistance, read_settings, write_settings
from hrm_core.records.suggestion import FrameVisit, SuggestionDecision
from hrm_core.workflows.project import open_project
from tests.support.window import Seat

__all__ = ["RUNS", "assist_by", "decisions", "leave", "painted_frames", "seen", "sit", "suggest", "visits"]

Runs = Mapping[str, Sequence[tuple[int, int, float]]]
RUNS: Runs = {"AU4": [(0, 119, 0.7)], "AU12": [(14, 19, 0.9), (70, 79, 0.8)]}
"""Frown everywhere, smile in the frames 14-19 and 70-79."""


def suggest(folder: Path, runs: Runs, participant: str = "7", frames: range = range(120)) -> int:
    """Write a run of a model whose actions are likely in these stretches (first, last, probability).

    Elsewhere they have a probability of 0.05.
    """
    values: NDArray[np.float32] = np.full((len(frames), len(runs)), 0.05, dtype=np.float32)
    for column, stretches in enumerate(runs.values()):
        for first, last, probability in stretches:
            values[first - frames[0] : last + 1 - frames[0], column] = probability
    with open_project(folder) as project:
        _, recording = next(project.recordings(participant))
        settings = {"actions": list(runs), "synthetic": True}
        run = project.store.suggestions.run_of("told", "key of the told run", settings)
        at = np.array(frames, dtype=np.int64)
        project.store.suggestions.add_block(run, recording.id, list(frames), at, list(runs), values)
        return run


def assist_by(folder: Path, **wanted: object) -> None:
    """Set how the study lets models suggest codes."""
    settings = read_settings(folder)
    write_settings(folder, replace(settings, assistance=Assistance(**wanted)))  # type: ignore[arg-type]


def decisions(folder: Path) -> list[SuggestionDecision]:
    """The whole log of decisions, read from outside the window."""
    with open_project(folder) as project:
        return project.store.suggestion_log.decisions()


def visits(folder: Path) -> list[FrameVisit]:
    """The whole log of visits, read from outside the window."""
    with open_project(folder) as project:
        return project.store.suggestion_log.visits()


def sit(new_seat: Callable[..., Seat], study: Path, **assistance: object) -> Seat:
    assist_by(study, **assistance)
    seat = new_seat()
    seat.open(study)
    seat.wait(lambda: seat.program.assist.suggestions.proposals is not None)
    return seat


def seen(seat: Seat) -> dict[str, int]:
    """Codes that the boxes say are suggested."""
    boxes = {key: seat.coding.box(key) for key in RUNS}
    return {key: box._suggested for key, box in boxes.items() if box._suggested is not None}


def painted_frames(seat: Seat, key: str = "AU4") -> set[int]:
    """Frames for which the timeline has anything of an action."""
    timeline = seat.window.timeline.timeline
    assert timeline is not None
    view = timeline._view
    row = view.grid.row_of(key)
    if view.proposed is None or view.suggestions is None:
        return set()
    assert ((view.proposed.finest[row] > 0) == (view.suggestions.finest[row] > 0)).all()
    return set(np.flatnonzero(view.proposed.finest[row]).tolist())


def leave(seat: Seat) -> Path:
    """Close the program, so that everything is on disk; the folder of the study."""
    seat.saved()
    seat.leave()
    assert seat.folder is not None
    return seat.folder
