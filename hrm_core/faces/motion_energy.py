"""How much a face moves by itself, from frame to frame, without the motion of the head."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.faces.change import register

__all__ = ["WIDEST_GAP", "motion_energy", "roll_of_eyes"]

WIDEST_GAP = 10
"""Frames that may lie between two faces that are compared."""


def motion_energy(
    frames: ArrayLike,
    points: ArrayLike,
    eye_distance: ArrayLike,
    *,
    stable: Sequence[int],
    counted: Sequence[int],
) -> NDArray[np.float64]:
    """Mean displacement of landmarks since the face before, per frame.

    Each face is turned, scaled and shifted on the one before it by the points that no action moves.

    Parameters
    ----------
    frames : array_like of int, shape (n,)
        Frame numbers, rising.
    points : array_like of float, shape (n, p, d)
        Landmarks in pixels; NaN where unknown.
    eye_distance : array_like of float, shape (n,)
        Distance between the eyes in pixels; NaN where unknown.
    stable : sequence of int
        The points by which faces are laid on one another.
    counted : sequence of int
        The points whose displacement counts.

    Returns
    -------
    ndarray of float64, shape (n,)
        In distances between the eyes per frame; NaN for the first face, after unknown faces and
        where more than :data:`WIDEST_GAP` frames lie between.
    """
    numbers = np.asarray(frames, dtype=np.int64)
    faces = np.asarray(points, dtype=np.float64)
    energy = np.full(len(numbers), np.nan)
    if len(numbers) < 2:
        return energy
    gaps = np.diff(numbers)
    at = np.asarray(counted, dtype=np.int64)
    laid = register(faces[1:], faces[:-1], stable)[:, at]
    moved = np.linalg.norm(laid - faces[:-1][:, at], axis=2).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        energy[1:] = moved / (gaps * np.asarray(eye_distance, dtype=np.float64)[:-1])
    energy[1:][gaps > WIDEST_GAP] = np.nan
    energy[~np.isfinite(energy)] = np.nan
    return energy


def roll_of_eyes(five: ArrayLike) -> NDArray[np.float64]:
    """How far the line through the eyes is turned.

    Parameters
    ----------
    five : array_like of float, shape (n, 5, 2)
        Five points in pixels, in the order of ``records.face.FIVE_POINTS``; NaN where unknown.

    Returns
    -------
    ndarray of float64, shape (n,)
        Degrees, clockwise in the picture; NaN where unknown.
    """
    points = np.asarray(five, dtype=np.float64).reshape(-1, 5, 2)
    across = points[:, 1] - points[:, 0]
    return np.asarray(np.degrees(np.arctan2(across[:, 1], across[:, 0])))
