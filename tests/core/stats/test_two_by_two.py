"""Agreement from four counts against scikit-learn, epiR, irr and closed forms."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core import stats
from hrm_core.stats import Counts, count, why_undefined
from tests.core.stats.golden_agreement import names, pair, same

_BINARY = [
    name for name in names("pair") if not any(word in name for word in ("intensity", "nominal", "ordinal"))
]
_CELLS = st.tuples(*[st.integers(0, 50)] * 4)
_ALL = (
    stats.ac1_of_counts,
    stats.bias_index,
    stats.f1,
    stats.icc_of_counts,
    stats.kappa_of_counts,
    stats.max_kappa,
    stats.mcc,
    stats.negative_agreement,
    stats.pabak,
    stats.percent_agreement,
    stats.positive_agreement,
    stats.precision,
    stats.prevalence_index,
    stats.recall,
)


@pytest.mark.parametrize("statistic", _ALL)
def test_of_one_action_it_is_a_plain_number(statistic: Any) -> None:
    assert isinstance(statistic(count([1, 0, 1], [1, 1, 0])), float)
    assert statistic(count([[1, 0, 1]], [[1, 1, 0]])).shape == (1,)


@pytest.mark.parametrize("name", _BINARY)
def test_each_is_what_the_packages_compute(name: str) -> None:
    first, second, expected = pair(name)
    counts, sklearn, epir = count(first, second), expected["sklearn"], expected["epiR"]
    tallies = counts.both, counts.second_only, counts.first_only, counts.neither
    assert dict(zip(("tp", "fp", "fn", "tn"), map(int, tallies), strict=True)) == sklearn["counts"]
    assert same(stats.percent_agreement(counts) * 100, expected["irr_agree_percent"]["value"])
    for statistic in (stats.precision, stats.recall):
        assert same(statistic(counts), sklearn["A_is_reference"][statistic.__name__])
    assert same(stats.f1(counts), sklearn["A_is_reference"]["f1"])
    assert same(stats.positive_agreement(counts), sklearn["positive_agreement_PA"])
    assert same(stats.negative_agreement(counts), sklearn["negative_agreement_NA"])
    assert same(stats.pabak(counts), epir["pabak"])
    assert same(stats.bias_index(counts), epir["bias_index"])
    assert same(stats.prevalence_index(counts), epir["prevalence_index"])
    assert same(stats.kappa_of_counts(counts), expected["irr_kappa2"]["unweighted"]["kappa"])
    assert same(stats.ac1_of_counts(counts), expected["irrCAC"]["gwet_ac1"]["coeff"])
    varied = counts.both + counts.first_only not in (0, counts.n) and (
        counts.both + counts.second_only not in (0, counts.n)
    )
    # scikit-learn answers 0 where a rater never varied; a correlation has no value there.
    assert same(stats.mcc(counts), sklearn["mcc"] if varied else None)


@pytest.mark.parametrize("name", ["pair_intensity1500.json", "pair_nominal4x90.json"])
def test_each_category_against_the_rest(name: str) -> None:
    first, second, expected = pair(name)
    by_category = expected["sklearn"]["A_is_reference_per_category"]
    codes = np.array([int(code) for code in by_category])[:, None]
    counts = count(first == codes, second == codes)
    for index, of_sklearn in enumerate(by_category.values()):
        assert same(stats.precision(counts)[index], of_sklearn["precision"])
        assert same(stats.recall(counts)[index], of_sklearn["recall"])
        assert same(stats.f1(counts)[index], of_sklearn["f1"])


@pytest.mark.parametrize(
    ("prevalence", "agree", "kappa", "positive", "ac1", "pabak"),
    [
        (0.50, 89.0, 0.779, 0.881, 0.782, 0.781),
        (0.10, 94.7, 0.723, 0.753, 0.934, 0.893),
        (0.05, 95.4, 0.614, 0.639, 0.947, 0.908),
        (0.02, 95.8, 0.419, 0.441, 0.955, 0.916),
        (0.005, 96.0, 0.162, 0.182, 0.958, 0.920),
    ],
)
def test_the_same_coders_at_another_prevalence(
    prevalence: float, agree: float, kappa: float, positive: float, ac1: float, pabak: float
) -> None:
    """Two coders of sensitivity .90 and specificity .98 with independent errors, in closed form."""
    shown, not_shown = prevalence, 1 - prevalence
    single = shown * 0.9 * 0.1 + not_shown * 0.02 * 0.98
    both, neither = shown * 0.81 + not_shown * 0.0004, shown * 0.01 + not_shown * 0.9604
    counts = Counts.unstack([both, single, single, neither])
    assert round(100 * float(stats.percent_agreement(counts)), 1) == agree
    assert round(float(stats.kappa_of_counts(counts)), 3) == kappa
    assert round(float(stats.positive_agreement(counts)), 3) == positive
    assert round(float(stats.ac1_of_counts(counts)), 3) == ac1
    assert round(float(stats.pabak(counts)), 3) == pabak


@given(cells=_CELLS)
def test_they_are_their_definitions_on_the_frames(cells: tuple[int, int, int, int]) -> None:
    both, first_only, second_only, neither = cells
    first = np.repeat([1.0, 1.0, 0.0, 0.0], cells)
    second = np.repeat([1.0, 0.0, 1.0, 0.0], cells)
    counts = count(first, second)
    assert counts.stack().tolist() == list(cells)
    n = sum(cells)
    assert counts.n == n
    if n == 0:
        assert all(math.isnan(statistic(counts)) for statistic in _ALL)
        return
    agree = Fraction(both + neither, n)
    assert stats.pabak(counts) == pytest.approx(float(2 * agree - 1), abs=1e-15)
    assert same(
        stats.f1(counts), float(stats.positive_agreement(counts)) if both + first_only + second_only else None
    )
    spread = first.var() + second.var()
    if spread > 0:
        covariance = ((first - first.mean()) * (second - second.mean())).mean()
        assert stats.icc_of_counts(counts) == pytest.approx(2 * covariance / spread, abs=1e-12)
    else:
        assert math.isnan(stats.icc_of_counts(counts))
    if first.any() and second.any() and not first.all() and not second.all():
        assert stats.mcc(counts) == pytest.approx(np.corrcoef(first, second)[0, 1], abs=1e-12)
    else:
        assert math.isnan(stats.mcc(counts))


@given(cells=_CELLS)
def test_the_largest_kappa_is_found_by_moving_frames_together(cells: tuple[int, int, int, int]) -> None:
    both, first_only, second_only, neither = cells
    moved = min(first_only, second_only)
    nested = Counts.unstack([both + moved, first_only - moved, second_only - moved, neither + moved])
    counts = Counts.unstack(np.array(cells))
    assert same(
        stats.max_kappa(counts),
        None if math.isnan(expected := float(stats.kappa_of_counts(nested))) else expected,
        absolute=1e-12,
    )


@given(cells=_CELLS)
def test_which_is_symmetric_and_which_is_not(cells: tuple[int, int, int, int]) -> None:
    both, first_only, second_only, neither = cells
    counts = Counts.unstack(np.array(cells))
    swapped = Counts.unstack([both, second_only, first_only, neither])
    for statistic in set(_ALL) - {stats.precision, stats.recall, stats.bias_index}:
        assert np.array_equal(statistic(counts), statistic(swapped), equal_nan=True)
    assert np.array_equal(stats.precision(counts), stats.recall(swapped), equal_nan=True)
    assert np.array_equal(stats.bias_index(counts), -stats.bias_index(swapped), equal_nan=True)


@pytest.mark.parametrize("statistic", _ALL, ids=lambda statistic: statistic.__name__)
def test_any_shape_is_one_by_one(statistic: Any) -> None:
    sums = np.random.default_rng(1).integers(0, 4, (3, 5, 4))
    sums[0, 0] = 0
    found = statistic(Counts.unstack(sums))
    assert found.shape == (3, 5)
    assert found.dtype == np.float64
    alone = [[float(statistic(Counts.unstack(cells))) for cells in row] for row in sums]
    assert np.array_equal(found, alone, equal_nan=True)


def test_long_videos_do_not_overflow() -> None:
    cells = (40_000_001, 3_000_003, 2_000_005, 45_000_007)
    counts = Counts.unstack(np.array(cells, dtype=np.int64))
    a, b, c, d = map(Fraction, cells)
    kappa = 2 * (a * d - b * c) / ((a + b) * (b + d) + (a + c) * (c + d))
    assert stats.kappa_of_counts(counts) == pytest.approx(float(kappa), rel=1e-14)
    product = int((a + b) * (c + d) * (a + c) * (b + d))
    assert product > 2**63
    assert stats.mcc(counts) == pytest.approx(float(a * d - b * c) / math.sqrt(product), rel=1e-14)


def test_counting() -> None:
    first = np.array([[1, 0, 2, np.nan, 0], [0, 0, 0, 0, 0]])
    second = np.array([[3, 0, 0, 1, np.nan], [1, 1, 1, 1, 1]])
    counts = count(first, second)
    # Any code but 0 is present, on whichever side.
    assert counts.stack().tolist() == [[1, 1, 0, 1], [0, 0, 5, 0]]
    assert counts.dropped.tolist() == [2, 0]
    assert counts.n.tolist() == [3, 5]
    assert count(np.array([True, False]), np.array([True, True])).stack().tolist() == [1, 0, 1, 0]
    with pytest.raises(ValueError, match="one shape"):
        count([1, 0], [[1, 0]])


def test_why_there_is_no_value() -> None:
    counts = Counts.unstack(
        [[0, 0, 0, 9], [9, 0, 0, 0], [0, 0, 4, 5], [0, 9, 0, 0], [0, 0, 0, 0], [3, 1, 1, 4]]
    )
    assert why_undefined(counts, stats.icc_of_counts) == (
        "no variance: neither rater ever used it",
        "no variance: both raters always used it",
        "",
        "rater 1 and rater 2 never varied",
        "no frame was coded by both raters",
        "",
    )
    assert why_undefined(counts, stats.mcc)[2] == "rater 1 never varied"
    assert why_undefined(counts, stats.recall)[2] == "rater 1 never used it"
    assert why_undefined(counts, stats.precision)[3] == "rater 2 never used it"
    assert why_undefined(Counts.unstack([0, 0, 0, 9]), stats.f1) == "no variance: neither rater ever used it"
    with pytest.raises(ValueError, match="one action or of several"):
        why_undefined(Counts.unstack(np.zeros((2, 2, 4))), stats.f1)
