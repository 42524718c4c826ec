"""Which frame of a recording a time in another program's file means.

Other programs keep times; a frame is found by the time stamps that the recording
has, never by multiplying with a rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.recording import MOST_FRAMES

__all__ = ["FrameTimes", "Place", "finite", "frame_edges", "nearest_edge", "rate", "whole"]

# Files round to milliseconds: up or down, and binary numbers add their own.
_ROUNDING_S = 0.001 + 1e-9
_SAME_S = 1e-9
_UNKNOWN_DURATION_S = 0.04


@dataclass(frozen=True, slots=True)
class Place:
    """The frame that an entry of a file means.

    Attributes
    ----------
    frame : int or None
        0-based; None if the entry does not tell.
    exact : bool
        Whether it is the number that the file says.
    beyond : bool
        Whether the time lies outside the recording by more than half a frame.
    message : str
        How it was understood, where somebody should know; else empty.
    """

    frame: int | None
    exact: bool = False
    beyond: bool = False
    message: str = ""


def frame_edges(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """When each frame begins, and when the last one ends.

    Parameters
    ----------
    times : ndarray of float64, shape (n_frames,)
        Presentation times in seconds, ascending.

    Returns
    -------
    ndarray of float64, shape (n_frames + 1,)
        Seconds.  A frame lasts until the next one; the last one as long as frames do in the median.
    """
    steps = np.diff(times)
    steps = steps[steps > 0]
    last = float(np.median(steps)) if len(steps) else _UNKNOWN_DURATION_S
    return np.append(times, times[-1] + last) if len(times) else np.empty(0)


def nearest_edge(edges: NDArray[np.float64], seconds: float) -> tuple[int, bool]:
    """Number of the edge nearest to a time (the earlier of two as near), and whether there are two.

    Parameters
    ----------
    edges : ndarray of float64, shape (n_frames + 1,)
        From :func:`frame_edges`.
    seconds : float
        The time.
    """
    at = int(np.searchsorted(edges, seconds))
    around = [place for place in (at - 1, at, at + 1) if 0 <= place < len(edges)]
    distances = [abs(float(edges[place]) - seconds) for place in around]
    nearest = min(distances)
    found = [place for place, far in zip(around, distances, strict=True) if far - nearest < 1e-9]
    return found[0], len(found) > 1


class FrameTimes:
    """The frames of a recording by their times.

    Parameters
    ----------
    times : ndarray of float64, shape (n_frames,), or None
        Seconds of each frame; None where unknown: then only numbers tell a frame.
    """

    def __init__(self, times: NDArray[np.float64] | None) -> None:
        self.count: int | None = None
        self._edges: NDArray[np.float64] = np.empty(0)
        self._frame_s = 0.0
        if times is not None and len(times):
            self.count = len(times)
            self._edges = frame_edges(np.maximum.accumulate(times))
            self._frame_s = float(self._edges[-1] - self._edges[-2])

    @property
    def known(self) -> bool:
        """Whether there are times."""
        return self.count is not None

    def start_of(self, frame: int) -> float:
        """Seconds at which a frame begins; the number of frames gives the end of the recording.

        Raises
        ------
        IndexError
            If the recording has no such frame, or times are unknown.
        """
        if not 0 <= frame < len(self._edges):
            raise IndexError(frame)
        return float(self._edges[frame])

    def place(self, seconds: float | None, number: int | None, *, end: bool = False, slack: int = 0) -> Place:
        """The frame that a time, a number or both mean.

        The number wins if the time is that frame's own, or that of a frame no more than
        `slack` away.  Otherwise the time wins: it is what people see and edit, and numbers
        beside it are estimates or left over.

        Parameters
        ----------
        seconds : float or None
            Time of the film.
        number : int or None
            What the file calls the frame.
        end : bool
            Whether it is the frame before which something ends: one more than the last is possible.
        slack : int
            How many frames number and time may differ.
        """
        if number is not None and not self._possible(number, end=end):
            if seconds is None or not self.known:
                return Place(None, message=f"There is no frame {number} in the recording.")
            found = self._nearest(seconds, end=end)
            return Place(found.frame, False, found.beyond, _time_won(number, seconds, found.frame))
        if seconds is None or not self.known:
            return Place(number, exact=number is not None)
        found = self._nearest(seconds, end=end)
        if number is None or found.frame is None:
            return found
        own = abs(self.start_of(number) - seconds) <= _ROUNDING_S
        if own or abs(number - found.frame) <= slack:
            return Place(number, exact=True)
        return Place(found.frame, False, found.beyond, _time_won(number, seconds, found.frame))

    def shown_at(self, seconds: float) -> Place:
        """The frame that is on the screen at a time which a program rounded to milliseconds."""
        starts = np.floor(self._edges[:-1] * 1000 + 1e-6)
        frame = int(np.searchsorted(starts, round(seconds * 1000), side="right")) - 1
        end = float(self._edges[-1])
        beyond = frame < 0 or seconds > end + self._frame_s / 2 + _ROUNDING_S
        return Place(max(frame, 0), beyond=beyond)

    def _possible(self, number: int, *, end: bool) -> bool:
        most = MOST_FRAMES if self.count is None else self.count
        return 0 <= number < most + end

    def _nearest(self, seconds: float, *, end: bool) -> Place:
        edges = self._edges if end else self._edges[:-1]
        at = int(np.searchsorted(edges, seconds))
        before, after = max(at - 1, 0), min(at, len(edges) - 1)
        left, right = abs(seconds - float(edges[before])), abs(float(edges[after]) - seconds)
        frame = before if left <= right else after
        away = min(left, right)
        half = self._frame_s / 2 + _ROUNDING_S
        if away > half and (seconds < edges[0] or seconds > edges[-1]):
            return Place(frame, beyond=True)
        if before != after and abs(left - right) <= _SAME_S and left > _SAME_S:
            return Place(
                frame,
                message=f"{seconds:.3f} s lies midway between frames {before} and {after}: frame {frame} was "
                "taken.",
            )
        if away > half:
            return Place(
                frame,
                message=f"{seconds:.3f} s lies more than half a frame from any frame: frame {frame} was "
                "taken.",
            )
        return Place(frame)


def _time_won(number: int, seconds: float, frame: int | None) -> str:
    return f"It says frame {number}, but {seconds:.3f} s is the time of frame {frame}: the time was taken."


def finite(value: object) -> float | None:
    """A number of a file as a float; None if it is none, or endless."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) < 1e9 else None


def whole(value: object) -> int | None:
    """A whole number of a file; None if it is none."""
    number = finite(value)
    return int(number) if number is not None and number == int(number) else None


def rate(value: object) -> float | None:
    """Frames per second in a file; None if it is no rate."""
    number = finite(value)
    return number if number is not None and 0 < number < 10_000 else None
