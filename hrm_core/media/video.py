"""What every source of frames offers, whether file or folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from operator import index as as_integer
from pathlib import Path
from types import TracebackType
from typing import Self, SupportsIndex

import numpy as np
from numpy.typing import NDArray

__all__ = ["LUMA_SIZE", "Video"]

LUMA_SIZE = 64
"""Width and height of the grey picture a frame is recognised by, in pixels."""


class Video(ABC):
    """Frames by number: 0-based positions in presentation order.

    ``len(v)`` is the exact number of frames, ``v[n]`` frame `n` as RGB.  One
    thread at a time is served; others wait.
    """

    @property
    @abstractmethod
    def path(self) -> Path:
        """File or folder the frames come from."""

    @property
    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Width and height in pixels as shown, the camera's turn applied."""

    @property
    @abstractmethod
    def fps(self) -> float:
        """Mean frames per second: for display only, never to compute a frame number."""

    @property
    @abstractmethod
    def times(self) -> NDArray[np.float64]:
        """Presentation times in seconds from the first frame, shape (len(v),), read-only."""

    @abstractmethod
    def __len__(self) -> int:
        """Exact number of frames."""

    @abstractmethod
    def _picture(self, number: int) -> NDArray[np.uint8]:
        """Frame `number`, which is in range."""

    @abstractmethod
    def close(self) -> None:
        """Release the file and the memory; closing twice is fine."""

    def __getitem__(self, number: SupportsIndex) -> NDArray[np.uint8]:
        """Picture of frame `number`.

        Parameters
        ----------
        number : int
            0-based; negative numbers do not count from the end, because a
            frame number that is off by one must not become the last frame.

        Returns
        -------
        ndarray of uint8, shape (height, width, 3)
            RGB, a new array that belongs to the caller.

        Raises
        ------
        IndexError
            If there is no such frame.
        InvalidFileError
            If the frame is damaged; a wrong picture is never returned.
        """
        return self._picture(self._checked(number))

    def picture_unless(self, number: SupportsIndex, given_up: Callable[[], bool]) -> NDArray[np.uint8] | None:
        """Picture of frame `number`, unless nobody wants it any more.

        Parameters
        ----------
        number : int
            0-based frame number.
        given_up : callable
            Asked before and, where a frame has to be searched for, on the way.

        Returns
        -------
        ndarray of uint8, shape (height, width, 3), or None
            As ``v[number]``; None if it was given up.

        Raises
        ------
        IndexError, InvalidFileError
            As ``v[number]``.
        """
        wanted = self._checked(number)
        return None if given_up() else self._picture_unless(wanted, given_up)

    def _picture_unless(self, number: int, given_up: Callable[[], bool]) -> NDArray[np.uint8] | None:
        """As :meth:`picture_unless`; `number` is in range."""
        return self._picture(number)

    def preview(self, number: SupportsIndex) -> NDArray[np.uint8] | None:
        """Picture of frame `number` from a stand-in, where the frame itself would take longer.

        It is a copy and may have lost a little; ``v[number]`` is always the
        original.  Asking for it leaves the reader where it is.

        Parameters
        ----------
        number : int
            0-based frame number.

        Returns
        -------
        ndarray of uint8, shape (height, width, 3), or None
            RGB, of the same frame; None if there is no stand-in, the frame is
            damaged, or the original is as near.

        Raises
        ------
        IndexError
            If there is no such frame.
        """
        return self._preview(self._checked(number))

    def _preview(self, number: int) -> NDArray[np.uint8] | None:
        """As :meth:`preview`; `number` is in range."""
        return None

    def luma(self, number: SupportsIndex) -> NDArray[np.uint8]:
        """Small grey picture of frame `number`, from which it is recognised.

        Parameters
        ----------
        number : int
            0-based frame number.

        Returns
        -------
        ndarray of uint8, shape (64, 64)
            The whole picture, squeezed into a square.

        Raises
        ------
        IndexError, InvalidFileError
            As for the picture itself.
        """
        return self._luma(self._checked(number))

    def _luma(self, number: int) -> NDArray[np.uint8]:
        import cv2

        # Averaged over areas, so that the size of the source is irrelevant.
        grey = cv2.cvtColor(self._picture(number), cv2.COLOR_RGB2GRAY)
        small = cv2.resize(grey, (LUMA_SIZE, LUMA_SIZE), interpolation=cv2.INTER_AREA)
        return np.asarray(small, dtype=np.uint8)

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        """All frames in order."""
        for number in range(len(self)):
            yield self[number]

    def time(self, number: SupportsIndex) -> float:
        """Presentation time of frame `number`.

        Parameters
        ----------
        number : int
            0-based frame number.

        Returns
        -------
        float
            Seconds from the first frame.

        Raises
        ------
        IndexError
            If there is no such frame.
        """
        return float(self.times[self._checked(number)])

    def __enter__(self) -> Self:
        """Use the video for the length of a block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def _checked(self, number: SupportsIndex) -> int:
        wanted = as_integer(number)
        if not 0 <= wanted < len(self):
            raise IndexError(f"frame {wanted} does not exist: the video has {len(self)} frames")
        return wanted
