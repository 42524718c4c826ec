"""Clips are chosen, excluded with a reason, and never tell a group."""

from __future__ import annotations

from pathlib import Path

import pytest

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.coding import FrameCoding
from hrm_core.records.people import Rater
from hrm_core.records.recording import OFFERED_REASONS, ClipState, ExclusionReason, Recording
from hrm_core.workflows import choose_clips as choosing
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.project import Project


@pytest.fixture
def play(project: Project, film: Path) -> Recording:
    """A recording of twelve frames with a clip from 2 to 5."""
    return add_video(project, "S1", film, clips=[(2, 5)], note_frames=False)


@pytest.fixture
def ada(project: Project) -> Rater:
    return add_rater(project, "Ada")


def test_labels_stay_whatever_becomes_of_the_clip(project: Project, play: Recording, ada: Rater) -> None:
    for frame in range(2, 9):
        project.store.codings.save(FrameCoding(ada.id, play.id, frame).with_code("AU12", 1))
    before = project.store.codings.of_video(ada.id, play.id)
    clip = choosing.clip_numbered(project, play, 1)
    clip = choosing.change_clip(project, ada, clip, last=9)
    one, two = choosing.split_clip(project, ada, clip, 6)
    choosing.exclude_clip(project, ada, two, ExclusionReason.LEFT_FRAME)
    choosing.remove_clip(project, ada, one)
    assert project.store.codings.of_video(ada.id, play.id) == before
    (left,) = choosing.clips_of_recording(project, play)
    assert (left.number, left.first_frame, left.last_frame, left.why) == (1, 6, 9, "left the frame")
    assert [str(entry.what) for entry in choosing.clip_log(project, play)] == [
        "add",
        "change",
        "split",
        "exclude",
        "remove",
    ]
    assert {entry.rater for entry in choosing.clip_log(project)[1:]} == {"Ada"}


@pytest.mark.parametrize(
    ("span", "sentence"),
    [
        ((0, 2), r"Frames 0–2 overlap clip 1 of video 'play time' \(frames 2–5\): .* change that clip"),
        ((3, 4), "overlap clip 1"),
        ((5, 11), "overlap clip 1"),
        ((0, 11), "overlap clip 1"),
        ((8, 7), "ends before it begins"),
        ((6, 12), "go 0 to 11"),
        ((-1, 1), "go 0 to 11"),
    ],
)
def test_what_cannot_be_a_clip_is_refused_in_a_sentence(
    project: Project, play: Recording, ada: Rater, span: tuple[int, int], sentence: str
) -> None:
    before = choosing.clips_of_recording(project, play)
    with pytest.raises(ProjectError, match=sentence):
        choosing.new_clip(project, ada, play, *span)
    assert choosing.clips_of_recording(project, play) == before
    # A clip does not stand in its own way.
    moved = choosing.change_clip(project, ada, before[0], first=3, last=6)
    assert (moved.first_frame, moved.last_frame) == (3, 6)


def test_an_excluded_clip_is_named_as_such_where_it_is_in_the_way(
    project: Project, play: Recording, ada: Rater
) -> None:
    clip = choosing.clip_numbered(project, play, 1)
    choosing.exclude_clip(project, ada, clip, ExclusionReason.OCCLUDED, "by  a\ncup")
    with pytest.raises(ProjectError, match=r"excluded \(face occluded: by a cup\)"):
        choosing.new_clip(project, ada, play, 0, 3)
    assert choosing.reopen_clip(project, ada, clip).state is ClipState.OPEN


def test_reasons_are_complete_and_tell_no_group(project: Project, play: Recording, ada: Rater) -> None:
    clip = choosing.clip_numbered(project, play, 1)
    assert len({reason.words for reason in ExclusionReason}) == len(OFFERED_REASONS) + 1
    with pytest.raises(ProjectError, match="Say in words"):
        choosing.exclude_clip(project, ada, clip, ExclusionReason.OTHER, "  ")
    with pytest.raises(ProjectError, match="by the program alone"):
        choosing.exclude_clip(project, ada, clip, ExclusionReason.NOT_IN_FILE)
    with pytest.raises(ProjectError, match="tell them a group"):
        choosing.exclude_clip(project, ada, clip, ExclusionReason.OTHER, "asd child laughs")
    assert not choosing.clip_numbered(project, play, 1).is_excluded
    told = choosing.exclude_clip(project, ada, clip, ExclusionReason.OTHER, "phone rings")
    assert told.why == "phone rings"


def test_clips_that_are_not_there_are_named(project: Project, play: Recording, ada: Rater) -> None:
    clip = choosing.clip_numbered(project, play, 1)
    with pytest.raises(NotFoundError, match="has no clip 2; it has: 1"):
        choosing.clip_numbered(project, play, 2)
    choosing.remove_clip(project, ada, clip)
    for act in (choosing.remove_clip, choosing.reopen_clip):
        with pytest.raises(NotFoundError, match="somebody has removed it"):
            act(project, ada, clip)
