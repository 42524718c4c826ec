"""Where an action may begin and end around an apex that somebody has marked: a proposal, no code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["ExtentEnd", "ExtentProposal"]


class ExtentEnd(StrEnum):
    """Why an extent ends where it does."""

    FELL = "fell"
    """The change has gone back: the only end that the curve itself shows."""
    TURNED = "turned"
    """The change grows again: another event begins."""
    UNKNOWN = "unknown"
    """The face is not known beyond."""
    CODED_RUN = "coded run"
    """Another run of the same action is coded beyond."""
    CLIP = "clip"
    """The clip ends."""
    RECORDING = "recording"
    """The recording, or what was looked at of it, ends."""
    SEARCH = "search"
    """As far as it is searched."""


@dataclass(frozen=True, slots=True, eq=False)
class ExtentProposal:
    """Onset and offset of an action, and why.

    Attributes
    ----------
    action : str
        Key of the catalogue, ``"AU12"``.
    apex : int
        The frame that was marked.
    onset, offset : int
        First and last frame of the action, both included; ``onset <= apex <= offset``.
    onset_end, offset_end : ExtentEnd
        Why it ends there.
    first_frame : int
        Frame of the first value of the curve.
    values : ndarray of float64, shape (n,)
        The smoothed curve that decided, frame by frame: how much of the change at the apex is
        there; NaN where the face is not known.
    unit : str
        Of the curve.
    baseline, threshold : float
        Its value at rest, and the value under which the action counts as over.
    method : {"landmarks", "picture"}
        What was compared.
    region : str
        Part of the face, ``"mouth corners"``.
    compared_with : str
        ``"the neutral face"``, or which frame stands in for it.
    unknown : tuple of int
        Frames from onset to offset whose face is not known; values were drawn across them.
    head_turns : bool
        Whether the head turns so much meanwhile that what was compared, being flat, shows it too.
    reason : str
        All this in words.
    """

    action: str
    apex: int
    onset: int
    offset: int
    onset_end: ExtentEnd
    offset_end: ExtentEnd
    first_frame: int
    values: NDArray[np.float64]
    unit: str
    baseline: float
    threshold: float
    method: Literal["landmarks", "picture"]
    region: str
    compared_with: str
    unknown: tuple[int, ...]
    head_turns: bool
    reason: str

    @property
    def is_clear(self) -> bool:
        """Whether the curve itself shows both ends, every face between is known and no head turns."""
        both = self.onset_end is self.offset_end is ExtentEnd.FELL
        return both and not self.unknown and not self.head_turns
