"""Stretches of consecutive frames, across which nothing is ever joined."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["segment_bounds"]


def segment_bounds(segments: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First frame of each segment, and the frame after its last.

    Parameters
    ----------
    segments : array_like, shape (n_frames,)
        Segment of each frame, frames in their order. Neighbouring frames of one segment
        count as neighbours in time: where frames are left out, a new segment must begin.

    Returns
    -------
    starts, stops : ndarray of int64, shape (n_segments,)
        Half-open ranges of frames, in the order of the frames.

    Raises
    ------
    ValueError
        If the shape is wrong, or a segment comes back after another one.
    """
    labels = np.asarray(segments)
    if labels.ndim != 1:
        raise ValueError(f"expected the segment of each frame, one-dimensional, not {labels.shape}")
    if not labels.size:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    starts = np.concatenate([[0], np.flatnonzero(labels[1:] != labels[:-1]) + 1]).astype(np.int64)
    if np.unique(labels[starts]).size < starts.size:
        raise ValueError("a segment comes back after another one: sort the frames by segment and time")
    return starts, np.append(starts[1:], labels.size).astype(np.int64)
