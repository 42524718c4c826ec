"""Counts of codes, against counts made with pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.analysis.base_rates import add_up, count_codes
from tests.support.builders import KEYS, code_grids


@given(code_grids())
def test_counts_are_those_of_pandas(grid: tuple[list[int], np.ndarray]) -> None:
    _, codes = grid
    table = pd.DataFrame(codes, columns=list(KEYS))
    counts = count_codes(codes)
    assert counts.frames == len(table)
    assert counts.occurrence.tolist() == (table > 0).sum().tolist()
    for at, key in enumerate(KEYS):
        found = table[key].value_counts()
        assert counts.by_code[at].tolist() == [int(found.get(code, 0)) for code in range(1, 6)]
    if len(table):
        assert counts.percent == pytest.approx((table > 0).mean().to_numpy() * 100)


@given(code_grids(), st.integers(0, 12))
def test_parts_add_up_to_the_whole(grid: tuple[list[int], np.ndarray], at: int) -> None:
    _, codes = grid
    whole, parts = count_codes(codes), add_up((count_codes(codes[:at]), count_codes(codes[at:])), len(KEYS))
    assert parts.frames == whole.frames
    assert np.array_equal(parts.by_code, whole.by_code)


def test_without_frames_there_is_no_percentage() -> None:
    nothing = add_up((), 3)
    assert (nothing.frames, nothing.occurrence.tolist()) == (0, [0, 0, 0])
    assert np.isnan(nothing.percent).all()


@pytest.mark.parametrize("codes", [np.zeros(4, np.uint8), np.full((2, 2), 6, np.uint8)])
def test_what_is_no_table_of_codes_is_refused(codes: np.ndarray) -> None:
    with pytest.raises(ValueError, match="codes"):
        count_codes(codes)
