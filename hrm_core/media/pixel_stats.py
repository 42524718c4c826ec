"""Mean and standard deviation of pixels, by which networks normalise pictures.

Pixels are 8-bit, so a histogram of 256 bins per channel holds all there is to
know: it is counted in whole numbers, and both values are computed from it at
the end, in two passes.  Nothing is rounded on the way, however many pictures
there are and in whatever order they come.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["PixelMeter", "PixelStats"]

_LEVELS = 256
_CHANNELS = 3


@dataclass(frozen=True, slots=True)
class PixelStats:
    """Mean and standard deviation over all pixels.

    Attributes
    ----------
    pictures, pixels : int
        How many were measured.
    mean, sd : tuple of float
        Red, green, blue; 0 is black and 1 full brightness.  The standard deviation
        is that of these pixels themselves (divided by n).
    """

    pictures: int
    pixels: int
    mean: tuple[float, float, float]
    sd: tuple[float, float, float]


class PixelMeter:
    """Counts the pixels of one picture after another.

    Every pixel weighs the same, so a large picture weighs more than a small one.
    """

    def __init__(self) -> None:
        self._histogram = np.zeros((_CHANNELS, _LEVELS), dtype=np.int64)
        self._pictures = 0

    def add(self, rgb: NDArray[np.uint8]) -> None:
        """Count the pixels of a picture.

        Parameters
        ----------
        rgb : ndarray of uint8, shape (height, width, 3)
            The picture.

        Raises
        ------
        ValueError
            If it is no RGB picture.
        """
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != _CHANNELS:
            raise ValueError(f"expected uint8 [height, width, 3], not {rgb.dtype} {rgb.shape}")
        for channel in range(_CHANNELS):
            self._histogram[channel] += np.bincount(rgb[:, :, channel].ravel(), minlength=_LEVELS)
        self._pictures += 1

    def result(self) -> PixelStats | None:
        """Mean and standard deviation so far; None without any pixel."""
        pixels = int(self._histogram[0].sum())
        if not pixels:
            return None
        levels = np.arange(_LEVELS) / (_LEVELS - 1)
        shares = self._histogram / pixels
        means = shares @ levels
        variances = (shares * (levels - means[:, np.newaxis]) ** 2).sum(axis=1)
        red, green, blue = means.tolist()
        sd_red, sd_green, sd_blue = np.sqrt(variances).tolist()
        return PixelStats(self._pictures, pixels, (red, green, blue), (sd_red, sd_green, sd_blue))
