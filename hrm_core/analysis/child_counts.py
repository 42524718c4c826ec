"""How often each child shows each action: all that comparisons of children need of their frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.coded_frames import CodedFrames

__all__ = ["CODES", "ChildCounts", "code_counts", "of_group", "present_counts", "ratio"]

CODES = 6
"""Codes 0-5."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ChildCounts:
    """Counts over the frames of each child.

    Attributes
    ----------
    present, codable : ndarray of int64, shape (n_children, n_actions)
        Frames with the action, and frames in which it could be seen.
    """

    present: Integers
    codable: Integers

    @property
    def share(self) -> Floats:
        """Share of codable frames with the action, shape (n_children, n_actions); NaN without any."""
        return ratio(self.present, self.codable)


def code_counts(frames: CodedFrames, expression: str = "") -> Integers:
    """Frames of each child with each code.

    Parameters
    ----------
    frames : CodedFrames
        All of the study.
    expression : str
        Only of these frames; ``""`` for all.

    Returns
    -------
    ndarray of int64, shape (n_children, n_actions, 6)
        In the order of ``frames.children``; frames in which an action could not be seen are in none.
    """
    chosen = frames.chosen(expression)
    child, codes = frames.child[chosen].astype(np.int64), frames.codes[chosen]
    children, wide = len(frames.children), len(frames.actions)
    counts = np.zeros((children, wide, CODES), dtype=np.int64)
    for place in range(wide):
        # Codes that are no code fall beyond the six that are kept.
        cells = child * (CODES + 1) + np.minimum(codes[:, place], CODES)
        counted = np.bincount(cells, minlength=children * (CODES + 1))
        counts[:, place] = counted.reshape(children, CODES + 1)[:, :CODES]
    return counts


def present_counts(frames: CodedFrames, expression: str = "") -> ChildCounts:
    """Frames of each child with each action, on whichever side; see :func:`code_counts`."""
    counts = code_counts(frames, expression)
    return ChildCounts(counts[..., 1:].sum(axis=2), counts.sum(axis=2))


def of_group(frames: CodedFrames, group: str) -> Integers:
    """Places in ``frames.children`` of a group's children with a frame, ascending.

    Others of the study, whom this coder has not coded, must not be drawn into resamples.
    """
    return np.unique(frames.child[frames.groups_of_frames == group]).astype(np.int64)


def ratio(part: Integers | Floats, whole: Integers | Floats) -> Floats:
    """One divided by the other, in the shape of both; NaN where there is nothing to divide by."""
    found = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=found, where=whole > 0)
    return found
