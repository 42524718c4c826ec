"""Find out which way up a face is.

A detector that was trained on upright faces finds turned ones too, surely, but draws
its points as if they were upright: of a child who lies on its side, a mask would cover
the cheek.  So the face is cut out and looked at in several turns; the turn in which the
detector is surest is the one in which its points are right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.faces.align import Alignment
from hrm_core.records.face import Face

__all__ = ["UNSURE", "put_upright"]

UNSURE = 0.5
"""Highest score of a face of which nobody knows which way up it is; below what a mask trusts."""

# Width of the small pictures that are looked at, and how much of them the face takes.  Small
# ones tell the turns apart better than large ones, and cost less.
_SMALL_PX = 96
_ROOM = 1.8
# Where the points are taken from a turned picture, it is larger.
_LARGE_PX = 224

_QUARTERS = (0, 90, 180, 270)
_STEPS = tuple(range(0, 360, 30))
# Measured on 42 adult faces in 24 turns: up to 30 degrees the points are right, from 45 on they are
# those of another roll.  Beyond the first limit more turns are tried, beyond the second none is believed.
_LARGEST_ROLL_DEG = 15.0
_STRAYS_DEG = 25.0
# How much surer the detector must be than in turns by more than 60 degrees and by more than 120: it is
# nearly as sure of a face upside down as of an upright one, and much less of one on its side.
_LEAST_LEADS = ((60, 0.05), (120, 0.005))

Look = Callable[[NDArray[np.uint8]], Sequence[Face]]


def put_upright(rgb: NDArray[np.uint8], face: Face, look: Look) -> Face:
    """The face with points that are right whichever way up it is.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        The picture.
    face : Face
        As a detector of upright faces found it, with five points.
    look : callable
        The detector, on pictures of at most 224 pixels.

    Returns
    -------
    Face
        The same if it is upright; else with the points found in a turned picture, in pixels of
        `rgb`; with a score of at most :data:`UNSURE` if the turns cannot be told apart.
    """
    if face.five is None or not np.isfinite(face.five).all():
        return face
    small = _small(rgb, face)
    scores = {turn: _score(small, turn, look) for turn in _QUARTERS}
    if _leads(scores, 0) and abs(_roll_deg(face)) <= _LARGEST_ROLL_DEG:
        return face
    scores = {turn: scores[turn] if turn in scores else _score(small, turn, look) for turn in _STEPS}
    best = max(scores, key=scores.__getitem__)
    alignment = _around(face, _LARGE_PX, best)
    found = _middle(look(alignment.picture(rgb)), _LARGE_PX)
    if found is None or found.five is None or not _leads(scores, best) or abs(_roll_deg(found)) > _STRAYS_DEG:
        return replace(face, score=min(face.score, UNSURE))
    # The box stays: one around the turned box would be larger than the face.
    return Face(face.box, min(face.score, found.score), alignment.to_frame(found.five))


def _leads(scores: Mapping[int, float], turn: int) -> bool:
    """Whether the detector is so much surer in this turn that it cannot be another one."""
    apart = {other: abs((other - turn + 180) % 360 - 180) for other in scores}
    (side, lead_side), (down, lead_down) = _LEAST_LEADS
    return all(
        scores[turn] - score >= (lead_down if apart[other] > down else lead_side)
        for other, score in scores.items()
        if apart[other] > side
    )


def _roll_deg(face: Face) -> float:
    assert face.five is not None
    along = face.five[1] - face.five[0]
    return float(np.degrees(np.arctan2(along[1], along[0])))


def _around(face: Face, size: int, turn: float) -> Alignment:
    """From the frame to a picture of the face and some room, turned by so many degrees."""
    middle = (face.box[:2] + face.box[2:]) / 2
    scale = size / (_ROOM * max(1.0, float(max(face.box[2:] - face.box[:2]))))
    cos, sin = scale * np.cos(np.radians(turn)), scale * np.sin(np.radians(turn))
    linear = np.array([[cos, sin], [-sin, cos]])
    return Alignment(np.hstack([linear, (size / 2 - linear @ middle)[:, np.newaxis]]), size)


def _small(rgb: NDArray[np.uint8], face: Face) -> NDArray[np.uint8]:
    """The face in a picture large enough to be turned in, shrunk once for all turns."""
    upright, size = _around(face, _SMALL_PX, 0), round(1.5 * _SMALL_PX)
    shift = np.full(2, (size - _SMALL_PX) / 2)
    matrix = np.hstack([upright.matrix[:, :2], (upright.matrix[:, 2] + shift)[:, np.newaxis]])
    return Alignment(matrix, size).picture(rgb)


def _score(small: NDArray[np.uint8], turn: int, look: Look) -> float:
    import cv2

    matrix = cv2.getRotationMatrix2D((small.shape[1] / 2, small.shape[0] / 2), turn, 1.0)
    matrix[:, 2] -= (small.shape[0] - _SMALL_PX) / 2
    turned = cv2.warpAffine(small, matrix, (_SMALL_PX, _SMALL_PX))
    seen = _middle(look(np.asarray(turned, dtype=np.uint8)), _SMALL_PX)
    return 0.0 if seen is None else seen.score


def _middle(found: Sequence[Face], size: int) -> Face | None:
    """The surest face in the middle of a picture."""
    for face in found:
        if np.linalg.norm((face.box[:2] + face.box[2:]) / 2 - size / 2) < size / 4:
            return face
    return None
