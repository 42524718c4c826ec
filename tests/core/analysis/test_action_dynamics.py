"""Time course, overlap and sides of events, against numbers by hand, SciPy and plain Python."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations as pairs_of

import numpy as np
import pytest
import scipy.stats

from hrm_core.analysis.action_dynamics import action_dynamics
from hrm_core.records.analysis_patterns import ActionDynamics, DynamicsRow, OverlapRow, SynchronyRow
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.records.coded_frames import NOT_CODABLE, CodedFrames
from tests.core.analysis.said_frames import FPS, Said, random_frames, said_frames

OPTIONS = AnalysisOptions(("ASD", "TD"), replicates=50)
SMALL = ("AU1", "AU6", "AU12", "AU25")


def _row(found: ActionDynamics, action: str, group: str) -> DynamicsRow:
    (row,) = (row for row in found.rows if (row.action, row.group) == (action, group))
    return row


def _overlap(found: ActionDynamics, first: str, second: str, group: str) -> OverlapRow:
    (row,) = (row for row in found.overlaps if (row.first, row.second, row.group) == (first, second, group))
    return row


def _synchrony(found: ActionDynamics, action: str, group: str) -> SynchronyRow:
    (row,) = (row for row in found.synchrony if (row.action, row.group) == (action, group))
    return row


def test_events_rates_and_durations_by_hand() -> None:
    frames = said_frames(
        Said("A", "ASD", "12 0 12 12 0 0 12 12 12 12 0 12"),  # cut, 2 frames, 4 frames, cut
        Said("B", "ASD", "0 12 0 0 | 0 12"),  # 1 frame, cut
        Said("C", "TD", "0 ?12 12 0 0"),  # its beginning was hidden
        actions=SMALL,
    )
    found = action_dynamics(frames, OPTIONS)
    asd, td = _row(found, "AU12", "ASD"), _row(found, "AU12", "TD")
    assert (asd.events, asd.cut, asd.children) == (3, 3, 2)
    assert asd.duration_s.value == pytest.approx((0.3 + 0.1) / 2)
    # Beginnings of three whole events and two cut ones, in 11 + 3 + 1 steps of a tenth of a second.
    assert asd.per_minute.value == pytest.approx(5 / (1.5 / 60))
    assert asd.per_minute.low is not None
    assert (td.events, td.cut, td.children) == (0, 1, 0)
    assert td.per_minute.value == 0.0
    assert (td.duration_s.value, td.duration_s.why) == (None, "no event whose beginning and end are seen")
    assert asd.onset_s.why == "nobody says how strong actions are"
    assert [(row.action, row.group) for row in found.rows] == [
        (action, group) for action in SMALL for group in ("ASD", "TD")
    ]


def _with_strength(frames: CodedFrames, action: str, *values: float) -> CodedFrames:
    strength = frames.strength.copy()
    strength[:, frames.actions.index(action)] = values
    return replace(frames, strength=strength, strength_source="synthetic")


def test_onset_apex_and_offset_by_hand() -> None:
    said = said_frames(Said("A", "ASD", "0 12 12 12 12 12 12 0 0"), Said("B", "TD", "0"), actions=SMALL)
    frames = _with_strength(said, "AU12", 0, 0.1, 0.5, 1.0, 0.7, 0.95, 0.3, 0, 0, 0)
    found = action_dynamics(frames, OPTIONS)
    row = _row(found, "AU12", "ASD")
    assert found.strength_source == "synthetic"
    assert row.onset_s.value == pytest.approx(0.2)
    assert row.apex_s.value == pytest.approx(0.3)  # a dip between the first and the last is in it
    assert row.offset_s.value == pytest.approx(0.1)
    assert row.duration_s.value == pytest.approx(0.6)
    assert row.speed_per_s.value == pytest.approx(5.0)
    assert _row(found, "AU1", "ASD").onset_s.why == "no event whose strength is known throughout"


@pytest.mark.parametrize(
    ("values", "onset", "speed"),
    [
        ((0, 0.6, 0.6, 0.6, 0), 0.0, 6.0),  # coded as one intensity: there from its first frame
        ((0.4, 0.3, 0.1, 0.2, 0), 0.0, None),  # strongest at once, and nothing rises
        ((np.nan, 0.3, 0.6, 0.2, 0), 0.1, 3.0),
        ((0, 0.3, np.nan, 0.2, 0), None, None),  # the greatest may be the one that is not known
        ((0, 0, 0, 0, 0), None, None),
    ],
)
def test_what_strengths_tell(values: tuple[float, ...], onset: float | None, speed: float | None) -> None:
    said = said_frames(Said("A", "ASD", "0 12 12 12 0"), actions=SMALL)
    row = _row(action_dynamics(_with_strength(said, "AU12", *values), OPTIONS), "AU12", "ASD")
    assert row.onset_s.value == (None if onset is None else pytest.approx(onset))
    assert row.speed_per_s.value == (None if speed is None else pytest.approx(speed))


def test_p_is_that_of_scipy_over_children() -> None:
    frames = random_frames(0, children=12, frames=300, actions=SMALL)
    found = action_dynamics(frames, replace(OPTIONS, replicates=0))
    medians: dict[str, list[float]] = {"ASD": [], "TD": []}
    column = frames.codes[:, SMALL.index("AU12")]
    for place, child in enumerate(frames.children):
        lengths, length = [], -1  # no event is whole until an absent frame came before it
        for row in np.flatnonzero(frames.child == place).tolist():
            if row == 0 or frames.frame[row] != frames.frame[row - 1] + 1 or frames.child[row - 1] != place:
                length = -1
            if column[row] == NOT_CODABLE:
                length = -1
            elif column[row] == 0:
                if length > 0:
                    lengths.append(length / FPS)
                length = 0
            elif length >= 0:
                length += 1
        medians[child.group].append(float(np.median(lengths)))
    row = _row(found, "AU12", "ASD")
    assert row.duration_s.value == pytest.approx(np.mean(medians["ASD"]))

    # Medians are tied, so every way to deal them out is looked at.
    def far(one: np.ndarray, other: np.ndarray) -> float:
        return abs(float(scipy.stats.mannwhitneyu(one, other).statistic) - len(one) * len(other) / 2)

    test = scipy.stats.permutation_test(
        (medians["ASD"], medians["TD"]), far, n_resamples=np.inf, alternative="greater"
    )
    assert row.p_duration == pytest.approx(test.pvalue)
    assert 0 < test.pvalue < 1
    assert _row(found, "AU12", "TD").p_duration is None


def test_equal_durations_are_tied_wherever_they_are_in_the_recording() -> None:
    children = [
        Said(f"C{at}", ("ASD", "TD")[at % 2], "0 " * (7 * at) + "0 12 12 12 0", video=f"v{at}")
        for at in range(8)
    ]
    row = _row(action_dynamics(said_frames(*children), OPTIONS), "AU12", "ASD")
    assert row.p_duration == 1.0


def test_overlap_and_lead_by_hand() -> None:
    frames = said_frames(
        Said("A", "ASD", "0 6 6+12 6+12 12 0 0 12 6+12 0"),
        Said("B", "ASD", "6+12 6 0"),
        Said("C", "TD", "0 6 0 12"),
        actions=SMALL,
    )
    found = action_dynamics(frames, OPTIONS)
    row = _overlap(found, "AU6", "AU12", "ASD")
    # Both begin unseen in B; in A 12 is a frame later, then a frame earlier.
    assert row.events == 2
    assert row.lead_s.value == pytest.approx(0.0)
    assert row.jaccard.value == pytest.approx(4 / 8)
    td = _overlap(found, "AU6", "AU12", "TD")
    assert (td.events, td.jaccard.value, td.lead_s.value) == (0, 0.0, None)
    assert len(found.overlaps) == 2


@pytest.mark.parametrize("seed", range(3))
def test_overlaps_are_those_of_sets_of_frames(seed: int) -> None:
    frames = random_frames(seed, frames=300, actions=SMALL)
    found = action_dynamics(frames, replace(OPTIONS, replicates=0))
    groups = frames.groups_of_frames
    for one, other in pairs_of(range(len(SMALL)), 2):
        codes = frames.codes[groups == "ASD"][:, [one, other]]
        codes = codes[(codes != NOT_CODABLE).all(axis=1)] > 0
        row = _overlap(found, SMALL[one], SMALL[other], "ASD")
        assert row.jaccard.value == pytest.approx(codes.all(axis=1).sum() / codes.any(axis=1).sum())
        begun = [_beginnings(frames, "ASD", action) for action in (one, other)]
        together = [
            (first[0], second[0]) for first in begun[0] for second in begun[1] if set(first) & set(second)
        ]
        assert row.events == len(together)
        by_child: dict[int, list[float]] = {}
        for first, second in together:
            by_child.setdefault(int(frames.child[first]), []).append(
                frames.seconds[second] - frames.seconds[first]
            )
        assert row.lead_s.value == pytest.approx(np.mean([np.median(each) for each in by_child.values()]))


def _beginnings(frames: CodedFrames, group: str, action: int) -> list[list[int]]:
    """Rows of each event of a group whose frame before is coded and without the action."""
    events: list[list[int]] = []
    mine = frames.groups_of_frames == group
    code = frames.codes[:, action]
    follows = np.r_[False, (np.diff(frames.frame) == 1) & (np.diff(frames.video) == 0)]
    is_open = False
    for row in np.flatnonzero(mine).tolist():
        present = 0 < code[row] < NOT_CODABLE
        continues = follows[row] and 0 < code[row - 1] < NOT_CODABLE
        if present and not continues:
            is_open = bool(follows[row] and code[row - 1] == 0)
            if is_open:
                events.append([])
        if present and is_open:
            events[-1].append(row)
    return events


def test_sides_by_hand() -> None:
    frames = said_frames(
        Said(
            "A", "ASD", "0 L12 L12 12 0 12 0 R12 12 L12 0 L12 0"
        ),  # left 2 frames, together, right 1, left only
        Said("B", "ASD", "0 L12 R12 12 0"),  # left 1
        Said("C", "TD", "12 0 25 0"),  # its beginning is not seen; 25 has no sides
        actions=SMALL,
    )
    found = action_dynamics(frames, OPTIONS)
    row = _synchrony(found, "AU12", "ASD")
    assert row.events == 4
    assert row.together.value == pytest.approx(1 / 4)
    assert row.lag_s.value == pytest.approx(((0.2 + 0.0 + 0.1) / 3 + 0.1) / 2)
    assert row.left_leads.value == pytest.approx(2 / 3)
    td = _synchrony(found, "AU12", "TD")
    assert (td.events, td.together.value) == (0, None)
    assert td.together.why == "no event that shows both sides and whose beginning is seen"
    assert {row.action for row in found.synchrony} == {"AU12"}


def test_sides_that_always_begin_together_have_no_leader() -> None:
    row = _synchrony(action_dynamics(said_frames(Said("A", "ASD", "0 12 0")), OPTIONS), "AU12", "ASD")
    assert (row.together.value, row.lag_s.value, row.left_leads.value) == (1.0, 0.0, None)
    assert row.left_leads.why == "no event in which one side begins before the other"


def test_without_children_there_are_rows_without_numbers() -> None:
    found = action_dynamics(random_frames(0, actions=SMALL), replace(OPTIONS, groups=("X", "Y")))
    assert [(row.events, row.per_minute.why) for row in found.rows] == [
        (0, "no frames that follow each other")
    ] * 8
    assert (found.overlaps, found.synchrony) == ((), ())
    assert {row.p_duration for row in found.rows} == {None}


def test_intervals_hold_their_values_and_are_the_same_every_time() -> None:
    frames = random_frames(1, children=20)
    found = action_dynamics(frames, OPTIONS)
    assert found == action_dynamics(frames, OPTIONS)
    told = [row.duration_s for row in found.rows if row.duration_s.low is not None]
    assert len(told) > 40
    assert all(one.low <= one.value <= one.high for one in told if one.low is not None)
