"""Whether a detector works as well for one group of children as for another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.detection_decisions import Decisions, person_numbers
from hrm_core.analysis.detection_estimates import estimates, steady_mean
from hrm_core.records.agreement import Estimate
from hrm_core.records.detection_results import DetectionOptions, Gap, GroupScore
from hrm_core.stats.detection import decision_sums, detection_f1

__all__ = ["gap"]

_LEAST = 2


def gap(decisions: Decisions, attribute: str, groups: Sequence[str | None], options: DetectionOptions) -> Gap:
    """Mean F1 of each group, and differences.

    Parameters
    ----------
    decisions : Decisions
        At least one frame.
    attribute : str
        What the groups are.
    groups : sequence of (str or None)
        Group of each of ``decisions.detections.participants``; None where it is not known.
    options : DetectionOptions
        How.

    Returns
    -------
    Gap
        Means are over the actions of which every group with at least 2 children has positive frames; one
        that no child of a resample shows keeps the figure of the data there. Children are resampled with
        their group, so that the sizes of groups vary as they would in another sample.
    """
    found = decisions.detections
    present, person = person_numbers(found)
    of = [groups[place] for place in present.tolist()]
    names = sorted({name for name in of if name is not None})
    member = np.array([[own == name for name in names] for own in of], dtype=bool).reshape(len(of), -1)
    frames = np.bincount(person, minlength=len(of)) @ member
    sizes = member.sum(axis=0)
    large = [place for place in range(len(names)) if sizes[place] >= _LEAST]
    sums = decision_sums(decisions.truth, decisions.said, decisions.known, person)
    told = _told(sums[:, None] * member[:, large, None, None], options) if large else []
    pairs = list(combinations(large, 2))
    scores = []
    for place, name in enumerate(names):
        few = Estimate(None, why="fewer than 2 children")
        f1 = told[large.index(place)] if place in large else few
        scores.append(GroupScore(name, int(sizes[place]), int(frames[place]), f1))
    return Gap(
        attribute,
        tuple(scores),
        tuple((names[one], names[other], told[len(large) + row]) for row, (one, other) in enumerate(pairs)),
        _common(sums[:, None] * member[:, large, None, None]),
        sum(own is None for own in of),
    )


def _common(sums: NDArray[np.int64]) -> int:
    positives = sums.sum(axis=0)[..., :2].sum(axis=-1)
    return int((positives > 0).all(axis=0).sum()) if len(positives) else 0


def _told(sums: NDArray[np.int64], options: DetectionOptions) -> list[Estimate]:
    """Means of the groups, then the differences of each two of them; [children, groups, actions, 4]."""
    pairs = list(combinations(range(sums.shape[1]), 2))
    of_data = detection_f1(sums.sum(axis=0))
    of_data[:, np.isnan(of_data).any(axis=0)] = np.nan

    def means(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        mean = steady_mean(detection_f1(drawn), of_data)
        differences = [mean[:, one] - mean[:, other] for one, other in pairs]
        return np.column_stack([mean, *differences])

    why = "no action is coded in all of these groups"
    return list(estimates(sums, means, options, lambda place: why))
