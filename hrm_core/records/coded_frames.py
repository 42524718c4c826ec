"""Coded frames of a whole study as arrays: what every analysis of groups starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["EXPRESSIONS", "NOT_CODABLE", "NO_EXPRESSION", "AnalysedChild", "CodedFrames"]

EXPRESSIONS = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger")
"""The seven expressions of which models tell; everywhere in this order."""

NO_EXPRESSION = -1
"""Of frames whose expression is not known, or not sure enough."""

NOT_CODABLE = 255
"""In place of a code where an action could not be seen: neither present nor absent."""


@dataclass(frozen=True, slots=True)
class AnalysedChild:
    """A child and what a group analysis may use of it.

    Attributes
    ----------
    code : str
        The study's name for the child.
    group : str
        ``""`` if unknown: such children are in no comparison.
    sex : str or None
        ``"F"`` or ``"M"``.
    age_years : float or None
        Age at recording.
    """

    code: str
    group: str
    sex: str | None = None
    age_years: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CodedFrames:
    """Frames that one coder coded, of all children.

    Rows are ordered by child, recording and frame.  Runs of consecutive frame numbers of one recording are
    one stretch; a gap ends it.

    Attributes
    ----------
    coder : str
        Whose codes.
    actions : tuple of str
        Keys of the actions, in the order of the catalogue.
    children : tuple of AnalysedChild
        In the order of the study.
    videos : tuple of (int, str)
        Place of the child in `children`, and name of the recording.
    child, video : ndarray of int32, shape (n,)
        Places in `children` and `videos`.
    frame : ndarray of int64, shape (n,)
        Numbers of frames in their recording, 0-based.
    seconds : ndarray of float64, shape (n,)
        When the frame is shown; NaN where nobody knows.
    codes : ndarray of uint8, shape (n, n_actions)
        Codes 0-5, or :data:`NOT_CODABLE`.
    expression : ndarray of int8, shape (n,)
        Place in :data:`EXPRESSIONS`, or :data:`NO_EXPRESSION`.
    strength : ndarray of float32, shape (n, n_actions)
        How strong an action is, from 0 to 1; NaN where nobody says.
    strength_source : str
        Where strengths come from, for people; empty if there are none.
    """

    coder: str
    actions: tuple[str, ...]
    children: tuple[AnalysedChild, ...]
    videos: tuple[tuple[int, str], ...]
    child: NDArray[np.int32]
    video: NDArray[np.int32]
    frame: NDArray[np.int64]
    seconds: NDArray[np.float64]
    codes: NDArray[np.uint8]
    expression: NDArray[np.int8]
    strength: NDArray[np.float32]
    strength_source: str = ""

    def __post_init__(self) -> None:
        n, wide = len(self.frame), len(self.actions)
        rows = (self.child, self.video, self.seconds, self.expression)
        if any(len(each) != n for each in rows) or self.codes.shape != (n, wide):
            raise ValueError("every frame has one child, video, time, expression and code of each action")
        if self.strength.shape != self.codes.shape:
            raise ValueError("every code has one strength")

    @property
    def groups_of_frames(self) -> NDArray[np.str_]:
        """Group of each frame's child, shape (n,)."""
        names = np.array([child.group for child in self.children] or [""])
        return np.asarray(names[self.child])

    def chosen(self, expression: str) -> NDArray[np.bool_]:
        """Which frames show an expression; all of them for ``""``."""
        if not expression:
            return np.ones(len(self.frame), dtype=bool)
        return np.asarray(self.expression == EXPRESSIONS.index(expression))
