"""Faces in frames: box, points, pose, and which one is the child."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FIVE_POINTS", "Face", "FrameFaces"]

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
    eyes : ndarray of float64, shape (4, 2), or None
        Corners of a band over both eyes, where a person drew one or it was tracked
        from there; a mask covers it in place of what the other points say.
    """

    box: NDArray[np.float64]
    score: float
    five: NDArray[np.float64] | None = None
    points_2d: NDArray[np.float64] | None = None
    points_3d: NDArray[np.float64] | None = None
    pose: NDArray[np.float64] | None = None
    eyes: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FrameFaces:
    """All faces of one frame, and which of them is the child.

    Attributes
    ----------
    frame : int
        Frame number, from 0 on.
    time_s : float
        Presentation time in seconds.
    faces : tuple of Face
        The surest first; empty if none was found.
    target : int or None
        Place of the child's face in `faces`; None if it is not among them.
    alignment : ndarray of float64, shape (2, 3), or None
        From the frame to the aligned picture of the child's face.
    crop : tuple of float or None
        Left, top and side in pixels of the square that was cut out unaligned.
    """

    frame: int
    time_s: float
    faces: tuple[Face, ...] = ()
    target: int | None = None
    alignment: NDArray[np.float64] | None = None
    crop: tuple[float, float, float] | None = None

    @property
    def child(self) -> Face | None:
        """The child's face; None if it was not found."""
        return None if self.target is None else self.faces[self.target]
