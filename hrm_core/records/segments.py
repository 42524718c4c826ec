"""Runs of consecutive frames: what the label files of the field call segments."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["segments"]


def segments(frames: ArrayLike) -> list[tuple[int, int]]:
    """First and last frame of every run of consecutive frames.

    A gap starts a new segment, as in the HRM release.

    Parameters
    ----------
    frames : array_like of int, shape (n_frames,)
        Frame numbers in any order; repeats count once.

    Returns
    -------
    list of (int, int)
        Both included, ascending.
    """
    sorted_frames = np.unique(np.asarray(frames, dtype=np.int64))
    if not len(sorted_frames):
        return []
    breaks = np.flatnonzero(np.diff(sorted_frames) != 1)
    firsts = sorted_frames[np.concatenate(([0], breaks + 1))]
    lasts = sorted_frames[np.concatenate((breaks, [len(sorted_frames) - 1]))]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))
