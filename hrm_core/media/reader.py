"""Exact frames of a video file by number."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import cast

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.media.fingerprint import fingerprint
from hrm_core.media.frame_cache import FrameCache
from hrm_core.media.frame_index import FrameIndex
from hrm_core.media.image_folder import ImageFolder
from hrm_core.media.index_cache import indexed
from hrm_core.media.prefetch import Prefetcher
from hrm_core.media.reading import Reading
from hrm_core.media.stand_in import StandIn, open_stand_ins
from hrm_core.media.video import LUMA_SIZE, Video
from hrm_core.progress import CancelToken, Progress

__all__ = ["DEFAULT_CACHE_BYTES", "VideoFile", "open_video"]

# With the libraries, the frames inside the decoder (together 150 MB) and a window, 1080p stays below 600 MB.
DEFAULT_CACHE_BYTES = 256 * 1024 * 1024


def open_video(
    path: str | Path,
    *,
    cache_dir: Path | None = None,
    cache_bytes: int = DEFAULT_CACHE_BYTES,
    prefetch: bool = False,
    stand_in: Sequence[Path] = (),
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
    prefetch : bool
        Decode ahead in a thread of its own while somebody walks frame by
        frame, within the same memory; the thread ends when the video is closed.
    stand_in : sequence of pathlib.Path
        Coding proxies and folders of extracted frames for ``Video.preview``, the
        best first; those that do not belong to this video are not used.
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
    places = [place for place in stand_in if place.exists()]
    found: list[StandIn] = []
    if places:
        size = index.orientation.shown_size(index.width, index.height)
        found = open_stand_ins(places, fingerprint(path), len(index), size)
    try:
        return VideoFile(path, index, cache_bytes, prefetch=prefetch, stand_ins=found)
    except BaseException:
        for entry in found:
            entry.close()
        raise


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
    prefetch : bool
        Decode ahead in a thread of its own.
    stand_ins : sequence of StandIn
        Where previews come from; closed with the video.
    """

    def __init__(
        self,
        path: Path,
        index: FrameIndex,
        cache_bytes: int,
        *,
        prefetch: bool = False,
        stand_ins: Sequence[StandIn] = (),
    ) -> None:
        self._path = path
        self._index = index
        self._times = index.times()
        self._times.flags.writeable = False
        # Kept as decoded (YUV), which takes half the memory of RGB.
        self._cache: FrameCache[VideoFrame] = FrameCache(cache_bytes)
        self._reading = Reading(path, index, self._cache)
        # All frames of a decoder share one converter, which crashes if two threads use it at once.
        self._converter_lock = threading.Lock()
        self._prefetcher = Prefetcher(index, self._cache, self._reading) if prefetch else None
        self._stand_ins = stand_ins

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
        if self._prefetcher is not None:
            self._prefetcher.close()
        self._reading.close()
        self._cache.clear()
        for stand_in in self._stand_ins:
            stand_in.close()

    def _picture(self, number: int) -> NDArray[np.uint8]:
        with self._serving(number):
            return self._shown(self._decoded(number))

    def _picture_unless(self, number: int, given_up: Callable[[], bool]) -> NDArray[np.uint8] | None:
        left_off = False

        def asked() -> bool:
            nonlocal left_off
            left_off = given_up()
            return left_off

        with self._serving(number):
            try:
                return self._shown(self._decoded(number, asked))
            except InvalidFileError:
                if left_off:
                    return None
                raise

    def _preview(self, number: int) -> NDArray[np.uint8] | None:
        # Not told to the prefetcher and no use of the cache: nothing must move for a copy.
        if self._index.damaged[number] or self._reading.is_near(number):
            return None
        pictures = (stand_in.picture(number) for stand_in in self._stand_ins)
        return next((picture for picture in pictures if picture is not None), None)

    def _shown(self, frame: VideoFrame) -> NDArray[np.uint8]:
        with self._converter_lock:
            # A recording may change its size half-way: every frame is given in the first one's.
            rgb = cast(
                NDArray[np.uint8],
                frame.to_ndarray(format="rgb24", width=self._index.width, height=self._index.height),
            )
        return self._index.orientation.apply(rgb)

    def _luma(self, number: int) -> NDArray[np.uint8]:
        with self._serving(number):
            frame = self._decoded(number)
            with self._converter_lock:
                # The luma plane alone, made small by FFmpeg: a tenth of the work of a picture in colour.
                small = frame.reformat(
                    width=LUMA_SIZE, height=LUMA_SIZE, format="gray", interpolation=Interpolation.AREA
                )
                grey = cast(NDArray[np.uint8], small.to_ndarray())
            return self._index.orientation.apply(grey[:, :, np.newaxis])[:, :, 0]

    def _serving(self, number: int) -> AbstractContextManager[None]:
        return nullcontext() if self._prefetcher is None else self._prefetcher.serving(number)

    def _decoded(self, number: int, given_up: Callable[[], bool] | None = None) -> VideoFrame:
        if self._reading.closed:
            raise ValueError(f"{self._path} was closed")
        # A frame that is kept needs no decoder, so it waits for nobody.
        kept = self._cache.get(number)
        if kept is not None:
            return kept
        found = None if self._index.damaged[number] else self._reading.fetch(number, given_up)
        if found is None:
            raise InvalidFileError(
                f"Frame {number} of {self._path} is damaged in the file and cannot be shown: "
                "mark it as not codable, or copy the recording again."
            )
        return found
