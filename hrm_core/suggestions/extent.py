"""From a curve of change and a marked apex to onset and offset.

The idea is that of Fast-FACS (F. De la Torre, T. Simon, Z. Ambadar, J. F. Cohn: Fast-FACS, a
computer-assisted system to increase speed and reliability of manual FACS coding, ACII 2011): a coder
marks the peak, and the program proposes where the action begins and ends.  The formula is our own:

1. Unknown values are drawn across where at most `bridge` frames in a row are missing.
2. Each known stretch is smoothed: a median of three, then parabolas through five frames (A. Savitzky,
   M. J. E. Golay, Anal. Chem. 36, 1964).
3. ``baseline`` is the tenth percentile of the curve, and not below `rest`; ``height`` is what the curve
   is above it at the apex, ``threshold = baseline + fraction * height``.
4. From the apex to either side, the action is over before the first frame from which on the curve is
   under the threshold for `stays` frames; or in the valley, where the curve has come down to
   ``baseline + 0.6 * height`` or less and then grows by ``0.25 * height`` or more; or where nothing is
   known any more, or the search may not go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.records.extent import ExtentEnd

__all__ = ["BRIDGE", "FRACTION", "STAYS", "Extent", "find_extent", "smoothed"]

FRACTION = 0.4
"""Share of the change at the apex under which an action counts as over."""

STAYS = 3
"""For how many frames it must stay under it."""

BRIDGE = 5
"""Across how many unknown frames in a row the curve is drawn."""

_LOW_PERCENTILE = 10
_VALLEY_BELOW = 0.6
_VALLEY_RISE = 0.25
# Where the curve is so high nearly everywhere, its low percentile is no rest.
_NO_REST = 0.5
# How many times the noise of the curve an apex must stand out.
_LEAST_HEIGHT = 4.0
_WINDOW = 5


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """What :func:`find_extent` finds; frames are places in the curve.

    Attributes
    ----------
    onset, offset : int
        Both included.
    onset_end, offset_end : ExtentEnd
        Why it ends there.
    values : ndarray of float64, shape (n,)
        The curve, smoothed.
    baseline, threshold : float
        See the head of this file.
    """

    onset: int
    offset: int
    onset_end: ExtentEnd
    offset_end: ExtentEnd
    values: NDArray[np.float64]
    baseline: float
    threshold: float


def find_extent(
    values: ArrayLike,
    apex: int,
    *,
    first: int = 0,
    last: int | None = None,
    at_first: ExtentEnd = ExtentEnd.SEARCH,
    at_last: ExtentEnd = ExtentEnd.SEARCH,
    rest: float | None = None,
    fraction: float = FRACTION,
    stays: int = STAYS,
    bridge: int = BRIDGE,
) -> Extent | None:
    """Onset and offset around an apex.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        How much of the change at the apex is there, frame by frame, in any unit; NaN where unknown.
    apex : int
        Place of the marked frame; its value must be known.
    first, last : int
        First and last place that may be proposed; the ends of the curve if left out.
    at_first, at_last : ExtentEnd
        What an end there is called.
    rest : float, optional
        Value of a face at rest, where that is known.
    fraction : float
        Share of the height, between 0 and 1.
    stays, bridge : int
        See the head of this file.

    Returns
    -------
    Extent or None
        None if the apex does not stand out of the noise.
    """
    raw = np.asarray(values, dtype=np.float64)
    end = len(raw) - 1 if last is None else last
    if not 0 <= first <= apex <= end < len(raw) or not np.isfinite(raw[apex]):
        raise ValueError(f"frame {apex} is not a known place between {first} and {end} of {len(raw)}")
    if not 0 < fraction < 1:
        raise ValueError(f"fraction must be between 0 and 1, not {fraction}")
    curve = smoothed(_bridged(raw, bridge))
    baseline = _baseline(curve, apex, rest)
    height = float(curve[apex]) - baseline
    if not height > _LEAST_HEIGHT * _noise(raw):
        return None
    threshold = baseline + fraction * height
    scaled = (curve - baseline) / height
    back, onset_end = _walk(scaled[first : apex + 1][::-1], fraction, stays, at_first)
    on, offset_end = _walk(scaled[apex : end + 1], fraction, stays, at_last)
    return Extent(apex - back, apex + on, onset_end, offset_end, curve, baseline, threshold)


def _walk(
    scaled: NDArray[np.float64], fraction: float, stays: int, at_end: ExtentEnd
) -> tuple[int, ExtentEnd]:
    """How many frames an action goes on from the first place, and why not further."""
    lowest = 0
    for place in range(1, len(scaled)):
        if np.isnan(scaled[place]):
            return place - 1, ExtentEnd.UNKNOWN
        following = scaled[place : place + stays]
        # What is not known, or is beyond the end of the search, says nothing against it.
        if not (following >= fraction).any():
            return place - 1, ExtentEnd.FELL
        if scaled[place] < scaled[lowest]:
            lowest = place
        if scaled[lowest] <= _VALLEY_BELOW and scaled[place] >= scaled[lowest] + _VALLEY_RISE:
            return lowest - 1, ExtentEnd.TURNED
    return len(scaled) - 1, at_end


def _baseline(curve: NDArray[np.float64], apex: int, rest: float | None) -> float:
    low = float(np.nanpercentile(curve, _LOW_PERCENTILE))
    if rest is None:
        return low
    if low > rest + _NO_REST * (float(curve[apex]) - rest):
        return rest
    return max(low, rest)


def _noise(raw: NDArray[np.float64]) -> float:
    """Standard deviation of the noise, by the bend of the curve, which movement has little of."""
    bends = raw[1:-1] - (raw[:-2] + raw[2:]) / 2
    bends = np.abs(bends[np.isfinite(bends)])
    return 1.4826 * float(np.median(bends)) / np.sqrt(1.5) if len(bends) else 0.0


def _bridged(raw: NDArray[np.float64], bridge: int) -> NDArray[np.float64]:
    known = np.flatnonzero(np.isfinite(raw))
    filled = raw.copy()
    for before, after in pairwise(known):
        if 1 < after - before <= bridge + 1:
            filled[before : after + 1] = np.linspace(raw[before], raw[after], after - before + 1)
    return filled


def smoothed(values: ArrayLike) -> NDArray[np.float64]:
    """A curve with its noise taken out, each known stretch by itself.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        NaN where unknown.

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN in the same places.  Straight lines stay what they are.
    """
    curve = np.array(values, dtype=np.float64)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.isfinite(curve).astype(np.int8), [0]])))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        curve[begin:end] = _parabolas(_median_of_three(curve[begin:end]))
    return curve


def _median_of_three(stretch: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(stretch) < 3:
        return stretch
    middle = np.median(np.stack([stretch[:-2], stretch[1:-1], stretch[2:]]), axis=0)
    return np.concatenate([stretch[:1], middle, stretch[-1:]])


def _parabolas(stretch: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(stretch) < _WINDOW:
        return stretch
    half = _WINDOW // 2
    powers = np.vander(np.arange(-half, half + 1, dtype=np.float64), 3, increasing=True)
    fit = np.linalg.pinv(powers)
    through = powers @ fit
    middle = np.correlate(stretch, fit[0], mode="valid")
    # At the ends the first and the last whole parabola are followed to their ends.
    return np.concatenate([through[:half] @ stretch[:_WINDOW], middle, through[-half:] @ stretch[-_WINDOW:]])
