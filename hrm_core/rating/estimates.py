"""From what a formula answers to what a reader is told; intervals by resampling children."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import Estimate
from hrm_core.stats.bootstrap import Bootstrap, cluster_bootstrap

__all__ = [
    "ResultOptions",
    "by_children",
    "finite",
    "in_children",
    "mean_of_sums",
    "pearson_of_sums",
    "slope_of_sums",
    "told",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Differences of sums that cancel leave rounding of this size beside what was subtracted.
_ROUNDING = 1e-12
# Narrower than rounding in the sums of a resample.
_NO_WIDTH = 1e-12


@dataclass(frozen=True, slots=True)
class ResultOptions:
    """How intervals are made; printed in every report.

    Attributes
    ----------
    level : float
        Of all intervals.
    replicates : int
        Resamples of the children; 0 leaves these intervals out.
    seed : int
        Of the resampling.
    """

    level: float = 0.95
    replicates: int = 2000
    seed: int = 0


def finite(value: Any) -> float | None:
    """A number, or None where it is not one."""
    return float(value) if np.isfinite(value) else None


def told(found: Any, names: Sequence[str]) -> Estimate:
    """What a coefficient of :mod:`hrm_core.stats` with its own interval says.

    Parameters
    ----------
    found : object
        Of one action, with `value`, `low`, `high`, `reason` and `note`.
    names : sequence of str
        What its raters are called, in their order.
    """
    if not np.isfinite(found.value):
        why = _in_clips(found.reason, names) or "it is not defined for these answers"
        return Estimate(None, why=why)
    note = _in_clips(str(found.note), names)
    low, high = finite(found.low), finite(found.high)
    if (low is None) != (high is None):
        # Of hardly any degrees of freedom: half an interval would be read as a whole one.
        low = high = None
        note = "; ".join(filter(None, (note, "no interval: one end of it is not defined")))
    return Estimate(float(found.value), low, high, note=note)


def by_children(
    sums: Floats, statistic: Callable[[Floats], Floats], children: Ints, options: ResultOptions, why: str
) -> Estimate:
    """A number with an interval by resampling children.

    Parameters
    ----------
    sums : ndarray of float64, shape (n_clips, m)
        What adds up over clips.
    statistic : callable
        Maps summed arrays ``[n, m]`` to values ``[n]``; what is not finite is undefined.
    children : ndarray of int64, shape (n_clips,)
        Which child each clip shows.
    options : ResultOptions
        How many resamples, their seed and the level.
    why : str
        Why there is no value, where there is none.

    Returns
    -------
    Estimate
        Without an interval, and with a note, where children are too few for one.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.asarray(statistic(sums.sum(axis=0, dtype=np.float64)[np.newaxis]))[0]
    if not len(sums) or not np.isfinite(value):
        return Estimate(None, why=why)
    if not options.replicates:
        return Estimate(float(value))
    found = cluster_bootstrap(
        sums, statistic, children, replicates=options.replicates, seed=options.seed, level=options.level
    )
    estimate = Estimate(float(value), finite(found.low), finite(found.high), note=_note(found))
    return _with_width(estimate)


def in_children(estimate: Estimate) -> Estimate:
    """The same with notes on clusters put as notes on children; that they are few is said of the whole."""
    parts = [
        part.replace("clusters", "children").replace("cluster", "child")
        for part in estimate.note.split("; ")
        if part and not (part.startswith("only ") and "clusters" in part)
    ]
    return _with_width(replace(estimate, note="; ".join(parts)))


def mean_of_sums(sums: Floats) -> Floats:
    """The mean from ``(n, Σx)``, [..., 2] to [...]."""
    quotient: Floats = sums[..., 1] / sums[..., 0]
    return quotient


def pearson_of_sums(sums: Floats) -> Floats:
    """Pearson's r from ``(n, Σa, Σb, Σa², Σb², Σab)``, [..., 6] to [...]; NaN where one never varies."""
    n, a, b, aa, bb, ab = np.moveaxis(sums, -1, 0)
    of_a, of_b = _without_rounding(n * aa, a * a), _without_rounding(n * bb, b * b)
    # Rounding must not make 1.0000000000000002 of perfect agreement.
    value: Floats = np.clip((n * ab - a * b) / np.sqrt(of_a * of_b), -1.0, 1.0)
    return value


def slope_of_sums(sums: Floats) -> Floats:
    """Slope of y on x from ``(n, Σx, Σy, Σx², Σxy)``, [..., 5] to [...]; NaN where x never varies."""
    n, x, y, xx, xy = np.moveaxis(sums, -1, 0)
    value: Floats = (n * xy - x * y) / _without_rounding(n * xx, x * x)
    return value


def _without_rounding(first: Floats, second: Floats) -> Floats:
    """``first - second``, NaN where nothing but rounding is left."""
    left = first - second
    return np.where(left > _ROUNDING * np.abs(first), left, np.nan)


def _note(found: Bootstrap) -> str:
    if found.reason:
        return f"no interval: {found.reason}".replace("clusters", "children").replace("cluster", "child")
    if found.undefined:
        return f"{found.undefined} of {found.replicates} resamples have no value: few children carry it"
    return ""


def _with_width(estimate: Estimate) -> Estimate:
    low, high = estimate.low, estimate.high
    if low is None or high is None or high - low >= _NO_WIDTH or estimate.note:
        return estimate
    return replace(estimate, note="the interval has no width: no resample differs, though other children may")


def _in_clips(words: str, names: Sequence[str]) -> str:
    """A clause of the formulas, in the words of this room; names go in last, for they may be any words."""
    numbered = re.compile(r"raters? (\d+(?:, \d+)*)")
    parts = numbered.split(words)
    parts[::2] = [_plain(part) for part in parts[::2]]
    parts[1::2] = [", ".join(names[int(at) - 1] for at in part.split(", ")) for part in parts[1::2]]
    return "".join(parts).removesuffix(".0")


def _plain(words: str) -> str:
    words = words.replace("subjects", "clips").replace("subject", "clip").replace("targets", "clips")
    words = words.replace("target", "clip").replace("raters", "judges").replace("rater", "judge")
    return words.replace("ratings", "answers").replace("rating", "answer")
