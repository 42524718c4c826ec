"""Decisions, calibration, order and thresholds, against torchmetrics, scipy and numbers by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from hrm_core.stats import bootstrap_p, cluster_bootstrap, cluster_resamples
from hrm_core.stats.detection import (
    best_threshold,
    brier_score,
    calibration_error,
    calibration_sums,
    decision_sums,
    detection_f1,
)
from hrm_core.stats.detection_ranking import Ranking, auc, average_precision

Frames = tuple[NDArray[np.bool_], NDArray[np.float64]]


@st.composite
def frames(draw: st.DrawFn) -> Frames:
    """Truth and scores; coarse scores, so that there are ties."""
    size = draw(st.integers(2, 40))
    truth = draw(arrays(np.bool_, size))
    score = draw(arrays(np.int64, size, elements=st.integers(0, draw(st.sampled_from([3, 1000])))))
    assume(truth.any() and not truth.all())
    return truth, score / 1000 if score.max() > 3 else score / 3


def f1_at(truth: NDArray[np.bool_], score: NDArray[np.float64], threshold: float) -> float:
    said = score >= threshold
    return 2 * (truth & said).sum() / (truth.sum() + said.sum())


def test_decisions_are_counted_by_person() -> None:
    truth = np.array([[1, 0], [1, 1], [0, 0], [1, 0]], dtype=bool)
    said = np.array([[1, 1], [0, 1], [0, 0], [1, 0]], dtype=bool)
    known = np.array([[1, 1], [1, 0], [1, 1], [1, 1]], dtype=bool)
    sums = decision_sums(truth, said, known, ["b", "a", "b", "b"])
    assert sums.tolist() == [[[0, 1, 0, 0], [0, 0, 0, 0]], [[2, 0, 0, 1], [0, 0, 1, 2]]]


@pytest.mark.parametrize(
    ("cells", "value"),
    [((3, 1, 2, 9), 6 / 9), ((0, 5, 0, 9), 0.0), ((0, 0, 0, 9), np.nan), ((0, 0, 4, 9), np.nan)],
)
def test_f1_is_undefined_without_positive_frames_and_0_where_all_are_missed(cells, value) -> None:  # type: ignore[no-untyped-def]
    np.testing.assert_equal(float(detection_f1(cells)), value)


@settings(max_examples=60, deadline=None)
@given(frames())
def test_auc_is_mann_whitneys_u(case: Frames) -> None:
    truth, score = case
    u = mannwhitneyu(score[truth], score[~truth], alternative="two-sided", method="asymptotic").statistic
    assert auc(truth, score) == pytest.approx(u / (truth.sum() * (~truth).sum()), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(frames())
def test_average_precision_is_that_of_its_definition(case: Frames) -> None:
    truth, score = case
    total, before = 0.0, 0.0
    for threshold in sorted(set(score.tolist()), reverse=True):
        said = score >= threshold
        recall = (truth & said).sum() / truth.sum()
        total += (recall - before) * (truth & said).sum() / said.sum()
        before = recall
    assert average_precision(truth, score) == pytest.approx(total, abs=1e-12)


def test_another_library_finds_the_same() -> None:
    torch = pytest.importorskip("torch")
    from torchmetrics.functional.classification import (
        binary_auroc,
        binary_average_precision,
        binary_calibration_error,
        binary_f1_score,
    )

    draw = np.random.default_rng(3)
    score = draw.random(4000)
    truth = draw.random(4000) < score**2
    p, y = torch.from_numpy(score), torch.from_numpy(truth.astype(np.int64))
    every, one = np.ones((4000, 1), dtype=bool), np.zeros(4000)
    sums = calibration_sums(truth[:, None], score[:, None], every, one).sum(axis=0)
    assert auc(truth, score) == pytest.approx(float(binary_auroc(p, y)), abs=1e-6)
    assert average_precision(truth, score) == pytest.approx(float(binary_average_precision(p, y)), abs=1e-6)
    assert calibration_error(sums)[0] == pytest.approx(
        float(binary_calibration_error(p, y, n_bins=15, norm="l1")), abs=1e-6
    )
    assert brier_score(sums)[0] == pytest.approx(float(((score - truth) ** 2).mean()), abs=1e-12)
    counts = decision_sums(truth[:, None], score[:, None] >= 0.5, every, one).sum(axis=0)
    assert detection_f1(counts)[0] == pytest.approx(float(binary_f1_score(p, y)), abs=1e-6)


def test_calibration_by_hand() -> None:
    # Two bins: 0.1, 0.3 (one of two there), 0.9, 1.0 (both there), and one that is not known.
    truth = np.array([[0], [1], [1], [1], [0]], dtype=bool)
    p = np.array([[0.1], [0.3], [0.9], [1.0], [0.9]])
    known = np.array([[1], [1], [1], [1], [0]], dtype=bool)
    sums = calibration_sums(truth, p, known, np.zeros(5), bins=2).sum(axis=0)
    assert calibration_error(sums)[0] == pytest.approx((abs(0.4 - 1) + abs(1.9 - 2)) / 4)
    assert brier_score(sums)[0] == pytest.approx((0.01 + 0.49 + 0.01 + 0) / 4)
    assert np.isnan(calibration_error(np.zeros((2, 4))))


@settings(max_examples=60, deadline=None)
@given(frames())
def test_no_threshold_has_a_higher_f1(case: Frames) -> None:
    truth, score = case
    at = best_threshold(truth, score)
    every = [f1_at(truth, score, threshold) for threshold in {*score.tolist(), 0.0, 2.0}]
    assert f1_at(truth, score, at) == pytest.approx(max(every), abs=1e-12)


def test_a_threshold_lies_between_two_scores_and_needs_a_positive_frame() -> None:
    assert best_threshold([0, 1, 1], [0.2, 0.6, 0.8]) == pytest.approx(0.4)
    assert best_threshold([1, 1], [0.25, 0.75]) == 0.25
    assert np.isnan(best_threshold([0, 0], [0.1, 0.2]))


@settings(max_examples=40, deadline=None)
@given(frames(), st.data())
def test_weights_of_persons_are_copies_of_their_frames(case: Frames, data: st.DataObject) -> None:
    truth, score = case
    person = data.draw(arrays(np.int64, len(truth), elements=st.integers(0, 3)))
    weights = data.draw(arrays(np.int64, 4, elements=st.integers(0, 3)))
    ranking = Ranking(truth, score, person, 4)
    copies = np.repeat(np.arange(len(truth)), weights[person])
    there, told = truth[copies], score[copies]
    batch = np.stack([weights, np.ones(4, dtype=np.int64)])
    if there.any():
        assert ranking.average_precision(batch)[0] == pytest.approx(average_precision(there, told), abs=1e-12)
    else:
        assert np.isnan(ranking.average_precision(batch)[0])
    if there.any() and not there.all():
        assert ranking.auc(batch)[0] == pytest.approx(auc(there, told), abs=1e-12)
    else:
        assert np.isnan(ranking.auc(batch)[0])
    assert ranking.auc(batch)[1] == pytest.approx(auc(truth, score), abs=1e-12)


def test_scores_that_are_missing_are_refused() -> None:
    with pytest.raises(ValueError, match="missing"):
        auc([0, 1], [0.2, np.nan])


def test_p_counts_the_resamples_on_the_other_side() -> None:
    drawn = np.array([[1.0, 0.0], [2.0, 0.0], [-1.0, 0.0], [3.0, np.nan]])
    # One of four below 0: 2 * (1 + 1) / (4 + 1); nothing but ties: 1.
    assert bootstrap_p(drawn).tolist() == [0.8, 1.0]
    assert np.isnan(bootstrap_p(np.full((3, 1), np.nan))[0])


def test_resamples_are_those_of_the_interval() -> None:
    sums = np.random.default_rng(1).random((12, 3))

    def ratio(summed: NDArray[np.float64]) -> NDArray[np.float64]:
        return summed[..., 0] / summed[..., 1]

    found = cluster_bootstrap(sums, ratio, replicates=500, seed=4)
    drawn = cluster_resamples(sums, ratio, replicates=500, seed=4)
    assert np.quantile(drawn, [0.025, 0.975]) == pytest.approx([found.low, found.high])
    with pytest.raises(ValueError, match="no cluster"):
        cluster_resamples(np.zeros((0, 3)), ratio)
