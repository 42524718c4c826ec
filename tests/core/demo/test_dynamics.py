from __future__ import annotations

import numpy as np
import pytest

from hrm_core.demo import DemoParticipant, codes_of, simulate_recording
from hrm_core.demo.expression import ACTION_PLACE
from hrm_core.demo.rules import CONTRADICTIONS, NEEDED, OCCURRENCE
from hrm_core.facs import ALL_ACTIONS

Study = tuple[DemoParticipant, ...]


def _coded(study: Study) -> np.ndarray:
    """Presence in every frame of every clip, bool [frames, 35]."""
    return np.vstack([child.truth[first : last + 1] for child in study for first, last in child.clips]) > 0


def test_common_actions_are_as_frequent_as_in_the_study(study: Study) -> None:
    shares = _coded(study).mean(axis=0)
    for key, share in OCCURRENCE.items():
        if share >= 0.01:
            assert 0.4 * share < shares[ACTION_PLACE[key]] < 2.2 * share, key


def test_rare_actions_are_rare_but_seen(study: Study) -> None:
    shares = _coded(study).mean(axis=0)
    rare = np.array([shares[ACTION_PLACE[key]] for key, share in OCCURRENCE.items() if share < 0.01])

    assert (rare < 0.012).all()
    assert (shares[[ACTION_PLACE[key] for key in OCCURRENCE]] > 0).sum() >= 31


def test_contradictory_actions_never_meet(study: Study) -> None:
    seen = np.vstack([child.truth for child in study]) > 0
    for first, second in map(tuple, CONTRADICTIONS):
        assert not (seen[:, ACTION_PLACE[first]] & seen[:, ACTION_PLACE[second]]).any(), (first, second)


def test_codes_are_allowed_and_are_what_is_drawn(study: Study) -> None:
    for child in study:
        assert (codes_of(child.intensities) == child.truth).all()
        for place, entry in enumerate(ALL_ACTIONS):
            assert all(entry.allows(int(code)) for code in np.unique(child.truth[:, place]))


def test_what_parts_the_lips_is_coded_as_parted(study: Study) -> None:
    seen = np.vstack([child.truth for child in study]) > 0
    for key, others in NEEDED.items():
        for other in others:
            assert seen[seen[:, ACTION_PLACE[key]], ACTION_PLACE[other]].all(), (key, other)


def test_some_actions_show_on_one_side_only(study: Study) -> None:
    codes = np.vstack([child.truth for child in study])

    assert {2, 3, 4, 5} <= set(np.unique(codes))
    assert (codes == 1).sum() > 3 * (codes > 1).sum()


def test_clips_lie_in_the_video_and_do_not_touch(study: Study) -> None:
    for child in study:
        assert 3 <= len(child.clips) <= 5
        assert child.clips[0][0] >= 0
        assert child.clips[-1][1] < child.n_frames
        assert all(first < last for first, last in child.clips)
        ends = [last for _, last in child.clips[:-1]]
        starts = [first for first, _ in child.clips[1:]]
        assert all(end + 1 < start for end, start in zip(ends, starts, strict=True))


def test_between_clips_the_face_only_blinks(study: Study) -> None:
    for child in study:
        outside = np.ones(child.n_frames, dtype=bool)
        for first, last in child.clips:
            outside[first : last + 1] = False
        codes = child.truth[outside]
        codes = np.delete(codes, ACTION_PLACE["AU43"], axis=1)
        assert not codes.any()


@pytest.mark.parametrize("seed", range(8))
def test_a_neutral_frame_always_exists(seed: int) -> None:
    recording = simulate_recording(seed)

    assert not recording.intensities[recording.neutral_frame].any()


def test_expressions_build_up_smoothly(study: Study) -> None:
    places = [ACTION_PLACE[key] for key in OCCURRENCE if key != "AU43"]
    for child in study:
        assert np.abs(np.diff(child.intensities[:, places], axis=0)).max() < 0.45


def test_blinks_are_brief(study: Study) -> None:
    shut = study[0].truth[:, ACTION_PLACE["AU43"]] > 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], shut, [0]]).astype(int)))

    assert (edges[1::2] - edges[::2] <= 8).all()


def test_too_short_a_video_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 300"):
        simulate_recording(0, n_frames=100)
