"""A face in one frame: box, points, pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FIVE_POINTS", "Face"]

FIVE_POINTS = (
    "eye on the left",
    "eye on the right",
    "nose tip",
    "mouth corner on the left",
    "mouth corner on the right",
)
"""The five points in order; left and right are the picture's, not the child's."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """What a detector says of one face, in pixels of the frame.

    Attributes
    ----------
    box : ndarray of float64, shape (4,)
        Left, top, right, bottom.
    score : float
        How sure the detector is, 0-1.
    five : ndarray of float64, shape (5, 2), or None
        Centres of the eyes, nose tip, corners of the mouth, as :data:`FIVE_POINTS`.
    points_2d : ndarray of float64, shape (106, 2), or None
        Landmarks of InsightFace.
    points_3d : ndarray of float64, shape (68, 3), or None
        Landmarks in the 68-point scheme; the third column is depth in pixels.
    pose : ndarray of float64, shape (3,), or None
        Pitch, yaw, roll in degrees.
    """

    box: NDArray[np.float64]
    score: float
    five: NDArray[np.float64] | None = None
    points_2d: NDArray[np.float64] | None = None
    points_3d: NDArray[np.float64] | None = None
    pose: NDArray[np.float64] | None = None
