"""Nothing of an eye is ever seen beside its mask."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.faces.align import five_point_template
from hrm_core.faces.eye_mask import EYES_OF_68, MaskStyle, apply_mask, eye_band, eye_band_of_box
from hrm_core.records.face import Face

_BOX = np.array([0.0, 0.0, 100.0, 100.0])


def _eyes(five: NDArray[np.float64]) -> NDArray[np.float64]:
    """Outlines of both eyes: as wide as anatomy has them, a third of the way between the centres."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    along = five[1] - five[0]
    distance = np.linalg.norm(along)
    along = along / distance
    across = np.array([-along[1], along[0]])
    outline = (np.cos(angle)[:, None] * along * 0.27 + np.sin(angle)[:, None] * across * 0.15) * distance
    return np.vstack([five[0] + outline, five[1] + outline])


def _turned(points: NDArray[np.float64], angle_deg: float, scale: float, yaw: float) -> NDArray[np.float64]:
    angle = np.deg2rad(angle_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    narrow = (points - 56) * [yaw, 1.0]
    return narrow @ (scale * turn).T + 400


@given(st.floats(-180, 180), st.floats(0.2, 3), st.floats(0.15, 1), st.sampled_from(list(MaskStyle)))
def test_eyes_are_covered_at_any_roll_size_and_yaw(
    roll: float, scale: float, yaw: float, style: MaskStyle
) -> None:
    template = five_point_template(112)
    five = _turned(template, roll, scale, yaw)
    eyes = _turned(_eyes(template), roll, scale, yaw)
    rng = np.random.default_rng(0)
    rgb = rng.integers(1, 255, (800, 800, 3), dtype=np.uint8)
    masked = apply_mask(rgb, eye_band(Face(_BOX, 1.0, five)), style)
    columns, rows = np.floor(eyes).astype(int).T
    if style in (MaskStyle.GREY_GREEN, MaskStyle.BLACK):
        colour = masked[rows[0], columns[0]]
        assert (masked[rows, columns] == colour).all()
    else:
        assert (masked[rows, columns] != rgb[rows, columns]).any(axis=1).mean() > 0.9
    # The mouth can be coded.
    mouth = np.floor(five[3:]).astype(int)
    assert (masked[mouth[:, 1], mouth[:, 0]] == rgb[mouth[:, 1], mouth[:, 0]]).all()


@given(st.lists(st.tuples(st.floats(-60, 60), st.floats(-40, 40)), min_size=12, max_size=12))
def test_landmarks_of_the_eyes_are_always_inside(offsets: list[tuple[float, float]]) -> None:
    five = five_point_template(224)
    points = np.zeros((68, 3))
    points[list(EYES_OF_68), :2] = five[:2].mean(axis=0) + np.array(offsets)
    band = eye_band(Face(_BOX, 1.0, five, points_3d=points))
    assert _inside(band, points[list(EYES_OF_68), :2]).all()


def _inside(band: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    edges = np.roll(band, -1, axis=0) - band
    sides = [
        edge[0] * (points[:, 1] - corner[1]) - edge[1] * (points[:, 0] - corner[0])
        for edge, corner in zip(edges, band, strict=True)
    ]
    return np.asarray(np.all(np.array(sides) >= -1e-9, axis=0))


@pytest.mark.parametrize("style", list(MaskStyle))
def test_the_picture_itself_is_not_changed(style: MaskStyle) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    before = rgb.copy()
    masked = apply_mask(rgb, eye_band_of_box([20, 10, 80, 80]), style)
    assert np.array_equal(rgb, before)
    assert not np.array_equal(masked, before)


@pytest.mark.parametrize("place", [(-500, -500), (-20, 10), (110, 60)])
def test_a_band_may_leave_the_picture(place: tuple[int, int]) -> None:
    rgb = np.full((90, 120, 3), 200, np.uint8)
    band = eye_band_of_box([place[0], place[1], place[0] + 40, place[1] + 50])
    for style in MaskStyle:
        assert apply_mask(rgb, band, style).shape == rgb.shape


@pytest.mark.parametrize("five", [None, np.full((5, 2), np.nan), np.ones((5, 2))])
def test_eyes_that_cannot_be_found_are_never_guessed(five: NDArray[np.float64] | None) -> None:
    with pytest.raises(InvalidFileError, match="by hand"):
        eye_band(Face(_BOX, 1.0, five))
