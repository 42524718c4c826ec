"""Onset and offset of curves whose truth is known because they were built from it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.records.extent import ExtentEnd
from hrm_core.suggestions.extent import BRIDGE, FRACTION, STAYS, find_extent, smoothed

FELL, TURNED, UNKNOWN = ExtentEnd.FELL, ExtentEnd.TURNED, ExtentEnd.UNKNOWN


def event(rise: int, top: int, fall: int, *, rest: int = 30, height: float = 1.0) -> np.ndarray:
    """Rest, a straight rise, a plateau, a straight fall, rest."""
    up = np.linspace(0, height, rise + 2)[1:-1]
    down = np.linspace(height, 0, fall + 2)[1:-1]
    return np.concatenate([np.zeros(rest), up, np.full(top, height), down, np.zeros(rest)])


def above(curve: np.ndarray, fraction: float = FRACTION) -> tuple[int, int]:
    """First and last frame that reach the fraction: the answer, by construction."""
    places = np.flatnonzero(curve >= fraction * curve.max())
    return int(places[0]), int(places[-1])


@given(st.integers(0, 20), st.integers(3, 40), st.integers(0, 20), st.data())
def test_plateaus_are_found_where_they_cross_the_share(
    rise: int, top: int, fall: int, data: st.DataObject
) -> None:
    curve = event(rise, top, fall)
    # A crossing may fall on a frame; and smoothing rounds off jumps, also where the apex is marked on one.
    near = 1 if min(rise, fall) >= 6 and top >= 5 else 3
    apex = 30 + rise + data.draw(st.integers(0, top - 1))
    found = find_extent(curve, apex)
    assert found is not None
    onset, offset = above(curve)
    assert abs(found.onset - onset) <= near
    assert abs(found.offset - offset) <= near
    assert (found.onset_end, found.offset_end) == (FELL, FELL)
    assert found.baseline == pytest.approx(0, abs=1e-9)


@given(st.integers(3, 40))
def test_triangles_are_found_where_they_cross_the_share(slope: int) -> None:
    curve = event(slope, 1, slope)
    found = find_extent(curve, 30 + slope)
    assert found is not None
    # The tip is rounded off, so that the share is a little lower than that of the tip.
    assert 0 <= above(curve)[0] - found.onset <= 1
    assert 0 <= found.offset - above(curve)[1] <= 1


def test_a_single_frame_is_taken_for_a_slip_of_the_tracker() -> None:
    assert find_extent(event(0, 1, 0), 30) is None


@given(st.integers(3, 15), st.integers(3, 30), st.integers(3, 15), st.floats(0.01, 100), st.floats(-50, 50))
def test_neither_unit_nor_zero_of_the_curve_counts(
    rise: int, top: int, fall: int, scale: float, shift: float
) -> None:
    curve = event(rise, top, fall)
    apex = 30 + rise + top // 2
    # Not at a crossing, where the last digit decides.
    one = find_extent(curve, apex, fraction=0.4141)
    other = find_extent(scale * curve + shift, apex, fraction=0.4141)
    assert one is not None
    assert other is not None
    assert (one.onset, one.offset) == (other.onset, other.offset)
    assert other.threshold == pytest.approx(scale * one.threshold + shift, abs=1e-6 * (1 + abs(shift)))


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 0.8), st.floats(0.0, 0.1))
def test_a_higher_share_never_makes_it_longer(seed: int, fraction: float, more: float) -> None:
    rng = np.random.default_rng(seed)
    # One hill of any shape, rising to its top and falling from there.
    curve = np.concatenate([np.sort(rng.random(40) ** 3), np.sort(rng.random(40) ** 3)[::-1]])
    wide, narrow = find_extent(curve, 40, fraction=fraction), find_extent(curve, 40, fraction=fraction + more)
    assert wide is not None
    assert narrow is not None
    assert wide.onset <= narrow.onset <= 40 <= narrow.offset <= wide.offset


@given(st.integers(0, 2**32 - 1), st.integers(0, 79), st.integers(0, 30), st.integers(0, 30))
def test_it_holds_the_apex_and_stays_in_its_bounds(seed: int, apex: int, before: int, after: int) -> None:
    rng = np.random.default_rng(seed)
    curve = np.cumsum(rng.normal(size=80))
    curve[rng.random(80) < 0.1] = np.nan
    curve[apex] = np.nanmax(curve) + 1
    first, last = max(0, apex - before), min(79, apex + after)
    found = find_extent(curve, apex, first=first, last=last)
    if found is not None:
        assert first <= found.onset <= apex <= found.offset <= last
        assert np.isfinite(found.values[found.onset : found.offset + 1]).all()


@pytest.mark.parametrize("seed", range(8))
def test_noise_moves_it_by_little(seed: int) -> None:
    curve = event(8, 12, 10)
    noisy = curve + np.random.default_rng(seed).normal(0, 0.05, len(curve))
    found = find_extent(noisy, 44)
    assert found is not None
    onset, offset = above(curve)
    assert abs(found.onset - onset) <= 2
    assert abs(found.offset - offset) <= 2


@pytest.mark.parametrize("seed", range(8))
def test_noise_alone_is_no_action(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=180)
    assert find_extent(noise, 90) is None
    assert find_extent(np.full(180, 3.0), 90) is None


def test_a_second_event_is_not_taken_in() -> None:
    # Between them it never comes down to the share.
    both = np.interp(np.arange(90), [20, 28, 38, 43, 48, 58, 66], [0, 1, 1, 0.5, 1, 1, 0])
    found = find_extent(both, 33)
    assert found is not None
    assert (found.onset_end, found.offset_end) == (FELL, TURNED)
    assert abs(found.offset - 42) <= 1
    after = find_extent(both, 53)
    assert after is not None
    assert after.onset_end is TURNED
    assert found.offset < after.onset


def test_a_short_dip_does_not_end_it() -> None:
    curve = event(8, 30, 8)
    curve[50 : 50 + STAYS - 1] = 0.0
    found = find_extent(curve, 40, fraction=0.3)
    assert found is not None
    # The median takes out one frame; two are under the share, but not for three frames.
    assert found.offset > 60 or found.offset_end is TURNED
    curve[50 : 50 + STAYS + 3] = 0.0
    stopped = find_extent(curve, 40, fraction=0.3)
    assert stopped is not None
    assert abs(stopped.offset - 49) <= 1


def test_an_apex_at_the_border_goes_to_the_border() -> None:
    curve = event(8, 10, 8, rest=0)[8:]
    found = find_extent(np.concatenate([curve, np.zeros(20)]), 0, at_first=ExtentEnd.RECORDING)
    assert found is not None
    assert (found.onset, found.onset_end, found.offset_end) == (0, ExtentEnd.RECORDING, FELL)
    clipped = find_extent(event(8, 30, 8), 50, first=45, last=60, at_first=ExtentEnd.CLIP)
    assert clipped is not None
    assert (clipped.onset, clipped.offset) == (45, 60)
    assert (clipped.onset_end, clipped.offset_end) == (ExtentEnd.CLIP, ExtentEnd.SEARCH)


@given(st.integers(1, BRIDGE), st.integers(0, 20))
def test_short_gaps_are_bridged(length: int, where: int) -> None:
    curve = event(8, 30, 8)
    whole = find_extent(curve, 50)
    curve[52 - where : 52 - where + length] = np.nan
    curve[50] = 1.0
    found = find_extent(curve, 50)
    assert whole is not None
    assert found is not None
    assert abs(found.onset - whole.onset) <= 2
    assert (found.offset, found.onset_end, found.offset_end) == (whole.offset, FELL, FELL)


def test_long_gaps_end_it() -> None:
    curve = event(8, 30, 8)
    curve[56 : 56 + BRIDGE + 1] = np.nan
    found = find_extent(curve, 50)
    assert found is not None
    assert (found.offset, found.offset_end) == (55, UNKNOWN)
    assert np.isnan(found.values[56 : 56 + BRIDGE + 1]).all()


def test_an_action_that_lasts_all_the_time_has_no_end_where_rest_is_known() -> None:
    curve = 1 + 0.05 * np.sin(np.arange(180) / 9)
    found = find_extent(curve, 90, rest=0.0)
    assert found is not None
    assert (found.onset, found.offset, found.baseline) == (0, 179, 0.0)


@given(st.floats(-3, 3), st.floats(-3, 3), st.integers(1, 40))
def test_smoothing_leaves_lines_and_parabolas_alone(a: float, b: float, n: int) -> None:
    # Without the tip of the parabola, which a median flattens.
    time = np.linspace(1, 3, n)
    assert smoothed(a + b * time) == pytest.approx(a + b * time, abs=1e-9)
    slope = a + b * time + 10 * time**2
    assert smoothed(slope) == pytest.approx(slope, abs=1e-9)


@pytest.mark.parametrize(("apex", "first", "last"), [(5, 6, 9), (5, 0, 4), (10, 0, 10), (3, 0, 9)])
def test_an_apex_outside_or_unknown_is_a_mistake(apex: int, first: int, last: int) -> None:
    curve = np.ones(10)
    curve[3] = np.nan
    with pytest.raises(ValueError, match="is not a known place"):
        find_extent(curve, apex, first=first, last=last)
    with pytest.raises(ValueError, match="between 0 and 1"):
        find_extent(np.ones(10), 5, fraction=1.0)
