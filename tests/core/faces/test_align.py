"""Five points go to the template and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.faces.align import align_by_five_points, five_point_template


def _moved(angle_deg: float, scale: float, x: float, y: float) -> NDArray[np.float64]:
    angle = np.deg2rad(angle_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return five_point_template(112) @ (scale * turn).T + [x, y]


@given(st.floats(-180, 180), st.floats(0.05, 20), st.floats(-3000, 3000), st.floats(-3000, 3000))
def test_a_turned_face_lies_on_the_template(angle: float, scale: float, x: float, y: float) -> None:
    five = _moved(angle, scale, x, y)
    alignment = align_by_five_points(five, 224)
    assert np.abs(alignment.to_aligned(five) - five_point_template(224)).max() < 1e-6


@given(
    st.lists(st.tuples(st.floats(0, 4000), st.floats(0, 4000)), min_size=5, max_size=5, unique=True),
    st.lists(st.tuples(st.floats(-500, 5000), st.floats(-500, 5000)), min_size=1, max_size=9),
)
def test_points_come_back_where_they_were(
    five: list[tuple[float, float]], points: list[tuple[float, float]]
) -> None:
    if np.ptp(np.array(five), axis=0).max() < 1:
        return
    alignment = align_by_five_points(five)
    back = alignment.to_frame(alignment.to_aligned(points))
    assert np.abs(back - np.array(points)).max() < 0.5


@given(st.lists(st.tuples(st.floats(0, 400), st.floats(0, 400)), min_size=5, max_size=5, unique=True))
def test_no_small_change_fits_better(five: list[tuple[float, float]]) -> None:
    """Least squares: no small change of turn, scale or shift fits better."""
    source = np.array(five)
    if np.ptp(source, axis=0).max() < 1:
        return
    alignment = align_by_five_points(five)
    target = five_point_template()
    error = ((alignment.to_aligned(source) - target) ** 2).sum()
    a, b = alignment.matrix[0, 0], alignment.matrix[1, 0]
    for da, db, dx, dy in np.vstack([np.eye(4), -np.eye(4)]) * 1e-3:
        matrix = np.array([[a + da, -(b + db)], [b + db, a + da]])
        moved = source @ matrix.T + alignment.matrix[:, 2] + [dx, dy]
        assert ((moved - target) ** 2).sum() >= error - 1e-9 * max(1.0, error)


def test_the_picture_moves_with_the_points() -> None:
    rgb = np.zeros((300, 400, 3), np.uint8)
    five = _moved(25, 1.2, 150, 60)
    for x, y in five:
        rgb[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3] = 255
    alignment = align_by_five_points(five, 224)
    picture = alignment.picture(rgb)
    assert picture.shape == (224, 224, 3)
    for x, y in five_point_template(224):
        assert picture[round(y), round(x)].min() > 128


@pytest.mark.parametrize("scale", [0.8, 3, 9])
def test_a_picture_of_any_size_moves_with_the_points(scale: float) -> None:
    side = round(130 * scale) + 40
    y, x = np.mgrid[:side, :side]
    rgb = np.repeat(((x + 2 * y) * (60 / side) + 20).astype(np.float32)[:, :, None], 3, axis=2).astype(
        np.uint8
    )
    five = _moved(25, scale, 10 * scale + 12, 5)
    alignment = align_by_five_points(five, 224)
    picture = alignment.picture(rgb)
    inside = np.array([[x, y] for x in range(80, 150, 10) for y in range(80, 150, 10)])
    there = alignment.to_frame(inside)
    expected = (there @ [1, 2]) * (60 / side) + 20
    assert np.abs(picture[inside[:, 1], inside[:, 0], 0] - expected).max() < 2


def test_a_large_face_is_averaged_not_sampled() -> None:
    """Fine noise turns grey when it is made small; single pixels of it would stay noise."""
    rgb = np.random.default_rng(0).integers(0, 255, (1500, 1500, 3), dtype=np.uint8)
    picture = align_by_five_points(_moved(10, 9, 100, 80), 224).picture(rgb)
    assert picture[60:160, 60:160].std() < 30


@pytest.mark.parametrize("five", [np.ones((5, 2)), np.full((5, 2), np.nan)])
def test_points_that_are_no_face_are_refused(five: NDArray[np.float64]) -> None:
    with pytest.raises(InvalidFileError, match="detect it again"):
        align_by_five_points(five)
