"""How many independent frames a run of frames that resemble each other is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.codings import numbers
from hrm_core.stats.segments import segment_bounds

__all__ = ["EffectiveSize", "effective_size"]

# The transform's rounding must not pass for a last trace of correlation.
_NOISE = 1e-12

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class EffectiveSize:
    """Effective number of independent frames of each action's series.

    Fields are scalars for one series, else arrays (and tuples of str) over the actions.

    Attributes
    ----------
    value : float or ndarray of float64
        Effective number of frames, between 1 and ``n``.
    frames_per_value : float or ndarray of float64
        Frames that are worth one independent frame: ``n / value``.
    n : int or ndarray of int64
        Frames with a value.
    dropped : int or ndarray of int64
        Frames without one.
    reason : str or tuple of str
        Why there is no value; empty where there is one.
    note : str or tuple of str
        What to keep in mind when reading it; empty where nothing.
    """

    value: float | Floats
    frames_per_value: float | Floats
    n: int | NDArray[np.int64]
    dropped: int | NDArray[np.int64]
    reason: str | tuple[str, ...]
    note: str | tuple[str, ...]


def effective_size(series: ArrayLike, segments: ArrayLike | None = None) -> EffectiveSize:
    """Effective number of independent frames of a series inside segments.

    Parameters
    ----------
    series : array_like, shape (n_frames,) or (n_actions, n_frames)
        What is averaged over frames, e.g. 1 where two raters agree and 0 where not, or
        the product of their deviations for a correlation. NaN is missing; the frame keeps
        its place in time.
    segments : array_like, shape (n_frames,), optional
        Segment of each frame, frames in order; one segment without it. Frames of
        different segments count as independent.

    Returns
    -------
    EffectiveSize
        NaN with a reason for a series that never changes or has fewer than 2 frames.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is infinite, or segments are not in order.

    Notes
    -----
    The variance of a mean of ``n`` frames is ``s²/n`` times
    ``1 + 2 Σ r_k``, ``r_k = c_k / c_0``, where ``c_k`` adds up the products of deviations
    (from the mean of all segments) ``k`` frames apart within a segment; the effective
    number is ``n`` divided by that. No weights are needed, for lags with fewer pairs add
    fewer products. Deviations are from one common mean, so segments that differ as wholes
    cost evidence too: segments that are constant in themselves are worth one frame each.

    Far lags are noise. The sum ends by Geyer's (1992, Statistical Science 7, 473-483)
    initial monotone sequence: pairs ``r_2m + r_2m+1`` are added while they stay positive,
    each counted as no larger than the pair before. Correlation below zero is not credited:
    ``n`` frames are never worth more than ``n``.
    """
    values = numbers(series).astype(np.float64, copy=False)
    if values.ndim not in (1, 2):
        raise ValueError(f"expected a series [frames] or [actions, frames], not {values.shape}")
    if np.isinf(values).any():
        raise ValueError("an infinite value has no effective size")
    labels = np.zeros(values.shape[-1], dtype=np.int64) if segments is None else np.asarray(segments)
    if labels.shape != values.shape[-1:]:
        raise ValueError(f"expected the segment of each of {values.shape[-1]} frames, not {labels.shape}")
    starts, stops = segment_bounds(labels)
    found = [_of_one(row, starts, stops) for row in np.atleast_2d(values)]
    if values.ndim == 1:
        return EffectiveSize(*found[0])
    sizes, per_value, n, dropped, reason, note = zip(*found, strict=True) if found else ((),) * 6
    return EffectiveSize(
        np.array(sizes, dtype=np.float64),
        np.array(per_value, dtype=np.float64),
        np.array(n, dtype=np.int64),
        np.array(dropped, dtype=np.int64),
        reason,
        note,
    )


def _of_one(
    row: Floats, starts: NDArray[np.int64], stops: NDArray[np.int64]
) -> tuple[float, float, int, int, str, str]:
    known = ~np.isnan(row)
    n = int(known.sum())
    dropped = row.size - n
    nothing = float("nan")
    if n < 2:
        return nothing, nothing, n, dropped, f"too few frames: {n}", ""
    if row[known].min() == row[known].max():
        return nothing, nothing, n, dropped, "no variance: the series never changes", ""
    # A missing frame pulls nowhere, but those around it stay as far apart as they are.
    deviation = np.where(known, row - row[known].mean(), 0.0)
    products = _products(deviation, starts, stops)
    ratio = products / products[0]
    if ratio.size % 2:
        ratio = np.append(ratio, 0.0)
    pairs = ratio.reshape(-1, 2).sum(axis=1)
    over = np.flatnonzero(pairs <= _NOISE)
    kept = pairs[: over[0]] if over.size else pairs
    per_value = float(np.clip(2 * np.minimum.accumulate(kept).sum() - 1, 1.0, n)) if kept.size else 1.0
    # With a single segment the deviations sum to 0 and some pair is always negative.
    note = "" if over.size else "frames resemble each other for as long as the longest segment"
    return n / per_value, per_value, n, dropped, "", note


def _products(deviation: Floats, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> Floats:
    """Sum of products of deviations for each lag, pairs within a segment only."""
    lengths = stops - starts
    total = np.zeros(int(lengths.max()))
    # Segments of like length share one transform; padding then wastes little, however uneven they are.
    padded = 2 ** np.ceil(np.log2(2 * lengths)).astype(np.int64)
    for width in np.unique(padded).tolist():
        of_width = padded == width
        length = lengths[of_width]
        row = np.repeat(np.arange(length.size), length)
        place = np.arange(row.size) - np.repeat(np.cumsum(length) - length, length)
        table = np.zeros((length.size, width))
        table[row, place] = deviation[np.repeat(starts[of_width], length) + place]
        spectrum = np.fft.rfft(table, axis=1)
        power = (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
        lags = int(length.max())
        total[:lags] += np.fft.irfft(power, width)[:lags]
    return total
