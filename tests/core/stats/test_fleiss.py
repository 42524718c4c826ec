"""Fleiss' and Conger's kappa against irr, irrCAC and statsmodels, and their definitions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from hrm_core.stats import cohen_kappa, fleiss_kappa
from tests.core.stats.golden_agreement import names, pair, ratings, same, same_p

_RATINGS = hnp.arrays(np.int64, st.tuples(st.integers(2, 25), st.integers(2, 6)), elements=st.integers(1, 4))


@pytest.mark.parametrize("name", names("fleiss"))
def test_value_test_and_categories_are_those_of_irr(name: str) -> None:
    given_, expected = ratings(name)
    irr = expected["irr_fleiss"]
    found = fleiss_kappa(given_, missing="listwise")
    assert same(found.value, irr["kappa"])
    assert same(found.z, irr["z"])
    assert same_p(found.p, irr["p"])
    assert found.n == irr["subjects"]
    assert found.n + found.dropped == len(given_)
    assert same(found.exact, expected["irr_conger_exact"]["kappa"], absolute=1e-14)
    assert sorted(map(int, irr["per_category"])) == list(found.per_category)
    for category, of_irr in irr["per_category"].items():
        one = found.per_category[int(category)]
        assert same(one.kappa, of_irr["kappa"])
        assert same(one.z, of_irr["z"])
        assert same_p(one.p, of_irr["p"])


@pytest.mark.parametrize("name", sorted(set(names("fleiss")) - {"fleiss_deg_one_category.json"}))
def test_interval_and_missing_ratings_are_those_of_irrcac(name: str) -> None:
    given_, expected = ratings(name)
    suffix = "_empty_rows_dropped" if "irrCAC_fleiss_empty_rows_dropped" in expected else ""
    irrcac = expected[f"irrCAC_fleiss{suffix}"]
    found = fleiss_kappa(given_)
    assert same(found.value, irrcac["coeff"])
    assert same(found.se, irrcac["se"], absolute=1e-15)
    assert same(found.low, irrcac["ci_lower"])
    assert same(found.high, irrcac["ci_upper"])
    assert same(found.exact, expected[f"irrCAC_conger{suffix}"]["coeff"], absolute=1e-14)


@pytest.mark.parametrize("name", names("pair"))
def test_of_two_raters_it_is_scotts_pi(name: str) -> None:
    first, second, expected = pair(name)
    found = fleiss_kappa(np.stack([first, second], axis=1))
    assert same(found.value, expected["irrCAC"]["scott_pi"]["coeff"])
    assert same(found.exact, expected["irr_kappa2"]["unweighted"]["kappa"], absolute=1e-14)


@settings(max_examples=40)
@given(given_=_RATINGS)
def test_it_is_its_definition_by_pairs_of_ratings(given_: NDArray[np.int64]) -> None:
    subjects, raters = given_.shape
    pairs = [(i, j) for i in range(raters) for j in range(raters) if i != j]
    agree = np.mean([(given_[:, i] == given_[:, j]).mean() for i, j in pairs])
    shares = [float((given_ == code).mean()) for code in range(1, 5)]
    chance = sum(share**2 for share in shares)
    by_pairs = np.mean([np.equal.outer(given_[:, i], given_[:, j]).mean() for i, j in pairs])
    found = fleiss_kappa(given_)
    assert found.n == subjects
    if len(np.unique(given_)) == 1:
        assert math.isnan(found.value)
        assert found.reason == f"no variance: every rating is {given_[0, 0]}"
        return
    assert found.value == pytest.approx((agree - chance) / (1 - chance), abs=1e-10)
    assert found.exact == pytest.approx((agree - by_pairs) / (1 - by_pairs), abs=1e-10)


@settings(max_examples=40)
@given(given_=_RATINGS, seed=st.integers(0, 9))
def test_the_order_of_raters_does_not_matter(given_: NDArray[np.int64], seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(given_, axis=1)
    one, other = fleiss_kappa(given_), fleiss_kappa(shuffled)
    for field in ("value", "low", "high", "se", "z", "p", "exact"):
        assert getattr(one, field) == pytest.approx(getattr(other, field), rel=1e-9, abs=1e-12, nan_ok=True)


@settings(max_examples=40)
@given(given_=_RATINGS)
def test_of_two_raters_the_exact_kappa_is_cohens(given_: NDArray[np.int64]) -> None:
    found = fleiss_kappa(given_[:, :2])
    expected = cohen_kappa(given_[:, 0], given_[:, 1]).value
    assert found.exact == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_many_actions_are_one_by_one() -> None:
    random = np.random.default_rng(11)
    given_ = random.integers(0, 3, (4, 30, 4)).astype(np.float64)
    given_[0, :5, 1:] = np.nan
    given_[1] = 0
    given_[2] = np.nan
    found = fleiss_kappa(given_)
    assert list(found.per_category) == [0, 1, 2]
    for action in range(4):
        alone = fleiss_kappa(given_[action])
        for field in ("value", "low", "high", "se", "z", "p", "n", "exact", "dropped", "reason", "note"):
            assert getattr(found, field)[action] == pytest.approx(getattr(alone, field), nan_ok=True)
        for code, one in alone.per_category.items():
            assert found.per_category[code].z[action] == pytest.approx(one.z, nan_ok=True)
    assert found.reason == ("", "no variance: nobody ever used it", "no subject has two ratings", "")
    assert found.note[0] == "5 of 30 subjects without two ratings left out"


def test_unequal_numbers_of_ratings_keep_the_test_honest() -> None:
    # 1,200 tables of raters who only guess: |z| > 1.96 in 5 % of them, whatever is missing.
    random = np.random.default_rng(5)
    given_ = random.choice([1.0, 2.0, 3.0], p=[0.6, 0.3, 0.1], size=(1200, 60, 5))
    given_[random.random(given_.shape) < 0.3] = np.nan
    z = fleiss_kappa(given_).z
    assert np.mean(np.abs(z) > 1.96) == pytest.approx(0.05, abs=0.02)
    assert np.std(z) == pytest.approx(1.0, abs=0.05)


def test_what_was_left_out_is_said() -> None:
    given_ = np.array([[1, 1, 2], [2, 2, np.nan], [1, np.nan, np.nan], [np.nan] * 3, [2, 2, 2]])
    available, listwise = fleiss_kappa(given_), fleiss_kappa(given_, missing="listwise")
    assert (available.n, available.dropped) == (3, 2)
    assert available.note == "2 of 5 subjects without two ratings left out"
    assert (listwise.n, listwise.dropped) == (2, 3)
    one = fleiss_kappa([[1, None], [2, 1], [1, None]])
    assert (one.n, one.note.split("; ")[1]) == (1, "one subject: no standard error from the sample")
    assert math.isnan(one.se)
    assert math.isnan(one.low)
    assert listwise.note == "3 of 5 subjects without ratings by all raters left out"


def test_categories_that_are_named() -> None:
    found = fleiss_kappa([[0, 2], [2, 2], [0, 0]], categories=(0, 1, 2))
    assert list(found.per_category) == [0, 1, 2]
    assert math.isnan(found.per_category[1].kappa)
    assert found.value == fleiss_kappa([[0, 2], [2, 2], [0, 0]]).value


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[1], [2]],), "at least two raters, not 1"),
        (([1, 2, 3],), "expected ratings"),
        (([[1, math.inf]],), "finite"),
        (([[1, 2]], 1.5), "level must"),
        (([[1, 2]], 0.95, "pairwise"), "missing must be"),
        (([[1, 2]], 0.95, "available", (1, 3)), "code 2 is not among"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arguments: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fleiss_kappa(*arguments)
