"""How far faces are from the neutral face, by the pictures themselves: where no landmarks are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.faces.align import Alignment, five_point_template
from hrm_core.faces.change import register
from hrm_core.faces.region import Region

__all__ = ["region_picture"]

# Width and height of the part of a picture that is registered, and where its five points begin: the
# template of 112 pixels cuts off chins and foreheads.
_SIZE = 160
_MARGIN = 24
# In pixels of the registered picture: finer than that, faces are not found exactly enough.
_BLUR = 2.0
# Every how manyth pixel is compared after blurring.
_STEP = 2
# The part of the face by which brightness and contrast are made the same, as `Region.box`.
_FACE = (20, 30, 92, 112)


def region_picture(rgb: NDArray[np.uint8], five: ArrayLike, region: Region) -> NDArray[np.float64] | None:
    """A part of a face, registered by its points, grey, blurred and of standard brightness.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        The frame.
    five : array_like of float, shape (5, 2)
        Five points in its pixels.
    region : Region
        The part.

    Returns
    -------
    ndarray of float64, shape (rows, columns), or None
        In standard deviations of the grey levels of the face, 0 its mean; the same shape for the
        same region. None if the points coincide or are no numbers, or the face has no contrast.
    """
    import cv2

    alignment = _alignment(np.asarray(five, dtype=np.float64), 5 if region.laid_by_mouth else 3)
    if alignment is None:
        return None
    grey = cv2.cvtColor(alignment.picture(rgb), cv2.COLOR_RGB2GRAY).astype(np.float64)
    grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), _BLUR), dtype=np.float64)
    face = _part(grey, _FACE)
    spread = float(face.std())
    if spread < 1.0:
        return None
    return np.asarray((_part(grey, region.box)[::_STEP, ::_STEP] - face.mean()) / spread)


def _alignment(five: NDArray[np.float64], count: int) -> Alignment | None:
    """The way that brings the first points nearest to the template."""
    # Where the origin and one step along either axis come to lie is the matrix.
    axes = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    target = np.concatenate([five_point_template(112) + _MARGIN, axes])
    laid = register(np.concatenate([five, axes])[np.newaxis], target, range(count))[0, 5:]
    if not np.isfinite(laid).all() or np.ptp(laid, axis=0).max() < 1e-6:
        return None
    matrix = np.column_stack([laid[1] - laid[0], laid[2] - laid[0], laid[0]])
    return Alignment(matrix, _SIZE)


def _part(grey: NDArray[np.float64], box: Sequence[float]) -> NDArray[np.float64]:
    left, top, right, bottom = (round(side + _MARGIN) for side in box)
    return grey[max(0, top) : bottom, max(0, left) : right]
