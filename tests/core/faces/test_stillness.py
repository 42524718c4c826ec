"""A frame is proposed for its pose and rest, not for anything else of the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.faces.align import five_point_template
from hrm_core.faces.stillness import motion, rank_still_frames, turned_away

# A head in space, millimetres: eyes, nose tip, corners of the mouth; x right, y down, z to the viewer.
_HEAD = np.array([[-31.0, 0, 0], [31, 0, 0], [0, 33.6, 30], [-25, 68, 0], [25, 68, 0]])


def seen(yaw: float, pitch: float, roll: float, scale: float = 1.0, shift: float = 0.0) -> np.ndarray:
    """Five points of the head from afar, shape (1, 5, 2)."""
    a, b, c = np.radians([yaw, pitch, roll])
    around_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    around_x = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    around_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return scale * ((around_z @ around_x @ around_y @ _HEAD.T).T[:, :2])[np.newaxis] + shift


@pytest.mark.parametrize("angle", [-50, -30, -15, 0, 15, 30, 50])
def test_a_turn_to_the_side_is_told_in_degrees(angle: float) -> None:
    assert turned_away(seen(angle, 0, 0))[0] == pytest.approx(abs(angle), abs=4)


@pytest.mark.parametrize("angle", [-30, -15, 15, 30])
def test_a_nod_is_told_in_degrees(angle: float) -> None:
    assert turned_away(seen(0, angle, 0))[0] == pytest.approx(abs(angle), abs=6)


@given(st.floats(-40, 40), st.floats(-30, 30), st.floats(-90, 90), st.floats(0.2, 5), st.floats(-500, 500))
def test_roll_size_and_place_do_not_count(
    yaw: float, pitch: float, roll: float, scale: float, shift: float
) -> None:
    upright = turned_away(seen(yaw, pitch, 0))
    assert turned_away(seen(yaw, pitch, roll, scale, shift)) == pytest.approx(upright, abs=1e-3)


def test_the_template_of_the_field_is_seen_from_the_front() -> None:
    assert turned_away(five_point_template()[np.newaxis])[0] < 3


def test_a_known_pose_counts_more_than_the_points_and_roll_in_it_does_not() -> None:
    points = np.concatenate([seen(40, 0, 0), seen(40, 0, 0)])
    found = turned_away(points, [[3, 4, 80], [np.nan, np.nan, np.nan]])
    assert found[0] == pytest.approx(5)
    assert found[1] == pytest.approx(40, abs=4)


def test_motion_is_told_in_sizes_of_the_face() -> None:
    frames = np.arange(20)
    moving = np.concatenate([seen(0, 0, 0, scale=2.0, shift=2 * 6.8 * frame) for frame in frames])
    # Along both axes: 13.6 pixels of a face that is 136 pixels long from eyes to mouth.
    assert motion(frames, moving) == pytest.approx(np.full(20, 0.1 * np.sqrt(2)))


def test_motion_near_a_frame_counts_and_far_from_it_does_not() -> None:
    frames = np.arange(40)
    place = np.where(frames < 20, 0.0, 30.0)
    moved = motion(frames, np.concatenate([seen(0, 0, 0, shift=at) for at in place]))
    assert (moved[:16] == 0).all()
    assert (moved[17:23] > 0.1).all()
    assert (moved[24:] == 0).all()


def test_frames_that_were_passed_over_count_by_their_distance() -> None:
    frames = np.arange(0, 40, 4)
    points = np.concatenate([seen(0, 0, 0, shift=6.8 * at) for at in frames])
    assert motion(frames, points) == pytest.approx(np.full(10, 0.1 * np.sqrt(2)))
    assert np.isnan(motion(frames * 10, points)).all()


def test_unknown_points_are_no_rest() -> None:
    points = np.full((6, 5, 2), np.nan)
    assert np.isnan(motion(np.arange(6), points)).all()
    assert len(rank_still_frames(np.arange(6), points)) == 0
    assert len(rank_still_frames([], np.empty((0, 5, 2)))) == 0
    assert np.isnan(motion([3], seen(0, 0, 0))).all()


def test_the_best_are_far_apart() -> None:
    frames = np.arange(300)
    turn = np.abs(np.sin(frames / 25)) * 40
    points = np.concatenate([seen(at, 0, 0) for at in turn])
    best = rank_still_frames(frames, points, count=5, apart=30)
    assert len(best) == 5
    assert min(abs(a - b) for a in best for b in best if a != b) >= 30
    score = turned_away(points[best])
    assert score[0] == min(score)
    assert score[:3].max() < 15


def test_who_moves_comes_after_who_rests() -> None:
    frames = np.arange(100)
    shake = np.where(frames < 50, 5 * np.sin(frames * 2.0), 0.0)
    points = np.concatenate([seen(0, 0, 0, shift=at) for at in shake])
    (best,) = rank_still_frames(frames, points, count=1)
    assert best >= 50
