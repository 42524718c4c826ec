"""Cover both eyes of a face, however it is turned.

A mask is a band along the line through the eyes.  It is made too large rather
than too small: what it must cover is the child's identity.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.records.face import Face

__all__ = ["EYES_OF_68", "MaskStyle", "apply_mask", "eye_band", "eye_band_of_box"]

EYES_OF_68 = tuple(range(36, 48))
"""Outline of both eyes in the 68-point scheme."""

# In units of the larger of two lengths: between the eyes, and from them to the mouth. The first
# shrinks when a head turns to the side, the second when it nods.
_BEYOND = 0.55
_HALF_HEIGHT = 0.42
# Around landmarks of the eyes themselves, in the same unit.
_MARGIN = 0.22
# A box drawn around a face holds its eyes between these parts of its height.
_BOX_TOP, _BOX_BOTTOM = 0.15, 0.58

# Farther from the origin, in pixels, is no place in any picture, and more than OpenCV can draw.
_FARTHEST = 1e6

_GREY_GREEN = (134, 150, 134)
_COARSE_PARTS = 5


class MaskStyle(StrEnum):
    """What is put over the eyes."""

    GREY_GREEN = "grey-green"
    BLACK = "black"
    BLUR = "blur"
    PIXELS = "pixels"


def eye_band(face: Face) -> NDArray[np.float64]:
    """The band that covers both eyes of a face.

    Parameters
    ----------
    face : Face
        With a band that was drawn or tracked, which is taken as it is, or with five points;
        landmarks of the eyes widen the band where they lie outside it.

    Returns
    -------
    ndarray of float64, shape (4, 2)
        Corners in pixels of the frame, in order around the band.

    Raises
    ------
    InvalidFileError
        If it is not known where the eyes are.
    """
    if face.eyes is not None and np.isfinite(face.eyes).all():
        return face.eyes
    if face.five is None or not np.isfinite(face.five).all():
        raise InvalidFileError("It is not known where the eyes of this face are: mark them by hand.")
    if not np.abs(np.vstack([face.five, *_eye_landmarks(face)])).max() < _FARTHEST:
        raise InvalidFileError("The points of this face are no places in a picture: mark its eyes by hand.")
    left, right = face.five[0], face.five[1]
    middle = (left + right) / 2
    mouth = (face.five[3] + face.five[4]) / 2
    unit = max(float(np.linalg.norm(right - left)), float(np.linalg.norm(mouth - middle)))
    if unit < 1e-6:
        raise InvalidFileError("The points of this face coincide: mark its eyes by hand.")
    along = _direction(left, right, middle, mouth)
    across = np.array([-along[1], along[0]])
    points = np.vstack([left, right, *_eye_landmarks(face)])
    places = np.stack([(points - middle) @ along, (points - middle) @ across], axis=1)
    half = unit * np.array([_BEYOND, _HALF_HEIGHT])
    eyes = places[:2]
    low = np.minimum(eyes.min(axis=0) - half, places.min(axis=0) - unit * _MARGIN)
    high = np.maximum(eyes.max(axis=0) + half, places.max(axis=0) + unit * _MARGIN)
    corners = np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]])
    return np.asarray(middle + corners[:, :1] * along + corners[:, 1:] * across)


def _direction(
    left: NDArray[np.float64],
    right: NDArray[np.float64],
    middle: NDArray[np.float64],
    mouth: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Unit vector along the line of the eyes; in a profile, where they meet, across the face."""
    between, down = right - left, mouth - middle
    distance, length = float(np.linalg.norm(between)), float(np.linalg.norm(down))
    if distance >= 0.3 * length:
        return np.asarray(between / distance)
    return np.asarray(np.array([down[1], -down[0]]) / length)


def _eye_landmarks(face: Face) -> list[NDArray[np.float64]]:
    if face.points_3d is None:
        return []
    return list(face.points_3d[list(EYES_OF_68), :2])


def eye_band_of_box(box: ArrayLike) -> NDArray[np.float64]:
    """The band that covers both eyes of an upright face of which only the box is known.

    Parameters
    ----------
    box : array_like of float, shape (4,)
        Left, top, right, bottom in pixels.

    Returns
    -------
    ndarray of float64, shape (4, 2)
        Corners in order around the band.
    """
    left, top, right, bottom = np.asarray(box, dtype=np.float64)
    upper, lower = top + _BOX_TOP * (bottom - top), top + _BOX_BOTTOM * (bottom - top)
    return np.array([[left, upper], [right, upper], [right, lower], [left, lower]])


def apply_mask(
    rgb: NDArray[np.uint8], band: NDArray[np.float64], style: MaskStyle = MaskStyle.GREY_GREEN
) -> NDArray[np.uint8]:
    """A copy of a picture with a band covered.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        The picture; it is not changed.
    band : ndarray of float64, shape (4, 2)
        Corners from :func:`eye_band`; what lies outside the picture is cut off.
    style : MaskStyle
        What is put over it.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        RGB.
    """
    import cv2

    covered = np.zeros(rgb.shape[:2], dtype=np.uint8)
    # Whole pixels, rounded away from the middle: a pixel that is half covered shows half an eye.
    middle = band.mean(axis=0)
    corners = np.where(band < middle, np.floor(band), np.ceil(band)).astype(np.int32)
    cv2.fillConvexPoly(covered, corners, 1)
    inside = covered.astype(bool)
    masked = rgb.copy()
    if not inside.any():
        return masked
    if style in (MaskStyle.GREY_GREEN, MaskStyle.BLACK):
        masked[inside] = _GREY_GREEN if style is MaskStyle.GREY_GREEN else (0, 0, 0)
        return masked
    rows, columns = np.nonzero(inside)
    part = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
    masked[inside] = _coarse(rgb[part], style)[inside[part]]
    return masked


def _coarse(part: NDArray[np.uint8], style: MaskStyle) -> NDArray[np.uint8]:
    """So few colours that nobody is recognised: the part made tiny and large again."""
    import cv2

    height, width = part.shape[:2]
    tiny_width = max(1, min(width, round(_COARSE_PARTS * width / max(height, 1))))
    tiny = cv2.resize(part, (tiny_width, min(height, _COARSE_PARTS)), interpolation=cv2.INTER_AREA)
    how = cv2.INTER_NEAREST if style is MaskStyle.PIXELS else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(tiny, (width, height), interpolation=how), dtype=np.uint8)
