"""The six forms of the ICC against R's irr, exact fractions and what must hold of any ratings."""

from __future__ import annotations

import json
import math
import tracemalloc
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from hrm_core.stats import ICC, ICC_FORMS, icc, icc_of_sums

_GOLDEN = Path(__file__).parents[2] / "golden" / "statistics"
_NAMES = {form: f"ICC{form[0]}{form[2:].replace('1', '')}" for form in ICC_FORMS}
_DEGENERATE = ["deg_both_constant_diff", "deg_both_constant_equal", "deg_both_constant_equal_ones"]
_DEGENERATE += [
    "deg_complement",
    "deg_perfect_binary",
    "deg_perfect_consistency_offset",
    "deg_perfect_likert3",
]
_DEGENERATE += ["deg_single_positive_both", "k1", "n1"]
_PLAIN = sorted(path.stem[4:] for path in _GOLDEN.glob("icc_*.json") if path.stem[4:] not in _DEGENERATE)
_FIELDS = {
    "value": "icc",
    "f": "F",
    "df1": "df1",
    "df2": "df2",
    "p": "p",
    "low": "ci95_lower",
    "high": "ci95_upper",
}


def _read(name: str) -> tuple[NDArray[np.float64], dict[str, Any]]:
    table = json.loads((_GOLDEN / f"icc_{name}.json").read_text(encoding="utf-8"))
    return np.array(table["data"]["ratings"], dtype=np.float64), table["expected"]


@pytest.mark.parametrize("form", ICC_FORMS)
@pytest.mark.parametrize("name", _PLAIN)
def test_it_is_what_irr_computes(name: str, form: str) -> None:
    ratings, expected = _read(name)
    found = icc(ratings, form)
    wanted = expected["irr_icc"][_NAMES[form]]
    # Beside 1e8 R has rounded; the definition in exact fractions has not.
    room = 1e-7 if name == "offset1e8" else 1e-9
    for mine, theirs in _FIELDS.items():
        if wanted[theirs] is None:  # where F of 0.0005 degrees of freedom leaves float64
            assert (name, form, mine) == ("neg_3raters", "2,1", "low")
            assert "0.0005 degrees of freedom" in found.note
        else:
            assert getattr(found, mine) == pytest.approx(wanted[theirs], rel=room, abs=1e-15), mine
    assert found.value == pytest.approx(expected["exact_rational"][_NAMES[form]], rel=1e-12, abs=1e-15)
    complete = np.isfinite(ratings).all(axis=1).sum()
    assert (found.n, found.dropped) == (complete, len(ratings) - complete)
    assert found.reason == ""


@pytest.mark.parametrize("name", _PLAIN)
def test_consistency_is_what_exact_fractions_give(name: str) -> None:
    ratings, expected = _read(name)
    exact = expected["exact_rational"]
    found = icc(ratings)
    assert found.f == pytest.approx(exact["F3"], rel=1e-11)
    assert icc(ratings, "1,1").f == pytest.approx(exact["F1"], rel=1e-11)
    assert found.p == pytest.approx(exact["icc3_p_upper"], rel=1e-9)
    assert [found.low, found.high] == pytest.approx(exact["icc3_ci95"], rel=1e-9)


def test_shrout_and_fleiss_as_printed() -> None:
    ratings, _ = _read("shrout_fleiss1979")
    assert [round(icc(ratings, form).value, 2) for form in ICC_FORMS] == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]


def _told(found: ICC) -> tuple[float, ...]:
    return found.value, found.f, found.p, found.low, found.high


@pytest.mark.parametrize("form", ICC_FORMS)
@pytest.mark.parametrize(
    "name", [name for name in _DEGENERATE if "constant" in name and "offset" not in name]
)
def test_without_variance_it_is_undefined(name: str, form: str) -> None:
    found = icc(_read(name)[0], form)
    assert all(map(math.isnan, _told(found)))
    assert found.reason == "no variance: the targets do not differ"
    assert found.n == 50


