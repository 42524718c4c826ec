"""What one face does in one frame: the value that drives the drawing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from hrm_core.facs import ALL_ACTIONS, Code

__all__ = [
    "ACTION_PLACE",
    "PRESENT_FROM",
    "Expression",
    "Intensities",
    "Part",
    "codes_of",
    "parts_of_code",
]

Intensities = NDArray[np.float32]
"""float32 array of shape (..., 35, 4): strength in 0-1 of each action of
``facs.ALL_ACTIONS`` in each :class:`Part` of the face."""

PRESENT_FROM = 0.25
"""Strength from which an action counts as coded: the weakest one that the drawing
shows plainly (the tests measure it in pixels)."""

ACTION_PLACE = {entry.key: place for place, entry in enumerate(ALL_ACTIONS)}
"""Place of each action key in ``facs.ALL_ACTIONS``, and so in every array here."""


class Part(IntEnum):
    """Part of the face an action may be limited to; left and right are the child's."""

    LEFT = 0
    RIGHT = 1
    UPPER = 2
    LOWER = 3


_PARTS_OF_CODE: dict[int, tuple[Part, ...]] = {
    Code.ABSENT: (),
    Code.BOTH: tuple(Part),
    Code.LEFT: (Part.LEFT,),
    Code.RIGHT: (Part.RIGHT,),
    Code.UPPER: (Part.UPPER,),
    Code.LOWER: (Part.LOWER,),
}


def parts_of_code(code: int) -> tuple[Part, ...]:
    """Which parts of the face a code names.

    Parameters
    ----------
    code : int
        0-5 as in the label file.

    Returns
    -------
    tuple of Part
        All four for code 1 (the whole action), one for a sided code, none for 0.

    Raises
    ------
    KeyError
        If `code` is none of 0-5.
    """
    return _PARTS_OF_CODE[code]


def codes_of(intensities: Intensities) -> NDArray[np.uint8]:
    """Codes a careful expert would give to these intensities.

    Parameters
    ----------
    intensities : ndarray of float32, shape (..., 35, 4)
        Strength in 0-1 per action and :class:`Part`.

    Returns
    -------
    ndarray of uint8, shape (..., 35)
        Codes 0-5: what reaches :data:`PRESENT_FROM`.  Both of an opposite pair
        together are code 1.
    """
    seen = intensities >= PRESENT_FROM
    codes = np.zeros(intensities.shape[:-1], np.uint8)
    for part, code in ((3, Code.LOWER), (2, Code.UPPER), (1, Code.RIGHT), (0, Code.LEFT)):
        codes[seen[..., part]] = code
    codes[(seen[..., 0] & seen[..., 1]) | (seen[..., 2] & seen[..., 3])] = Code.BOTH
    return codes


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """Strength of every action in one frame.

    Attributes
    ----------
    values : ndarray of float32, shape (35, 4)
        0-1 per action of ``facs.ALL_ACTIONS`` and :class:`Part`.
    """

    values: Intensities

    @classmethod
    def neutral(cls) -> Expression:
        """Describe a face at rest."""
        return cls(np.zeros((len(ALL_ACTIONS), len(Part)), np.float32))

    @classmethod
    def of(cls, codes: dict[str, int], intensity: float = 1.0) -> Expression:
        """Build an expression from codes.

        Parameters
        ----------
        codes : dict of str to int
            Code 0-5 by action key.
        intensity : float
            Strength of all of them, 0-1.

        Returns
        -------
        Expression
            The face that shows exactly these codes.

        Raises
        ------
        KeyError
            For an unknown action or code.
        """
        face = cls.neutral()
        for key, code in codes.items():
            face.values[ACTION_PLACE[key], list(parts_of_code(code))] = intensity
        return face

    def at(self, key: str, part: Part) -> float:
        """Strength of an action in one part of the face, 0-1."""
        return float(self.values[ACTION_PLACE[key], part])

    def most(self, key: str) -> float:
        """Strength of an action where it is strongest, 0-1."""
        return float(self.values[ACTION_PLACE[key]].max())
