"""Event agreement on an example worked by hand, and overlaps against SciPy's assignment."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from hrm_core.stats import TOLERANCES_S, cluster_bootstrap, event_agreement, events_of

# 20 frames at 10 per second, a new segment from frame 12 on.
_SEGMENTS = np.repeat([5, 6], [12, 8])
_TIMES = np.arange(20) / 10
_FIRST = np.array([0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1] + [1, 1, 0, 0, 0, 1, 1, 0])
_SECOND = np.array([0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0] + [1, 1, 0, 0, 0, 0, 0, 1])


def test_an_example_worked_by_hand() -> None:
    # Onsets: first .1 1.0 | 1.2 1.7, second .2 .7 | 1.2 1.9; overlaps: 1-4 with 2-5, 12-13 with itself.
    found = event_agreement(_FIRST, _SECOND, _SEGMENTS, _TIMES, tolerances_s=(0, 1 / 6, 1 / 5, 1 / 2))
    assert (found.first_events, found.second_events) == (4, 4)
    assert found.matched.tolist() == [1, 2, 3, 4]
    assert found.precision.tolist() == found.recall.tolist() == found.f1.tolist() == [0.25, 0.5, 0.75, 1]
    assert found.overlapping == 2
    assert found.mean_iou == pytest.approx((3 / 5 + 1) / 2)
    assert found.onset_median_s == pytest.approx(0.05)
    assert found.onset_mad_s == pytest.approx(0.05)
    assert found.offset_median_s == pytest.approx(0.05)
    assert found.onset_within.tolist() == found.offset_within.tolist() == [0.5, 1, 1, 1]
    assert found.counts.tolist() == [
        [[0, 2, 2], [1, 2, 2], [1, 2, 2], [2, 2, 2]],
        [[1, 2, 2], [1, 2, 2], [2, 2, 2], [2, 2, 2]],
    ]
    assert found.reason == found.note == ""


def test_all_actions_at_once_are_each_by_itself() -> None:
    draw = np.random.default_rng(1)
    first, second = draw.random((2, 4, 300)) < 0.2
    first[2] = second[2] = second[3] = False
    segments, times = np.arange(300) // 70, np.cumsum(draw.uniform(0.02, 0.05, 300))
    found = event_agreement(first, second, segments, times, gap=1, shortest=2)
    assert found.tolerances_s == TOLERANCES_S
    for action in range(4):
        alone = event_agreement(first[action], second[action], segments, times, gap=1, shortest=2)
        for name in ("precision", "recall", "f1", "matched", "onset_within", "offset_within"):
            np.testing.assert_array_equal(getattr(found, name)[action], getattr(alone, name))
        for name in (
            "first_events",
            "second_events",
            "overlapping",
            "mean_iou",
            "onset_mad_s",
            "offset_median_s",
        ):
            np.testing.assert_array_equal(getattr(found, name)[action], getattr(alone, name))
        np.testing.assert_array_equal(found.counts[:, action], alone.counts)
        assert (found.reason[action], found.note[action]) == (alone.reason, alone.note)
    assert np.isnan(found.f1[2]).all()
    assert found.reason[2:] == (
        "no events: neither rater ever used it",
        "no overlap: one rater has no events",
    )
    assert found.note[3] == "rater 2 has no events"
    assert np.isnan(found.precision[3]).all()
    assert found.recall[3].tolist() == found.f1[3].tolist() == [0, 0, 0]
    assert math.isnan(found.mean_iou[3])


def test_its_counts_feed_the_bootstrap() -> None:
    draw = np.random.default_rng(9)
    first, second = draw.random((2, 2, 900)) < 0.2
    found = event_agreement(first, second, np.arange(900) // 30, np.arange(900) / 30)
    interval = cluster_bootstrap(
        found.counts, lambda sums: 2 * sums[..., 0] / (sums[..., 1] + sums[..., 2]), replicates=200
    )
    np.testing.assert_allclose(interval.value, found.f1)
    assert (interval.low < found.f1).all()


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.booleans(), st.booleans(), st.sampled_from([0.01, 0.03, 0.1])), min_size=2, max_size=30
    )
)
def test_overlaps_add_up_to_the_most(frames: list[tuple[bool, bool, float]]) -> None:
    first, second, steps = (np.array(column) for column in zip(*frames, strict=True))
    times, segments = np.cumsum(steps), np.zeros(len(frames))
    found = event_agreement(first, second, segments, times)
    # From outside: time in both over time in either, for every pair, by adding up frames.
    lasts = np.append(np.diff(times), times[-1] - times[-2])
    row = np.arange(len(frames))
    inside = [
        (row >= events.first[:, None]) & (row <= events.last[:, None])
        for events in (events_of(first, segments), events_of(second, segments))
    ]
    if not len(inside[0]) or not len(inside[1]):
        assert math.isnan(found.mean_iou)
        return
    both = (inside[0][:, None] & inside[1]) @ lasts
    iou = both / ((inside[0][:, None] | inside[1]) @ lasts)
    i, j = linear_sum_assignment(iou, maximize=True)
    pairs = np.count_nonzero(iou[i, j])
    assert found.overlapping * (found.mean_iou if pairs else 0) == pytest.approx(iou[i, j].sum())


def test_a_changing_frame_rate_counts_seconds_not_frames() -> None:
    times = np.array([0.0, 1.0, 1.1, 1.2, 1.3])
    found = event_agreement([1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0] * 5, times)
    assert found.mean_iou == pytest.approx(0.1 / 1.2)
    # A segment of one frame has no neighbour to take its length from.
    lone = event_agreement([1, 1, 1], [1, 1, 0], [0, 0, 1], [0.0, 0.5, 9.0])
    assert lone.mean_iou == 1
    assert event_agreement([1], [1], [0], [3.0]).mean_iou == 1


def test_no_frames_and_no_actions() -> None:
    found = event_agreement(np.zeros((2, 0)), np.zeros((2, 0)), [], [])
    assert np.isnan(found.f1).all()
    assert found.counts.shape == (0, 2, 3, 3)
    assert event_agreement(np.zeros((0, 5)), np.zeros((0, 5)), [0] * 5, np.arange(5)).f1.shape == (0, 3)


def test_impossible_input_is_refused() -> None:
    for message, first, second, segments, times in (
        ("two arrays", [1, 0], [1, 0, 0], [0, 0], [0, 1]),
        ("segment and time", [1, 0], [1, 0], [0, 0], [0, 1, 2]),
        ("ascend", [1, 0], [1, 0], [0, 0], [1, 1]),
        ("needs its time", [1, 0], [1, 0], [0, 0], [0, np.nan]),
        ("missing", [1, np.nan], [1, 0], [0, 0], [0, 1]),
    ):
        with pytest.raises(ValueError, match=message):
            event_agreement(first, second, segments, times)
    with pytest.raises(ValueError, match="at least one tolerance"):
        event_agreement([1], [1], [0], [0], tolerances_s=())
