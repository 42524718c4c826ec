"""The tree of the study keeps Qt's rules for models."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.modeltest import ModelTester

from hrm_annotator.itemmodels.study import StudyModel
from hrm_core.workflows.look_at_project import look_at_project
from hrm_core.workflows.project import open_project
from tests.support.window import CLIPS, FRAMES


@pytest.fixture
def model(study: Path, qapp: object) -> StudyModel:
    """The study in a model of its own."""
    made = StudyModel()
    with open_project(study) as project:
        made.show_study(look_at_project(project))
    return made


def test_the_model_keeps_the_rules(model: StudyModel, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(model, force_py=True)


def test_it_lists_participants_recordings_and_clips(model: StudyModel) -> None:
    assert [model.item(row).text() for row in range(model.rowCount())] == ["Participant 7", "Participant 8"]
    recording = model.index(0, 0, model.index(0, 0))
    assert recording.data() == "play-7"
    rows = [model.index(row, 1, recording).data() for row in range(2)]
    assert rows == [f"{first}–{last}" for first, last in CLIPS]
    assert model.recording_at(model.index(0, 0)) is None
    found, clip = model.recording_at(model.index(1, 1, recording))
    assert (found.name, (clip.first_frame, clip.last_frame)) == ("play-7", CLIPS[1])


def test_progress_is_updated_in_place(model: StudyModel, qtmodeltester: ModelTester) -> None:
    recording = model.index(0, 0, model.index(1, 0))
    number = model.recording_at(recording)[0].id
    model.show_coded(number, 5)
    assert recording.siblingAtColumn(1).data() == f"5 / {FRAMES}"
    model.show_coded(999, 5)
    qtmodeltester.check(model, force_py=True)


def test_another_study_takes_the_place(model: StudyModel, study: Path, qtmodeltester: ModelTester) -> None:
    with open_project(study) as project:
        model.show_study(look_at_project(project)[1:])
    assert model.rowCount() == 1
    assert model.horizontalHeaderItem(0).text() == "Recording"
    model.show_study([])
    assert model.rowCount() == 0
    qtmodeltester.check(model, force_py=True)


def test_nothing_can_be_typed_into_it(model: StudyModel) -> None:
    from PySide6.QtCore import Qt

    assert not model.index(0, 0).flags() & Qt.ItemFlag.ItemIsEditable
