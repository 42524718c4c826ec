"""The permutation test against counting by hand, SciPy's enumeration and the hypergeometric distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from hrm_core.stats import permutation_p
from hrm_core.stats.permutation import MOST_ARRANGEMENTS


def test_two_of_six_arrangements_are_as_far_apart() -> None:
    assert permutation_p([3.0, 4.0], [1.0, 2.0], replicates=0) == pytest.approx(2 / 6)
    assert permutation_p([1.0, 4.0], [2.0, 3.0], replicates=0) == 1.0


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 5), min_size=2, max_size=5), st.lists(st.integers(0, 5), min_size=2, max_size=5)
)
def test_all_arrangements_as_scipy_has_them(x: list[int], y: list[int]) -> None:
    """Values in tenths have ties that rounding must not break."""
    first, second = np.array(x) / 10, np.array(y) / 10
    # Whole numbers times n1 n2: SciPy, too, compares without rounding.
    wanted = scipy_stats.permutation_test(
        (np.array(x), np.array(y)),
        lambda a, b: abs(round(float(len(y) * a.sum() - len(x) * b.sum()))),
        alternative="greater",
        n_resamples=np.inf,
    )
    assert permutation_p(first, second, replicates=0) == pytest.approx(wanted.pvalue, abs=1e-12)


def test_random_arrangements_come_near_the_hypergeometric_distribution() -> None:
    """Of 40 children ten show the action, eight of them in the first twenty."""
    x, y = np.repeat([1.0, 0.0], [8, 12]), np.repeat([1.0, 0.0], [2, 18])
    ways = [math.comb(20, k) * math.comb(20, 10 - k) for k in range(11)]
    exact = sum(way for k, way in enumerate(ways) if abs(k - 5) >= 3) / sum(ways)
    drawn = 40_000
    p = permutation_p(x, y, replicates=drawn, seed=3)
    assert abs(p - exact) < 4 * math.sqrt(exact * (1 - exact) / drawn)


def test_a_random_p_is_never_zero() -> None:
    apart = permutation_p(np.arange(20.0) + 100, np.arange(20.0), replicates=99, seed=0)
    assert apart == pytest.approx(1 / 100)


def test_where_arrangements_are_few_no_seed_matters() -> None:
    draw = np.random.default_rng(1)
    x, y = draw.normal(size=8), draw.normal(size=8)
    assert math.comb(16, 8) <= MOST_ARRANGEMENTS
    assert permutation_p(x, y, 10, seed=1) == permutation_p(x, y, 5000, seed=2)


def test_missing_values_are_left_out_action_by_action() -> None:
    draw = np.random.default_rng(2)
    x, y = draw.normal(size=(4, 9)), draw.normal(size=(4, 30))
    x[1, 3], x[2, 3], y[2, :5] = np.nan, np.nan, np.nan
    together = permutation_p(x, y, replicates=500, seed=4)
    alone = [
        permutation_p(one[~np.isnan(one)], other[~np.isnan(other)], replicates=500, seed=4)
        for one, other in zip(x, y, strict=True)
    ]
    assert together.tolist() == pytest.approx([float(p) for p in alone])


def test_uniform_where_nothing_differs() -> None:
    """Of 2,000 actions without a difference one in twenty has p below 0.05 (3.5 standard errors)."""
    draw = np.random.default_rng(5)
    p = permutation_p(draw.exponential(size=(2000, 15)), draw.exponential(size=(2000, 25)), 999, seed=6)
    assert abs((p <= 0.05).mean() - 0.05) < 0.017


def test_what_has_no_p() -> None:
    assert permutation_p([0.2] * 5, [0.2] * 4) == 1.0
    assert np.isnan(permutation_p([], [1.0, 2.0]))
    assert np.isnan(permutation_p([np.nan], [1.0, 2.0]))
    assert np.isnan(permutation_p(np.arange(30.0), np.arange(30.0), replicates=0))


@pytest.mark.parametrize(
    ("x", "y", "replicates"),
    [([[1.0]], [1.0], 10), ([np.inf], [1.0], 10), ([1.0], [2.0], -1), ([[1.0]], [[1.0], [2.0]], 10)],
)
def test_what_is_refused(x: list[float], y: list[float], replicates: int) -> None:
    with pytest.raises(ValueError, match=r"expected|finite|cannot"):
        permutation_p(x, y, replicates)
