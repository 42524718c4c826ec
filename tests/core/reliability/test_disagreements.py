"""Runs of frames with different codes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.records.agreement import Disagreement
from hrm_core.reliability.disagreements import disagreements
from hrm_core.reliability.pairing import pair
from tests.support.coded_pairs import recording, said

_KEYS = ("AU1", "AU12")


def test_by_child_frame_and_action() -> None:
    frames = [*range(6), 10, 11]
    anna = said(frames, AU12="11200111", AU1="00000110")
    ben = said(frames, AU12="00000121", AU1="00001110")
    other = recording(said(range(2), AU12="10"), said(range(2), AU12="00", hidden={"AU12": "not seen"}), "S2")
    found = disagreements(pair([recording(anna, ben), other]), _KEYS)
    assert [
        (row.action, row.first_frame, row.last_frame, row.first_code, row.second_code) for row in found
    ] == [
        ("AU12", 0, 1, 1, 0),
        ("AU12", 2, 2, 2, 0),
        ("AU1", 4, 4, 0, 1),
        ("AU12", 10, 10, 1, 2),
    ]
    assert [row.only_side for row in found] == [False, False, False, True]


_texts = st.lists(st.text("012", min_size=12, max_size=12), min_size=4, max_size=4)


@given(_texts, st.sets(st.integers(0, 11)))
def test_they_say_all_that_differs_in_as_few_runs_as_can_be(texts: list[str], missing: set[int]) -> None:
    frames = [frame for frame in range(12) if frame not in missing]
    cut = ["".join(text[frame] for frame in frames) for text in texts]
    paired = pair([recording(said(frames, AU1=cut[0], AU12=cut[1]), said(frames, AU1=cut[2], AU12=cut[3]))])
    found = disagreements(paired, _KEYS)
    told = {
        (row.action, frame): (row.first_code, row.second_code)
        for row in found
        for frame in range(row.first_frame, row.last_frame + 1)
    }
    assert sum(len(row) for row in found) == len(told)
    assert told == {
        (key, frame): (int(first[frame]), int(second[frame]))
        for key, first, second in ((_KEYS[0], texts[0], texts[2]), (_KEYS[1], texts[1], texts[3]))
        for frame in frames
        if first[frame] != second[frame]
    }
    assert list(found) == sorted(found, key=lambda row: (row.first_frame, _KEYS.index(row.action)))
    assert not any(_joins(one, other) for one in found for other in found)


def _joins(one: Disagreement, other: Disagreement) -> bool:
    """Whether two runs should have been one."""
    same = (one.action, one.first_code, one.second_code) == (
        other.action,
        other.first_code,
        other.second_code,
    )
    return same and one.last_frame + 1 == other.first_frame


def test_nothing_in_common() -> None:
    paired = pair([recording(said([1]), said([2]))])
    assert disagreements(paired, _KEYS) == ()
    assert paired.frames.dtype == np.int64
