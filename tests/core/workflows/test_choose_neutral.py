"""Choose a neutral face; save a picture: eyes covered where that is due, and written down where not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrm_core import media
from hrm_core.config import Privacy
from hrm_core.errors import InvalidFileError, StoreWriteError
from hrm_core.faces.eye_cover import EyeCover
from hrm_core.progress import CancelToken
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.choose_neutral import propose_neutral, use_as_neutral
from hrm_core.workflows.neutral_face import neutral_face, read_neutral
from hrm_core.workflows.project import Project, open_project
from hrm_core.workflows.review_eyes import mark_eyes
from hrm_core.workflows.save_picture import picture_name, save_picture
from hrm_core.workflows.see_faces import see_faces
from tests.support.faces import BLANK, write_synthetic_faces
from tests.support.window import numbered_video, study, study_template

__all__ = ["numbered_video", "study", "study_template"]

GREY_GREEN = np.array([134, 150, 134])


@pytest.fixture
def project(study: Path) -> Project:
    """The study of two children, with synthetic faces for the first."""
    write_synthetic_faces(study)
    with open_project(study) as opened:
        yield opened


def test_the_proposed_frames_rest_and_are_far_apart(project: Project) -> None:
    who, recording = next(project.recordings("7"))
    sight = see_faces(project, who, recording)
    proposals = propose_neutral(project, recording, sight, covered=False)
    frames = [entry.frame for entry in proposals]
    # The child rests around 20 and around 100.
    assert {abs(frame - 20) < 8 or abs(frame - 100) < 8 for frame in frames[:2]} == {True}
    assert abs(frames[0] - frames[1]) > 60
    assert min(abs(a - b) for a in frames for b in frames if a != b) >= 12
    assert not set(frames) & set(BLANK)
    assert all(entry.picture is not None for entry in proposals)


def test_the_pictures_of_proposals_are_covered_for_who_may_not_see_eyes(project: Project) -> None:
    who, recording = next(project.recordings("7"))
    sight = see_faces(project, who, recording)
    shown = propose_neutral(project, recording, sight, covered=False, count=1)
    covered = propose_neutral(project, recording, sight, covered=True, count=1)
    assert shown[0].picture is not None
    assert covered[0].picture is not None
    grey = (covered[0].picture == GREY_GREEN).all(axis=2)
    assert grey.mean() > 0.05
    assert (shown[0].picture == GREY_GREEN).all(axis=2).sum() == 0


def test_unsure_faces_are_never_proposed(project: Project) -> None:
    who, recording = next(project.recordings("7"))
    sight = see_faces(project, who, recording)
    unsure = {
        frame: replace(entry, faces=tuple(replace(face, score=0.69) for face in entry.faces))
        for frame, entry in sight.frames.items()
    }
    with pytest.raises(InvalidFileError, match="No frame of video 'play-7' can be proposed"):
        propose_neutral(project, recording, replace(sight, frames=unsure), covered=False)


def test_reading_proposals_can_be_stopped(project: Project) -> None:
    who, recording = next(project.recordings("7"))
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(InterruptedError):
        propose_neutral(project, recording, see_faces(project, who, recording), covered=False, cancel=cancel)


def test_a_frame_becomes_the_neutral_picture_and_its_face_is_kept(project: Project) -> None:
    who, recording = next(project.recordings("7"))
    old = project.neutral_path("7").read_bytes()
    path = use_as_neutral(project, who, recording, 20, see_faces(project, who, recording))
    assert path == project.neutral_path("7")
    assert path.read_bytes() != old
    kept = neutral_face(project, "7")
    assert kept is not None
    assert kept.child is not None
    wanted = see_faces(project, who, recording).frames[20].child
    assert kept.child.five == pytest.approx(wanted.five)


def test_a_frame_without_a_known_face_leaves_none_behind(project: Project) -> None:
    who, recording = next(project.recordings("7"))
    sight = see_faces(project, who, recording)
    use_as_neutral(project, who, recording, 20, sight)
    use_as_neutral(project, who, recording, 50, replace(sight, frames={}))
    assert neutral_face(project, "7") is None


def saved(project: Project, tmp_path: Path, frame: int, *, sees_eyes: bool, mask: bool) -> np.ndarray:
    project.settings = replace(project.settings, privacy=Privacy(mask_eyes_in_exports=mask))
    rater = replace(add_rater(project, "AB"), sees_eyes=sees_eyes)
    who, recording = next(project.recordings("7"))
    path = tmp_path / picture_name(project, who, recording, frame)
    covered = save_picture(project, rater, who, recording, frame, path)
    assert covered == (mask or not sees_eyes)
    return media.read_still(path)


@pytest.mark.parametrize(("sees_eyes", "mask"), [(True, True), (False, True), (False, False)])
def test_eyes_are_covered_in_a_saved_picture(
    project: Project, tmp_path: Path, sees_eyes: bool, mask: bool
) -> None:
    who, recording = next(project.recordings("7"))
    rgb = saved(project, tmp_path, 20, sees_eyes=sees_eyes, mask=mask)
    five = see_faces(project, who, recording).frames[20].child.five
    for x, y in np.round(five[:2]).astype(int):
        assert (rgb[y, x] == GREY_GREEN).all()
    assert [entry for entry in project.store.face_marks.unmaskings() if entry.video_id is not None] == []


def test_uncovered_eyes_in_a_saved_picture_are_written_down(project: Project, tmp_path: Path) -> None:
    rgb = saved(project, tmp_path, 20, sees_eyes=True, mask=False)
    assert (rgb == GREY_GREEN).all(axis=2).sum() == 0
    (entry,) = [entry for entry in project.store.face_marks.unmaskings() if entry.video_id is not None]
    assert (entry.rater, entry.first_frame, entry.last_frame) == ("AB", 20, 20)


def test_what_cannot_be_written_down_is_not_saved(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreWriteError("The disk is full.")

    monkeypatch.setattr(project.store.face_marks, "log_unmasking", refuse)
    with pytest.raises(StoreWriteError):
        saved(project, tmp_path, 20, sees_eyes=True, mask=False)
    assert list(tmp_path.glob("*.png")) == []


def test_eyes_that_cannot_be_covered_are_not_saved(project: Project, tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match=r"not located \(no face was found\)"):
        saved(project, tmp_path, BLANK[0], sees_eyes=True, mask=True)
    assert list(tmp_path.glob("*.png")) == []


def test_the_name_of_a_picture_tells_no_group(project: Project) -> None:
    who, recording = next(project.recordings("7"))
    assert picture_name(project, who, recording, 412) == "Participant-7_play-7_000412.png"
    told = picture_name(project, who, replace(recording, name="asd_play"), 3)
    assert "asd" not in told.lower()


def test_a_doubtful_frame_becomes_no_neutral_face_that_is_covered_elsewhere(project: Project) -> None:
    who, recording = next(project.recordings("7"))
    sight = see_faces(project, who, recording)
    jumped = replace(sight, covers={**sight.covers, 20: EyeCover((), "the eyes seem to be elsewhere")})
    use_as_neutral(project, who, recording, 20, jumped)
    assert neutral_face(project, "7") is None


def test_eyes_marked_beside_the_found_face_leave_no_neutral_face(project: Project) -> None:
    who, recording = next(project.recordings("7"))
    rater = add_rater(project, "AB")
    mark_eyes(project, rater, recording, 20, [(2, 2), (12, 2), (12, 6), (2, 6)])
    use_as_neutral(project, who, recording, 20, see_faces(project, who, recording))
    assert neutral_face(project, "7") is None


def test_a_neutral_picture_replaced_while_it_is_read_has_no_faces(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, recording = next(project.recordings("7"))
    sight = see_faces(project, who, recording)
    use_as_neutral(project, who, recording, 20, sight)
    assert read_neutral(project, "7")[1] is not None
    read = media.read_still

    def replaced(path: Path) -> np.ndarray:
        rgb = read(path)
        monkeypatch.setattr(media, "read_still", read)
        use_as_neutral(project, who, recording, 100, sight)
        return rgb

    monkeypatch.setattr(media, "read_still", replaced)
    assert read_neutral(project, "7")[1] is None


def test_who_wants_a_covered_picture_gets_one(project: Project, tmp_path: Path) -> None:
    project.settings = replace(project.settings, privacy=Privacy(mask_eyes_in_exports=False))
    who, recording = next(project.recordings("7"))
    path = tmp_path / "a.png"
    assert save_picture(project, add_rater(project, "AB"), who, recording, 20, path, covered=True)
    assert (media.read_still(path) == GREY_GREEN).all(axis=2).any()


def test_a_right_that_was_taken_away_covers_saved_pictures_at_once(project: Project, tmp_path: Path) -> None:
    project.settings = replace(project.settings, privacy=Privacy(mask_eyes_in_exports=False))
    who, recording = next(project.recordings("7"))
    rater = add_rater(project, "AB")
    project.store.people.update_rater(replace(rater, sees_eyes=False))
    assert save_picture(project, rater, who, recording, 20, tmp_path / "a.png")
