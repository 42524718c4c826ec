"""Propose codes of a recording from what a run of a model says of it; nothing is ever written."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.model_run import ModelRun, RunProbabilities
from hrm_core.records.proposal import Proposals
from hrm_core.records.recording import Recording
from hrm_core.suggestions.boundaries import parts, sequences
from hrm_core.suggestions.fitted import Fitted, damaged, read_detail, unfitted
from hrm_core.suggestions.propose import propose
from hrm_core.suggestions.sides import USUAL_MARGIN
from hrm_core.workflows.project import Project

__all__ = ["fitted_to", "parts_of", "proposals"]


def proposals(project: Project, recording: Recording, run_id: int | None = None) -> Proposals | None:
    """What a run proposes for a recording.

    Probabilities are calibrated and smoothed as :func:`hrm_core.workflows.fit_suggestions.fit_suggestions`
    fitted it last; where nothing was fitted, the thresholds of the model's card and a median of three frames
    decide.

    Parameters
    ----------
    project : Project
        The open study.
    recording : Recording
        The recording.
    run_id : int, optional
        Whose suggestions; the newest run that says anything of the recording if left out.

    Returns
    -------
    Proposals or None
        None if the run, or every run, says nothing of the recording.

    Raises
    ------
    NotFoundError
        If no run of this number has suggestions.
    InvalidFileError
        If what was fitted to the run cannot be read.
    """
    runs = project.store.model_runs
    for run in reversed(runs.all()) if run_id is None else [runs.get(run_id)]:
        said = runs.probabilities(run.id, recording.id)
        if len(said.frames):
            return _proposals(project, recording, run, said)
    return None


def fitted_to(project: Project, run: ModelRun) -> Fitted | None:
    """What was fitted to a run last; None if nothing was.

    Raises
    ------
    InvalidFileError
        If it cannot be read, or is about other actions.
    """
    try:
        stored = project.store.suggestions.fit(run.id)
    except ValueError as error:
        raise damaged(run.id) from error
    if stored is None:
        return None
    fitted = read_detail(stored.detail, run.id)
    if fitted.actions != run.actions:
        raise damaged(run.id)
    return fitted


def parts_of(project: Project, recording: Recording, frames: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each frame of a recording that changes where one of its clips begins or ends."""
    clips = project.store.recordings.clips(recording.id)
    return parts(frames, [(clip.first_frame, clip.last_frame) for clip in clips if not clip.is_nowhere])


def _proposals(project: Project, recording: Recording, run: ModelRun, said: RunProbabilities) -> Proposals:
    fitted = fitted_to(project, run)
    how = fitted or unfitted(run.actions, run.settings.get("thresholds") or {}, USUAL_MARGIN)
    columns = [COLUMN_OF[key] for key in run.actions]
    whole = said.probabilities[:, columns]
    rows = np.isfinite(whole).all(axis=1)
    halves = [None if half is None else half[rows][:, columns] for half in (said.left, said.right)]
    frames = said.frames[rows]
    spans = sequences(frames, parts_of(project, recording, frames))
    found = propose(how, frames, spans, whole[rows], *halves)
    coded = {action.key for action in project.actions()}
    kept = [place for place, key in enumerate(run.actions) if key in coded]
    keys = tuple(run.actions[place] for place in kept)
    return Proposals(
        run,
        keys,
        frames,
        found.probabilities[:, kept],
        found.codes[:, kept],
        tuple(each for each in found.runs if each.action in coded),
        fitted is not None,
    )
