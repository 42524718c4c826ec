"""How an average over actions is made is part of the number."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from hrm_core.reliability.averages import averages

_TABLE_3 = Path(__file__).parents[2] / "golden" / "statistics" / "paper_table3_icc.json"


def test_the_four_averages_of_the_published_table() -> None:
    table = json.loads(_TABLE_3.read_text(encoding="utf-8"))
    data, expected = table["data"], table["expected"]
    values = [math.nan if value is None else value for value in data["icc_A_B"]]
    found = {entry.how: entry for entry in averages(data["au"], values, data["occurrence_count"])}
    assert found["mean"].value == pytest.approx(expected["arithmetic_mean"], abs=1e-12)
    assert found["median"].value == pytest.approx(expected["median"], abs=1e-12)
    assert found["Fisher z"].value == pytest.approx(expected["fisher_z_mean"], abs=1e-12)
    assert found["weighted by occurrence"].value == pytest.approx(
        expected["occurrence_weighted_mean"], abs=1e-12
    )
    # The printed average is the mean of the z, not that of the values.
    assert round(found["Fisher z"].value, 3) == data["printed_avg"]
    assert round(found["mean"].value, 3) == 0.828
    for entry in found.values():
        assert entry.actions == expected["n_values"]
        assert entry.left_out == ("13", "33", "34", "35", "36")


def test_a_perfect_action_has_no_finite_z() -> None:
    found = {entry.how: entry for entry in averages(["AU1", "AU2", "AU4"], [1.0, 0.5, math.nan], [3, 1, 9])}
    assert found["mean"].value == 0.75
    assert found["weighted by occurrence"].value == pytest.approx(3.5 / 4)
    assert found["Fisher z"].value == pytest.approx(0.5)
    assert (found["Fisher z"].actions, found["Fisher z"].left_out) == (1, ("AU1", "AU4"))
    assert found["mean"].left_out == ("AU4",)


def test_no_values() -> None:
    for entry in averages(["AU1", "AU2"], [math.nan, math.nan], [1, 2]):
        assert (entry.value, entry.actions, entry.left_out) == (None, 0, ("AU1", "AU2"))
    with pytest.raises(ValueError, match="2 actions"):
        averages(["AU1", "AU2"], [0.5], [1, 2])
