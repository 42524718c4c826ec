"""Two states against all paths there are, written out."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import median_filter

from hrm_core.suggestions.smoothing import best_path, moving_median, posteriors, switch_shares

EVIDENCE = arrays(np.float64, st.tuples(st.integers(1, 8), st.just(2)), elements=st.floats(-6, 6, width=16))


def log_weight(path: tuple[bool, ...], evidence: np.ndarray, switch: float) -> float:
    """Of one path: evidence where it is there, and what each step and change costs."""
    changes = sum(a != b for a, b in pairwise(path))
    stays = len(path) - 1 - changes
    said = sum(value for value, there in zip(evidence, path, strict=True) if there)
    return float(said + changes * np.log(switch) + stays * np.log(1 - switch))


@given(EVIDENCE, st.tuples(st.floats(0.001, 0.45), st.floats(0.001, 0.45)))
def test_the_best_path_is_the_best_of_all(evidence: np.ndarray, switch: tuple[float, float]) -> None:
    states = best_path(evidence, np.array(switch))
    for column, share in enumerate(switch):
        one = evidence[:, column]
        most = max(log_weight(path, one, share) for path in product([False, True], repeat=len(one)))
        assert log_weight(tuple(states[:, column].tolist()), one, share) == pytest.approx(most)


@given(EVIDENCE, st.tuples(st.floats(0.001, 0.45), st.floats(0.001, 0.45)))
def test_posteriors_are_the_sums_over_all_paths(evidence: np.ndarray, switch: tuple[float, float]) -> None:
    found = posteriors(evidence, np.array(switch))
    n = len(evidence)
    for column, share in enumerate(switch):
        paths = np.array(list(product([False, True], repeat=n)))
        logs = np.array([log_weight(tuple(path), evidence[:, column], share) for path in paths])
        weights = np.exp(logs - logs.max())
        weights /= weights.sum()
        assert found.there[:, column] == pytest.approx(weights @ paths, abs=1e-6)
        outside = np.zeros((len(paths), 1), dtype=bool)
        steps = np.diff(np.concatenate([outside, paths, outside], axis=1).astype(int), axis=1)
        assert found.begins[:, column] == pytest.approx(weights @ (steps == 1), abs=1e-6)
        assert found.ends[:, column] == pytest.approx(weights @ (steps == -1), abs=1e-6)


def test_long_and_sure_sequences_stay_finite() -> None:
    evidence = np.tile([[300.0], [-300.0]], (2000, 1))
    found = posteriors(evidence, np.array([1e-4]))
    assert np.isfinite(found.there).all()
    assert (best_path(evidence, np.array([1e-4]))[:, 0] == (evidence[:, 0] > 0)).all()


def test_no_frame_is_no_trouble() -> None:
    nothing = np.empty((0, 3))
    assert best_path(nothing, np.full(3, 0.1)).shape == (0, 3)
    assert posteriors(nothing, np.full(3, 0.1)).begins.tolist() == [[0, 0, 0]]


@given(
    arrays(np.float64, st.tuples(st.integers(1, 12), st.just(3)), elements=st.floats(-9, 9)),
    st.sampled_from([3, 5]),
)
def test_the_median_is_that_of_scipy(values: np.ndarray, width: int) -> None:
    expected = median_filter(values, size=(width, 1), mode="nearest")
    assert moving_median(values, width) == pytest.approx(expected)


def test_shares_of_changes_by_hand() -> None:
    shares = switch_shares(np.array([30, 0, 7]), 300, np.array([True, True, False]))
    # 30 changes in 600 steps of both known ones are 0.05, lent as 300 frames.
    assert shares == pytest.approx([(30 + 15) / 600, 15 / 600, 0.05])
    assert switch_shares(np.array([0]), 0, np.array([True])) == pytest.approx([0.03])
    assert switch_shares(np.array([99]), 99, np.array([True])) == pytest.approx([0.4])
