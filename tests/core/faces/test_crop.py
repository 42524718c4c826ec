"""Crops hold the whole face, undistorted, and do not tremble."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.faces.crop import CROP_MARGIN, CROP_SIZE, SteadyCrop, crop_picture, crop_square

_boxes = st.tuples(
    st.floats(-300, 4000), st.floats(-300, 4000), st.floats(10, 2500), st.floats(10, 2500)
).map(lambda v: np.array([v[0], v[1], v[0] + v[2], v[1] + v[3]]))


def _is_inside(box: np.ndarray, square: tuple[float, float, float]) -> bool:
    left, top, side = square
    return bool(left <= box[0] and top <= box[1] and box[2] <= left + side and box[3] <= top + side)


@given(_boxes)
def test_the_square_is_around_the_middle_with_room(box: np.ndarray) -> None:
    left, top, side = crop_square(box)
    assert all(float(value).is_integer() for value in (left, top, side))
    assert abs(side - CROP_MARGIN * max(box[2] - box[0], box[3] - box[1])) <= 0.5
    assert np.abs([left + side / 2, top + side / 2] - (box[:2] + box[2:]) / 2).max() <= 1
    assert _is_inside(box, (left, top, side))


@given(st.lists(_boxes, min_size=1, max_size=8))
def test_a_steady_square_always_holds_the_face(boxes: list[np.ndarray]) -> None:
    steady = SteadyCrop()
    for box in boxes:
        square = steady.step(box)
        assert _is_inside(box, square)
        assert abs(square[2] / crop_square(box)[2] - 1) < 0.09 + 1 / crop_square(box)[2]


def test_trembling_does_not_move_the_square() -> None:
    rng = np.random.default_rng(3)
    steady = SteadyCrop()
    squares = {steady.step(np.array([200, 150, 380, 410]) + rng.normal(0, 2, 4)) for _ in range(300)}
    assert len(squares) == 1


def test_a_face_that_walks_is_followed_without_jumps() -> None:
    steady = SteadyCrop()
    lefts = [steady.step(np.array([100 + x, 100, 300 + x, 340]))[0] for x in range(0, 600, 4)]
    assert np.diff(lefts).min() >= 0
    assert np.diff(lefts).max() <= 5
    assert lefts[-1] - lefts[0] > 500


def test_every_pixel_of_a_square_that_needs_no_scaling_is_kept() -> None:
    rgb = np.random.default_rng(0).integers(1, 255, (700, 900, 3), dtype=np.uint8)
    picture = crop_picture(rgb, (120.0, 60.0, float(CROP_SIZE)))
    assert np.array_equal(picture, rgb[60:572, 120:632])


def test_what_is_outside_the_frame_is_black_and_the_rest_is_in_its_place() -> None:
    rgb = np.full((300, 400, 3), 200, np.uint8)
    picture = crop_picture(rgb, (-256.0, -128.0, 512.0))
    assert picture.shape == (512, 512, 3)
    assert (picture[:128] == 0).all()
    assert (picture[:, :256] == 0).all()
    assert (picture[128:428, 256:] == 200).all()
    assert (picture[428:] == 0).all()


@pytest.mark.parametrize("side", [64, 512, 1800])
def test_a_circle_stays_a_circle(side: int) -> None:
    import cv2

    rgb = np.zeros((2000, 2000, 3), np.uint8)
    cv2.circle(rgb, (1000, 1000), side // 4, (255, 255, 255), -1)
    picture = crop_picture(rgb, (1000.0 - side / 2, 1000.0 - side / 2, float(side)))
    rows, columns = np.nonzero(picture[:, :, 0] > 128)
    assert abs(np.ptp(rows) - np.ptp(columns)) <= 1
    assert abs(np.ptp(rows) - CROP_SIZE / 2) < 8


@pytest.mark.parametrize("square", [(-900.0, 0.0, 300.0), (0.0, 5000.0, 40.0), (3.0, 3.0, 1.0)])
def test_squares_outside_and_tiny_ones_do_no_harm(square: tuple[float, float, float]) -> None:
    assert crop_picture(np.full((20, 20, 3), 9, np.uint8), square).shape == (512, 512, 3)
