"""The midline of a face, and each half of it with its own mirror image.

A face of two left halves beside one of two right halves shows at a glance whether an action is
stronger on one side.  The midline is the straight line whose reflection best maps stable points of
one side onto their partners of the other (least squares): corners of the eyes, with the bridge and
the base of the nose on the line itself; without landmarks the eyes and the tip of the nose.  Points
of brows and mouth are left out, because one-sided actions move them, and a line that followed them
would hide what is to be judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.faces.align import Alignment
from hrm_core.faces.laid import chained
from hrm_core.records.face import Face

__all__ = ["Midline", "midline_of", "on_midline", "turned_aside", "twice_each_half"]

# Partners, and points of the midline, in the 68-point scheme.
_PAIRS_OF_68 = ((36, 45), (39, 42))
_MIDDLE_OF_68 = (27, 28, 29, 30, 33)
_PAIRS_OF_FIVE = ((0, 1),)
_MIDDLE_OF_FIVE = (2,)


@dataclass(frozen=True, slots=True, eq=False)
class Midline:
    """A line that parts a face in two.

    Attributes
    ----------
    point : ndarray of float64, shape (2,)
        On the line.
    across : ndarray of float64, shape (2,)
        Of length 1, at right angles to it, from the half on the picture's left to that on its right.
    """

    point: NDArray[np.float64]
    across: NDArray[np.float64]

    def reflect(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mirror images of points, shape (n, 2)."""
        beyond = (points - self.point) @ self.across
        return np.asarray(points - 2 * beyond[:, np.newaxis] * self.across)


def midline_of(face: Face) -> Midline:
    """The midline of a face, however it is rolled.

    Parameters
    ----------
    face : Face
        With landmarks or five points.

    Returns
    -------
    Midline
        In pixels of the frame.

    Raises
    ------
    InvalidFileError
        If it has no such points, or they coincide.
    """
    points, pairs, middle = _points(face)
    left = points[[*(pair[0] for pair in pairs), *(pair[1] for pair in pairs), *middle]]
    right = points[[*(pair[1] for pair in pairs), *(pair[0] for pair in pairs), *middle]]
    centre = left.mean(axis=0)
    away = np.mean([points[pair[1]] - points[pair[0]] for pair in pairs], axis=0)
    if not np.isfinite(left).all() or float(np.linalg.norm(away)) < 1e-6:
        raise InvalidFileError(
            "The points of this face coincide or are no numbers: look for it again with hrm extract faces."
        )
    # The reflection I - 2nn' that best maps each point onto its partner: the sum of squares is
    # smallest where n'Sn is, and that is the eigenvector of the smallest eigenvalue of S.
    scatter = (left - centre).T @ (right - centre)
    across = np.linalg.eigh((scatter + scatter.T) / 2)[1][:, 0]
    return Midline(centre, across if across @ away > 0 else -across)


def _points(
    face: Face,
) -> tuple[NDArray[np.float64], tuple[tuple[int, int], ...], tuple[int, ...]]:
    if face.points_3d is not None and np.isfinite(face.points_3d[:, :2]).all():
        return face.points_3d[:, :2], _PAIRS_OF_68, _MIDDLE_OF_68
    if face.five is not None:
        return face.five, _PAIRS_OF_FIVE, _MIDDLE_OF_FIVE
    raise InvalidFileError("The points of this face are not known: look for it again with hrm extract faces.")


def turned_aside(face: Face) -> float:
    """How far the tip of the nose is from the middle of the eyes, in distances between the eyes.

    About 0.15 at a head turned by 20 degrees; halves of a turned face differ for that alone.

    Parameters
    ----------
    face : Face
        With five points.

    Returns
    -------
    float
        0 or more; NaN without five points.
    """
    if face.five is None:
        return float("nan")
    eyes = face.five[1] - face.five[0]
    apart = float(np.linalg.norm(eyes))
    if not apart > 0:
        return float("nan")
    aside = (face.five[2] - face.five[:2].mean(axis=0)) @ eyes / apart**2
    return abs(float(aside))


def on_midline(alignment: Alignment, midline: Midline) -> Alignment:
    """An alignment turned and shifted so that the midline stands upright in the middle of the picture.

    Parameters
    ----------
    alignment : Alignment
        To an upright face.
    midline : Midline
        In pixels of the frame.
    """
    across = alignment.matrix[:, :2] @ midline.across
    across /= np.linalg.norm(across)
    # Turns `across` into the direction of rows.
    turn = np.array([[across[0], across[1]], [-across[1], across[0]]])
    (point,) = alignment.to_aligned(midline.point[np.newaxis])
    # Pixels are counted from the middle of the first one.
    wanted = np.array([(alignment.size - 1) / 2, point[1]])
    way = np.column_stack([turn, wanted - turn @ point])
    return Alignment(chained(alignment.matrix, way), alignment.size)


def twice_each_half(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A picture made of its left half and the mirror of it, and one made of its right half.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        A face whose midline stands upright in the middle; its width is even.

    Returns
    -------
    tuple of ndarray of uint8, shape (height, width, 3)
        Of the half on the picture's left, of the half on the picture's right.

    Raises
    ------
    ValueError
        If the width is odd: the middle column would belong to both halves.
    """
    width = rgb.shape[1]
    if width % 2:
        raise ValueError(f"the width must be even, not {width}")
    left, right = rgb[:, : width // 2], rgb[:, width // 2 :]
    return np.concatenate([left, left[:, ::-1]], axis=1), np.concatenate([right[:, ::-1], right], axis=1)
