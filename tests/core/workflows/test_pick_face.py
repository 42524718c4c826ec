"""A person's pick moves the child without looking for faces again; only what changes is cut anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.faces.feature_file import read_features
from hrm_core.media import read_still
from hrm_core.records.face_mark import FaceMarkKind, Unmasking
from hrm_core.records.people import Role
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.extract_faces import ALIGNED, CROPS, extract_faces
from hrm_core.workflows.face_pictures import PictureChoice
from hrm_core.workflows.pick_face import pick_face
from hrm_core.workflows.project import FEATURES, Project
from hrm_core.workflows.show_faces import draw_contact_sheet, faces_of_frame
from tests.support.drawn_faces import DiscDetector, disc_film, disc_places

FRAMES = 40


@pytest.fixture(scope="module")
def discs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two discs, of which the middle one is the child's."""
    return disc_film(tmp_path_factory.mktemp("discs") / "film.mp4", disc_places(FRAMES))


@pytest.fixture
def recording(project: Project, discs: Path) -> Recording:
    """A recording whose faces were found, and the rater Ada."""
    added = add_video(project, "S1", discs)
    add_rater(project, "Ada")
    extract_faces(project, DiscDetector())
    return added


def _path(project: Project, kind: str, recording: Recording) -> Path:
    return project.face_path(kind, project.store.people.participant("S1"), recording)


def _lefts(project: Project, recording: Recording) -> NDArray[np.float64]:
    _, frames = read_features(_path(project, FEATURES, recording))
    return np.array([np.nan if entry.child is None else entry.child.box[0] for entry in frames])


def _stamps(folder: Path) -> dict[int, int]:
    return {int(file.stem): file.stat().st_mtime_ns for file in folder.glob("*.jpg")}


