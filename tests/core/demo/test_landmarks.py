"""The true points of a drawn face lie where the picture shows it, and masks over them hide its eyes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.demo import (
    DemoParticipant,
    Expression,
    Identity,
    Part,
    draw_face,
    draw_identities,
    eye_openings,
    landmarks,
    render_frame,
    true_face,
)
from hrm_core.demo.expression import ACTION_PLACE
from hrm_core.faces.align import align_by_five_points
from hrm_core.faces.eye_mask import EYES_OF_68, MaskStyle, apply_mask, eye_band
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.face import Face

_CHILDREN = draw_identities(0, ("M", "F", "M", "F", "M", "F"))
_KEYS = tuple(entry.key for entry in ALL_ACTIONS)


@st.composite
def expressions(draw: st.DrawFn) -> Expression:
    """Any strengths of any actions in any part of the face."""
    face = Expression.neutral()
    for key in draw(st.lists(st.sampled_from([*_KEYS, "AU5", "AU6", "AU7", "AU43"]), max_size=8)):
        for part in Part:
            face.values[ACTION_PLACE[key], part] = draw(st.sampled_from([0.0, 0.3, 1.0]))
    return face


def _moved(points: NDArray[np.float64], turn: NDArray[np.float64]) -> NDArray[np.float64]:
    return points @ turn[:, :2].T + turn[:, 2]


def _turn(roll_deg: float, scale: float, x: float, y: float) -> NDArray[np.float64]:
    """About the middle of the picture, then to another place in one of 800 pixels."""
    turn = cv2.getRotationMatrix2D((320, 320), roll_deg, scale)
    turn[:, 2] += [80 + x, 80 + y]
    return np.asarray(turn)


def _covered_outlines(
    identity: Identity, face: Expression, turn: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    openings = np.vstack([_moved(outline, turn) for outline in eye_openings(identity, face, 1.7)])
    true = landmarks(identity, face, 1.7)
    assert true.points_3d is not None
    return openings, _moved(true.points_3d[list(EYES_OF_68), :2], turn)


def _is_inside(band: NDArray[np.float64], points: NDArray[np.float64]) -> bool:
    contour = band.astype(np.float32)
    return all(cv2.pointPolygonTest(contour, (float(x), float(y)), True) >= -1e-3 for x, y in points)


def _faces(true: Face, turn: NDArray[np.float64]) -> dict[str, Face]:
    assert true.five is not None
    assert true.points_3d is not None
    five = _moved(true.five, turn)
    points = np.column_stack([_moved(true.points_3d[:, :2], turn), true.points_3d[:, 2]])
    # As a track carries it on: the band of the upright face, moved with the head.
    tracked = _moved(eye_band(Face(true.box, 1.0, true.five)), turn)
    return {
        "five points": Face(true.box, 1.0, five),
        "all points": Face(true.box, 1.0, five, points_3d=points),
        "tracked": Face(true.box, 1.0, five, eyes=tracked),
    }


@given(
    expressions(),
    st.sampled_from(_CHILDREN),
    st.floats(0, 360),
    st.floats(0.15, 1.4),
    st.floats(-150, 150),
    st.floats(-150, 150),
)
def test_no_pixel_of_an_eye_is_seen_beside_the_mask(
    face: Expression, child: Identity, roll: float, scale: float, x: float, y: float
) -> None:
    turn = _turn(roll, scale, x, y)
    openings, corners = _covered_outlines(child, face, turn)
    eyes = np.zeros((800, 800), np.uint8)
    for outline in np.split(openings, 2):
        # Every pixel that the outline touches.
        cv2.fillPoly(eyes, [np.floor(outline).astype(np.int32)], 1)
        cv2.polylines(eyes, [np.floor(outline).astype(np.int32)], True, 1)
    white = np.full((800, 800, 3), 255, np.uint8)
    for name, seen in _faces(landmarks(child, face, 1.7), turn).items():
        band = eye_band(seen)
        assert _is_inside(band, corners), name
        assert _is_inside(band, openings), name
        covered = (apply_mask(white, band, MaskStyle.BLACK) == 0).all(axis=2)
        assert covered[eyes == 1].all(), name


@given(expressions(), st.sampled_from(_CHILDREN), st.floats(0, 360), st.floats(0.15, 1.4))
def test_points_come_back_from_the_aligned_face(
    face: Expression, child: Identity, roll: float, scale: float
) -> None:
    true = landmarks(child, face, 4.2)
    assert true.five is not None
    assert true.points_3d is not None
    turn = _turn(roll, scale, 0, 0)
    points = _moved(true.points_3d[:, :2], turn)
    alignment = align_by_five_points(_moved(true.five, turn))
    assert np.abs(alignment.to_frame(alignment.to_aligned(points)) - points).max() < 0.5


@given(st.sampled_from(_CHILDREN), st.floats(0, 360), st.floats(0.15, 1.4))
def test_a_face_at_rest_is_straight_once_it_is_aligned(child: Identity, roll: float, scale: float) -> None:
    true = landmarks(child, Expression.neutral(), 4.2)
    assert true.five is not None
    five = _moved(true.five, _turn(roll, scale, 0, 0))
    left, right = align_by_five_points(five).to_aligned(five)[:2]
    assert abs(right[1] - left[1]) < 0.02 * (right[0] - left[0])


@pytest.mark.parametrize("child", range(6))
def test_the_eyes_of_the_picture_are_where_the_openings_are(child: int) -> None:
    """Shutting the eyes changes the picture at the openings, their lids and lashes, and nowhere else."""
    who = _CHILDREN[child]
    open_face, shut = Expression.neutral(), Expression.of({"AU43": 1})
    changed = (draw_face(who, open_face, 2.0) != draw_face(who, shut, 2.0)).any(axis=2)
    inside = np.zeros(changed.shape, np.uint8)
    for outline in eye_openings(who, open_face, 2.0):
        cv2.fillPoly(inside, [np.round(outline).astype(np.int32)], 1)
    near = cv2.dilate(inside, np.ones((41, 41), np.uint8)).astype(bool)
    assert not changed[~near].any()
    assert changed[inside.astype(bool)].mean() > 0.9


@pytest.mark.parametrize(
    ("codes", "inside"), [({"AU2X": 1, "AU25": 1}, "mouth"), ({}, "iris")], ids=["mouth", "iris"]
)
def test_colours_are_where_the_points_say(codes: dict[str, int], inside: str) -> None:
    for who in _CHILDREN:
        face = Expression.of(codes)
        picture = draw_face(who, face, 3.0).astype(int)
        true = landmarks(who, face, 3.0)
        assert true.points_3d is not None
        points = true.points_3d[:, :2]
        if inside == "mouth":
            x, y = np.round(points[[62, 66]].mean(axis=0)).astype(int)
            red, green, blue = picture[y, x]
            assert red > 1.5 * green
            assert red > 1.5 * blue
        else:
            for eye in (range(36, 42), range(42, 48)):
                x, y = np.round(points[list(eye)].mean(axis=0)).astype(int)
                assert picture[y, x].max() < 100


def test_points_have_the_order_of_the_scheme() -> None:
    for who in _CHILDREN:
        true = landmarks(who, Expression.neutral())
        assert true.points_3d is not None
        assert true.five is not None
        points = true.points_3d[:, :2]
        assert points.shape == (68, 2)
        for row in (range(17), range(17, 27), range(31, 36), range(36, 40), range(42, 46), range(48, 55)):
            assert (np.diff(points[list(row), 0]) > 0).all()
        assert (np.diff(points[27:31, 1]) > 0).all()
        assert (np.diff(points[[48, *range(59, 53, -1)], 0]) > 0).all()
        assert (np.diff(points[60:65, 0]) > 0).all()
        assert np.argmax(points[:, 1]) == 8
        for place, part in enumerate(([*range(36, 42)], [*range(42, 48)], [30], [48], [54])):
            assert np.linalg.norm(points[part].mean(axis=0) - true.five[place]) < 4
        assert (points.min(axis=0) >= true.box[:2]).all()
        assert (points.max(axis=0) <= true.box[2:]).all()


def test_the_roll_is_that_of_the_picture(study: tuple[DemoParticipant, ...]) -> None:
    for child in study[:2]:
        for number in range(0, child.n_frames, 70):
            true = true_face(child, number)
            assert true.five is not None
            assert true.pose is not None
            left, right = true.five[:2]
            angle = np.degrees(np.arctan2(right[1] - left[1], right[0] - left[0]))
            assert angle == pytest.approx(true.pose[2], abs=0.2)


def test_a_film_has_a_face_in_each_of_its_frames_only(study: tuple[DemoParticipant, ...]) -> None:
    child = study[0]
    assert render_frame(child, 0).shape[:2] == (640, 640)
    for number in (-1, child.n_frames):
        with pytest.raises(IndexError):
            true_face(child, number)
