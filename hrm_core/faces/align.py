"""Turn, scale and shift a face so that its five points lie where they always lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.errors import InvalidFileError

__all__ = ["ALIGNED_SIZE", "Alignment", "align_by_five_points", "five_point_template"]

ALIGNED_SIZE = 224
"""Width and height of an aligned face in pixels, if nothing else is said."""

# Where the five points lie in a picture of 112 × 112 pixels; the positions with which
# the face networks of the field are trained (ArcFace, Deng et al. 2019).
_TEMPLATE_112 = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)


def five_point_template(size: int = ALIGNED_SIZE) -> NDArray[np.float64]:
    """Where the five points of an aligned face lie.

    Parameters
    ----------
    size : int
        Width and height of the picture in pixels.

    Returns
    -------
    ndarray of float64, shape (5, 2)
        In pixels of the aligned picture.
    """
    return np.array(_TEMPLATE_112) * (size / 112)


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """The way from a frame to an aligned face, and back.

    Attributes
    ----------
    matrix : ndarray of float64, shape (2, 3)
        Turn, scale and shift: ``aligned = matrix @ (x, y, 1)``.
    size : int
        Width and height of the aligned picture in pixels.
    """

    matrix: NDArray[np.float64]
    size: int

    def to_aligned(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points of the frame in the aligned picture, shape (n, 2)."""
        return np.asarray(points, dtype=np.float64) @ self.matrix[:, :2].T + self.matrix[:, 2]

    def to_frame(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points of the aligned picture in the frame, shape (n, 2)."""
        moved = np.asarray(points, dtype=np.float64) - self.matrix[:, 2]
        return np.asarray(moved @ np.linalg.inv(self.matrix[:, :2]).T)

    def picture(self, rgb: NDArray[np.uint8], beyond: tuple[int, int, int] = (0, 0, 0)) -> NDArray[np.uint8]:
        """The aligned face.

        Parameters
        ----------
        rgb : ndarray of uint8, shape (height, width, 3)
            The frame.
        beyond : tuple of int
            RGB of what lies beyond its edges; black, as networks are trained with, if left out.

        Returns
        -------
        ndarray of uint8, shape (size, size, 3)
            RGB.
        """
        import cv2

        rgb, matrix = self._shrunk(rgb)
        picture = cv2.warpAffine(
            rgb, matrix, (self.size, self.size), flags=cv2.INTER_LINEAR, borderValue=beyond
        )
        return np.asarray(picture, dtype=np.uint8)

    def _shrunk(self, rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """The part of a frame that is seen, about as small as it will be, and the way on from there.

        ``warpAffine`` knows no averaging over areas and takes single pixels of a large face.
        """
        import cv2

        shrink = float(np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))
        if shrink > 0.75:
            return rgb, self.matrix
        corners = self.to_frame([(0, 0), (self.size, 0), (self.size, self.size), (0, self.size)])
        around = 2 / shrink
        low = np.clip(np.floor(corners.min(axis=0) - around), 0, rgb.shape[1::-1]).astype(int)
        high = np.clip(np.ceil(corners.max(axis=0) + around), 0, rgb.shape[1::-1]).astype(int)
        if (high <= low).any():
            return rgb, self.matrix
        part = rgb[low[1] : high[1], low[0] : high[0]]
        size = np.maximum(1, np.round((high - low) * shrink)).astype(int)
        small = cv2.resize(part, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA)
        # The middle of the first pixel is at 0, 0, before and after.
        stretch = (high - low) / size
        matrix = self.matrix[:, :2] * stretch
        shift = self.matrix[:, :2] @ (low + stretch / 2 - 0.5) + self.matrix[:, 2]
        return np.asarray(small, dtype=np.uint8), np.hstack([matrix, shift[:, np.newaxis]])


def align_by_five_points(five: ArrayLike, size: int = ALIGNED_SIZE) -> Alignment:
    """The turn, scale and shift that bring five points nearest to the template.

    Least squares without mirroring (S. Umeyama, IEEE PAMI 13, 1991).

    Parameters
    ----------
    five : array_like of float, shape (5, 2)
        In pixels of the frame, in the order of ``records.face.FIVE_POINTS``.
    size : int
        Width and height of the aligned picture in pixels.

    Raises
    ------
    InvalidFileError
        If the points coincide or are no numbers: no face lies like that.
    """
    source, target = np.asarray(five, dtype=np.float64), five_point_template(size)
    if source.shape != (5, 2):
        raise ValueError(f"expected five points, not {source.shape}")
    spread = source - source.mean(axis=0)
    variance = float((spread**2).sum())
    if not np.isfinite(variance) or variance < 1e-6:
        raise InvalidFileError("The five points of this face coincide or are no numbers: detect it again.")
    wanted = target - target.mean(axis=0)
    u, singular, vt = np.linalg.svd(wanted.T @ spread)
    flip = np.diag([1.0, np.sign(np.linalg.det(u @ vt))])
    turn = u @ flip @ vt
    scale = float((singular * np.diag(flip)).sum()) / variance
    shift = target.mean(axis=0) - scale * turn @ source.mean(axis=0)
    return Alignment(np.hstack([scale * turn, shift[:, np.newaxis]]), size)
