"""A number per frame of a recording, to be drawn below its codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Curve"]


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One curve of a timeline.

    Attributes
    ----------
    name : str
        What it shows, as a person reads it.
    unit : str
        ``"degrees"``, ``"eye distances per frame"``.
    values : ndarray of float64, shape (n_frames,)
        By frame number; NaN where it is not known.
    """

    name: str
    unit: str
    values: NDArray[np.float64]
