"""Agreement on how strong an action is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import Estimate
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.reliability.estimates import Labels, finite
from hrm_core.reliability.pairing import Paired
from hrm_core.stats.icc import icc
from hrm_core.stats.kappa import cohen_kappa

__all__ = ["ByIntensity", "by_intensity"]

_GRADES = tuple(range(6))
"""Absent, and A to E."""


@dataclass(frozen=True, slots=True)
class ByIntensity:
    """Intensities of one action.

    Attributes
    ----------
    icc, kappa : Estimate
        ICC(3,1) and quadratic-weighted kappa, with intervals that take frames for independent.
    frames : int
        Frames in which both told how strong whatever they scored was; absent counts as 0.
    """

    icc: Estimate
    kappa: Estimate
    frames: int


def by_intensity(paired: Paired, actions: Sequence[str], labels: Labels, level: float) -> list[ByIntensity]:
    """Agreement on the intensity of each action.

    Parameters
    ----------
    paired : Paired
        The common frames, at least one.
    actions : sequence of str
        Keys.
    labels : (str, str)
        What the sources are called.
    level : float
        Of the intervals.

    Returns
    -------
    list of ByIntensity
        One for each action.
    """
    return [_of_action(paired, key, labels, level) for key in actions]


def _of_action(paired: Paired, key: str, labels: Labels, level: float) -> ByIntensity:
    rows, column = paired.rows_of(key), COLUMN_OF[key]
    grades, known = [], []
    for label, codes, intensities in zip(
        labels,
        (paired.first, paired.second),
        (paired.first_intensities, paired.second_intensities),
        strict=True,
    ):
        present = codes[rows, column] > 0
        grade = np.zeros(present.shape, np.uint8) if intensities is None else intensities[rows, column]
        # Frames without the action alone would all agree on 0: that is no agreement on intensity.
        if not grade[present].any():
            why = f"{label} told no intensity of it" if present.any() else f"{label} never used it"
            return _nothing(why)
        grades.append(np.where(present, grade, 0))
        known.append(~present | (grade > 0))
    return _of_grades(grades[0], grades[1], known[0] & known[1], level)


def _of_grades(
    first: NDArray[np.uint8], second: NDArray[np.uint8], known: NDArray[np.bool_], level: float
) -> ByIntensity:
    one, other = first[known].astype(np.float64), second[known].astype(np.float64)
    frames = len(one)
    if not one.any() and not other.any():
        return _nothing("in no frame did both tell the intensity of what they scored")
    note = (
        f"{len(first) - frames:,} frames left out, in which an intensity was not told"
        if frames < len(first)
        else ""
    )
    consistent = icc(np.stack([one, other], axis=1), "3,1", level)
    weighted = cohen_kappa(one, other, weights="quadratic", level=level, categories=_GRADES)
    estimates = [
        Estimate(finite(found.value), finite(found.low), finite(found.high), note=note)
        if np.isfinite(found.value)
        else Estimate(None, why=str(found.reason))
        for found in (consistent, weighted)
    ]
    return ByIntensity(estimates[0], estimates[1], frames)


def _nothing(why: str) -> ByIntensity:
    return ByIntensity(Estimate(None, why=why), Estimate(None, why=why), 0)
