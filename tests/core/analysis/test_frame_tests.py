"""Frames of two groups compared, against R, SPSS's formula and SciPy."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.analysis.frame_tests import counted_tests, frame_tests
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.records.coded_frames import EXPRESSIONS, NO_EXPRESSION, NOT_CODABLE, AnalysedChild, CodedFrames

_GOLDEN = Path(__file__).parents[2] / "golden" / "statistics"
_OPTIONS = AnalysisOptions(groups=("ASD", "TD"))


def _read(name: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads((_GOLDEN / f"mwu_{name}.json").read_text(encoding="utf-8"))
    return table


def _frames(
    codes: NDArray[np.uint8], child: NDArray[np.int32], groups: list[str], expression: Any = NO_EXPRESSION
) -> CodedFrames:
    """Synthetic frames, one recording of each child."""
    n = len(codes)
    return CodedFrames(
        coder="somebody",
        actions=tuple(f"AU{place}" for place in range(codes.shape[1])),
        children=tuple(AnalysedChild(f"C{place}", group) for place, group in enumerate(groups)),
        videos=tuple((place, "v") for place in range(len(groups))),
        child=child,
        video=child,
        frame=np.arange(n),
        seconds=np.full(n, np.nan),
        codes=codes,
        expression=np.broadcast_to(np.asarray(expression, np.int8), n),
        strength=np.broadcast_to(np.float32(np.nan), codes.shape),
    )


def _two_groups(of_x: list[int], of_y: list[int]) -> CodedFrames:
    """One action with so many frames of each code."""
    codes = np.concatenate([np.repeat(range(len(of_x)), each) for each in (of_x, of_y)]).astype(np.uint8)
    return _frames(codes[:, None], np.repeat([0, 1], [sum(of_x), sum(of_y)]).astype(np.int32), ["ASD", "TD"])


def test_33_actions_are_what_r_and_spss_compute() -> None:
    table = _read("33au")
    n1, n2, rows = (table["data"][key] for key in ("n1", "n2", "rows"))
    codes = np.array([np.r_[np.arange(n1) < row["ones1"], np.arange(n2) < row["ones2"]] for row in rows])
    frames = _frames(codes.T.astype(np.uint8), np.repeat([0, 1], [n1, n2]).astype(np.int32), ["ASD", "TD"])
    found = frame_tests(frames, replace(_OPTIONS, expressions=()))
    assert [each.action for each in found] == list(frames.actions)
    expected = table["expected"]
    for place, (test, entry) in enumerate(zip(found, expected["per_au"], strict=True)):
        formula = entry["spss_style_formula"]
        assert test.u == formula["U1"]
        if formula["Z"] is None:
            # R has no answer; SPSS and the paper print 0 and 1. Nothing was tested.
            assert (test.z, test.p, test.p_continuity, test.p_exact) == (0, 1, 1, 1)
            assert (test.p_holm, test.p_bh) == (None, None)
            assert test.note.startswith("constant")
            continue
        assert abs(test.z or 0) == pytest.approx(abs(formula["Z"]), abs=1e-10)
        assert test.p == pytest.approx(entry["r_wilcox_nocc"]["p"], rel=1e-9)
        assert test.p_continuity == pytest.approx(entry["r_wilcox_cc"]["p"], rel=1e-9)
        for method, value in (("holm", test.p_holm), ("BH", test.p_bh)):
            assert value == pytest.approx(expected["p_adjust_NaN_kept_as_NA"][method][place], rel=1e-8)
    assert {test.family for test in found} == {31}


def test_many_frames_with_two_values() -> None:
    expected = _read("binary_20000_9000")["expected"]
    (found,) = frame_tests(_two_groups([15810, 4190], [7401, 1599]), replace(_OPTIONS, expressions=()))
    assert found.z == pytest.approx(expected["coin_asymptotic"]["Z"], rel=1e-12)
    assert found.p == pytest.approx(expected["r_wilcox_nocc"]["p"], rel=1e-8)
    assert found.p_continuity == pytest.approx(expected["r_wilcox_cc"]["p"], rel=1e-8)
    assert found.log10_p == pytest.approx(expected["spss_style_formula"]["log10_p"], rel=1e-10)
    assert found.p_exact == pytest.approx(found.p, rel=0.03)
    effect, r = found.rank_biserial, expected["effectsize_rank_biserial"]
    assert effect.value == pytest.approx(r["r"], rel=1e-12)
    # R's effectsize has the spread that values without ties would have: half as wide again.
    assert r["ci95_lower"] < (effect.low or 0) < (effect.high or 1) < r["ci95_upper"]
    # Of so many frames it is nearly the textbook's interval of a difference of shares.
    (one, n1), (other, n2) = (0.2095, 20000), (1599 / 9000, 9000)
    half = 1.959964 * np.sqrt(one * (1 - one) / n1 + other * (1 - other) / n2)
    assert (effect.low, effect.high) == pytest.approx((one - other - half, one - other + half), abs=1e-4)


def test_an_action_that_nobody_shows_or_everybody() -> None:
    for of_x, of_y in (([20000, 0], [9000, 0]), ([0, 5], [0, 9])):
        (found,) = frame_tests(_two_groups(of_x, of_y), replace(_OPTIONS, expressions=()))
        assert (found.z, found.p, found.log10_p, found.z_continuity, found.p_exact) == (0, 1, 0, 0, 1)
        assert (found.rank_biserial.value, found.family, found.p_holm) == (0, 0, None)
        assert found.note == "constant: all values are equal"
        assert (found.rank_biserial.low or 0) < 0 < (found.rank_biserial.high or 0)


def _drawn(n: int = 3000, wide: int = 5) -> CodedFrames:
    draw = np.random.default_rng(11)
    child = np.sort(draw.integers(0, 5, n)).astype(np.int32)
    codes = draw.choice([0, 0, 0, 1, 2, 3, 5, NOT_CODABLE], (n, wide)).astype(np.uint8)
    return _frames(codes, child, ["TD", "ASD", "", "ASD", "TD"], draw.integers(-1, len(EXPRESSIONS), n))


def test_each_cell_is_what_scipy_computes() -> None:
    from scipy.stats import false_discovery_control, mannwhitneyu

    frames = _drawn()
    found = iter(frame_tests(frames, _OPTIONS))
    for expression in ("", "happiness", "surprise", "sadness"):
        chosen = np.isin(
            frames.expression, range(-1, 7) if not expression else [EXPRESSIONS.index(expression)]
        )
        family, adjusted = [], []
        for place, action in enumerate(frames.actions):
            test, codes = next(found), frames.codes[:, place]
            x, y = (
                codes[chosen & np.isin(frames.child, children) & (codes != NOT_CODABLE)] > 0
                for children in ([1, 3], [0, 4])
            )
            assert (test.action, test.expression) == (action, expression)
            assert (test.frames, test.present) == ((len(x), len(y)), (x.sum(), y.sum()))
            wanted = mannwhitneyu(x * 1, y * 1, method="asymptotic", use_continuity=False)
            assert (test.u, test.p) == (wanted.statistic, pytest.approx(wanted.pvalue, rel=1e-10))
            assert test.rank_biserial.value == pytest.approx(x.mean() - y.mean(), rel=1e-9)
            assert np.sign(test.z or 0) == np.sign(x.mean() - y.mean())
            family.append(wanted.pvalue)
            adjusted.append(test.p_bh)
        assert adjusted == pytest.approx(false_discovery_control(family), rel=1e-9)
    assert next(found, None) is None


def test_groups_the_other_way_round() -> None:
    forth, back = (
        frame_tests(_drawn(), replace(_OPTIONS, groups=groups)) for groups in (("ASD", "TD"), ("TD", "ASD"))
    )
    for one, other in zip(forth, back, strict=True):
        assert (one.frames, one.z, one.p) == (other.frames[::-1], -(other.z or 0), other.p)
        assert one.rank_biserial.low == pytest.approx(-(other.rank_biserial.high or 0))


def test_a_group_without_frames_has_no_numbers() -> None:
    found = frame_tests(_drawn(), replace(_OPTIONS, groups=("ASD", "Down"), expressions=()))
    for test in found:
        assert (test.z, test.p, test.p_exact, test.p_holm, test.family) == (None, None, None, None, 0)
        assert test.note == test.rank_biserial.why == "a group is empty"
        assert test.frames[0] > 0


def test_counts_of_one_frame_each() -> None:
    ones = np.ones((2, 1), np.int64)
    (found,) = counted_tests(("AU1",), ones, np.array([[1], [0]]), "", 0.95)
    assert (found.z, found.p, found.p_exact) == (None, None, 1)
    assert found.rank_biserial.value == 1
    assert "too few" in found.note