@pytest.mark.parametrize("form", ICC_FORMS)
@pytest.mark.parametrize("name", ["deg_perfect_binary", "deg_perfect_likert3", "deg_single_positive_both"])
def test_perfect_agreement(name: str, form: str) -> None:
    found = icc(_read(name)[0], form)
    assert _told(found) == (1, math.inf, 0, 1, 1)
    assert found.reason == ""
    assert ("rests on one target" in found.note) == ("single" in name)


def test_perfect_but_for_an_offset() -> None:
    ratings, expected = _read("deg_perfect_consistency_offset")
    for shifted in (ratings, ratings * 0.1 + [0.0, 1 / 3], ratings + [0.0, 1e8]):
        assert _told(icc(shifted)) == (1, math.inf, 0, 1, 1)
        assert _told(icc(shifted, "3,k")) == (1, math.inf, 0, 1, 1)
    for form in ("1,1", "2,1", "1,k", "2,k"):
        found, wanted = icc(ratings, form), expected["irr_icc"][_NAMES[form]]
        assert found.value == pytest.approx(expected["exact_rational"][_NAMES[form]], rel=1e-12)
        assert found.value < 1
        assert [found.low, found.high] == pytest.approx(
            [wanted["ci95_lower"], wanted["ci95_upper"]], rel=1e-9
        )
        assert found.df2 == pytest.approx(wanted["df2"], rel=1e-12)


def test_always_opposite() -> None:
    ratings, expected = _read("deg_complement")
    assert _told(icc(ratings)) == (-1, 0, 1, -1, -1)
    assert _told(icc(ratings * 0.3 + 0.1)) == (-1, 0, 1, -1, -1)
    agreement = icc(ratings, "2,1")
    value = pytest.approx(expected["exact_rational"]["ICC2"], rel=1e-12)
    assert _told(agreement) == (value, 0, 1, value, value)
    for form in ("1,k", "3,k"):
        assert math.isnan(icc(ratings, form).value)
        assert icc(ratings, form).reason == "the formula's denominator is 0"
    averaged = icc(ratings, "2,k")
    assert averaged.value == pytest.approx(expected["irr_icc"]["ICC2k"]["icc"], rel=1e-12)
    assert averaged.df2 == pytest.approx(expected["irr_icc"]["ICC2k"]["df2"], rel=1e-9)


def test_what_should_make_one_careful_is_noted() -> None:
    for name, value, words in (
        ("deg_one_constant", 0, "rater 1 never varied"),
        ("deg_single_positive_A", 0, "rater 2 never varied; rests on one target"),
        ("deg_single_positive_adjacent", -1 / 1499, "rests on one target"),
        ("n2", 0.8, "too few targets: 2"),
        ("n3", 0.725, "too few targets: 3"),
    ):
        found = icc(_read(name)[0])
        assert found.value == pytest.approx(value, rel=1e-9, abs=1e-15)
        assert found.note.startswith(words)
    # The one that differs may be the first, from which the others are counted.
    first = np.zeros((50, 2))
    first[0] = 1
    assert "rests on one target" in icc(first).note
    assert icc(1 - first).note == icc(first).note
    first[1, 0] = 2
    assert icc(first).note == ""
    assert icc(_read("bin10000")[0]).note == ""


def test_too_few_targets() -> None:
    assert icc(_read("n1")[0]).reason == "fewer than 2 targets that all raters rated"
    assert math.isnan(icc(_read("n1")[0]).value)
    gaps = icc([[1, None], [None, 2], [1, 1]])
    assert (gaps.n, gaps.dropped, gaps.reason) == (1, 2, "fewer than 2 targets that all raters rated")
    nothing = icc(np.full((2, 5, 3), np.nan))
    assert (nothing.n.tolist(), nothing.dropped.tolist()) == ([0, 0], [5, 5])
    assert icc(np.zeros((4, 0, 2))).reason == ("fewer than 2 targets that all raters rated",) * 4
    assert icc(np.zeros((0, 9, 2))).value.shape == (0,)


