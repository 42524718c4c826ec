"""A face compared with the neutral one: what is asked for, and what was made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["Beside", "Comparison", "Wish"]


class Beside(StrEnum):
    """What stands beside the frame."""

    NOTHING = "nothing"
    NEUTRAL = "neutral"
    DIFFERENCE = "difference"
    LEFT_HALF = "left half"
    RIGHT_HALF = "right half"
    BOTH_HALVES = "both halves"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be made of each frame.

    Attributes
    ----------
    beside : Beside
        What stands beside it.
    lay_neutral : bool
        Whether the neutral face shall be laid on it, to be shown in its place.
    signed : bool
        Whether a difference tells darker from brighter.
    full : float
        Percent of brightness at which the colours of a difference are fullest.
    mirrored : bool
        Whether the child's left is on the viewer's left.
    """

    beside: Beside = Beside.NEUTRAL
    lay_neutral: bool = False
    signed: bool = True
    full: float = 50.0
    mirrored: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing has to be made."""
        return self.beside in (Beside.NOTHING, Beside.NEUTRAL) and not self.lay_neutral


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What was made of one frame.

    Attributes
    ----------
    wish : Wish
        What was asked for.
    rgb : ndarray of uint8, shape (height, width, 3), or None
        What stands beside the frame; None if that is the neutral picture itself, or nothing.
    why_not : str
        Why it could not be made, and what to do; empty if it was.
    caution : str
        What to mind in judging it; empty if nothing.
    covered : bool
        Whether eyes are covered in it.
    five : ndarray of float64, shape (5, 2), or None
        Where the five points of a face lie in it, in its pixels; None if in more than one place.
    laid : ndarray of uint8, shape (height, width, 3), or None
        The neutral face where the child's face is in the frame, as large as the frame's picture.
    why_not_laid : str
        Why it could not be made, and what to do; empty if it was.
    """

    wish: Wish
    rgb: NDArray[np.uint8] | None = None
    why_not: str = ""
    caution: str = ""
    covered: bool = False
    five: NDArray[np.float64] | None = None
    laid: NDArray[np.uint8] | None = None
    why_not_laid: str = ""
