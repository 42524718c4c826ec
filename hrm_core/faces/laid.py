"""Lay one face on another by points that no action moves much, so that what differs is not the head.

Where both faces have landmarks these are the corners of the eyes and the bridge of the nose
(:data:`hrm_core.faces.region.STABLE_OF_68`), else the eyes and the tip of the nose: corners of the
mouth go where smiles and jaws take them, and would take the whole face along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.faces.align import Alignment, align_by_five_points, five_point_template
from hrm_core.faces.change import register
from hrm_core.faces.region import STABLE_OF_68
from hrm_core.records.face import Face

__all__ = [
    "LaidPicture",
    "chained",
    "inverted",
    "lay_face_on",
    "lay_picture",
    "upright_face",
    "upright_template",
]

_STABLE_OF_FIVE = (0, 1, 2)
# Below this scale a warp picks single pixels; the picture is made smaller by averaging first.
_LEAST_SCALE = 0.75
_COINCIDE = "The points of this face coincide or are no numbers: look for it again with hrm extract faces."


@dataclass(frozen=True, slots=True, eq=False)
class LaidPicture:
    """A picture brought where another one lies.

    Attributes
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        The picture.
    inside : ndarray of bool, shape (height, width)
        False beyond its edges.
    covered : ndarray of bool, shape (height, width)
        True where eyes are covered in it.
    """

    rgb: NDArray[np.uint8]
    inside: NDArray[np.bool_]
    covered: NDArray[np.bool_]


def lay_face_on(face: Face, other: Face) -> NDArray[np.float64]:
    """The turn, scale and shift that bring a face's stable points nearest to those of another face.

    Parameters
    ----------
    face : Face
        The face that is moved, in pixels of its frame.
    other : Face
        The face it is laid on, in pixels of its own frame.

    Returns
    -------
    ndarray of float64, shape (2, 3)
        From pixels of the one frame to pixels of the other.

    Raises
    ------
    InvalidFileError
        If a face has no such points, or they coincide.
    """
    moved, target = _stable(face, other)
    count = len(moved)
    # Where the origin and one step along either axis come to lie is the matrix.
    axes = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    source, goal = np.concatenate([moved, axes]), np.concatenate([target, axes])
    laid = register(source[np.newaxis], goal, range(count))[0, count:]
    if not np.isfinite(laid).all() or np.ptp(laid, axis=0).max() < 1e-6:
        raise InvalidFileError(_COINCIDE)
    return np.column_stack([laid[1] - laid[0], laid[2] - laid[0], laid[0]])


def _stable(face: Face, other: Face) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if face.points_3d is not None and other.points_3d is not None:
        at = list(STABLE_OF_68)
        both = face.points_3d[at, :2], other.points_3d[at, :2]
        if all(np.isfinite(points).all() for points in both):
            return both
    if face.five is None or other.five is None:
        raise InvalidFileError(_COINCIDE)
    return face.five[list(_STABLE_OF_FIVE)], other.five[list(_STABLE_OF_FIVE)]


def upright_face(face: Face, size: int, part: float) -> Alignment:
    """The way from a frame to an upright face with some room around it.

    Parameters
    ----------
    face : Face
        With five points.
    size : int
        Width and height of the picture in pixels.
    part : float
        The part of it that an aligned face takes, 0-1.

    Raises
    ------
    InvalidFileError
        If it has no five points, or they coincide.
    """
    if face.five is None:
        raise InvalidFileError(_COINCIDE)
    tight = align_by_five_points(face.five, round(size * part))
    room = np.full((2, 1), size * (1 - part) / 2)
    return Alignment(tight.matrix + np.hstack([np.zeros((2, 2)), room]), size)


def upright_template(size: int, part: float) -> NDArray[np.float64]:
    """Where the five points of :func:`upright_face` lie, about, shape (5, 2)."""
    return five_point_template(round(size * part)) + size * (1 - part) / 2


def chained(*ways: ArrayLike) -> NDArray[np.float64]:
    """Several turns, scales and shifts in one, the first first, shape (2, 3)."""
    whole = np.eye(3)
    for way in ways:
        whole = np.vstack([np.asarray(way, dtype=np.float64), (0.0, 0.0, 1.0)]) @ whole
    return whole[:2]


def inverted(way: ArrayLike) -> NDArray[np.float64]:
    """The way back, shape (2, 3)."""
    matrix = np.asarray(way, dtype=np.float64)
    turn = np.linalg.inv(matrix[:, :2])
    return np.column_stack([turn, -turn @ matrix[:, 2]])


def lay_picture(
    rgb: NDArray[np.uint8],
    way: NDArray[np.float64],
    size: tuple[int, int],
    *,
    covered: Sequence[NDArray[np.float64]] = (),
    beyond: tuple[int, int, int] = (0, 0, 0),
) -> LaidPicture:
    """A picture as it lies after a turn, scale and shift.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        The picture.
    way : ndarray of float64, shape (2, 3)
        From its pixels to those of the result.
    size : (int, int)
        Width and height of the result in pixels.
    covered : sequence of ndarray of float64, shape (4, 2)
        What is covered in it, corners in its pixels.
    beyond : (int, int, int)
        RGB of what lies beyond its edges.
    """
    import cv2

    height, width = rgb.shape[:2]
    edges = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], dtype=np.float64)
    inside, hidden = np.zeros(size[::-1], dtype=np.uint8), np.zeros(size[::-1], dtype=np.uint8)
    cv2.fillConvexPoly(inside, _corners(edges, way), 1)
    for band in covered:
        cv2.fillConvexPoly(hidden, _corners(band, way), 1)
    rgb, way = _shrunk(rgb, way, size)
    laid = cv2.warpAffine(rgb, way, size, flags=cv2.INTER_LINEAR, borderValue=beyond)
    return LaidPicture(np.asarray(laid, dtype=np.uint8), inside.astype(bool), hidden.astype(bool))


def _shrunk(
    rgb: NDArray[np.uint8], way: NDArray[np.float64], size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The part of a picture that will be seen, about as small as it will be, and the way on from there."""
    import cv2

    shrink = float(np.sqrt(abs(np.linalg.det(way[:, :2]))))
    if shrink >= _LEAST_SCALE:
        return rgb, way
    back = inverted(way)
    corners = np.array([(0, 0), (size[0], 0), size, (0, size[1])]) @ back[:, :2].T + back[:, 2]
    low = np.clip(np.floor(corners.min(axis=0) - 2 / shrink), 0, rgb.shape[1::-1]).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0) + 2 / shrink), 0, rgb.shape[1::-1]).astype(int)
    if (high <= low).any():
        return rgb, way
    small = np.maximum(1, np.round((high - low) * shrink)).astype(int)
    part = rgb[low[1] : high[1], low[0] : high[0]]
    averaged = cv2.resize(part, (int(small[0]), int(small[1])), interpolation=cv2.INTER_AREA)
    # The middle of the first pixel is at 0, 0, before and after.
    stretch = (high - low) / small
    from_small = np.column_stack([np.diag(stretch), low + stretch / 2 - 0.5])
    return np.asarray(averaged, dtype=np.uint8), chained(from_small, way)


def _corners(points: NDArray[np.float64], way: NDArray[np.float64]) -> NDArray[np.int32]:
    moved = points @ way[:, :2].T + way[:, 2]
    # Farther away is no place in any picture, and more than OpenCV can draw.
    return np.round(np.clip(moved, -1e5, 1e5)).astype(np.int32)
