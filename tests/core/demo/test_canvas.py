from __future__ import annotations

import numpy as np

from hrm_core.demo.canvas import Canvas, mix

STILL = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
SQUARE = np.array([[10.0, 10.0], [20.0, 10.0], [20.0, 20.0], [10.0, 20.0]])


def _blank() -> np.ndarray:
    return np.zeros((40, 40, 3), np.uint8)


def test_a_shape_covers_its_area() -> None:
    image = _blank()
    Canvas(image, STILL).fill(SQUARE, (255, 255, 255))

    assert abs(image[..., 0].sum() / 255 - 100) < 8


def test_a_shift_of_half_a_pixel_shows() -> None:
    first, second = _blank(), _blank()
    Canvas(first, STILL).fill(SQUARE, (255, 255, 255))
    Canvas(second, STILL).fill(SQUARE + [0.5, 0.0], (255, 255, 255))

    assert (first != second).any()


def test_drawing_inside_an_outline_leaves_the_rest_alone() -> None:
    image = _blank()
    Canvas(image, STILL).inside(SQUARE, lambda inner: inner.fill(SQUARE * 3.0 - 20.0, (200, 10, 10)))

    assert image[15, 15].tolist() == [200, 10, 10]
    assert not image[:8].any()
    assert not image[23:].any()


def test_shapes_off_the_picture_do_no_harm() -> None:
    image = _blank()
    canvas = Canvas(image, STILL)
    canvas.fill(SQUARE - 200.0, (255, 255, 255))
    canvas.soft(np.array([500.0, 500.0]), (10.0, 10.0), (255, 255, 255), 1.0)

    assert image.sum() < 255 * 12


def test_colours_mix() -> None:
    assert mix((0, 0, 0), (100, 200, 50), 0.5) == (50, 100, 25)
    assert mix((0, 0, 0), (100, 200, 50), 7.0) == (100, 200, 50)
