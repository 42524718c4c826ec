"""Drawn faces count before imported ones, and without either it is said what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.demo import Expression, draw_face, draw_identities, landmarks
from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError
from hrm_core.faces.eye_mask import eye_band
from hrm_core.media import Video, open_video
from hrm_core.progress import CancelToken
from hrm_core.records.face import Face
from hrm_core.records.face_mark import FaceMark, FaceMarkKind
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.given_faces import given_faces
from hrm_core.workflows.project import Project

_N_FRAMES = 20
_WHO = draw_identities(0, ("M", "F", "M", "F", "M", "F"))[1]
_SMILE = Expression.of({"AU12": 1})


@pytest.fixture(scope="module")
def face_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn child, smiling, for twenty frames."""
    path = tmp_path_factory.mktemp("faces") / "drawn child.mp4"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width = stream.height = 640
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "18"}
        for number in range(_N_FRAMES):
            frame = av.VideoFrame.from_ndarray(draw_face(_WHO, _SMILE, number / 5), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def recording(project: Project, face_film: Path) -> Recording:
    return add_video(project, "S1", face_film)


@pytest.fixture
def video(project: Project, recording: Recording) -> Iterator[Video]:
    with open_video(project.video_path(recording)) as video:
        yield video


@pytest.fixture
def who(project: Project) -> Participant:
    return project.store.people.participant("S1")


@pytest.fixture(autouse=True)
def imported(monkeypatch: pytest.MonkeyPatch) -> dict[int, tuple[Face, ...]]:
    """What another program is said to have found; empty until a test puts something in."""
    found: dict[int, tuple[Face, ...]] = {}

    def tool_faces(
        project: Project, who: Participant, recording: Recording
    ) -> Mapping[int, tuple[Face, ...]]:
        return found

    monkeypatch.setattr("hrm_core.workflows.given_faces.tool_faces", tool_faces)
    return found


def _mark(
    project: Project, recording: Recording, frame: int, kind: FaceMarkKind, points: NDArray[np.float64]
) -> None:
    rater = project.store.people.ensure_rater("Ada")
    parts = tuple((float(x) / 640, float(y) / 640) for x, y in points)
    project.store.face_marks.add(FaceMark(recording.id, frame, kind, parts, rater.id))


def _true(number: int) -> Face:
    return landmarks(_WHO, _SMILE, number / 5)


def test_a_drawn_face_is_tracked_through_the_spans(
    project: Project, who: Participant, recording: Recording, video: Video
) -> None:
    _mark(project, recording, 8, FaceMarkKind.FACE, _true(8).box.reshape(2, 2))
    detector = given_faces(project, who, recording, video, [(0, 4), (10, 400)])
    assert (detector.name, detector.weights) == ("given", {})
    assert detector.settings == {"faces": "drawn by hand in 1 frame and tracked"}
    found = {number: detector.detect(video[number], number) for number in range(_N_FRAMES)}
    assert [number for number, faces in found.items() if faces] == [*range(5), *range(10, _N_FRAMES)]
    for number, faces in found.items():
        for face in faces:
            assert np.abs(face.box - _true(number).box).max() < 8
            assert face.score > 0.8


def test_eyes_drawn_in_the_same_frame_are_tracked_with_the_face(
    project: Project, who: Participant, recording: Recording, video: Video
) -> None:
    band = eye_band(_true(8))
    _mark(project, recording, 8, FaceMarkKind.EYES, band)
    # Drawn from the right corner at the bottom to the left one at the top.
    _mark(project, recording, 8, FaceMarkKind.FACE, _true(8).box.reshape(2, 2)[::-1])
    _mark(project, recording, 3, FaceMarkKind.NO_EYES, np.empty((0, 2)))
    detector = given_faces(project, who, recording, video, [(0, _N_FRAMES - 1)])
    for number in (8, 15):
        (face,) = detector.detect(video[number], number)
        assert face.eyes is not None
        assert np.abs(face.eyes - eye_band(_true(number))).max() < 8


def test_a_mark_that_was_taken_back_does_not_count(
    project: Project, who: Participant, recording: Recording, video: Video
) -> None:
    _mark(project, recording, 8, FaceMarkKind.FACE, _true(8).box.reshape(2, 2))
    (mark,) = project.store.face_marks.of_video(recording.id)
    project.store.face_marks.take_back(mark)
    with pytest.raises(NotFoundError):
        given_faces(project, who, recording, video, [(0, 5)])


def test_imported_faces_are_given_where_nobody_drew(
    project: Project,
    who: Participant,
    recording: Recording,
    video: Video,
    imported: dict[int, tuple[Face, ...]],
) -> None:
    imported[4] = (Face(np.array([1.0, 2.0, 3.0, 4.0]), 0.98),)
    _mark(project, recording, 2, FaceMarkKind.EYES, eye_band(_true(2)))
    detector = given_faces(project, who, recording, video, [(0, 5)])
    assert detector.detect(video[4], 4) == list(imported[4])
    assert detector.detect(video[3], 3) == []
    assert detector.settings == {"faces": "imported from another program"}
    _mark(project, recording, 4, FaceMarkKind.FACE, _true(4).box.reshape(2, 2))
    drawn = given_faces(project, who, recording, video, [(0, 5)])
    assert "drawn by hand" in drawn.settings["faces"]


def test_without_any_face_both_ways_are_named_and_no_group(
    project: Project, who: Participant, recording: Recording, video: Video
) -> None:
    with pytest.raises(NotFoundError, match=r"hrm faces mark, .*hrm import openface\.$") as caught:
        given_faces(project, who, recording, video, [(0, 5)])
    assert "'drawn child' of participant S1" in str(caught.value)
    assert "ASD" not in str(caught.value)


def test_a_mark_beyond_the_last_frame_is_not_looked_for(
    project: Project, who: Participant, recording: Recording, video: Video
) -> None:
    _mark(project, recording, _N_FRAMES, FaceMarkKind.FACE, _true(8).box.reshape(2, 2))
    with pytest.raises(NotFoundError):
        given_faces(project, who, recording, video, [(0, 5)])


def test_a_face_without_extent_is_to_be_drawn_again(
    project: Project, who: Participant, recording: Recording, video: Video
) -> None:
    _mark(project, recording, 7, FaceMarkKind.FACE, np.array([[100.0, 100.0], [100.0, 200.0]]))
    with pytest.raises(InvalidFileError, match=r"frame 7 of video 'drawn child' has no extent"):
        given_faces(project, who, recording, video, [(0, 5)])


def test_tracking_stops_when_asked_to(
    project: Project, who: Participant, recording: Recording, video: Video
) -> None:
    _mark(project, recording, 8, FaceMarkKind.FACE, _true(8).box.reshape(2, 2))
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        given_faces(project, who, recording, video, [(0, 5)], cancel=cancel)
