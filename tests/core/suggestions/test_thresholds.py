"""Decisions and shortest runs."""

from __future__ import annotations

import numpy as np
import pytest

from hrm_core.suggestions.thresholds import METHODS, decide, drop_short, method_named


def row(text: str) -> np.ndarray:
    return np.array([[each == "#"] for each in text])


def said(states: np.ndarray) -> str:
    return "".join("#" if there else "." for there in states[:, 0])


WHOLE = [slice(0, 12)]


@pytest.mark.parametrize(
    ("before", "there", "shortest", "after"),
    [
        (".#..##...###", True, 2, "....##...###"),
        (".#..##...#..", True, 3, "............"),
        # What begins or ends outside may be longer.
        ("#...##.....#", True, 3, "#..........#"),
        ("##.##...##..", False, 3, "#####...##.."),
        ("##.##...##..", False, 1, "##.##...##.."),
    ],
)
def test_short_runs_are_taken_out(before: str, there: bool, shortest: int, after: str) -> None:
    assert said(drop_short(row(before), WHOLE, np.array([shortest]), there=there)) == after


def test_nothing_reaches_across_a_gap() -> None:
    spans = [slice(0, 6), slice(6, 12)]
    assert said(drop_short(row(".##.#.####.#"), spans, np.array([2]), there=False)) == ".####.######"
    scores = np.where(row("###...####.."), 4.0, -4.0)
    scores[5] = 4.0
    median = decide(method_named("median 3"), scores, np.array([0.05]), spans)
    assert said(median) == "###..#####.."
    for method in METHODS:
        both = decide(method, scores, np.array([0.05]), spans)
        apart = [decide(method, scores[span], np.array([0.05]), [slice(0, 6)]) for span in spans]
        assert said(both) == said(np.concatenate(apart))


def test_each_method_does_what_its_name_says() -> None:
    scores = np.where(row("....#....#######....####.#####"), 3.0, -3.0)
    whole, share = [slice(0, 30)], np.array([0.03])
    said_by = {method.name: said(decide(method, scores, share, whole)) for method in METHODS}
    assert said_by["none"] == said_by["context"] == "....#....#######....####.#####"
    assert said_by["median 3"] == ".........#######....##########"
    # A frame of evidence 3 does not pay for two changes at 3.5 each; three such frames would.
    assert said_by["states 1"] == ".........#######....##########"
    assert said_by["states 3"] == said_by["none"]