def test_terms_that_cancel_leave_no_value() -> None:
    # MSR + (MSC - MSE) / n is 0 in exact fractions: 1/10 + (0.1 - 0.6) / 5.
    found = icc([[1, 0], [1, 1], [1, 0], [0, 1], [0, 1]], "2,k")
    assert all(math.isnan(number) for number in (found.value, found.low, found.high))
    assert found.reason == "the formula's denominator is 0"
    assert found.f == pytest.approx(0.2)
    # Here the value is left and its degrees of freedom are 0/0.
    found = icc([[0, 1], [1, 0], [0, 0], [0, 0]], "2,k")
    assert (found.value, math.isnan(found.low)) == (pytest.approx(-2), True)
    assert "the interval rests on 0 degrees of freedom" in found.note


def test_degrees_of_freedom_that_cancel_leave_no_interval() -> None:
    """Exactly 0, and 3e-31 by rounding: its quantile took minutes, and half an interval came out."""
    found = icc(np.array([[2, 1, 2, 5], [5, 5, 1, 5], [5, 5, 2, 2]]), "2,k")
    assert found.value == pytest.approx(-7 / 23)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.note == "too few targets: 3; the interval rests on 0 degrees of freedom"


def test_what_a_mask_covers_is_missing() -> None:
    ratings = [[1, 2], [2, 3], [3, 5], [9, 0]]
    masked = np.ma.MaskedArray(ratings, mask=[[0, 0], [0, 0], [0, 0], [0, 1]])
    found, wanted = icc(masked), icc(ratings[:3])
    assert (found.value, found.n, found.dropped) == (wanted.value, 3, 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[1], [2]],), "two raters or more"),
        (([[1, 2], [2]],), "every row as long"),
        (([["a", "b"], ["b", "b"]],), "must be numbers"),
        ((np.array([[1, 2], [2, 3]], "m8[s]"),), "must be numbers"),
        (([1, 2],), r"expected ratings \[targets, raters\]"),
        (([[1, math.inf], [2, -math.inf]],), "finite numbers or missing"),
        (([[1, 2], [2, 3]], "4,1"), "no form of the ICC"),
        (([[1, 2], [2, 3]], "3,1", 1.0), "between 0 and 1"),
    ],
)
def test_what_is_refused(arguments: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        icc(*arguments)


_BATCHES = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 4), st.integers(2, 12), st.integers(2, 4)),
    elements=st.integers(-3, 6).map(float) | st.sampled_from([0.1, 2.7]),
)


@settings(max_examples=40, deadline=None)
@given(_BATCHES, st.sampled_from(ICC_FORMS), st.data())
def test_many_at_once_are_each_alone(ratings: NDArray[np.float64], form: str, data: st.DataObject) -> None:
    gaps = data.draw(
        hnp.arrays(np.bool_, ratings.shape, elements=st.sampled_from([False, False, False, True]))
    )
    ratings = np.where(gaps, np.nan, ratings)
    together = icc(ratings, form)
    for action, alone in enumerate(ratings):
        single = icc(alone, form)
        complete = icc(alone[np.isfinite(alone).all(axis=1)], form)
        for field in fields(ICC)[:-2]:
            several = getattr(together, field.name)[action]
            one = getattr(single, field.name)
            whole = getattr(complete, field.name)
            if isinstance(one, str):
                assert several == one == whole
            elif field.name != "dropped":
                assert several == pytest.approx(one, rel=1e-9, abs=1e-12, nan_ok=True), field.name
                assert one == pytest.approx(whole, rel=1e-9, abs=1e-12, nan_ok=True), field.name


