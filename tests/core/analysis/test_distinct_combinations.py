"""Different combinations, against numpy's own search of rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from hrm_core.analysis.distinct_combinations import distinct_combinations, stretch_starts
from hrm_core.facs import ALL_ACTIONS

ALL = tuple(entry.key for entry in ALL_ACTIONS)


@given(
    st.integers(1, len(ALL)).flatmap(
        lambda wide: hn.arrays(
            np.uint8,
            st.tuples(st.integers(0, 30), st.just(wide)),
            elements=st.sampled_from([0, 0, 0, 1, 2, 5]),
        )
    )
)
def test_combinations_are_the_different_rows(codes: np.ndarray) -> None:
    found = distinct_combinations(ALL[: codes.shape[1]], codes)
    rows, number = np.unique(codes, axis=0, return_inverse=True)
    assert np.array_equal(found.codes, rows)
    assert np.array_equal(found.of_frame, number.ravel())
    assert np.array_equal(found.complexity, (rows > 0).sum(axis=1))
    _, sideless = np.unique(rows > 0, axis=0, return_inverse=True)
    assert np.array_equal(found.sideless, sideless.ravel())


def test_a_combination_is_written_as_coders_write_it() -> None:
    codes = np.array([[0, 0, 0, 0], [1, 2, 0, 0], [0, 3, 4, 5]], dtype=np.uint8)
    found = distinct_combinations(("AU6", "AU12", "AU18", "AU22"), codes)
    assert [found.score(place) for place in found.of_frame.tolist()] == ["0", "6+L12", "R12+T18+B22"]


def test_what_is_no_code_is_refused() -> None:
    with pytest.raises(ValueError, match="0-5"):
        distinct_combinations(("AU1",), np.array([[255]], dtype=np.uint8))


def test_stretches_end_at_gaps_and_recordings() -> None:
    video = np.array([0, 0, 0, 0, 1, 1], dtype=np.int32)
    frame = np.array([3, 4, 6, 7, 8, 9])
    assert stretch_starts(video, frame).tolist() == [True, False, True, False, True, False]
