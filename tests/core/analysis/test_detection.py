"""Detectors by hand-counted numbers, what has no value, thresholds that look at no frame of their fold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_core.analysis.detection_decisions import fixed_decisions, tuned_decisions
from hrm_core.analysis.detection_estimates import steady_mean
from hrm_core.analysis.detection_gaps import gap
from hrm_core.analysis.detection_pairs import compare
from hrm_core.analysis.detection_quality import quality
from hrm_core.records.detection_results import DetectionOptions
from hrm_core.records.detections import Detections
from hrm_core.stats.detection import best_threshold
from tests.support.synthetic_detections import synthetic_detections

QUICK = DetectionOptions(replicates=200, least_positives=3)


def by_hand() -> Detections:
    """Two children, a fold each. AU1: fold 1 TP 2 FN 1 FP 0 TN 1, fold 2 TP 1 FN 0 FP 2 TN 1.

    AU2 is coded in fold 2 only: TP 1, FN 1 there, FP 1 in fold 1. AU4 is never coded, but said once.
    """
    truth = [[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]]
    said = [[0.9, 0.1, 0], [0.8, 0.9, 0], [0.2, 0, 0], [0.1, 0, 0.7], [0.5, 0.6, 0], [0.6, 0.4, 0]]
    said += [[0.7, 0.3, 0], [0.4, 0.2, 0]]
    child = np.repeat([0, 1], 4)
    return Detections(
        "hand", ("AU1", "AU2", "AU4"), ("a", "b"), child, ("v",), np.zeros(8, dtype=np.int64),
        np.tile(np.arange(4), 2), child + 1, np.array(truth, dtype=np.uint8),
        np.array(said, dtype=np.float32), "probabilities",
    )  # fmt: skip


def test_folds_and_means_by_hand() -> None:
    found = quality(fixed_decisions(by_hand()), replace(QUICK, replicates=0))
    one, two, never = found.actions
    assert found.folds == ("1", "2")
    assert [fold.f1.value for fold in one.folds] == pytest.approx([4 / 5, 2 / 4])
    assert [fold.accuracy.value for fold in one.folds] == pytest.approx([3 / 4, 2 / 4])
    assert one.mean_f1.value == pytest.approx(0.65)
    assert one.f1.value == pytest.approx(6 / 9)
    assert (one.positives, one.said, one.frames) == (4, 5, 8)
    assert two.folds[0].f1.value is None
    assert two.folds[0].f1.why == "not coded in any frame of this fold"
    assert two.mean_f1.value == pytest.approx(2 / 3)
    assert two.mean_f1.note == "mean of 1 of 2 folds: not coded in the rest"
    assert two.f1.value == pytest.approx(2 / 4)
    every, many = found.means
    assert every.actions == ("AU1", "AU2")
    assert [fold.f1.value for fold in every.folds] == pytest.approx([0.8, (0.5 + 2 / 3) / 2])
    assert every.mean_f1.value == pytest.approx((0.65 + 2 / 3) / 2)
    assert every.f1.value == pytest.approx((6 / 9 + 0.5) / 2)
    assert many.actions == ("AU1",)
    # An action that is never coded is in no mean, and no figure of it is 0.
    assert (never.f1.value, never.auc.value, never.accuracy.value) == (None, None, None)
    assert never.f1.why == "not coded in any frame that is compared"
    assert never.said == 1


def test_ranking_is_that_of_all_frames_together() -> None:
    found = quality(fixed_decisions(by_hand()), replace(QUICK, replicates=0))
    # AU1: positives .9 .8 .2 .5, negatives .1 .6 .7 .4: 4 + 4 + 1 + 2 of 16 pairs are right.
    assert found.actions[0].auc.value == pytest.approx(11 / 16)
    assert sum(entry.decisions for entry in found.calibration) == 24


def test_decisions_have_no_ranking_and_say_why() -> None:
    whole = by_hand()
    found = quality(
        fixed_decisions(replace(whole, said=(whole.said >= 0.5).astype(np.float32), kind="decisions")), QUICK
    )
    assert found.actions[0].f1.value == pytest.approx(6 / 9)
    assert found.actions[0].auc.value is None
    assert found.actions[0].auc.why.startswith("the source says only whether")
    assert found.calibration == ()
    assert found.actions[0].thresholds == ()


def test_what_is_not_known_counts_nowhere() -> None:
    whole = by_hand()
    truth, said = whole.truth.copy(), whole.said.copy()
    truth[0, 0], said[1, 0] = 255, np.nan
    found = quality(fixed_decisions(replace(whole, truth=truth, said=said)), QUICK)
    assert (found.actions[0].frames, found.actions[0].positives) == (6, 2)
    assert found.actions[0].f1.value == pytest.approx(2 / 5)


def test_one_child_has_values_and_no_interval() -> None:
    one = quality(fixed_decisions(synthetic_detections(children=1, folds=0)), QUICK)
    for value in (one.means[0].f1, one.actions[0].auc, one.actions[0].calibration_error):
        assert value.value is not None
        assert value.low is None
        assert value.note == "no interval: fewer than 2 children to resample: 1"


def test_intervals_hold_their_values() -> None:
    found = quality(fixed_decisions(synthetic_detections(children=12)), QUICK)
    for row in (*found.actions, *found.means):
        for value in (row.f1, row.accuracy, row.auc, row.average_precision, row.brier):
            assert value.low is not None
            assert value.high is not None
            assert value.value is not None
            assert value.low < value.value < value.high


def test_an_action_that_a_resample_lacks_does_not_move_the_mean() -> None:
    # The rare action (.1) is lacking in the second resample; left out, its mean would be .8.
    values = np.array([[0.8, 0.3], [0.8, np.nan], [np.nan, np.nan]])
    assert steady_mean(values, [0.8, 0.1])[:2] == pytest.approx([0.55, 0.45])
    assert np.isnan(steady_mean(values, [0.8, 0.1])[2])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 2))
def test_thresholds_are_those_of_the_other_folds_alone(seed: int, at: int) -> None:
    found = synthetic_detections(children=5, frames=20, seed=seed)
    before = tuned_decisions(found, found.folds)
    inside = found.folds == at + 1
    for place in range(len(found.actions)):
        best = best_threshold(found.truth[~inside, place] == 1, found.said[~inside, place])
        assert before.thresholds[at, place] == best
    # Whatever is coded or said in the fold, its thresholds stay.
    truth, said = found.truth.copy(), found.said.copy()
    truth[inside], said[inside] = 1 - truth[inside], 1 - said[inside]
    after = tuned_decisions(replace(found, truth=truth, said=said), found.folds)
    assert after.thresholds[at].tolist() == before.thresholds[at].tolist()


def test_a_threshold_that_cannot_be_tuned_stays_and_is_told() -> None:
    tuned = tuned_decisions(by_hand(), by_hand().folds)
    # AU2 is coded in fold 2 alone, so nothing is known for that fold; AU4 is not coded at all.
    assert tuned.not_tuned == ("AU2", "AU4")
    assert tuned.thresholds[1, 1] == 0.5
    assert tuned.thresholds[0, 1] == pytest.approx(0.35)
    with pytest.raises(ValueError, match="no threshold"):
        tuned_decisions(replace(by_hand(), kind="decisions"), by_hand().folds)


def test_two_models_are_compared_on_what_both_say() -> None:
    better = fixed_decisions(synthetic_detections(children=20, noise=0.6, name="better"))
    worse = synthetic_detections(children=20, noise=2.0, name="worse")
    # In another order, with other actions and fewer frames: rows and columns are brought together.
    rows = np.flatnonzero(worse.frames < 60)[::-1]
    columns = [2, 0]
    part = replace(
        worse,
        actions=("AU12", "AU1"),
        of_participant=worse.of_participant[rows],
        of_video=worse.of_video[rows],
        frames=worse.frames[rows],
        folds=worse.folds[rows],
        truth=worse.truth[np.ix_(rows, columns)],
        said=worse.said[np.ix_(rows, columns)],
    )
    found = compare(better, fixed_decisions(part), QUICK)
    assert (found.first, found.second, found.frames, found.participants) == ("better", "worse", 1200, 20)
    assert [entry.action for entry in found.actions] == ["AU1", "AU12"]
    own = better.detections.frames < 60
    for entry in found.actions:
        place = better.detections.actions.index(entry.action)
        there, said = better.truth[own, place], better.said[own, place]
        assert entry.first == pytest.approx(2 * (there & said).sum() / (there.sum() + said.sum()))
    assert found.mean is not None
    assert found.mean.difference.low is not None
    assert found.mean.difference.low > 0
    assert found.mean.p == pytest.approx(2 / 201)
    back = compare(fixed_decisions(part), better, QUICK).mean
    assert back is not None
    assert back.difference.value == pytest.approx(-(found.mean.difference.value or 0))
    assert back.difference.high == pytest.approx(-found.mean.difference.low)


def test_a_model_does_not_differ_from_itself() -> None:
    one = fixed_decisions(synthetic_detections())
    found = compare(one, one, QUICK)
    assert found.mean is not None
    assert (found.mean.difference.value, found.mean.p) == (0.0, 1.0)


def test_few_children_have_no_small_p() -> None:
    # With 3 children all signs agree in 2 of 8 cases by chance, however many resamples agree.
    better = fixed_decisions(synthetic_detections(children=3, noise=0.3, name="better"))
    found = compare(better, fixed_decisions(synthetic_detections(children=3, noise=3.0, name="worse")), QUICK)
    assert found.mean is not None
    assert found.mean.difference.low is not None
    assert found.mean.difference.low > 0
    assert found.mean.p == 0.25


def test_what_cannot_be_compared_says_why() -> None:
    one = synthetic_detections()
    apart = replace(one, frames=one.frames + 1000)
    assert compare(fixed_decisions(one), fixed_decisions(apart), QUICK).why == "they have no frame in common"
    other = replace(one, actions=("AU5", "AU6", "AU7", "AU9"))
    assert compare(fixed_decisions(one), fixed_decisions(other), QUICK).why == "they have no action in common"
    alone = fixed_decisions(synthetic_detections(children=1))
    mean = compare(alone, alone, QUICK).mean
    assert mean is not None
    assert (mean.difference.low, mean.p) == (None, None)


def test_a_detector_that_fails_one_group_has_a_gap() -> None:
    found = synthetic_detections(children=16, noise=0.5)
    bad = found.of_participant % 2 == 1
    said = found.said.copy()
    said[bad] = np.random.default_rng(1).random(said[bad].shape)
    groups = ["ASD" if number % 2 else "TD" for number in range(16)]
    told = gap(fixed_decisions(replace(found, said=said)), "group", groups, QUICK)
    assert [(entry.name, entry.participants) for entry in told.groups] == [("ASD", 8), ("TD", 8)]
    ((first, second, value),) = told.differences
    assert (first, second) == ("ASD", "TD")
    assert value.high is not None
    assert value.high < -0.2
    alone = quality(fixed_decisions(_of(replace(found, said=said), bad)), replace(QUICK, replicates=0))
    assert told.groups[0].f1.value == pytest.approx(alone.means[0].f1.value)


def _of(found: Detections, rows: np.ndarray) -> Detections:  # type: ignore[type-arg]
    fields = ("of_participant", "of_video", "frames", "folds", "truth", "said")
    return replace(found, **{name: getattr(found, name)[rows] for name in fields})


def test_a_group_of_one_child_has_no_figure() -> None:
    found = fixed_decisions(synthetic_detections(children=4))
    told = gap(found, "sex", ["F", "M", "M", None], QUICK)
    assert (told.groups[0].name, told.groups[0].f1.why) == ("F", "fewer than 2 children")
    assert told.groups[1].f1.value is not None
    assert told.differences == ()
    assert told.unknown == 1
