"""The exact rank-sum test against R's coin and exactRankTests, SciPy, and going through all ways."""

from __future__ import annotations

import json
import math
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_core.stats import mann_whitney
from hrm_core.stats.exact_rank_sum import exact_rank_sum_p, exact_rank_sum_p_of_counts

_GOLDEN = Path(__file__).parents[2] / "golden" / "statistics"


@pytest.mark.parametrize(
    "name", ["cont60_45", "n1_each", "nan", "separated_binary", "small_noties", "small_ties"]
)
def test_it_is_what_r_computes(name: str) -> None:
    table = json.loads((_GOLDEN / f"mwu_{name}.json").read_text(encoding="utf-8"))
    x, y = (np.array(table["data"][side], dtype=np.float64) for side in "xy")
    expected = table["expected"]
    found = exact_rank_sum_p(x, y)
    assert found is not None
    known = [expected[program]["p"] for program in ("coin_exact", "exactRankTests") if program in expected]
    if name in ("n1_each", "small_noties"):
        known.append(expected["r_wilcox_default"]["p"])
    assert known
    assert found == pytest.approx(known[0], rel=1e-12)
    assert found == pytest.approx(known[-1], rel=1e-12)
    assert exact_rank_sum_p(y, x) == pytest.approx(found, rel=1e-12)


_SMALL = st.lists(st.integers(0, 3), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(_SMALL, _SMALL)
def test_it_is_what_going_through_all_ways_gives(x: list[int], y: list[int]) -> None:
    both = np.array(x + y)
    # Twice the mean rank, counted: values below, and half of those that are equal.
    ranks = [int(2 * (both < value).sum() + (both == value).sum() + 1) for value in both]
    middle = len(x) * (len(both) + 1)
    found = abs(sum(ranks[: len(x)]) - middle)
    far = [abs(sum(each) - middle) >= found for each in combinations(ranks, len(x))]
    assert exact_rank_sum_p(x, y) == pytest.approx(sum(far) / len(far), rel=1e-12)


@pytest.mark.parametrize(("n1", "n2"), [(66, 32), (5, 90), (70, 70)])
def test_without_ties_it_is_scipys(n1: int, n2: int) -> None:
    from scipy.stats import mannwhitneyu

    draw = np.random.default_rng(n1)
    for moved in (0, 0.4):
        x, y = draw.normal(moved, size=n1), draw.normal(size=n2)
        wanted = mannwhitneyu(x, y, method="exact").pvalue
        assert exact_rank_sum_p(x, y) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(
    ("of_x", "of_y"),
    [([15810, 4190], [7401, 1599]), ([15810, 4190], [7101, 1899]), ([300, 0], [200, 3]), ([2, 7], [30, 1])],
)
def test_of_two_values_it_is_hypergeometric(of_x: list[int], of_y: list[int]) -> None:
    from scipy.stats import hypergeom

    n, drawn, higher = sum(of_x) + sum(of_y), sum(of_x), of_x[1] + of_y[1]
    times = np.arange(max(0, drawn + higher - n), min(drawn, higher) + 1)
    mean = drawn * higher / n
    far = np.abs(times - mean) >= abs(of_x[1] - mean) - 1e-9
    wanted = hypergeom.pmf(times[far], n, higher, drawn).sum()
    # SciPy's terms are good to about eight digits at such sizes.
    assert exact_rank_sum_p_of_counts(of_x, of_y) == pytest.approx(wanted, rel=1e-8)


def test_values_that_nobody_has() -> None:
    """Values that nobody has change nothing."""
    of_two = exact_rank_sum_p_of_counts([20, 4], [11, 9])
    values = [0] * 20 + [1] * 4, [0] * 11 + [1] * 9
    assert exact_rank_sum_p(*values) == of_two
    lifted = exact_rank_sum_p_of_counts([0, 20, 0, 4, 0], [0, 11, 0, 9, 0])
    assert lifted == of_two


def test_a_study_of_frames_is_near_the_normal_approximation() -> None:
    exact = exact_rank_sum_p_of_counts([76000, 10500], [40000, 5258])
    near = mann_whitney(
        np.repeat([0, 1], [76000, 10500]), np.repeat([0, 1], [40000, 5258]), continuity=True
    ).p
    assert exact == pytest.approx(near, rel=0.02)
    assert exact_rank_sum_p_of_counts([0, 60000], [60000, 0]) == 0


def test_where_there_is_none() -> None:
    assert exact_rank_sum_p([], [1, 2]) is None
    assert exact_rank_sum_p([math.nan], [1, 2]) is None
    assert exact_rank_sum_p([], []) is None
    assert exact_rank_sum_p(np.arange(400), np.arange(400) + 0.5) is None, "too many ways"
    assert exact_rank_sum_p(np.zeros(1), np.arange(2000)) is None, "leaves float64"
    assert exact_rank_sum_p([3, 3], [3, 3, 3]) == 1
    assert exact_rank_sum_p([1], [2]) == 1


@pytest.mark.parametrize(("x", "words"), [([[1, 2]], "expected a group"), ([1, math.inf], "finite")])
def test_what_is_refused(x: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        exact_rank_sum_p(x, [1, 2])


@pytest.mark.parametrize(("of_x", "of_y"), [([11, 8, 10], [11, 9, 10]), ([10, 6, 13], [10, 7, 13])])
def test_rounding_lifts_no_p_above_1(of_x: list[int], of_y: list[int]) -> None:
    """Nearly equal groups: the sums of ways differ in their last digit, and no adjustment takes 1 + 2e-16."""
    assert exact_rank_sum_p_of_counts(of_x, of_y) == 1.0
