"""Ages of a sample, against the standard library."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.analysis.spread import Spread, spread


@given(st.lists(st.floats(0, 120), min_size=2, max_size=20))
def test_as_the_standard_library(values: list[float]) -> None:
    found = spread(values)
    assert (found.n, found.low, found.high) == (len(values), min(values), max(values))
    assert found.mean == pytest.approx(statistics.fmean(values))
    assert found.sd == pytest.approx(statistics.stdev(values), abs=1e-9)


def test_few_values() -> None:
    assert spread([]) == Spread(0)
    assert spread([4.5]) == Spread(1, 4.5, 4.5, 4.5, None)
