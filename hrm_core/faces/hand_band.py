"""Bands over the eyes that a person gives by hand: by both centres, or by four corners."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.faces.align import five_point_template
from hrm_core.faces.eye_mask import eye_band
from hrm_core.records.face import Face

__all__ = ["band_of_centres", "band_of_corners"]

_LEAST_AREA = 4.0


def band_of_centres(centres: ArrayLike) -> NDArray[np.float64]:
    """The band over two eyes of which only the centres are known.

    The mouth, which says how large the face is where a head is turned, is taken to be where
    a face that looks into the camera has it: of a turned head give the corners instead.

    Parameters
    ----------
    centres : array_like of float, shape (2, 2)
        In pixels of the frame, in either order.

    Returns
    -------
    ndarray of float64, shape (4, 2)
        Corners in order around the band, as of :func:`hrm_core.faces.eye_mask.eye_band`.

    Raises
    ------
    InvalidFileError
        If the centres coincide or are no numbers.
    """
    eyes = np.asarray(centres, dtype=np.float64).reshape(2, 2)
    first, second = eyes
    if not np.isfinite(eyes).all() or float(np.linalg.norm(second - first)) < 1:
        raise InvalidFileError("Two eyes cannot be in one place: give the centre of each.")
    template = five_point_template()
    # Turn and scale of the template as one complex number: it brings its eyes onto these.
    points, wanted = template @ (1, 1j), eyes @ (1, 1j)
    placed = wanted[0] + (points - points[0]) * (wanted[1] - wanted[0]) / (points[1] - points[0])
    five = np.stack([placed.real, placed.imag], axis=1)
    return eye_band(Face(np.zeros(4), 1.0, five))


def band_of_corners(corners: ArrayLike, width: int, height: int) -> NDArray[np.float64]:
    """Four corners in order around the band, whatever order they were given in.

    Parameters
    ----------
    corners : array_like of float, shape (4, 2)
        In pixels of the frame; a band may reach beyond the picture.
    width, height : int
        Size of the frame in pixels.

    Returns
    -------
    ndarray of float64, shape (4, 2)
        In order around the band.

    Raises
    ------
    InvalidFileError
        If they enclose no area, one lies between the others, or nothing of the picture is covered.
    """
    points = np.asarray(corners, dtype=np.float64).reshape(4, 2)
    if not np.isfinite(points).all() or np.abs(points).max() > 10 * max(width, height):
        raise InvalidFileError("The corners of the band are no places in the picture: give pixels.")
    around = points - points.mean(axis=0)
    band = points[np.argsort(np.arctan2(around[:, 1], around[:, 0]), kind="stable")]
    edges = np.roll(band, -1, axis=0) - band
    after = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * after[:, 1] - edges[:, 1] * after[:, 0]
    # The turn at each corner is twice the area of the triangle there.
    if (turns <= 0).any() or turns.sum() / 4 < _LEAST_AREA:
        raise InvalidFileError("The four corners enclose no band: give those of a box around both eyes.")
    low, high = band.min(axis=0), band.max(axis=0)
    if (high <= 0).any() or (low >= (width, height)).any():
        raise InvalidFileError(
            f"The band lies outside the picture, which has {width} × {height} pixels: correct the corners."
        )
    return band
