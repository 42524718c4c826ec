"""Combinations of both groups, against counts made by hand and with plain Python."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from hrm_core.analysis.combinations import combinations
from hrm_core.facs import Code, ScoredAction, format_score
from hrm_core.records.analysis_patterns import CoOccurrence, ExampleFrame
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.records.coded_frames import EXPRESSIONS, NOT_CODABLE, CodedFrames
from tests.core.analysis.said_frames import Said, random_frames, said_frames

OPTIONS = AnalysisOptions(("ASD", "TD"), expressions=("happiness",), replicates=50)
SMALL = ("AU1", "AU6", "AU12", "AU25")
STUDY = said_frames(
    Said("A", "ASD", "0 0 6+12 6+12 6+12 6+L12 0 | 6+12", "happiness"),
    Said("B", "ASD", "6+12 12 12", "surprise"),
    Said("B", "ASD", "1 1+25", "happiness", video="again"),
    Said("C", "TD", "0 12 ?1 0 12 0 12"),
    Said("D", "", "25 25 25"),
    actions=SMALL,
)


def _scores(frames: CodedFrames) -> list[str | None]:
    """Score of each frame; None where an action is hidden."""
    return [
        None
        if NOT_CODABLE in row
        else format_score(
            ScoredAction(key, Code(code)) for key, code in zip(frames.actions, row, strict=True) if code
        )
        for row in frames.codes.tolist()
    ]


def test_complexity_by_hand() -> None:
    told = [
        (row.group, row.expression, row.complexity, row.frames, row.unique, row.unique_sideless)
        for row in combinations(STUDY, OPTIONS).complexity
    ]
    # ASD: 3 frames of nothing; 12 twice and 1; 6+12 five times, 6+L12 and 1+25.
    assert told == [
        ("ASD", "", 0, 3, 1, 1),
        ("ASD", "", 1, 3, 2, 2),
        ("ASD", "", 2, 7, 3, 2),
        ("TD", "", 0, 3, 1, 1),
        ("TD", "", 1, 3, 1, 1),
        ("TD", "", 2, 0, 0, 0),
        ("ASD", "happiness", 0, 3, 1, 1),
        ("ASD", "happiness", 1, 1, 1, 1),
        ("ASD", "happiness", 2, 6, 3, 2),
        ("TD", "happiness", 0, 0, 0, 0),
        ("TD", "happiness", 1, 0, 0, 0),
        ("TD", "happiness", 2, 0, 0, 0),
    ]


def test_frames_in_which_an_action_is_hidden_are_dropped_and_counted() -> None:
    found = combinations(STUDY, OPTIONS)
    assert found.dropped == 1
    assert found.unseen == ()
    masked = replace(STUDY, codes=STUDY.codes.copy())
    masked.codes[:, :2] = NOT_CODABLE
    found = combinations(masked, OPTIONS)
    assert found.dropped == 0
    assert found.unseen == ("AU1", "AU6")
    assert {row.score for row in found.top if row.group == "ASD"} == {"0", "12", "L12", "25"}


def test_the_most_frequent_combinations_and_where_they_are() -> None:
    top = [row for row in combinations(STUDY, OPTIONS).top if not row.expression]
    assert [(row.group, row.score, row.frames, row.children) for row in top] == [
        ("ASD", "6+12", 5, 2),
        ("ASD", "0", 3, 1),
        ("ASD", "12", 2, 1),
        ("ASD", "6+L12", 1, 1),
        ("ASD", "1", 1, 1),
        ("ASD", "1+25", 1, 1),
        ("TD", "0", 3, 1),
        ("TD", "12", 3, 1),
    ]
    assert top[0].share == pytest.approx(5 / 13)
    # The middle of the longest, then another child's, then what else there is.
    assert top[0].examples == (
        ExampleFrame("A", "play", 3),
        ExampleFrame("B", "play", 0),
        ExampleFrame("A", "play", 8),
    )
    many = combinations(random_frames(1), OPTIONS).top
    assert max(Counter((row.group, row.expression) for row in many).values()) == 10


def test_co_occurrence_and_lift_by_hand() -> None:
    asd, td = (row for row in combinations(STUDY, OPTIONS).co_occurrence if not row.expression)
    assert asd.actions == td.actions == SMALL
    assert (asd.frames, td.frames) == (13, 6)
    assert asd.together == ((2, 0, 0, 1), (0, 6, 6, 0), (0, 6, 8, 0), (1, 0, 0, 1))
    assert asd.lift[1][2] == pytest.approx(13 * 6 / (6 * 8))
    assert asd.lift[0][1] == 0.0
    assert asd.lift[2][2] is None
    assert {value for row in td.lift for value in row} == {None}
    without = said_frames(Said("A", "ASD", "6+12 6"), Said("C", "TD", "12"), actions=SMALL)
    assert combinations(without, OPTIONS).co_occurrence[0].actions == ("AU6", "AU12")


def test_changes_are_counted_within_stretches_only() -> None:
    found = combinations(STUDY, OPTIONS).transitions
    told = [(row.group, row.before, row.after, row.count, row.children, row.probability) for row in found]
    # Nothing goes across the frame that nobody coded, the hidden one, or from one recording to the next.
    assert sorted(told) == [
        ("ASD", "0", "6+12", 1, 1, 1.0),
        ("ASD", "1", "1+25", 1, 1, 1.0),
        ("ASD", "6+12", "12", 1, 1, 0.5),
        ("ASD", "6+12", "6+L12", 1, 1, 0.5),
        ("ASD", "6+L12", "0", 1, 1, 1.0),
        ("TD", "0", "12", 3, 1, 1.0),
        ("TD", "12", "0", 1, 1, 1.0),
    ]
    assert (told[5][1], told[5][3]) == ("0", 3)


@pytest.mark.parametrize("seed", range(4))
def test_counts_are_those_of_plain_python(seed: int) -> None:
    frames = random_frames(seed, actions=SMALL)
    found = combinations(frames, replace(OPTIONS, replicates=0))
    scores = _scores(frames)
    groups = frames.groups_of_frames.tolist()
    assert found.dropped == scores.count(None)
    for group in OPTIONS.groups:
        for expression in ("", "happiness"):
            chosen = frames.chosen(expression)
            mine = Counter(
                score
                for row, score in enumerate(scores)
                if score is not None and groups[row] == group and chosen[row]
            )
            rows = [row for row in found.complexity if (row.group, row.expression) == (group, expression)]
            assert sum(row.frames for row in rows) == mine.total()
            assert sum(row.unique for row in rows) == len(mine)
            (entropy,) = (row for row in found.entropy if (row.group, row.expression) == (group, expression))
            assert (entropy.frames, entropy.unique) == (mine.total(), len(mine))
            complexity = sum(number * (score.count("+") + (score != "0")) for score, number in mine.items())
            assert entropy.mean_complexity.value == pytest.approx(complexity / mine.total())
            top = [row for row in found.top if (row.group, row.expression) == (group, expression)]
            assert [row.frames for row in top] == [number for _, number in mine.most_common(10)]
            assert all(mine[row.score] == row.frames for row in top)
        changes = Counter(
            (scores[before], scores[after])
            for before, after in pairwise(range(len(scores)))
            if groups[after] == group
            and None not in (scores[before], scores[after])
            and frames.video[before] == frames.video[after]
            and frames.frame[before] + 1 == frames.frame[after]
            and scores[before] != scores[after]
        )
        mine_too = [row for row in found.transitions if row.group == group]
        assert [row.count for row in mine_too] == [number for _, number in changes.most_common(40)]
        assert all(changes[row.before, row.after] == row.count for row in mine_too)
        for row in mine_too:
            leaving = sum(number for (before, _), number in changes.items() if before == row.before)
            assert row.probability == pytest.approx(row.count / leaving)


def test_rarefaction_compares_groups_at_the_size_of_the_smaller() -> None:
    found = combinations(random_frames(2), OPTIONS)
    asd, td = (row for row in found.rarefaction if not row.expression)
    assert asd.at == td.at == min(asd.frames[-1], td.frames[-1])
    for row in (asd, td):
        assert row.expected[0] == pytest.approx(1.0)
        assert row.unique.value == row.expected[row.frames.index(row.at)]
        steps = np.diff(row.expected) / np.diff(row.frames)
        assert (np.diff(steps) <= 1e-6).all()  # ever fewer new ones
        assert all(low <= one <= high for low, one, high in zip(row.low, row.expected, row.high, strict=True))
        assert row.unique.low is not None
        assert row.unique.high is not None
        assert row.unique.low < row.unique.high
    asd_all = sum(row.unique for row in found.complexity if (row.group, row.expression) == ("ASD", ""))
    assert asd.expected[-1] == pytest.approx(asd_all)


def test_without_resampling_there_are_no_intervals() -> None:
    found = combinations(STUDY, replace(OPTIONS, replicates=0))
    assert {row.bits.low for row in found.entropy} == {None}
    assert all(row.low == row.expected == row.high for row in found.rarefaction)
    assert all(row.unique.low is None for row in found.rarefaction)


def test_one_child_gives_no_interval_and_says_so() -> None:
    _, td = (row for row in combinations(STUDY, OPTIONS).entropy if not row.expression)
    assert td.bits.value == 1.0
    assert (td.bits.low, td.bits.note) == (None, "no interval: fewer than 2 children")


def test_a_group_without_frames_has_no_numbers_but_reasons() -> None:
    found = combinations(STUDY, OPTIONS)
    asd, td = (row for row in found.rarefaction if row.expression == "happiness")
    assert (td.frames, td.unique.value, td.unique.why) == ((), None, "no frame of this group")
    assert (asd.at, asd.unique.why) == (0, "the other group has no frame to compare with")
    entropy = found.entropy[-1]
    assert (entropy.frames, entropy.bits.value, entropy.corrected) == (0, None, None)
    nobody = combinations(STUDY, replace(OPTIONS, groups=("X", "Y")))
    assert (nobody.complexity, nobody.top, nobody.transitions, nobody.dropped) == ((), (), (), 0)
    assert nobody.unseen == ()
    assert nobody.co_occurrence[0] == CoOccurrence("X", "", (), 0, (), ())


def test_the_same_options_give_the_same_numbers() -> None:
    frames = random_frames(3)
    every = replace(OPTIONS, expressions=EXPRESSIONS)
    assert combinations(frames, every) == combinations(frames, every)
