"""Bytes over frames at ever coarser levels, so that a whole recording is read as fast as a clip."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["MipLevels"]

_FEWER = 4


class MipLevels:
    """Rows of bytes over frames, pooled by four from level to level.

    Nothing but the pooled bytes is read when many frames share a pixel, and
    pooling never loses what a single frame says.

    Parameters
    ----------
    rows, frames : int
        Size of the finest level.
    pool : ufunc
        How several frames become one: ``np.maximum`` or ``np.bitwise_or``.
    """

    def __init__(self, rows: int, frames: int, pool: np.ufunc) -> None:
        self._pool = pool
        self._frames = frames
        self._levels: list[NDArray[np.uint8]] = []
        width = max(frames, 1)
        while True:
            groups = -(-width // _FEWER)
            self._levels.append(np.zeros((rows, groups * _FEWER), np.uint8))
            if width == 1:
                break
            width = groups

    @property
    def finest(self) -> NDArray[np.uint8]:
        """Bytes of the frames, uint8 [rows, frames]; call :meth:`refresh` after changing them."""
        return self._levels[0][:, : self._frames]

    @property
    def whole(self) -> NDArray[np.uint8]:
        """Each row pooled over all frames, uint8 [rows]."""
        return self._levels[-1][:, 0]

    def refresh(self, first: int, last: int) -> None:
        """Pool anew what depends on the frames `first` to `last`, both included."""
        for below, level in zip(self._levels, self._levels[1:], strict=False):
            first, last = first // _FEWER, last // _FEWER
            part = below[:, first * _FEWER : (last + 1) * _FEWER]
            # Pairs of strided columns: ten times as fast as reducing an axis of four.
            left = self._pool(part[:, 0::_FEWER], part[:, 1::_FEWER])
            right = self._pool(part[:, 2::_FEWER], part[:, 3::_FEWER])
            self._pool(left, right, out=level[:, first : last + 1])

    def columns(self, rows: NDArray[np.intp], first: float, step: float, width: int) -> NDArray[np.uint8]:
        """What each pixel column shows.

        Parameters
        ----------
        rows : ndarray of intp, shape (n,)
            Rows wanted.
        first : float
            Frame at the left edge of column 0.
        step : float
            Pixels per frame.
        width : int
            Number of columns.

        Returns
        -------
        ndarray of uint8, shape (n, width)
            The byte of the frame at the middle of a column, or all bytes of the
            frames that begin in it pooled; 0 behind the last frame.
        """
        if step >= 1:
            frames = np.floor(first + (np.arange(width) + 0.5) / step).astype(np.intp)
            inside = frames < self._frames
            found = self._levels[0][rows[:, None], np.where(inside, frames, 0)]
            return found if inside.all() else np.where(inside, found, np.uint8(0))
        size, level = 1, 0
        while size * _FEWER * step <= 1 and level + 1 < len(self._levels):
            size, level = size * _FEWER, level + 1
        edges = np.ceil((first + np.arange(width + 1) / step) / size - 1e-9).astype(np.intp)
        return self._pooled(self._levels[level], rows, edges)

    def _pooled(
        self, level: NDArray[np.uint8], rows: NDArray[np.intp], edges: NDArray[np.intp]
    ) -> NDArray[np.uint8]:
        last = level.shape[1] - 1
        starts, ends = np.minimum(edges[:-1], last), np.minimum(edges[1:] - 1, last)
        begin = int(starts[0])
        part = level[rows, begin : int(ends[-1]) + 2]
        starts, ends = starts - begin, np.maximum(ends, starts) - begin
        found: NDArray[np.uint8] = part[:, starts]
        # A column holds at most five groups: a few gathers beat reduceat by far.
        for offset in range(1, int((ends - starts).max()) + 1):
            found = self._pool(found, part[:, np.minimum(starts + offset, ends)])
        return found