@settings(max_examples=50, deadline=None)
@given(
    _BATCHES,
    st.sampled_from(ICC_FORMS),
    st.integers(-9, 9),
    st.sampled_from([0.25, 2.0, 1024.0]),
    st.randoms(use_true_random=False),
)
def test_what_does_not_matter(
    ratings: NDArray[np.float64], form: str, offset: int, scale: float, random: Any
) -> None:
    # Order of raters and of targets, and the unit of the scale.
    other = ratings[:, random.sample(range(ratings.shape[1]), ratings.shape[1]), ::-1] * scale
    if form[0] == "3":  # for consistency, a rater's own level too
        other = other + offset * np.arange(ratings.shape[2])
    before, after = icc(ratings, form), icc(other, form)
    for name in ("value", "low", "high", "f"):
        np.testing.assert_allclose(getattr(after, name), getattr(before, name), rtol=1e-9, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        np.int64, st.tuples(st.integers(1, 5), st.integers(2, 40), st.just(2)), elements=st.integers(0, 5)
    )
)
def test_two_raters_by_covariance_and_by_sums(ratings: NDArray[np.int64]) -> None:
    found = icc(ratings).value
    first, second = np.moveaxis(ratings, 2, 0).astype(np.float64)
    one, other = (each - each.mean(axis=1, keepdims=True) for each in (first, second))
    variance = (one**2 + other**2).sum(axis=1)
    varies = variance > 1e-9
    closed = np.full(len(found), np.nan)
    closed[varies] = 2 * (one * other).sum(axis=1)[varies] / variance[varies]
    np.testing.assert_allclose(found, closed, rtol=1e-10, atol=1e-13)
    # Of two halves of the frames, as a bootstrap adds up its clusters.
    sums = sum(
        np.stack([np.full(len(a), a.shape[1]), *(each.sum(axis=1) for each in (a, b, a * a, b * b, a * b))])
        for a, b in ((first[:, ::2], second[:, ::2]), (first[:, 1::2], second[:, 1::2]))
    )
    np.testing.assert_allclose(icc_of_sums(*np.asarray(sums)), found, rtol=1e-12, atol=1e-14)


def test_sums_of_any_shape() -> None:
    counts = np.array([[[4.0, 1, 2, 93]], [[0, 0, 0, 50]]])  # both, first, second, neither
    both, first, second = counts[..., 0], counts[..., 0] + counts[..., 1], counts[..., 0] + counts[..., 2]
    found = icc_of_sums(counts.sum(axis=-1), first, second, first, second, both)
    assert found.shape == (2, 1)
    codes = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], counts[0, 0].astype(int), axis=0)
    assert found[0, 0] == pytest.approx(icc(codes).value, rel=1e-13)
    assert math.isnan(found[1, 0])


def test_kinds_of_numbers_are_the_same() -> None:
    codes = np.random.default_rng(3).integers(0, 2, (4, 300, 2))
    whole = icc(codes.astype(np.float64))
    for kind in (np.uint8, np.bool_, np.float32, np.int64):
        assert icc(codes.astype(kind)).value.tolist() == whole.value.tolist()
    assert isinstance(icc(codes[0]).value, float)
    assert isinstance(icc(codes[0]).n, int)


def test_it_needs_little_memory() -> None:
    ratings = np.random.default_rng(4).integers(0, 2, (33, 10_000, 2)).astype(np.float64)
    icc(ratings[:1])
    tracemalloc.start()
    try:
        icc(ratings)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # With the input itself at most three times the input; a copy of it is never made.
    assert peak < 0.5 * ratings.nbytes


def test_the_interval_covers_as_often_as_it_says() -> None:
    # Synthetic independent ratings with a known ICC(3,1) of 0.6, by the normal model of the theory.
    rng = np.random.default_rng(20)
    targets = rng.normal(0, math.sqrt(0.6), (2000, 40, 1))
    found = icc(targets + rng.normal(0, math.sqrt(0.4), (2000, 40, 3)) + [0.0, 0.5, -1.0])
    covered = float(np.mean((found.low < 0.6) & (found.high > 0.6)))
    assert 0.935 < covered < 0.965
    narrow = icc(targets + rng.normal(0, math.sqrt(0.4), (2000, 40, 3)), level=0.5)
    assert 0.46 < float(np.mean((narrow.low < 0.6) & (narrow.high > 0.6))) < 0.54
