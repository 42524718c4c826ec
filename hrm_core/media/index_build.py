"""Which packet shows as which frame: made without decoding, checked by decoding a little.

Frame `n` is the `n`-th picture that a decoder gives out when it reads the file
from its start.  For sound files this is the `n`-th smallest presentation time
stamp of the packets, which costs a fraction of a second to collect.  Files
that break the rule (fields stored as separate packets, hidden reference
frames, B-frames in AVI, recordings cut inside a group of pictures) are noticed
on the first pictures and indexed by decoding them all once.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.media.container import opened
from hrm_core.media.decoder import Decoder, start_keys
from hrm_core.media.frame_index import FrameIndex, KeyFrames
from hrm_core.media.orientation import orientation_of
from hrm_core.media.packets import Packets, decoded_from_start, scan_packets
from hrm_core.progress import CancelToken, Progress

__all__ = ["build_index"]

_HEAD_FRAMES = 24
# These say themselves where a packet ends; others are cut off without a sign.
_SIZED_PACKETS = frozenset({"mov", "matroska", "webm"})


def build_index(path: Path, progress: Progress, cancel: CancelToken) -> FrameIndex:
    """Index a video file.

    Parameters
    ----------
    path : pathlib.Path
        A video file.
    progress : Progress
        Told in packets (and in frames where the whole file must be decoded).
    cancel : CancelToken
        Asked while reading.

    Returns
    -------
    FrameIndex
        Numbers agree with what a decoder gives out from the start of the file.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is not a video, nothing in it decodes, or its time stamps are of no use.
    Cancelled
        On request.
    """
    packets = scan_packets(path, progress, cancel)
    head = list(islice(decoded_from_start(path), _HEAD_FRAMES + _leading(packets)))
    if not head:
        raise InvalidFileError(f"No frame of {path} can be decoded: the recording is damaged; copy it again.")
    _check_clock(packets, path)
    stamps = _predicted(packets, [frame.pts for frame in head])
    if stamps is None:
        stamps = _decoded_stamps(path, progress, cancel, len(packets))
    orders = _orders(packets, stamps, path)
    ticks = np.sort(stamps)
    keys = _key_frames(packets, stamps, ticks)
    with opened(path) as (container, stream):
        codec, time_base = stream.codec_context.name, stream.time_base
        sized = not _SIZED_PACKETS.isdisjoint(container.format.name.split(","))
    if time_base is None:
        raise InvalidFileError(_no_stamps(path))
    index = FrameIndex(
        codec=codec,
        width=head[0].width,
        height=head[0].height,
        orientation=orientation_of(head[0]),
        time_base=Fraction(time_base),
        ticks=ticks,
        stamps=stamps,
        key_of=_start_keys(orders, np.flatnonzero(packets.key), keys.first),
        damaged=_damaged(packets)[orders],
        keys=keys,
        end_tick=int(ticks[-1]) + _last_duration(packets, orders, ticks),
    )
    return index if sized else _without_torn_tail(index, path)


def _leading(packets: Packets) -> int:
    """Shown packets that are presented before the first key frame."""
    first_keys = np.flatnonzero(packets.key & packets.shown)
    if len(first_keys) == 0:
        return 0
    return int(np.sum(packets.shown & (packets.pts < packets.pts[first_keys[0]])))


def _check_clock(packets: Packets, path: Path) -> None:
    """Refuse a file whose clock jumps back: one time would name two frames."""
    key_pts = packets.pts[packets.key & packets.shown]
    if np.any(np.diff(key_pts) <= 0) and np.all(key_pts != Packets.NONE):
        raise InvalidFileError(
            f"The clock of {path} jumps back, as in recordings that were joined: "
            "convert it to MP4 and open that file."
        )


def _predicted(packets: Packets, head: list[int | None]) -> NDArray[np.int64] | None:
    """Stamps of all frames from the packets alone, or None if the first pictures disagree."""
    stamps = np.sort(packets.pts[packets.shown & ~_torn_tail(packets)])
    if len(stamps) == 0 or stamps[0] == Packets.NONE or np.any(np.diff(stamps) <= 0):
        return None
    leading = _leading(packets)
    # A recording cut inside a group of pictures starts with frames whose
    # references are gone; decoders drop some of them.
    dropped = [place for place in range(leading) if stamps[place] not in head]
    stamps = np.delete(stamps, dropped)
    # Torn packets are not decoded but keep their number, so the head lacks them.
    fed = stamps[~np.isin(stamps, packets.pts[packets.torn])]
    wanted = fed[: _HEAD_FRAMES + leading].tolist()
    return stamps if wanted[: len(head)] == head and len(wanted) <= len(head) + leading else None


def _torn_tail(packets: Packets) -> NDArray[np.bool_]:
    """Torn packets that nothing sound follows: the file was cut off there."""
    sound = np.flatnonzero(~packets.torn)
    tail = np.arange(len(packets)) > (sound[-1] if len(sound) else -1)
    return tail


def _damaged(packets: Packets) -> NDArray[np.bool_]:
    """Packets that are torn or may be built on a torn one, shape (n_packets,)."""
    places = np.arange(len(packets))
    last_torn = np.maximum.accumulate(np.where(packets.torn, places, -1))
    last_key = np.maximum.accumulate(np.where(packets.key, places, -1))
    damaged: NDArray[np.bool_] = (last_torn >= 0) & (last_torn >= last_key)
    return damaged


def _without_torn_tail(index: FrameIndex, path: Path) -> FrameIndex:
    """The index without the frames at the end that were cut off in the middle."""
    key = int(index.key_of[-1])
    whole = np.arange(len(index)) < (index.keys.first[key] if key >= 0 else 0)
    # Only a decoder that works on one frame at a time reliably owns up to damage.
    decoder = Decoder(path, index, in_parallel=False)
    try:
        for start in start_keys(key):
            decoder.start_at(start)
            while (step := decoder.next()) is not None:
                whole[step[0]] |= step[1] is not None
            if whole.all():
                return index
    finally:
        decoder.close()
    return index.without(~whole) if whole.any() else index


def _decoded_stamps(path: Path, progress: Progress, cancel: CancelToken, n_packets: int) -> NDArray[np.int64]:
    """Stamps of all frames by decoding the file once."""
    progress.start("Decoding to number the frames", n_packets)
    stamps: list[int] = []
    try:
        for frame in decoded_from_start(path):
            cancel.raise_if_cancelled()
            if frame.pts is None:
                raise InvalidFileError(_no_stamps(path))
            stamps.append(frame.pts)
            progress.advance()
    finally:
        progress.finish()
    return np.array(stamps, dtype=np.int64)


def _orders(packets: Packets, stamps: NDArray[np.int64], path: Path) -> NDArray[np.int64]:
    """Place in decoding order of the packet behind each frame, shape (n_frames,)."""
    order_of = {int(packets.pts[place]): place for place in np.flatnonzero(packets.shown)}
    orders = [order_of.get(stamp, -1) for stamp in stamps.tolist()]
    if -1 in orders or len(set(orders)) != len(orders):
        raise InvalidFileError(_no_stamps(path))
    return np.array(orders, dtype=np.int64)


def _key_frames(packets: Packets, stamps: NDArray[np.int64], ticks: NDArray[np.int64]) -> KeyFrames:
    number_of = {stamp: number for number, stamp in enumerate(stamps.tolist())}
    # A key frame that an edit list hides has no number of its own.
    first = [
        number_of.get(pts, int(np.searchsorted(ticks, pts))) for pts in packets.pts[packets.key].tolist()
    ]
    return KeyFrames(
        pts=packets.pts[packets.key],
        dts=packets.dts[packets.key],
        position=packets.position[packets.key],
        first=np.array(first, dtype=np.int64),
    )


def _start_keys(
    orders: NDArray[np.int64], key_orders: NDArray[np.int64], first: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Last key frame decoded no later than each frame and shown no later either."""
    chosen: NDArray[np.int64] = np.searchsorted(key_orders, orders, side="right") - 1
    numbers = np.arange(len(orders))
    while True:
        late = (chosen >= 0) & (first[chosen] > numbers)
        if not late.any():
            return chosen
        chosen[late] -= 1


def _last_duration(packets: Packets, orders: NDArray[np.int64], ticks: NDArray[np.int64]) -> int:
    """Ticks the last frame is shown: as the file says, or like the mean frame."""
    stated = int(packets.duration[orders[-1]])
    if stated > 0 or len(ticks) < 2:
        return stated
    return round((int(ticks[-1]) - int(ticks[0])) / (len(ticks) - 1))


def _no_stamps(path: Path) -> str:
    return (
        f"{path} has no usable time stamps, so its frames cannot be numbered: "
        "convert it to MP4 and open that file."
    )
