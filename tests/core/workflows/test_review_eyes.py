"""Frames that are withheld are found, marked by who may see eyes, and let through again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.faces.eye_mask import eye_band
from hrm_core.records.face_mark import FaceMarkKind
from hrm_core.records.people import Participant, Rater, Role
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_participant import add_rater, change_rater
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.project import Project
from hrm_core.workflows.review_eyes import (
    ReviewItem,
    band_of_centres,
    eyes_to_review,
    mark_eyes,
    mark_face,
    mark_no_eyes,
    take_back,
    unmaskings,
)
from hrm_core.workflows.see_faces import see_faces
from tests.support.marked_faces import FRAMES, child_at, eye_pixels, found_faces, marked_film, write_found

NO_FACE = "no face was found"


@pytest.fixture(scope="module")
def eyes_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic recording with magenta eyes."""
    return marked_film(tmp_path_factory.mktemp("eyes") / "play.mp4")


@pytest.fixture
def ada(project: Project) -> Rater:
    """She may see eyes."""
    return add_rater(project, "Ada")


@pytest.fixture
def jo(project: Project) -> Rater:
    """He may not."""
    return add_rater(project, "Jo", Role.JUDGE)


@pytest.fixture
def recording(project: Project, eyes_film: Path) -> Recording:
    """Frames 3-5 without a face, 8-10 with a doubtful one; the rest are sure."""
    recording = add_video(project, "S1", eyes_film)
    frames = []
    for number in range(FRAMES):
        entry = found_faces(number)
        if 3 <= number <= 5:
            entry = replace(entry, faces=(), target=None)
        elif 8 <= number <= 10:
            entry = replace(entry, faces=(replace(child_at(number), score=0.1 * (number - 6)),), target=0)
        frames.append(entry)
    write_found(project, "S1", frames)
    return recording


def _child(project: Project) -> Participant:
    return project.store.people.participant("S1")


def _runs(project: Project, recording: Recording) -> list[tuple[int, int, str]]:
    items = eyes_to_review(project, _child(project), recording)
    return [(item.first_frame, item.last_frame, item.reason) for item in items]


def test_withheld_frames_are_listed_as_runs_of_one_reason(project: Project, recording: Recording) -> None:
    assert _runs(project, recording) == [
        (3, 5, NO_FACE),
        # Three scores, one reason.
        (8, 10, "it is not sure where the face is"),
    ]
    (item, _) = eyes_to_review(project, _child(project), recording)
    assert (item.frame, list(item.frames), len(item)) == (3, [3, 4, 5], 3)
    assert item == ReviewItem(3, 5, NO_FACE)


def test_where_nobody_has_looked_everything_is_to_be_reviewed(project: Project, eyes_film: Path) -> None:
    recording = add_video(project, "S1", eyes_film)
    assert _runs(project, recording) == [(0, FRAMES - 1, "faces have not been looked for yet")]
    write_found(project, "S1", map(found_faces, range(5)))
    assert _runs(project, recording) == [(5, FRAMES - 1, "nobody has looked for a face in this frame")]


def test_a_marked_band_covers_the_eyes(project: Project, recording: Recording, ada: Rater) -> None:
    child = child_at(4)
    assert child.five is not None
    kept = mark_eyes(project, ada, recording, 4, band_of_centres(child.five[:2]))
    assert np.abs(kept.mean(axis=0) - eye_band(child).mean(axis=0)).max() < 2
    assert _runs(project, recording)[:2] == [(3, 3, NO_FACE), (5, 5, NO_FACE)]
    sight = see_faces(project, _child(project), recording)
    assert np.allclose(sight.cover(4).bands[0], kept)
    # And nothing of them is left in the picture itself.
    from hrm_core.media import open_video

    with open_video(project.video_path(recording)) as video:
        picture = video[4]
    shown = sight.covered(4, picture)
    assert shown is not None
    around = (slice(60, 190), slice(40, 160))
    assert eye_pixels(picture[around]) > 150
    assert eye_pixels(shown[around]) == 0


def test_no_eyes_lets_a_frame_through_until_it_is_taken_back(
    project: Project, recording: Recording, ada: Rater
) -> None:
    mark_no_eyes(project, ada, recording, 3)
    assert _runs(project, recording)[0] == (4, 5, NO_FACE)
    mark_face(project, ada, recording, 3, (10, 20, 100, 120))
    taken = take_back(project, ada, recording, 3)
    assert {mark.kind for mark in taken} == {FaceMarkKind.NO_EYES, FaceMarkKind.FACE}
    assert _runs(project, recording)[0] == (3, 5, NO_FACE)
    with pytest.raises(NotFoundError, match="Nothing is marked in frame 3"):
        take_back(project, ada, recording, 3)


