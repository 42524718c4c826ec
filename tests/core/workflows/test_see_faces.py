"""What is known of faces belongs to these very pictures, or the pictures are withheld."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.media import write_still
from hrm_core.records.face import Face
from hrm_core.records.people import Participant, Rater
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.add_video import add_video, recording_of
from hrm_core.workflows.extract_faces import extract_faces
from hrm_core.workflows.import_features import IMPORTED
from hrm_core.workflows.project import Project
from hrm_core.workflows.review_eyes import mark_face, mark_no_eyes
from hrm_core.workflows.see_faces import FaceSight, see_faces
from hrm_core.workflows.show_face import show_face
from tests.support.marked_faces import SIZE, child_at, eye_pixels, found_faces, picture, write_found


def _folder(path: Path, pictures: Iterable[NDArray[np.uint8]]) -> Path:
    for number, rgb in enumerate(pictures):
        write_still(rgb, path / f"{number:03d}.png")
    return path


@pytest.fixture
def who(project: Project) -> Participant:
    return project.store.people.participant("S1")


@pytest.fixture
def ada(project: Project) -> Rater:
    """She may see eyes."""
    return add_rater(project, "Ada")


def _sight(project: Project, who: Participant) -> FaceSight:
    return see_faces(project, who, recording_of(project, "S1"))


def test_faces_of_one_folder_of_pictures_are_not_believed_of_another(
    project: Project, who: Participant, tmp_path: Path
) -> None:
    add_video(project, "S1", _folder(tmp_path / "a", map(picture, range(0, 24, 2))), copy=False)
    write_found(project, "S1", [replace(found_faces(2 * n), frame=n) for n in range(12)])
    assert _sight(project, who).cover(3).located
    # As many pictures, as large, in another order.
    other = _folder(tmp_path / "b", map(picture, range(22, -1, -2)))
    add_video(project, "S1", other, name="a", copy=False, replace_file=True)
    shown = _sight(project, who).covered(0, picture(22))
    assert shown is None or eye_pixels(shown) == 0
    assert "another file" in _sight(project, who).problem


def test_pictures_that_were_replaced_in_their_folder_are_withheld(
    project: Project, who: Participant, tmp_path: Path
) -> None:
    folder = _folder(tmp_path / "a", map(picture, range(4)))
    add_video(project, "S1", folder, copy=False)
    write_found(project, "S1", map(found_faces, range(4)))
    assert _sight(project, who).cover(3).located
    _folder(folder, (np.kron(picture(n), np.ones((2, 2, 1), np.uint8)) for n in range(4)))
    assert not _sight(project, who).cover(3).located


def test_a_picture_of_another_size_is_not_covered_by_guess(
    project: Project, who: Participant, tmp_path: Path
) -> None:
    add_video(project, "S1", _folder(tmp_path / "a", map(picture, range(4))))
    write_found(project, "S1", map(found_faces, range(4)))
    assert _sight(project, who).covered(3, np.kron(picture(3), np.ones((2, 2, 1), np.uint8))) is None


class _Marked:
    """Finds the drawn child, whatever size it has."""

    name = "drawn"
    at_once = 1

    def __init__(self) -> None:
        self.weights: dict[str, str] = {}
        self.settings: dict[str, str] = {}

    def detect(self, rgb: NDArray[np.uint8], frame: int = 0) -> list[Face]:
        scale, child = rgb.shape[1] / SIZE[0], child_at(frame)
        assert child.five is not None
        return [replace(child, box=child.box * scale, five=child.five * scale)]


def test_faces_in_a_picture_of_another_size_than_the_first_are_no_places_in_it(
    project: Project, who: Participant, tmp_path: Path
) -> None:
    large = np.kron(picture(2), np.ones((2, 2, 1), np.uint8))
    recording = add_video(project, "S1", _folder(tmp_path / "a", [picture(0), picture(1), large]))
    report = extract_faces(project, _Marked())
    assert report.videos[0].damaged == (2,)
    sight = _sight(project, who)
    assert show_face(sight, recording, 1, picture(1), covered=True, registered=False).rgb is not None
    assert show_face(sight, recording, 2, large, covered=True, registered=False).rgb is None


def test_a_child_whom_only_a_person_saw_is_not_shown_beside_a_face_that_was_found(
    project: Project, who: Participant, ada: Rater, tmp_path: Path
) -> None:
    recording = add_video(project, "S1", _folder(tmp_path / "a", map(picture, range(4))))
    # The parent is found alone, and taken for the child.
    found = [replace(found_faces(n), faces=(child_at(n),), target=0) for n in range(4)]
    write_found(project, "S1", found)
    assert _sight(project, who).cover(2).located
    mark_face(project, ada, recording, 2, (210, 120, 266, 176))
    assert not _sight(project, who).cover(2).located
    # A face that was found there is the child's, and covered as such.
    mark_face(project, ada, recording, 2, child_at(2).box)
    assert _sight(project, who).cover(2).located


def test_marks_do_not_come_to_other_pictures(
    project: Project, who: Participant, ada: Rater, tmp_path: Path
) -> None:
    blank = [np.full((SIZE[1], SIZE[0], 3), 40 + 9 * n, np.uint8) for n in range(6)]
    recording = add_video(project, "S1", _folder(tmp_path / "blank", blank))
    mark_no_eyes(project, ada, recording, 2)
    film = _folder(tmp_path / "film", map(picture, range(6)))
    with pytest.raises(InvalidFileError, match="do not look the same"):
        add_video(project, "S1", film, name="blank", replace_file=True)
    assert recording_of(project, "S1") == recording


def test_faces_of_another_program_are_not_trusted_with_eyes_until_a_person_looks(
    project: Project, who: Participant, ada: Rater, tmp_path: Path
) -> None:
    recording = add_video(project, "S1", _folder(tmp_path / "a", map(picture, range(4))), copy=False)
    settings = {"faces": IMPORTED}
    write_found(project, "S1", map(found_faces, range(4)), settings=settings)
    assert "another program" in _sight(project, who).cover(2).problem
    mark_no_eyes(project, ada, recording, 2)
    assert _sight(project, who).cover(2).located
    write_found(project, "S1", map(found_faces, range(4)))
    assert _sight(project, who).cover(1).located
