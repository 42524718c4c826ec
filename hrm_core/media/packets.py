"""What the packets of a video say, read without decoding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av.error
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from hrm_core.media.container import opened
from hrm_core.progress import CancelToken, Progress

__all__ = ["Packets", "decode", "decoded_from_start", "demuxed", "scan_packets"]

_ASK_EVERY = 512


@dataclass(frozen=True, slots=True, eq=False)
class Packets:
    """One entry per packet in the order of the file, which is the order of decoding.

    Attributes
    ----------
    pts, dts : ndarray of int64, shape (n_packets,)
        Presentation and decoding time stamps in ticks of the stream;
        ``Packets.NONE`` where the file gives none.
    position : ndarray of int64, shape (n_packets,)
        Byte offset in the file, -1 where unknown.
    duration : ndarray of int64, shape (n_packets,)
        Ticks the picture is shown, 0 where unknown.
    key : ndarray of bool, shape (n_packets,)
        Decoding can start here.
    shown : ndarray of bool, shape (n_packets,)
        Not cut away by an edit list.
    torn : ndarray of bool, shape (n_packets,)
        Bytes are missing: the file ends in the middle, or the transmission failed.
    """

    pts: NDArray[np.int64]
    dts: NDArray[np.int64]
    position: NDArray[np.int64]
    duration: NDArray[np.int64]
    key: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    torn: NDArray[np.bool_]

    NONE = -(2**63)

    def __len__(self) -> int:
        """Packets in the file."""
        return len(self.pts)


def demuxed(container: InputContainer, stream: VideoStream) -> Iterator[Packet[Any]]:
    """All packets until the end, or until the file breaks off.

    Parameters
    ----------
    container : av.container.InputContainer
        Read from where it stands.
    stream : av.video.stream.VideoStream
        Whose packets are wanted.

    Yields
    ------
    av.packet.Packet
        The last one is empty, which makes the decoder give up what it holds.
    """
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            # The file ends in the middle of a packet: what came before is good.
            yield Packet()
            return
        if packet is None:
            return
        yield packet


def scan_packets(path: Path, progress: Progress, cancel: CancelToken) -> Packets:
    """Read all packets of a video without decoding them.

    Parameters
    ----------
    path : pathlib.Path
        A video file.
    progress : Progress
        Told in packets.
    cancel : CancelToken
        Asked every 512 packets.

    Returns
    -------
    Packets
        In decoding order.

    Raises
    ------
    NotFoundError, InvalidFileError
        See :func:`hrm_core.media.container.open_container`.
    Cancelled
        On request.
    """
    numbers: list[tuple[int, int, int, int]] = []
    flags: list[tuple[bool, bool, bool]] = []
    with opened(path) as (container, stream):
        progress.start("Reading time stamps", stream.frames or None)
        try:
            for packet in demuxed(container, stream):
                if packet.size == 0:
                    continue
                numbers.append(_numbers_of(packet))
                flags.append((packet.is_keyframe, not packet.is_discard, packet.is_corrupt))
                if len(numbers) % _ASK_EVERY == 0:
                    cancel.raise_if_cancelled()
                    progress.advance(_ASK_EVERY)
            progress.advance(len(numbers) % _ASK_EVERY)
            cancel.raise_if_cancelled()
        finally:
            progress.finish()
    pts, dts, position, duration = np.array(numbers, dtype=np.int64).reshape(-1, 4).T
    key, shown, torn = np.array(flags, dtype=np.bool_).reshape(-1, 3).T
    return Packets(pts, dts, position, duration, key, shown, torn)


def decoded_from_start(path: Path) -> Iterator[VideoFrame]:
    """Every frame that a decoder gives out, in its order, from the start of the file.

    This is the truth that an index must match.  Packets that cannot be decoded are passed over.

    Parameters
    ----------
    path : pathlib.Path
        A video file.

    Yields
    ------
    av.VideoFrame
        In presentation order.

    Raises
    ------
    NotFoundError, InvalidFileError
        See :func:`hrm_core.media.container.open_container`.
    """
    with opened(path) as (container, stream):
        for packet in demuxed(container, stream):
            try:
                frames = decode(stream, packet)
            except av.error.FFmpegError:
                continue
            yield from frames


def decode(stream: VideoStream, packet: Packet[Any]) -> list[VideoFrame]:
    """Give one more packet to the decoder.

    Parameters
    ----------
    stream : av.video.stream.VideoStream
        Whose decoder is meant.
    packet : av.packet.Packet
        The next one; an empty one ends the decoding.  A torn one is not fed,
        because its error would take sound frames along.

    Returns
    -------
    list of av.VideoFrame
        What the decoder gives out now, in presentation order.

    Raises
    ------
    av.error.FFmpegError
        If the packet cannot be decoded.
    """
    if packet.is_corrupt:
        return []
    return stream.codec_context.decode(packet if packet.size else None)


def _numbers_of(packet: Packet[Any]) -> tuple[int, int, int, int]:
    none = Packets.NONE
    return (
        none if packet.pts is None else packet.pts,
        none if packet.dts is None else packet.dts,
        -1 if packet.pos is None else packet.pos,
        packet.duration or 0,
    )
