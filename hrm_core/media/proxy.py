"""A copy of a video for fast jumping: every frame a key frame, the same numbers and times.

The original stays the truth; a proxy only shows its pictures sooner.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.error
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from hrm_core.errors import UserError
from hrm_core.media.container import opened
from hrm_core.media.fingerprint import fingerprint
from hrm_core.media.frame_index import FrameIndex
from hrm_core.media.packets import demuxed
from hrm_core.media.proxy_parts import Part, Parts, ProxyError, remove_parts, scratch_beside
from hrm_core.media.proxy_table import ProxyTable, read_table, table_path, write_table
from hrm_core.media.reader import VideoFile, open_video
from hrm_core.progress import CancelToken, NoProgress, Progress

__all__ = ["ProxyError", "make_proxy", "parts_folder", "proxy_flaw", "remove_proxy"]


def make_proxy(
    video_path: str | Path,
    target: Path,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
    cache_dir: Path | None = None,
) -> None:
    """Make the coding proxy of a video, or go on where an earlier call was cut off.

    It is written in parts of 250 frames, each compared with the original before
    it counts.  However the work ends, what is finished stays for the next call,
    and a proxy is there whole or not at all.

    Parameters
    ----------
    video_path : str or pathlib.Path
        The original.
    target : pathlib.Path
        The proxy, an MP4 file; its table lies beside it as ``<target>.npz``, its
        parts until it is finished in ``<target>.parts``.  A sound proxy of this
        video is left as it is, anything else is replaced.
    progress : Progress, optional
        Told of frames.
    cancel : CancelToken, optional
        Asked between frames.
    cache_dir : pathlib.Path, optional
        As in :func:`hrm_core.media.open_video`.

    Raises
    ------
    ProxyError
        If the disk is full or may not be written.
    UserError
        If `video_path` is a folder of images, which needs no proxy, or H.264
        cannot be written here.
    NotFoundError, InvalidFileError
        If the video cannot be read, or changes meanwhile.
    Cancelled
        On request.
    """
    path = Path(video_path)
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    if path.is_dir():
        raise UserError(f"{path} is a folder of images: jumping in it is fast already, it needs no proxy.")
    if "libx264" not in av.codecs_available:
        raise UserError("This FFmpeg cannot write H.264, so no proxy can be made: install the av package.")
    with open_video(path, cache_dir=cache_dir, progress=progress, cancel=cancel) as video:
        assert isinstance(video, VideoFile)
        source = fingerprint(path)
        with _writing(target):
            if target.exists() and proxy_flaw(target, source, cancel=cancel) is None:
                # Left by a call that was killed when all was done but tidying up.
                remove_parts(parts_folder(target))
                return
            _forget(target)
            parts = Parts(video, source, parts_folder(target))
            progress.start("Making the coding proxy", len(video))
            try:
                parts.make(progress, cancel)
            finally:
                progress.finish()
            _join(parts, video, source, target, cancel)
            remove_parts(parts.folder)


def parts_folder(target: Path) -> Path:
    """Folder of the parts of a proxy that is not finished."""
    return target.with_name(f"{target.name}.parts")


def remove_proxy(target: Path) -> int:
    """Delete a proxy, finished or not; returns how many bytes that frees.

    Raises
    ------
    ProxyError
        If it cannot be deleted.
    """
    parts = parts_folder(target)
    files = [target, table_path(target), *parts.rglob("*")]
    freed = sum(file.stat().st_size for file in files if file.is_file())
    try:
        _forget(target)
        remove_parts(parts)
    except OSError as error:
        raise ProxyError(
            f"The coding proxy {target} cannot be deleted ({error.strerror}): close the windows that show "
            "the video, then try again."
        ) from error
    return freed


def proxy_flaw(target: Path, source: str, *, cancel: CancelToken | None = None) -> str | None:
    """What keeps a proxy from being used; reads it from beginning to end.

    Parameters
    ----------
    target : pathlib.Path
        A file.
    source : str
        Fingerprint of the video it should stand for.
    cancel : CancelToken, optional
        Asked between frames.

    Returns
    -------
    str or None
        Words that complete "the proxy …"; None if it is sound.

    Raises
    ------
    Cancelled
        On request.
    """
    cancel = cancel or CancelToken()
    table = read_table(target)
    if table is None:
        return "has no table of its frames that can be read"
    if table.source != source:
        return "was made from another video"
    try:
        if target.stat().st_size != table.file_bytes:
            return "is cut off"
        with target.open("rb") as stream:
            for number in range(len(table)):
                cancel.raise_if_cancelled()
                stream.seek(int(table.position[number]))
                if zlib.crc32(stream.read(int(table.length[number]))) != table.check[number]:
                    return f"is damaged at frame {number}"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Tell in one sentence what the disk refused."""
    try:
        yield
    except UserError:
        raise
    except (OSError, av.error.FFmpegError) as error:
        raise ProxyError(
            f"The coding proxy {target} cannot be written ({error.strerror or error}): make room on the "
            "disk or allow writing there, then start again; what is finished of it is kept."
        ) from error


