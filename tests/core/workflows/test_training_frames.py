"""Which frames are learned from: coded by one rater, confirmed, codable, and with a face."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.media import read_still
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.recording import ExclusionReason
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.choose_clips import exclude_clip, new_clip
from hrm_core.workflows.look_at_models import model_card
from hrm_core.workflows.project import Project, open_project
from hrm_core.workflows.training_frames import ACTION_SETS, chosen_actions, training_frames
from tests.support.training_study import ACTIONS, FRAMES, coded_study

KEYS = tuple(ACTIONS.split(","))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Two children, of whom one frame each was coded without a face."""
    with open_project(coded_study(tmp_path / "study", 2)) as project:
        yield project


def test_the_paper_chose_these_actions() -> None:
    for number, name in (("22", "resnet50"), ("17", "resnet50_17")):
        card = model_card(name)
        assert card.network is not None
        assert ACTION_SETS[number] == chosen_actions(number) == card.network.actions


def test_frames_come_with_codes_and_faces(project: Project) -> None:
    frames = training_frames(project, None, KEYS)
    assert (frames.rater, frames.participants, frames.videos) == ("Ada", ("1", "2"), ("play",))
    assert frames.of_participant.tolist() == [0] * FRAMES + [1] * FRAMES
    assert frames.frames.tolist() == [*range(FRAMES)] * 2
    assert (frames.without_face, frames.problems) == (2, ())
    # The synthetic faces show what is coded: AU1, AU12 and AU25 are squares one below the other.
    for picture, truth in zip(frames.pictures, frames.truth, strict=True):
        shown = read_still(picture)[4::8, 12, 0] > 200
        assert np.array_equal(shown, truth == 1)
    assert frames.positives.sum(axis=0).tolist() == frames.truth.sum(axis=0).tolist()
    assert frames.frame_counts.tolist() == [FRAMES, FRAMES]
    assert np.flatnonzero(frames.every(5)).tolist() == [0, 5, 10, 12, 17, 22]


def test_what_nobody_confirmed_or_could_code_takes_no_part(project: Project) -> None:
    (_, recording), _ = project.recordings()
    before = training_frames(project, None, KEYS)
    rater = project.store.people.rater("Ada")
    for frame, state in ((3, CodingState.CARRIED), (7, CodingState.NOT_CODABLE)):
        there = project.store.codings.get(rater.id, recording.id, frame)
        assert there is not None
        project.store.codings.save(
            FrameCoding(rater.id, recording.id, frame, state=state, revision=there.revision)
        )
    after = training_frames(project, None, KEYS)
    assert after.frames[:FRAMES].tolist() == [0, 1, 2, 4, 5, 6, 8, 9, 10, 11, 0, 1]
    assert after.codes_fingerprint != before.codes_fingerprint
    assert after.faces_fingerprint != before.faces_fingerprint


def test_frames_of_excluded_clips_take_no_part(project: Project) -> None:
    (_, recording), _ = project.recordings()
    ada = project.store.people.rater("Ada")
    before = training_frames(project, None, KEYS)
    new_clip(project, ada, recording, 4, 9)
    exclude_clip(project, ada, new_clip(project, ada, recording, 2, 3), ExclusionReason.OTHER_FACE)
    after = training_frames(project, None, KEYS)
    assert after.frames[:FRAMES].tolist() == [0, 1, *range(4, FRAMES), 0, 1]
    assert (before.excluded, after.excluded, after.without_face) == (0, 2, 2)
    assert [path.name for path in after.pictures[1:3]] == ["000001.png", "000004.png"]
    assert after.truth[2].tolist() == before.truth[4].tolist()
    assert after.codes_fingerprint != before.codes_fingerprint


def test_a_recording_without_faces_is_told_and_left_out(project: Project) -> None:
    folder = project.folder / "Aligned Face" / "ASD" / "Participant-2"
    folder.rename(folder.with_name("elsewhere"))
    frames = training_frames(project, None, KEYS)
    assert (frames.participants, frames.without_face) == (("1",), FRAMES + 2)
    (problem,) = frames.problems
    assert problem.startswith("Participant 2, video 'play': There are no aligned faces of it")
    folder.with_name("Participant-1").rename(folder.with_name("elsewhere, too"))
    with pytest.raises(ProjectError, match="No frame that Ada coded has an aligned face: Participant 1"):
        training_frames(project, None, KEYS)


def test_who_does_not_see_the_eyes_has_not_coded_them(project: Project) -> None:
    add_rater(project, "Bo", sees_eyes=False)
    with pytest.raises(ProjectError, match="Bo does not see the eyes and cannot have coded AU1"):
        training_frames(project, "Bo", KEYS)


@pytest.mark.parametrize(
    ("text", "error"), [("", ProjectError), ("AU1,AU1", ProjectError), ("18", NotFoundError)]
)
def test_actions_that_are_none(text: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="22, 17, or keys such as AU12,AU2X,AD19"):
        chosen_actions(text)
