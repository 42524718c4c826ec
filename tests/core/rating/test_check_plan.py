"""A plan that nobody could rate is refused in one sentence that says what to do."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from hrm_core.rating.check_plan import plan_problems, translation_notes
from hrm_core.records.rating_plan import PlannedJudge, Presentation, ScalePoint, SessionPlan

PLAN = SessionPlan(
    "Round 1", Presentation(), (PlannedJudge("Jo"), PlannedJudge("Mia")), tuple(range(9)), (20,)
)


def _points(*labels: str) -> tuple[ScalePoint, ...]:
    return tuple(map(ScalePoint, labels))


def test_the_plan_of_the_paper_is_possible() -> None:
    assert plan_problems(PLAN) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "Round  1"}, "hidden blanks"),
        ({"judges": ()}, "name at least one judge"),
        ({"judges": (PlannedJudge("Jo"), PlannedJudge("jo"))}, "'jo' is named twice"),
        ({"judges": (PlannedJudge("Jo", blind=False),)}, "Jo is not blind, and the report has to say why"),
        ({"judges": (PlannedJudge(" Jo"),)}, "hidden blanks"),
        ({"clips": ()}, "There is no clip to rate"),
        ({"clips": (1, 2, 2)}, "chosen twice"),
        ({"practice": (3,)}, "for practice and for rating"),
        ({"repeats": 7}, "comes back after at least 3 trials, so choose 0 to 6"),
        ({"repeats": -1}, "choose 0 to 6"),
        ({"attention_checks": 5}, "5 checks of attention do not fit among 9 showings: choose 0 to 4"),
    ],
)
def test_an_impossible_plan_is_one_sentence(changes: dict[str, Any], words: str) -> None:
    (problem,) = plan_problems(replace(PLAN, **changes))
    assert words in problem
    assert problem.endswith(".")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"question": "  "}, "Nothing is asked"),
        ({"question_translations": {"zh_CN": ""}}, "The question in 'zh_CN' is empty"),
        ({"question_translations": {"Chinese": "自然吗？"}}, "'Chinese' is no code of a language"),
        ({"scale": _points("Natural")}, "The scale has 1 point: a scale has 2 to 11"),
        ({"scale": _points(*"abcdefghijkl")}, "The scale has 12 points"),
        ({"scale": _points("Natural", " ")}, "Point 2 of the scale has an empty label"),
        ({"scale": _points("Natural", "natural ")}, "Two points of the scale are called 'natural'"),
        (
            {"scale": (ScalePoint("a", {"de": "gleich"}), ScalePoint("b", {"de": "gleich"}))},
            "called 'gleich' in 'de'",
        ),
        ({"speed": 0.2}, "cannot play at 0.2x: choose 0.25 to 2"),
        ({"speed": float("nan")}, "choose 0.25 to 2"),
        ({"max_replays": -1}, "choose 0 or more"),
        ({"least_watch_s": 0.0}, "must be more than 0 s"),
        ({"least_watch_s": math.inf}, "must be more than 0 s, and end"),
        ({"break_every": -3}, "or with 0 never"),
    ],
)
def test_an_impossible_showing_is_one_sentence(changes: dict[str, Any], words: str) -> None:
    (problem,) = plan_problems(replace(PLAN, presentation=replace(PLAN.presentation, **changes)))
    assert words in problem
    assert problem.endswith(".")


def test_scales_of_two_and_of_eleven_points_can_be() -> None:
    for labels in ("ab", "abcdefghijk"):
        assert plan_problems(replace(PLAN, presentation=Presentation(scale=_points(*labels)))) == ()


def test_a_scale_that_is_translated_in_part_is_said() -> None:
    paper = Presentation()
    assert list(translation_notes(paper)) == []
    own_question = replace(paper, question="Odd?", question_translations={})
    (note,) = translation_notes(own_question)
    assert note.startswith("Not translated for zh_CN: the question; judges read there")
    points = (ScalePoint("No", {"de": "Nein"}), ScalePoint("Maybe"), ScalePoint("Yes", {"de": "Ja"}))
    partly = replace(paper, scale=points, question_translations={"de": "Wie?", "fr": "Comment ?"})
    german, french = translation_notes(partly)
    assert german.startswith("Not translated for de: 1 of 3 labels;")
    assert french.startswith("Not translated for fr: 3 of 3 labels;")
