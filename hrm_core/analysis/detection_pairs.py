"""Which of two detectors is better, on the frames and actions that both say something of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.detection_decisions import Decisions, person_numbers
from hrm_core.analysis.detection_estimates import estimates, steady_mean
from hrm_core.records.agreement import Estimate
from hrm_core.records.detection_results import ActionComparison, Comparison, DetectionOptions
from hrm_core.stats.adjust import adjust_p
from hrm_core.stats.bootstrap import bootstrap_p, cluster_resamples
from hrm_core.stats.detection import decision_sums, detection_f1

__all__ = ["compare"]

_NEVER = "not coded in any frame that both say something of"


def compare(first: Decisions, second: Decisions, options: DetectionOptions) -> Comparison:
    """Compare F1 on common frames by resampling children, the same for both.

    Parameters
    ----------
    first, second : Decisions
        With the same truth.
    options : DetectionOptions
        How.

    Returns
    -------
    Comparison
        Without numbers and with a reason where they have no frame or no coded action in common.
    """
    one, other = first.detections, second.detections
    empty = Comparison(one.name, other.name)
    rows, others = _common_rows(first, second)
    actions = [key for key in one.actions if key in other.actions]
    if not len(rows) or not actions:
        lack = "frame" if actions else "action"
        return replace(empty, why=f"they have no {lack} in common")
    columns = np.array([one.actions.index(key) for key in actions])
    facing = np.array([other.actions.index(key) for key in actions])
    known = first.known[np.ix_(rows, columns)] & second.known[np.ix_(others, facing)]
    truth = first.truth[np.ix_(rows, columns)]
    _, number = person_numbers(one)
    whose = number[rows]
    sums = np.stack(
        [
            decision_sums(truth, decisions.said[np.ix_(place, chosen)], known, whose)
            for decisions, place, chosen in ((first, rows, columns), (second, others, facing))
        ],
        axis=1,
    ).astype(np.float64)
    there = sums[:, 0, :, :2].sum(axis=(0, 2)) > 0
    counts = replace(empty, participants=len(np.unique(whose)), frames=len(rows))
    if not there.any():
        return replace(counts, why="no action is coded in the frames that they have in common")
    compared = _compared(
        [key for key, is_in in zip(actions, there, strict=True) if is_in], sums[:, :, there], options
    )
    return replace(counts, mean=compared[-1], actions=tuple(compared[:-1]))


def _common_rows(first: Decisions, second: Decisions) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of both that are the same frame of the same recording of the same child."""
    places: dict[tuple[str, str], int] = {}

    def keys(decisions: Decisions) -> NDArray[np.int64]:
        found = decisions.detections
        pairs, of = np.unique(
            np.column_stack([found.of_participant, found.of_video]), axis=0, return_inverse=True
        )
        number = np.array(
            [
                places.setdefault((found.participants[child], found.videos[video]), len(places))
                for child, video in pairs.tolist()
            ],
            dtype=np.int64,
        )
        # Frame numbers stay far below this (records.recording.MOST_FRAMES), and so do recordings.
        joined: NDArray[np.int64] = number[of.ravel()] * np.int64(2**40) + found.frames
        return joined

    _, rows, others = np.intersect1d(keys(first), keys(second), assume_unique=True, return_indices=True)
    return rows.astype(np.int64), others.astype(np.int64)


def _compared(
    actions: list[str], sums: NDArray[np.float64], options: DetectionOptions
) -> list[ActionComparison]:
    """Each action, then the mean; `sums` [children, 2, actions, 4]."""
    of_data = detection_f1(sums.sum(axis=0))

    def both(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        f1 = detection_f1(drawn)
        return np.concatenate([f1, steady_mean(f1, of_data)[..., None]], axis=-1)

    def difference(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        f1 = both(drawn)
        return f1[:, 0] - f1[:, 1]

    values = both(sums.sum(axis=0, keepdims=True))[0]
    told: list[Estimate] = list(estimates(sums, difference, options, lambda place: _NEVER))
    p = np.full(len(told), np.nan)
    if options.replicates and len(sums) > 1:
        p = bootstrap_p(cluster_resamples(sums, difference, options.replicates, options.seed))
    # Resamples of two or three children nearly all agree; by the signs of their differences alone so few
    # children could not show more than this.
    p = np.maximum(p, 2.0 ** (1 - len(sums)))
    # Where a single child carries the value, there is neither an interval nor a p value.
    p[[each.low is None for each in told]] = np.nan
    adjusted, _ = adjust_p(p[:-1])
    return [
        ActionComparison(
            key, _number(values[0, row]), _number(values[1, row]), told[row], _number(p[row]), _number(q)
        )
        for row, (key, q) in enumerate(zip((*actions, ""), (*adjusted, np.nan), strict=True))
    ]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
