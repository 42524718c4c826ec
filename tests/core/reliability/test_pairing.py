"""Which frames are compared, and what becomes of the others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import InvalidFileError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.agreement import Dropped
from hrm_core.reliability.pairing import RecordingPair, SourceCodes, pair
from tests.support.coded_pairs import recording, said

_NAMES = ("Anna", "Ben")


def test_only_frames_of_both_are_compared_and_the_rest_is_counted_by_reason() -> None:
    anna = said(range(10), AU12="0001110000", left_out={"carried by Anna and never confirmed": [10, 11]})
    ben = said([2, 3, 4, 8, 10], AU12="01101", not_codable=[5, 6], left_out={"in no clip": [9]})
    found = pair([recording(anna, ben)], _NAMES)
    assert found.frames.tolist() == [2, 3, 4, 8]
    assert found.first[:, 12 - 1].shape == (4,)
    assert {entry.why: entry.frames for entry in found.dropped} == {
        "not coded by Ben": 3,
        "not codable by Ben": 2,
        "in no clip": 1,
        "carried by Anna and never confirmed": 1,
        "carried by Anna and never confirmed; not coded by Ben": 1,
    }
    assert found.dropped[0] == Dropped("not coded by Ben", 3)
    # Ben looked at 2-6, 8 and 10, Anna at 0-9; he alone called 5 and 6 not codable.
    assert found.visibility.tolist() == [[0, 0, 2, 4]]


def test_a_recording_of_one_alone_is_counted_and_named() -> None:
    nobody = said([])
    both = recording(said(range(4)), said(range(4)))
    found = pair([both, recording(said(range(6)), nobody, "S2", "2.mp4")], _NAMES)
    assert [part.participant for part in found.parts] == ["S1"]
    assert found.dropped == (Dropped("not coded by Ben", 6),)
    assert found.apart == ("In 2.mp4 of S2, only Anna coded frames (6).",)
    assert (found.first_frames, found.second_frames) == (10, 4)
    empty = pair([recording(said(range(2)), said([5, 7]))], _NAMES)
    assert len(empty) == 0
    assert empty.apart == ("In 1.mp4 of S1, Anna coded 2 frames and Ben 2, but none in common.",)


def test_clips_are_segments_and_gaps_end_runs() -> None:
    frames = [0, 1, 2, 5, 6, 7, 8, 9, 20, 21, 30]
    pairs = [
        recording(said(frames), said(frames), segments=[(1, 7), (8, 9)]),
        recording(said(frames), said(frames), participant="S2"),
        recording(said([3]), said([3]), video="3.mp4"),
    ]
    found = pair(pairs, _NAMES)
    assert found.segment.tolist() == [0, 1, 1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 5, 5, 6, 6, 6, 6, 6, 7, 7, 8, 9]
    assert found.run.tolist() == [0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 6, 6, 7, 7, 7, 7, 7, 8, 8, 9, 10]
    assert found.participants == ("S1", "S2")
    assert found.participant.tolist() == [0] * 11 + [1] * 11 + [0]
    assert [part.segments for part in found.parts] == [5, 4, 1]
    assert found.segments == 10
    assert found.times_s[3] == pytest.approx(0.5)


_frames = st.sets(st.integers(0, 30))


@given(_frames, _frames, _frames, _frames, _frames)
def test_every_frame_is_compared_or_dropped_once(
    a: set[int], b: set[int], carried: set[int], hidden_a: set[int], hidden_b: set[int]
) -> None:
    anna = said(sorted(a), left_out={"carried by Anna": sorted(carried)}, not_codable=sorted(hidden_a))
    ben = said(sorted(b), not_codable=sorted(hidden_b))
    found = pair([recording(anna, ben)], _NAMES)
    assert found.frames.tolist() == sorted(a & b)
    assert sum(entry.frames for entry in found.dropped) == len(
        (a | b | carried | hidden_a | hidden_b) - (a & b)
    )
    alone = sum(entry.frames for entry in found.dropped if entry.why == "not coded by Ben")
    assert alone == len(a - b - hidden_b)
    looked = (a | hidden_a) & (b | hidden_b)
    no_a, no_b = hidden_a - a, hidden_b - b
    assert found.visibility.sum(axis=0).tolist() == [
        len(looked & no_a & no_b),
        len(looked & no_a - no_b),
        len(looked & no_b - no_a),
        len(looked - no_a - no_b),
    ]


def test_frames_that_the_recording_does_not_have() -> None:
    long, short = said(range(8)), said(range(5))
    times = np.arange(5) / 25
    with pytest.raises(
        InvalidFileError, match=r"Anna coded frame 7 of 1\.mp4 of S1, which has only frames 0–4"
    ):
        pair([RecordingPair("S1", "1.mp4", 1, long, short, times)], _NAMES)
    for broken in (np.array([0, np.nan, 1, 2, 3]), np.array([0, 2, 1, 3, 4.0])):
        with pytest.raises(InvalidFileError, match="not numbers that ascend"):
            pair([RecordingPair("S1", "1.mp4", 1, short, short, broken)], _NAMES)
    with pytest.raises(ValueError, match="times of its frames, or their rate"):
        RecordingPair("S1", "1.mp4", 1, short, short)


def test_codes_that_cannot_be() -> None:
    wide = len(ALL_ACTIONS)
    judged, two = np.ones(wide, dtype=np.bool_), np.arange(2)
    with pytest.raises(ValueError, match="shape"):
        SourceCodes(two, np.zeros((3, wide), np.uint8), judged)
    with pytest.raises(ValueError, match="0-5"):
        SourceCodes(two, np.full((2, wide), 6, np.uint8), judged)
    with pytest.raises(ValueError, match="ascend"):
        SourceCodes(np.array([4, 4]), np.zeros((2, wide), np.uint8), judged)
    with pytest.raises(ValueError, match="judged"):
        SourceCodes(two, np.zeros((2, wide), np.uint8), judged[:3])
