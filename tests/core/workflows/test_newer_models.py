"""When it is offered to let a model look at the study once more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hrm_core.models.card import Lineage, ModelCard
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.workflows import newer_models, own_cards
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.add_video import add_clips, add_video
from hrm_core.workflows.look_at_models import ModelView, list_models, model_cards
from hrm_core.workflows.newer_models import NewerModel, newer_model
from hrm_core.workflows.project import Project


@pytest.fixture
def study(project: Project, film: Path) -> Project:
    """Two children with a video each; three clips in all."""
    for code, clips in (("S1", [(0, 5), (6, 11)]), ("S2", [(2, 9)])):
        add_clips(project, add_video(project, code, film, name=f"play {code}"), clips)
    return project


@pytest.fixture
def models(project: Project, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Names and states of versions 1, 2, ... of one family of detectors that are on this computer."""
    states: dict[str, str] = {}
    of_program = model_cards()
    card = of_program["mae_face"]
    lineage = Lineage(project.settings.name, "r", "small", "starter", "", "2026-01-01", 2, 10, 2, {})
    view = next(view for view in list_models() if view.name == card.name)

    def cards() -> dict[str, ModelCard]:
        own = {
            name: replace(card, name=name, family="play", version=number, lineage=lineage)
            for number, name in enumerate(states, start=1)
        }
        return of_program | own

    def views() -> list[ModelView]:
        return [replace(view, name=name, state=state) for name, state in states.items()]

    for module in (newer_models, own_cards):
        monkeypatch.setattr(module, "model_cards", cards)
    monkeypatch.setattr(newer_models, "list_models", views)
    return states


def look(project: Project, model: str, *spans: tuple[str, int, int], **settings: Any) -> None:
    """A model has looked at frames of children."""
    store = project.store.suggestions
    run = store.run_of(model, f"key of {model}", {"actions": ["AU12"], **settings})
    for participant, first, last in spans:
        recording = next(project.recordings(participant))[1]
        frames = np.arange(first, last + 1)
        store.add_block(
            run, recording.id, frames.tolist(), frames, ["AU12"], np.full((len(frames), 1), 0.5, np.float32)
        )


def test_nothing_is_offered_before_a_model_was_run(study: Project, models: dict[str, str]) -> None:
    models["play-v1"] = "there"
    assert newer_model(study) is None
    look(study, "gone", ("S1", 0, 11))
    assert newer_model(study) is None


def test_what_a_model_has_not_seen_is_offered_to_it(study: Project, models: dict[str, str]) -> None:
    models["play-v1"] = "there"
    look(study, "play-v1", ("S1", 0, 3))
    assert newer_model(study) == NewerModel("play-v1", 1, None, 2)
    ada, bo = add_rater(study, "Ada"), add_rater(study, "Bo")
    recording = next(study.recordings("S2"))[1]
    coding = FrameCoding(bo.id, recording.id, 5, state=CodingState.CARRIED)
    study.store.codings.save(coding)
    # Carried codes were looked at by nobody.
    assert newer_model(study, bo) == NewerModel("play-v1", 1, None, 2)
    study.store.codings.save(FrameCoding(bo.id, recording.id, 6))
    assert newer_model(study, bo) == newer_model(study) == NewerModel("play-v1", 1, None, 1)
    assert newer_model(study, ada) == NewerModel("play-v1", 1, None, 2)
    look(study, "play-v1", ("S1", 6, 6))
    assert newer_model(study, bo) is None
    models["play-v1"] = "missing"
    assert newer_model(study, ada) is None


def test_a_newer_version_is_offered_once_it_is_there(study: Project, models: dict[str, str]) -> None:
    models.update({"play-v1": "there", "play-v2": "there", "play-v3": "damaged"})
    look(study, "play-v1", ("S1", 0, 11), ("S2", 0, 11))
    assert newer_model(study) == NewerModel("play-v2", 2, "play-v1", 3)
    models["play-v3"] = "there"
    assert newer_model(study) == NewerModel("play-v3", 3, "play-v1", 3)
    look(study, "play-v3", ("S1", 0, 5))
    assert newer_model(study) == NewerModel("play-v3", 3, None, 2)
    look(study, "play-v3", ("S1", 6, 11), ("S2", 0, 11))
    assert newer_model(study) is None


def test_what_the_study_trained_is_newer_than_what_it_began_from(
    study: Project, models: dict[str, str]
) -> None:
    look(study, "starter", ("S1", 0, 11), ("S2", 0, 11))
    assert newer_model(study) is None
    models["play-v1"] = "there"
    assert newer_model(study) == NewerModel("play-v1", 1, "starter", 3)


def test_with_everything_coded_nobody_is_asked(study: Project, models: dict[str, str]) -> None:
    models.update({"play-v1": "there", "play-v2": "there"})
    look(study, "play-v1", ("S1", 0, 11))
    ada = add_rater(study, "Ada")
    for _, recording in study.recordings():
        for frame in (3, 8):
            study.store.codings.save(FrameCoding(ada.id, recording.id, frame))
    assert newer_model(study, ada) is None
