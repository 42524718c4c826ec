"""How well one detector finds each action: by fold, and over all folds' frames with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.detection_decisions import Decisions, person_numbers
from hrm_core.analysis.detection_estimates import defined_mean, estimate, estimates, steady_mean
from hrm_core.records.agreement import Estimate
from hrm_core.records.detection_results import (
    ActionDetection,
    CalibrationBin,
    DetectionOptions,
    DetectorMeans,
    FoldScore,
)
from hrm_core.stats.detection import (
    brier_score,
    calibration_error,
    calibration_sums,
    decision_sums,
    detection_f1,
)
from hrm_core.stats.detection_ranking import Ranking
from hrm_core.stats.two_by_two import Counts, percent_agreement, precision, recall

__all__ = ["Quality", "quality"]

Floats = NDArray[np.float64]

NO_POSITIVES = "not coded in any frame that is compared"
NO_POSITIVES_IN_FOLD = "not coded in any frame of this fold"
ONLY_DECISIONS = "the source says only whether an action is there, not how probably"
NEVER_SAID = "never said to be there"
ALWAYS_THERE = "coded in every frame that is compared"
NO_ACTION = "no action has enough positive frames"


@dataclass(frozen=True, slots=True)
class Quality:
    """What :func:`quality` finds.

    Attributes
    ----------
    folds : tuple of str
        Names of the folds; ``"all"`` alone where there are none.
    actions : tuple of ActionDetection
        In the order of the detections.
    means : tuple of DetectorMeans
        Over actions with a positive frame, then over those with many.
    calibration : tuple of CalibrationBin
        Over all actions; empty where decisions are given.
    """

    folds: tuple[str, ...]
    actions: tuple[ActionDetection, ...]
    means: tuple[DetectorMeans, ...]
    calibration: tuple[CalibrationBin, ...]


@dataclass(frozen=True, slots=True)
class _Measured:
    """Figures of each action, then of each mean; a row for each, a column for each figure."""

    decisions: NDArray[np.object_]
    ranking: NDArray[np.object_]
    calibration: NDArray[np.object_]


def quality(decisions: Decisions, options: DetectionOptions) -> Quality:
    """Measure decisions by fold, and decisions and probabilities over all folds together.

    Parameters
    ----------
    decisions : Decisions
        At least one frame.
    options : DetectionOptions
        How.

    Returns
    -------
    Quality
        An action without a positive frame has no figure and is in no mean. An action that no child of a
        resample shows keeps the figure of the data in the means of that resample.
    """
    found = decisions.detections
    _, person = person_numbers(found)
    sums = decision_sums(decisions.truth, decisions.said, decisions.known, person)
    positives = sums.sum(axis=0)[:, :2].sum(axis=-1)
    least = (1, options.least_positives)
    sets = np.stack([positives >= number for number in least])
    measured = _Measured(
        _of_decisions(sums, sets, options),
        _of_ranking(decisions, person, sets, options),
        _of_calibration(decisions, person, sets, options),
    )
    numbers = np.unique(found.folds)
    folds = [_fold_sums(decisions, found.folds == number) for number in numbers]
    names = tuple("all" if number == 0 else str(number) for number in numbers.tolist())
    return Quality(
        names,
        tuple(_action(decisions, place, sums, folds, measured) for place in range(len(found.actions))),
        tuple(
            _means(found.actions, number, sets[row], folds, measured, len(found.actions) + row)
            for row, number in enumerate(least)
        ),
        _bins(decisions, person),
    )


# ---- over all folds together -----------------------------------------------------------


def _with_means(values: Floats, of_data: Floats, sets: NDArray[np.bool_]) -> Floats:
    """``[n, actions, figures]`` with a row behind the actions for the mean over each set of them."""
    means = [steady_mean(np.moveaxis(values, -1, -2), of_data.T, one) for one in sets]
    return np.concatenate([values, np.stack(means, axis=-2)], axis=-2)


def _decided(sums: Floats) -> Floats:
    """F1, accuracy, precision, recall; none of an action that is not coded."""
    counts = Counts.unstack(sums)
    there = counts.both + counts.first_only > 0
    figures = [detection_f1(sums), percent_agreement(counts), precision(counts), recall(counts)]
    table: Floats = np.where(there[..., None], np.stack(figures, axis=-1), np.nan)
    return table


def _of_decisions(
    sums: NDArray[np.int64], sets: NDArray[np.bool_], options: DetectionOptions
) -> NDArray[np.object_]:
    def why(place: tuple[int, ...]) -> str:
        if place[0] >= sums.shape[1]:
            return NO_ACTION
        return NEVER_SAID if sums[:, place[0], :2].any() else NO_POSITIVES

    of_data = _decided(sums.sum(axis=0).astype(np.float64))
    return estimates(sums, lambda drawn: _with_means(_decided(drawn), of_data, sets), options, why)


def _of_ranking(
    decisions: Decisions, person: NDArray[np.int64], sets: NDArray[np.bool_], options: DetectionOptions
) -> NDArray[np.object_]:
    """AUC and average precision."""
    found = decisions.detections
    persons = int(person.max()) + 1

    def ranked(weights: Floats) -> Floats:
        values = np.full((len(weights), len(found.actions), 2), np.nan)
        for place in np.flatnonzero(sets[0]):
            use = decisions.known[:, place]
            # Made anew each time: kept for all actions at once they would fill the memory.
            ranking = Ranking(decisions.truth[use, place], found.said[use, place], person[use], persons)
            values[:, place, 0] = ranking.auc(weights)
            values[:, place, 1] = ranking.average_precision(weights)
        return values

    def why(place: tuple[int, ...]) -> str:
        if place[0] >= len(found.actions):
            return NO_ACTION
        return ALWAYS_THERE if sets[0][place[0]] else NO_POSITIVES

    if found.kind == "decisions":
        return _nothing(len(found.actions) + len(sets), ONLY_DECISIONS)
    # The weights of the children are what adds up here: the sum of rows of this table.
    of_data = ranked(np.ones((1, persons)))[0]
    return estimates(
        np.eye(persons), lambda weights: _with_means(ranked(weights), of_data, sets), options, why
    )


def _of_calibration(
    decisions: Decisions, person: NDArray[np.int64], sets: NDArray[np.bool_], options: DetectionOptions
) -> NDArray[np.object_]:
    """Calibration error and Brier score."""
    found = decisions.detections

    def calibrated(sums: Floats) -> Floats:
        there = sums[..., 2].sum(axis=-1) > 0
        figures = np.stack([calibration_error(sums), brier_score(sums)], axis=-1)
        return np.where(there[..., None], figures, np.nan)

    def why(place: tuple[int, ...]) -> str:
        return NO_ACTION if place[0] >= len(found.actions) else NO_POSITIVES

    if found.kind == "decisions":
        return _nothing(len(found.actions) + len(sets), ONLY_DECISIONS)
    sums = _bin_sums(decisions, person)
    of_data = calibrated(sums.sum(axis=0))
    return estimates(sums, lambda drawn: _with_means(calibrated(drawn), of_data, sets), options, why)


def _bin_sums(decisions: Decisions, person: NDArray[np.int64]) -> Floats:
    return calibration_sums(decisions.truth, decisions.detections.said, decisions.known, person)


def _nothing(rows: int, why: str) -> NDArray[np.object_]:
    told = np.empty((rows, 2), dtype=np.object_)
    told[:] = Estimate(None, why=why)
    return told


def _bins(decisions: Decisions, person: NDArray[np.int64]) -> tuple[CalibrationBin, ...]:
    if decisions.detections.kind == "decisions":
        return ()
    table = _bin_sums(decisions, person).sum(axis=(0, 1))
    return tuple(
        CalibrationBin(int(n), float(p / n), float(y / n)) if n else CalibrationBin(0, None, None)
        for n, p, y, _ in table.tolist()
    )


# ---- by fold -----------------------------------------------------------------------------


def _fold_sums(decisions: Decisions, inside: NDArray[np.bool_]) -> Floats:
    """Decisions of a fold, shape (actions, 4)."""
    one = np.zeros(int(inside.sum()), dtype=np.int64)
    arrays = (decisions.truth[inside], decisions.said[inside], decisions.known[inside])
    sums: Floats = decision_sums(*arrays, one).sum(axis=0).astype(np.float64)
    return sums


def _action(
    decisions: Decisions,
    place: int,
    sums: NDArray[np.int64],
    folds: Sequence[Floats],
    measured: _Measured,
) -> ActionDetection:
    both, missed, false, neither = sums[:, place].sum(axis=0).tolist()
    table = np.stack([_decided(fold[place])[:2] for fold in folds])
    scores = tuple(
        FoldScore(
            *(estimate(value, NO_POSITIVES_IN_FOLD if len(folds) > 1 else NO_POSITIVES) for value in row)
        )
        for row in table
    )
    means = [estimate(value, NO_POSITIVES) for value in defined_mean(table.T)]
    missing = int(np.isnan(table[:, 0]).sum())
    if missing and means[0].value is not None:
        note = f"mean of {len(folds) - missing} of {len(folds)} folds: not coded in the rest"
        means = [Estimate(each.value, note=note) for each in means]
    f1, accuracy, exact, complete = measured.decisions[place]
    area, average = measured.ranking[place]
    error, brier = measured.calibration[place]
    return ActionDetection(
        action=decisions.detections.actions[place],
        frames=both + missed + false + neither,
        positives=both + missed,
        said=both + false,
        folds=scores,
        mean_f1=means[0],
        mean_accuracy=means[1],
        f1=f1,
        accuracy=accuracy,
        precision=exact,
        recall=complete,
        auc=area,
        average_precision=average,
        calibration_error=error,
        brier=brier,
        thresholds=tuple(decisions.thresholds[:, place].tolist()),
    )


def _means(
    actions: Sequence[str],
    least: int,
    among: NDArray[np.bool_],
    folds: Sequence[Floats],
    measured: _Measured,
    row: int,
) -> DetectorMeans:
    by_fold = np.stack([_decided(fold)[:, :2] for fold in folds])
    over_actions = defined_mean(np.moveaxis(by_fold, -1, -2), among)
    over_folds = defined_mean(defined_mean(np.moveaxis(by_fold, 0, -1)).T, among)
    f1, accuracy, _, _ = measured.decisions[row]

    def told(value: float) -> Estimate:
        return estimate(value, NO_ACTION)

    return DetectorMeans(
        least,
        tuple(key for key, counts in zip(actions, among, strict=True) if counts),
        tuple(FoldScore(told(fold[0]), told(fold[1])) for fold in over_actions),
        told(over_folds[0]),
        told(over_folds[1]),
        f1,
        accuracy,
        *measured.ranking[row],
        *measured.calibration[row],
    )
