"""How far faces are from the neutral face, by their landmarks: arrays in, arrays out.

Pictures are compared by :mod:`hrm_core.faces.picture_change`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.faces.align import align_by_five_points

__all__ = ["landmark_change", "points_in_box", "quietest_unlike", "register", "toward"]


def register(
    points: ArrayLike, reference: ArrayLike, stable: Sequence[int] | NDArray[np.int64]
) -> NDArray[np.float64]:
    """Turn, scale and shift faces so that their stable points lie nearest to those of one face.

    Least squares without mirroring (S. Umeyama, IEEE PAMI 13, 1991), in the plane or in space.

    Parameters
    ----------
    points : array_like of float, shape (n, p, d)
        Landmarks of n faces; NaN where unknown.
    reference : array_like of float, shape (p, d) or (n, p, d)
        The face they are laid on, or one for each.
    stable : sequence of int
        Which points are laid on one another; at least d of them.

    Returns
    -------
    ndarray of float64, shape (n, p, d)
        In units of `reference`; NaN for faces that are unknown or whose stable points coincide.
    """
    source = np.asarray(points, dtype=np.float64)
    target = np.broadcast_to(np.asarray(reference, dtype=np.float64), source.shape)
    moved = np.full(source.shape, np.nan)
    known = np.isfinite(source).all(axis=(1, 2)) & np.isfinite(target).all(axis=(1, 2))
    if not known.any():
        return moved
    at = np.asarray(stable, dtype=np.int64)
    source, target = source[known], target[known]
    from_middle = source[:, at].mean(axis=1, keepdims=True)
    to_middle = target[:, at].mean(axis=1, keepdims=True)
    have, want = source[:, at] - from_middle, target[:, at] - to_middle
    variance = (have**2).sum(axis=(1, 2))
    u, singular, vt = np.linalg.svd(np.einsum("npi,npj->nij", want, have))
    signs = np.ones_like(singular)
    signs[:, -1] = np.where(np.linalg.det(u @ vt) < 0, -1.0, 1.0)
    turn = (u * signs[:, np.newaxis]) @ vt
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = (singular * signs).sum(axis=1) / variance
    scale[variance < 1e-12] = np.nan
    laid = scale[:, np.newaxis, np.newaxis] * np.einsum("nij,npj->npi", turn, source - from_middle)
    moved[known] = laid + to_middle
    return moved


def landmark_change(
    points: ArrayLike,
    neutral: ArrayLike,
    *,
    stable: Sequence[int] | NDArray[np.int64],
    region: Sequence[int] | NDArray[np.int64],
    unit: float,
) -> NDArray[np.float64]:
    """How the points of a region lie, against those of the neutral face, without the head's motion.

    Parameters
    ----------
    points : array_like of float, shape (n, p, d)
        Landmarks in pixels; NaN where unknown.
    neutral : array_like of float, shape (p, d)
        Those of the neutral face.
    stable, region : sequence of int
        Points that tell the head's motion, and points that are compared.
    unit : float
        Distance between the eyes of the neutral face, in its pixels.

    Returns
    -------
    ndarray of float64, shape (n, len(region), d)
        Displacements in distances between the eyes; NaN where unknown.
    """
    face = np.asarray(neutral, dtype=np.float64)
    at = np.asarray(region, dtype=np.int64)
    return np.asarray((register(points, face, stable)[:, at] - face[at]) / unit)


def points_in_box(
    points: ArrayLike, five: ArrayLike, box: tuple[float, float, float, float]
) -> NDArray[np.int64]:
    """Which landmarks lie in a part of the face, for schemes whose points nobody has named here.

    Parameters
    ----------
    points : array_like of float, shape (p, d)
        Landmarks in pixels.
    five : array_like of float, shape (5, 2)
        Five points of the same face.
    box : tuple of float
        As :attr:`hrm_core.faces.region.Region.box`.

    Raises
    ------
    InvalidFileError
        If the five points coincide.
    """
    flat = align_by_five_points(five, 112).to_aligned(np.asarray(points, dtype=np.float64)[:, :2])
    inside = (flat >= box[:2]).all(axis=1) & (flat <= box[2:]).all(axis=1)
    return np.flatnonzero(inside)


def toward(change: ArrayLike, apex: int) -> NDArray[np.float64]:
    """How much of the change at one face is there in each face.

    The changes are projected on that of the apex, so that what other actions do in the same region
    counts only as far as it looks the same.

    Parameters
    ----------
    change : array_like of float, shape (n, ...)
        Against the neutral face: displacements, or differences of pixels; NaN where unknown.
    apex : int
        Place of the face that tells the direction, together with its two neighbours.

    Returns
    -------
    ndarray of float64, shape (n,)
        0 as the neutral face, at the apex about the root of its mean square change; NaN where unknown.
    """
    flat = np.asarray(change, dtype=np.float64)
    flat = flat.reshape(len(flat), -1)
    near = flat[max(0, apex - 1) : apex + 2]
    direction = near[np.isfinite(near).all(axis=1)].mean(axis=0)
    length = float(np.linalg.norm(direction))
    if length == 0:
        return np.where(np.isfinite(flat).all(axis=1), 0.0, np.nan)
    return np.asarray(flat @ (direction / length) / np.sqrt(flat.shape[1]))


def quietest_unlike(faces: ArrayLike, apex: int) -> int:
    """A face that may stand in for the neutral one: it moves little and looks least like the apex.

    Parameters
    ----------
    faces : array_like of float, shape (n, ...)
        Registered points or pixels; NaN where unknown. The apex must be known.
    apex : int
        Place of the face that does not count as rest.

    Returns
    -------
    int
        Its place, among the third of faces that move least; the apex itself if no other is known.
    """
    flat = np.asarray(faces, dtype=np.float64)
    flat = flat.reshape(len(flat), -1)
    steps = np.sqrt(np.mean(np.diff(flat, axis=0) ** 2, axis=1))
    moving = np.fmax(np.r_[np.nan, steps], np.r_[steps, np.nan])
    apart = np.sqrt(np.mean((flat - flat[apex]) ** 2, axis=1))
    known = np.isfinite(moving)
    if not known.any():
        return apex
    quiet = known & (moving <= np.percentile(moving[known], 100 / 3))
    return int(np.argmax(np.where(quiet, apart, -1.0)))
