"""Decoded frames kept within a byte budget, the least recently used leave first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

__all__ = ["FrameCache"]

Picture = TypeVar("Picture")


class FrameCache(Generic[Picture]):
    """Pictures by frame number; any thread may ask and put.

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
        self._lock = threading.Lock()

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

    def put(self, number: int, picture: Picture, size_bytes: int) -> None:
        """Keep a picture and let the least recently used go.

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
                _, (_, freed_bytes) = self._kept.popitem(last=False)
                self._used_bytes -= freed_bytes

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._used_bytes = 0
