"""Two codings moved against each other: found by lag, and what agreement chance would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.codings import numbers
from hrm_core.stats.segments import segment_bounds

__all__ = ["LagScan", "ShiftChance", "chance_by_shift", "lag_scan"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LagScan:
    """Cohen's kappa of two raters at each lag, in frames.

    Attributes
    ----------
    lags : ndarray of int64, shape (n_lags,)
        From ``-window`` to ``window``. At lag 2 the second rater's frame ``t + 2`` is
        compared with the first rater's frame ``t``.
    kappa : ndarray of float64, shape (n_lags,) or (n_actions, n_lags)
        NaN where a rater's codes do not vary or no frames are left.
    best : int or ndarray of int64, shape (n_actions,)
        Lag with the highest kappa, the nearest to 0 among equals: above 0, the second
        rater's codes come that many frames later. 0 where there is no kappa at all.
    overall : ndarray of float64, shape (n_lags,)
        Kappa of all actions' frames counted together: numbering concerns all actions.
    overall_best : int
        Lag of the highest of those.
    reason : str or tuple of str
        Why an action has no best lag; empty where it has.
    """

    lags: Integers
    kappa: Floats
    best: int | Integers
    overall: Floats
    overall_best: int
    reason: str | tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ShiftChance:
    """Cohen's kappa as it would be if two codings were unrelated in time.

    Fields are scalars for one action, else arrays (and a tuple of str) over the actions.

    Attributes
    ----------
    kappa : float or ndarray of float64
        Kappa as coded.
    expected : float or ndarray of float64
        Mean kappa over all shifts, exact.
    high : float or ndarray of float64
        Kappa that only ``1 - level`` of the shifted codings pass.
    p : float or ndarray of float64
        Share of shifted codings with at least the kappa as coded, that one included.
    n : int or ndarray of int64
        Frames.
    dropped : int or ndarray of int64
        Frames left out because a code is missing.
    reason : str or tuple of str
        Why there is no value; empty where there is one.
    """

    kappa: float | Floats
    expected: float | Floats
    high: float | Floats
    p: float | Floats
    n: int | Integers
    dropped: int | Integers
    reason: str | tuple[str, ...]


def lag_scan(first: ArrayLike, second: ArrayLike, segments: ArrayLike, window: int = 15) -> LagScan:
    """Agreement at every lag within a window, to catch frames numbered from 1 or a wrong rate.

    Parameters
    ----------
    first, second : array_like, shape (n_frames,) or (n_actions, n_frames)
        Codes of two raters: anything but 0 is present, NaN is missing.
    segments : array_like, shape (n_frames,)
        Segment of each frame, frames in order; no frame is compared across segments.
    window : int
        Largest lag in frames, in both directions.

    Returns
    -------
    LagScan
        The curve and its peak.

    Raises
    ------
    ValueError
        If shapes do not fit, values are infinite or the window is negative.
    """
    codes, labels = _codes(first, second, segments)
    if window < 0:
        raise ValueError(f"a window of lags has 0 frames or more, not {window}")
    segment_bounds(labels)
    present = [(rater != 0) & ~np.isnan(rater) for rater in codes]
    known = [~np.isnan(rater) for rater in codes]
    lags = np.arange(-window, window + 1)
    counts = np.zeros((len(codes[0]), lags.size, 4), dtype=np.int64)
    for column, lag in enumerate(lags.tolist()):
        size = max(labels.size - abs(lag), 0)
        here, there = slice(max(-lag, 0), max(-lag, 0) + size), slice(max(lag, 0), max(lag, 0) + size)
        together = labels[here] == labels[there]
        # The second rater's masks carry the segments, so that every product has them.
        b, known_b = present[1][:, there] & together, known[1][:, there] & together
        a, known_a = present[0][:, here], known[0][:, here]
        for place, both in enumerate((a & b, a & known_b, known_a & b, known_a & known_b)):
            counts[:, column, place] = np.count_nonzero(both, axis=1)
    kappa = _kappa(counts)
    overall = _kappa(counts.sum(axis=0, keepdims=True))
    best = _peak(kappa, lags)
    reason = tuple(
        "no variance: a rater's codes never change" if np.isnan(curve).all() else "" for curve in kappa
    )
    single = np.ndim(first) == 1
    return LagScan(
        lags,
        kappa[0] if single else kappa,
        int(best[0]) if single else best,
        overall[0],
        int(_peak(overall, lags)[0]),
        reason[0] if single else reason,
    )


def chance_by_shift(
    first: ArrayLike,
    second: ArrayLike,
    segments: ArrayLike,
    replicates: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> ShiftChance:
    """Chance level of kappa by shifting one coding in a circle inside every segment.

    Shifting keeps how often and how long each rater codes the action in each segment, and
    breaks only when; formulas for chance take frames for independent and are too sure.

    Parameters
    ----------
    first, second : array_like, shape (n_frames,) or (n_actions, n_frames)
        Codes of two raters: anything but 0 is present, NaN is missing and leaves out that
        frame of that action.
    segments : array_like, shape (n_frames,)
        Segment of each frame, frames in order. Each has a shift of its own.
    replicates : int
        Shifted codings drawn; at least 1.
    seed : int
        Seed of the shifts.
    level : float
        Share of shifted codings below ``high``.

    Returns
    -------
    ShiftChance
        NaN with a reason where a rater's codes never change.

    Raises
    ------
    ValueError
        If shapes do not fit, values are infinite, or ``replicates`` or ``level`` are
        impossible.

    Notes
    -----
    Shifts leave the marginals alone, so kappa follows from the frames that both coded; for
    every shift of a segment these are a circular cross-correlation.
    """
    codes, labels = _codes(first, second, segments)
    if replicates < 1 or not 0 < level < 1:
        raise ValueError(f"{replicates} replicates and the level {level} give no chance level")
    segment_bounds(labels)
    found = [
        _chance(a, b, labels, np.random.default_rng(seed), replicates, level)
        for a, b in zip(*codes, strict=True)
    ]
    if np.ndim(first) == 1:
        return ShiftChance(*found[0])
    kappa, expected, high, p, n, dropped, reason = zip(*found, strict=True) if found else ((),) * 7
    return ShiftChance(
        np.array(kappa, dtype=np.float64),
        np.array(expected, dtype=np.float64),
        np.array(high, dtype=np.float64),
        np.array(p, dtype=np.float64),
        np.array(n, dtype=np.int64),
        np.array(dropped, dtype=np.int64),
        reason,
    )


def _codes(
    first: ArrayLike, second: ArrayLike, segments: ArrayLike
) -> tuple[list[NDArray[np.float32]], NDArray[np.generic]]:
    one, other, labels = numbers(first), numbers(second), np.asarray(segments)
    if one.shape != other.shape or one.ndim not in (1, 2) or labels.shape != one.shape[-1:]:
        raise ValueError(
            f"expected two arrays [frames] or [actions, frames] and the segment of each frame, "
            f"not {one.shape}, {other.shape} and {labels.shape}"
        )
    codes = [np.atleast_2d(rater).astype(np.float32) for rater in (one, other)]
    if any(np.isinf(rater).any() for rater in codes):
        raise ValueError("infinite codes cannot be compared")
    return codes, labels


def _kappa(counts: NDArray[np.int64] | Floats) -> Floats:
    both, a, b, n = np.moveaxis(np.asarray(counts, dtype=np.float64), -1, 0)
    # 1 - kappa is observed over expected disagreement. A rater whose codes never change has
    # kappa 0 by the formula, but says nothing about time, so there is none here.
    wrong, chance = n * (a + b - 2 * both), a * (n - b) + b * (n - a)
    varied = (a > 0) & (a < n) & (b > 0) & (b < n)
    kappa: Floats = 1 - np.divide(wrong, chance, out=np.full(both.shape, np.nan), where=varied)
    return kappa


def _peak(kappa: Floats, lags: Integers) -> Integers:
    near = np.argsort(np.abs(lags), kind="stable")
    filled = np.where(np.isnan(kappa), -np.inf, kappa)[:, near]
    peak: Integers = lags[near[filled.argmax(axis=1)]]
    return peak


def _chance(
    a: NDArray[np.floating],
    b: NDArray[np.floating],
    labels: NDArray[np.generic],
    draw: np.random.Generator,
    replicates: int,
    level: float,
) -> tuple[float, float, float, float, int, int, str]:
    known = ~(np.isnan(a) | np.isnan(b))
    one, other = a[known] != 0, b[known] != 0
    starts, stops = segment_bounds(labels[known])
    lengths = stops - starts
    n, dropped = one.size, int(known.size - one.size)
    counts = np.array([[np.count_nonzero(one & other), one.sum(), other.sum(), n]], dtype=np.float64)
    kappa = float(_kappa(counts)[0])
    if np.isnan(kappa):
        nothing = float("nan")
        return nothing, nothing, nothing, nothing, n, dropped, "no variance: a rater's codes never change"
    shared = np.zeros(replicates)
    expected = 0.0
    for length in np.unique(lengths).tolist():
        rows = starts[lengths == length][:, None] + np.arange(length)
        both = _circular(one[rows], other[rows])
        expected += float(both.sum()) / length
        shift = draw.integers(length, size=(replicates, len(rows)))
        shared += both[np.arange(len(rows)), shift].sum(axis=1)
    shifted = np.repeat(counts, replicates, axis=0)
    shifted[:, 0] = shared
    values = _kappa(shifted)
    counts[0, 0] = expected
    as_good = np.count_nonzero(values >= kappa - 1e-12)
    p = (1 + as_good) / (1 + replicates)
    return kappa, float(_kappa(counts)[0]), float(np.quantile(values, level)), p, n, dropped, ""


def _circular(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> Floats:
    """Frames coded by both, for each row and every circular shift of the second."""
    spectrum = np.fft.rfft(one, axis=1).conj() * np.fft.rfft(other, axis=1)
    return np.rint(np.fft.irfft(spectrum, one.shape[1], axis=1))
