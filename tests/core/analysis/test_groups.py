"""How much there is of two groups, and what is said before any number."""

from __future__ import annotations

import numpy as np

from hrm_core.analysis.frame_tests import counted_tests
from hrm_core.analysis.groups import cautions, units
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.records.coded_frames import EXPRESSIONS, AnalysedChild, CodedFrames

OPTIONS = AnalysisOptions(("ASD", "TD"), ("happiness", "sadness"))


def _frames(groups: tuple[str, ...], *, each: int = 4, known_time: bool = True) -> CodedFrames:
    """Children with `each` frames in two pieces, 25 a second; the first of each shows happiness."""
    n = len(groups) * each
    child = np.repeat(np.arange(len(groups), dtype=np.int32), each)
    number = np.tile(np.r_[0 : each // 2, 100 : 100 + each - each // 2], len(groups)).astype(np.int64)
    seconds = number / 25 if known_time else np.full(n, np.nan)
    expression = np.where(np.arange(n) % each == 0, EXPRESSIONS.index("happiness"), -1).astype(np.int8)
    return CodedFrames(
        "Ada",
        ("AU12",),
        tuple(AnalysedChild(f"S{place}", group) for place, group in enumerate(groups)),
        tuple((place, "play") for place in range(len(groups))),
        child,
        child,
        number,
        seconds,
        np.ones((n, 1), dtype=np.uint8),
        expression,
        np.full((n, 1), np.nan, dtype=np.float32),
    )


def test_time_is_that_of_the_coded_frames_not_of_the_gap_between_them() -> None:
    found = units(_frames(("ASD", "ASD", "TD")), OPTIONS)
    assert [(one.group, one.expression, one.children, one.frames) for one in found] == [
        ("ASD", "", 2, 8),
        ("TD", "", 1, 4),
        ("ASD", "happiness", 2, 2),
        ("TD", "happiness", 1, 1),
        ("ASD", "sadness", 0, 0),
        ("TD", "sadness", 0, 0),
    ]
    np.testing.assert_allclose([one.seconds for one in found], [8 / 25, 4 / 25, 2 / 25, 1 / 25, 0, 0])
    assert units(_frames(("ASD", "TD"), known_time=False), OPTIONS)[0].seconds is None


def test_everything_that_spoils_a_comparison_is_said() -> None:
    told = cautions(_frames(("ASD", "TD", "", "Twins")), OPTIONS, (), machine_touched=3)
    assert len(told) == 6
    assert told[0].startswith("There is only 1 child with codes in ASD:")
    assert "had a part in 3 frames" in told[2]
    assert told[3] == "4 frames of 1 child without a group are left out."
    assert told[4] == "4 frames of other groups are left out: Twins."
    assert told[5] == "There are no frames of sadness in ASD, sadness in TD."


def test_enough_children_with_all_expressions_need_no_word() -> None:
    plenty = _frames(("ASD", "TD") * 10)
    assert cautions(plenty, AnalysisOptions(("ASD", "TD"), ("happiness",)), (), machine_touched=0) == ()


def test_what_never_occurs_is_said_to_be_in_no_family_and_is_in_none() -> None:
    tests = counted_tests(("AU1", "AU2"), np.array([[9, 9], [9, 9]]), np.array([[0, 3], [0, 1]]))
    assert [each.family for each in tests] == [1, 1]
    (told,) = cautions(
        _frames(("ASD", "TD") * 10), AnalysisOptions(("ASD", "TD"), ("happiness",)), tests, machine_touched=0
    )
    assert told.startswith("1 of 1 action")
    assert told.endswith("they do not count when p is adjusted for the number of tests.")
