"""On which side an action shows, by a face made of one half twice: a hint, never more.

A network that only knows "there" and "not there" is shown the child's left half with its mirror image, then
the right half.  An action on both sides is seen in both, one on the left in the first alone.  A made-up face
is nothing that the network learned from, so that this stays a hint.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hrm_core.facs import ALL_ACTIONS, Code

__all__ = ["USUAL_MARGIN", "best_margin", "hinted_side", "may_have_sides"]

Floats = NDArray[np.float64]

USUAL_MARGIN = 3.0
"""By how much the mean logits of both halves differ before a side is named, where nothing was fitted."""

_MARGINS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
_SIDED = {entry.key for entry in ALL_ACTIONS if {Code.LEFT, Code.RIGHT} <= entry.sides}


def may_have_sides(action: str) -> bool:
    """Whether an action can be on the left or right alone."""
    return action in _SIDED


def hinted_side(left: Floats, right: Floats, margin: float | None) -> Code:
    """The side of one run of an action that may have one.

    Parameters
    ----------
    left, right : ndarray of float64, shape (n_frames,)
        Calibrated logits of the left half twice and the right half twice; NaN where not looked at.
    margin : float or None
        By how much their means must differ; None is never enough.

    Returns
    -------
    Code
        LEFT or RIGHT if the other half alone would not show the action; else BOTH.
    """
    known = np.isfinite(left) & np.isfinite(right)
    if margin is None or not known.any():
        return Code.BOTH
    one, other = float(left[known].mean()), float(right[known].mean())
    if one - other >= margin and other < 0:
        return Code.LEFT
    if other - one >= margin and one < 0:
        return Code.RIGHT
    return Code.BOTH


def best_margin(runs: list[tuple[Floats, Floats, Code]]) -> float | None:
    """The margin with which the fewest coded runs get a wrong side.

    Parameters
    ----------
    runs : list of (ndarray, ndarray, Code)
        Logits of both halves as for :func:`hinted_side`, and what was coded.

    Returns
    -------
    float or None
        Of equally good ones the largest; None, which never hints, if no margin does better than that.
    """
    best: float | None = None
    fewest = sum(code is not Code.BOTH for _, _, code in runs)
    for margin in sorted(_MARGINS, reverse=True):
        wrong = sum(hinted_side(left, right, margin) is not code for left, right, code in runs)
        if wrong < fewest:
            best, fewest = margin, wrong
    return best
