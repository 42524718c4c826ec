"""Whether it is worth letting a model look at the study once more."""

from __future__ import annotations

from dataclasses import dataclass

from hrm_core.records.coding import CodingState
from hrm_core.records.model_run import ModelRun
from hrm_core.records.people import Rater
from hrm_core.workflows.look_at_models import list_models, model_cards
from hrm_core.workflows.own_cards import newer_cards
from hrm_core.workflows.project import Project

__all__ = ["NewerModel", "newer_model"]

_SETTLED = (CodingState.CODED, CodingState.CHECKED, CodingState.NOT_CODABLE)


@dataclass(frozen=True, slots=True)
class NewerModel:
    """What could be run, and on how much.

    Attributes
    ----------
    model : str
        Name of the model to run.
    version : int
        Which one of its family.
    than : str or None
        Name of the older version that suggested last; None if it is the same model, which has not
        looked at all clips yet.
    clips : int
        Clips that nobody of those asked about has coded a frame of, and that this model has not
        looked at.
    """

    model: str
    version: int
    than: str | None
    clips: int


def newer_model(project: Project, rater: Rater | None = None) -> NewerModel | None:
    """A newer version of the model that suggested last, or this model if it has not seen all uncoded clips.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater, optional
        Whose clips count as coded; by default everybody's.

    Returns
    -------
    NewerModel or None
        None if no model has looked at the study yet, if it has seen all, or if its card or its weights
        are not on this computer.

    Raises
    ------
    InvalidFileError
        If a card of the program is damaged.
    """
    last = _last_run(project)
    if last is None:
        return None
    there = {
        view.name
        for view in list_models()
        if (view.state, view.role) == ("there", "detector")
        and (project.settings.synthetic or not view.synthetic)
    }
    newer = [card for card in newer_cards(last.model, project.settings.name) if card.name in there]
    if newer:
        clips = _unseen_clips(project, rater, None)
        return NewerModel(newer[-1].name, newer[-1].version, last.model, clips) if clips else None
    if last.model not in there:
        return None
    clips = _unseen_clips(project, rater, last)
    return NewerModel(last.model, model_cards()[last.model].version, None, clips) if clips else None


def _last_run(project: Project) -> ModelRun | None:
    """The newest run that looked at videos here; predictions that were read from files are none."""
    recordings = project.store.recordings.of_participant()
    for run in reversed(project.store.model_runs.all()):
        if any(project.store.suggestions.blocks(run.id, recording.id) for recording in recordings):
            return run
    return None


def _unseen_clips(project: Project, rater: Rater | None, run: ModelRun | None) -> int:
    """Clips without a coded frame in which a run, or one that has not begun, has looked at no frame."""
    store, found = project.store, 0
    raters = project.raters() if rater is None else [rater]
    for recording in store.recordings.of_participant():
        clips = [clip for clip in store.recordings.clips(recording.id) if not clip.is_excluded]
        if not clips:
            continue
        done: set[int] = set()
        for who in raters:
            states = store.codings.frames_by_state(who.id, recording.id)
            done.update(frame for state in _SETTLED for frame in states.get(state, ()))
        spans = [] if run is None else store.suggestions.blocks(run.id, recording.id)
        found += sum(
            done.isdisjoint(range(clip.first_frame, clip.last_frame + 1))
            and not any(first <= clip.last_frame and clip.first_frame <= last for first, last, _ in spans)
            for clip in clips
        )
    return found
