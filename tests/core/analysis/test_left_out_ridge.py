"""Ridge regression from sums is scikit-learn's, and no child has a say in its own prediction."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneGroupOut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hrm_core.analysis.left_out_ridge import PENALTIES, RatingModel, fit_left_out


def synthetic(
    children: int = 7, clips: int = 5, actions: int = 4
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    child = np.repeat(np.arange(children), clips)
    features = rng.random((len(child), actions))
    ratings = 2 + 1.5 * features[:, 1] - features[:, 2] + rng.normal(0, 0.4, len(child))
    return features, ratings, child


def by_sklearn(
    features: np.ndarray, ratings: np.ndarray, child: np.ndarray
) -> tuple[np.ndarray, list[float]]:
    """Nested leave-one-child-out, written the long way."""
    said, chosen = np.zeros(len(ratings)), []
    for learn, test in LeaveOneGroupOut().split(features, ratings, child):
        errors = []
        for penalty in PENALTIES:
            squares = 0.0
            for inner, out in LeaveOneGroupOut().split(features[learn], ratings[learn], child[learn]):
                model = make_pipeline(StandardScaler(), Ridge(alpha=penalty * len(inner)))
                model.fit(features[learn][inner], ratings[learn][inner])
                squares += ((model.predict(features[learn][out]) - ratings[learn][out]) ** 2).sum()
            errors.append(squares)
        chosen.append(PENALTIES[int(np.argmin(errors))])
        model = make_pipeline(StandardScaler(), Ridge(alpha=chosen[-1] * len(learn)))
        said[test] = model.fit(features[learn], ratings[learn]).predict(features[test])
    return said, chosen


def fitted() -> tuple[RatingModel, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    data = synthetic()
    return fit_left_out(*data), data


def test_predictions_and_penalties_are_those_of_scikit_learn() -> None:
    model, data = fitted()
    said, chosen = by_sklearn(*data)
    np.testing.assert_allclose(model.predicted, said, atol=1e-10)
    assert model.penalties.tolist() == chosen


def test_baseline_is_the_mean_of_the_other_children() -> None:
    model, (_, ratings, child) = fitted()
    np.testing.assert_allclose(model.baseline, [ratings[child != own].mean() for own in child], rtol=1e-12)


def test_a_childs_own_ratings_change_nothing_of_its_predictions() -> None:
    features, ratings, child = synthetic()
    other = ratings.copy()
    other[child == 2] += 100.0
    before, after = fit_left_out(features, ratings, child), fit_left_out(features, other, child)
    np.testing.assert_allclose(after.predicted[child == 2], before.predicted[child == 2], atol=1e-7)
    assert not np.allclose(after.predicted[child != 2], before.predicted[child != 2], atol=0.1)


def test_an_action_that_only_one_child_shows_says_nothing_of_that_child() -> None:
    features, ratings, child = synthetic()
    features[:, 3] = np.where(child == 4, np.linspace(0, 1, len(child)), 1 / 3)
    model = fit_left_out(features, ratings, child)
    assert (model.slopes[child == 4, 3] == 0).all()
    assert np.abs(model.predicted).max() < 10


def test_two_children_are_too_few() -> None:
    features, ratings, child = synthetic(children=2)
    with pytest.raises(ValueError, match="3 children"):
        fit_left_out(features, ratings, child)
