"""Comparisons of children against numbers by hand and SciPy's."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats as scipy_stats

from hrm_core.analysis import mixed_models
from hrm_core.analysis.frame_tests import frame_tests
from hrm_core.analysis.mixed_models import NoStatsmodelsError
from hrm_core.analysis.participant_tests import participant_tests
from hrm_core.errors import Cancelled
from hrm_core.progress import CancelToken
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.records.coded_frames import NOT_CODABLE, AnalysedChild
from tests.core.analysis.made_frames import children_of, counted_frames, frames_of

OPTIONS = AnalysisOptions(("ASD", "TD"), expressions=(), replicates=500, seed=1)
SHARES = [(1, 10), (5, 10), (6, 10), (8, 40), (0, 10), (1, 20), (3, 10)]


def test_shares_of_children_and_of_pooled_frames_by_hand() -> None:
    """The child with 40 frames counts once among children, and four times among frames."""
    (found,) = participant_tests(counted_frames(SHARES, 4), OPTIONS)
    assert (found.action, found.expression, found.children) == ("AU12", "", (4, 3))
    assert found.mean == pytest.approx(((0.1 + 0.5 + 0.6 + 0.2) / 4, (0 + 0.05 + 0.3) / 3))
    assert found.median == pytest.approx((0.35, 0.05))
    assert found.difference.value == pytest.approx(0.35 - 0.35 / 3)
    assert found.pooled_difference.value == pytest.approx(20 / 70 - 4 / 40)
    # Of 12 pairs the first is larger in 10: 0.1 and 0.2 are below 0.3.
    assert found.rank_biserial.value == pytest.approx((10 - 2) / 12)


def test_p_as_scipy_has_it() -> None:
    first, second = [0.1, 0.5, 0.6, 0.2], [0.0, 0.05, 0.3]
    (found,) = participant_tests(counted_frames(SHARES, 4), OPTIONS)
    plain = scipy_stats.mannwhitneyu(first, second, use_continuity=False, method="asymptotic")
    exact = scipy_stats.mannwhitneyu(first, second, method="exact")
    permuted = scipy_stats.permutation_test(
        (first, second), lambda a, b: abs(np.mean(a) - np.mean(b)), alternative="greater", n_resamples=np.inf
    )
    assert found.p == pytest.approx(plain.pvalue, abs=1e-12)
    assert found.p_exact == pytest.approx(exact.pvalue, abs=1e-12)
    assert found.p_permutation == pytest.approx(permuted.pvalue, abs=1e-12)


def test_intervals_resample_children_within_their_group() -> None:
    """SciPy's percentile bootstrap of two samples, with draws of its own."""
    draw = np.random.default_rng(8)
    present = draw.binomial(100, draw.beta(2, 5, 55))
    found = participant_tests(
        counted_frames([(int(k), 100) for k in present], 35),
        dataclasses.replace(OPTIONS, replicates=9000),
    )[0]
    groups = present[:35] / 100, present[35:] / 100

    def of_scipy(statistic: object) -> tuple[float, float]:
        result = scipy_stats.bootstrap(
            groups, statistic, n_resamples=9000, method="percentile", vectorized=False, rng=9
        )
        return result.confidence_interval.low, result.confidence_interval.high

    means = of_scipy(lambda x, y: x.mean() - y.mean())
    ranks = of_scipy(lambda x, y: np.sign(x[:, None] - y[None, :]).mean())
    assert (found.difference.low, found.difference.high) == pytest.approx(means, abs=0.004)
    # All have as many frames, so pooling them changes nothing.
    assert (found.pooled_difference.low, found.pooled_difference.high) == pytest.approx(means, abs=0.004)
    assert (found.rank_biserial.low, found.rank_biserial.high) == pytest.approx(ranks, abs=0.02)


def test_what_could_not_be_seen_and_children_without_a_group_take_no_part() -> None:
    who = [*children_of(2, 2), AnalysedChild("S9", "")]
    hidden = [NOT_CODABLE, 1]
    codes = {
        "S0": [[1, 0], [0, 0], hidden, hidden],
        "S1": [hidden, hidden],
        "S2": [[5, 0], [0, 0]],
        "S3": [[0, 0], [0, 1]],
        "S9": [[1, 1]] * 9,
    }
    brow, smile = participant_tests(frames_of(who, codes, ["AU1", "AU12"]), OPTIONS)
    assert brow.children == (1, 2)
    assert brow.mean == pytest.approx((0.5, 0.25))
    assert brow.pooled_difference.value == pytest.approx(1 / 2 - 1 / 4)
    assert smile.children == (2, 2)
    assert smile.mean == pytest.approx((0.75, 0.25))
    assert smile.pooled_difference.value == pytest.approx(4 / 6 - 1 / 4)


def test_all_frames_come_first_and_then_each_expression() -> None:
    who = children_of(2, 2)
    codes = {child.code: [[0, 1], [1, 0]] for child in who} | {"S0": [[1, 1], [1, 0]]}
    words = {child.code: ["happiness", ""] for child in who} | {"S3": ["", "sadness"]}
    found = participant_tests(
        frames_of(who, codes, ["AU1", "AU2"], words),
        dataclasses.replace(OPTIONS, expressions=("sadness", "happiness")),
    )
    assert [(test.expression, test.action) for test in found] == [
        (expression, action) for expression in ("", "sadness", "happiness") for action in ("AU1", "AU2")
    ]
    assert [test.children for test in found] == [(2, 2), (2, 2), (0, 1), (0, 1), (2, 1), (2, 1)]
    nobody = found[2]
    assert nobody.mean is nobody.p is nobody.p_exact is nobody.p_permutation is nobody.p_holm is None
    assert nobody.difference.value is None
    assert nobody.difference.why
    assert nobody.family == 0
    smile = found[4]
    assert smile.mean == pytest.approx((0.5, 0.0))
    assert smile.difference.low is None
    assert "fewer than 2 children" in smile.difference.note