def test_a_pick_holds_from_its_frame_on(
    project: Project, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_core.media.reader import VideoFile

    folder = _path(project, ALIGNED, recording)
    before, decoded, whole = _stamps(folder), [], VideoFile._picture

    def picture(self: VideoFile, number: int) -> NDArray[np.uint8]:
        decoded.append(number)
        return whole(self, number)

    monkeypatch.setattr(VideoFile, "_picture", picture)
    picked = pick_face(project, "S1", 25, by="Ada", at=(260, 62))
    assert (picked.face, picked.changed) == (1, tuple(range(25, FRAMES)))
    assert (picked.aligned, picked.crops) == (15, 15)
    assert decoded == list(range(25, FRAMES))
    lefts = _lefts(project, recording)
    assert lefts[:25].max() < 200 < lefts[25:].min()
    after = _stamps(folder)
    assert after.keys() == before.keys()
    assert {n for n in before if after[n] != before[n]} == set(range(25, FRAMES))
    (mark,) = project.store.face_marks.of_video(recording.id)
    assert (mark.frame, mark.kind) == (25, FaceMarkKind.FACE)
    assert np.abs(np.array(mark.points) * (320, 240) - [(236, 40), (284, 88)]).max() < 3
    # Picked back, it ends there, and everything is as it was.
    back = pick_face(project, "S1", 35, by="Ada", face=0)
    assert back.changed == tuple(range(35, FRAMES))
    lefts = _lefts(project, recording)
    assert (lefts[25:35] > 200).all()
    assert (lefts[35:] < 200).all()
    assert pick_face(project, "S1", 35, by="Ada", face=0).changed == ()


def test_a_pick_of_what_was_followed_writes_no_picture(project: Project, recording: Recording) -> None:
    before = _stamps(_path(project, CROPS, recording))
    picked = pick_face(project, "S1", 10, by="Ada", face=0)
    assert (picked.changed, picked.aligned, picked.crops) == ((), 0, 0)
    assert _stamps(_path(project, CROPS, recording)) == before


def test_a_later_run_keeps_what_was_picked(project: Project, recording: Recording) -> None:
    pick_face(project, "S1", 20, by="Ada", face=1)
    detector = DiscDetector()
    extract_faces(project, detector, again=True)
    assert detector.looked_at == list(range(FRAMES))
    assert (_lefts(project, recording)[20:] > 200).all()


def test_kinds_of_pictures_that_were_not_wanted_are_not_written(project: Project, discs: Path) -> None:
    add_rater(project, "Ada")
    recording = add_video(project, "S1", discs)
    extract_faces(project, DiscDetector(), pictures=PictureChoice(crops=False, size=64))
    picked = pick_face(project, "S1", 30, by="Ada", face=1)
    assert (picked.aligned, picked.crops) == (10, 0)
    assert not _path(project, CROPS, recording).exists()
    assert read_still(_path(project, ALIGNED, recording) / "000035.jpg").shape == (64, 64, 3)


def test_what_is_not_there_cannot_be_picked(project: Project, recording: Recording) -> None:
    with pytest.raises(NotFoundError, match=r"no face 2; there are: 0 at 1\d\d, 80"):
        pick_face(project, "S1", 5, by="Ada", face=2)
    with pytest.raises(NotFoundError, match="No face of frame 5 lies at 3,4"):
        pick_face(project, "S1", 5, by="Ada", at=(3, 4))
    with pytest.raises(NotFoundError, match="Nobody has looked for faces in frame 900"):
        pick_face(project, "S1", 900, by="Ada", face=0)
    with pytest.raises(NotFoundError, match="Bo"):
        pick_face(project, "S1", 5, by="Bo", face=0)
    with pytest.raises(ProjectError, match="its number with --face, or a point"):
        pick_face(project, "S1", 5, by="Ada")
    assert project.store.face_marks.of_video(recording.id) == []


# ---- looking at it -------------------------------------------------------------------------


def test_faces_of_a_frame_are_listed(project: Project, recording: Recording) -> None:
    child, other = faces_of_frame(project, "S1", 0)
    assert (child.face, child.child, other.face, other.child) == (0, True, 1, False)
    assert np.abs(np.array(other.box) - [236, 36, 284, 84]).max() < 3
    with pytest.raises(NotFoundError, match="frame 900"):
        faces_of_frame(project, "S1", 900)


def unmaskings(project: Project) -> list[Unmasking]:
    """What was shown, without the rights that were given."""
    return [entry for entry in project.store.face_marks.unmaskings() if entry.video_id is not None]


def test_eyes_are_covered_on_a_sheet_unless_asked_for(
    project: Project, recording: Recording, tmp_path: Path
) -> None:
    covered = draw_contact_sheet(project, "S1", tmp_path / "covered.png", frame=3)
    assert (covered.frames, covered.withheld) == (1, ())
    assert unmaskings(project) == []
    shown = draw_contact_sheet(project, "S1", tmp_path / "shown.png", frame=3, eyes_shown_to="Ada")
    assert shown.withheld == ()
    (logged,) = unmaskings(project)
    assert (logged.rater, logged.first_frame, logged.last_frame) == ("Ada", 3, 3)
    mask, eyes = read_still(tmp_path / "covered.png"), read_still(tmp_path / "shown.png")
    # Between the eyes: the disc's white, or the mask.
    row, column = 22 + 6 + 110, 6 + 143
    assert eyes[row, column].min() > 200
    assert np.abs(mask[row, column].astype(int) - (134, 150, 134)).max() < 4


def test_who_may_not_see_eyes_gets_no_sheet_with_eyes(
    project: Project, recording: Recording, tmp_path: Path
) -> None:
    add_rater(project, "Jo", Role.JUDGE)
    with pytest.raises(ProjectError, match="Jo may not see"):
        draw_contact_sheet(project, "S1", tmp_path / "x.png", eyes_shown_to="Jo")
    assert not (tmp_path / "x.png").exists()
    assert unmaskings(project) == []


def test_frames_whose_eyes_cannot_be_covered_are_withheld(project: Project, tmp_path: Path) -> None:
    places = [[(150, 120, 40)] if n != 5 else [] for n in range(8)]
    add_video(project, "S1", disc_film(tmp_path / "gap.mp4", places))
    extract_faces(project, DiscDetector())
    drawn = draw_contact_sheet(project, "S1", tmp_path / "sheet.png")
    assert (drawn.frames, drawn.withheld) == (8, (5,))
