"""From what a formula answers to what a reader is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import AgreementOptions, Estimate
from hrm_core.stats.bootstrap import Bootstrap, cluster_bootstrap

__all__ = ["Labels", "finite", "intervals", "why_undefined"]

Labels = tuple[str, str]
"""What the two sources are called."""

# Narrower than rounding in the sums of a resample.
_NO_WIDTH = 1e-12

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]


def finite(value: float | Floats) -> float | None:
    """A number, or None where it is not one; arrays of one element are taken too."""
    return float(value) if np.isfinite(value) else None


def intervals(
    sums: NDArray[np.int64] | Floats,
    statistic: Statistic,
    options: AgreementOptions,
    why: Callable[[tuple[int, ...]], str],
    unit: str = "participant",
) -> NDArray[np.object_]:
    """Values with intervals by resampling whole clusters.

    Parameters
    ----------
    sums : ndarray, shape (n_clusters, ..., m)
        What adds up over clusters.
    statistic : callable
        Maps ``[n, ..., m]`` to ``[n, ...]``, also with axes of its own at the end.
    options : AgreementOptions
        Replicates (0: no intervals), seed and level.
    why : callable
        Says of a place in the result why it has no value.
    unit : {"participant", "segment"}
        What a cluster is.

    Returns
    -------
    ndarray of Estimate
        In the shape of the statistic's answer.
    """
    total = sums.sum(axis=0, dtype=np.float64)[None]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.asarray(statistic(total), dtype=np.float64)[0]
    low = high = np.full(value.shape, np.nan)
    notes = np.full(value.size, "")
    if options.replicates and value.size:
        found = cluster_bootstrap(
            sums, statistic, replicates=options.replicates, seed=options.seed, level=options.level
        )
        low, high = np.asarray(found.low), np.asarray(found.high)
        notes = _notes(found, unit)
    estimates = np.empty(value.shape, dtype=np.object_)
    for flat, place in enumerate(np.ndindex(value.shape)):
        estimates[place] = (
            Estimate(float(value[place]), finite(low[place]), finite(high[place]), note=str(notes[flat]))
            if np.isfinite(value[place])
            else Estimate(None, why=why(place))
        )
    return estimates


def _notes(found: Bootstrap, unit: str) -> NDArray[np.str_]:
    """Why there is no interval, of how many resamples it knows nothing, or that it has no width.

    That participants are few holds for all numbers alike, and is said once of the whole.
    """
    return np.array(
        [
            f"no interval: {reason.replace('cluster', unit)}"
            if reason
            else "; ".join(
                filter(
                    None,
                    (
                        lost
                        and f"{lost} of {found.replicates} resamples have no value: few {unit}s carry it",
                        high - low < _NO_WIDTH
                        and f"the interval has no width: no resample differs, though other {unit}s may",
                    ),
                )
            )
            for reason, lost, low, high in zip(
                (found.reason,) if isinstance(found.reason, str) else found.reason,
                np.ravel(found.undefined).tolist(),
                np.ravel(found.low).tolist(),
                np.ravel(found.high).tolist(),
                strict=True,
            )
        ]
    )


def why_undefined(cells: Sequence[int], labels: Labels, unit: str = "frame") -> str:
    """Why a coefficient of two sources cannot be computed from four counts.

    Parameters
    ----------
    cells : sequence of int, length 4
        Frames in which both, only the first, only the second, and neither used the action.
    labels : (str, str)
        What the sources are called.
    unit : str
        What is counted.

    Returns
    -------
    str
        A clause without a full stop.
    """
    both, first_only, second_only, neither = (int(cell) for cell in cells)
    frames = both + first_only + second_only + neither
    if not frames:
        return f"no {unit} that both coded"
    if neither == frames:
        return f"neither used it in {_counted(frames, unit)}"
    if both == frames:
        return f"both used it in all {_counted(frames, unit)}"
    used = (both + first_only, both + second_only)
    told = [
        f"{label} never used it" if not times else f"{label} used it in every {unit}"
        for label, times in zip(labels, used, strict=True)
        if times in (0, frames)
    ]
    return (
        f"{' and '.join(told)} ({_counted(frames, unit)})"
        if told
        else f"{_counted(frames, unit)} are too few"
    )


def _counted(number: int, unit: str) -> str:
    return f"{number:,} {unit}" + ("" if number == 1 else "s")
