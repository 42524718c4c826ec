"""Cut a face out of a frame as it is: a square with room around it, neither turned nor stretched."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["CROP_MARGIN", "CROP_SIZE", "Square", "SteadyCrop", "crop_picture", "crop_square"]

CROP_SIZE = 512
"""Width and height of a crop in pixels."""

CROP_MARGIN = 1.6
"""Side of the square in units of the longer side of the face's box.

Detectors draw the box from brows to chin and from cheek to cheek; with 0.3 of it more
on each side, forehead, chin and ears are inside.
"""

# In parts of the wanted side: the square stays where it is while the face moves or grows less
# than this, so that the crops of a child who sits still do not tremble with the detector.
_SLACK_PLACE = 0.06
_SLACK_SIDE = 0.08

Square = tuple[float, float, float]
"""Left, top and side in pixels of the frame; whole numbers, also outside the frame."""


def crop_square(box: ArrayLike) -> Square:
    """The square that is cut out around a face.

    Parameters
    ----------
    box : array_like of float, shape (4,)
        Left, top, right, bottom of the face in pixels.

    Returns
    -------
    tuple of float
        Left, top and side in whole pixels; it may reach beyond the frame.
    """
    x, y, side = _wanted(box)
    return _whole(x, y, side)


def _wanted(box: ArrayLike) -> tuple[float, float, float]:
    left, top, right, bottom = np.asarray(box, dtype=np.float64).tolist()
    return (left + right) / 2, (top + bottom) / 2, CROP_MARGIN * max(right - left, bottom - top, 1.0)


def _whole(x: float, y: float, side: float) -> Square:
    # Whole pixels: they are the same numbers in a file of 32-bit floats.
    whole = float(max(1, round(side)))
    return float(round(x - whole / 2)), float(round(y - whole / 2)), whole


class SteadyCrop:
    """Squares around a face frame by frame, which hold still while the face nearly does.

    Each depends on the frames before it only, so that pictures can be cut while
    a recording is read.
    """

    def __init__(self) -> None:
        self._last: Square | None = None

    def step(self, box: ArrayLike) -> Square:
        """The square of the next frame.

        Parameters
        ----------
        box : array_like of float, shape (4,)
            Left, top, right, bottom of the face in pixels.

        Returns
        -------
        tuple of float
            As :func:`crop_square`; the box is always inside.
        """
        x, y, side = _wanted(box)
        if self._last is not None:
            left, top, before = self._last
            side = float(np.clip(before, side * (1 - _SLACK_SIDE), side * (1 + _SLACK_SIDE)))
            slack = _SLACK_PLACE * side
            x = float(np.clip(left + before / 2, x - slack, x + slack))
            y = float(np.clip(top + before / 2, y - slack, y + slack))
        self._last = _whole(x, y, side)
        return self._last


def crop_picture(rgb: NDArray[np.uint8], square: Square, size: int = CROP_SIZE) -> NDArray[np.uint8]:
    """What a square of a frame shows; black where the frame ends.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        The frame.
    square : tuple of float
        Left, top and side in whole pixels, from :func:`crop_square`.
    size : int
        Width and height of the picture in pixels.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
        RGB.
    """
    import cv2

    left, top, side = (int(value) for value in square)
    height, width = rgb.shape[:2]
    rows = slice(min(max(top, 0), height), min(max(top + side, 0), height))
    columns = slice(min(max(left, 0), width), min(max(left + side, 0), width))
    part = rgb[rows, columns]
    if part.shape[:2] != (side, side):
        whole = np.zeros((side, side, 3), dtype=np.uint8)
        down, right = rows.start - top, columns.start - left
        if part.size:
            whole[down : down + part.shape[0], right : right + part.shape[1]] = part
        part = whole
    how = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, (size, size), interpolation=how), dtype=np.uint8)
