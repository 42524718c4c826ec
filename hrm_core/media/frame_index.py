"""The numbers of the frames of a video file: when each is shown and where to decode from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hrm_core.media.orientation import Orientation

__all__ = ["FrameIndex", "KeyFrames"]


@dataclass(frozen=True, slots=True, eq=False)
class KeyFrames:
    """Where decoding can start, in the order of the file.

    Attributes
    ----------
    pts, dts : ndarray of int64, shape (n_keys,)
        Time stamps that recognise the packet after a seek.
    position : ndarray of int64, shape (n_keys,)
        Byte offset in the file, -1 where unknown.
    first : ndarray of int64, shape (n_keys,)
        First frame that is whole when decoding starts here.  Frames given out
        before it (open group of pictures) lack their references.
    """

    pts: NDArray[np.int64]
    dts: NDArray[np.int64]
    position: NDArray[np.int64]
    first: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class FrameIndex:
    """Everything about the frames of a file except their pictures.

    Attributes
    ----------
    codec : str
        FFmpeg's name, ``"h264"``.
    width, height : int
        Of the stored picture in pixels, before it is turned upright.
    orientation : Orientation
        From the stored to the shown picture.
    time_base : fractions.Fraction
        Seconds per tick.
    ticks : ndarray of int64, shape (n_frames,)
        Presentation times, rising.
    stamps : ndarray of int64, shape (n_frames,)
        The pts the decoded frame carries: proof that it is this frame.  Equal
        to `ticks` unless the file's stamps are out of order.
    key_of : ndarray of int64, shape (n_frames,)
        Number of the key frame to start decoding at; -1 the start of the file.
    damaged : ndarray of bool, shape (n_frames,)
        Bytes of the frame, or of one it may be built on, are missing in the file.
    keys : KeyFrames
        The key frames.
    end_tick : int
        When the last frame stops being shown.
    """

    codec: str
    width: int
    height: int
    orientation: Orientation
    time_base: Fraction
    ticks: NDArray[np.int64]
    stamps: NDArray[np.int64]
    key_of: NDArray[np.int64]
    damaged: NDArray[np.bool_]
    keys: KeyFrames
    end_tick: int

    def __len__(self) -> int:
        """Exact number of frames."""
        return len(self.ticks)

    def times(self) -> NDArray[np.float64]:
        """Presentation times.

        Returns
        -------
        ndarray of float64, shape (n_frames,)
            Seconds from the first frame.
        """
        ticks: NDArray[np.float64] = (self.ticks - self.ticks[0]).astype(np.float64)
        return ticks * float(self.time_base.numerator) / float(self.time_base.denominator)

    @property
    def variable_rate(self) -> bool:
        """Whether the intervals between frames differ by more than rounding (1 ms)."""
        gaps = np.diff(self.ticks)
        # Containers that count in milliseconds round a steady rate to 33, 33, 34.
        allowed = max(1, round(Fraction(1, 1000) / self.time_base))
        return len(gaps) > 1 and int(gaps.max() - gaps.min()) > allowed

    @property
    def duration_s(self) -> float:
        """Seconds from the start of the first to the end of the last frame."""
        return float((self.end_tick - int(self.ticks[0])) * self.time_base)

    @property
    def fps(self) -> float:
        """Mean frames per second; 0 where a single frame has no known duration."""
        intervals = len(self) - 1
        span = float((int(self.ticks[-1]) - int(self.ticks[0])) * self.time_base)
        if intervals > 0 and span > 0:
            return intervals / span
        return 1 / self.duration_s if self.duration_s > 0 else 0.0

    @property
    def longest_group(self) -> int:
        """Most frames that have to be decoded for one: the longest way from key frame to key frame."""
        borders = np.concatenate([[0], np.sort(self.keys.first), [len(self)]])
        return int(np.diff(borders).max())

    def without(self, left_out: NDArray[np.bool_]) -> FrameIndex:
        """The index without some frames, which lose their numbers.

        Parameters
        ----------
        left_out : ndarray of bool, shape (n_frames,)
            Frames to leave out, all of the last group of pictures.

        Returns
        -------
        FrameIndex
            Key frames keep their places.
        """
        kept = ~left_out
        ticks = self.ticks[kept]
        cut_off = len(ticks) > 0 and ticks[-1] != self.ticks[-1]
        return replace(
            self,
            ticks=ticks,
            stamps=self.stamps[kept],
            key_of=self.key_of[kept],
            damaged=self.damaged[kept],
            # A frame that lost its successor is shown until that would have come.
            end_tick=int(self.ticks[self.ticks > ticks[-1]][0]) if cut_off else self.end_tick,
        )
