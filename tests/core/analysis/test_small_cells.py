"""Nobody stands in a cell of few, and nobody's withheld value follows from what is told of the others."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.analysis.small_cells import told_of_children
from hrm_core.records.coded_frames import AnalysedChild
from hrm_core.records.release import ToldOfChild


def _children(*kinds: tuple[int, str, str | None, float | None]) -> list[AnalysedChild]:
    """So many children of each group, sex and age."""
    rows = [kind[1:] for kind in kinds for _ in range(kind[0])]
    return [AnalysedChild(str(place), *row) for place, row in enumerate(rows)]


def _cells(told: dict[str, ToldOfChild]) -> Counter[tuple[str, str, tuple[int, int] | None]]:
    return Counter((each.group, each.sex, each.years) for each in told.values())


def test_enough_of_everything_is_told_as_it_is() -> None:
    told = told_of_children(_children((3, "ASD", "F", 6.9), (3, "ASD", "M", 6.0), (4, "TD", "F", 8.2)), 3)
    assert _cells(told) == {("ASD", "F", (6, 6)): 3, ("ASD", "M", (6, 6)): 3, ("TD", "F", (8, 8)): 4}


def test_a_small_group_is_withheld_and_with_it_the_one_that_would_give_it_away() -> None:
    told = told_of_children(_children((10, "ASD", None, None), (2, "TD", None, None)), 5)
    assert _cells(told) == {("", "", None): 12}
    told = told_of_children(_children((10, "A", None, None), (8, "B", None, None), (2, "C", None, None)), 5)
    assert _cells(told) == {("A", "", None): 10, ("", "", None): 10}


def test_a_rare_sex_is_withheld_in_its_group_alone() -> None:
    told = told_of_children(
        _children((5, "A", "F", None), (1, "A", "M", None), (5, "B", "F", None), (6, "B", "M", None)), 5
    )
    assert _cells(told) == {("A", "", None): 6, ("B", "F", None): 5, ("B", "M", None): 6}


def test_a_value_nobody_knows_does_not_make_a_hidden_one_certain() -> None:
    # Four of unknown sex and three girls would be seven of whom everybody knew that they are not boys.
    told = told_of_children(_children((4, "A", None, None), (3, "A", "F", None), (9, "A", "M", None)), 5)
    assert _cells(told) == {("A", "", None): 16}


def test_neighbouring_years_are_joined_until_there_are_enough() -> None:
    years = [3.2, 3.9, 4.5, 7.1, 7.2, 7.9, 8.0, 11.5]
    told = told_of_children(_children(*((1, "A", "F", age) for age in years)), 3)
    assert _cells(told) == {("A", "F", (3, 4)): 3, ("A", "F", (7, 11)): 5}


def test_too_few_children_cannot_be_told_of() -> None:
    with pytest.raises(ValueError, match="4 children"):
        told_of_children(_children((4, "A", "F", 5.0)), 5)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "A", "B", "C"]),
            st.sampled_from([None, "F", "M"]),
            st.none() | st.floats(1, 12),
        ),
        max_size=60,
    ),
    st.integers(1, 7),
)
def test_every_cell_is_large_enough_and_true(
    rows: list[tuple[str, str | None, float | None]], smallest: int
) -> None:
    if len(rows) < smallest:
        return
    children = [AnalysedChild(str(place), *row) for place, row in enumerate(rows)]
    told = told_of_children(children, smallest)
    assert set(told) == {child.code for child in children}
    assert min(_cells(told).values(), default=smallest) >= smallest
    for child in children:
        said = told[child.code]
        assert said.group in ("", child.group)
        assert said.sex in ("", child.sex)
        if said.years is not None:
            assert child.age_years is not None
            assert said.years[0] <= child.age_years < said.years[1] + 1


@given(
    st.lists(st.tuples(st.sampled_from(["", "A", "B", "C"]), st.sampled_from([None, "F", "M"])), max_size=60),
    st.integers(2, 7),
)
def test_who_is_withheld_may_have_one_of_several_values(
    rows: list[tuple[str, str | None]], smallest: int
) -> None:
    if len(rows) < smallest:
        return
    children = [AnalysedChild(str(place), *row) for place, row in enumerate(rows)]
    told = told_of_children(children, smallest)
    hidden = {child.group for child in children if child.group and not told[child.code].group}
    shown = {said.group for said in told.values()} - {""}
    assert len(hidden) != 1 or not shown
    hidden_sex: dict[str, set[str | None]] = defaultdict(set)
    shown_sex: dict[str, set[str | None]] = defaultdict(set)
    for child in children:
        said = told[child.code]
        (shown_sex if said.sex else hidden_sex)[said.group].add(child.sex)
    for group, sexes in hidden_sex.items():
        assert len(sexes - {None}) != 1 or not shown_sex[group]
