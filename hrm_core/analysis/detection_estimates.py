"""Figures of detectors with intervals by resampling whole children, and means over actions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.records.agreement import Estimate
from hrm_core.records.detection_results import DetectionOptions
from hrm_core.stats.bootstrap import Bootstrap, cluster_bootstrap

__all__ = ["defined_mean", "estimate", "estimates", "steady_mean"]

Floats = NDArray[np.float64]


def defined_mean(values: ArrayLike, where: ArrayLike | None = None) -> Floats:
    """Mean over the last axis of what is no NaN; NaN where nothing is.

    Parameters
    ----------
    values : array_like, shape (..., n)
        What is averaged.
    where : array_like of bool, shape (n,), optional
        Which of them at most.
    """
    table = np.asarray(values, dtype=np.float64)
    use = ~np.isnan(table) if where is None else ~np.isnan(table) & np.asarray(where, dtype=np.bool_)
    number = use.sum(axis=-1)
    total = np.where(use, table, 0.0).sum(axis=-1)
    mean: Floats = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return mean


def steady_mean(values: ArrayLike, of_data: ArrayLike, where: ArrayLike | None = None) -> Floats:
    """Mean over actions in resamples, always of the same actions.

    An action that no child of a resample shows keeps the figure that it has in the data. Left out, it
    would move the mean: actions that one child alone shows are those that are hardly found, and an
    interval over whatever is left can lie beside the value that it belongs to.

    Parameters
    ----------
    values : array_like, shape (..., n_actions)
        Figures in resamples; NaN where an action has none.
    of_data : array_like, shape (n_actions,) or broadcastable
        Figures in the data; actions without one are in no mean.
    where : array_like of bool, shape (n_actions,), optional
        Which actions at most.

    Returns
    -------
    ndarray of float64
        NaN where no action of a resample has a figure.
    """
    table, own = np.asarray(values, dtype=np.float64), np.asarray(of_data, dtype=np.float64)
    use = ~np.isnan(own) if where is None else ~np.isnan(own) & np.asarray(where, dtype=np.bool_)
    shown = (~np.isnan(table) & use).any(axis=-1)
    filled = defined_mean(np.where(use, np.where(np.isnan(table), own, table), np.nan))
    mean: Floats = np.where(shown, filled, np.nan)
    return mean


def estimate(value: float, why: str) -> Estimate:
    """A value without interval; where it is NaN, why."""
    return Estimate(float(value)) if np.isfinite(value) else Estimate(None, why=why)


def estimates(
    sums: ArrayLike,
    statistic: Callable[[Floats], Floats],
    options: DetectionOptions,
    why: Callable[[tuple[int, ...]], str],
) -> NDArray[np.object_]:
    """Values with intervals by resampling whole children.

    Parameters
    ----------
    sums : array_like, shape (n_children, ..., m)
        What adds up over children.
    statistic : callable
        Maps ``[n, ..., m]`` to ``[n, ...]``, also with axes of its own at the end.
    options : DetectionOptions
        Replicates (0: no intervals), seed and level.
    why : callable
        Says of a place in the result why it has no value.

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
        notes = _notes(found)
    else:
        value = np.asarray(statistic(table.sum(axis=0, keepdims=True)), dtype=np.float64)[0]
        low = high = np.full(value.shape, np.nan)
        notes = [""] * value.size
    told = np.empty(value.shape, dtype=np.object_)
    for flat, place in enumerate(np.ndindex(value.shape)):
        if not np.isfinite(value[place]):
            told[place] = Estimate(None, why=why(place))
            continue
        told[place] = Estimate(
            float(value[place]), _bound(float(low[place])), _bound(float(high[place])), note=notes[flat]
        )
    return told


def _bound(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _notes(found: Bootstrap) -> list[str]:
    """Why there is no interval, or that many resamples have no value.

    That the children are few holds for all numbers alike, and is said once of the whole.
    """
    reasons = (found.reason,) if isinstance(found.reason, str) else found.reason
    return [
        f"no interval: {reason.replace('clusters', 'children').replace('cluster', 'child')}"
        if reason
        else f"{lost} of {found.replicates} resamples have no value: few children carry it"
        if lost
        else ""
        for reason, lost in zip(reasons, np.ravel(found.undefined).tolist(), strict=True)
    ]
