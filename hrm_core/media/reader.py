"""Exact frames of a video file by number."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import cast

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.media.decoder import Decoder, start_keys
from hrm_core.media.frame_cache import FrameCache
from hrm_core.media.frame_index import FrameIndex
from hrm_core.media.image_folder import ImageFolder
from hrm_core.media.index_cache import indexed
from hrm_core.media.video import Video
from hrm_core.progress import CancelToken, Progress

__all__ = ["DEFAULT_CACHE_BYTES", "VideoFile", "open_video"]

DEFAULT_CACHE_BYTES = 512 * 1024 * 1024
# Decoding this far across a key frame is cheaper than a seek.
_READ_ON_FRAMES = 12
# Pictures in flight may come out of order; past this many the frame is not coming.
_PATIENCE_FRAMES = 16


def open_video(
    path: str | Path,
    *,
    cache_dir: Path | None = None,
    cache_bytes: int = DEFAULT_CACHE_BYTES,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Video:
    """Open a video file, or a folder of images, for exact access by frame number.

    Parameters
    ----------
    path : str or pathlib.Path
        A video file or a folder of images.
    cache_dir : pathlib.Path, optional
        Folder where the index of time stamps is kept for the next time.
    cache_bytes : int
        Memory for decoded frames, in bytes.  A group of pictures that fits
        (a 1080p frame takes about 3 MB) makes stepping back immediate.
    progress : Progress, optional
        Told while the index is made.
    cancel : CancelToken, optional
        Asked while the index is made.

    Returns
    -------
    Video
        Close it, or use it in a ``with`` block.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is not a video, is damaged, or is a folder without images.
    Cancelled
        On request.
    """
    path = Path(path)
    if path.is_dir():
        return ImageFolder(path)
    index = indexed(path, cache_dir=cache_dir, progress=progress, cancel=cancel)
    return VideoFile(path, index, cache_bytes)


class VideoFile(Video):
    """A video file; made by :func:`open_video`.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    index : FrameIndex
        Its index.
    cache_bytes : int
        Memory for decoded frames, in bytes.
    """

    def __init__(self, path: Path, index: FrameIndex, cache_bytes: int) -> None:
        self._path = path
        self._index = index
        self._times = index.times()
        self._times.flags.writeable = False
        # Kept as decoded (YUV), which takes half the memory of RGB.
        self._cache: FrameCache[VideoFrame] = FrameCache(cache_bytes)
        self._decoder: Decoder | None = Decoder(path, index)
        self._last: int | None = None
        self._lock = threading.RLock()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def index(self) -> FrameIndex:
        """Time stamps and key frames."""
        return self._index

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels as shown."""
        return self._index.orientation.shown_size(self._index.width, self._index.height)

    @property
    def fps(self) -> float:
        """Mean frames per second."""
        return self._index.fps

    @property
    def times(self) -> NDArray[np.float64]:
        """Presentation times in seconds from the first frame, read-only."""
        return self._times

    def __len__(self) -> int:
        """Exact number of frames."""
        return len(self._index)

    def close(self) -> None:
        """Close the file and free the frames."""
        with self._lock:
            if self._decoder is not None:
                self._decoder.close()
            self._decoder = None
            self._cache.clear()

    def _picture(self, number: int) -> NDArray[np.uint8]:
        with self._lock:
            frame = self._decoded(number)
            # A recording may change its size half-way: every frame is given in the first one's.
            rgb = cast(
                NDArray[np.uint8],
                frame.to_ndarray(format="rgb24", width=self._index.width, height=self._index.height),
            )
        return self._index.orientation.apply(rgb)

    def _decoded(self, number: int) -> VideoFrame:
        decoder = self._decoder
        if decoder is None:
            raise ValueError(f"{self._path} was closed")
        kept = self._cache.get(number)
        if kept is not None:
            return kept
        if self._index.damaged[number]:
            raise self._damage(number)
        if self._can_read_on(number):
            found = self._read_to(decoder, number)
            if found is not None:
                return found
        for start in start_keys(int(self._index.key_of[number])):
            decoder.start_at(start)
            self._last = None
            found = self._read_to(decoder, number)
            if found is not None:
                return found
        self._last = None
        raise self._damage(number)

    def _damage(self, number: int) -> InvalidFileError:
        return InvalidFileError(
            f"Frame {number} of {self._path} is damaged in the file and cannot be shown: "
            "mark it as not codable, or copy the recording again."
        )

    def _can_read_on(self, number: int) -> bool:
        if self._last is None or number <= self._last:
            return False
        same_group = self._index.key_of[number] == self._index.key_of[self._last]
        return bool(same_group) or number - self._last <= _READ_ON_FRAMES

    def _read_to(self, decoder: Decoder, number: int) -> VideoFrame | None:
        """Decode on until frame `number` and keep everything on the way."""
        late = 0
        while late <= _PATIENCE_FRAMES:
            step = decoder.next()
            if step is None:
                self._last = None
                return None
            self._last, frame = step
            if frame is not None:
                self._cache.put(self._last, frame, _held_bytes(frame))
            if self._last == number:
                return frame
            late += self._last > number
        return None


def _held_bytes(frame: VideoFrame) -> int:
    return sum(plane.buffer_size for plane in frame.planes)
