"""Where codes change from one frame to the next, and how many of these places are wrong.

A coder who starts from proposals pays for each boundary that is wrong, not for each frame: a run that is
proposed two frames too long is put right at its end, whatever its length.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["boundary_counts", "parts", "sequences"]


def parts(frames: NDArray[np.int64], clips: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """A number for each frame that changes wherever a clip begins or has ended.

    Parameters
    ----------
    frames : ndarray of int64, shape (n_frames,)
        Frames of one recording, ascending.
    clips : sequence of (int, int)
        First and last frame of each clip, both included, in any order.
    """
    begun = np.searchsorted(np.sort([first for first, _ in clips]), frames, side="right")
    ended = np.searchsorted(np.sort([last for _, last in clips]), frames, side="left")
    numbers: NDArray[np.int64] = (begun + ended).astype(np.int64)
    return numbers


def sequences(
    frames: NDArray[np.int64], of_part: NDArray[np.int64] | None = None, *, most: int | None = None
) -> tuple[slice, ...]:
    """Rows of frames that follow one another without a gap.

    Parameters
    ----------
    frames : ndarray of int64, shape (n_frames,)
        Ascending within a part.
    of_part : ndarray of int64, shape (n_frames,), optional
        To which recording or clip each belongs: another one starts a new sequence.
    most : int, optional
        Longer sequences are cut into as few equal parts as keep to it.

    Returns
    -------
    tuple of slice
        All rows, in order.
    """
    if not len(frames):
        return ()
    breaks = np.diff(frames) != 1
    if of_part is not None:
        breaks |= np.diff(of_part) != 0
    edges = [0, *(np.flatnonzero(breaks) + 1).tolist(), len(frames)]
    cuts = list[int]()
    for first, end in pairwise(edges):
        pieces = 1 if most is None else -(-(end - first) // most)
        cuts.extend(first + (end - first) * piece // pieces for piece in range(pieces))
    return tuple(slice(first, end) for first, end in zip(cuts, [*cuts[1:], len(frames)], strict=True))


def boundary_counts(
    said: NDArray[np.bool_], truth: NDArray[np.bool_], spans: Sequence[slice]
) -> NDArray[np.int64]:
    """Count boundaries, action by action.

    Parameters
    ----------
    said, truth : ndarray of bool, shape (n_frames, n_actions)
        Proposed and true presence.
    spans : sequence of slice
        Of :func:`sequences`; there is no boundary between two of them.

    Returns
    -------
    ndarray of int64, shape (n_actions, 3)
        True boundaries; those of them that are proposed, in the same frame and direction; and proposed
        ones that are not true.
    """
    counts = np.zeros((truth.shape[1], 3), dtype=np.int64)
    for span in spans:
        one, other = said[span], truth[span]
        proposed, true = one[1:] != one[:-1], other[1:] != other[:-1]
        both = proposed & true & (one[1:] == other[1:])
        counts += np.stack([true.sum(axis=0), both.sum(axis=0), (proposed & ~both).sum(axis=0)], axis=1)
    return counts
