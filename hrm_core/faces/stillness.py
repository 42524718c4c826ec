"""Which frames show the child's face from the front and at rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["motion", "rank_still_frames", "turned_away"]

# How far the tip of a nose stands out before the eyes, in distances between the eyes, and before
# the line from the eyes to the mouth, in lengths of that line.
_NOSE_BEFORE_EYES = 0.48
_NOSE_BEFORE_FACE = 0.44
# Where the nose tip lies between eyes (0) and mouth (1) in a face seen from the front.
_NOSE_PLACE = 0.495

# A face as far from rest as it is turned by this angle moves this much between two frames.
_ANGLE_DEG = 10.0
_MOTION = 0.01
# Frames on either side that say how still a face is, and the widest gap that still says it.
_AROUND = 4
_WIDEST_GAP = 10


def turned_away(five: ArrayLike, pose: ArrayLike | None = None) -> NDArray[np.float64]:
    """How far faces are turned or nodded away from the front.

    Parameters
    ----------
    five : array_like of float, shape (n, 5, 2)
        Five points in pixels, in the order of ``records.face.FIVE_POINTS``; NaN where unknown.
    pose : array_like of float, shape (n, 3), optional
        Pitch, yaw, roll in degrees; NaN where unknown. Where it is known it counts, elsewhere
        the symmetry of the five points does. Roll does not count: an aligned face has none.

    Returns
    -------
    ndarray of float64, shape (n,)
        Degrees, roughly; NaN where nothing is known.
    """
    points = np.asarray(five, dtype=np.float64).reshape(-1, 5, 2)
    angle = _turned_by_points(points)
    if pose is not None:
        known = np.hypot(*np.asarray(pose, dtype=np.float64).reshape(-1, 3)[:, :2].T)
        angle = np.where(np.isfinite(known), known, angle)
    return angle


def _turned_by_points(points: NDArray[np.float64]) -> NDArray[np.float64]:
    eyes, mouth = points[:, :2].mean(axis=1), points[:, 3:].mean(axis=1)
    between, down = points[:, 1] - points[:, 0], mouth - eyes
    nose = points[:, 2] - eyes
    with np.errstate(divide="ignore", invalid="ignore"):
        distance, length = np.linalg.norm(between, axis=1), np.linalg.norm(down, axis=1)
        along, below = between / distance[:, np.newaxis], down / length[:, np.newaxis]
        # Measured from the line that leads from the eyes to the mouth, so that roll is no turn.
        place = (nose * below).sum(axis=1) / length
        aside = ((nose - place[:, np.newaxis] * down) * along).sum(axis=1) / distance
        yaw = np.arctan(aside / _NOSE_BEFORE_EYES)
        pitch = np.arctan((place - _NOSE_PLACE) / _NOSE_BEFORE_FACE)
        return np.asarray(np.degrees(np.hypot(yaw, pitch)))


def motion(frames: ArrayLike, five: ArrayLike) -> NDArray[np.float64]:
    """How much faces move around each frame.

    Parameters
    ----------
    frames : array_like of int, shape (n,)
        Frame numbers, rising.
    five : array_like of float, shape (n, 5, 2)
        Five points in pixels; NaN where unknown.

    Returns
    -------
    ndarray of float64, shape (n,)
        The fastest mean motion of the five points within four frames, per frame and in sizes of
        the face (the longer of the ways between the eyes and from them to the mouth); NaN where
        no neighbour is known.
    """
    numbers = np.asarray(frames, dtype=np.int64)
    points = np.asarray(five, dtype=np.float64).reshape(-1, 5, 2)
    fastest = np.full(len(numbers), np.nan)
    if len(numbers) < 2:
        return fastest
    eyes, mouth = points[:, :2].mean(axis=1), points[:, 3:].mean(axis=1)
    size = np.maximum(
        np.linalg.norm(points[:, 1] - points[:, 0], axis=1), np.linalg.norm(mouth - eyes, axis=1)
    )
    gaps = np.diff(numbers)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.linalg.norm(np.diff(points, axis=0), axis=2).mean(axis=1) / (gaps * size[:-1])
    moved[(gaps > _WIDEST_GAP) | ~np.isfinite(moved)] = np.nan
    for shift in range(-_AROUND, _AROUND):
        # Step k leads from entry k to entry k + 1.
        steps = np.arange(len(numbers)) + shift
        inside = (steps >= 0) & (steps < len(moved))
        near = np.zeros(len(numbers), dtype=bool)
        at = steps[inside]
        end = np.where(shift < 0, numbers[at], numbers[at + 1])
        near[inside] = np.abs(end - numbers[inside]) <= max(_AROUND, _WIDEST_GAP)
        fastest[near] = np.fmax(fastest[near], moved[steps[near]])
    return fastest


def rank_still_frames(
    frames: ArrayLike, five: ArrayLike, pose: ArrayLike | None = None, *, count: int = 5, apart: int = 1
) -> NDArray[np.int64]:
    """Places of the frames that look most like a face from the front and at rest.

    Whether the eyes are open and the mouth is closed is not judged: a person does that.

    Parameters
    ----------
    frames : array_like of int, shape (n,)
        Frame numbers, rising.
    five, pose : array_like of float
        As for :func:`turned_away`.
    count : int
        How many at most.
    apart : int
        Least distance between any two in frames: neighbours are as good as one another, and no
        choice.

    Returns
    -------
    ndarray of int64, shape (at most count,)
        Places in `frames`, the best first.
    """
    numbers = np.asarray(frames, dtype=np.int64)
    score = np.hypot(turned_away(five, pose) / _ANGLE_DEG, motion(numbers, five) / _MOTION)
    chosen: list[int] = []
    for place in np.argsort(score, kind="stable"):
        if len(chosen) == count or not np.isfinite(score[place]):
            break
        if all(abs(int(numbers[place] - numbers[other])) >= apart for other in chosen):
            chosen.append(int(place))
    return np.array(chosen, dtype=np.int64)
