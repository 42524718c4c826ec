"""Cohen's kappa against irr, vcd and irrCAC, exact fractions and its own definition."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.stats import Counts, cohen_kappa, kappa_of_counts
from tests.core.stats.golden_agreement import names, pair, same, same_p

_WEIGHTS = [(None, "unweighted"), ("linear", "linear"), ("quadratic", "quadratic")]
_TABLES = st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=3, max_size=3).filter(
    lambda table: sum(map(sum, table)) > 1
)


def _codes(table: list[list[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows, columns = np.indices(np.shape(table))
    times = np.ravel(table)
    return np.repeat(rows.ravel(), times), np.repeat(columns.ravel(), times)


@pytest.mark.parametrize("name", names("pair"))
@pytest.mark.parametrize(("weights", "key"), _WEIGHTS)
def test_it_is_what_r_computes(name: str, weights: Any, key: str) -> None:
    first, second, expected = pair(name)
    found = cohen_kappa(first, second, weights)
    # vcd subtracts nearly equal numbers where codes are rare; see the exact fractions below.
    rel = 1e-7 if "rare" in name else 1e-8
    assert same(found.value, expected["vcd_kappa"][key]["value"])
    assert same(found.se, expected["vcd_kappa"][key]["ase"], rel, 1e-15)
    if key in expected["irr_kappa2"]:
        irr = expected["irr_kappa2"][key]
        assert same(found.value, irr["kappa"])
        assert same(found.z, irr["z"])
        assert same_p(found.p, irr["p"])
        assert found.n == irr["subjects"]
    interval = expected["irrCAC"].get("cohen" if weights is None else f"cohen_{weights}")
    if interval is not None:
        assert same(found.low, interval["ci_lower"], rel)
        assert same(found.high, interval["ci_upper"], 3e-7 if "rare" in name else 1e-8)


@settings(max_examples=40)
@given(table=_TABLES, weights=st.sampled_from(["identity", "quadratic"]))
def test_value_and_standard_errors_are_those_of_exact_fractions(table: list[list[int]], weights: Any) -> None:
    size, n = len(table), sum(map(sum, table))
    cells = [(i, j) for i in range(size) for j in range(size)]
    agree = {
        (i, j): Fraction(int(i == j)) if weights == "identity" else 1 - Fraction((i - j) ** 2, 4)
        for i, j in cells
    }
    share = {(i, j): Fraction(table[i][j], n) for i, j in cells}
    rows = [sum((share[i, j] for j in range(size)), Fraction()) for i in range(size)]
    columns = [sum((share[i, j] for i in range(size)), Fraction()) for j in range(size)]
    observed = sum(agree[cell] * share[cell] for cell in cells)
    expected = sum(agree[i, j] * rows[i] * columns[j] for i, j in cells)
    found = cohen_kappa(*_codes(table), None if weights == "identity" else weights)
    if expected == 1:
        assert math.isnan(found.value)
        return
    kappa = (observed - expected) / (1 - expected)
    pull = {
        (i, j): sum(agree[i, k] * columns[k] for k in range(size))
        + sum(agree[k, j] * rows[k] for k in range(size))
        for i, j in cells
    }
    # The formulas of Fleiss, Cohen & Everitt (1969) as they print them.
    spread = sum(share[cell] * (agree[cell] - pull[cell] * (1 - kappa)) ** 2 for cell in cells)
    variance = (spread - (kappa - expected * (1 - kappa)) ** 2) / (n * (1 - expected) ** 2)
    null = sum(rows[i] * columns[j] * (agree[i, j] - pull[i, j]) ** 2 for i, j in cells) - expected**2
    assert found.value == pytest.approx(float(kappa), rel=1e-12, abs=1e-14)
    assert found.se == pytest.approx(math.sqrt(variance), rel=1e-9, abs=1e-14)
    if null > 0:
        z = float(kappa) / math.sqrt(null / (n * (1 - expected) ** 2))
        assert found.z == pytest.approx(z, rel=1e-9, abs=1e-12)
        assert found.p == pytest.approx(math.erfc(abs(z) / math.sqrt(2)), rel=1e-6)


def test_rare_disjoint_codes_keep_their_digits() -> None:
    first, second, _ = pair("pair_rare_disjoint.json")
    # From exact fractions; vcd prints ...56113.
    assert cohen_kappa(first, second).se == pytest.approx(0.0006675561473535344, rel=1e-11)


@settings(max_examples=40)
@given(table=_TABLES, weights=st.sampled_from([None, "linear", "quadratic"]))
def test_the_order_of_raters_does_not_matter(table: list[list[int]], weights: Any) -> None:
    first, second = _codes(table)
    one, other = cohen_kappa(first, second, weights), cohen_kappa(second, first, weights)
    for field in ("value", "se", "z", "p", "low", "high"):
        assert getattr(one, field) == pytest.approx(getattr(other, field), rel=1e-9, abs=1e-12, nan_ok=True)


@settings(max_examples=40)
@given(cells=st.tuples(*[st.integers(0, 40)] * 4))
def test_four_counts_are_enough(cells: tuple[int, int, int, int]) -> None:
    both, first_only, second_only, neither = cells
    found = cohen_kappa(*_codes([[neither, second_only], [first_only, both]]))
    counts = Counts.unstack(np.array(cells))
    assert found.value == pytest.approx(float(kappa_of_counts(counts)), abs=1e-12, nan_ok=True)


def test_many_actions_are_one_by_one() -> None:
    random = np.random.default_rng(3)
    first, second = random.integers(0, 6, (2, 5, 60)).astype(np.float64)
    first[0, :7] = np.nan
    second[1] = 0
    first[2] = second[2] = 0
    second[3] = np.nan
    found = cohen_kappa(first, second, "quadratic")
    for action in range(5):
        alone = cohen_kappa(first[action], second[action], "quadratic")
        for field in ("value", "low", "high", "se", "z", "p", "n", "dropped", "reason", "note"):
            assert getattr(found, field)[action] == pytest.approx(getattr(alone, field), nan_ok=True)
    assert found.dropped.tolist() == [7, 0, 0, 60, 0]
    assert found.note[1] == "rater 2 never varied: the interval has no width and there is no test"
    assert found.reason[2:] == (
        "no variance: neither rater ever used it",
        "no frame was coded by both raters",
        "",
    )


def test_a_code_nobody_used_changes_nothing() -> None:
    # 1 and 5 are four apart, whether or not somebody gave 2, 3 or 4.
    first, second = [0, 1, 5, 5, 0, 1], [0, 5, 5, 1, 1, 1]
    with_all = cohen_kappa(first, second, "linear", categories=range(6))
    assert cohen_kappa(first, second, "linear").value == with_all.value
    distance = np.abs(np.subtract(first, second)).mean()
    chance = np.abs(np.subtract.outer(first, second)).mean()
    assert with_all.value == pytest.approx(1 - distance / chance)


def test_a_rater_who_never_varied_has_no_test_whatever_the_frames() -> None:
    # Rounding would leave standard errors of 1e-18, and with them a z and a p.
    random = np.random.default_rng(5)
    for n in (49, 825, 1342):
        varied = random.integers(0, 5, n)
        for weights in (None, "linear", "quadratic"):
            for first, second in ((np.full(n, 2), varied), (varied, np.full(n, 2))):
                found = cohen_kappa(first, second, weights)
                assert (found.value, found.se, found.low, found.high) == (0, 0, 0, 0)
                assert math.isnan(found.z)
                assert math.isnan(found.p)


def test_both_raters_in_one_table_and_codes_that_are_far_apart() -> None:
    first, second, _ = pair("pair_nominal4x90.json")
    apart, table = (
        cohen_kappa(first, second),
        cohen_kappa(np.stack([first, second], axis=1), None, "unweighted"),
    )
    assert (table.value, table.p, table.weights) == (apart.value, apart.p, None)
    batch = cohen_kappa(np.stack([[first, second], [second, first]]).swapaxes(1, 2))
    assert batch.value.tolist() == pytest.approx([apart.value] * 2, rel=1e-14)
    # 2**63 apart is beyond int64; by its distance modulo 2**64 that pair would agree.
    far = cohen_kappa(np.array([-(2**62), 2**62, 0]), np.array([-(2**62), 2**62, 5]))
    assert far.value == pytest.approx(4 / 7)


def test_degenerate_answers() -> None:
    never, half = np.zeros(50), np.repeat([0, 1], 25)
    one = cohen_kappa(never, half)
    assert (one.value, one.se) == (0, 0)
    assert math.isnan(one.z)
    assert math.isnan(one.p)
    assert one.note.startswith("rater 1 never varied")
    both = cohen_kappa(never, np.ones(50))
    assert both.value == 0
    assert both.note.startswith("rater 1 and rater 2 never varied")
    same_code = cohen_kappa(np.full(9, 3), np.full(9, 3))
    assert math.isnan(same_code.value)
    assert same_code.reason == "no variance: both always gave 3"
    single = cohen_kappa([1], [0])
    assert single.value == 0
    assert math.isnan(single.low)
    assert cohen_kappa([], []).reason == "no frame was coded by both raters"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1, 0], [1]), "one shape"),
        (([[[1]]], [[[1]]]), "one shape"),
        (([1, math.inf], [1, 0]), "finite"),
        ((["a", "b"], ["a", "b"]), "must be numbers"),
        (([1, 0], [1, 0], "cubic"), "weights must be"),
        (([[1, 0, 1], [1, 0, 0]],), "codes of two raters"),
        (([1j, 0], [1, 0]), "must be numbers"),
        (([[1, 0], [1]], [[1, 0], [1]]), "every row as long"),
        (([1, 0], [1, 0], None, 95), "level must"),
        (([1, 7], [1, 0], None, 0.95, (0, 1)), "code 7 is not among"),
        (([1, 0], [1, 0], None, 0.95, (0, 1, 1)), "different numbers"),
        ((np.arange(1500) / 7, np.arange(1500) / 7), "no categories"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arguments: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        cohen_kappa(*arguments)
