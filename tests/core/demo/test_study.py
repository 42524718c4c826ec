from __future__ import annotations

import numpy as np
import pytest

from hrm_core.demo import DemoParticipant, plan_study, render_frame, render_neutral

Study = tuple[DemoParticipant, ...]


def test_six_children_of_two_groups_in_mixed_order(study: Study) -> None:
    groups = [child.group for child in study]

    assert [child.code for child in study] == ["1", "2", "3", "4", "5", "6"]
    assert sorted(groups) == ["ASD"] * 4 + ["TD"] * 2
    assert groups not in (sorted(groups), sorted(groups, reverse=True))
    assert all(2 <= child.age_years <= 12 for child in study)


def test_videos_last_twenty_seconds_or_more(study: Study) -> None:
    for child in study:
        assert child.n_frames / child.fps >= 20
        assert child.truth.shape == (child.n_frames, 35)
        assert child.truth.dtype == np.uint8


def test_the_same_seed_makes_the_same_bytes(study: Study) -> None:
    again = plan_study(0)
    for child, twin in zip(study, again, strict=True):
        assert child.truth.tobytes() == twin.truth.tobytes()
        number = child.clips[0][0] + 30
        assert render_frame(child, number).tobytes() == render_frame(twin, number).tobytes()


def test_another_seed_makes_another_study(study: Study) -> None:
    assert plan_study(1)[0].truth.tobytes() != study[0].truth.tobytes()


def test_frames_are_rgb_pictures(study: Study) -> None:
    frame = render_frame(study[0], 100)

    assert frame.shape == (640, 640, 3)
    assert frame.dtype == np.uint8
    assert frame.flags.writeable


def test_the_neutral_picture_is_the_neutral_frame(study: Study) -> None:
    child = study[2]

    assert not child.truth[child.neutral_frame].any()
    assert (render_neutral(child) == render_frame(child, child.neutral_frame)).all()


def test_a_frame_beyond_the_video_is_refused(study: Study) -> None:
    with pytest.raises(IndexError, match="outside"):
        render_frame(study[0], study[0].n_frames)
