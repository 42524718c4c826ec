"""Confusion matrices against those that R counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.stats import confusion
from tests.core.stats.golden_agreement import names, pair


@pytest.mark.parametrize("name", names("pair"))
def test_it_is_the_table_that_r_counts(name: str) -> None:
    first, second, expected = pair(name)
    table = expected["table"]
    assert confusion(first, second, table["categories"]).tolist() == table["rows_a_cols_b"]


def test_sides_where_both_saw_the_action() -> None:
    # 2 left, 3 right, 4 on one side, 5 on both: what only one rater saw is no confusion of sides.
    first = np.array([[2, 3, 0, 5, 5, 1, np.nan], [0] * 7])
    second = np.array([[2, 2, 3, 5, 4, 2, 2], [0] * 7])
    found = confusion(first, second, (2, 3, 4, 5))
    assert found.dtype == np.int64
    assert found[0].tolist() == [[1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1]]
    assert not found[1].any()


@given(
    codes=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=40),
    categories=st.permutations([0, 2, 5, 3]),
)
def test_rows_and_columns_stand_as_named(codes: list[tuple[int, int]], categories: list[int]) -> None:
    first, second = np.array(codes).reshape(-1, 2).T
    found = confusion(first, second, categories)
    assert found.tolist() == [[codes.count((row, column)) for column in categories] for row in categories]


@pytest.mark.parametrize("categories", [(), (1, 1), (1, np.nan)])
def test_categories_are_different_numbers(categories: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="different numbers"):
        confusion([1], [1], categories)
