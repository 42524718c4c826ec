"""Acts on suggestions are counted once, by what stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy.stats import binomtest

from hrm_core.records.suggestion import Condition, SuggestionDecision, Verdict
from hrm_core.suggestions.acceptance import acceptance, standing_decisions

ACT = SuggestionDecision(1, 1, 10, 19, 7, "AU12", Verdict.ACCEPTED, Condition.ASSISTED, 0.65)


def test_the_newest_act_on_the_same_frames_and_action_stands() -> None:
    later = replace(ACT, verdict=Verdict.REJECTED)
    other = replace(ACT, last_frame=18)
    assert standing_decisions([ACT, other, later]) == [later, other]
    back = replace(later, taken_back=True)
    assert standing_decisions([ACT, other, later, back]) == [other]
    # Who does it again after taking it back has done it.
    assert standing_decisions([ACT, replace(ACT, taken_back=True), later]) == [later]


def test_shares_are_by_probability_with_wilsons_interval() -> None:
    acts = [
        replace(ACT, first_frame=20 * number, last_frame=20 * number, probability=0.65, verdict=verdict)
        for number, verdict in enumerate(
            [Verdict.ACCEPTED] * 7 + [Verdict.REJECTED] * 2 + [Verdict.CORRECTED]
        )
    ]
    acts += [
        replace(ACT, action="AU1", probability=1.0),
        replace(ACT, action="AU4", probability=0.0),
        replace(ACT, action=None, probability=None),
        replace(ACT, action="AU6", taken_back=True),
    ]
    found = acceptance(acts)
    six = found.bins[6]
    assert (six.low, six.high) == (0.6, 0.7)
    assert (six.accepted, six.rejected, six.corrected) == (7, 2, 1)
    told = binomtest(7, 10).proportion_ci(0.95, method="wilson")
    assert (six.share.value, six.share.low, six.share.high) == pytest.approx((0.7, told.low, told.high))
    # The upper bound of the last range belongs to it.
    assert (found.bins[9].accepted, found.bins[0].accepted) == (1, 1)
    assert found.whole.accepted == 1
    assert (found.taken_back, found.acts) == (1, 13)
    assert found.bins[3].share.why == "nothing was decided here"