@pytest.mark.parametrize("groups", [("ASD", "TD"), ("TD", "ASD"), ("DS", "WS")])
@pytest.mark.parametrize("replicates", [0, 100])
def test_a_group_without_children_is_compared_with_nothing(groups: tuple[str, str], replicates: int) -> None:
    options = AnalysisOptions(groups, expressions=(), replicates=replicates, mixed=True)
    (found,) = participant_tests(counted_frames([(1, 2), (2, 2), (0, 2), (1, 2)], 4), options)
    assert found.mean is found.p is found.p_exact is found.p_permutation is None
    assert {found.difference.value, found.pooled_difference.value, found.rank_biserial.value} == {None}
    assert found.mixed is not None
    assert found.mixed.log_odds.why


def test_p_is_adjusted_within_its_expression() -> None:
    draw = np.random.default_rng(3)
    who = children_of(7, 6)
    codes = {child.code: (draw.random((40, 3)) < draw.beta(1, 1, 3)).astype(int).tolist() for child in who}
    found = participant_tests(frames_of(who, codes, ["AU1", "AU2", "AU4"]), OPTIONS)
    p = [test.p_exact for test in found]
    assert [test.p_bh for test in found] == pytest.approx(scipy_stats.false_discovery_control(p).tolist())
    smallest = min(range(3), key=lambda place: p[place])
    assert found[smallest].p_holm == pytest.approx(min(3 * p[smallest], 1))
    assert {test.family for test in found} == {3}


def test_an_action_that_nobody_shows_differs_in_nothing() -> None:
    (found,) = participant_tests(counted_frames([(0, 10)] * 6, 3), OPTIONS)
    assert (found.z, found.p, found.p_exact, found.p_permutation) == (0.0, 1.0, 1.0, 1.0)
    assert found.difference.value == 0.0
    assert "no width" in found.difference.note
    assert "constant" in found.note
    assert (found.p_holm, found.p_bh, found.family) == (None, None, 0)


def test_an_action_that_nobody_shows_is_in_no_family_as_among_frames() -> None:
    who = children_of(4, 4)
    codes = {child.code: [[0, int(place < 4), 0]] * 2 for place, child in enumerate(who)}
    frames = frames_of(who, codes, ["AU1", "AU2", "AU4"])
    children, of_frames = participant_tests(frames, OPTIONS), frame_tests(frames, OPTIONS)
    assert [test.family for test in children] == [test.family for test in of_frames] == [1, 1, 1]
    assert children[1].p_holm == children[1].p_exact == pytest.approx(2 / 70)
    assert [test.p_holm for test in children][::2] == [None, None]


def test_children_whom_the_coder_has_not_coded_change_nothing() -> None:
    frames = counted_frames([(place % 7, 10) for place in range(12)], 6)
    others = [AnalysedChild(f"N{place}", ("ASD", "TD")[place % 2]) for place in range(30)]
    more = dataclasses.replace(frames, children=(*frames.children, *others))
    assert participant_tests(more, OPTIONS) == participant_tests(frames, OPTIONS)


def test_few_children_are_told_what_they_cannot_show() -> None:
    """Six children, of whom four are in one group: 2 of 15 arrangements are extreme."""
    (found,) = participant_tests(
        counted_frames([(9, 10), (8, 10), (7, 10), (6, 10), (1, 10), (0, 10)], 4), OPTIONS
    )
    assert found.p_exact == pytest.approx(2 / 15)
    assert "even complete separation by rank has p = 0.13" in found.note
    assert "only 2 children in a group" in found.note


def test_the_same_seed_says_the_same_and_no_replicates_leave_out_intervals() -> None:
    frames = counted_frames([(place % 7, 10) for place in range(40)], 20)
    assert participant_tests(frames, OPTIONS) == participant_tests(frames, OPTIONS)
    (none,) = participant_tests(frames, dataclasses.replace(OPTIONS, replicates=0))
    assert none.difference.value is not None
    assert none.difference.low is none.rank_biserial.low is none.p_permutation is none.mixed is None


def test_it_stops_on_request() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        participant_tests(counted_frames(SHARES, 4), OPTIONS, cancel=token)


def test_mixed_models_stand_beside_if_they_are_asked_for() -> None:
    draw = np.random.default_rng(4)
    present = draw.binomial(80, draw.beta(2, 4, 24))
    options = dataclasses.replace(OPTIONS, mixed=True, replicates=0)
    (found,) = participant_tests(counted_frames([(int(k), 80) for k in present], 12), options)
    assert found.mixed is not None
    assert (found.mixed.children, found.mixed.frames) == (24, 24 * 80)
    assert found.mixed.log_odds.low < found.mixed.log_odds.value < found.mixed.log_odds.high


def test_without_statsmodels_it_is_said_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixed_models, "find_spec", lambda name: None)
    options = dataclasses.replace(OPTIONS, mixed=True)
    with pytest.raises(NoStatsmodelsError, match=r"hrm-annotator\[analysis\]"):
        participant_tests(counted_frames(SHARES, 4), options)
