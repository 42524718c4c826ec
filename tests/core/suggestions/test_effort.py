"""What a frame cost is that of all stays up to the one in which it was coded."""

from __future__ import annotations

import pytest

from hrm_core.records.assistance_results import AssistanceOptions
from hrm_core.records.suggestion import Condition, FrameVisit
from hrm_core.suggestions.effort import effort, frame_costs

QUICK = AssistanceOptions(replicates=200)
CONTROL, ASSISTED, AFTER = Condition.CONTROL, Condition.ASSISTED, Condition.AFTER


def stay(
    frame: int, condition: Condition, acts: int, seconds: float, committed: bool, video: int = 1
) -> FrameVisit:
    return FrameVisit(1, video, frame, condition, 7, acts, seconds, committed)


def test_stays_before_the_first_commit_are_paid_for_and_later_ones_are_review() -> None:
    (cost,) = frame_costs(
        [
            stay(4, CONTROL, 1, 2.0, False),
            stay(4, ASSISTED, 3, 4.0, True),
            stay(4, AFTER, 5, 8.0, True),
            stay(4, CONTROL, 1, 16.0, False),
        ]
    )
    # The condition is that of the stay in which it was coded, not of the first or the last.
    assert (cost.condition, cost.committed) == (ASSISTED, True)
    assert (cost.acts, cost.seconds) == (4, 6.0)
    assert (cost.review_acts, cost.review_seconds) == (6, 24.0)


def test_frames_that_were_never_coded_are_counted_and_in_no_mean() -> None:
    visits = [stay(frame, CONTROL, 2, 1.0, frame < 3) for frame in range(5)]
    (told,) = effort(frame_costs(visits), 30, QUICK).conditions
    assert (told.frames, told.unfinished) == (3, 2)
    assert told.acts.value == 2.0
    assert effort(frame_costs(visits[3:]), 30, QUICK).conditions == ()


def test_means_differences_and_ratios_are_those_of_the_hand() -> None:
    # Two control stretches: 10 frames of 4 acts, 10 of 2; two assisted: 10 of 1, 20 of 2.
    visits = [
        *(stay(frame, CONTROL, 4, 8.0, True) for frame in range(10)),
        *(stay(frame, CONTROL, 2, 4.0, True) for frame in range(30, 40)),
        *(stay(frame, ASSISTED, 1, 3.0, True) for frame in range(60, 70)),
        *(stay(frame, ASSISTED, 2, 3.0, True, video=2) for frame in range(20)),
    ]
    found = effort(frame_costs(visits), 30, QUICK)
    by = {one.condition: one for one in found.conditions}
    assert [one.condition for one in found.conditions] == [CONTROL, ASSISTED]
    assert (by[CONTROL].frames, by[CONTROL].stretches) == (20, 2)
    assert (by[ASSISTED].frames, by[ASSISTED].stretches) == (30, 2)
    assert (by[CONTROL].acts.value, by[CONTROL].seconds.value) == (3.0, 6.0)
    assert by[ASSISTED].acts.value == pytest.approx(50 / 30)
    assert found.difference is not None
    assert found.difference.acts.value == pytest.approx(50 / 30 - 3)
    assert found.difference.acts_ratio.value == pytest.approx(5 / 9)
    assert found.difference.seconds_ratio.value == pytest.approx(0.5)


def test_a_stretch_is_one_unit_however_many_frames_it_has() -> None:
    # Each stretch is of one kind throughout: with all its frames or two of them, resampling it is the same.
    def visits(frames: int) -> list[FrameVisit]:
        return [
            stay(30 * number + frame, (CONTROL, ASSISTED)[number % 2], number % 5, 1.0, True)
            for number in range(24)
            for frame in range(frames)
        ]

    many, few = (effort(frame_costs(visits(frames)), 30, QUICK).difference for frames in (30, 2))
    assert many is not None
    assert few is not None
    assert many.acts == few.acts
    assert many.acts.low is not None
    assert many.acts.low < many.acts.high  # type: ignore[operator]


def test_without_control_frames_nothing_is_compared() -> None:
    found = effort(frame_costs([stay(frame, ASSISTED, 1, 1.0, True) for frame in range(90)]), 30, QUICK)
    assert found.difference is None
    (told,) = found.conditions
    assert (told.stretches, told.acts.low, told.acts.high) == (3, 1.0, 1.0)


def test_one_stretch_has_no_interval_and_says_why() -> None:
    (told,) = effort(frame_costs([stay(3, ASSISTED, 1, 1.0, True)]), 30, QUICK).conditions
    assert (told.acts.value, told.acts.low) == (1.0, None)
    assert "fewer than 2 stretches" in told.acts.note
