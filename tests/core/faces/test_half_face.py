"""Halves of a face: a symmetrical face is made of itself, a known asymmetry is found on its side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.faces.align import Alignment, five_point_template
from hrm_core.faces.half_face import midline_of, on_midline, turned_aside, twice_each_half
from hrm_core.faces.laid import lay_picture, upright_face
from hrm_core.records.face import Face

SIDE = 200
MIDDLE = (SIDE - 1) / 2


def symmetrical_five() -> NDArray[np.float64]:
    x = MIDDLE
    return np.array([[x - 32, 80], [x + 32, 80], [x, 110], [x - 26, 140], [x + 26, 140]], dtype=float)


def face(five: NDArray[np.float64], points: NDArray[np.float64] | None = None) -> Face:
    return Face(np.array([0.0, 0.0, SIDE, SIDE]), 0.9, five, points_3d=points)


def drawn(*, one_sided: bool = False) -> NDArray[np.uint8]:
    """A synthetic face, symmetrical but for a spot on the left of the picture."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(float)
    away = np.abs(columns - MIDDLE)
    rgb = np.full((SIDE, SIDE, 3), 90.0)
    rgb += (40 * np.exp(-((away - 32) ** 2 + (rows - 80) ** 2) / 120))[..., np.newaxis]
    rgb += (60 * np.exp(-(away**2 + (rows - 140) ** 2) / 300))[..., np.newaxis]
    if one_sided:
        rgb += (80 * np.exp(-((columns - 60) ** 2 + (rows - 150) ** 2) / 80))[..., np.newaxis]
    return rgb.astype(np.uint8)


def rolled(degrees: float, x: float, y: float, scale: float) -> NDArray[np.float64]:
    angle = np.radians(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array([MIDDLE, MIDDLE])
    return np.column_stack([turn, centre + (x, y) - turn @ centre])


@settings(max_examples=60, deadline=None)
@given(st.floats(-85, 85), st.floats(-50, 50), st.floats(-50, 50), st.floats(0.4, 3), st.booleans())
def test_the_midline_is_where_the_face_was_turned_to(
    degrees: float, x: float, y: float, scale: float, with_landmarks: bool
) -> None:
    way = rolled(degrees, x, y, scale)
    five, points = symmetrical_five(), None
    if with_landmarks:
        points = np.random.default_rng(1).uniform(0, SIDE, (68, 3))
        for left, right in ((36, 45), (39, 42)):
            points[right, :2] = 2 * MIDDLE - points[left, 0], points[left, 1]
        points[[36, 39], 0], points[[45, 42], 0] = (MIDDLE - 44, MIDDLE - 20), (MIDDLE + 44, MIDDLE + 20)
        points[[27, 28, 29, 30, 33], 0] = MIDDLE
        points[:, :2] = points[:, :2] @ way[:, :2].T + way[:, 2]
    found = midline_of(face(five @ way[:, :2].T + way[:, 2], points))
    angle = np.radians(degrees)
    assert np.allclose(found.across, (np.cos(angle), np.sin(angle)), atol=1e-6)
    on_line = np.array([[MIDDLE, 20.0], [MIDDLE, 190.0]]) @ way[:, :2].T + way[:, 2]
    assert np.allclose(found.reflect(on_line), on_line, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.floats(-40, 40), st.floats(-20, 20), st.floats(-20, 20))
def test_halves_of_a_rolled_symmetrical_face_are_both_the_face(degrees: float, x: float, y: float) -> None:
    way = rolled(degrees, x + 60, y + 60, 1.0)
    rgb = lay_picture(drawn(), way, (340, 340)).rgb
    five = symmetrical_five() @ way[:, :2].T + way[:, 2]
    alignment = on_midline(upright_face(face(five), 160, 0.7), midline_of(face(five)))
    upright = lay_picture(rgb, alignment.matrix, (160, 160)).rgb
    left, right = twice_each_half(upright)
    inner = np.s_[30:140, 30:130]
    assert np.abs(left[inner].astype(int) - right[inner]).max() <= 4
    assert np.abs(left[inner].astype(int) - upright[inner]).max() <= 4


def test_what_is_on_one_side_is_twice_in_one_face_and_not_in_the_other() -> None:
    flat = Alignment(np.eye(2, 3), SIDE)
    way = on_midline(flat, midline_of(face(symmetrical_five()))).matrix
    upright = lay_picture(drawn(one_sided=True), way, (SIDE, SIDE)).rgb.astype(int)
    plain = drawn().astype(int)
    left, right = (half.astype(int) - plain for half in twice_each_half(upright.astype(np.uint8)))
    assert (left[150, 60] > 60).all()
    assert (left[150, SIDE - 1 - 60] > 60).all()
    assert np.abs(right[100:190]).max() <= 4


def test_each_half_is_mirrored_exactly() -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (10, 12, 3)).astype(np.uint8)
    left, right = twice_each_half(rgb)
    assert (left == left[:, ::-1]).all()
    assert (right == right[:, ::-1]).all()
    assert (left[:, :6] == rgb[:, :6]).all()
    assert (right[:, 6:] == rgb[:, 6:]).all()
    with pytest.raises(ValueError, match="even"):
        twice_each_half(rgb[:, 1:])


def test_a_one_sided_smile_does_not_move_the_midline_and_a_turned_head_is_noticed() -> None:
    five = symmetrical_five()
    smile = five.copy()
    smile[3] += (-15, -12)
    assert (midline_of(face(smile)).point == midline_of(face(five)).point).all()
    assert turned_aside(face(five)) == pytest.approx(0)
    turned = five.copy()
    turned[2, 0] += 16
    assert turned_aside(face(turned)) == pytest.approx(16 / 64)
    assert np.isnan(turned_aside(Face(np.zeros(4), 0.9)))


def test_points_that_coincide_have_no_midline() -> None:
    for bad in (face(np.zeros((5, 2))), face(np.full((5, 2), np.nan)), Face(np.zeros(4), 0.9)):
        with pytest.raises(InvalidFileError, match="hrm extract faces"):
            midline_of(bad)
    assert midline_of(face(five_point_template(112))).across[0] > 0.99
