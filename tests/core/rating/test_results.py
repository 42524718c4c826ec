"""Results of small tables against numbers computed by hand, in fractions, or by NumPy alone."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hrm_core.rating.estimates import ResultOptions
from hrm_core.rating.rating_table import JudgeConduct, RatingTable, RepeatedAnswer, clip_numbers
from hrm_core.rating.results import SessionFacts, rating_results
from hrm_core.records.agreement import Estimate
from hrm_core.records.rating_plan import Presentation
from hrm_core.records.rating_results import JudgeAgreement, RatingResults

_NAMES = ("Ann", "Bo", "Cy", "Di", "Ed")
_PLAIN = ResultOptions(replicates=0)


def _table(
    scores: object,
    children: object | None = None,
    *,
    not_blind: int = 0,
    positions: np.ndarray | None = None,
    response_s: np.ndarray | None = None,
    replays: np.ndarray | None = None,
    repeats: tuple[RepeatedAnswer, ...] = (),
    points: int = 5,
) -> RatingTable:
    array = np.array(scores, dtype=np.float64)
    clips, judges = array.shape
    return RatingTable(
        points,
        tuple(JudgeConduct(name, at >= not_blind, "", clips) for at, name in enumerate(_NAMES[:judges])),
        clip_numbers("x", range(clips)),
        np.arange(clips) if children is None else np.array(children, dtype=np.int64),
        array,
        np.full(array.shape, np.nan) if positions is None else positions,
        np.full(array.shape, np.nan) if response_s is None else response_s,
        np.zeros(array.shape, dtype=np.int64) if replays is None else replays,
        repeats,
    )


def _results(
    table: RatingTable, options: ResultOptions = _PLAIN, presentation: Presentation | None = None
) -> RatingResults:
    return rating_results(table, SessionFacts("study", "G", presentation or Presentation()), options)


def _estimates(agreement: JudgeAgreement) -> list[Estimate]:
    return [
        agreement.kappa,
        agreement.icc_single,
        agreement.icc_average,
        agreement.icc_single_children,
        agreement.icc_average_children,
        agreement.icc_absolute,
        agreement.icc_absolute_average,
        agreement.alpha,
    ]


def test_judges_beside_the_others_are_computed_by_hand() -> None:
    # Ann: 1 2 4 5; the others' means: 2 2 3.5 4.
    found = _results(_table([[1, 2, 2], [2, 1, 3], [4, 3, 4], [5, 4, 4]]))
    ann = found.judges[0]
    own, others = [1, 2, 4, 5], [Fraction(2), Fraction(2), Fraction(7, 2), Fraction(4)]
    assert ann.severity.value == pytest.approx(float(sum(own) - sum(others)) / 4)
    assert (ann.mean, ann.counts, ann.rated) == (3.0, (1, 1, 0, 1, 1), 4)
    assert ann.sd == pytest.approx(math.sqrt(10 / 3))
    # Bo 2 1 3 4 and Cy 2 3 4 4.
    theirs = (math.sqrt(Fraction(5, 3)) + math.sqrt(Fraction(11, 12))) / 2
    assert ann.spread.value == pytest.approx(math.sqrt(10 / 3) / theirs)
    assert ann.correlation.value == pytest.approx(np.corrcoef(own, [float(x) for x in others])[0, 1])
    assert [clip.mean for clip in sorted(found.clips, key=lambda clip: clip.scores[0] or 0)] == [
        pytest.approx(x) for x in (5 / 3, 2, 11 / 3, 13 / 3)
    ]


def test_missing_answers_leave_the_others_mean_of_those_who_rated() -> None:
    nan = math.nan
    found = _results(_table([[1, 2, nan], [2, nan, nan], [4, 3, 5], [5, nan, 1], [nan, 2, 4]]))
    ann = found.judges[0]
    # Clip 2 nobody else rated.
    assert ann.severity.value == pytest.approx(((1 - 2) + (4 - 4) + (5 - 1)) / 3)
    # On common clips: Ann 1 4 5; Bo 2 3 and Cy 5 1.
    theirs = (np.std([2, 3], ddof=1) + np.std([5, 1], ddof=1)) / 2
    assert ann.spread.value == pytest.approx(np.std([1, 4, 5], ddof=1) / theirs)
    (agreement,) = found.agreements
    assert (agreement.clips, agreement.incomplete) == (1, 4)
    assert agreement.icc_single.why == "fewer than 2 clips that all judges rated"
    assert agreement.alpha.value is not None
    assert [clip.sd is None for clip in found.clips].count(True) == 1


def test_intervals_by_children_hold_the_classical_value_and_widen() -> None:
    random = np.random.default_rng(5)
    children = np.repeat(np.arange(25), 6)
    # Clips of one child are alike: resampling clips would promise too much.
    latent = random.normal(3, 1.2, 25)[children] + random.normal(0, 0.1, 150)
    scores = np.clip(np.rint(latent[:, np.newaxis] + random.normal(0, 0.7, (150, 4))), 1, 5)
    (agreement,) = _results(_table(scores, children), ResultOptions(replicates=400)).agreements
    for plain, resampled in (
        (agreement.icc_single, agreement.icc_single_children),
        (agreement.icc_average, agreement.icc_average_children),
    ):
        assert resampled.value == pytest.approx(plain.value, abs=1e-12)
        assert None not in (plain.low, plain.high, resampled.low, resampled.high)
        assert resampled.low < resampled.value < resampled.high  # type: ignore[operator]
        width, classical = resampled.high - resampled.low, plain.high - plain.low  # type: ignore[operator]
        assert width > 1.2 * classical


# Three whole rows whose ICC(2,1) rests on next to no degrees of freedom: half an interval.
@example(
    [[2, 1, 2, 5], [5, 5, 1, 5], [math.nan, 1, 1, math.nan], [5, *3 * [math.nan]], [5, 5, 2, 2]],
    1,
    0,
)
@settings(max_examples=40)
@given(
    st.integers(1, 7).flatmap(
        lambda clips: st.integers(1, 4).flatmap(
            lambda judges: st.lists(
                st.lists(st.sampled_from([1.0, 2.0, 5.0, math.nan]), min_size=judges, max_size=judges),
                min_size=clips,
                max_size=clips,
            )
        )
    ),
    st.integers(1, 3),
    st.sampled_from([0, 12]),
)
def test_any_table_gives_numbers_or_says_why_not(
    scores: list[list[float]], children: int, replicates: int
) -> None:
    array = np.array(scores)
    table = _table(
        array,
        np.arange(len(array)) % children,
        not_blind=1,
        positions=np.where(np.isnan(array), np.nan, np.arange(len(array))[:, np.newaxis]),
        repeats=tuple(
            RepeatedAnswer(0, row, int(array[row, 0]), 2) for row in range(len(array)) if array[row, 0] > 0
        ),
    )
    found = _results(table, ResultOptions(replicates=replicates))
    judges = [
        estimate
        for judge in found.judges
        for estimate in (
            judge.severity,
            judge.spread,
            judge.correlation,
            judge.order_effect,
            judge.retest.same,
            judge.retest.kappa,
            judge.retest.icc,
        )
    ]
    for estimate in [*judges, *(entry for group in found.agreements for entry in _estimates(group))]:
        assert (estimate.value is None) == bool(estimate.why)
        assert estimate.value is None or math.isfinite(estimate.value)
        assert (estimate.low is None) == (estimate.high is None)
        for word in ("cluster", "subject", "target", "rater"):
            assert word not in f"{estimate.why} {estimate.note}"
        if estimate.low is None and estimate.value is not None and replicates:
            assert estimate.note
    for group in found.agreements:
        assert all((point.value is None) == bool(point.why) for point in group.kappa_by_point)
    assert found.agreements[0].label == "all judges"
    assert sorted(clip.number for clip in found.clips) == list(range(1, len(array) + 1))


def test_icc_by_children_is_that_of_the_table_itself() -> None:
    random = np.random.default_rng(8)
    scores = random.integers(1, 12, (40, 5)).astype(float)
    (agreement,) = _results(
        _table(scores, np.arange(40) // 4, points=11), ResultOptions(replicates=2)
    ).agreements
    rows = scores.mean(axis=1)
    residual = scores - rows[:, np.newaxis] - scores.mean(axis=0) + scores.mean()
    of_targets = 5 * rows.var(ddof=1)
    of_rest = (residual**2).sum() / (39 * 4)
    assert agreement.icc_single_children.value == pytest.approx(
        (of_targets - of_rest) / (of_targets + 4 * of_rest)
    )
    assert agreement.icc_average_children.value == pytest.approx((of_targets - of_rest) / of_targets)


def test_the_order_effect_finds_a_planted_drift_and_only_there() -> None:
    random = np.random.default_rng(11)
    clips, judges = 400, 4
    positions = np.stack([random.permutation(clips) for _ in range(judges)], axis=1).astype(float)
    latent = random.normal(6, 1.5, clips)[:, np.newaxis] + random.normal(0, 0.8, (clips, judges))
    # Bo's standard rises by half a point in a hundred trials.
    latent[:, 1] += 0.005 * positions[:, 1]
    scores = np.clip(np.rint(latent), 1, 11)
    table = _table(scores, np.arange(clips) // 10, positions=positions, points=11)
    found = _results(table, ResultOptions(replicates=200))
    effect = found.judges[1].order_effect
    assert effect.value == pytest.approx(0.5, abs=0.1)
    assert effect.low is not None
    assert effect.low > 0.3
    slope = np.polyfit(positions[:, 1] / 100, scores[:, 1] - np.delete(scores, 1, axis=1).mean(axis=1), 1)[0]
    assert effect.value == pytest.approx(slope)
    for other in (0, 2, 3):
        assert abs(found.judges[other].order_effect.value or 1) < 0.15


def test_intervals_of_severity_cover_what_was_planted() -> None:
    # 40 studies of 30 children: 95 % intervals must hold the planted half point in most of them.
    hits = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        children = np.repeat(np.arange(30), 5)
        leaning = random.normal(0, 0.5, 30)[children]
        apart = 0.5 + leaning + random.normal(0, 0.8, 150)
        own = np.clip(np.rint(6 + apart), 1, 11)
        table = _table(np.stack([own, np.full(150, 6.0)], axis=1), children, points=11)
        low_high = _results(table, ResultOptions(replicates=200, seed=seed)).judges[0].severity
        assert low_high.low is not None
        assert low_high.high is not None
        hits += low_high.low <= 0.5 <= low_high.high
    assert 34 <= hits <= 40


def test_retest_against_fractions() -> None:
    pairs = [(1, 1), (2, 3), (5, 3), (4, 4), (3, 2), (1, 2), (4, 5), (2, 2), (5, 5), (3, 1)]
    scores = np.column_stack([[first for first, _ in pairs], [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]])
    repeats = tuple(RepeatedAnswer(0, row, *pair) for row, pair in enumerate(pairs))
    retest = _results(_table(scores, repeats=repeats)).judges[0].retest
    assert retest.clips == 10
    assert retest.same.value == pytest.approx(4 / 10)
    assert retest.within_one.value == pytest.approx(8 / 10)
    assert retest.change.value == pytest.approx(-2 / 10)
    observed = Fraction(sum((a - b) ** 2 for a, b in pairs), 10)
    expected = Fraction(sum((a - b) ** 2 for a, _ in pairs for _, b in pairs), 100)
    assert retest.kappa.value == pytest.approx(float(1 - observed / expected))
    assert retest.icc.value is not None
    assert _results(_table(scores)).judges[0].retest.same.why == "no clip was rated twice"


def test_of_few_answers_no_coefficient_is_made() -> None:
    scores = np.column_stack([np.arange(12) % 5 + 1, np.arange(12) % 4 + 1])
    repeats = [RepeatedAnswer(0, row, int(scores[row, 0]), row % 3 + 1) for row in range(12)]
    told = {}
    for clips in (4, 5, 9, 10):
        retest = _results(_table(scores, repeats=tuple(repeats[:clips]))).judges[0].retest
        assert retest.clips == clips
        told[clips] = [retest.same, retest.within_one, retest.change, retest.kappa, retest.icc]
    known = {clips: [estimate.value is not None for estimate in row] for clips, row in told.items()}
    assert known == {4: [False] * 5, 5: [True] * 3 + [False] * 2, 9: [True] * 3 + [False] * 2, 10: [True] * 5}
    assert {estimate.why for estimate in told[4]} == {"only 4 clips rated twice: fewer than 5"}
    assert told[9][3].why == "only 9 clips rated twice: fewer than 10"

    random = np.random.default_rng(2)
    scores = random.integers(1, 6, (30, 2)).astype(float)
    places = np.stack([random.permutation(30) for _ in range(2)], axis=1).astype(float)
    effect = _results(_table(scores, positions=places)).judges[0].order_effect
    assert effect.value == pytest.approx(np.polyfit(places[:, 0] / 100, scores[:, 0] - scores[:, 1], 1)[0])
    assert effect.note == "per 100 trials, from 30 only"
    # A clip that nobody else rated says nothing of a standard.
    scores[4, 1] = np.nan
    effect = _results(_table(scores, positions=places)).judges[0].order_effect
    assert (effect.value, effect.why) == (None, "only 29 trials to compare: fewer than 30")


def test_the_mean_of_the_blind_stands_beside_that_of_all() -> None:
    scores = [[5, 1, 2], [4, 2, math.nan], [3, math.nan, math.nan]]
    clips = _results(_table(scores, not_blind=1)).clips
    found = {clip.scores: (clip.mean, clip.mean_blind) for clip in clips}
    assert found == {
        (5, 1, 2): (pytest.approx(8 / 3), 1.5),
        (4, 2, None): (3.0, 2.0),
        (3, None, None): (3.0, None),
    }
    for one_kind in (0, 3):
        assert {clip.mean_blind for clip in _results(_table(scores, not_blind=one_kind)).clips} == {None}
    # Whoever knew the children and has not rated yet is in no mean.
    alone = _table([[math.nan, 1, 2], [math.nan, 3, 4]], not_blind=1)
    assert {clip.mean_blind for clip in _results(alone).clips} == {None}


def test_blind_and_not_blind_judges_are_set_beside_each_other() -> None:
    scores = [[5, 4, 2, 3, 2], [4, 4, 1, 2, 2], [3, 5, 3, 3, 1], [2, 1, 1, 1, 1], [5, 5, 4, 5, 3]]
    found = _results(_table(scores, not_blind=2))
    compared = found.blind_comparison
    assert compared is not None
    assert (compared.not_blind, compared.blind, compared.clips) == (("Ann", "Bo"), ("Cy", "Di", "Ed"), 5)
    array = np.array(scores, dtype=float)
    assert compared.difference.value == pytest.approx((array[:, :2].mean(1) - array[:, 2:].mean(1)).mean())
    assert compared.correlation.value == pytest.approx(
        np.corrcoef(array[:, :2].mean(1), array[:, 2:].mean(1))[0, 1]
    )
    assert [(group.label, group.judges) for group in found.agreements] == [
        ("all judges", _NAMES),
        ("blind judges", ("Cy", "Di", "Ed")),
        ("judges who are not blind", ("Ann", "Bo")),
    ]
    assert [len(_results(_table(scores, not_blind=many)).agreements) for many in (0, 1, 4, 5)] == [1, 2, 2, 1]
    assert _results(_table(scores)).blind_comparison is None


def test_a_judge_without_answers_spoils_nobody_elses_numbers() -> None:
    scores = np.array([[1, 2, math.nan], [3, 3, math.nan], [5, 4, math.nan]])
    with_idle, without = _results(_table(scores)), _results(_table(scores[:, :2]))
    assert with_idle.agreements == without.agreements
    assert with_idle.judges[2].severity.why == "the judge has rated nothing"
    assert "Cy has rated nothing yet, and is in no number here." in with_idle.warnings


def test_perfect_agreement_is_one_without_a_number_for_infinity() -> None:
    (agreement,) = _results(_table([[1, 1], [3, 3], [5, 5]])).agreements
    assert (agreement.icc_single.value, agreement.f, agreement.p) == (1.0, None, 0.0)
    assert "F is infinite" in agreement.icc_single.note
    assert agreement.alpha.value == 1.0
    assert agreement.kappa_by_point[1] == Estimate(None, why="nobody gave this answer to a complete clip")


def test_notes_name_judges_and_showings() -> None:
    table = _table(
        [[3, 1 + row % 5] for row in range(10)],
        repeats=tuple(RepeatedAnswer(1, row, 4, 4 - row % 3) for row in range(10)),
    )
    found = _results(table)
    assert "Ann never varied" in found.agreements[0].icc_absolute.note
    assert "the first answer never varied" in found.judges[1].retest.kappa.note
    assert _results(_table([[3, 3], [3, 3]])).agreements[0].alpha.why == "no variance: every answer is 3"


def test_habits_that_spoil_answers_are_said() -> None:
    random = np.random.default_rng(2)
    scores = random.integers(1, 6, (40, 2)).astype(float)
    scores[:, 0] = 3
    seconds = np.full((40, 2), 1.0)
    seconds[:10, 1] = 0.1
    replays = np.zeros((40, 2), dtype=np.int64)
    replays[:8, 1] = 3
    table = _table(scores, response_s=seconds, replays=replays)
    said = _results(table, presentation=Presentation(max_replays=None)).warnings
    assert sum("Ann gave 40 of 40 clips the same answer (3)" in sentence for sentence in said) == 1
    assert sum("Bo gave 10 of 40 timed answers within 0.3 s" in sentence for sentence in said) == 1
    assert sum("Bo had 8 of 40 clips played again 3 times" in sentence for sentence in said) == 1
    # Where answers count early, or nothing can be played again, that is the plan and no habit.
    said = _results(table, presentation=Presentation(max_replays=0, least_watch_s=0.5)).warnings
    assert not any("within" in sentence or "played again" in sentence for sentence in said)


def test_same_answers_same_results_whatever_else_is_drawn() -> None:
    scores = np.random.default_rng(1).integers(1, 6, (30, 4)).astype(float)
    table = _table(scores, np.arange(30) // 3)
    options = ResultOptions(replicates=50, seed=7)
    assert _results(table, options) == _results(table, options)
    assert _results(table, options) != _results(table, ResultOptions(replicates=50, seed=8))


@settings(max_examples=25)
@given(st.text(max_size=8), st.lists(st.integers(0, 10**6), unique=True, max_size=40))
def test_clip_numbers_are_a_permutation_that_ignores_the_order_of_clips(
    secret: str, clips: list[int]
) -> None:
    numbers = dict(zip(clips, clip_numbers(secret, clips).tolist(), strict=True))
    assert sorted(numbers.values()) == list(range(1, len(clips) + 1))
    turned = clips[::-1]
    assert dict(zip(turned, clip_numbers(secret, turned).tolist(), strict=True)) == numbers


def test_tables_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="whole numbers from 1 to 5"):
        _table([[1, 6]])
    with pytest.raises(ValueError, match="expected arrays"):
        _table([[1, 2]], children=[1, 2])
