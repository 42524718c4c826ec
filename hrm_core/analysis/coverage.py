"""Which frames are covered by what: labels by pictures, recordings by labels."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["all_frames", "covered", "lacking", "out_of_range"]


def all_frames(parts: Iterable[ArrayLike]) -> NDArray[np.int64]:
    """Frames of all parts together, ascending, none twice."""
    arrays = [np.asarray(part, dtype=np.int64) for part in parts]
    return np.unique(np.concatenate([np.empty(0, np.int64), *arrays]))


def lacking(wanted: ArrayLike, present: ArrayLike) -> NDArray[np.int64]:
    """Frames of `wanted` that are not in `present`, ascending, none twice."""
    return np.setdiff1d(np.asarray(wanted, dtype=np.int64), np.asarray(present, dtype=np.int64))


def out_of_range(frames: ArrayLike, frame_count: int) -> NDArray[np.int64]:
    """Frames that a recording of `frame_count` frames, counted from 0, does not have."""
    numbers = np.asarray(frames, dtype=np.int64)
    return numbers[(numbers < 0) | (numbers >= frame_count)]


def covered(first: int, last: int, frames: ArrayLike) -> int:
    """How many frames from `first` to `last`, both included, are in `frames` (none twice)."""
    numbers = np.asarray(frames, dtype=np.int64)
    return int(((numbers >= first) & (numbers <= last)).sum())
