"""Numbers as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.reporting.numbers import count, decimal, interval, p_value, seconds


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.8123, ".812"),
        (1.0, "1.000"),
        (-0.0412, "−.041"),
        (-1.0, "−1.000"),
        (-0.0001, ".000"),
        (0.9996, "1.000"),
    ],
)
def test_a_coefficient_has_no_zero_before_the_point(value: float, text: str) -> None:
    assert decimal(value) == text


@given(st.floats(-1e6, 1e6))
def test_what_is_printed_is_the_number_rounded(value: float) -> None:
    assert float(decimal(value).replace("−", "-")) == pytest.approx(round(value, 3), abs=1e-9)


def test_intervals_p_values_and_counts() -> None:
    assert interval(-0.2, 0.8) == "[−.20, .80]"
    assert [p_value(p) for p in (1e-300, 0.0, 0.0009999, 0.024, 0.99999)] == [
        "<.001",
        "<.001",
        "<.001",
        ".024",
        ">.999",
    ]
    assert [count(n) for n in (131758, 520.94, 0)] == ["131,758", "520.9", "0"]
    assert [seconds(s) for s in (0.0, 1 / 6, 0.5)] == ["0", "1/6", "0.5"]
