"""Where in a picture the part of a face lies in which an action shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.faces.align import align_by_five_points
from hrm_core.faces.region import region_of

__all__ = ["face_part"]

# The whole face in an aligned picture of 112 pixels, forehead and chin with it.
_WHOLE = (-6.0, -12.0, 118.0, 138.0)
# What surrounds a part helps to see what it does.
_ROOM = 0.2


def face_part(five: ArrayLike, action: str | None) -> NDArray[np.float64]:
    """The upright rectangle around the part of a face in which an action shows most, and some room.

    Parameters
    ----------
    five : array_like of float, shape (5, 2)
        Five points in pixels of the picture.
    action : str or None
        Key of the catalogue; None for the whole face.

    Returns
    -------
    ndarray of float64, shape (4,)
        Left, top, right, bottom in pixels of the picture; it may reach beyond its edges.

    Raises
    ------
    InvalidFileError
        If the points coincide or are no numbers.
    KeyError
        If no action of the catalogue has this key.
    """
    left, top, right, bottom = _WHOLE if action is None else region_of(action).box
    room = 0.0 if action is None else _ROOM * max(right - left, bottom - top) / 2
    left, top, right, bottom = left - room, top - room, right + room, bottom + room
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    placed = align_by_five_points(five, 112).to_frame(corners)
    return np.concatenate([placed.min(axis=0), placed.max(axis=0)])
