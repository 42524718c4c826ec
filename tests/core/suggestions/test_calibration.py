"""Calibration against SciPy, closed forms and detectors whose bias is known because it was put in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression, minimize

from hrm_core.suggestions.calibration import isotonic, logistic, logit, platt, sigmoid


def test_logits_are_undone_and_cut() -> None:
    p = np.array([0.001, 0.25, 0.5, 0.9])
    assert sigmoid(logit(p)) == pytest.approx(p)
    assert logit([0.75])[0] == pytest.approx(np.log(3))
    assert logit([0.0, 1.0]) == pytest.approx([-11.512915, 11.512915])
    assert np.isnan(logit([np.nan])[0])


@given(
    st.lists(st.tuples(st.integers(-6, 6), st.booleans()), min_size=1, max_size=40),
    st.floats(-8, 8),
)
def test_steps_are_those_of_scipy(cases: list[tuple[int, bool]], place: float) -> None:
    values, truth = (np.array(column, dtype=float) for column in zip(*cases, strict=True))
    at, level = isotonic(values, truth)
    # SciPy wants one number for each value, with how often it comes.
    unique, of = np.unique(values, return_inverse=True)
    weights = np.bincount(of)
    expected = isotonic_regression(np.bincount(of, weights=truth) / weights, weights=weights).x
    assert np.interp(unique, at, level) == pytest.approx(expected, abs=1e-12)
    assert (np.diff(at) > 0).all()
    assert (np.diff(level) >= 0).all()
    assert 0 <= np.interp(place, at, level) <= 1


def test_four_cases_by_hand() -> None:
    # 0 at -1, 1 at 0, 0 at 1, 1 at 2: the second and third are pooled to 1/2.
    at, level = isotonic([2, 1, 0, -1], [True, False, True, False])
    assert (at.tolist(), level.tolist()) == ([-1, 0, 1, 2], [0, 0.5, 0.5, 1])


@given(st.integers(0, 2**31), st.floats(0.1, 20))
def test_weights_are_the_best_that_scipy_finds(seed: int, held: float) -> None:
    random = np.random.default_rng(seed)
    cases = random.normal(size=(40, 3)) * [1, 4, 0.3]
    truth = random.random(40) < 0.3
    around = random.normal(size=3)

    def loss(weights: np.ndarray) -> float:
        said = cases @ weights
        ridge = held * ((weights - around) ** 2).sum() / 2
        return float(np.logaddexp(0, said).sum() - said[truth].sum() + ridge)

    found = logistic(cases, truth, around=around, held=np.full(3, held))
    best = minimize(loss, around, method="BFGS", options={"gtol": 1e-8})
    assert loss(found) <= best.fun + 1e-7
    assert found == pytest.approx(best.x, abs=1e-3)


def test_cases_that_part_without_error_do_not_run_away() -> None:
    weights = logistic(
        np.array([[-800.0, 1.0], [800.0, 1.0]]), [False, True], around=(0.0, 0.0), held=(1e-3, 1e-3)
    )
    assert np.isfinite(weights).all()
    assert weights[0] > 0


def test_a_line_finds_the_bias_that_was_put_in_and_leans_on_others_where_it_knows_little() -> None:
    random = np.random.default_rng(5)
    true = random.normal(-1, 2, size=(4000, 4))
    truth = random.random(true.shape) < sigmoid(true)
    said = (true + [0.0, 2.0, -1.0, 0.5]) / [1.0, 0.5, 1.0, 1.0]
    # The third was coded in no frame, the last could not be seen by the coder.
    truth[:, 2] = False
    lines = platt(said, truth, np.array([True, True, True, False]))
    assert lines[0] == pytest.approx([1, 0], abs=0.12)
    assert lines[1] == pytest.approx([0.5, -2], abs=0.15)
    assert lines[2].tolist() == lines[3].tolist()
    few = platt(said[:20], truth[:20], np.array([True, True, False, False]))
    assert abs(few[0] - few[1]).max() < abs(lines[0] - lines[1]).max()


def test_a_detector_that_is_wrong_way_round_is_not_believed() -> None:
    random = np.random.default_rng(6)
    true = random.normal(0, 3, size=(2000, 3))
    truth = random.random(true.shape) < sigmoid(true)
    true[:, 2] *= -1
    lines = platt(true, truth, np.ones(3, dtype=bool))
    assert (lines[:, 0] > 0).all()
