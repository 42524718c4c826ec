"""Numbers with intervals by resampling whole stretches of frames, or whole children."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.records.agreement import Estimate
from hrm_core.records.assistance_results import AssistanceOptions
from hrm_core.stats.bootstrap import Bootstrap, cluster_bootstrap

__all__ = ["resampled"]

Floats = NDArray[np.float64]


def resampled(
    sums: ArrayLike,
    statistic: Callable[[Floats], Floats],
    options: AssistanceOptions,
    *,
    unit: tuple[str, str] = ("stretch", "stretches"),
    why: str = "there is nothing to divide by",
) -> NDArray[np.object_]:
    """Values with intervals by resampling whole units.

    Parameters
    ----------
    sums : array_like, shape (n_units, ..., m)
        What adds up over units.
    statistic : callable
        Maps ``[n, ..., m]`` to ``[n, ...]``, also with axes of its own at the end.
    options : AssistanceOptions
        Replicates (0: no intervals), seed and level.
    unit : tuple of str
        What a unit is called, one and several.
    why : str
        Why a place has no value.

    Returns
    -------
    ndarray of Estimate
        In the shape of the statistic's answer.
    """
    table = np.asarray(sums, dtype=np.float64)
    if options.replicates:
        found = cluster_bootstrap(
            table, statistic, replicates=options.replicates, seed=options.seed, level=options.level
        )
        value, low, high = (np.asarray(each) for each in (found.value, found.low, found.high))
        notes = _notes(found, unit)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.asarray(statistic(table.sum(axis=0, keepdims=True)), dtype=np.float64)[0]
        low = high = np.full(value.shape, np.nan)
        notes = [""] * value.size
    told = np.empty(value.shape, dtype=np.object_)
    for flat, place in enumerate(np.ndindex(value.shape)):
        told[place] = (
            Estimate(
                float(value[place]), _bound(float(low[place])), _bound(float(high[place])), note=notes[flat]
            )
            if np.isfinite(value[place])
            else Estimate(None, why=why)
        )
    return told


def _bound(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _notes(found: Bootstrap, unit: tuple[str, str]) -> list[str]:
    """Why there is no interval, or that many resamples have no value.

    That units are few holds for all numbers alike, and is said once of the whole.
    """
    one, several = unit
    reasons = (found.reason,) if isinstance(found.reason, str) else found.reason
    return [
        f"no interval: {reason.replace('clusters', several).replace('cluster', one)}"
        if reason
        else f"{lost} of {found.replicates} resamples have no value: few {several} carry it"
        if lost
        else ""
        for reason, lost in zip(reasons, np.ravel(found.undefined).tolist(), strict=True)
    ]
