"""What is said of two sources, against plain recomputation and studies with known disagreement."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import fields, replace
from statistics import mean, variance

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_core.errors import Cancelled, NotFoundError, UserError
from hrm_core.progress import CancelToken
from hrm_core.records.agreement import ActionAgreement, AgreementOptions, Estimate, PairAgreement
from hrm_core.reliability.by_frame import alpha_of_counts, by_participant, segment_counts
from hrm_core.reliability.pairing import RecordingPair, pair
from hrm_core.reliability.summary import summarise
from hrm_core.stats.two_by_two import Counts
from tests.support.coded_pairs import ANNA, BEN, coded, recording, said

_KEYS = ("AU1", "AU6", "AU12")
_FAST = AgreementOptions(replicates=0)


def _agreement(
    recordings: Sequence[RecordingPair],
    options: AgreementOptions = _FAST,
    keys: Sequence[str] = _KEYS,
) -> PairAgreement:
    return summarise(pair(recordings, ("Anna", "Ben")), ANNA, BEN, keys, options)


# ---- plain recomputation -------------------------------------------------------------


def _ratio(above: float, below: float) -> float | None:
    return above / below if below else None


def _expected(first: list[int], second: list[int]) -> dict[str, float | None]:
    """Every coefficient of one action from its definition."""
    n = len(first)
    a = sum(x and y for x, y in zip(first, second, strict=True))
    b, c = sum(first) - a, sum(second) - a
    d = n - a - b - c
    po, p1, p2 = (a + d) / n, (a + b) / n, (a + c) / n
    pe = p1 * p2 + (1 - p1) * (1 - p2)
    pi = (p1 + p2) / 2
    gwet = 2 * pi * (1 - pi)
    spread = variance(first) + variance(second) if n > 1 else 0.0
    covariance = sum((x - mean(first)) * (y - mean(second)) for x, y in zip(first, second, strict=True))
    root = math.sqrt((a + b) * (a + c) * (d + b) * (d + c))
    varied = len(set(first + second)) > 1
    return {
        "icc": 2 * covariance / (n - 1) / spread if spread else None,
        "kappa": (po - pe) / (1 - pe) if pe < 1 else None,
        "ac1": (po - gwet) / (1 - gwet),
        "pabak": 2 * po - 1,
        "alpha": float(krippendorff.alpha([first, second], level_of_measurement="nominal"))
        if varied
        else None,
        "percent": po,
        "positive": _ratio(2 * a, 2 * a + b + c),
        "negative": _ratio(2 * d, 2 * d + b + c),
        "precision": _ratio(a, a + c),
        "recall": _ratio(a, a + b),
        "f1": _ratio(2 * a, 2 * a + b + c),
        "mcc": (a * d - b * c) / root if root else None,
        "bias": (b - c) / n,
    }


_series = st.integers(3, 24).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, 1), min_size=n, max_size=n), min_size=6, max_size=6)
)


@settings(max_examples=30)
@given(_series)
def test_every_coefficient_is_what_its_definition_gives(series: list[list[int]]) -> None:
    first, second = (np.array(part, dtype=np.uint8).T for part in (series[:3], series[3:]))
    found = _agreement([recording(coded(first, _KEYS), coded(second, _KEYS))])
    for place, key in enumerate(_KEYS):
        row, expected = found.of(key), _expected(series[place], series[place + 3])
        assert row.frames == row.both + row.first_only + row.second_only + row.neither == len(first)
        for name, value in expected.items():
            estimate: Estimate = getattr(row, name)
            assert (estimate.value is None) == (value is None), name
            assert bool(estimate.why) == (value is None), name
            if value is not None:
                assert estimate.value == pytest.approx(value, abs=1e-9), name
        assert row.icc_participants.value == pytest.approx(row.icc.value, abs=1e-9)
        onsets = [
            {at for at, here in enumerate(codes) if here and not (at and codes[at - 1])}
            for codes in (series[place], series[place + 3])
        ]
        assert (row.first_events, row.second_events) == tuple(len(those) for those in onsets)
        assert row.events[0].matched == len(onsets[0] & onsets[1])
    dice = [
        2 * sum(one & other) / (sum(one) + sum(other))
        for one, other in zip(first, second, strict=True)
        if any(one) or any(other)
    ]
    assert found.facs_undefined == len(first) - len(dice)
    assert (found.facs_mean.value is None) == (not dice)
    if dice:
        assert found.facs_mean.value == pytest.approx(mean(dice))


@given(*(st.integers(0, 40) for _ in range(4)))
def test_alpha_from_counts_is_the_library_s(a: int, b: int, c: int, d: int) -> None:
    first, second = [1] * a + [1] * b + [0] * c + [0] * d, [1] * a + [0] * b + [1] * c + [0] * d
    found = float(alpha_of_counts(Counts(*(np.array(cell) for cell in (a, b, c, d)))))
    if len(set(first + second)) < 2:
        assert math.isnan(found)
    else:
        expected = krippendorff.alpha([first, second], level_of_measurement="nominal")
        assert found == pytest.approx(float(expected), abs=1e-12)


# ---- degenerate actions --------------------------------------------------------------


def _row(first: str, second: str, options: AgreementOptions = _FAST) -> ActionAgreement:
    frames = range(len(first))
    return _agreement([recording(said(frames, AU12=first), said(frames, AU12=second))], options).of("AU12")


def test_the_largest_kappa_is_that_of_nested_frames() -> None:
    # Ben's three frames could all lie among Anna's five: then 3, 2, 0 and 5 frames.
    row = _agreement([recording(said(range(10), AU12="1111100000"), said(range(10), AU12="0000111000"))]).of(
        "AU12"
    )
    nested = _expected([1] * 5 + [0] * 5, [1] * 3 + [0] * 7)["kappa"]
    assert row.kappa_max == Estimate(pytest.approx(nested))
    assert row.kappa.value is not None
    assert nested is not None
    assert row.kappa.value < nested
    assert _agreement([recording(said(range(3)), said(range(3)))]).of("AU1").kappa_max.why


def test_neither_used_it() -> None:
    row = _row("0" * 40, "0" * 40)
    for name in ("icc", "icc_agreement", "icc_participants", "icc_segments", "kappa", "alpha", "mcc", "f1"):
        assert getattr(row, name) == Estimate(None, why="neither used it in 40 frames"), name
    for name in ("ac1", "pabak", "percent", "negative"):
        assert getattr(row, name) == Estimate(1.0, note="1 by definition: neither ever used it"), name
    assert row.events[0].f1 == Estimate(None, why="neither has an event")
    assert row.overlap.why == "neither has an event"
    assert row.side_agreement.why == "neither gave sides"
    assert (row.f, row.p, row.effective_frames, row.warnings) == (None, None, None, ())


def test_one_never_used_it() -> None:
    row = _row("0011" * 10, "0" * 40)
    assert (row.icc.value, row.kappa.value) == (0.0, 0.0)
    assert row.icc.note.startswith("0 by definition: Ben never used it")
    assert row.p == pytest.approx(0.5)
    assert row.precision == Estimate(None, why="Ben never used it")
    assert row.recall.value == 0.0
    assert row.mcc.why == "Ben never used it (40 frames)"
    assert row.events[0].precision.why == "Ben has no event"
    assert row.warnings[0].startswith("Ben never used AU12 in 40 frames, Anna did in 20")
    assert row.warnings[1].startswith("Too rare to judge: each of the two should have 30 frames")


def test_always_never_and_perfect() -> None:
    both = _row("1" * 40, "1" * 40)
    assert both.icc.why == both.kappa.why == "both used it in all 40 frames"
    assert both.f1.value == 1.0
    opposite = _row("1" * 40, "0" * 40)
    assert opposite.icc.why == "Anna used it in every frame and Ben never used it (40 frames)"
    assert (opposite.kappa.value, opposite.pabak.value) == (0.0, -1.0)
    perfect = _row("0011" * 10, "0011" * 10)
    assert (perfect.icc.value, perfect.icc.low, perfect.icc.high) == (1.0, 1.0, 1.0)
    # F is infinite, which is no number that a table or a file could hold.
    assert (perfect.f, perfect.p, perfect.icc.note) == (None, 0.0, "F is infinite: they agree throughout")
    assert perfect.events[0].f1.value == 1.0
    against = _row("0011" * 10, "1100" * 10)
    assert (against.icc.value, against.p) == (-1.0, 1.0)


def test_nothing_is_ever_nan() -> None:
    for first, second in (("0", "0"), ("1", "0"), ("01", "01"), ("001", "010"), ("111", "101")):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            row = _row(first, second, AgreementOptions(replicates=20))
        for entry in fields(row):
            value = getattr(row, entry.name)
            numbers = (value.value, value.low, value.high) if isinstance(value, Estimate) else (value,)
            assert all(not isinstance(number, float) or math.isfinite(number) for number in numbers), entry


# ---- known disagreement --------------------------------------------------------------


def _moved(late: int, participants: int = 4) -> list[RecordingPair]:
    """Ben sees what Anna sees, some frames later."""
    rng = np.random.default_rng(7)
    found = []
    for number in range(participants):
        anna = np.repeat(rng.integers(0, 2, size=(60, 3)), 5, axis=0).astype(np.uint8)
        ben = np.roll(anna, late, axis=0)
        found.append(recording(coded(anna, _KEYS), coded(ben, _KEYS), f"S{number}", fps=30))
    return found


def test_shifted_frame_numbers_are_found() -> None:
    found = _agreement(_moved(2))
    assert [(shift.participant, shift.frames) for shift in found.shifts] == [(f"S{n}", 2) for n in range(4)]
    assert all(shift.kappa < 0.7 < 0.95 < shift.kappa_moved for shift in found.shifts)
    assert [shift.frames for shift in _agreement(_moved(-1)).shifts] == [-1] * 4
    assert not _agreement(_moved(0)).shifts
    # Long events lose little by one frame: too little to accuse the numbering.
    long = np.repeat(np.random.default_rng(3).integers(0, 2, size=(40, 3)), 50, axis=0).astype(np.uint8)
    late = recording(coded(long, _KEYS), coded(np.roll(long, 1, axis=0), _KEYS))
    assert not _agreement([late]).shifts
    # Onsets are 2 frames of 1/30 s apart: the same events within 1/6 s, none at the same frame.
    row = found.of("AU12")
    assert [at.matched > 0.9 * row.first_events for at in row.events] == [False, True, True]
    assert row.overlap.value is not None
    assert 0.5 < row.overlap.value < 0.9


def test_intervals_know_how_alike_participants_are() -> None:
    # All participants are the same: resampling them changes nothing, whereas segments differ.
    frames = range(40)
    same = [
        recording(
            said(frames, AU12="0011100000" * 4), said(frames, AU12="0001100000" * 3 + "0000000000"),
            f"S{number}", segments=[(0, 29), (30, 39)],
        )
        for number in range(5)
    ]  # fmt: skip
    options = AgreementOptions(replicates=200)
    found = _agreement(same, options)
    row = found.of("AU12")
    for name in ("icc_participants", "kappa", "ac1", "positive", "mcc", "precision", "recall", "bias"):
        estimate: Estimate = getattr(row, name)
        assert estimate.low == pytest.approx(estimate.value), name
        assert estimate.high == pytest.approx(estimate.value), name
        # What cannot differ from resample to resample is no proof that it never would.
        assert (
            estimate.note == "the interval has no width: no resample differs, though other participants may"
        )
    assert row.icc_segments.low is not None
    assert row.icc_segments.high is not None
    assert row.icc_segments.value is not None
    assert row.icc_segments.low < row.icc_segments.value < row.icc_segments.high
    assert any("Only 5 participants" in sentence for sentence in found.warnings)
    assert found == _agreement(same, options)
    one = _agreement(same[:1], options)
    assert one.of("AU12").kappa.low is None
    assert one.of("AU12").kappa.note == "no interval: fewer than 2 participants to resample: 1"
    assert any("one participant" in sentence for sentence in one.warnings)
    single = _agreement([recording(said(frames, AU12="0011" * 10), said(frames, AU12="0110" * 10))], options)
    assert [text for text in single.warnings if "segment" in text] == [
        "Only 1 segment: there are no intervals by segments."
    ]


@given(
    st.lists(st.tuples(st.sampled_from("XYZ"), st.text("01", min_size=6, max_size=6)), min_size=1, max_size=5)
)
def test_counts_belong_to_the_right_participant(recordings: list[tuple[str, str]]) -> None:
    paired = pair(
        [
            recording(said(range(6), AU12=text), said(range(6), AU12="011110"), who, segments=[(1, 2)])
            for who, text in recordings
        ]
    )
    found = by_participant(paired, segment_counts(paired, ["AU12"]))
    for place, who in enumerate(paired.participants):
        cells = [
            (a, b) for owner, text in recordings if owner == who for a, b in zip(text, "011110", strict=True)
        ]
        expected = [cells.count(cell) for cell in (("1", "1"), ("1", "0"), ("0", "1"), ("0", "0"))]
        assert found[place].tolist() == [expected]


def test_what_is_too_rare() -> None:
    rare = ("100" * 30, "100" * 29 + "000")
    sentence = "Too rare to judge: each of the two should have 30 frames and 10 events of it."
    assert _row(*rare).warnings == (sentence,)
    assert not _row(*rare, replace(_FAST, rare_frames=29)).warnings
    few = "1" * 40 + "0" * 40
    assert _row(few, few).warnings == (sentence,)
    assert not _row(few, few, replace(_FAST, rare_events=1)).warnings
    # Frames without a rare action would make nearly all of its effective frames.
    assert _row(*rare).effective_frames is None
    assert _row(*rare, replace(_FAST, rare_frames=29)).effective_frames is not None


def test_resamples_without_a_value_are_told() -> None:
    frames = range(10)
    rarely = [
        recording(
            said(frames, AU12="0110000000" if n < 2 else "0" * 10),
            said(frames, AU12="0010000000" if n < 2 else "0" * 10),
            f"S{n}",
        )
        for n in range(6)
    ]
    row = _agreement(rarely, AgreementOptions(replicates=400)).of("AU12")
    # Neither of two children of six is drawn (4/6)^6 = 9 % of the time.
    lost = int(row.kappa.note.split(" of 400 resamples have no value")[0])
    assert 15 < lost < 60
    alone = _agreement(rarely[1:], AgreementOptions(replicates=400)).of("AU12")
    assert alone.kappa.value is not None
    assert alone.kappa.low is None
    assert alone.kappa.note == "no interval: undefined once a single participant is left out"


def test_left_and_right_exchanged() -> None:
    frames = range(40)
    anna, ben = said(frames, AU12="2222233333" * 4), said(frames, AU12="3333322221" * 4)
    # One event is one slip of the hand, however many frames it has.
    once = _agreement([recording(said(frames, AU12="2" * 40), said(frames, AU12="3" * 40))])
    assert once.of("AU12").side_agreement.value == 0.0
    assert not any("exchanged" in sentence for sentence in (*once.warnings, *once.of("AU12").warnings))
    found = _agreement([recording(anna, ben)])
    row = found.of("AU12")
    assert row.percent.value == 1.0
    assert row.sides[2][3] == 20
    assert row.sides[3][2] == 16
    assert row.sides[3][1] == 4
    assert sum(map(sum, row.sides)) == 40
    assert row.side_agreement.value == 0.0
    assert row.side_agreement.note == "over 36 frames in which both named a side, of 40 in which both used it"
    assert any("Left and right of AU12 look exchanged" in sentence for sentence in row.warnings)
    assert any("left and right look exchanged" in sentence for sentence in found.warnings)
    tool = _agreement([recording(anna, said(frames, AU12="1" * 40))])
    assert tool.of("AU12").side_agreement.why == "Ben gave no sides"
    assert not any("exchanged" in sentence for sentence in (*tool.warnings, *tool.of("AU12").warnings))
    few = _agreement([recording(said(frames, AU12="2000" * 10), said(frames, AU12="2000" * 9 + "0000"))])
    assert few.of("AU12").side_agreement.value == 1.0


def test_intensity_counts_only_where_both_told_it() -> None:
    frames = range(8)
    anna = said(frames, {"AU12": "00123450"}, AU12="00111111")
    ben = said(frames, {"AU12": "00123003"}, AU12="00111101", AU6="1" * 8)
    row = _agreement([recording(anna, ben)]).of("AU12")
    # Frame 5: Ben has it without an intensity; frame 7: Anna has.
    assert row.intensity_frames == 6
    first, second = [0, 0, 1, 2, 3, 5], [0, 0, 1, 2, 3, 0]
    covariance = sum((x - mean(first)) * (y - mean(second)) for x, y in zip(first, second, strict=True)) / 5
    assert row.intensity_icc.value == pytest.approx(2 * covariance / (variance(first) + variance(second)))
    assert row.intensity_icc.note == "2 frames left out, in which an intensity was not told"
    seen = sum((x - y) ** 2 for x, y in zip(first, second, strict=True)) / 6
    chance = sum((x - y) ** 2 for x in first for y in second) / 36
    assert row.intensity_kappa.value == pytest.approx(1 - seen / chance)
    none = _agreement([recording(anna, said(frames, AU12="00111101"))]).of("AU12")
    assert none.intensity_icc == Estimate(None, why="Ben told no intensity of it")


def test_which_is_taken_for_which() -> None:
    frames = range(100)
    anna = said(frames, AU6="1" * 20 + "0" * 80, AU12="1" * 30 + "0" * 70)
    ben = said(frames, AU1="1" * 10 + "0" * 80 + "1" * 10, AU12="1" * 30 + "0" * 70)
    (found,) = _agreement([recording(anna, ben)]).confusions
    # Anna alone has 6 in 20 frames, Ben alone has 1 in 20; 4 were to be expected together.
    assert (found.first, found.second, found.frames, found.lift) == ("AU6", "AU1", 10, 100 * 10 / (20 * 20))


def test_drift_by_month_and_by_recording() -> None:
    at = np.array(["2026-01-31T23:59:59", "2026-02-01", "2026-02-01", "NaT"] * 5, dtype="datetime64[s]")
    frames = range(20)
    text = "1010" * 5
    paired = [recording(said(frames, AU12=text), said(frames, AU12="1110" * 5), coded_at=at)]
    by_month = _agreement(paired, keys=["AU12"]).drift
    assert [(point.label, point.frames) for point in by_month] == [
        ("2026-01", 5),
        ("2026-02", 10),
        ("month not known", 5),
    ]
    assert by_month[0].kappa.why == "both used it in all 5 decisions"
    assert by_month[1].positive.value == pytest.approx(2 * 5 / (5 + 10))
    assert by_month[2].positive.why == "neither used it in 5 decisions"
    by_recording = _agreement(paired, replace(_FAST, by_month=False), ["AU12"]).drift
    assert [(point.label, point.frames) for point in by_recording] == [("S1 1.mp4", 20)]


def test_visibility_is_judged_apart() -> None:
    anna, ben = said(range(2, 10), not_codable=[0, 1]), said([0, *range(3, 10)], not_codable=[1, 2])
    found = _agreement([recording(anna, ben)]).visibility
    # Of ten frames both looked at, Anna gives up on 0 and 1, Ben on 1 and 2.
    assert found.value == pytest.approx((0.8 - 0.68) / (1 - 0.68))
    assert "not codable" in _agreement([recording(said([1, 2]), said([1, 2]))]).visibility.why


# ---- what cannot be compared ---------------------------------------------------------


def test_an_action_that_one_cannot_judge() -> None:
    frames, why = range(6), {"AU1": "Ben does not see the eyes"}
    anna, ben = said(frames, AU1="111000", AU12="111000"), said(frames, hidden=why, AU12="111000")
    found = _agreement([recording(anna, ben)])
    row = found.of("AU1")
    assert (row.why, row.frames, row.icc.value) == ("Ben does not see the eyes", 0, None)
    assert row.icc.why == row.events[0].f1.why == row.side_agreement.why == row.why
    assert not any(run.action == "AU1" for run in found.disagreements)
    assert found.facs_index.value == 1.0
    assert "AU1" in found.averages[0].left_out
    # In another recording he does: then those frames count, and it is said that others do not.
    seen = recording(said(frames, AU1="110000"), said(frames, AU1="100000"), "S2")
    part = _agreement([recording(anna, ben), seen]).of("AU1")
    assert (part.frames, part.both, part.first_only, part.first_events) == (6, 1, 1, 1)
    assert part.warnings[0] == "AU1 is compared in 1 of 2 recordings only: Ben does not see the eyes."


def test_nothing_to_compare() -> None:
    apart = [recording(said([1, 2]), said([5])), recording(said([]), said([1]), "S2")]
    with pytest.raises(NotFoundError, match=r"no frame in common: Anna coded 2 frames, Ben 2 frames\."):
        _agreement(apart)
    frames = range(3)
    paired = pair([recording(said(frames), said(frames))])
    with pytest.raises(UserError, match="Anna cannot be compared with itself"):
        summarise(paired, ANNA, ANNA, _KEYS, _FAST)
    blind = {"AU1": "Ben does not see the eyes"}
    with pytest.raises(NotFoundError, match="no action of this study"):
        _agreement([recording(said(frames), said(frames, hidden=blind))], keys=["AU1"])
    with pytest.raises(ValueError, match="keys of the catalogue"):
        summarise(paired, ANNA, BEN, ["AU99"], _FAST)
    stop = CancelToken()
    stop.cancel()
    with pytest.raises(Cancelled):
        summarise(paired, ANNA, BEN, _KEYS, _FAST, cancel=stop)
