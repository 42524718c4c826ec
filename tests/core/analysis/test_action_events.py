"""Events of coded frames, against a search frame by frame."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.analysis.action_events import action_events, event_rows, timed_frames
from hrm_core.records.coded_frames import NOT_CODABLE
from tests.core.analysis.said_frames import Said, said_frames

ROWS = st.lists(st.tuples(st.sampled_from([0, 0, 1, 2, NOT_CODABLE]), st.booleans()), min_size=1, max_size=40)


def _one_by_one(codes: list[int], starts: list[bool]) -> list[tuple[int, int, bool, bool]]:
    """Events as a reader of the definition finds them."""
    found, row, n = [], 0, len(codes)
    while row < n:
        if codes[row] in (0, NOT_CODABLE):
            row += 1
            continue
        first = row
        while row + 1 < n and not starts[row + 1] and codes[row + 1] not in (0, NOT_CODABLE):
            row += 1
        opened = first > 0 and not starts[first] and codes[first - 1] == 0
        closed = row + 1 < n and not starts[row + 1] and codes[row + 1] == 0
        found.append((first, row, opened, closed))
        row += 1
    return found


@given(ROWS)
def test_events_are_those_of_a_search_frame_by_frame(rows: list[tuple[int, bool]]) -> None:
    codes, starts = [code for code, _ in rows], [True, *(start for _, start in rows[1:])]
    found = action_events(np.array(codes, dtype=np.uint8), np.array(starts))
    told = zip(
        *(each.tolist() for each in (found.first, found.last, found.opened, found.closed)), strict=True
    )
    assert list(told) == _one_by_one(codes, starts)
    if len(found):
        every, begins = event_rows(found.first, found.last)
        assert [codes[row] not in (0, NOT_CODABLE) for row in every.tolist()] == [True] * len(every)
        assert every[begins].tolist() == found.first.tolist()
        assert len(every) == sum(code not in (0, NOT_CODABLE) for code in codes)


def test_a_recording_with_an_unknown_time_takes_no_part() -> None:
    frames = said_frames(
        Said("A", "ASD", "0 12 0"),
        Said("A", "ASD", "12 12", video="two"),
        Said("B", "TD", "12"),
        Said("C", "", "12"),
    )
    frames.seconds[[1, 5, 6]] = np.nan
    timed = timed_frames(frames, ("ASD", "TD"))
    # The frame of the child without a group is nobody's question.
    assert timed.without_time == 2
    assert timed.frames.video.tolist() == [1, 1]
    assert timed.starts.tolist() == [True, False]


def test_nothing_to_analyse_is_no_accident() -> None:
    timed = timed_frames(said_frames(Said("A", "ASD", "12")), ("X", "Y"))
    assert timed.codes.shape[1] == 0
    assert len(action_events(timed.codes[0], timed.starts)) == 0
