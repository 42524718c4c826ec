"""Runs of consecutive frames."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from hrm_core.records.segments import segments


@given(st.lists(st.integers(0, 200)))
def test_segments_hold_the_frames_and_have_gaps_between(frames: list[int]) -> None:
    found = segments(frames)
    assert {n for first, last in found for n in range(first, last + 1)} == set(frames)
    assert all(after[0] - before[1] > 1 for before, after in itertools.pairwise(found))


def test_order_and_repeats_do_not_matter() -> None:
    assert segments([7, 5, 6, 6, 12, 0]) == [(0, 0), (5, 7), (12, 12)]
