"""Anchoring: what is compared, in which units, and whether intervals keep what they promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hrm_core.records.agreement import Estimate
from hrm_core.records.assistance_results import Anchoring, AssistanceOptions
from hrm_core.suggestions.bias import CodedBeside, anchoring
from tests.support.assisted_coding import STRETCH, beside, film

QUICK = AssistanceOptions(replicates=300)


def said(coded: str, proposed: str, assisted: str, frames: list[int]) -> CodedBeside:
    """One action, one letter a frame."""

    def bits(text: str) -> np.ndarray:  # type: ignore[type-arg]
        return np.array([letter == "1" for letter in text])

    zeros = np.zeros(len(frames), dtype=np.int64)
    one = bits(proposed)[:, None]
    return CodedBeside(
        ("AU12",), bits(coded)[:, None], one, np.ones_like(one), np.where(one, 0.9, 0.1),
        bits(assisted), zeros, np.array(frames), zeros,
    )  # fmt: skip


def measured(given: CodedBeside, options: AssistanceOptions = QUICK) -> Anchoring:
    found = anchoring(given, STRETCH, options)
    assert found is not None
    return found


def test_the_difference_is_that_of_the_hand() -> None:
    # Control: both 1, coded only 1, proposed only 1, neither 1; assisted: both 3, proposed only 1.
    found = measured(said("11001110", "10101111", "00001111", [0, 1, 30, 31, 60, 61, 90, 91]))
    assert (found.control_frames, found.assisted_frames) == (4, 4)
    assert (found.control_stretches, found.assisted_stretches) == (2, 2)
    (one,) = found.actions
    assert (one.control, one.assisted) == (0.5, 0.75)
    assert one.control_positive == pytest.approx(2 / 4)
    assert one.assisted_positive == pytest.approx(6 / 7)
    assert one.difference.value == 0.25
    assert one.positive_difference.value == pytest.approx(6 / 7 - 1 / 2)
    assert replace(found.overall, action="AU12") == one
    assert found.by_child is None
    low, high = found.followed[1], found.followed[9]
    assert (low.control_decisions, low.assisted_decisions) == (2, 0)
    assert (low.control, low.assisted) == (0.5, None)
    assert low.difference.why
    assert (high.control, high.assisted, high.difference.value) == (0.5, 0.75, 0.25)


def test_what_a_coder_cannot_judge_is_in_no_number() -> None:
    given = said("11001110", "10101111", "00001111", [0, 1, 30, 31, 60, 61, 90, 91])
    found = measured(replace(given, known=np.zeros_like(given.known)))
    assert found.overall.control is None
    assert found.overall.difference.value is None
    assert found.overall.difference.why


def test_without_one_of_the_two_nothing_is_measured() -> None:
    assert anchoring(said("11", "10", "11", [0, 40]), STRETCH, QUICK) is None
    assert anchoring(said("11", "10", "00", [0, 40]), STRETCH, QUICK) is None


def test_stretches_are_resampled_not_frames() -> None:
    # Every frame four times over tells nothing new: the same numbers, to the last bit of the interval.
    rng = np.random.default_rng(3)
    given = beside([film(rng, 300, anchored=0.3) for _ in range(2)])
    again = {
        name: np.repeat(getattr(given, name), 4, axis=0)
        for name in ("coded", "proposed", "known", "probabilities", "assisted", "video", "frame", "child")
    }
    once, often = measured(given), measured(CodedBeside(given.actions, **again))
    assert often.overall.difference == once.overall.difference
    assert often.overall.positive_difference == once.overall.positive_difference
    assert (often.control_stretches, often.control_frames) == (
        once.control_stretches,
        4 * once.control_frames,
    )


def test_children_are_resampled_from_six_on() -> None:
    rng = np.random.default_rng(4)
    films = [film(rng, 120, anchored=0.3) for _ in range(6)]
    assert measured(beside(films[:5])).by_child is None
    found = measured(beside(films))
    assert found.by_child is not None
    plain, positive = found.by_child
    assert plain.value == found.overall.difference.value
    assert positive.value == found.overall.positive_difference.value
    assert plain != found.overall.difference


def test_without_resamples_there_are_values_and_no_intervals() -> None:
    rng = np.random.default_rng(5)
    found = measured(beside([film(rng, 300, anchored=0.3) for _ in range(7)]), AssistanceOptions(0))
    assert found.overall.difference.value is not None
    assert found.overall.difference.low is None
    assert found.by_child is None


def _simulated(runs: int, anchored: float) -> list[Estimate]:
    """Differences in positive agreement of synthetic coders with ten recordings of 300 frames each."""
    told = []
    for seed in range(runs):
        rng = np.random.default_rng([11, seed])
        given = beside([film(rng, 300, anchored=anchored) for _ in range(10)])
        found = measured(given, AssistanceOptions(replicates=400, seed=seed))
        told.append(found.overall.positive_difference)
    return told


def _holds_zero(value: Estimate) -> bool:
    assert value.low is not None
    assert value.high is not None
    return value.low <= 0 <= value.high


def test_a_coder_who_follows_the_model_is_found_and_one_who_does_not_is_not() -> None:
    assert all((one.low or 0) > 0 for one in _simulated(5, 0.6))
    assert sum(_holds_zero(one) for one in _simulated(10, 0.0)) >= 8


@pytest.mark.slow
def test_intervals_keep_what_they_promise() -> None:
    # Of 300 runs an interval of 95 % holds the truth in 285, give or take 2.5 times 3.8.
    unmoved = sum(_holds_zero(one) for one in _simulated(300, 0.0))
    assert 275 <= unmoved <= 294
    moved = [one.low or 0 for one in _simulated(60, 0.5)]
    assert sum(low > 0 for low in moved) >= 57
