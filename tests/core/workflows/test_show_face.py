"""What is seen of a frame: covered in every size, registered where the points are known, or withheld."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hrm_core.faces.align import five_point_template
from hrm_core.faces.eye_cover import locate_eyes
from hrm_core.records.face import Face, FrameFaces
from hrm_core.records.face_mark import FaceMark, FaceMarkKind
from hrm_core.records.recording import Recording
from hrm_core.workflows.see_faces import FaceSight
from hrm_core.workflows.show_face import REGISTERED_PX, eyes_to_review, show_face, show_neutral
from tests.support.faces import child_box, five_points

WIDTH, HEIGHT = 320, 240
RECORDING = Recording(1, 1, "play", frame_count=3, width=WIDTH, height=HEIGHT)
FIVE = five_points((160, 120), 2.0)
FRAMES = [
    FrameFaces(0, 0.0, (Face(child_box(FIVE), 0.9, FIVE),), 0),
    FrameFaces(1, 0.1),
    FrameFaces(2, 0.2, (Face(child_box(FIVE), 0.9),), 0),
]
MARKS = (FaceMark(1, 1, FaceMarkKind.FACE, ((0.25, 0.25), (0.5, 0.75)), 1),)
SIGHT = FaceSight(None, "", {entry.frame: entry for entry in FRAMES}, locate_eyes(FRAMES), MARKS)
GREY_GREEN = (134, 150, 134)


def picture(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Every pixel tells where it is."""
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[..., 0] = np.linspace(0, 255, width).astype(np.uint8)
    rgb[..., 1] = np.linspace(0, 255, height).astype(np.uint8)[:, np.newaxis]
    return rgb


def at(rgb: np.ndarray, point: np.ndarray) -> tuple[int, ...]:
    x, y = np.round(point).astype(int)
    return tuple(int(value) for value in rgb[y, x])


@pytest.mark.parametrize("shrunk", [1.0, 0.5, 0.25])
@pytest.mark.parametrize("registered", [False, True])
def test_the_eyes_are_covered_in_every_size_and_however_the_face_is_turned(
    shrunk: float, registered: bool
) -> None:
    rgb = picture(round(WIDTH * shrunk), round(HEIGHT * shrunk))
    before = rgb.copy()
    look = show_face(SIGHT, RECORDING, 0, rgb, covered=True, registered=registered, neutral=FRAMES[0])
    assert look.rgb is not None
    assert (look.covered, look.registered) == (True, registered)
    shown = FIVE @ look.matrix[:, :2].T + look.matrix[:, 2]
    for eye in shown[:2]:
        assert at(look.rgb, eye) == GREY_GREEN
    assert at(look.rgb, shown[3]) != GREY_GREEN
    assert (rgb == before).all()


def test_without_a_mask_the_picture_is_the_one_that_was_given() -> None:
    rgb = picture()
    look = show_face(SIGHT, RECORDING, 1, rgb, covered=False, registered=False)
    assert look.rgb is rgb
    assert not look.withheld


@pytest.mark.parametrize("frame", [1, 2, 77])
def test_a_picture_whose_eyes_are_not_located_is_withheld(frame: int) -> None:
    look = show_face(SIGHT, RECORDING, frame, picture(), covered=True, registered=False)
    assert look.rgb is None
    assert look.withheld


def test_nothing_read_yet_is_nothing_shown() -> None:
    assert show_face(None, RECORDING, 0, picture(), covered=True, registered=False).rgb is None


def test_a_registered_face_lies_where_every_other_one_does_with_room_around_it() -> None:
    look = show_face(SIGHT, RECORDING, 0, picture(), covered=False, registered=True, neutral=FRAMES[0])
    assert look.rgb is not None
    assert look.rgb.shape == (REGISTERED_PX, REGISTERED_PX, 3)
    shown = FIVE @ look.matrix[:, :2].T + look.matrix[:, 2]
    wanted = five_point_template(REGISTERED_PX // 2) + REGISTERED_PX / 4
    assert np.abs(shown - wanted).max() < 0.05 * REGISTERED_PX
    # What was at the nose is there still.
    x, y = FIVE[2].astype(int)
    assert np.abs(np.subtract(at(look.rgb, shown[2]), at(picture(), np.array([x, y])))).max() <= 4


@pytest.mark.parametrize(("frame", "neutral"), [(0, None), (0, FRAMES[2]), (2, FRAMES[0]), (1, FRAMES[0])])
def test_what_cannot_be_registered_is_shown_plain_and_says_why(
    frame: int, neutral: FrameFaces | None
) -> None:
    rgb = picture()
    look = show_face(SIGHT, RECORDING, frame, rgb, covered=False, registered=True, neutral=neutral)
    assert look.rgb is rgb
    assert not look.registered
    assert look.unregistered.startswith("not registered")


def test_points_that_coincide_are_no_face_to_register() -> None:
    flat = FrameFaces(0, 0.0, (Face(child_box(FIVE), 0.9, np.full((5, 2), 7.0)),), 0)
    look = show_neutral(flat, picture(), covered=False, registered=True)
    assert (look.registered, look.rgb is not None) == (False, True)


def test_the_neutral_picture_is_covered_or_withheld_too() -> None:
    look = show_neutral(FRAMES[0], picture(), covered=True, registered=False)
    assert look.rgb is not None
    assert at(look.rgb, FIVE[0]) == GREY_GREEN
    assert show_neutral(None, picture(), covered=True, registered=False).rgb is None
    assert show_neutral(FRAMES[2], picture(), covered=True, registered=False).rgb is None


def test_a_face_drawn_by_hand_is_told_in_pixels() -> None:
    look = show_face(SIGHT, RECORDING, 1, picture(), covered=False, registered=False)
    assert look.drawn is not None
    assert look.drawn.tolist() == [80, 60, 160, 180]


def test_frames_to_review_come_in_runs_of_one_reason() -> None:
    runs = eyes_to_review(SIGHT, 5)
    assert [(run.first_frame, run.last_frame) for run in runs] == [(1, 1), (2, 2), (3, 4)]
    assert len({run.problem for run in runs}) == 3


def test_a_mask_at_the_edge_of_the_picture_covers_what_is_seen_of_it(tmp_path: Path) -> None:
    five = five_points((2, 2), 2.0)
    frames = [FrameFaces(0, 0.0, (Face(child_box(five), 0.9, five),), 0)]
    sight = FaceSight(None, "", {0: frames[0]}, locate_eyes(frames), ())
    look = show_face(sight, RECORDING, 0, picture(), covered=True, registered=False)
    assert look.rgb is not None
    assert tuple(look.rgb[0, 0]) == GREY_GREEN
    assert tuple(look.rgb[-1, -1]) == tuple(picture()[-1, -1])


def test_doubtful_frames_of_different_scores_are_one_run() -> None:
    faces = [
        FrameFaces(number, 0.0, (Face(child_box(FIVE), 0.5 + number / 50, FIVE),), 0) for number in range(4)
    ]
    sight = FaceSight(None, "", {entry.frame: entry for entry in faces}, locate_eyes(faces), ())
    (run,) = eyes_to_review(sight, 4)
    assert (run.first_frame, run.last_frame) == (0, 3)
