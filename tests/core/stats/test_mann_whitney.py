"""The rank-sum test against R and SPSS's formula, and SciPy on other data."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.stats import MannWhitney, adjust_p, mann_whitney
from hrm_core.stats.mann_whitney import mann_whitney_counts

_GOLDEN = Path(__file__).parents[2] / "golden" / "statistics"
_SETS = ["binary_20000_9000", "cont60_45", "intensity500_350", "nan", "separated_binary", "small_noties"]
_SETS += ["small_ties"]


def _read(name: str) -> dict[str, Any]:
    return json.loads((_GOLDEN / f"mwu_{name}.json").read_text(encoding="utf-8"))


def _group(data: dict[str, Any], side: str) -> NDArray[np.float64]:
    if side in data:
        return np.array(data[side], dtype=np.float64)
    counts = data[f"{side}_counts"]
    return np.repeat([float(value) for value in counts], list(counts.values()))


def _as_expected(
    found: MannWhitney, plain: dict[str, Any], formula: dict[str, Any], r: dict[str, Any]
) -> None:
    wanted = {
        "u": r["W"],
        "u1": formula["U1"],
        "u2": formula["U2"],
        "u_min": formula["U_min"],
        "rank_biserial": formula["rank_biserial_x_minus_y"],
        "cles": formula["cles_P_x_gt_y"],
        "p": r["p"],
    }
    for name, value in wanted.items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-10, abs=1e-13), name
    assert found.u == found.u1
    if found.continuity:
        assert found.z_spss == pytest.approx(formula["Z_continuity_corrected"], rel=1e-12)
        assert found.p == pytest.approx(formula["p_continuity_corrected"], rel=1e-10)
    else:
        assert found.z_spss == pytest.approx(formula["Z"], rel=1e-12)
        assert found.log10_p == pytest.approx(formula["log10_p"], rel=1e-10)
        assert abs(found.r) == pytest.approx(abs(formula["r_Z_over_sqrtN"]), rel=1e-12)
        assert found.z == pytest.approx(plain["Z"], rel=1e-10)
    assert abs(found.z) == abs(found.z_spss)
    assert (found.n1, found.n2) == (formula["n1"], formula["n2"])


@pytest.mark.parametrize("name", _SETS)
@pytest.mark.parametrize("continuity", [False, True])
def test_it_is_what_r_and_spss_compute(name: str, continuity: bool) -> None:
    table = _read(name)
    expected = table["expected"]
    x, y = (_group(table["data"], side) for side in "xy")
    found = mann_whitney(x, y, continuity=continuity)
    r = expected["r_wilcox_cc" if continuity else "r_wilcox_nocc"]
    _as_expected(found, expected["coin_asymptotic"], expected["spss_style_formula"], r)
    assert found.dropped == int(np.isnan(x).sum() + np.isnan(y).sum())
    assert not found.reason
    assert bool(found.note) == (min(found.n1, found.n2) < 8)


def test_33_actions_at_once_and_their_family() -> None:
    table = _read("33au")
    n1, n2, rows = (table["data"][key] for key in ("n1", "n2", "rows"))
    x = np.array([np.arange(n1) < row["ones1"] for row in rows], dtype=np.uint8)
    y = np.array([np.arange(n2) < row["ones2"] for row in rows], dtype=np.uint8)
    found = mann_whitney(x, y)
    undefined = np.zeros(len(rows), dtype=bool)
    for action, entry in enumerate(table["expected"]["per_au"]):
        formula = entry["spss_style_formula"]
        assert found.u[action] == formula["U1"]
        undefined[action] = formula["Z"] is None
        if undefined[action]:
            # R has no answer; the table of SPSS shows 0 and 1.
            assert (found.z[action], found.p[action], found.rank_biserial[action]) == (0, 1, 0)
            assert found.note[action] == "constant: all values are equal"
        else:
            assert found.z_spss[action] == pytest.approx(formula["Z"], rel=1e-12)
            assert found.p[action] == pytest.approx(entry["r_wilcox_nocc"]["p"], rel=1e-10)
            assert not found.note[action]
    assert undefined.sum() == 2
    expected = table["expected"]
    for kept, family, block in (
        (np.where(undefined, np.nan, found.p), 31, expected["p_adjust_NaN_kept_as_NA"]),
        (found.p, 33, expected["p_adjust_NaN_replaced_by_1"]),
    ):
        for method, name in (("holm", "holm"), ("bh", "BH")):
            adjusted, size = adjust_p(kept, method)
            assert size == family
            np.testing.assert_allclose(adjusted, np.array(block[name], dtype=np.float64), rtol=1e-9)


@pytest.mark.parametrize("name", ["all_zero", "all_equal_nonzero"])
def test_all_values_equal(name: str) -> None:
    table = _read(name)
    found = mann_whitney(_group(table["data"], "x"), _group(table["data"], "y"))
    assert (found.z, found.p, found.log10_p, found.rank_biserial, found.cles) == (0, 1, 0, 0, 0.5)
    assert found.u == found.u2 == table["expected"]["spss_style_formula"]["U1"]
    assert "constant" in found.note


def test_too_few_values() -> None:
    empty = mann_whitney([], [0, 1, 1])
    assert all(math.isnan(getattr(empty, name)) for name in ("u", "z", "p", "rank_biserial", "cles", "r"))
    assert empty.reason == "a group is empty"
    assert mann_whitney([math.nan, math.nan], [1.0]).dropped == 2
    one_each = mann_whitney([0], [1])
    assert math.isnan(one_each.p)
    assert "one value in each group" in one_each.reason
    assert (one_each.u, one_each.rank_biserial) == (0, -1)


def test_p_ends_before_its_logarithm() -> None:
    found = mann_whitney(np.zeros(3000), np.ones(3000))
    assert found.p == 0
    assert found.log10_p < -1000


_VALUES = st.lists(st.integers(0, 5) | st.just(math.nan), min_size=2, max_size=30)


@settings(max_examples=40, deadline=None)
@given(_VALUES, _VALUES, st.booleans())
def test_it_is_what_scipy_computes(x: list[float], y: list[float], continuity: bool) -> None:
    from scipy.stats import mannwhitneyu

    known = [value for value in x + y if not math.isnan(value)]
    if len(set(known)) < 2 or all(map(math.isnan, x)) or all(map(math.isnan, y)) or len(known) < 3:
        return
    found = mann_whitney(x, y, continuity=continuity)
    wanted = mannwhitneyu(x, y, method="asymptotic", use_continuity=continuity, nan_policy="omit")
    assert found.u == wanted.statistic
    assert found.p == pytest.approx(wanted.pvalue, rel=1e-10)
    turned = mann_whitney(y, x, continuity=continuity)
    assert (turned.u, turned.z, turned.rank_biserial) == (found.u2, -found.z, -found.rank_biserial)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ([[1, 2]], [1, 2], "the same actions"),
        ([[1, 2]], [[1], [2]], "the same actions"),
        (3, [1, 2], "expected a group"),
        ([1, math.inf], [1, 2], "finite"),
    ],
)
def test_what_is_refused(x: Any, y: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mann_whitney(x, y)


_COUNTS = st.lists(st.integers(0, 9), min_size=4, max_size=4)


@settings(max_examples=40, deadline=None)
@given(_COUNTS, _COUNTS, st.booleans())
def test_counted_values_tell_the_same(of_x: list[int], of_y: list[int], continuity: bool) -> None:
    counted = mann_whitney_counts(of_x, of_y, continuity=continuity)
    listed = mann_whitney(np.repeat(range(4), of_x), np.repeat(range(4), of_y), continuity=continuity)
    for name in ("u1", "u2", "z", "p", "log10_p", "rank_biserial", "n1", "n2"):
        np.testing.assert_equal(getattr(counted, name), getattr(listed, name))
    assert (counted.reason, counted.note, counted.dropped) == (listed.reason, listed.note, 0)


@pytest.mark.parametrize("continuity", [False, True])
def test_counted_frames_are_what_r_and_spss_compute(continuity: bool) -> None:
    table = _read("binary_20000_9000")
    of_x, of_y = (list(table["data"][f"{side}_counts"].values()) for side in "xy")
    found = mann_whitney_counts([of_x, of_x], [of_y, of_x], continuity=continuity)
    formula = table["expected"]["spss_style_formula"]
    ending = "_continuity_corrected" if continuity else ""
    assert found.z_spss[0] == pytest.approx(formula[f"Z{ending}"], rel=1e-12)
    assert (found.z[1], found.p[1], found.n1[1]) == (0, 1, 20000)


@pytest.mark.parametrize(
    ("of_x", "of_y", "words"),
    [([1, 2], [1, 2, 3], "expected counts"), ([1.0, 2.0], [1, 2], "whole"), ([1, -2], [1, 2], "whole")],
)
def test_what_is_no_count(of_x: Any, of_y: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mann_whitney_counts(of_x, of_y)
