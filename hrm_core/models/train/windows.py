"""Windows of action codes within segments, each with how atypical judges found its segment.

A segment is a clip that judges rated, as far as it is coded: where coded frames do not follow one another,
a new run begins.  A window is fifteen frames in a row of one run.  No window reaches over a gap, into
another segment or to another child, and all of them are views into one table of frames.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["FRAMES", "Segment", "Windows", "make_windows"]

FRAMES = 15
"""Frames of a window, as published."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A clip with its codes and its rating.

    Attributes
    ----------
    participant : str
        Code of the child.
    name : str
        Of the clip, unlike all others.
    frames : ndarray of int64, shape (n_frames,)
        Those that are coded, ascending.
    codes : ndarray of uint8, shape (n_frames, n_actions)
        Codes 0-5.
    rating : float
        Mean over judges; 1 is natural.
    """

    participant: str
    name: str
    frames: NDArray[np.int64]
    codes: NDArray[np.uint8]
    rating: float

    @property
    def runs(self) -> list[slice]:
        """Places of the frames that follow one another without a gap."""
        if not len(self.frames):
            return []
        edges = [0, *(np.flatnonzero(np.diff(self.frames) != 1) + 1).tolist(), len(self.frames)]
        return [slice(first, stop) for first, stop in pairwise(edges)]


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of many segments.

    Attributes
    ----------
    segments : tuple of Segment
        Those with at least one window.
    participants : tuple of str
        Children of `segments`, each once, in their order.
    table : ndarray of uint8, shape (n_frames, n_actions)
        Frames of all runs, one run behind the other; 1 where an action is there on whichever side.
    starts : ndarray of int64, shape (n_windows,)
        Row of `table` where each window begins.
    of_segment, of_participant : ndarray of int64, shape (n_windows,)
        Places in `segments` and `participants`.
    labels : ndarray of float64, shape (n_windows,)
        The rating of the segment, which is that of each of its frames and so the most common one.
    dropped : tuple of str
        Names of segments that are shorter than a window in each of their runs.
    dropped_frames : int
        Frames that are in no window.
    """

    segments: tuple[Segment, ...]
    participants: tuple[str, ...]
    table: NDArray[np.uint8]
    starts: NDArray[np.int64]
    of_segment: NDArray[np.int64]
    of_participant: NDArray[np.int64]
    labels: NDArray[np.float64]
    dropped: tuple[str, ...]
    dropped_frames: int

    def __len__(self) -> int:
        return len(self.starts)

    def rows(self, chosen: NDArray[np.int64] | slice = slice(None)) -> NDArray[np.int64]:
        """Rows of `table` of windows, shape (n_chosen, 15)."""
        return self.starts[chosen, None] + np.arange(FRAMES)

    def of(self, participants: Sequence[str]) -> NDArray[np.int64]:
        """Places of the windows of these children, ascending."""
        wanted = [code in set(participants) for code in self.participants]
        return np.flatnonzero(np.array(wanted, dtype=bool)[self.of_participant])

    @cached_property
    def distinct(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """One window of each kind, and the kind of every window: equal codes make equal scores."""
        _, pattern = np.unique(self.table, axis=0, return_inverse=True)
        pattern = pattern.reshape(-1)[self.rows()]
        _, first, kind = np.unique(pattern, axis=0, return_index=True, return_inverse=True)
        return first.astype(np.int64), kind.reshape(-1).astype(np.int64)

    @cached_property
    def rates(self) -> NDArray[np.float64]:
        """Share of each window's frames in which each action is there, shape (n_windows, n_actions)."""
        sums = np.zeros((len(self.table) + 1, self.table.shape[1]), dtype=np.int64)
        np.cumsum(self.table, axis=0, out=sums[1:])
        return (sums[self.starts + FRAMES] - sums[self.starts]) / FRAMES

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of codes, windows, children and ratings."""
        digest = hashlib.sha256(repr((self.table.shape, self.participants)).encode())
        for values in (self.table, self.starts, self.of_participant, self.labels):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()


def make_windows(segments: Sequence[Segment]) -> Windows:
    """Cut segments into windows of :data:`FRAMES` frames, one beginning at every frame that has room.

    Parameters
    ----------
    segments : sequence of Segment
        All with the same actions.

    Raises
    ------
    ValueError
        If a segment's frames do not ascend, or there is no segment.
    """
    kept: list[Segment] = []
    pieces: list[NDArray[np.uint8]] = []
    starts: list[NDArray[np.int64]] = []
    counts: list[int] = []
    dropped, dropped_frames, row = [], 0, 0
    for segment in segments:
        if (np.diff(segment.frames) <= 0).any():
            raise ValueError(f"frames of {segment.name} do not ascend")
        long = [run for run in segment.runs if run.stop - run.start >= FRAMES]
        dropped_frames += len(segment.frames) - sum(run.stop - run.start for run in long)
        if not long:
            dropped.append(segment.name)
            continue
        kept.append(segment)
        before = len(starts)
        for run in long:
            length = run.stop - run.start
            pieces.append((segment.codes[run] > 0).astype(np.uint8))
            starts.append(np.arange(row, row + length - FRAMES + 1))
            row += length
        counts.append(sum(len(entry) for entry in starts[before:]))
    participants = tuple(dict.fromkeys(segment.participant for segment in kept))
    child = np.array([participants.index(segment.participant) for segment in kept], dtype=np.int64)
    of_segment = np.repeat(np.arange(len(kept)), counts)
    ratings = np.array([segment.rating for segment in kept], dtype=np.float64)
    return Windows(
        segments=tuple(kept),
        participants=participants,
        table=np.concatenate([np.zeros((0, segments[0].codes.shape[1]), np.uint8), *pieces]),
        starts=np.concatenate([np.zeros(0, np.int64), *starts]),
        of_segment=of_segment,
        of_participant=child[of_segment],
        labels=ratings[of_segment],
        dropped=tuple(dropped),
        dropped_frames=dropped_frames,
    )
