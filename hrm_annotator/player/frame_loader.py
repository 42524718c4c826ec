"""Decode frames in a thread of their own, the newest request first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from hrm_core.errors import Cancelled, UserError
from hrm_core.progress import CancelToken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hrm_core.workflows.show_video import Video

__all__ = ["FrameLoader"]


class FrameLoader(QObject):
    """Reads one video; what is asked for while it decodes replaces what waits.

    Where the video has a quick copy of a frame, that is given out at once and
    the frame itself after it, unless something newer was asked for meanwhile.
    Without a copy a frame is always decoded to its end: requests that come
    faster than pictures would otherwise keep each other from being shown.

    Parameters
    ----------
    open_video : callable
        Opens the video; called in the loader's thread with a token to stop it.
    prepare : callable, optional
        Makes of a frame number and its picture what is given out; called in the
        loader's thread, so that nothing uncovered ever leaves it.
    """

    opened = Signal(object)
    """Presentation times in seconds, ndarray of shape (n_frames,)."""
    loaded = Signal(int, object)
    """Frame number and its picture, RGB uint8 or as prepared; twice where a copy was shown first."""
    failed = Signal(str)
    """The video cannot be opened or a frame cannot be decoded."""

    def __init__(
        self,
        open_video: Callable[[CancelToken], Video],
        parent: QObject | None = None,
        prepare: Callable[[int, NDArray[np.uint8]], object] | None = None,
    ) -> None:
        super().__init__(parent)
        self._open_video, self._prepare = open_video, prepare
        self._wake = threading.Condition()
        self._wanted: int | None = None
        self._last: int | None = None
        self._stopping = False
        self._cancel = CancelToken()
        self._thread = threading.Thread(target=self._work, name="hrm-frames")

    def start(self) -> None:
        """Open the video; connect the signals first, or the news of it may be missed."""
        self._thread.start()

    def request(self, frame: int) -> None:
        """Ask for a frame; the video itself decodes ahead of somebody who walks."""
        with self._wake:
            self._wanted = frame
            self._wake.notify()

    def request_again(self) -> None:
        """Prepare the last frame anew, unless another one is asked for already."""
        with self._wake:
            if self._wanted is None:
                self._wanted = self._last
                self._wake.notify()

    def stop(self) -> None:
        """Close the video and end the thread."""
        self._cancel.cancel()
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    def _work(self) -> None:
        try:
            video = self._open_video(self._cancel)
        except Cancelled:
            return
        except UserError as error:
            self.failed.emit(str(error))
            return
        with video:
            self.opened.emit(video.times)
            while (wanted := self._next()) is not None:
                self._load(video, wanted)

    def _next(self) -> int | None:
        with self._wake:
            self._wake.wait_for(lambda: self._wanted is not None or self._stopping)
            wanted, self._wanted = self._wanted, None
            self._last = wanted
            return None if self._stopping else wanted

    def _load(self, video: Video, frame: int) -> None:
        try:
            copy = video.preview(frame)
            if copy is None:
                self._give_out(frame, video[frame])
                return
            self._give_out(frame, copy)
            picture = video.picture_unless(frame, self._is_outdated)
            if picture is not None:
                self._give_out(frame, picture)
        except UserError as error:
            self.failed.emit(str(error))

    def _give_out(self, frame: int, picture: NDArray[np.uint8]) -> None:
        self.loaded.emit(frame, picture if self._prepare is None else self._prepare(frame, picture))

    def _is_outdated(self) -> bool:
        """Whether what is being decoded is not wanted any more."""
        return self._wanted is not None or self._stopping
