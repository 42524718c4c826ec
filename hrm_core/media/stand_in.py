"""Pictures that stand in for frames until these are decoded: proxies and extracted frames."""

from __future__ import annotations

import threading
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, cast

import av
import av.error
import numpy as np
from av.codec.context import Flags
from av.packet import Packet
from numpy.typing import NDArray

from hrm_core.errors import UserError
from hrm_core.media.frame_files import is_whole
from hrm_core.media.frame_folder import frame_name, read_manifest
from hrm_core.media.proxy_table import ProxyTable, read_table
from hrm_core.media.stills import read_still

__all__ = ["StandIn", "open_stand_ins"]

# One frame is cut into so many slices when a proxy is made.
_THREADS = 4


class StandIn(ABC):
    """Frames of a video from another place, by the same numbers."""

    @abstractmethod
    def picture(self, number: int) -> NDArray[np.uint8] | None:
        """Frame `number`, RGB uint8 of the video's size; None if it is not there or not sound."""

    @abstractmethod
    def close(self) -> None:
        """Release the file; closing twice is fine."""


def open_stand_ins(
    places: Iterable[Path], source: str, frame_count: int, size: tuple[int, int]
) -> list[StandIn]:
    """Open what can stand in for a video.

    Parameters
    ----------
    places : iterable of pathlib.Path
        Proxies and folders of extracted frames, the best first.
    source : str
        Fingerprint of the video.
    frame_count : int
        Its frames.
    size : tuple of int and int
        Width and height of its pictures as shown, in pixels.

    Returns
    -------
    list of StandIn
        What is not there, is damaged or belongs to another video is left out:
        without it every picture comes from the video itself.
    """
    found: list[StandIn] = []
    for place in places:
        stand_in = (
            _extracted(place, source, frame_count, size)
            if place.is_dir()
            else _proxy(place, source, frame_count, size)
        )
        if stand_in is not None:
            found.append(stand_in)
    return found


def _extracted(folder: Path, source: str, frame_count: int, size: tuple[int, int]) -> StandIn | None:
    try:
        note = read_manifest(folder)
    except UserError:
        return None
    if note is None or note.source != source or note.frame_count != frame_count:
        return None
    return _ExtractedFrames(folder, size)


def _proxy(file: Path, source: str, frame_count: int, size: tuple[int, int]) -> StandIn | None:
    table = read_table(file)
    if table is None or (table.source, len(table), table.size) != (source, frame_count, size):
        return None
    try:
        if file.stat().st_size != table.file_bytes:
            return None
        stream = file.open("rb", buffering=0)
    except OSError:
        return None
    return _ProxyFrames(stream, table)


class _ExtractedFrames(StandIn):
    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        # Loaded here, lest the first jump waits for it.
        import cv2  # noqa: F401

        self._folder = folder
        self._shape = (size[1], size[0], 3)

    def picture(self, number: int) -> NDArray[np.uint8] | None:
        file = self._folder / frame_name(number)
        if not is_whole(file):
            return None
        try:
            rgb = read_still(file)
        except UserError:
            return None
        # Frames that were made smaller or cut show too little to be taken for the frame.
        return rgb if rgb.shape == self._shape else None

    def close(self) -> None:
        pass


class _ProxyFrames(StandIn):
    """Reads the bytes of one frame and decodes nothing else.

    Every frame is a key frame, so that no container is searched, no index is
    made, and the decoder keeps a picture or two.
    """

    def __init__(self, stream: BinaryIO, table: ProxyTable) -> None:
        self._stream: BinaryIO | None = stream
        self._table = table
        self._lock = threading.Lock()
        self._decoder = av.CodecContext.create("h264", "r")
        self._decoder.extradata = table.header
        # The slices of one frame at once; threads by frame would give it out only after the next ones.
        self._decoder.thread_type = "SLICE"
        self._decoder.thread_count = _THREADS
        self._decoder.flags |= Flags.low_delay

    def picture(self, number: int) -> NDArray[np.uint8] | None:
        if self._table.damaged[number]:
            return None
        with self._lock:
            data = self._bytes(number)
            if data is None:
                return None
            packet = Packet(data)
            packet.pts = number
            try:
                frames = self._decoder.decode(packet)
            except av.error.FFmpegError:
                self._decoder.flush_buffers()
                return None
            if len(frames) != 1 or frames[0].pts != number or frames[0].is_corrupt:
                self._decoder.flush_buffers()
                return None
            rgb = cast(NDArray[np.uint8], frames[0].to_ndarray(format="rgb24"))
        width, height = self._table.size
        # Sizes of a proxy are even; the video's need not be.
        return np.ascontiguousarray(rgb[:height, :width])

    def close(self) -> None:
        with self._lock:
            if self._stream is not None:
                self._stream.close()
            self._stream = None

    def _bytes(self, number: int) -> bytes | None:
        """What the proxy holds of a frame, if it is what was written there."""
        if self._stream is None:
            return None
        try:
            self._stream.seek(int(self._table.position[number]))
            data = self._stream.read(int(self._table.length[number]))
        except OSError:
            return None
        return data if zlib.crc32(data) == self._table.check[number] else None
