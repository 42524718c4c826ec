"""What a computer measured in each frame, as curves below the codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPainterPath

from hrm_annotator.language import said, tr
from hrm_core.records.curve import Curve

__all__ = ["DrawnCurve", "drawn"]

_FEWER = 4
_NEAR = 500


class DrawnCurve:
    """A curve with its lowest and highest values at ever coarser levels.

    Drawn curves keep their peaks however many frames share a pixel.  The plots of
    pyqtgraph do that too, but a single unknown frame blanks all that share its
    pixel, and faces are lost for a frame or two all the time.

    Parameters
    ----------
    curve : Curve
        What to draw.
    """

    def __init__(self, curve: Curve) -> None:
        self.curve = curve
        values = np.where(np.isfinite(curve.values), curve.values, np.nan)
        known = values[np.isfinite(values)]
        self.lowest = float(known.min()) if len(known) else float("nan")
        self.highest = float(known.max()) if len(known) else float("nan")
        self._levels = [(values, values)]
        while len(self._levels[-1][0]) > _FEWER:
            low, high = self._levels[-1]
            self._levels.append((_fewer(low, np.fmin), _fewer(high, np.fmax)))

    def legend(self) -> str:
        """Name, range and unit for people."""
        if np.isnan(self.lowest):
            return tr("{curve}: unknown", curve=self._name())
        lowest, highest = (_number(value, self._size) for value in (self.lowest, self.highest))
        return f"{self._name()} {lowest}…{highest}{self._unit()}"

    def words(self, frame: int) -> str:
        """The value in a frame for people."""
        value = self.curve.values[frame] if 0 <= frame < len(self.curve.values) else np.nan
        if not np.isfinite(value):
            return tr("{curve}: unknown", curve=self._name())
        return f"{self._name()} {_number(float(value), self._size)}{self._unit()}"

    def path(self, first: float, step: float, width: float, top: float, height: float) -> QPainterPath:
        """The curve as a path.

        Parameters
        ----------
        first : float
            Frame at the left edge.
        step : float
            Pixels per frame.
        width, top, height : float
            Of the strip, in pixels; its lowest value lies at the bottom, its highest at the top.

        Returns
        -------
        QPainterPath
            With a gap wherever all frames of a pixel are unknown.
        """
        import pyqtgraph

        size, level = 1, 0
        while size * _FEWER * step <= 1 and level + 1 < len(self._levels):
            size, level = size * _FEWER, level + 1
        low, high = self._levels[level]
        # One more on either side, so that the line runs on to the edges.
        begin = max(int(first // size) - 1, 0)
        end = min(int((first + width / step) // size) + 2, len(low))
        if end <= begin or np.isnan(self.lowest):
            return QPainterPath()
        middles = ((np.arange(begin, end) + 0.5) * size - first) * step
        scale = height / (self.highest - self.lowest or 1.0)
        shift = 0.0 if self.highest > self.lowest else height / 2
        ends = np.stack([low[begin:end], high[begin:end]], axis=1).ravel()
        x, y = np.repeat(middles, 2), top + height - shift - (ends - self.lowest) * scale
        path: QPainterPath = pyqtgraph.arrayToQPath(x, y, connect="finite")
        return path

    def place_near(self, frame: float, top: float, height: float) -> tuple[int, float] | None:
        """The first frame from here on that has a value, and how high the curve lies there.

        Parameters
        ----------
        frame : float
            Where to begin.
        top, height : float
            Of the strip, in pixels.
        """
        values = self._levels[0][0]
        begin = max(int(frame), 0)
        known = np.flatnonzero(np.isfinite(values[begin : begin + _NEAR]))
        if not len(known):
            return None
        at = begin + int(known[0])
        span = self.highest - self.lowest
        share = (float(values[at]) - self.lowest) / span if span > 0 else 0.5
        return at, top + height * (1 - share)

    @property
    def _size(self) -> float:
        return max(abs(self.lowest), abs(self.highest))

    def _name(self) -> str:
        return said(self.curve.name)

    def _unit(self) -> str:
        unit = said(self.curve.unit)
        return unit if unit in ("", "°") else f" {unit}"


def drawn(curves: Sequence[Curve]) -> tuple[DrawnCurve, ...]:
    """Curves made ready to be drawn."""
    return tuple(map(DrawnCurve, curves))


def _fewer(values: NDArray[np.float64], pool: np.ufunc) -> NDArray[np.float64]:
    groups = -(-len(values) // _FEWER)
    padded = np.full(groups * _FEWER, np.nan)
    padded[: len(values)] = values
    pooled: NDArray[np.float64] = pool.reduce(padded.reshape(groups, _FEWER), axis=1)
    return pooled


def _number(value: float, scale: float) -> str:
    """A value with as many places as values of that size need."""
    places = 0 if scale >= 100 else 1 if scale >= 1 else 3
    return f"{value:.{places}f}".replace("-", "−")
