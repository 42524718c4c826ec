"""Uncertainty, rarity and conflict against numbers worked out by hand, and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import entropy

from hrm_core.suggestions.worth import base_rates, conflicts, entropies, in_turn, rareness, top


@given(arrays.arrays(np.float64, (3, 4), elements=st.floats(0, 1)))
def test_entropies_are_those_of_scipy(p: np.ndarray) -> None:
    expected = entropy(np.stack([p, 1 - p]), base=2, axis=0)
    assert entropies(p) == pytest.approx(expected, abs=1e-12)


def test_what_nothing_is_said_of_is_not_uncertain() -> None:
    assert entropies([[np.nan, 0.5, 0.0, 1.0]]).tolist() == [[0.0, 1.0, 0.0, 0.0]]


def test_base_rates_are_drawn_to_the_model_where_little_is_coded() -> None:
    means = np.array([0.5, 0.01])
    assert base_rates(np.array([0, 0]), means, 0) == pytest.approx(means)
    # (30 + 100 · 0.5) / (300 + 100), (60 + 1) / 400
    assert base_rates(np.array([30, 60]), means, 300) == pytest.approx([0.2, 0.1525])
    # What was never seen is rare, not impossible: it would weigh without end.
    assert base_rates(np.array([0]), np.array([0.0]), 900).tolist() == [1e-4]


def test_rare_actions_weigh_more() -> None:
    # 1, 2 and 3 bits; their mean is 2.
    assert rareness(np.array([0.5, 0.25, 0.125])) == pytest.approx([0.5, 1.0, 1.5])
    assert rareness(np.array([1.0, 1.0])).tolist() == [1.0, 1.0]
    assert rareness(np.empty(0)).tolist() == []


def test_conflicts_weigh_by_confidence_in_what_is_proposed() -> None:
    coded = np.array([[True, False, True, False]])
    proposed = np.array([[True, True, False, False]])
    found = conflicts(coded, proposed, [[0.9, 0.75, 0.125, 0.01]])
    assert found.tolist() == [[0.0, 0.75, 0.875, 0.0]]


@given(st.lists(st.integers(0, 4), max_size=20), st.integers(0, 25))
def test_the_top_is_what_sorting_gives(scores: list[int], count: int) -> None:
    found = top(np.array(scores, dtype=float), count).tolist()
    expected = sorted((-score, place) for place, score in enumerate(scores) if score > 0)
    assert found == [place for _, place in expected[:count]]


def test_several_lists_give_in_turn_what_was_not_given() -> None:
    lists = [np.array([1, 2, 3]), np.array([1, 2, 9]), np.array([], dtype=np.int64)]
    assert in_turn(lists, 10) == [(0, 1), (1, 2), (0, 3), (1, 9)]
    assert in_turn(lists, 3) == [(0, 1), (1, 2), (0, 3)]
    assert in_turn([], 3) == []
