"""Decoded frames kept within a byte budget; those of least use leave first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

__all__ = ["FrameCache"]

Picture = TypeVar("Picture")

# A frame already passed is worth as much as one this many times as far ahead:
# enough to turn round on the spot, and most of the memory lies in front.
_BEHIND = 8


class FrameCache(Generic[Picture]):
    """Pictures by frame number; any thread may ask and put.

    The least recently used leave first, until :meth:`favour` tells where the
    reader is: from then on those farthest from there.  (Frames decoded ahead
    were never used yet; by age they would be the first to go.)

    Parameters
    ----------
    budget_bytes : int
        Upper bound of what is kept.  A single picture larger than this is not
        kept at all; 0 keeps nothing.
    """

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = max(0, budget_bytes)
        self._used_bytes = 0
        self._kept: OrderedDict[int, tuple[Picture, int]] = OrderedDict()
        self._place: int | None = None
        self._direction = 0
        self._lock = threading.Lock()

    @property
    def budget_bytes(self) -> int:
        """Upper bound of what is kept."""
        return self._budget_bytes

    @property
    def used_bytes(self) -> int:
        """Bytes kept now."""
        return self._used_bytes

    def __len__(self) -> int:
        """Pictures kept now."""
        return len(self._kept)

    def __contains__(self, number: int) -> bool:
        """Whether frame `number` is kept; does not count as a use."""
        return number in self._kept

    def get(self, number: int) -> Picture | None:
        """Picture of a frame; counts as a use.

        Parameters
        ----------
        number : int
            Frame number.

        Returns
        -------
        object or None
            What was put, or None if it is not kept.
        """
        with self._lock:
            entry = self._kept.get(number)
            if entry is None:
                return None
            self._kept.move_to_end(number)
            return entry[0]

    def favour(self, number: int, direction: int) -> None:
        """Keep what is near a frame from now on.

        Parameters
        ----------
        number : int
            Frame the reader is at.
        direction : int
            1 or -1 where the reader walks; frames behind leave before those
            ahead.  0 where no direction is known.
        """
        with self._lock:
            self._place, self._direction = number, direction

    def put(self, number: int, picture: Picture, size_bytes: int) -> None:
        """Keep a picture and let those of least use go, which may be this one.

        Parameters
        ----------
        number : int
            Frame number; an older picture of the same number is replaced.
        picture : object
            Shared with whoever asks for it: nobody may change it.
        size_bytes : int
            Memory it holds, in bytes.
        """
        with self._lock:
            old = self._kept.pop(number, None)
            if old is not None:
                self._used_bytes -= old[1]
            if size_bytes > self._budget_bytes:
                return
            self._kept[number] = (picture, size_bytes)
            self._used_bytes += size_bytes
            while self._used_bytes > self._budget_bytes:
                _, freed_bytes = self._kept.pop(self._least_useful())
                self._used_bytes -= freed_bytes

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._used_bytes = 0

    def _least_useful(self) -> int:
        if self._place is None:
            return next(iter(self._kept))
        # Distance grows to both sides, so it is one of the two ends.
        return max(min(self._kept), max(self._kept), key=self._distance)

    def _distance(self, number: int) -> int:
        away = number - (self._place or 0)
        return abs(away) * (_BEHIND if away * self._direction < 0 else 1)
