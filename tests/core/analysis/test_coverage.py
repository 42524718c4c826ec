"""Which frames are covered, against sets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hrm_core.analysis.coverage import all_frames, covered, lacking, out_of_range

frames = st.lists(st.integers(0, 60))


@given(frames, frames)
def test_as_sets(first: list[int], second: list[int]) -> None:
    assert all_frames([first, second]).tolist() == sorted({*first, *second})
    assert lacking(first, second).tolist() == sorted({*first} - {*second})


@given(st.sets(st.integers(0, 60)), st.integers(0, 60), st.integers(0, 60))
def test_ranges(numbers: set[int], first: int, last: int) -> None:
    wanted = sorted(numbers)
    assert covered(first, last, wanted) == len(numbers & set(range(first, last + 1)))
    assert out_of_range(wanted, last).tolist() == [number for number in wanted if number >= last]


def test_nothing_covers_nothing() -> None:
    assert all_frames([]).tolist() == []
    assert covered(0, 5, []) == 0