def test_a_face_is_kept_in_parts_of_the_picture_and_shows_no_eyes(
    project: Project, recording: Recording, jo: Rater
) -> None:
    # Who may not see eyes can tell which child it is, and covers nothing by that.
    mark_face(project, jo, recording, 4, (-20, 24.1, 160.5, 120.5))
    (mark,) = project.store.face_marks.of_video(recording.id)
    assert np.allclose(mark.points, [(0, 0.1), (0.5, 0.5)])
    assert _runs(project, recording)[0] == (3, 5, NO_FACE)


def test_who_may_not_see_eyes_cannot_say_where_they_are(
    project: Project, recording: Recording, ada: Rater, jo: Rater
) -> None:
    band = eye_band(child_at(4))
    mark_no_eyes(project, ada, recording, 5)
    for refused in (
        lambda: mark_eyes(project, jo, recording, 4, band),
        lambda: mark_no_eyes(project, jo, recording, 4),
        lambda: take_back(project, jo, recording, 5),
    ):
        with pytest.raises(ProjectError, match="Jo may not see the children's eyes") as caught:
            refused()
        assert len(str(caught.value).splitlines()) == 1
    # Also with a right that was taken away while the window was open.
    change_rater(project, "Ada", sees_eyes=False)
    with pytest.raises(ProjectError, match="Ada may not"):
        mark_eyes(project, ada, recording, 4, band)
    assert [mark.frame for mark in project.store.face_marks.of_video(recording.id)] == [5]


@pytest.mark.parametrize("frame", [-1, FRAMES, 10**9])
def test_frames_that_are_not_there_are_refused(
    project: Project, recording: Recording, ada: Rater, frame: int
) -> None:
    for refused in (
        lambda: mark_eyes(project, ada, recording, frame, eye_band(child_at(4))),
        lambda: mark_no_eyes(project, ada, recording, frame),
        lambda: mark_face(project, ada, recording, frame, (0, 0, 9, 9)),
        lambda: take_back(project, ada, recording, frame),
    ):
        with pytest.raises(NotFoundError, match="its frames are 0 to 23"):
            refused()


@pytest.mark.parametrize("box", [(10, 10, 10, 50), (50, 50, 10, 10), (400, 10, 500, 50), (0, 0, np.nan, 9)])
def test_boxes_that_hold_nothing_are_refused(
    project: Project, recording: Recording, ada: Rater, box: tuple[float, ...]
) -> None:
    with pytest.raises(InvalidFileError, match="no box in a picture of 321 × 241"):
        mark_face(project, ada, recording, 4, box)
    with pytest.raises(InvalidFileError, match="outside the picture"):
        mark_eyes(project, ada, recording, 4, [(400, 10), (440, 10), (440, 30), (400, 30)])


def test_labels_without_a_video_have_nothing_to_review(project: Project, ada: Rater) -> None:
    who = _child(project)
    recording = project.store.recordings.add(Recording(0, who.id, "labels"))
    assert eyes_to_review(project, who, recording) == ()
    with pytest.raises(InvalidFileError, match="size of video 'labels' is not known"):
        mark_eyes(project, ada, recording, 0, eye_band(child_at(4)))
    with pytest.raises(NotFoundError, match="Only labels are known"):
        mark_no_eyes(project, ada, recording, 0)


def test_the_right_to_see_eyes_is_logged_before_it_is_given(
    project: Project, ada: Rater, jo: Rater, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(project.store.face_marks, "log_unmasking", refuse)
        with pytest.raises(OSError, match="no room"):
            change_rater(project, "Jo", sees_eyes=True, by="Ada")
        with pytest.raises(OSError, match="no room"):
            add_rater(project, "Flo")
    assert [rater.name for rater in project.raters()] == ["Ada", "Jo"]
    assert not project.store.people.rater("Jo").sees_eyes
    assert change_rater(project, "Jo", sees_eyes=True, by="Ada").sees_eyes
    # Nothing new is given here.
    change_rater(project, "Jo", sees_eyes=True, by="Ada")
    change_rater(project, "Jo", blind=False)
    assert add_rater(project, "Jo", sees_eyes=False).sees_eyes
    log = [(entry.what.rater, entry.what.act, entry.video) for entry in unmaskings(project)]
    assert log == [
        ("Ada", "may see eyes (joined as coder)", None),
        ("Jo", "may see eyes (given by Ada)", None),
    ]
    assert not add_rater(project, "Bo", sees_eyes=False).sees_eyes
    assert add_rater(project, "Mo", Role.JUDGE, sees_eyes=True).sees_eyes
    assert [entry.what.rater for entry in unmaskings(project)] == ["Ada", "Jo", "Mo"]
