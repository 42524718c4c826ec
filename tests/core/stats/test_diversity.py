"""Kinds in samples and entropy, against exact counting, SciPy and simulated children."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.stats.diversity import (
    entropy_bits,
    expected_kinds,
    jackknife_interval,
    log_factorials,
    miller_madow_bits,
)

COUNTS = st.lists(st.integers(0, 4), min_size=1, max_size=4).filter(any)
ONCE = np.array([60_000, 30_000, 20_000, 15_000, *[30] * 200, *[1] * 758])


@given(COUNTS)
def test_kinds_are_those_of_all_samples_there_are(counts: list[int]) -> None:
    met = [kind for kind, often in enumerate(counts) for _ in range(often)]
    for size in range(1, len(met) + 1):
        every = [len(set(sample)) for sample in combinations(met, size)]
        assert expected_kinds(counts, [size])[0] == pytest.approx(sum(every) / len(every), rel=1e-12)


def test_kinds_of_a_study_are_those_of_exact_fractions() -> None:
    total = int(ONCE.sum())
    often, kinds = np.unique(ONCE, return_counts=True)
    assert expected_kinds(ONCE, [1])[0] == 1
    for size in (1, 100, 5_000, 100_000):
        every = math.comb(total, size)
        exact = sum(
            number * (1 - Fraction(math.comb(total - each, size), every))
            for each, number in zip(often.tolist(), kinds.tolist(), strict=True)
        )
        assert expected_kinds(ONCE, [size])[0] == pytest.approx(float(exact), rel=1e-6)
    assert expected_kinds(ONCE, [0, total, total + 9]).tolist() == [0, len(ONCE), len(ONCE)]


def test_kinds_are_those_of_random_samples() -> None:
    rng = np.random.default_rng(3)
    counts = rng.geometric(0.1, 80)
    met = np.repeat(np.arange(80), counts)
    drawn = [len(np.unique(rng.choice(met, 150, replace=False))) for _ in range(2000)]
    reach = 4 * np.std(drawn) / math.sqrt(len(drawn))
    assert expected_kinds(counts, [150])[0] == pytest.approx(np.mean(drawn), abs=reach)


def test_a_table_of_factorials_changes_nothing() -> None:
    counts = [5, 3, 1]
    assert expected_kinds(counts, [4], log_factorials(100)) == pytest.approx(expected_kinds(counts, [4]))


@pytest.mark.parametrize(("counts", "sizes"), [([1, 2], [-1]), ([1, -2], [1]), ([[1]], [1])])
def test_what_cannot_be_is_refused(counts: list[int], sizes: list[int]) -> None:
    with pytest.raises(ValueError, match=r"sample|met"):
        expected_kinds(counts, sizes)


@given(st.lists(st.integers(0, 1000), min_size=1).filter(any))
def test_entropy_is_that_of_scipy(counts: list[int]) -> None:
    assert entropy_bits(counts) == pytest.approx(scipy.stats.entropy(counts, base=2), abs=1e-9)


def test_entropy_of_nothing_and_of_one_kind() -> None:
    assert math.isnan(entropy_bits([0, 0]))
    assert math.isnan(miller_madow_bits([]))
    assert math.copysign(1.0, entropy_bits([7])) == 1.0
    assert entropy_bits([7]) == 0.0


def test_the_correction_brings_entropy_of_few_frames_nearer_to_the_truth() -> None:
    rng = np.random.default_rng(5)
    shares = rng.dirichlet(np.ones(30))
    truth = scipy.stats.entropy(shares, base=2)
    samples = rng.multinomial(100, shares, size=300)
    plain, corrected = (
        np.mean([formula(sample) for sample in samples]) - truth
        for formula in (entropy_bits, miller_madow_bits)
    )
    assert plain < -0.1
    assert abs(corrected) < abs(plain) / 3


def test_the_interval_of_a_mean_is_that_of_student() -> None:
    values = np.random.default_rng(1).normal(size=9)
    left_out = (values.sum() - values) / 8
    low, high = jackknife_interval(values.mean(), left_out, 0.9)
    student = scipy.stats.t.interval(0.9, 8, values.mean(), scipy.stats.sem(values))
    assert (float(low), float(high)) == pytest.approx(student)
    assert np.isnan(jackknife_interval(1.0, [1.0])).all()


def _children(rng: np.random.Generator, n: int) -> np.ndarray:
    """Counts of 400 kinds by children with preferences of their own."""
    common = np.exp(np.random.default_rng(1).normal(0, 1.5, 400))
    sizes = np.maximum(20, rng.lognormal(4.5, 0.5, n)).astype(int)
    return np.stack([rng.multinomial(size, rng.dirichlet(common / common.sum() * 25)) for size in sizes])


@pytest.mark.slow
def test_leaving_out_children_holds_the_truth_where_the_bootstrap_does_not() -> None:
    rng = np.random.default_rng(2)
    n, size, runs = 10, 400, 150

    def kinds(counts: np.ndarray) -> float:
        return float(expected_kinds(counts, [size])[0])

    truth = np.mean([kinds(_children(rng, n).sum(axis=0)) for _ in range(400)])
    held, resampled = 0, 0
    for _ in range(runs):
        children = _children(rng, n)
        whole = children.sum(axis=0)
        low, high = jackknife_interval(kinds(whole), [kinds(whole - child) for child in children])
        held += bool(low <= truth <= high)
        again = [kinds(children[rng.integers(n, size=n)].sum(axis=0)) for _ in range(60)]
        bounds = np.quantile(again, [0.025, 0.975])
        resampled += bool(bounds[0] <= truth <= bounds[1])
    assert held / runs > 0.9
    assert resampled / runs < 0.7
