"""Faces laid on each other: the known turn comes back, pictures lie where their points do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.faces.align import five_point_template
from hrm_core.faces.laid import chained, inverted, lay_face_on, lay_picture, upright_face
from hrm_core.faces.region import STABLE_OF_68
from hrm_core.records.face import Face


def similarity(angle: float, scale: float, x: float, y: float) -> NDArray[np.float64]:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([scale * turn, (x, y)])


def moved(points: NDArray[np.float64], way: NDArray[np.float64]) -> NDArray[np.float64]:
    return points @ way[:, :2].T + way[:, 2]


def face(five: NDArray[np.float64], points: NDArray[np.float64] | None = None) -> Face:
    return Face(np.array([0.0, 0.0, 1.0, 1.0]), 0.9, five, points_3d=points)


WAYS = st.builds(
    similarity, st.floats(-1.5, 1.5), st.floats(0.3, 4.0), st.floats(-400, 400), st.floats(-400, 400)
)


@settings(max_examples=50, deadline=None)
@given(WAYS, st.floats(-30, 30), st.floats(-30, 30), st.booleans())
def test_a_known_turn_comes_back_whatever_the_mouth_does(
    way: NDArray[np.float64], across: float, down: float, with_landmarks: bool
) -> None:
    five = five_point_template(112)
    points = np.random.default_rng(4).uniform(0, 112, (68, 3)) if with_landmarks else None
    smiling = moved(five, way)
    smiling[3:] += (across, down)
    landmarks = None
    if points is not None:
        landmarks = np.column_stack([moved(points[:, :2], way), points[:, 2]])
        loose = np.setdiff1d(np.arange(68), STABLE_OF_68)
        landmarks[loose, :2] += (across, down)
        smiling[:3] += across  # landmarks count more than five points
    found = lay_face_on(face(five, points), face(smiling, landmarks))
    assert np.allclose(found, way, atol=1e-6)
    assert np.allclose(chained(way, inverted(way)), np.eye(2, 3), atol=1e-9)


def test_points_that_are_missing_or_coincide_are_refused_in_words() -> None:
    good = face(five_point_template(112))
    for bad in (np.zeros((5, 2)), np.full((5, 2), np.nan)):
        with pytest.raises(InvalidFileError, match="hrm extract faces"):
            lay_face_on(face(bad), good)
    with pytest.raises(InvalidFileError, match="hrm extract faces"):
        upright_face(Face(np.zeros(4), 0.9), 100, 0.5)


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.5, 0.5), st.floats(0.3, 1.5), st.floats(0, 60), st.floats(0, 60))
def test_a_bright_spot_lies_where_its_place_is_brought(
    angle: float, scale: float, x: float, y: float
) -> None:
    rgb = np.zeros((200, 260, 3), np.uint8)
    spot = np.array([[130.0, 90.0]])
    rows, columns = np.mgrid[:200, :260]
    rgb[(rows - 90) ** 2 + (columns - 130) ** 2 <= 64] = 255
    way = similarity(angle, scale, x + 60, y + 60)
    laid = lay_picture(rgb, way, (500, 500), covered=(np.array([[0, 0], [20, 0], [20, 20], [0, 20.0]]),))
    weight = laid.rgb[..., 0].astype(float)
    middle = np.array([(weight * axis).sum() / weight.sum() for axis in np.mgrid[:500, :500][::-1]])
    assert np.abs(middle - moved(spot, way)[0]).max() < 0.4
    row, column = np.round(moved(np.array([[10.0, 10.0]]), way)[0][::-1]).astype(int)
    assert not (0 <= row < 500 and 0 <= column < 500) or laid.covered[row, column]
    assert not laid.inside[499, 499] or scale > 1
