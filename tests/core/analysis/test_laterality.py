"""Sides of actions against counts by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats as scipy_stats

from hrm_core.analysis.child_counts import code_counts
from hrm_core.analysis.laterality import asymmetries
from hrm_core.facs import ACTIONS
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.records.coded_frames import NOT_CODABLE
from tests.core.analysis.made_frames import children_of, frames_of

OPTIONS = AnalysisOptions(("ASD", "TD"), replicates=500, seed=1)
# Of each child: absent, both, left, right, upper, lower, not codable.
COUNTS = [(5, 4, 3, 1, 2, 0, 1), (5, 0, 6, 0, 0, 0, 0), (5, 8, 0, 0, 0, 3, 0), (2, 6, 1, 3, 0, 0, 0), (9,)]
CODES = (0, 1, 2, 3, 4, 5, NOT_CODABLE)


def _frames(action: str = "AU12") -> object:
    who = children_of(3, 2)
    codes = {
        child.code: [[code] for code, times in zip(CODES, counts, strict=False) for _ in range(times)]
        for child, counts in zip(who, COUNTS, strict=True)
    }
    return frames_of(who, codes, [action])


def test_codes_of_each_child_are_counted() -> None:
    counts = code_counts(_frames())
    assert counts[:, 0].tolist() == [list((row + (0,) * 7)[:6]) for row in COUNTS]


def test_index_and_share_by_hand() -> None:
    first, second = asymmetries(_frames(), OPTIONS)
    assert (first.action, first.group, first.both, first.left, first.right) == ("AU12", "ASD", 12, 9, 1)
    assert first.index.value == pytest.approx(8 / 10)
    assert first.one_sided.value == pytest.approx(10 / 22)
    assert first.children == 2
    assert (second.group, second.both, second.left, second.right, second.children) == ("TD", 6, 1, 3, 1)
    assert second.index.value == pytest.approx(-2 / 4)
    assert second.one_sided.value == pytest.approx(4 / 10)


def test_groups_are_compared_by_children_who_show_the_action() -> None:
    """Shares of one-sided frames 4/8, 6/6 and 0/8 against 4/10; the fifth child never shows it."""
    first, second = asymmetries(_frames(), OPTIONS)
    wanted = scipy_stats.mannwhitneyu([4 / 8, 1.0, 0.0], [4 / 10], method="exact")
    assert first.p == pytest.approx(wanted.pvalue, abs=1e-12)
    assert second.p is None


def test_only_actions_with_a_left_and_a_right_are_told() -> None:
    told = set()
    for action in ACTIONS:
        rows = asymmetries(_frames(action.key), OPTIONS)
        told |= {row.action for row in rows}
    assert {"AU12", "AU14", "AU2"} <= told
    assert not {"AU25", "AU2X"} & told
    assert told == {action.key for action in ACTIONS if {2, 3} <= {int(side) for side in action.sides}}


def test_an_interval_rests_on_children() -> None:
    """Forty children, each on one side throughout: as wide as that of a share of 40, not of 400 frames."""
    draw = np.random.default_rng(2)
    who = children_of(40, 2)
    sides = draw.choice([2, 3], size=42, p=[0.7, 0.3])
    frames = frames_of(
        who, {child.code: [[side]] * 10 for child, side in zip(who, sides, strict=True)}, ["AU12"]
    )
    first, _ = asymmetries(frames, dataclasses.replace(OPTIONS, replicates=4000))
    left = (sides[:40] == 2).mean()
    assert first.index.value == pytest.approx(2 * left - 1)
    half = 2 * 1.96 * np.sqrt(left * (1 - left) / 40)
    assert first.index.high - first.index.low == pytest.approx(2 * half, rel=0.12)
    assert first.one_sided.value == 1.0
    assert "no width" in first.one_sided.note


def test_nothing_on_a_side_has_no_index() -> None:
    who = children_of(2, 2)
    codes = {"S0": [[1], [0]], "S1": [[1]], "S2": [[0]], "S3": [[0]]}
    first, second = asymmetries(frames_of(who, codes, ["AU12"]), OPTIONS)
    assert (first.index.value, first.one_sided.value) == (None, 0.0)
    assert first.index.why
    assert (second.index.value, second.one_sided.value, first.p) == (None, None, None)
    assert second.one_sided.why


def test_no_replicates_no_interval() -> None:
    first, _ = asymmetries(_frames(), dataclasses.replace(OPTIONS, replicates=0))
    assert first.index.value is not None
    assert first.index.low is first.one_sided.low is None


def test_one_child_of_a_group_has_no_interval_and_children_without_codes_are_none() -> None:
    who = children_of(2, 2)
    first, _ = asymmetries(frames_of(who, {"S0": [[2], [3], [2]], "S2": [[1]]}, ["AU12"]), OPTIONS)
    assert first.index.value == pytest.approx(1 / 3)
    assert first.index.low is None
    assert first.index.note == "no interval: fewer than 2 children to resample: 1"
