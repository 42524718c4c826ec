"""Drawn faces are followed where they truly go, and given up where that is not known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.demo import (
    DemoParticipant,
    Expression,
    draw_face,
    draw_identities,
    eye_openings,
    landmarks,
    plan_study,
    render_frame,
    true_face,
)
from hrm_core.demo.head import face_outline
from hrm_core.errors import Cancelled
from hrm_core.faces.eye_cover import LEAST_SCORE, locate_eyes
from hrm_core.faces.eye_mask import eye_band, eye_band_of_box
from hrm_core.faces.track import FIVE_IN_BOX, drawn_face, track_faces
from hrm_core.faces.yunet import YuNet
from hrm_core.media import open_video
from hrm_core.progress import CancelToken
from hrm_core.records.face import Face, FrameFaces

_SHARED = Path(__file__).parents[4] / "shared"
_needs_models = pytest.mark.skipif(
    not _SHARED.is_dir(), reason="shared/ with models and recordings is not beside the project"
)
Picture = Callable[[int], NDArray[np.uint8]]
_WHO = draw_identities(0, ("M", "F", "M", "F", "M", "F"))[3]
_STILL = draw_face(_WHO, Expression.neutral())
_TRUE = landmarks(_WHO, Expression.neutral())


@pytest.fixture(scope="module")
def children() -> tuple[DemoParticipant, ...]:
    return plan_study(0)


def _path(frames: int, roll_deg: float, grow: float, x: float, y: float) -> list[NDArray[np.float64]]:
    """A head that sets out from where it was drawn and arrives turned, nearer and elsewhere."""
    moves = []
    for part in np.linspace(0, 1, frames):
        move = cv2.getRotationMatrix2D((320, 320), roll_deg * part, grow**part)
        move[:, 2] += [x * part, y * part]
        moves.append(np.asarray(move))
    return moves


def _film(moves: list[NDArray[np.float64]]) -> Picture:
    return lambda number: np.asarray(
        cv2.warpAffine(_STILL, moves[number], (640, 640), borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8
    )


def _moved(points: NDArray[np.float64], move: NDArray[np.float64]) -> NDArray[np.float64]:
    return points @ move[:, :2].T + move[:, 2]


def _covers(band: NDArray[np.float64], points: NDArray[np.float64]) -> bool:
    contour = band.astype(np.float32)
    return all(cv2.pointPolygonTest(contour, (float(x), float(y)), False) >= 0 for x, y in points)


@settings(max_examples=12)
@given(st.floats(-60, 60), st.floats(0.7, 1.3), st.floats(-60, 60), st.floats(-60, 60))
def test_a_head_that_turns_nears_and_moves_is_followed(roll: float, grow: float, x: float, y: float) -> None:
    moves = _path(16, roll, grow, x, y)
    drawn = drawn_face(_TRUE.box)
    tracked = track_faces(_film(moves), {0: drawn}, range(16))
    assert sorted(tracked) == list(range(16))
    width = drawn.box[2] - drawn.box[0]
    for number, move in enumerate(moves):
        face = tracked[number]
        assert face.five is not None
        assert face.eyes is not None
        assert drawn.five is not None
        assert np.abs(face.five - _moved(drawn.five, move)).max() < 0.01 * width
        assert np.abs(face.eyes - _moved(eye_band_of_box(drawn.box), move)).max() < 0.015 * width
        middle = _moved(drawn.box.reshape(2, 2).mean(axis=0)[None], move)[0]
        assert np.abs(face.box.reshape(2, 2).mean(axis=0) - middle).max() < 0.01 * width
        assert face.score >= LEAST_SCORE


@pytest.mark.slow
@pytest.mark.parametrize("place", range(6))
def test_the_eyes_of_a_drawn_film_stay_covered(children: tuple[DemoParticipant, ...], place: int) -> None:
    """Whatever the face does on the way: where the track is trusted, its band hides both eyes."""
    child = children[place]
    first = child.clips[0][0]
    frames = range(max(0, first - 10), first + 50)
    start = frames[25]
    true = true_face(child, start)
    drawn = drawn_face(true.box, eye_band(Face(true.box, 1.0, true.five)))
    tracked = track_faces(lambda number: render_frame(child, number), {start: drawn}, frames)
    trusted = {frame: face for frame, face in tracked.items() if face.score >= LEAST_SCORE}
    assert len(trusted) > 0.6 * len(frames)
    for frame, face in trusted.items():
        openings = eye_openings(child.identity, Expression(child.intensities[frame]), frame / child.fps)
        assert _covers(eye_band(face), np.vstack(openings)), frame
        assert face.five is not None
        at = true_face(child, frame).five
        assert at is not None
        assert drawn.five is not None
        assert true.five is not None
        # A doll's eyes are not where a child's are in its box, but they move by as much.
        assert np.linalg.norm((face.five - drawn.five)[:2] - (at - true.five)[:2], axis=1).max() < 6


def test_after_a_cut_there_is_no_face_even_if_it_comes_back() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (640, 640, 3), dtype=np.uint8)

    def picture(number: int) -> NDArray[np.uint8]:
        return noise if number in (5, 6) else _STILL

    tracked = track_faces(picture, {0: drawn_face(_TRUE.box)}, range(12))
    assert sorted(tracked) == [0, 1, 2, 3, 4]


def test_another_face_after_a_cut_is_not_taken_for_this_one() -> None:
    other = draw_face(draw_identities(0, ("M", "F", "M", "F", "M", "F"))[0], Expression.of({"AU5": 1}), 2.0)

    def picture(number: int) -> NDArray[np.uint8]:
        return _STILL if number < 4 else other[:, ::-1]

    tracked = track_faces(picture, {0: drawn_face(_TRUE.box)}, range(8))
    assert all(face.score < LEAST_SCORE for frame, face in tracked.items() if frame >= 4)


def test_a_face_that_leaves_the_picture_is_given_up() -> None:
    moves = _path(40, 0, 1, 700, 0)
    tracked = track_faces(_film(moves), {0: drawn_face(_TRUE.box)}, range(40))
    last = max(tracked)
    assert 5 < last < 35
    assert all(
        min(640, face.box[2]) - face.box[0] > 0.55 * np.ptp(face.box[::2]) for face in tracked.values()
    )
    assert sorted(tracked) == list(range(last + 1))


def test_a_hand_before_the_face_is_not_a_face() -> None:
    """The hand comes from below, covers the face and goes away with whatever was seen on it."""
    rng = np.random.default_rng(1)
    hand = cv2.GaussianBlur(rng.integers(90, 255, (640, 640, 3), dtype=np.uint8), (0, 0), 3)

    def picture(number: int) -> NDArray[np.uint8]:
        rgb = _STILL.copy()
        top = max(0, 640 - 60 * number)
        rgb[top:] = hand[: 640 - top]
        return rgb

    tracked = track_faces(picture, {0: drawn_face(_TRUE.box)}, range(12))
    hidden = [frame for frame in range(12) if 640 - 60 * frame < 250]
    assert all(tracked[frame].score < LEAST_SCORE for frame in hidden if frame in tracked)
    assert 0 in tracked


def test_a_strip_of_the_face_is_not_enough() -> None:
    def picture(number: int) -> NDArray[np.uint8]:
        rgb = _STILL.copy()
        if number >= 3:
            rgb[:440] = 90
        return rgb

    assert sorted(track_faces(picture, {0: drawn_face(_TRUE.box)}, range(8))) == [0, 1, 2]


def test_where_nothing_can_be_followed_only_the_drawn_frame_has_a_face() -> None:
    grey = np.full((200, 300, 3), 128, np.uint8)
    drawn = {4: drawn_face([20, 30, 120, 160])}
    assert track_faces(lambda _: grey, drawn, range(8)) == drawn


def test_between_two_drawn_frames_both_count() -> None:
    moves = _path(11, 8, 1.1, 40, 0)
    ends = {number: drawn_face(_moved_box(moves[number]) + [number, 0, number, 0]) for number in (0, 10)}
    tracked = track_faces(_film(moves), ends, range(11))
    assert sorted(tracked) == list(range(11))
    assert tracked[0] is ends[0]
    assert tracked[10] is ends[10]
    middles = np.array([face.box.reshape(2, 2).mean(axis=0) for face in tracked.values()])
    steps = np.linalg.norm(np.diff(middles, axis=0), axis=1)
    # From one drawing to the other without a leap.
    assert steps.max() < 2 * np.median(steps) + 1
    assert min(face.score for face in tracked.values()) >= LEAST_SCORE


def test_two_drawings_that_contradict_each_other_are_not_trusted_between() -> None:
    drawn = {0: drawn_face(_TRUE.box), 6: drawn_face(_TRUE.box + [150, 0, 150, 0])}
    tracked = track_faces(lambda _: _STILL, drawn, range(7))
    assert [tracked[frame].score for frame in (0, 6)] == [1.0, 1.0]
    assert all(tracked[frame].score < LEAST_SCORE for frame in range(1, 6))
    covers = locate_eyes([FrameFaces(frame, 0.0, (face,), 0) for frame, face in tracked.items()])
    assert [frame for frame, cover in covers.items() if cover.located] == [0, 6]
    # The nearer drawing is followed.
    assert np.abs(tracked[1].box - drawn[0].box).max() < 3
    assert np.abs(tracked[5].box - drawn[6].box).max() < 3


def test_frames_before_the_drawn_one_are_reached_too_and_only_wanted_ones_given() -> None:
    moves = _path(10, 10, 1, 20, 0)
    asked: list[int] = []

    def picture(number: int) -> NDArray[np.uint8]:
        asked.append(number)
        return _film(moves)(number)

    tracked = track_faces(picture, {9: drawn_face(_moved_box(moves[9]))}, [2, 4])
    assert sorted(tracked) == [2, 4]
    assert asked == [9, 8, 7, 6, 5, 4, 3, 2]
    assert track_faces(picture, {}, [2, 4]) == {}
    assert track_faces(picture, {9: drawn_face(_TRUE.box)}, []) == {}


def _moved_box(move: NDArray[np.float64]) -> NDArray[np.float64]:
    outline = _moved(face_outline(Expression.neutral()) + [320, 326], move)
    return np.concatenate([outline.min(axis=0), outline.max(axis=0)])


class _Count:
    def __init__(self) -> None:
        self.total: int | None = None
        self.done = 0
        self.over = False

    def start(self, title: str, total: int | None) -> None:
        self.total = total

    def advance(self, units: int = 1) -> None:
        self.done += units

    def finish(self) -> None:
        self.over = True


def test_progress_is_told_of_every_frame_also_of_those_given_up() -> None:
    progress = _Count()
    noise = np.random.default_rng(0).integers(0, 255, (640, 640, 3), dtype=np.uint8)
    track_faces(
        lambda number: _STILL if number < 3 else noise,
        {1: drawn_face(_TRUE.box)},
        range(9),
        progress=progress,
    )
    assert (progress.total, progress.done, progress.over) == (8, 8, True)


def test_it_stops_when_asked_to() -> None:
    cancel, asked = CancelToken(), []

    def picture(number: int) -> NDArray[np.uint8]:
        asked.append(number)
        if number == 3:
            cancel.cancel()
        return _STILL

    progress = _Count()
    with pytest.raises(Cancelled):
        track_faces(picture, {0: drawn_face(_TRUE.box)}, range(100), progress=progress, cancel=cancel)
    assert asked == [0, 1, 2, 3]
    assert progress.over


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (1, 2, 3, 0), (2, 3, 0, 1), (3, 2, 1, 0)])
def test_a_drawn_band_turns_the_points_of_its_box(order: tuple[int, ...]) -> None:
    """In whatever order somebody clicked the corners of the band."""
    move = cv2.getRotationMatrix2D((100, 100), -30, 1)
    band = _moved(np.array([[40.0, 70], [160, 70], [160, 110], [40, 110]]), np.asarray(move))
    face = drawn_face([40, 20, 160, 180], band[list(order)])
    assert face.five is not None
    along = face.five[1] - face.five[0]
    assert np.degrees(np.arctan2(along[1], along[0])) == pytest.approx(30)
    assert np.array_equal(np.asarray(face.eyes), band[list(order)])
    upright = drawn_face([40, 20, 160, 180])
    assert upright.five is not None
    assert np.allclose(upright.five, np.array(FIVE_IN_BOX) * [120, 160] + [40, 20])


@_needs_models
def test_the_points_of_a_box_are_those_of_real_faces() -> None:
    detector = YuNet(_SHARED / "models" / "yunet_n_dynamic.onnx")
    seen = []
    for name in ("single_face.mp4", "WolfgangLanger_Pexels.mp4", "face_noface.mov"):
        with open_video(_SHARED / "data" / name) as video:
            faces = [face for number in range(0, len(video), 24) for face in detector.detect(video[number])]
        size = np.array([face.box[2:] - face.box[:2] for face in faces])[:, None]
        corner = np.array([face.box[:2] for face in faces])[:, None]
        seen.append(((np.array([face.five for face in faces]) - corner) / size).mean(axis=0))
    assert np.abs(np.mean(seen, axis=0) - FIVE_IN_BOX).max() < 0.05


@_needs_models
@pytest.mark.parametrize(
    ("name", "start", "fewest"), [("single_face.mp4", 0, 60), ("face_noface.mov", 0, 40)]
)
def test_real_faces_are_followed_and_given_up_when_they_leave(name: str, start: int, fewest: int) -> None:
    detector = YuNet(_SHARED / "models" / "yunet_n_dynamic.onnx")
    with open_video(_SHARED / "data" / name) as video:
        drawn = {start: drawn_face(detector.detect(video[start])[0].box)}
        tracked = track_faces(video.__getitem__, drawn, range(len(video)))
        trusted = [frame for frame, face in tracked.items() if face.score >= LEAST_SCORE]
        assert len(trusted) >= fewest
        for frame in range(0, len(video), 3):
            seen = detector.detect(video[frame])
            if frame in tracked and tracked[frame].score >= LEAST_SCORE:
                assert seen, f"there is no face in frame {frame}"
                five, width = seen[0].five, seen[0].box[2] - seen[0].box[0]
                assert five is not None
                assert _covers(eye_band(tracked[frame]), eye_band(seen[0]).mean(axis=0)[None])
                assert _covers(eye_band(tracked[frame]), five[:2])
                mine = tracked[frame].five
                assert mine is not None
                assert np.linalg.norm(mine[:2] - five[:2], axis=1).max() < 0.1 * width
