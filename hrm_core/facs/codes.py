"""The code of one action in one frame: which side shows it.

Left and right are the child's, never the viewer's.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["INTENSITIES", "Code", "is_present"]

INTENSITIES = ("A", "B", "C", "D", "E")
"""FACS intensity letters, from trace (A) to maximum (E)."""


class Code(IntEnum):
    """What the label file writes for one action in one frame."""

    ABSENT = 0
    BOTH = 1
    LEFT = 2
    RIGHT = 3
    UPPER = 4
    LOWER = 5

    @property
    def prefix(self) -> str:
        """The letter written before the action's number; empty for both sides."""
        return _PREFIXES[self]

    @property
    def word(self) -> str:
        """The code as a word for people: ``"both"``, ``"left"``, ..."""
        return _WORDS[self]


_PREFIXES = {
    Code.ABSENT: "",
    Code.BOTH: "",
    Code.LEFT: "L",
    Code.RIGHT: "R",
    Code.UPPER: "T",
    Code.LOWER: "B",
}
_WORDS = {
    Code.ABSENT: "absent",
    Code.BOTH: "both",
    Code.LEFT: "left",
    Code.RIGHT: "right",
    Code.UPPER: "upper",
    Code.LOWER: "lower",
}


def is_present(code: int) -> bool:
    """Whether `code` says that the action is there, on whichever side.

    Agreement and training count codes above 1 as 1 unless side is studied.
    """
    return code != Code.ABSENT
