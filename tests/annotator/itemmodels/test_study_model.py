"""The tree of the study keeps Qt's rules for models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from hrm_annotator.itemmodels.study import BAR, StudyModel
from hrm_core.records.coding_progress import ClipProgress, FrameCounts, recording_progress
from hrm_core.records.recording import Clip, ClipState, ExclusionReason
from hrm_core.workflows.look_at_project import look_at_project
from hrm_core.workflows.project import open_project
from tests.support.window import CLIPS


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
    assert [model.item(row).text() for row in range(model.rowCount())] == [
        "Participant 7 · ASD",
        "Participant 8 · TD",
    ]
    recording = model.index(0, 0, model.index(0, 0))
    assert recording.data() == "play-7"
    rows = [[model.index(row, column, recording).data() for column in range(2)] for row in range(2)]
    assert rows == [
        [f"{number} · {first}–{last}", f"0/{last - first + 1}"]
        for number, (first, last) in enumerate(CLIPS, start=1)
    ]
    assert model.recording_at(model.index(0, 0)) is None
    found, clip = model.recording_at(model.index(1, 1, recording))
    assert (found.name, (clip.first_frame, clip.last_frame)) == ("play-7", CLIPS[1])


def test_progress_is_updated_in_place(model: StudyModel, qtmodeltester: ModelTester) -> None:
    parent = model.index(0, 0)
    recording = model.index(0, 0, parent)
    shown, _ = model.recording_at(recording)
    before = model.progress_of(shown.id)
    one, two = (entry.clip for entry in before.clips)
    counts = (FrameCounts(30, coded=12, carried=8, doubtful=2, seconds=90.0), FrameCounts(40, 20, 5, 0, 15))
    entries = [ClipProgress(one, counts[0]), ClipProgress(two, counts[1])]
    model.show_progress(shown.id, recording_progress(shown, entries, FrameCounts()))
    assert model.index(0, 1, recording).data() == "12/30 +8 carried"
    assert model.index(1, 1, recording).data() == "✓ 40/40"
    assert recording.siblingAtColumn(1).data() == "52/70 +8 carried" == parent.siblingAtColumn(1).data()
    assert model.index(0, 1, recording).data(Qt.ItemDataRole.AccessibleTextRole) == (
        "12 of 30 frames coded, 8 carried and not confirmed, 10 uncoded, 2 doubtful, 2 min."
    )
    assert model.index(0, 1, recording).data(BAR) == (12 / 30, 8 / 30)
    model.show_progress(999, before)
    qtmodeltester.check(model, force_py=True)


def test_clips_come_and_go_and_excluded_ones_say_why(model: StudyModel, qtmodeltester: ModelTester) -> None:
    recording = model.index(0, 0, model.index(0, 0))
    shown, _ = model.recording_at(recording)
    one, two = (entry.clip for entry in model.progress_of(shown.id).clips)
    out = replace(
        one, state=ClipState.EXCLUDED, exclusion_reason=ExclusionReason.POSE, exclusion_words="looks away"
    )
    third = replace(two, id=77, number=3, first_frame=110, last_frame=119)

    def show(*clips: Clip) -> list[str]:
        entries = [ClipProgress(clip, FrameCounts(len(clip))) for clip in clips]
        model.show_progress(shown.id, recording_progress(shown, entries, FrameCounts()))
        return [model.index(row, 1, recording).data() for row in range(model.rowCount(recording))]

    assert show(out, two, third) == ["excluded", "0/40", "0/10"]
    assert recording.siblingAtColumn(1).data() == "0/50"
    assert model.index(0, 0, recording).data(Qt.ItemDataRole.FontRole).strikeOut()
    for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
        assert "is excluded: pose beyond range: looks away" in model.index(0, 0, recording).data(role)
    qtmodeltester.check(model, force_py=True)
    # Other clips take the rows over: nothing of the old ones may stay.
    assert show(two) == ["0/40"]
    assert not model.index(0, 0, recording).data(Qt.ItemDataRole.FontRole).strikeOut()
    assert model.recording_at(model.index(0, 1, recording)) == (shown, two)
    assert "excluded" not in model.index(0, 1, recording).data(Qt.ItemDataRole.ToolTipRole)
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
    assert not model.index(0, 0).flags() & Qt.ItemFlag.ItemIsEditable
