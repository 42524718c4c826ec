"""Newcombe's interval against his own table, statsmodels, and all tables of a small study."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from hrm_core.stats.difference_of_shares import newcombe_interval


@pytest.mark.parametrize(
    ("hits_x", "n_x", "hits_y", "n_y", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_as_published(hits_x: int, n_x: int, hits_y: int, n_y: int, low: float, high: float) -> None:
    """Newcombe 1998, Table II, method 10."""
    found = newcombe_interval(hits_x, n_x, hits_y, n_y)
    assert [float(each) for each in found] == pytest.approx([low, high], abs=5e-5)


def test_as_statsmodels_computes_it() -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    for counts in [(4190, 20000, 1599, 9000), (0, 20000, 3, 9000), (40, 98, 5, 10)]:
        for level in (0.9, 0.95):
            wanted = confint_proportions_2indep(*counts, method="newcomb", alpha=1 - level)
            assert [float(each) for each in newcombe_interval(*counts, level)] == pytest.approx(
                wanted, rel=1e-9
            )


@pytest.mark.parametrize(
    ("share_x", "share_y"), [(0.02, 0.05), (0.1, 0.1), (0.3, 0.1), (0.5, 0.6), (0.9, 0.97)]
)
def test_how_often_it_holds_the_truth(share_x: float, share_y: float) -> None:
    """Over all tables of 66 and 32 independent values, weighted by their probability."""
    x, y = (np.arange(n + 1) for n in (66, 32))
    weight = np.outer(binom.pmf(x, 66, share_x), binom.pmf(y, 32, share_y))
    low, high = newcombe_interval(*np.broadcast_arrays(x[:, None], 66, y, 32))
    held = (low <= share_x - share_y) & (share_x - share_y <= high)
    assert 0.935 < (weight * held).sum() < 0.985


def test_an_empty_group_has_none() -> None:
    low, high = newcombe_interval([0, 1], [0, 2], [1, 1], [3, 2])
    assert np.isnan([low[0], high[0]]).all()
    assert np.isfinite([low[1], high[1]]).all()
    with pytest.raises(ValueError, match="successes"):
        newcombe_interval(3, 2, 1, 2)
