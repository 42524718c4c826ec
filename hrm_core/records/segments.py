"""Runs of consecutive frames: what the label files of the field call segments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hrm_core.records.words import counted

__all__ = ["SegmentLengths", "frames_in_words", "segment_lengths", "segments"]


@dataclass(frozen=True, slots=True)
class SegmentLengths:
    """How many segments there are and how long they are, in frames.

    Attributes
    ----------
    segments : int
        Number of segments.
    frames : int
        Frames in all of them.
    shortest, longest : int
        Of one segment; 0 where there is none.
    median : float
        Of the lengths; 0 where there is none.
    """

    segments: int
    frames: int
    shortest: int
    median: float
    longest: int


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


def segment_lengths(frames: ArrayLike) -> SegmentLengths:
    """Number and lengths of the runs of consecutive frames.

    Parameters
    ----------
    frames : array_like of int, shape (n_frames,)
        Frame numbers in any order; repeats count once.
    """
    lengths = np.array([last - first + 1 for first, last in segments(frames)], dtype=np.int64)
    if not len(lengths):
        return SegmentLengths(0, 0, 0, 0.0, 0)
    return SegmentLengths(
        len(lengths), int(lengths.sum()), int(lengths.min()), float(np.median(lengths)), int(lengths.max())
    )


def frames_in_words(frames: ArrayLike, most: int = 5) -> str:
    """Frames as people write them: ``"frame 7"``, ``"frames 0–3, 8, 12–40"``.

    Parameters
    ----------
    frames : array_like of int, shape (n_frames,)
        Frame numbers in any order, at least one.
    most : int
        Runs that are named; of further ones only the number is given.
    """
    runs = segments(frames)
    words = [f"{first}" if first == last else f"{first}–{last}" for first, last in runs[:most]]
    more = f" and {counted(len(runs) - most, 'more run')}" if len(runs) > most else ""
    one = len(runs) == 1 and runs[0][0] == runs[0][1]
    return f"{'frame' if one else 'frames'} {', '.join(words)}{more}"
