"""Wilson's interval, beside SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from hrm_core.stats.wilson import wilson_interval


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (0, 10), (8, 10), (10, 10), (1, 3), (17, 1000), (999, 1000)])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_it_is_scipys(hits: int, n: int, level: float) -> None:
    low, high = wilson_interval(hits, n, level)
    told = binomtest(hits, n).proportion_ci(level, method="wilson")
    assert (float(low), float(high)) == pytest.approx((told.low, told.high), abs=1e-9)


def test_without_trials_there_is_none_and_nonsense_is_refused() -> None:
    low, high = wilson_interval([0, 1], [0, 2])
    assert np.isnan([low[0], high[0]]).all()
    assert 0 < low[1] < 0.5 < high[1] < 1
    for hits, n, level in ((3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0)):
        with pytest.raises(ValueError, match=r"successes|level"):
            wilson_interval(hits, n, level)
