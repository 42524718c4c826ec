from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.demo import PRESENT_FROM, Recording, dynamics, simulate_recording
from hrm_core.demo.expression import ACTION_PLACE
from hrm_core.demo.jerks import spread_jerkiness
from hrm_core.demo.rules import CONTRADICTIONS, OCCURRENCE

Recordings = list[Recording]


@pytest.fixture(scope="module", name="smooth")
def _smooth() -> Recordings:
    return _all_alike(0.0)


@pytest.fixture(scope="module", name="jerky")
def _jerky() -> Recordings:
    return _all_alike(1.0)


def _all_alike(jerkiness: float) -> Recordings:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dynamics, "spread_jerkiness", lambda _, count: np.full(count, jerkiness))
        return [simulate_recording([seed, 2, 0]) for seed in range(6)]


def _present(recordings: Recordings) -> NDArray[np.bool_]:
    """Presence in the frames of all clips, bool [frames, 35]."""
    return np.vstack([each.codes[first : last + 1] for each in recordings for first, last in each.clips]) > 0


def test_jerky_clips_change_far_more_often(smooth: Recordings, jerky: Recordings) -> None:
    calm, wild = (_present(each) for each in (smooth, jerky))

    assert (wild[1:] != wild[:-1]).sum() > 4 * (calm[1:] != calm[:-1]).sum()


def test_an_action_shows_in_about_as_many_frames(smooth: Recordings, jerky: Recordings) -> None:
    calm, wild = (_present(each).sum(axis=0) for each in (smooth, jerky))
    ratios = {
        key: wild[place] / calm[place]
        for key, place in ACTION_PLACE.items()
        if OCCURRENCE.get(key, 0.0) >= 0.03
    }

    assert 0.9 < np.median(list(ratios.values())) < 1.1
    # Parted lips fill most of a clip as it is: nothing is left to stretch into.
    assert all(0.8 < ratio < 1.15 for key, ratio in ratios.items() if key not in ("AU25", "AU2X")), ratios
    assert ratios["AU25"] > 0.55
    assert ratios["AU2X"] > 0.7


def test_every_frame_of_a_smooth_clip_shows_an_action(smooth: Recordings) -> None:
    present = _present(smooth)

    assert np.delete(present, ACTION_PLACE["AU43"], axis=1).any(axis=1).mean() > 0.99


def test_nothing_is_half_there_in_a_jerk(jerky: Recordings) -> None:
    for recording in jerky:
        strengths = np.delete(recording.intensities, ACTION_PLACE["AU43"], axis=1).max(axis=2)
        near = np.abs(strengths - PRESENT_FROM) < 0.1

        assert near.mean() < 0.001


def test_jerks_bring_no_contradiction_and_no_jump(jerky: Recordings) -> None:
    for recording in jerky:
        seen = recording.codes > 0
        for first, second in map(tuple, CONTRADICTIONS):
            assert not (seen[:, ACTION_PLACE[first]] & seen[:, ACTION_PLACE[second]]).any()
        strengths = np.delete(recording.intensities, ACTION_PLACE["AU43"], axis=1)
        assert np.abs(np.diff(strengths, axis=0)).max() < 0.45


@pytest.mark.parametrize("count", [3, 4, 5])
def test_every_child_has_smooth_and_jerky_clips(count: int) -> None:
    for seed in range(20):
        levels = spread_jerkiness(np.random.default_rng(seed), count)

        assert levels.min() < 0.2
        assert levels.max() > 0.8
        assert (levels >= 0).all()
        assert (levels <= 1).all()
