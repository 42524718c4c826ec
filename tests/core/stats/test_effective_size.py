"""Effective size on series whose correlation is known, and against sums written out; all synthetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from hrm_core.stats import effective_size


def _by_hand(series: list[float], segments: list[int]) -> float:
    known = [x for x in series if not math.isnan(x)]
    mean = sum(known) / len(known)
    off = [0.0 if math.isnan(x) else x - mean for x in series]
    longest = max(segments.count(label) for label in segments)
    ratio = [
        sum(off[t] * off[t + k] for t in range(len(off) - k) if segments[t] == segments[t + k])
        / sum(x * x for x in off)
        for k in range(longest)
    ] + [0.0]
    total, least = 0.0, math.inf
    for k in range(0, longest, 2):
        pair = ratio[k] + ratio[k + 1]
        if pair <= 1e-12:
            break
        least = min(least, pair)
        total += least
    return len(known) / min(max(2 * total - 1, 1.0), len(known))


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from([0.0, 1.0, 1.0, 3.0, math.nan]), min_size=1, max_size=12),
        min_size=1,
        max_size=5,
    )
)
def test_it_is_the_sum_written_out(parts: list[list[float]]) -> None:
    series = [x for part in parts for x in part]
    segments = [number for number, part in enumerate(parts) for _ in part]
    found = effective_size(series, segments)
    known = {x for x in series if not math.isnan(x)}
    assert found.n == sum(not math.isnan(x) for x in series)
    assert found.dropped == len(series) - found.n
    if len(known) < 2:
        assert math.isnan(found.value)
        assert found.reason
    else:
        assert found.value == pytest.approx(_by_hand(series, segments), rel=1e-9)
        assert found.frames_per_value == pytest.approx(found.n / found.value)


@pytest.mark.parametrize("memory", [0.5, 0.9])
def test_an_autoregressive_series(memory: float) -> None:
    draw = np.random.default_rng(3)
    settled = lfilter([1.0], [1.0, -memory], draw.normal(size=(4, 60_000)), axis=1)[:, 1000:]
    found = effective_size(settled, np.arange(59_000) // 5900)
    # Correlation memory**k adds up to (1 + memory) / (1 - memory). Over lags until M the estimate's
    # relative error is about sqrt(4 M / n): 0.1 for M = 150, less for the mean of four series.
    expected = (1 + memory) / (1 - memory)
    assert np.mean(found.frames_per_value) == pytest.approx(expected, rel=0.12)
    assert found.reason == ("",) * 4


def test_a_chain_of_events_is_worth_what_the_scatter_of_its_means_says() -> None:
    draw = np.random.default_rng(4)
    begins, ends, chains, frames = 0.01, 0.05, 1500, 300
    present = np.empty((chains, frames), dtype=bool)
    present[:, 0] = draw.random(chains) < begins / (begins + ends)
    for frame in range(1, frames):
        chance = draw.random(chains)
        present[:, frame] = np.where(present[:, frame - 1], chance >= ends, chance < begins)
    found = effective_size(present.ravel(), np.repeat(np.arange(chains), frames))
    # From outside: the variance of a frame over the variance of means of 300 frames.
    scatter = present.var() / present.mean(axis=1).var() * chains
    assert found.value == pytest.approx(scatter, rel=0.1)
    # From theory: correlation (1 - begins - ends)**k, summed over the pairs of a segment.
    k = np.arange(1, frames)
    theory = 1 + 2 * ((1 - k / frames) * (1 - begins - ends) ** k).sum()
    assert found.frames_per_value == pytest.approx(theory, rel=0.1)


def test_independent_frames_are_worth_about_themselves() -> None:
    found = effective_size(np.random.default_rng(6).random((5, 20_000)) < 0.1, np.arange(20_000) // 100)
    assert (found.value > 0.93 * 20_000).all()
    assert (found.value <= 20_000).all()
    # Alternating frames say more about their mean than independent ones; that is not credited.
    assert effective_size(np.arange(100) % 2).value == 100


def test_segments_that_are_constant_are_worth_one_frame_each() -> None:
    found = effective_size(np.repeat([0, 1, 1, 0, 1, 0], 50), np.repeat(np.arange(6), 50))
    assert found.value == pytest.approx(6)
    assert found.note == "frames resemble each other for as long as the longest segment"


def test_frames_stay_apart_where_one_is_missing() -> None:
    series = np.tile([1.0, np.nan, 0.0, np.nan], 50)
    assert effective_size(series).value == effective_size(series).n == 100


def test_no_value_says_why() -> None:
    found = effective_size([[1, 1, 1, 1], [0, 1, np.nan, 0], [np.nan] * 4], [0, 0, 1, 1])
    assert found.reason == ("no variance: the series never changes", "", "too few frames: 0")
    assert np.isnan(found.value).tolist() == [True, False, True]
    assert found.dropped.tolist() == [0, 1, 4]
    assert effective_size([], []).reason == "too few frames: 0"
    assert effective_size(np.zeros((0, 4))).reason == ()


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="infinite"):
        effective_size([1.0, np.inf])
    with pytest.raises(ValueError, match="each of 3 frames"):
        effective_size([1, 0, 1], [0, 0])
    with pytest.raises(ValueError, match="comes back"):
        effective_size([1, 0, 1], [0, 1, 0])
    with pytest.raises(ValueError, match="actions"):
        effective_size(np.ones((2, 2, 2)))
