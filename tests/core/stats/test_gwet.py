"""Gwet's AC1 against irrCAC."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from hrm_core.stats import ac1_of_counts, count, gwet_ac1
from tests.core.stats.golden_agreement import names, pair, ratings, same


@pytest.mark.parametrize("name", names("fleiss"))
def test_of_many_raters_it_is_that_of_irrcac(name: str) -> None:
    given, expected = ratings(name)
    suffix = "_empty_rows_dropped" if "irrCAC_ac1_empty_rows_dropped" in expected else ""
    irrcac = expected[f"irrCAC_ac1{suffix}"]
    found = gwet_ac1(given)
    assert same(found.value, irrcac["coeff"])
    assert same(found.se, irrcac["se"], absolute=1e-15)
    assert same(found.low, irrcac["ci_lower"])
    assert same(found.high, irrcac["ci_upper"])
    assert same(found.p, irrcac["p"], absolute=2e-15)


@pytest.mark.parametrize("name", names("pair"))
def test_of_two_raters_it_is_that_of_irrcacs_table(name: str) -> None:
    first, second, expected = pair(name)
    irrcac = expected["irrCAC"]["gwet_ac1"]
    found = gwet_ac1(first, second)
    assert same(found.value, irrcac["coeff"])
    assert same(found.se, irrcac["se"], absolute=1e-15)
    assert same(found.low, irrcac["ci_lower"])
    assert same(found.high, irrcac["ci_upper"])
    # irrCAC forgets to take the coefficient's size and prints p up to 2.
    p = irrcac["p"] if found.value >= 0 else 2 - irrcac["p"]
    assert same(found.p, p, absolute=2e-15)
    # As ratings of subjects the variance divides by n - 1.
    stacked = gwet_ac1(np.stack([first, second], axis=1))
    assert stacked.value == pytest.approx(found.value, rel=1e-14)
    assert stacked.se == pytest.approx(found.se * math.sqrt(found.n / (found.n - 1)))


def test_many_actions_are_one_by_one() -> None:
    random = np.random.default_rng(2)
    first, second = (random.random((2, 4, 80)) < 0.2).astype(np.float64)
    first[0, 3:9] = np.nan
    first[1] = second[1] = 0
    second[2] = np.nan
    found = gwet_ac1(first, second)
    for action in range(4):
        alone = gwet_ac1(first[action], second[action])
        for field in ("value", "low", "high", "se", "p", "n", "dropped", "reason", "note"):
            assert getattr(found, field)[action] == pytest.approx(getattr(alone, field), nan_ok=True)
    assert found.value == pytest.approx(ac1_of_counts(count(first, second)), nan_ok=True)
    assert found.value[1] == 1
    assert found.note[1] == "every rating is the same, which AC1 takes for perfect agreement"
    assert found.reason == ("", "", "no subject has two ratings", "")
    assert found.dropped.tolist() == [6, 0, 80, 0]


def test_the_number_of_categories_enters_it() -> None:
    first, second = [0, 0, 1, 1, 0], [0, 1, 1, 1, 0]
    two, six = gwet_ac1(first, second), gwet_ac1(first, second, categories=range(6))
    agree, share = 0.8, 0.5
    assert two.value == pytest.approx((agree - 2 * share**2) / (1 - 2 * share**2))
    assert six.value == pytest.approx((agree - 0.1) / (1 - 0.1))
    one_code = gwet_ac1([3, 3, 3], [3, 3, 3])
    assert one_code.value == 1
    assert math.isnan(one_code.se)
    assert gwet_ac1([3, 3, 3], [3, 3, 3], categories=range(6)).se == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[1], [2]],), "at least two raters"),
        (([1, 2], [1]), "one shape"),
        (([1, 2], [1, 2], 2), "level must"),
        (([1, 2], [1, 2], 0.95, "no"), "missing must"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arguments: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        gwet_ac1(*arguments)
