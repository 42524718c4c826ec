"""Ridge against numbers by hand and least squares of SciPy; its penalty against persons left out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import lstsq

from hrm_core.models.train.baselines import PENALTIES, choose_penalty, fit_ridge


def test_ridge_by_hand() -> None:
    # z = (-1, 1) twice, y - 3 = (-1, 1, -3, 3): Z'y / n = 2, and b = 2 / (1 + penalty).
    features = np.array([[0.0], [4.0], [0.0], [4.0]])
    found = fit_ridge(features, np.array([2.0, 4.0, 0.0, 6.0]), 1.0)
    assert found.weights.tolist() == [1.0]
    assert found.scores(np.array([[2.0], [6.0]])).tolist() == [3.0, 5.0]


def test_ridge_is_least_squares_with_rows_of_the_penalty() -> None:
    rng = np.random.default_rng(0)
    features, ratings = rng.random((40, 5)), rng.random(40) * 4 + 1
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)
    for penalty in PENALTIES:
        wide = np.vstack([scaled, np.sqrt(40 * penalty) * np.eye(5)])
        expected, *_ = lstsq(wide, np.concatenate([ratings - ratings.mean(), np.zeros(5)]))
        np.testing.assert_allclose(fit_ridge(features, ratings, penalty).weights, expected, atol=1e-12)


def test_a_constant_feature_says_nothing() -> None:
    features = np.array([[1.0, 0.2], [2.0, 0.2], [4.0, 0.2]])
    found = fit_ridge(features, np.array([1.0, 2.0, 4.0]), 0.1)
    assert found.weights[1] == 0
    assert found.scores(np.array([[2.0, 9.0]])) == pytest.approx(found.scores(np.array([[2.0, 0.2]])))


def test_the_penalty_is_low_where_children_agree_and_high_where_they_do_not() -> None:
    rng = np.random.default_rng(1)
    features = rng.random((60, 3))
    children = np.repeat(["1", "2", "3"], 20).tolist()
    alike = features @ np.array([2.0, -1.0, 0.5])
    assert choose_penalty(features, alike, children, 0) == PENALTIES[0]
    # What holds of one child is the opposite of what holds of the next.
    sign = np.repeat([1.0, -1.0, 0.0], 20)
    assert choose_penalty(features, alike * sign - (alike * sign).mean(), children, 0) == PENALTIES[-1]


def test_one_child_or_two_codes_of_one_choose_nothing() -> None:
    features, ratings = np.eye(4), np.arange(4.0)
    assert choose_penalty(features, ratings, ["7"] * 4, 0) == PENALTIES[-1]
    assert choose_penalty(features, ratings, ["S7", "s7 TD"] * 2, 0) == PENALTIES[-1]
