"""Smooth outlines through a few points: what the face is drawn with."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["Points", "brush_outline", "closed_curve", "open_curve", "smoothstep"]

Points = NDArray[np.float64]
"""float64 array of shape (n, 2): x to the viewer's right, y down, in face pixels."""

_STEPS = 8


def closed_curve(points: Points) -> Points:
    """Draw a closed smooth curve (Catmull-Rom spline) through points.

    Parameters
    ----------
    points : ndarray of float, shape (n, 2)
        Corner points, n >= 3, in face pixels.

    Returns
    -------
    ndarray of float, shape (8 n, 2)
        The curve, first point not repeated, in face pixels.
    """
    return _closed_weights(len(points)) @ points


def open_curve(points: Points) -> Points:
    """Draw an open smooth curve (Catmull-Rom spline) from the first to the last point.

    Parameters
    ----------
    points : ndarray of float, shape (n, 2)
        Points it passes through, n >= 2, in face pixels.

    Returns
    -------
    ndarray of float, shape (8 (n - 1) + 1, 2)
        The curve in face pixels.
    """
    return _open_weights(len(points)) @ points


def brush_outline(points: Points, width_px: float, taper: float = 1.0) -> Points:
    """Outline of a brush stroke along a curve.

    Parameters
    ----------
    points : ndarray of float, shape (n, 2)
        The curve the brush follows, in face pixels.
    width_px : float
        Width at the thickest place.
    taper : float
        0 keeps the width to the ends, 1 lets it run out to a hair at both.

    Returns
    -------
    ndarray of float, shape (2 n, 2)
        Polygon of the stroke in face pixels.
    """
    count = len(points)
    along = np.empty_like(points)
    along[1:-1] = points[2:] - points[:-2]
    along[0], along[-1] = points[1] - points[0], points[-1] - points[-2]
    reach = _brush_profile(count, taper) * (0.5 * width_px) / (np.hypot(along[:, 0], along[:, 1]) + 1e-9)
    outline = np.empty((2 * count, 2))
    outline[:count, 0] = -along[:, 1] * reach
    outline[:count, 1] = along[:, 0] * reach
    outline[count:] = (points - outline[:count])[::-1]
    outline[:count] += points
    return outline


def smoothstep(value: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Rise from 0 (at 0 and below) to 1 (at 1 and above) without a kink.

    Parameters
    ----------
    value : ndarray of float or float
        Any numbers.

    Returns
    -------
    ndarray of float
        Numbers in [0, 1], same shape.
    """
    inside = np.clip(np.asarray(value, dtype=np.float64), 0.0, 1.0)
    risen: NDArray[np.float64] = inside * inside * (3.0 - 2.0 * inside)
    return risen


@lru_cache(maxsize=64)
def _brush_profile(count: int, taper: float) -> Points:
    along = np.linspace(0.0, np.pi, count)
    profile: Points = 1.0 - taper + taper * np.sqrt(np.sin(along).clip(0.0))
    return profile


@lru_cache(maxsize=32)
def _closed_weights(count: int) -> Points:
    basis = _basis(np.arange(_STEPS) / _STEPS)
    weights = np.zeros((count * _STEPS, count))
    for piece in range(count):
        rows = slice(piece * _STEPS, (piece + 1) * _STEPS)
        for place in range(4):
            weights[rows, (piece + place - 1) % count] += basis[:, place]
    return weights


@lru_cache(maxsize=32)
def _open_weights(count: int) -> Points:
    basis = _basis(np.arange(_STEPS) / _STEPS)
    weights = np.zeros(((count - 1) * _STEPS + 1, count))
    for piece in range(count - 1):
        rows = slice(piece * _STEPS, (piece + 1) * _STEPS)
        for place in range(4):
            # Beyond an end the spline sees the end point again.
            weights[rows, min(max(piece + place - 1, 0), count - 1)] += basis[:, place]
    weights[-1, -1] = 1.0
    return weights


def _basis(t: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix = 0.5 * np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]], dtype=np.float64)
    return np.stack([np.ones_like(t), t, t**2, t**3], axis=1) @ matrix
