"""Faces that are known already: imported from another program, or drawn by a person and tracked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.face import Face

__all__ = ["GivenFaces"]


class GivenFaces:
    """Looks faces up by frame, in place of looking for them.

    Parameters
    ----------
    faces : mapping of int to sequence of Face
        By frame, in pixels of the frame; a frame that is missing has no face.
    source : str
        Where they come from, in words, such as ``"drawn by hand in 3 frames and tracked"``.
    """

    name = "given"
    at_once = 1

    def __init__(self, faces: Mapping[int, Sequence[Face]], source: str) -> None:
        self._faces = {
            int(frame): sorted(found, key=lambda face: -face.score) for frame, found in faces.items()
        }
        self.weights: Mapping[str, str] = {}
        self.settings: Mapping[str, str] = {"faces": source}

    def detect(self, rgb: NDArray[np.uint8], frame: int = 0) -> list[Face]:
        """Faces given for a frame, the surest first; see :class:`hrm_core.faces.detector.Detector`."""
        return list(self._faces.get(frame, ()))
