"""Boundaries that can be counted by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.suggestions.boundaries import boundary_counts, parts, sequences


def states(text: str) -> np.ndarray:
    """One action, frame by frame: ``"..##"``."""
    return np.array([[each == "#"] for each in text])


def test_gaps_and_clips_start_new_sequences() -> None:
    frames = np.array([3, 4, 5, 7, 8, 9, 10])
    of_part = parts(frames, [(9, 12), (0, 4)])
    assert [frames[span].tolist() for span in sequences(frames)] == [[3, 4, 5], [7, 8, 9, 10]]
    found = [frames[span].tolist() for span in sequences(frames, of_part)]
    assert found == [[3, 4], [5], [7, 8], [9, 10]]
    assert sequences(np.empty(0, dtype=np.int64)) == ()
    assert parts(np.arange(3), []).tolist() == [0, 0, 0]


@given(st.integers(1, 700), st.integers(1, 160))
def test_long_sequences_are_cut_into_equal_parts(count: int, most: int) -> None:
    spans = sequences(np.arange(count), most=most)
    sizes = [span.stop - span.start for span in spans]
    assert np.concatenate([np.arange(count)[span] for span in spans]).tolist() == list(range(count))
    assert max(sizes) <= most
    assert max(sizes) - min(sizes) <= 1
    assert len(sizes) == -(-count // most)


def test_boundaries_by_hand() -> None:
    def count(said: str, truth: str, *spans: slice) -> list[int]:
        return boundary_counts(states(said), states(truth), spans or [slice(0, len(truth))])[0].tolist()

    assert count("..###..", "..###..") == [2, 2, 0]
    # One frame late at the onset: the true one is missed, the proposed one is none.
    assert count("...##..", "..###..") == [2, 1, 1]
    assert count(".......", "..###..") == [2, 0, 0]
    assert count(".#.....", ".......") == [0, 0, 2]
    # In the same frame, but the other way round.
    assert count("##...", "..###") == [1, 0, 1]
    assert count("..##..##", "....####", slice(0, 4), slice(4, 8)) == [0, 0, 2]