def _forget(target: Path) -> None:
    # The file first: a table alone is no proxy.
    target.unlink(missing_ok=True)
    table_path(target).unlink(missing_ok=True)


def _join(parts: Parts, video: VideoFile, source: str, target: Path, cancel: CancelToken) -> None:
    """Put the parts together without encoding again, look at the whole, give it its name."""
    # Among the parts, so that what a killed call leaves goes with them.
    scratch = scratch_beside(parts.folder / target.name)
    try:
        header = _copy_packets(parts, video.index, scratch, cancel)
        sealed = [part.sealed() for part in parts]
        if None in sealed:
            raise _not_sound(target)
        checks = np.concatenate([seal[0] for seal in sealed if seal is not None])
        damaged = np.concatenate([seal[1] for seal in sealed if seal is not None])
        table = _table(scratch, video, source, header, damaged)
        if not np.array_equal(table.check, checks) or not _same_frames(scratch, video.index, cancel):
            raise _not_sound(target)
        if fingerprint(video.path) != source:
            raise UserError(f"{video.path} changed while its proxy was made: start again.")
        # The table first: a proxy that is there has one.
        write_table(table, target)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


def _copy_packets(parts: Parts, index: FrameIndex, file: Path, cancel: CancelToken) -> bytes:
    """Write all parts into one file; returns what a decoder must know beforehand."""
    ticks = index.ticks - index.ticks[0]
    lasts = np.diff(np.append(index.ticks, max(index.end_tick, int(index.ticks[-1]) + 1)))
    header = b""
    number = 0
    with file.open("xb") as raw:
        with av.open(raw, "w", format="mp4") as container:
            stream: VideoStream | None = None
            for part in parts:
                cancel.raise_if_cancelled()
                with opened(part.file) as (old, old_stream):
                    if stream is None:
                        header = bytes(old_stream.codec_context.extradata or b"")
                        stream = container.add_stream_from_template(old_stream)
                        stream.time_base = index.time_base
                    if header != bytes(old_stream.codec_context.extradata or b""):
                        raise _spoilt(part)
                    for packet in demuxed(old, old_stream):
                        if packet.size == 0:
                            continue
                        # Each part holds its frames in order, so the place is the number.
                        packet.stream, packet.time_base = stream, index.time_base
                        packet.pts = packet.dts = int(ticks[number])
                        packet.duration = int(lasts[number])
                        container.mux(packet)
                        number += 1
        raw.flush()
        os.fsync(raw.fileno())
    return header


def _table(
    file: Path, video: VideoFile, source: str, header: bytes, damaged: NDArray[np.bool_]
) -> ProxyTable:
    with opened(file) as (container, stream):
        packets = [
            (packet.pos or 0, packet.size, zlib.crc32(packet))
            for packet in demuxed(container, stream)
            if packet.size
        ]
    position, length, check = np.array(packets, dtype=np.int64).reshape(-1, 3).T
    return ProxyTable(
        source=source,
        size=video.size,
        file_bytes=file.stat().st_size,
        header=header,
        position=position,
        length=length,
        check=check.astype(np.uint32),
        damaged=damaged,
    )


def _same_frames(file: Path, index: FrameIndex, cancel: CancelToken) -> bool:
    """Whether the file, opened like any video, has the same frames at the same times, all key frames."""
    with open_video(file, cache_bytes=0, cancel=cancel) as copy:
        assert isinstance(copy, VideoFile)
        ours, theirs = copy.index, index
        if len(ours) != len(theirs) or len(ours.keys.first) != len(ours):
            return False
        one = [int(tick) * ours.time_base for tick in ours.ticks - ours.ticks[0]]
        other = [int(tick) * theirs.time_base for tick in theirs.ticks - theirs.ticks[0]]
        return one == other


def _spoilt(part: Part) -> ProxyError:
    part.file.unlink(missing_ok=True)
    return ProxyError(f"{part.file} was made by another version of the program: start again.")


def _not_sound(target: Path) -> ProxyError:
    return ProxyError(
        f"The coding proxy {target} is not read as it was written, so it is not used: check the disk "
        "and start again."
    )
