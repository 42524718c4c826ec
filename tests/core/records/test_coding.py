"""Codings: values that cannot say nonsense."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.records.code_table import CodeTable
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.recording import Clip
from tests.support.builders import KEYS, codings, random_table


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("AU99", 1), "catalogue"),
        (("AU12", 0), "1-5"),
        (("AU12", 6), "1-5"),
        (("AU12", 1, "F"), "A-E"),
        (("AU12", 1, "c"), "A-E"),
    ],
)
def test_a_code_is_checked(values: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ActionCode(*values)


def test_no_action_stands_twice_in_a_frame() -> None:
    with pytest.raises(ValueError, match="twice"):
        FrameCoding(1, 1, 0, (ActionCode("AU12", 2), ActionCode("AU12", 3)))


def test_codings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        FrameCoding(1, 1, 0).frame = 2  # type: ignore[misc]


@given(codings(), st.sampled_from(KEYS), st.integers(0, 5))
def test_setting_a_code_changes_that_code_only(coding: FrameCoding, key: str, code: int) -> None:
    changed = coding.with_code(key, code)
    assert changed.code_of(key) == code
    assert [entry for entry in changed.codes if entry.action != key] == [
        entry for entry in coding.codes if entry.action != key
    ]
    places = [KEYS.index(entry.action) for entry in changed.codes]
    assert places == sorted(places)
    assert (changed.comment, changed.doubtful) == (coding.comment, coding.doubtful)


def test_a_code_makes_a_frame_codable() -> None:
    hidden = FrameCoding(1, 1, 0, state=CodingState.NOT_CODABLE)
    assert hidden.with_code("AU12", 1).state is CodingState.CODED


@given(codings())
def test_times_and_numbers_do_not_make_a_difference(coding: FrameCoding) -> None:
    assert coding.says_the_same_as(replace(coding, seconds_spent=99.0, revision=7))
    assert not coding.says_the_same_as(None)
    assert not coding.says_the_same_as(replace(coding, comment=coding.comment + "!"))
    assert not coding.says_the_same_as(replace(coding, doubtful=not coding.doubtful))
    free = next(key for key in KEYS if not coding.code_of(key))
    assert not coding.says_the_same_as(replace(coding, codes=(*coding.codes, ActionCode(free, 1))))


@pytest.mark.parametrize(
    ("frames", "codes", "message"),
    [
        ([0, 1], np.zeros((1, 35)), "shape"),
        ([0], np.zeros((1, 34)), "shape"),
        ([1, 0], np.zeros((2, 35)), "ascend"),
        ([3, 3], np.zeros((2, 35)), "ascend"),
        ([-1], np.zeros((1, 35)), "ascend"),
        ([0], np.full((1, 35), 6), "0-5"),
    ],
)
def test_a_table_is_checked(frames: list[int], codes: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CodeTable(1, 1, np.array(frames), codes.astype(np.uint8))


def test_a_table_may_be_empty() -> None:
    assert len(random_table(1, 1, 0)) == 0


def test_a_clip_counts_both_ends() -> None:
    assert len(Clip(1, 1, 1, 10, 12)) == 3
