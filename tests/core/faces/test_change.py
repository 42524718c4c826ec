"""The head's motion is taken out of a face, the face's own stays in."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.demo import Expression, draw_face, draw_identities, landmarks
from hrm_core.faces.align import five_point_template
from hrm_core.faces.change import landmark_change, points_in_box, quietest_unlike, register, toward
from hrm_core.faces.motion_energy import WIDEST_GAP, motion_energy, roll_of_eyes
from hrm_core.faces.picture_change import region_picture
from hrm_core.faces.region import BEYOND_EYES_OF_68, STABLE_BOX, STABLE_OF_68, region_of
from hrm_core.facs import ALL_ACTIONS

WHO = draw_identities(3, ("F",))[0]
_NEUTRAL = landmarks(WHO, Expression.neutral())
assert _NEUTRAL.points_3d is not None
# A head with depth: the nose stands out, the jaw lies behind.
HEAD = _NEUTRAL.points_3d - _NEUTRAL.points_3d.mean(axis=0)
HEAD[:, 2] = 60 - np.hypot(HEAD[:, 0], HEAD[:, 1]) ** 2 / 300
EYES = float(np.linalg.norm(HEAD[36:42].mean(axis=0) - HEAD[42:48].mean(axis=0)))


@cache
def drawn_at_rest() -> np.ndarray:
    """The neutral face."""
    return draw_face(WHO, Expression.neutral())


def turned(points: np.ndarray, yaw: float, pitch: float, roll: float, scale: float = 1.0) -> np.ndarray:
    """Points as they lie when the head is turned and further away."""
    a, b, c = np.radians([yaw, pitch, roll])
    around_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    around_x = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    around_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return scale * (points @ (around_z @ around_x @ around_y).T) + (300, 200, 10)


@given(st.floats(-60, 60), st.floats(-40, 40), st.floats(-180, 180), st.floats(0.2, 4))
def test_a_turned_head_has_not_changed_and_a_raised_corner_has(
    yaw: float, pitch: float, roll: float, scale: float
) -> None:
    smile = HEAD.copy()
    smile[[48, 54]] += (0.0, -0.1 * EYES, 0.0)
    faces = np.stack([turned(face, yaw, pitch, roll, scale) for face in (HEAD, smile)])
    change = landmark_change(faces, HEAD, stable=STABLE_OF_68, region=(48, 54, 57), unit=EYES)
    assert np.abs(change[0]).max() < 1e-9
    assert change[1, :2] == pytest.approx(np.array([[0, -0.1, 0]] * 2), abs=1e-9)
    assert np.abs(change[1, 2]).max() < 1e-9


def test_flat_points_are_laid_on_one_another_too_and_never_mirrored() -> None:
    flat = HEAD[:, :2]
    mirrored = flat * (-1, 1)
    laid = register(np.stack([2 * flat[:, ::-1] * (1, -1) + 7, mirrored]), flat, range(68))
    assert laid[0] == pytest.approx(flat)
    assert np.abs(laid[1] - flat).max() > 20


def test_unknown_and_coinciding_points_stay_unknown() -> None:
    faces = np.stack([HEAD, HEAD, np.zeros_like(HEAD)])
    faces[1, 3, 0] = np.nan
    assert np.isnan(register(faces, HEAD, STABLE_OF_68)).all(axis=(1, 2)).tolist() == [False, True, True]
    assert np.isnan(register(np.full_like(faces, np.nan), HEAD, STABLE_OF_68)).all()


def test_only_what_looks_like_the_apex_counts() -> None:
    change = np.zeros((8, 2, 2))
    change[2:5, 0, 1] = (0.5, 1.0, 0.5)
    change[6, 1, 0] = 3.0
    change[7] = np.nan
    share = toward(change, 3)
    assert share[:7] / share[3] == pytest.approx([0, 0, 0.5, 1, 0.5, 0, 0])
    assert np.isnan(share[7])
    assert toward(np.zeros((3, 2)), 1).tolist() == [0, 0, 0]


def test_what_stands_in_for_the_neutral_face_is_still_and_unlike_the_apex() -> None:
    rng = np.random.default_rng(0)
    place = np.concatenate([np.zeros(20), np.linspace(0, 1, 10), np.ones(20), rng.uniform(-3, 3, 20)])
    assert quietest_unlike(place[:, np.newaxis], 40) < 20
    assert quietest_unlike(np.array([[np.nan], [1.0], [np.nan]]), 1) == 1


def test_points_of_a_scheme_without_names_are_told_by_where_they_lie() -> None:
    face = landmarks(WHO, Expression.neutral(), 1.3)
    assert face.points_3d is not None
    assert face.five is not None
    mouth = points_in_box(face.points_3d[:, :2], face.five, region_of("AU12").box)
    assert set(range(48, 68)) <= set(mouth.tolist())
    assert not set(range(17, 48)) & set(mouth.tolist())
    stable = points_in_box(face.points_3d, face.five, STABLE_BOX).tolist()
    assert set(STABLE_OF_68) <= set(stable)
    assert not set(range(48, 68)) & set(stable)


@pytest.mark.parametrize("entry", [e for e in ALL_ACTIONS if e.active], ids=lambda entry: entry.key)
def test_regions_are_where_the_drawing_moves(entry: object) -> None:
    key, group = entry.key, entry.group  # type: ignore[attr-defined]
    region = region_of(key)
    if group == "lower":
        # Nothing of it lies across the eyes, nor tells of brows and lids.
        assert set(region.points) <= set(BEYOND_EYES_OF_68)
        eyes = five_point_template(112)[:2]
        left, top, right, bottom = region.box
        assert not any(left <= x <= right and top <= y <= bottom for x, y in eyes)
    if key in ("AD33", "AD35", "AU31"):
        return
    side = 1 if 1 in entry.sides else 2  # type: ignore[attr-defined]
    shown = Expression.of({key: side})
    pictures = [
        region_picture(drawn_at_rest(), _NEUTRAL.five, region),
        region_picture(draw_face(WHO, shown), landmarks(WHO, shown).five, region),
    ]
    assert pictures[0] is not None
    assert pictures[1] is not None
    assert np.abs(pictures[1] - pictures[0]).max() > 0.1


def test_a_picture_is_the_same_in_other_light_and_another_place() -> None:
    shown = Expression.of({"AU12": 1})
    region = region_of("AU12")
    rest = region_picture(draw_face(WHO, Expression.neutral()), _NEUTRAL.five, region)
    smile = region_picture(draw_face(WHO, shown), landmarks(WHO, shown).five, region)
    dark = (draw_face(WHO, Expression.neutral(), 2.0) * 0.6 + 12).astype(np.uint8)
    moved = region_picture(dark, landmarks(WHO, Expression.neutral(), 2.0).five, region)
    assert rest is not None
    assert smile is not None
    assert moved is not None
    assert np.abs(moved - rest).mean() < 0.25 * np.abs(smile - rest).mean()


def test_a_picture_without_contrast_or_points_is_none() -> None:
    region = region_of("AU1")
    grey = np.full((640, 640, 3), 90, np.uint8)
    assert region_picture(grey, _NEUTRAL.five, region) is None
    drawn = draw_face(WHO, Expression.neutral())
    assert region_picture(drawn, np.full((5, 2), 100.0), region) is None
    assert region_picture(drawn, np.full((5, 2), np.nan), region) is None


def test_a_head_that_moves_has_no_energy_and_a_mouth_that_opens_has() -> None:
    turns = [turned(HEAD, 3.0 * n, n, 5.0 * n, 1 + n / 20) for n in range(10)]
    faces = np.stack(turns)
    faces[6, 57] += 0.5 * EYES * (1 + 6 / 20) * np.array([0, 0, 1.0])
    eyes = EYES * (1 + np.arange(10) / 20)
    energy = motion_energy(range(10), faces, eyes, stable=STABLE_OF_68, counted=range(68))
    assert np.isnan(energy[0])
    assert np.abs(energy[[1, 2, 3, 4, 5, 8, 9]]).max() < 1e-9
    # One of 68 points moved by half the distance between the eyes, and back.
    assert energy[6:8] == pytest.approx(0.5 / 68, rel=1e-6)


def test_energy_is_told_per_frame_and_not_across_wide_gaps() -> None:
    faces = np.stack([HEAD, HEAD, HEAD])
    faces[1:, 57, 1] += 0.4 * EYES
    frames = np.array([0, 4, 4 + WIDEST_GAP + 1])
    energy = motion_energy(frames, faces, np.full(3, EYES), stable=STABLE_OF_68, counted=[57])
    assert energy[1] == pytest.approx(0.1)
    assert np.isnan(energy[[0, 2]]).all()
    faces[0, 5] = np.nan
    assert np.isnan(motion_energy(frames, faces, np.full(3, EYES), stable=STABLE_OF_68, counted=[57])).all()


@pytest.mark.parametrize("angle", [-30.0, 0.0, 12.5])
def test_roll_is_the_angle_of_the_eyes(angle: float) -> None:
    five = np.pad(five_point_template(), ((0, 0), (0, 1)))
    assert roll_of_eyes(turned(five, 0, 0, angle)[np.newaxis, :, :2])[0] == pytest.approx(angle, abs=0.4)
