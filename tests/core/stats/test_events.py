"""Events and their matching against brute force, SciPy's assignment and examples worked by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from hrm_core.stats import Events, events_of, match_events
from hrm_core.stats.segments import segment_bounds

_FRAMES = st.lists(st.tuples(st.booleans(), st.integers(0, 4)), max_size=40)


def _spans(events: Events) -> list[tuple[int, int]]:
    return list(zip(events.first.tolist(), events.last.tolist(), strict=True))


@settings(max_examples=150, deadline=None)
@given(_FRAMES, st.integers(0, 3), st.integers(1, 4))
def test_events_are_runs_bridged_and_long_enough(
    frames: list[tuple[bool, int]], gap: int, shortest: int
) -> None:
    frames = sorted(frames, key=lambda frame: frame[1])
    present, segments = [frame[0] for frame in frames], [frame[1] for frame in frames]
    expected: list[tuple[int, int]] = []
    for _, rows in itertools.groupby(range(len(frames)), key=lambda row: segments[row]):
        spans: list[tuple[int, int]] = []
        for row in rows:
            if present[row] and spans and row - spans[-1][1] - 1 <= gap:
                spans[-1] = (spans[-1][0], row)
            elif present[row]:
                spans.append((row, row))
        expected += [span for span in spans if span[1] - span[0] + 1 >= shortest]
    found = events_of(present, segments, gap, shortest)
    assert _spans(found) == expected
    assert found.segment.tolist() == [segments[first] for first, _ in expected]


def test_bridging_comes_before_dropping() -> None:
    present = [1, 0, 1, 0, 0, 0, 2, 0, 0, 0]
    assert _spans(events_of(present, [0] * 10)) == [(0, 0), (2, 2), (6, 6)]
    assert _spans(events_of(present, [0] * 10, gap=1, shortest=3)) == [(0, 2)]
    assert _spans(events_of(present, ["a"] * 2 + ["b"] * 8, gap=9)) == [(0, 0), (2, 6)]


@st.composite
def _two_raters(draw: st.DrawFn) -> tuple[Events, Events, np.ndarray, float]:
    segments = np.repeat(np.arange(2), draw(st.lists(st.integers(1, 9), min_size=2, max_size=2)))
    steps = draw(
        st.lists(st.sampled_from([0.01, 1 / 30, 0.1]), min_size=segments.size, max_size=segments.size)
    )
    both = [
        events_of(draw(st.lists(st.booleans(), min_size=segments.size, max_size=segments.size)), segments)
        for _ in range(2)
    ]
    return both[0], both[1], np.cumsum(steps), draw(st.sampled_from([0.0, 1 / 30, 0.1, 0.25]))


@settings(max_examples=200, deadline=None)
@given(_two_raters())
def test_no_matching_has_more_pairs_or_the_same_and_less_distance(
    case: tuple[Events, Events, np.ndarray, float],
) -> None:
    first, second, times, tolerance = case

    def best(events: list[int], free: frozenset[int]) -> tuple[int, float]:
        if not events:
            return 0, 0.0
        onset, segment = times[first.first[events[0]]], first.segment[events[0]]
        options = [best(events[1:], free)]
        for other in free:
            apart = abs(times[second.first[other]] - onset)
            if second.segment[other] == segment and apart <= tolerance + 0.001:
                pairs, distance = best(events[1:], free - {other})
                options.append((pairs + 1, distance - apart))
        return max(options)

    found = match_events(first, second, times, tolerance)
    pairs, distance = best(list(range(len(first))), frozenset(range(len(second))))
    assert len(found) == pairs
    assert np.abs(found.difference_s).sum() == pytest.approx(-distance, abs=1e-9)
    assert len(set(found.first.tolist())) == len(set(found.second.tolist())) == len(found)
    assert (first.segment[found.first] == second.segment[found.second]).all()
    assert (np.diff(found.first) > 0).all()
    np.testing.assert_array_equal(
        found.difference_s, times[second.first[found.second]] - times[first.first[found.first]]
    )


def test_crowded_onsets_are_matched_as_well_as_by_assignment() -> None:
    draw = np.random.default_rng(2)
    present = draw.random((2, 1200)) < 0.3
    times = np.cumsum(draw.uniform(0.01, 0.05, 1200))
    first, second = (events_of(row, np.zeros(1200)) for row in present)
    found = match_events(first, second, times, 0.2)
    apart = np.abs(times[first.first][:, None] - times[second.first])
    worth = np.where(apart <= 0.201, 1000.0 - apart, 0.0)
    i, j = linear_sum_assignment(worth, maximize=True)
    assert len(found) == np.count_nonzero(worth[i, j])
    assert np.abs(found.difference_s).sum() == pytest.approx(apart[i, j][worth[i, j] > 0].sum())


def test_of_two_that_could_match_the_nearer_does() -> None:
    segments, times = [0] * 9, np.arange(9) / 30
    first = events_of([1, 0, 0, 1, 0, 0, 0, 0, 0], segments)
    second = events_of([0, 0, 1, 0, 0, 0, 0, 0, 0], segments)
    found = match_events(first, second, times, 1 / 6)
    assert (found.first.tolist(), found.second.tolist()) == ([1], [0])
    assert found.difference_s == pytest.approx([-1 / 30])
    # A second event frees the first of the two: more pairs come before nearer pairs.
    second = events_of([0, 0, 1, 0, 0, 0, 0, 1, 0], segments)
    found = match_events(first, second, times, 1 / 6)
    assert (found.first.tolist(), found.second.tolist()) == ([0, 1], [0, 1])


@pytest.mark.parametrize("rounded", [False, True], ids=["exact", "milliseconds"])
def test_five_frames_at_thirty_are_within_a_sixth_of_a_second_wherever_they_are(rounded: bool) -> None:
    times = np.arange(30_000) / 30
    times = times.round(3) if rounded else times
    segments = np.zeros(times.size)
    onsets = np.arange(10, 29_900, 37)
    first, five, six = (Events(at, at, segments[at]) for at in (onsets, onsets + 5, onsets + 6))
    assert len(match_events(first, five, times, 1 / 6)) == len(onsets)
    assert len(match_events(five, first, times, 1 / 6)) == len(onsets)
    assert len(match_events(first, six, times, 1 / 6)) == 0
    assert len(match_events(first, five, times, 0)) == 0
    assert len(match_events(first, first, times, 0)) == len(onsets)


def test_nothing_to_match() -> None:
    none, one = events_of([0, 0], [0, 0]), events_of([0, 1], [0, 0])
    for pair in ((none, none), (none, one), (one, none)):
        assert len(match_events(*pair, [0.0, 0.1], 1)) == 0
    assert len(events_of([], [])) == 0


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="each frame"):
        events_of([1, 0], [0])
    with pytest.raises(ValueError, match="missing"):
        events_of([1.0, np.nan], [0, 0])
    with pytest.raises(ValueError, match="neither present nor absent"):
        events_of([1, None], [0, 0])
    with pytest.raises(ValueError, match="gap"):
        events_of([1, 0], [0, 0], gap=-1)
    with pytest.raises(ValueError, match="comes back"):
        events_of([1, 0, 1], [0, 1, 0])
    with pytest.raises(ValueError, match="one-dimensional"):
        segment_bounds([[0, 1]])
    one = events_of([1], [0])
    for tolerance in (-1, np.inf, np.nan):
        with pytest.raises(ValueError, match="tolerance"):
            match_events(one, one, [0.0], tolerance)
