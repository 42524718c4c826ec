"""The vote is the mean, the threshold is reached or not, and actions that are not coded refuse it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import softmax as scipy_softmax

from hrm_core.analysis.pseudo_labels import lacking_actions, soft_vote, softmax, sure_expression
from hrm_core.records.coded_frames import EXPRESSIONS, NO_EXPRESSION, NOT_CODABLE

HAPPY, SAD, SURPRISED = (EXPRESSIONS.index(name) for name in ("happiness", "sadness", "surprise"))
ACTIONS = ("AU1", "AU12", "AU25")
REQUIRES = {"happiness": ("AU12",), "surprise": ("AU1", "AU25")}

logits = arrays(np.float32, st.tuples(st.integers(0, 6), st.just(7)), elements=st.floats(-80, 80, width=32))


def row(**of: float) -> list[float]:
    return [of.get(name, 0.0) for name in EXPRESSIONS]


@given(logits)
def test_softmax_is_that_of_scipy(values: np.ndarray) -> None:
    assert softmax(values) == pytest.approx(scipy_softmax(values.astype(np.float64), axis=1), abs=1e-12)


def test_softmax_bears_logits_that_would_overflow() -> None:
    assert softmax(np.array([[1e4, 0.0, -1e4]])).tolist() == [[1.0, 0.0, 0.0]]


def test_three_models_are_averaged() -> None:
    votes = [
        np.array([row(happiness=0.9, neutral=0.1)], np.float32),
        np.array([row(happiness=0.5, surprise=0.5)], np.float32),
        np.array([row(happiness=0.4, sadness=0.6)], np.float32),
    ]
    mean, voters = soft_vote(votes, 1)
    assert mean[0] == pytest.approx(row(happiness=0.6, neutral=0.1 / 3, surprise=0.5 / 3, sadness=0.2))
    assert voters.tolist() == [3]
    assert sure_expression(mean, 0.6).tolist() == [HAPPY], "what reaches the threshold exactly counts"
    assert sure_expression(mean, 0.61).tolist() == [NO_EXPRESSION]


def test_who_says_nothing_of_a_frame_has_no_vote() -> None:
    silent = np.full((2, 7), np.nan, np.float32)
    told = np.array([row(sadness=0.7, fear=0.3), [np.nan] * 7], np.float32)
    mean, voters = soft_vote([silent, told], 2)
    assert voters.tolist() == [1, 0]
    assert sure_expression(mean, 0.6).tolist() == [SAD, NO_EXPRESSION]
    none, nobody = soft_vote([], 2)
    assert nobody.tolist() == [0, 0]
    assert sure_expression(none, 0.0).tolist() == [NO_EXPRESSION] * 2


def test_two_that_are_equally_probable_are_none() -> None:
    assert sure_expression(np.array([row(happiness=0.4, sadness=0.4, fear=0.2)]), 0.3).tolist() == [-1]


def test_a_class_that_is_none_of_the_seven_can_win() -> None:
    mostly_contempt = np.array([row(happiness=0.35)])
    assert sure_expression(mostly_contempt, 0.3).tolist() == [NO_EXPRESSION]
    assert sure_expression(np.array([row(happiness=0.55)]), 0.3).tolist() == [HAPPY]


@given(logits, logits, st.floats(0, 1), st.permutations(range(2)))
def test_the_order_of_models_does_not_matter(
    one: np.ndarray, other: np.ndarray, threshold: float, order: list[int]
) -> None:
    n = min(len(one), len(other))
    votes = [softmax(each[:n]).astype(np.float32) for each in (one, other)]
    mean, _ = soft_vote(votes, n)
    turned, _ = soft_vote([votes[place] for place in order], n)
    assert sure_expression(mean, threshold).tolist() == sure_expression(turned, threshold).tolist()


@given(logits, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_only_takes_away(values: np.ndarray, one: float, other: float) -> None:
    mean = softmax(values)
    low, high = sure_expression(mean, min(one, other)), sure_expression(mean, max(one, other))
    assert ((high == low) | (high == NO_EXPRESSION)).all()
    kept = high != NO_EXPRESSION
    assert (high[kept] == mean[kept].argmax(axis=1)).all()


def test_actions_that_must_be_there() -> None:
    codes = np.array(
        [
            [0, 2, 0],  # happy, 12 on the left
            [1, 0, 1],  # happy without 12
            [0, 0, 5],  # surprised with 25
            [0, 1, 0],  # surprised without 1 and 25
            [0, NOT_CODABLE, 0],  # happy, 12 cannot be seen
            [NOT_CODABLE, 0, 1],  # surprised, 1 cannot be seen, but 25 is there
            [0, 0, 0],  # sad needs nothing here
            [0, 0, 0],  # nothing needs nothing
        ],
        np.uint8,
    )
    said = np.array([HAPPY, HAPPY, SURPRISED, SURPRISED, HAPPY, SURPRISED, SAD, NO_EXPRESSION], np.int8)
    lacking, unseen = lacking_actions(said, codes, ACTIONS, REQUIRES)
    assert np.flatnonzero(lacking).tolist() == [1, 3, 4]
    assert np.flatnonzero(unseen).tolist() == [4]


@given(
    arrays(np.uint8, st.tuples(st.integers(0, 20), st.just(3)), elements=st.sampled_from([0, 1, 3, 255])),
    st.data(),
)
def test_requirements_are_any_of(codes: np.ndarray, data: st.DataObject) -> None:
    said = data.draw(arrays(np.int8, len(codes), elements=st.integers(-1, 6)))
    lacking, unseen = lacking_actions(said, codes, ACTIONS, REQUIRES)
    for each, name in enumerate(said.tolist()):
        needed = REQUIRES.get(EXPRESSIONS[name], ()) if name >= 0 else ()
        there = [codes[each, ACTIONS.index(key)] in (1, 3) for key in needed]
        assert lacking[each] == (bool(needed) and not any(there))
    assert not (unseen & ~lacking).any()
