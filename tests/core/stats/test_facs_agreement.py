"""The FACS agreement index against values that R computed, and a published example."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.stats import PASS_MARK, facs_agreement

_GOLDEN = Path(__file__).parents[2] / "golden" / "statistics"


def _read(name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8], dict[str, Any]]:
    table = json.loads((_GOLDEN / name).read_text(encoding="utf-8"))
    segments = table["data"]["segments"]
    known = sorted({unit for segment in segments for side in ("a", "b") for unit in segment[side]})
    first, second = (
        np.array([[unit in segment[side] for unit in known] for segment in segments], dtype=np.uint8)
        for side in ("a", "b")
    )
    return first, second, table["expected"]


@pytest.mark.parametrize("name", ["facs_segments.json", "facs_noldus_example.json"])
def test_it_is_what_r_computes(name: str) -> None:
    first, second, expected = _read(name)
    # Sides do not enter it: any code but 0 is present.
    found = facs_agreement(first * 3, second)
    assert found.index == pytest.approx(expected["pooled_index"], abs=1e-12)
    assert found.mean_index == pytest.approx(expected["mean_index_defined_segments"], abs=1e-12)
    assert found.mean_index_empty_as_1 == pytest.approx(expected["mean_index_empty_counts_as_1"], abs=1e-12)
    assert found.undefined_events == expected["n_undefined"]
    assert found.per_event.size == expected["n_segments"]
    assert int((found.first + found.second).sum()) == expected["total_scored"]
    assert int(found.both.sum()) == expected["total_agreed"]
    for index, entry in zip(found.per_event.tolist(), expected["per_segment"], strict=True):
        assert (
            math.isnan(index) if entry["index"] is None else index == pytest.approx(entry["index"], abs=1e-12)
        )


@pytest.mark.parametrize("kind", [list, set, frozenset, tuple])
def test_actions_may_be_named(kind: Any) -> None:
    table = json.loads((_GOLDEN / "facs_segments.json").read_text(encoding="utf-8"))
    first, second = ([kind(segment[side]) for segment in table["data"]["segments"]] for side in ("a", "b"))
    expected = table["expected"]
    found = facs_agreement(first, second)
    assert found.value == found.index == pytest.approx(expected["pooled_index"], abs=1e-12)
    assert found.mean_index == pytest.approx(expected["mean_index_defined_segments"], abs=1e-12)
    assert found.undefined_events == expected["n_undefined"]
    assert found.actions[:3] == ("1", "2", "4")
    assert found.per_action.size == len(found.actions)
    for one, other, entry in zip(first, second, expected["per_segment"], strict=True):
        index = facs_agreement(one, other).index
        assert (
            math.isnan(index) if entry["index"] is None else index == pytest.approx(entry["index"], abs=1e-12)
        )


def test_numbers_are_names_only_in_sets() -> None:
    assert facs_agreement({1, 2, 5, 6, 12}, {5, 6, 12}).index == 0.75
    assert facs_agreement([{1, 2}, set()], [{1}, {2}]).index == 0.5
    assert facs_agreement([[1, 2]], [[1, 0]]).index == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="expected two arrays"):
        facs_agreement([{1}], [{1}, {2}])


def test_a_missing_code_is_neither_present_nor_absent() -> None:
    found = facs_agreement([[1, math.nan, 1, None]], [[1, 1, 0, 0]])
    assert (found.index, found.dropped) == (pytest.approx(2 / 3), 2)
    assert found.second.tolist() == [1, 0, 0, 0]


def test_nobody_scored_anything() -> None:
    found = facs_agreement(np.zeros((3, 2)), np.zeros((3, 2)))
    assert math.isnan(found.index)
    assert math.isnan(found.mean_index)
    assert np.isnan(found.per_action).all()
    assert found.undefined_events == 3
    assert found.mean_index_empty_as_1 == 1
    empty = facs_agreement(np.zeros((0, 2)), np.zeros((0, 2)))
    assert math.isnan(empty.index)
    assert math.isnan(empty.mean_index_empty_as_1)


def test_by_action() -> None:
    found = facs_agreement([[1, 0, 2], [1, 0, 0]], [[1, 0, 0], [0, 0, 4]])
    assert found.per_action.tolist()[:1] == pytest.approx([2 / 3])
    assert math.isnan(found.per_action[1])
    assert found.per_action[2] == 0
    assert PASS_MARK == 0.70


@pytest.mark.parametrize(("first", "second"), [([[1]], [[1, 0]]), ([1, 0], [1, 0])])
def test_other_shapes_are_refused(first: list[Any], second: list[Any]) -> None:
    with pytest.raises(ValueError, match="expected two arrays"):
        facs_agreement(first, second)
