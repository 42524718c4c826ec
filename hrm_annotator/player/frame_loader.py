"""Decode frames in a thread of their own, the newest request first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from hrm_core.errors import UserError

if TYPE_CHECKING:
    from hrm_core.workflows.show_video import Video

__all__ = ["FrameLoader"]


class FrameLoader(QObject):
    """Reads one video; what is asked for while it decodes replaces what waits.

    Parameters
    ----------
    open_video : callable
        Opens the video; called in the loader's thread.
    """

    opened = Signal(object)
    """Presentation times in seconds, ndarray of shape (n_frames,)."""
    loaded = Signal(int, object)
    """Frame number and its picture, RGB uint8."""
    failed = Signal(str)
    """The video cannot be opened or a frame cannot be decoded."""

    def __init__(self, open_video: Callable[[], Video], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open_video = open_video
        self._wake = threading.Condition()
        self._wanted: int | None = None
        self._ahead: int | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="hrm-frames")

    def start(self) -> None:
        """Open the video; connect the signals first, or the news of it may be missed."""
        self._thread.start()

    def request(self, frame: int, *, ahead: int | None = None) -> None:
        """Ask for a frame, and name the one that is likely to be asked for next."""
        with self._wake:
            self._wanted, self._ahead = frame, ahead
            self._wake.notify()

    def stop(self) -> None:
        """Close the video and end the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    def _work(self) -> None:
        try:
            video = self._open_video()
        except UserError as error:
            self.failed.emit(str(error))
            return
        with video:
            self.opened.emit(video.times)
            while (wanted := self._next()) is not None:
                self._load(video, wanted)
                self._read_ahead(video)

    def _next(self) -> int | None:
        with self._wake:
            self._wake.wait_for(lambda: self._wanted is not None or self._stopping)
            wanted, self._wanted = self._wanted, None
            return None if self._stopping else wanted

    def _load(self, video: Video, frame: int) -> None:
        try:
            picture = video[frame]
        except UserError as error:
            self.failed.emit(str(error))
        else:
            self.loaded.emit(frame, picture)

    def _read_ahead(self, video: Video) -> None:
        """Decode the likely next frame into the video's cache while nobody waits."""
        with self._wake:
            ahead, self._ahead = self._ahead, None
            if self._wanted is not None or ahead is None or not 0 <= ahead < len(video):
                return
        try:
            video[ahead]
        except UserError:
            # It is told when somebody asks for that frame.
            return
