"""The cluster bootstrap against SciPy, NumPy on the resampled frames themselves, pandas, and R's ICC."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats

from hrm_core.stats import bootstrap, cluster_bootstrap, cluster_sums, pair_sums

_GOLDEN = Path(__file__).parents[2] / "golden" / "statistics"
Floats = NDArray[np.float64]


def _icc(sums: Floats) -> Floats:
    n, a, b, aa, bb, ab = np.moveaxis(sums, -1, 0)
    return 2 * (ab - a * b / n) / (aa - a * a / n + bb - b * b / n)


def _mean(sums: Floats) -> Floats:
    return sums[..., 1] / sums[..., 0]


def _coded(
    clusters: int, frames: int, actions: int = 3
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Floats]:
    draw = np.random.default_rng(11)
    of = np.repeat(np.arange(clusters), frames)
    rate = draw.beta(1, 3, (actions, clusters))[:, of]
    first = (draw.random(rate.shape) < rate).astype(np.uint8)
    second = np.where(draw.random(rate.shape) < 0.2, 1 - first, first).astype(np.uint8)
    return first, second, of


def test_it_is_the_interval_of_the_resampled_frames() -> None:
    first, second, of = _coded(25, 12)
    found = cluster_bootstrap(pair_sums(first, second, of), _icc, replicates=200, seed=3, level=0.9)
    # The long way: gather every frame of the drawn clusters again and ask NumPy for covariances.
    draw = np.random.default_rng(3)
    values = np.empty((200, 3))
    for row, picked in enumerate(draw.integers(25, size=(200, 25))):
        frames = np.concatenate([np.flatnonzero(of == cluster) for cluster in picked])
        for action in range(3):
            (va, cov), (_, vb) = np.cov(first[action, frames], second[action, frames])
            values[row, action] = 2 * cov / (va + vb)
    np.testing.assert_allclose(found.low, np.quantile(values, 0.05, axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.high, np.quantile(values, 0.95, axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.se, values.std(axis=0, ddof=1), rtol=1e-12)
    assert (found.clusters, found.replicates, found.level) == (25, 200, 0.9)
    assert found.undefined.tolist() == [0, 0, 0]
    assert found.reason == found.note == ("", "", "")


def test_it_is_about_what_scipy_draws() -> None:
    first, second, of = _coded(30, 10, actions=1)
    sums = pair_sums(first[0], second[0], of)
    found = cluster_bootstrap(sums, _icc, replicates=4000)
    theirs = stats.bootstrap(
        (np.arange(30),),
        lambda picked, axis: _icc(np.moveaxis(sums[picked], -1, 0).sum(axis=axis).T),
        n_resamples=4000, method="percentile", vectorized=True, rng=np.random.default_rng(1),
    )  # fmt: skip
    # A 2.5 % quantile of 4000 draws is known to 0.04 standard errors; two of them differ by less than 0.2.
    assert found.se == pytest.approx(theirs.standard_error, rel=0.08)
    assert found.low == pytest.approx(theirs.confidence_interval.low, abs=0.2 * found.se)
    assert found.high == pytest.approx(theirs.confidence_interval.high, abs=0.2 * found.se)
    assert found.low < found.value < found.high
    assert isinstance(found.low, float)
    assert found.reason == found.note == ""


def test_the_value_is_what_r_computes() -> None:
    table = json.loads((_GOLDEN / "icc_bin10000.json").read_text(encoding="utf-8"))
    first, second = np.array(table["data"]["ratings"]).reshape(-1, 2).T
    found = cluster_bootstrap(pair_sums(first, second, np.arange(first.size) // 300), _icc, replicates=50)
    assert found.value == pytest.approx(table["expected"]["irr_icc"]["ICC3"]["icc"], rel=1e-10)


def test_the_same_seed_gives_the_same_bounds_in_blocks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    sums = pair_sums(*_coded(21, 9))
    whole = cluster_bootstrap(sums, _icc, replicates=301, seed=8)
    assert not np.array_equal(whole.low, cluster_bootstrap(sums, _icc, replicates=301, seed=9).low)
    for size in (1, 5000):
        monkeypatch.setattr(bootstrap, "_BLOCK_BYTES", size)
        parts = cluster_bootstrap(sums, _icc, replicates=301, seed=8)
        np.testing.assert_array_equal(parts.low, whole.low)
        np.testing.assert_array_equal(parts.high, whole.high)


def test_a_statistic_may_have_any_shape() -> None:
    sums = pair_sums(*_coded(21, 9))
    each = cluster_bootstrap(sums, _icc)
    average = cluster_bootstrap(sums, lambda total: _icc(total).mean(axis=-1))
    assert average.value == pytest.approx(np.mean(each.value))
    assert isinstance(average.se, float)
    assert average.se < each.se.max()
    both = cluster_bootstrap(sums, lambda total: np.stack([_icc(total), _mean(total)], axis=-1))
    np.testing.assert_array_equal(both.low[:, 0], each.low)
    assert both.high.shape == (3, 2)
    assert len(both.reason) == 6


def test_segments_of_a_participant_are_drawn_together() -> None:
    first, second, of = _coded(24, 10)
    children = np.array([f"P{number % 6}" for number in range(24)])
    segments = pair_sums(first, second, of)
    found = cluster_bootstrap(segments, _icc, clusters=children)
    whole = cluster_bootstrap(pair_sums(first, second, children[of]), _icc)
    assert found.clusters == 6
    np.testing.assert_array_equal(found.low, whole.low)
    assert found.note == ("only 6 clusters: the interval may be too narrow",) * 3


def test_resamples_without_the_action_are_left_out_and_counted() -> None:
    # Columns: nobody; one child only; two children; every child.
    carriers = np.zeros((40, 4))
    carriers[0, 1] = carriers[:2, 2] = carriers[:, 3] = 1
    sums = np.stack([carriers * 10, carriers * np.linspace(2, 8, 40)[:, None]], axis=-1)
    found = cluster_bootstrap(sums, _mean, replicates=2000, seed=1)
    picked = np.random.default_rng(1).integers(40, size=(2000, 40))
    without = [2000, (picked != 0).all(axis=1).sum(), (picked > 1).all(axis=1).sum(), 0]
    assert found.undefined.tolist() == without
    assert found.reason[:2] == (
        "undefined in the data themselves",
        "undefined once a single cluster is left out",
    )
    assert found.reason[2:] == ("", "")
    assert np.isnan(found.low[:2]).all()
    assert np.isnan(found.se[:2]).all()
    assert found.value[1] == 0.2
    # 0 would be far below any child's share.
    assert found.low[2] == pytest.approx(0.2)
    assert found.note[2] == f"{without[2]} of 2000 resamples undefined: few clusters carry the value"
    assert found.note[3] == ""


def test_mostly_undefined_resamples_give_no_interval() -> None:
    marked = np.stack([np.ones(20), np.arange(20) % 2], axis=-1)

    def near_half(sums: Floats) -> Floats:
        return np.where(np.abs(sums[..., 1] - 10) <= 1, sums[..., 1], np.inf)

    found = cluster_bootstrap(marked, near_half, replicates=400)
    assert found.value == 10
    # Binomial: 9 to 11 of 20 have probability 0.497.
    assert 150 < found.undefined < 250
    rarer = cluster_bootstrap(
        marked, lambda sums: np.where(sums[..., 1] == 10, 1.0, near_half(sums) * np.nan)
    )
    assert rarer.reason == "undefined once a single cluster is left out"
    lower = cluster_bootstrap(marked, lambda sums: np.where(np.isin(sums[..., 1], [9, 10]), 1.0, np.nan))
    assert lower.reason == "undefined in more than half of the resamples"
    assert math.isnan(lower.low)
    assert lower.undefined > 1000


def test_fewer_than_two_clusters() -> None:
    one = cluster_bootstrap([[10.0, 4.0]], _mean)
    assert one.value == 0.4
    assert math.isnan(one.low)
    assert math.isnan(one.high)
    assert one.reason == "fewer than 2 clusters to resample: 1"
    none = cluster_bootstrap(np.zeros((0, 3, 2)), _mean)
    assert np.isnan(none.value).all()
    assert none.reason == ("fewer than 2 clusters to resample: 0",) * 3


def test_impossible_input_is_refused() -> None:
    sums = np.ones((5, 2))
    with pytest.raises(ValueError, match="clusters"):
        cluster_bootstrap(np.ones(5), _mean)
    with pytest.raises(ValueError, match="finite"):
        cluster_bootstrap([[np.nan, 1], [1, 1]], _mean)
    with pytest.raises(ValueError, match="replicates"):
        cluster_bootstrap(sums, _mean, replicates=1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        cluster_bootstrap(sums, _mean, level=95)
    with pytest.raises(ValueError, match="leading axis"):
        cluster_bootstrap(sums, lambda total: total.sum(axis=0))
    with pytest.raises(ValueError, match="each of 5 frames"):
        cluster_bootstrap(sums, _mean, clusters=[1, 2])
    with pytest.raises(ValueError, match="two arrays"):
        pair_sums(np.ones((2, 5)), np.ones((3, 5)), np.arange(5))
    with pytest.raises(ValueError, match="infinite"):
        pair_sums([1.0, np.inf], [1, 1], [0, 0])


def test_sums_are_those_of_pandas() -> None:
    draw = np.random.default_rng(5)
    values, of = draw.integers(0, 200, (500, 2, 3)).astype(np.uint8), draw.choice(list("dacb"), 500)
    theirs = pd.DataFrame(values.reshape(500, 6)).astype(int).groupby(of).sum().to_numpy().reshape(-1, 2, 3)
    for order in (np.arange(500), np.argsort(of)):
        added = cluster_sums(values[order], of[order])
        assert added.dtype == np.int64
        np.testing.assert_array_equal(added, theirs)
    np.testing.assert_allclose(cluster_sums(values / 7, of), theirs / 7)
    assert cluster_sums(np.zeros((0, 2)), []).shape == (0, 2)


def test_a_missing_code_leaves_out_the_frame_of_that_action_only() -> None:
    first = np.array([[1.0, np.nan, 3.0, 0.0], [1.0, 2.0, 3.0, 4.0]])
    second = np.array([[2.0, 5.0, np.nan, 1.0], [1.0, 1.0, 0.0, 1.0]])
    sums = pair_sums(first, second, [7, 7, 2, 2])
    assert sums[1, 0].tolist() == [1, 1, 2, 1, 4, 2]
    assert sums[0, 0].tolist() == [1, 0, 1, 0, 1, 0]
    assert sums[0, 1].tolist() == [2, 7, 1, 25, 1, 4]
    np.testing.assert_array_equal(pair_sums(first[1], second[1], [7, 7, 2, 2]), sums[:, 1])
