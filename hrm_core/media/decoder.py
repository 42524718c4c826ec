"""Decode forwards from a key frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av.error
from av.packet import Packet
from av.video.frame import VideoFrame

from hrm_core.errors import InvalidFileError
from hrm_core.media.container import open_container, video_stream
from hrm_core.media.frame_index import FrameIndex
from hrm_core.media.packets import Packets, decode, demuxed

__all__ = ["Decoder", "start_keys"]

# Where the container's own seek lands too late, it is asked for earlier times.
_REWINDS_S = (0, 2, 10, 60)
# Where pictures are refreshed gradually a frame is whole only one or two key frames later.
_EARLIER_KEYS = (0, 1, 3)


def start_keys(key: int) -> list[int]:
    """Key frames to try in turn for a frame, nearest first.

    Parameters
    ----------
    key : int
        As in ``FrameIndex.key_of``.

    Returns
    -------
    list of int
        Without repeats; -1 is the start of the file.
    """
    return list(dict.fromkeys(max(key - earlier, -1) for earlier in _EARLIER_KEYS))


class Decoder:
    """An opened file that gives out frames from a chosen key frame on.

    Not thread safe; the video that owns it holds a lock.

    Parameters
    ----------
    path : pathlib.Path
        A video file.
    index : FrameIndex
        Its index.
    in_parallel : bool
        See :func:`hrm_core.media.container.video_stream`.
    """

    def __init__(self, path: Path, index: FrameIndex, *, in_parallel: bool = True) -> None:
        self._path = path
        self._index = index
        self._number_of = {stamp: number for number, stamp in enumerate(index.stamps.tolist())}
        self._in_parallel = in_parallel
        self._open()
        self._frames: Iterator[tuple[int, VideoFrame | None] | None] = iter(())

    def start_at(self, key: int) -> None:
        """Give out frames from key frame `key` on (-1: from the start of the file).

        Parameters
        ----------
        key : int
            Number of the key frame, as in ``FrameIndex.key_of``.

        Raises
        ------
        InvalidFileError
            While decoding, if the key frame is no longer in the file.
        """
        self._frames = self._decoded(key)

    def next(self) -> tuple[int, VideoFrame | None] | None:
        """Number and picture of the next frame.

        Returns
        -------
        tuple of int and av.VideoFrame, or None
            The picture is None where the frame is damaged; None instead of
            the pair at the end of the file.
        """
        for step in self.steps():
            if step is not None:
                return step
        return None

    def steps(self) -> Iterator[tuple[int, VideoFrame | None] | None]:
        """What each packet brings, so that a reader can stop between two of them.

        Yields
        ------
        tuple of int and av.VideoFrame, or None
            As :meth:`next`; None instead of the pair after a packet that brought
            no frame yet.  A new call goes on where the last one was left.
        """
        return self._frames

    def close(self) -> None:
        """Close the file."""
        self._frames = iter(())
        self._container.close()

    def _open(self) -> None:
        self._container = open_container(self._path)
        self._stream = video_stream(self._container, self._path, in_parallel=self._in_parallel)
        self._seeks_by_byte = "mpegts" in self._container.format.name

    def _decoded(self, key: int) -> Iterator[tuple[int, VideoFrame | None] | None]:
        first = int(self._index.keys.first[key]) if key >= 0 else 0
        damaged_until = first
        for packet in self._packets(key):
            try:
                frames = decode(self._stream, packet)
            except av.error.FFmpegError:
                damaged_until = self._next_key_after(packet)
                yield None
                continue
            if not frames:
                yield None
            for frame in frames:
                number = self._number_of.get(frame.pts) if frame.pts is not None else None
                # Frames before the first whole one lack their references, and
                # frames without a number are hidden by an edit list.
                if number is None or number < first:
                    continue
                if frame.is_corrupt:
                    damaged_until = self._next_whole_after(number)
                whole = number >= damaged_until and not self._index.damaged[number]
                yield number, frame if whole else None

    def _next_whole_after(self, number: int) -> int:
        """First frame of the next group: those before it may be built on the damaged `number`."""
        later = self._index.keys.first[self._index.keys.first > number]
        return int(later.min(initial=len(self._index)))

    def _next_key_after(self, packet: Packet[Any]) -> int:
        """First frame that owes nothing to `packet`, which could not be decoded."""
        if packet.dts is None:
            return len(self._index)
        later = self._index.keys.dts > packet.dts
        return int(self._index.keys.first[later].min(initial=len(self._index)))

    def _packets(self, key: int) -> Iterator[Packet[Any]]:
        """Packets from key frame `key` on, found by its stamps and not by where a seek lands."""
        if key >= 0:
            for rewind_s in _REWINDS_S:
                self._seek(key, rewind_s)
                packets = self._from_key(key, give_up=True)
                found = next(packets, None)
                if found is not None:
                    yield found
                    yield from packets
                    return
        self._container.close()
        self._open()
        if key < 0:
            yield from demuxed(self._container, self._stream)
        else:
            yield from self._from_key(key, give_up=False)

    def _from_key(self, key: int, *, give_up: bool) -> Iterator[Packet[Any]]:
        keys = self._index.keys
        pts, dts = int(keys.pts[key]), int(keys.dts[key])
        packets = demuxed(self._container, self._stream)
        for packet in packets:
            stamp = Packets.NONE if packet.dts is None else packet.dts
            if packet.is_keyframe and packet.pts == pts and stamp in (dts, Packets.NONE):
                yield packet
                yield from packets
                return
            if give_up and stamp > dts:
                return
        if not give_up:
            raise InvalidFileError(f"{self._path} changed while it was open: open it again.")

    def _seek(self, key: int, rewind_s: int) -> None:
        keys = self._index.keys
        position = int(keys.position[key])
        try:
            if self._seeks_by_byte and rewind_s == 0 and position >= 0:
                # Transport streams have no index: a seek by time reads half the file.
                self._container.seek(position, unsupported_byte_offset=True, stream=self._stream)
                return
            stamp = int(keys.dts[key])
            target = int(keys.pts[key]) if stamp == Packets.NONE else stamp
            target -= int(rewind_s / self._index.time_base)
            self._container.seek(target, stream=self._stream)
        except av.error.FFmpegError:
            # The search that follows finds nothing and tries the next way.
            return
