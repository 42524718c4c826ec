"""Windows stay within a run of one segment of one child, and none is missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.models.train.windows import FRAMES, Segment, make_windows

ACTIONS = 3


@st.composite
def segments(draw: st.DrawFn) -> list[Segment]:
    """Up to six segments of up to three children, with gaps."""
    found = []
    for number in range(draw(st.integers(1, 6))):
        lengths = draw(st.lists(st.integers(1, 40), min_size=1, max_size=3))
        frames, at = [], draw(st.integers(0, 9))
        for length in lengths:
            frames.extend(range(at, at + length))
            at += length + draw(st.integers(1, 5))
        codes = np.random.default_rng(number).integers(0, 6, (len(frames), ACTIONS), dtype=np.uint8)
        child = draw(st.sampled_from(["1", "2", "3"]))
        rating = draw(st.sampled_from([1.0, 2.4, 3.6]))
        found.append(Segment(child, f"{child}:{number}", np.array(frames), codes, rating))
    return found


def runs_of(segment: Segment) -> list[int]:
    """Lengths of the runs, counted frame by frame."""
    lengths, before = [], None
    for frame in segment.frames.tolist():
        if before is not None and frame == before + 1:
            lengths[-1] += 1
        else:
            lengths.append(1)
        before = frame
    return lengths


@given(segments())
def test_windows_are_all_stretches_of_fifteen_frames(given_segments: list[Segment]) -> None:
    windows = make_windows(given_segments)
    lengths = [length for segment in given_segments for length in runs_of(segment)]
    assert len(windows) == sum(max(0, length - FRAMES + 1) for length in lengths)
    assert windows.dropped_frames == sum(length for length in lengths if length < FRAMES)
    short = [each.name for each in given_segments if max(runs_of(each)) < FRAMES]
    assert windows.dropped == tuple(short)
    for window in range(len(windows)):
        segment = windows.segments[windows.of_segment[window]]
        assert windows.participants[windows.of_participant[window]] == segment.participant
        assert windows.labels[window] == segment.rating
    # What a window holds is found in its segment at fifteen frames in a row, in the order of frames.
    at = 0
    for place, segment in enumerate(windows.segments):
        codes = {int(frame): row > 0 for frame, row in zip(segment.frames, segment.codes, strict=True)}
        firsts = [frame for frame in codes if all(frame + step in codes for step in range(FRAMES))]
        for first in firsts:
            expected = np.array([codes[first + step] for step in range(FRAMES)])
            assert windows.of_segment[at] == place
            assert np.array_equal(windows.table[windows.rows()[at]], expected)
            assert np.allclose(windows.rates[at], expected.mean(axis=0))
            at += 1
    assert at == len(windows)


@given(segments())
def test_equal_windows_are_of_one_kind(given_segments: list[Segment]) -> None:
    windows = make_windows(given_segments)
    if not len(windows):
        return
    first, kind = windows.distinct
    codes = windows.table[windows.rows()]
    assert np.array_equal(codes[first][kind], codes)
    assert len(first) == len({window.tobytes() for window in codes})


def test_windows_of_children() -> None:
    frames, codes = np.arange(20), np.zeros((20, ACTIONS), np.uint8)
    windows = make_windows([Segment(code, code, frames, codes, 2.0) for code in ("b", "a", "c")])
    assert windows.of(["a", "c"]).tolist() == list(range(6, 18))
    assert windows.of([]).tolist() == []


def test_a_rating_or_a_code_changes_the_fingerprint() -> None:
    frames, codes = np.arange(20), np.zeros((20, ACTIONS), np.uint8)
    other = codes.copy()
    other[3, 1] = 2
    marks = {
        make_windows([Segment(child, "x", frames, values, rating)]).fingerprint
        for child, values, rating in (
            ("1", codes, 2.0),
            ("1", codes, 2.2),
            ("1", other, 2.0),
            ("2", codes, 2.0),
        )
    }
    assert len(marks) == 4


def test_frames_must_ascend() -> None:
    with pytest.raises(ValueError, match="do not ascend"):
        make_windows([Segment("1", "1:play:1", np.array([2, 1]), np.zeros((2, 1), np.uint8), 1.0)])
