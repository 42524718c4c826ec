"""Codes that mean the same child, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.records.participant_codes import bare_code, group_in_code

GROUPS = ("ASD", "TD")


@pytest.mark.parametrize(
    "text", ["7", "S7", "S07", "s7TD", "s7 td", "007", "Participant-7", "Participant-S7", "participant 7_ASD"]
)
def test_ways_to_write_7(text: str) -> None:
    assert bare_code(text, GROUPS) == "7"


@pytest.mark.parametrize(
    ("text", "bare"),
    [("S70", "70"), ("0", "0"), ("TD", "td"), ("Std", "std"), ("Ana", "ana"), ("7b", "7b"), ("sam", "sam")],
)
def test_what_belongs_to_the_code_stays(text: str, bare: str) -> None:
    assert bare_code(text, GROUPS) == bare


@given(st.integers(0, 999), st.sampled_from(["", "S", "s", "Participant-"]), st.integers(0, 3))
def test_numbers_are_told_apart(number: int, prefix: str, zeros: int) -> None:
    assert bare_code(f"{prefix}{'0' * zeros}{number}", GROUPS) == str(number)


def test_the_group_behind_a_code() -> None:
    assert [group_in_code(text, GROUPS) for text in ("S7TD", "s7_asd", "S7", "TD")] == [
        "TD", "ASD", None, None,
    ]  # fmt: skip
