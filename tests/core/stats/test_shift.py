"""Lag scan and chance level against R's kappa and against every shift written out."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from hrm_core.stats import chance_by_shift, lag_scan

_GOLDEN = Path(__file__).parents[2] / "golden" / "statistics"


def _kappa(first: np.ndarray, second: np.ndarray) -> float:
    observed = np.mean(first == second)
    chance = first.mean() * second.mean() + (1 - first.mean()) * (1 - second.mean())
    return float((observed - chance) / (1 - chance))


def _blinking(actions: int, frames: int, seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    smooth = np.apply_along_axis(np.convolve, 1, draw.normal(size=(actions, frames + 8)), np.ones(9), "valid")
    return (smooth > 4).astype(np.uint8)


def test_at_lag_0_it_is_what_r_computes() -> None:
    table = json.loads((_GOLDEN / "pair_bin1500_prev0.05.json").read_text(encoding="utf-8"))
    first, second = table["data"]["rater_a"], table["data"]["rater_b"]
    expected = table["expected"]["irr_kappa2"]["unweighted"]["kappa"]
    scan = lag_scan(first, second, np.zeros(1500), window=2)
    assert scan.kappa[2] == pytest.approx(expected, rel=1e-10)
    assert chance_by_shift(first, second, np.zeros(1500)).kappa == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("lag", [-3, 0, 1])
def test_it_finds_frames_numbered_otherwise(lag: int) -> None:
    first = _blinking(3, 600, seed=2)
    segments = np.arange(600) // 120
    # Within a segment the second's frame t + lag holds what the first has at t.
    second = np.concatenate([np.roll(part, lag, axis=1) for part in np.split(first, 5, axis=1)], axis=1)
    scan = lag_scan(first, second, segments, window=6)
    assert scan.lags.tolist() == list(range(-6, 7))
    assert scan.best.tolist() == [lag] * 3
    assert scan.overall_best == lag
    assert scan.overall[scan.lags == lag] == pytest.approx(1)
    for column, step in enumerate(scan.lags.tolist()):
        pairs = [
            (t, t + step) for t in range(600) if 0 <= t + step < 600 and segments[t] == segments[t + step]
        ]
        here, there = np.array(pairs).T
        assert scan.kappa[1, column] == pytest.approx(_kappa(first[1, here], second[1, there]))
    alone = lag_scan(first[0], second[0], segments, window=6)
    np.testing.assert_array_equal(alone.kappa, scan.kappa[0])
    assert alone.best == lag


def test_every_circular_shift_of_one_segment() -> None:
    first, second = _blinking(2, 97, seed=5).astype(float)
    found = chance_by_shift(first, second, np.zeros(97), replicates=20_000)
    shifted = np.array([_kappa(first, np.roll(second, step)) for step in range(97)])
    assert found.kappa == pytest.approx(shifted[0])
    assert found.expected == pytest.approx(shifted.mean())
    # A share of 97 shifts, drawn 20,000 times, is known to 0.004 (one standard error).
    assert found.p == pytest.approx(np.mean(shifted >= shifted[0] - 1e-12), abs=0.015)
    assert np.sort(shifted)[-8] <= found.high <= np.sort(shifted)[-3]
    assert (found.n, found.dropped, found.reason) == (97, 0, "")
    # A pattern without symmetry fits itself at one shift of ten, and its mirror image at none.
    uneven = [1, 1, 0, 1, 0, 0, 0, 0, 0, 0]
    assert chance_by_shift(uneven, uneven, [0] * 10, replicates=5000).p == pytest.approx(0.1, abs=0.02)


def test_chance_keeps_what_segments_have_in_common() -> None:
    # Both code every second segment throughout: shifting inside segments can not undo that.
    first = np.repeat([0, 1, 0, 1, 0, 1], 20)
    found = chance_by_shift(first, first, np.repeat(np.arange(6), 20))
    assert found.kappa == found.expected == found.high == found.p == 1
    related = _blinking(2, 900, seed=3)
    found = chance_by_shift(related, related, np.arange(900) // 90)
    assert (found.high < 0.5).all()
    assert (found.p < 0.01).all()
    again = chance_by_shift(related, related, np.arange(900) // 90)
    np.testing.assert_array_equal(found.high, again.high)


def test_missing_frames_and_raters_that_never_change() -> None:
    first = np.array([[1, 0, np.nan, 1, 0, 1], [1, 1, 1, 1, 1, 1]])
    second = np.array([[1, 0, 1, np.nan, 1, 1], [1, 0, 1, 0, 1, 0]])
    scan = lag_scan(first, second, np.zeros(6), window=1)
    assert scan.kappa[0, 1] == pytest.approx(_kappa(np.array([1, 0, 0, 1]), np.array([1, 0, 1, 1])))
    assert np.isnan(scan.kappa[1]).all()
    assert scan.best.tolist()[1] == 0
    assert scan.reason == ("", "no variance: a rater's codes never change")
    found = chance_by_shift(first, second, np.zeros(6))
    assert found.dropped.tolist() == [2, 0]
    assert found.kappa[0] == pytest.approx(scan.kappa[0, 1])
    assert math.isnan(found.p[1])
    assert found.reason == scan.reason
    # A window beyond the frames leaves nothing to compare at its ends.
    assert np.isnan(lag_scan(first, second, np.zeros(6), window=9).kappa[:, 0]).all()


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="segment of each frame"):
        lag_scan([1, 0], [1, 0], [0])
    with pytest.raises(ValueError, match="window"):
        lag_scan([1, 0], [1, 0], [0, 0], window=-1)
    with pytest.raises(ValueError, match="infinite"):
        lag_scan([1, np.inf], [1, 0], [0, 0])
    with pytest.raises(ValueError, match="comes back"):
        chance_by_shift([1, 0, 1], [1, 0, 0], [0, 1, 0])
    with pytest.raises(ValueError, match="chance level"):
        chance_by_shift([1, 0], [1, 0], [0, 0], replicates=0)
