"""Runs of consecutive frames."""

from __future__ import annotations

import itertools
import statistics

from hypothesis import given
from hypothesis import strategies as st

from hrm_core.records.segments import SegmentLengths, frames_in_words, segment_lengths, segments


@given(st.lists(st.integers(0, 200)))
def test_segments_hold_the_frames_and_have_gaps_between(frames: list[int]) -> None:
    found = segments(frames)
    assert {n for first, last in found for n in range(first, last + 1)} == set(frames)
    assert all(after[0] - before[1] > 1 for before, after in itertools.pairwise(found))


def test_order_and_repeats_do_not_matter() -> None:
    assert segments([7, 5, 6, 6, 12, 0]) == [(0, 0), (5, 7), (12, 12)]


@given(st.lists(st.integers(0, 60)))
def test_lengths_are_those_of_the_segments(frames: list[int]) -> None:
    found = segment_lengths(frames)
    lengths = sorted(last - first + 1 for first, last in segments(frames))
    assert (found.segments, found.frames) == (len(lengths), len(set(frames)))
    if lengths:
        assert (found.shortest, found.longest) == (lengths[0], lengths[-1])
        assert found.median == statistics.median(lengths)
    else:
        assert found == SegmentLengths(0, 0, 0, 0.0, 0)


def test_frames_in_words() -> None:
    assert frames_in_words([7]) == "frame 7"
    assert frames_in_words([1, 0, 5]) == "frames 0–1, 5"
    assert frames_in_words(range(0, 14, 2)) == "frames 0, 2, 4, 6, 8 and 2 more runs"
    assert frames_in_words(range(0, 12, 2)) == "frames 0, 2, 4, 6, 8 and 1 more run"
