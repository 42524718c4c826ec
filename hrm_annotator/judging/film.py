"""Frames of one clip, decoded ahead in a thread of their own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage

from hrm_core.errors import UserError

if TYPE_CHECKING:
    from hrm_core.workflows.sit_for_rating import Video

__all__ = ["Film"]

# Half a second of most films; of 1080p about 130 MB.
_AHEAD = 16
# Decoded before the clip begins, so that it does not falter at its start.
_FIRST = 12


class Film(QObject):
    """Decodes a clip from its first frame to its last, then single frames on request.

    Parameters
    ----------
    video : Video
        Its frames; closed by :meth:`close`.
    times : ndarray of float64, shape (n_frames,)
        When each frame is shown, seconds.
    length_s : float
        When the last one has been shown.

    Attributes
    ----------
    broken : bool
        Whether a frame could not be decoded; nothing follows then.
    """

    ready = Signal()
    """Another frame can be taken."""
    failed = Signal()
    """A frame cannot be decoded."""

    def __init__(
        self, video: Video, times: NDArray[np.float64], length_s: float, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.times, self.length_s = times, length_s
        self._video = video
        self._wake = threading.Condition()
        self._frames: dict[int, QImage] = {}
        self._next = 0
        self._wanted: int | None = None
        self._room = QSize()
        self._stopping = False
        self.broken = False
        self._thread = threading.Thread(target=self._work, name="hrm-film")

    @property
    def last(self) -> int:
        """Number of the last frame."""
        return len(self.times) - 1

    @property
    def can_begin(self) -> bool:
        """Whether enough is decoded for the clip to begin."""
        return len(self._frames) >= min(_FIRST, len(self.times)) or self.broken

    def start(self, room: QSize) -> None:
        """Begin to decode, for a picture of at most this size in pixels of the screen."""
        self._room = room
        self._thread.start()

    def take(self, number: int) -> tuple[int, QImage] | None:
        """The latest frame up to `number` that is there; earlier ones are let go.

        Frames before it need not be decoded any more, if they have not been yet.
        """
        with self._wake:
            there = [each for each in self._frames if each <= number]
            found = max(there, default=None)
            image = None if found is None else self._frames[found]
            for each in there:
                del self._frames[each]
            # The next one that can be shown in time is at best the one that is due; the last is always shown.
            self._next = max(self._next, min(number, self.last))
            self._wake.notify()
            return None if found is None or image is None else (found, image)

    def want(self, number: int) -> None:
        """Ask for one frame, for who moves through the clip; what was asked before is forgotten."""
        with self._wake:
            self._wanted = number
            self._frames.clear()
            self._wake.notify()

    def close(self) -> None:
        """End the thread and close the clip."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()
        self._video.close()
        self._frames.clear()

    def _work(self) -> None:
        while (number := self._next_number()) is not None:
            try:
                image = self._image(self._video[number])
            except UserError:
                self.broken = True
                self.failed.emit()
                return
            with self._wake:
                if self._stopping:
                    return
                self._frames[number] = image
            self.ready.emit()

    def _next_number(self) -> int | None:
        with self._wake:
            self._wake.wait_for(self._has_work)
            if self._stopping:
                return None
            if self._wanted is not None:
                wanted, self._wanted = self._wanted, None
                return wanted
            number = self._next
            self._next += 1
            return number

    def _has_work(self) -> bool:
        if self._stopping or self._wanted is not None:
            return True
        return self._next <= self.last and len(self._frames) < _AHEAD

    def _image(self, rgb: NDArray[np.uint8]) -> QImage:
        """A frame as the screen takes it; made small here where painting would drop every second pixel."""
        height, width = rgb.shape[:2]
        image = QImage(rgb.data, width, height, rgb.strides[0], QImage.Format.Format_RGB888)
        # A copy: the array goes when this returns.
        image = image.convertToFormat(QImage.Format.Format_RGB32)
        size = image.size().scaled(self._room, Qt.AspectRatioMode.KeepAspectRatio)
        if size.isEmpty() or 2 * size.width() > width:
            return image
        aspect = Qt.AspectRatioMode.IgnoreAspectRatio
        return image.scaled(size, aspect, Qt.TransformationMode.SmoothTransformation)
