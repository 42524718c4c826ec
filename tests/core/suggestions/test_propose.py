"""Proposals for curves that can be drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.suggestions.boundaries import sequences
from hrm_core.suggestions.fitted import unfitted
from hrm_core.suggestions.propose import propose

KEYS = ("AU12", "AU25")


def curve(text: str) -> np.ndarray:
    """Probabilities of one action, a tenth per digit."""
    return np.array([int(each) / 10 + 0.05 for each in text])


def test_runs_lie_where_probabilities_reach_the_threshold() -> None:
    said = np.stack([curve("1188881119999"), curve("0000000000000")], axis=1)
    frames = np.concatenate([np.arange(10, 19), np.arange(30, 34)])
    found = propose(unfitted(KEYS, {}, 3.0), frames, sequences(frames), said)
    assert [(run.action, run.first, run.last, run.code) for run in found.runs] == [
        ("AU12", 12, 15, 1),
        ("AU12", 30, 33, 1),
    ]
    assert found.codes[:, 0].tolist() == [0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1]
    assert not found.codes[:, 1].any()
    assert found.runs[0].confidence == pytest.approx(0.85)
    # Without a fit, probabilities are what the model says.
    assert found.probabilities == pytest.approx(said)


def test_the_threshold_of_the_card_holds() -> None:
    said = np.stack([curve("2244466642222")] * 2, axis=1)
    frames = np.arange(13)
    found = propose(unfitted(KEYS, {"AU12": 0.4}, 3.0), frames, sequences(frames), said)
    assert [(run.action, run.first, run.last) for run in found.runs] == [("AU12", 2, 8), ("AU25", 5, 7)]


def test_a_sudden_onset_is_surer_than_a_slow_one() -> None:
    frames = np.arange(22)
    said = np.stack([curve("0000000000099999999999"), curve("1122233344455667778899")], axis=1)
    sudden, slow = propose(unfitted(KEYS, {}, 3.0), frames, sequences(frames), said).runs
    assert sudden.first == slow.first == 11
    assert sudden.onset_confidence > 0.9 > 0.7 > slow.onset_confidence
    # It goes on where the frames end: that it is there in the last one is all that is known.
    assert sudden.offset_confidence > 0.99


def test_sides_are_hints_on_actions_that_have_sides() -> None:
    said = np.stack([curve("00999900099990"), curve("00999900099990")], axis=1)
    left, right = said.copy(), said.copy()
    right[2:6] = left[9:13] = 0.02
    frames = np.arange(14)
    found = propose(unfitted(KEYS, {}, 3.0), frames, sequences(frames), said, left, right)
    assert [(run.action, run.first, run.code, run.is_hint) for run in found.runs] == [
        ("AU12", 2, 2, True),
        ("AU12", 9, 3, True),
        ("AU25", 2, 1, False),
        ("AU25", 9, 1, False),
    ]
    assert found.codes[:, 0].tolist() == [0, 0, 2, 2, 2, 2, 0, 0, 0, 3, 3, 3, 3, 0]


def test_no_frames_are_no_proposals() -> None:
    found = propose(unfitted(KEYS, {}, 3.0), np.empty(0, dtype=np.int64), (), np.empty((0, 2)))
    assert (found.runs, found.codes.shape, found.probabilities.shape) == ((), (0, 2), (0, 2))


@given(st.integers(0, 2**31))
def test_runs_and_codes_say_the_same(seed: int) -> None:
    random = np.random.default_rng(seed)
    frames = np.cumsum(random.integers(1, 3, 40))
    said = random.random((40, 2))
    found = propose(unfitted(KEYS, {}, 3.0), frames, sequences(frames), said)
    codes = np.zeros((40, 2), dtype=np.uint8)
    for run in found.runs:
        rows = (frames >= run.first) & (frames <= run.last)
        # Every frame between is there: a run never reaches across a gap.
        assert rows.sum() == run.last - run.first + 1
        codes[rows, KEYS.index(run.action)] += run.code
        assert min(run.confidence, run.onset_confidence, run.offset_confidence) >= 0
        assert max(run.confidence, run.onset_confidence, run.offset_confidence) <= 1
    assert np.array_equal(codes, found.codes)
