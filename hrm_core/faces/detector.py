"""What every face detector can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.face import Face

__all__ = ["Detector", "one_thread_a_call"]


class Detector(Protocol):
    """Finds faces in one picture at a time."""

    @property
    def name(self) -> str:
        """What it is called on the command line and in feature files."""

    @property
    def weights(self) -> Mapping[str, str]:
        """SHA-256 of each model file it uses, by file name."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What its answers depend on besides, in words."""

    @property
    def at_once(self) -> int:
        """How many threads may call :meth:`detect` at a time."""

    def detect(self, rgb: NDArray[np.uint8], frame: int = 0) -> list[Face]:
        """All faces of a picture, the surest first.

        Parameters
        ----------
        rgb : ndarray of uint8, shape (height, width, 3)
            The picture.
        frame : int
            Which frame of the recording it is; only faces that are *given* depend on it.

        Returns
        -------
        list of Face
            In pixels of the picture; empty if there is none.
        """


@contextmanager
def one_thread_a_call() -> Iterator[None]:
    """Let OpenCV use one thread for each call, for who looks at several pictures at once.

    On two cores YuNet takes 20 ms of processor with two threads and 18 ms with one.
    """
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
