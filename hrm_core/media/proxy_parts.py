"""The parts that a coding proxy is made of: written, looked at again, kept until all are there."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError, UserError
from hrm_core.media.container import opened
from hrm_core.media.fingerprint import fingerprint
from hrm_core.media.frame_hash import bits_apart, frame_hash
from hrm_core.media.packets import decoded_from_start, demuxed
from hrm_core.media.reader import VideoFile
from hrm_core.media.video import LUMA_SIZE
from hrm_core.paths import write_whole
from hrm_core.progress import CancelToken, Progress

__all__ = ["PART_FRAMES", "Part", "Parts", "ProxyError", "checks_of", "remove_parts", "scratch_beside"]

PART_FRAMES = 250
"""Frames of one part: what a crash costs at most."""

# Raised whenever parts are made in another way: older ones are made again.
_VERSION = 1
_NOTE = "about.json"
# 1080p, camera-like noise: 170 kB a frame, 13 ms to write, 6 ms to decode in four slices.
# "veryfast" saves 5 % of the bytes and takes 19 ms to write; "ultrafast" takes 8 ms and 240 kB;
# MJPEG takes 310 kB and decodes no faster.
_OPTIONS = {
    "preset": "superfast",
    "tune": "fastdecode",
    "crf": "18",
    "g": "1",
    "x264-params": "keyint=1:scenecut=0:slices=4",
}
# Copies of the clips tried are at most 20 bits away.  Where a picture is plain its hash is chance,
# and the grey picture itself is compared (mean difference in levels of 255).
_MOST_APART = 32
_MOST_LEVELS = 3.0


class ProxyError(UserError, OSError):
    """A coding proxy could not be made; what was finished of it is kept."""


class Part:
    """One part: its frames and its files.

    Parameters
    ----------
    folder : pathlib.Path
        Of all parts of the proxy.
    frames : range
        Which frames it holds.
    """

    def __init__(self, folder: Path, frames: range) -> None:
        self.frames = frames
        self.file = folder / f"{frames.start:06d}.mp4"
        # Made before the file gets its name: a part without it does not exist.
        self._seal = folder / f"{frames.start:06d}.npz"

    def seal(self, check: NDArray[np.uint32], damaged: NDArray[np.bool_]) -> None:
        """Keep the checks of all frames, and which were damaged in the video."""
        import io

        data = io.BytesIO()
        np.savez(data, check=check, damaged=damaged)
        write_whole(self._seal, data.getvalue())

    def sealed(self) -> tuple[NDArray[np.uint32], NDArray[np.bool_]] | None:
        """What was sealed; None if nothing was, or nothing that can be read."""
        import zipfile

        try:
            with self._seal.open("rb") as stream, np.load(stream, allow_pickle=False) as facts:
                check, damaged = facts["check"], facts["damaged"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return (check, damaged) if check.shape == damaged.shape == (len(self.frames),) else None

    def is_sound(self) -> bool:
        """Whether the file holds, byte by byte, what was looked at when it was made."""
        sealed = self.sealed()
        if sealed is None:
            return False
        try:
            return bool(np.array_equal(checks_of(self.file), sealed[0]))
        except UserError:
            return False


class Parts:
    """All parts of the proxy of one video.

    Parameters
    ----------
    video : VideoFile
        The original, open.
    source : str
        Its fingerprint.
    folder : pathlib.Path
        Where parts lie; those of another video or another way of making are removed.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """

    def __init__(self, video: VideoFile, source: str, folder: Path) -> None:
        self._video, self._source, self.folder = video, source, folder
        count = len(video)
        self._parts = [
            Part(folder, range(first, min(first + PART_FRAMES, count)))
            for first in range(0, count, PART_FRAMES)
        ]
        self._take_up()

    def __iter__(self) -> Iterator[Part]:
        """In order."""
        return iter(self._parts)

    def make(self, progress: Progress, cancel: CancelToken) -> None:
        """Make what is missing.

        Raises
        ------
        OSError
            If the disk refuses.
        ProxyError
            If what was written is not what is read.
        InvalidFileError, NotFoundError
            If the video changes or disappears meanwhile.
        Cancelled
            On request; finished parts stay.
        """
        for place, part in enumerate(self._parts):
            cancel.raise_if_cancelled()
            if part.file.exists() and part.is_sound():
                progress.advance(len(part.frames))
            else:
                self._make(part, self._parts[place - 1] if place else None, progress, cancel)

    def _make(self, part: Part, before: Part | None, progress: Progress, cancel: CancelToken) -> None:
        scratch = scratch_beside(part.file)
        try:
            lumas, damaged = self._encode(part, before, scratch, progress, cancel)
            if damaged.any() and fingerprint(self._video.path) != self._source:
                raise InvalidFileError(f"{self._video.path} changed while its proxy was made: start again.")
            self._require_true(scratch, part, lumas)
            part.seal(checks_of(scratch), damaged)
            scratch.replace(part.file)
        finally:
            scratch.unlink(missing_ok=True)

    def _encode(
        self, part: Part, before: Part | None, file: Path, progress: Progress, cancel: CancelToken
    ) -> tuple[list[NDArray[np.uint8]], NDArray[np.bool_]]:
        """Write a part; returns how its frames look, and which are damaged in the video."""
        index = self._video.index
        lumas: list[NDArray[np.uint8]] = []
        damaged = np.zeros(len(part.frames), dtype=np.bool_)
        rgb: NDArray[np.uint8] | None = None
        with file.open("xb") as raw:
            with av.open(raw, "w", format="mp4") as container:
                stream = self._stream(container)
                for place, number in enumerate(part.frames):
                    cancel.raise_if_cancelled()
                    try:
                        rgb = _even(self._video[number])
                    except InvalidFileError:
                        damaged[place] = True
                        rgb = self._last_of(before) if rgb is None else rgb
                    frame = VideoFrame.from_ndarray(rgb, format="rgb24")
                    frame.pts = int(index.ticks[number] - index.ticks[part.frames.start])
                    frame.time_base = index.time_base
                    lumas.append(_luma(frame))
                    container.mux(stream.encode(frame))
                    progress.advance()
                container.mux(stream.encode(None))
            raw.flush()
            os.fsync(raw.fileno())
        return lumas, damaged

    def _stream(self, container: Any) -> VideoStream:
        rate = Fraction(self._video.fps or 25).limit_denominator(1000)
        stream = cast(VideoStream, container.add_stream("libx264", rate=rate))
        width, height = self._video.size
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = self._video.index.time_base
        stream.options = dict(_OPTIONS)
        return stream

    def _last_of(self, part: Part | None) -> NDArray[np.uint8]:
        """The last picture of a part, to be repeated; black where there is none."""
        width, height = self._video.size
        rgb = np.zeros((height + height % 2, width + width % 2, 3), dtype=np.uint8)
        if part is not None:
            for frame in decoded_from_start(part.file):
                rgb = cast(NDArray[np.uint8], frame.to_ndarray(format="rgb24"))
        return rgb

    def _require_true(self, file: Path, part: Part, lumas: list[NDArray[np.uint8]]) -> None:
        """Decode what was written and compare number, time and look of every frame."""
        index = self._video.index
        ticks = index.ticks[part.frames.start : part.frames.stop] - index.ticks[part.frames.start]
        with opened(file) as (_, stream):
            # Frames that a decoder gives out at the end do not say what their stamps count.
            time_base = stream.time_base or 0
        place = 0
        for frame in decoded_from_start(file):
            if place >= len(lumas) or frame.pts is None:
                break
            on_time = frame.pts * time_base == int(ticks[place]) * index.time_base
            if not on_time or not frame.key_frame or not _alike(_luma(frame), lumas[place]):
                break
            place += 1
        else:
            if place == len(lumas):
                return
        raise ProxyError(
            f"Frame {part.frames.start + place} of the coding proxy in {self.folder.parent} does not show "
            "what the video shows: nothing of it is used; check the disk and start again."
        )

    def _take_up(self) -> None:
        """Keep the parts that an earlier call left, if they can be gone on with."""
        facts: dict[str, Any] = {
            "version": _VERSION,
            "source": self._source,
            "frames": len(self._video),
            "size": list(self._video.size),
            "part_frames": PART_FRAMES,
            "encoder": [_OPTIONS, list(av.library_versions["libavcodec"])],
        }
        note = self.folder / _NOTE
        try:
            known = json.loads(note.read_bytes())
        except (OSError, ValueError):
            known = None
        if known != facts:
            remove_parts(self.folder)
            write_whole(note, json.dumps(facts, indent=1).encode())
        for left in self.folder.glob(".*.part"):
            left.unlink(missing_ok=True)


def remove_parts(folder: Path) -> None:
    """Delete a folder of parts and all that is in it.

    Raises
    ------
    OSError
        If it cannot be deleted.
    """
    import shutil

    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


def scratch_beside(file: Path) -> Path:
    """A name that nobody uses, for a file that is not finished."""
    return file.with_name(f".{file.stem[:32]}-{uuid.uuid4().hex}.part")


def checks_of(file: Path) -> NDArray[np.uint32]:
    """CRC-32 of the bytes of every frame of a part or proxy, in the order of the file.

    Raises
    ------
    NotFoundError, InvalidFileError
        If it cannot be opened.
    """
    with opened(file) as (container, stream):
        checks = [zlib.crc32(packet) for packet in demuxed(container, stream) if packet.size]
    return np.array(checks, dtype=np.uint32)


def _even(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture with its last row or column repeated where their number is odd."""
    height, width = rgb.shape[:2]
    if height % 2 == width % 2 == 0:
        return rgb
    return np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _luma(frame: VideoFrame) -> NDArray[np.uint8]:
    small = frame.reformat(width=LUMA_SIZE, height=LUMA_SIZE, format="gray", interpolation=Interpolation.AREA)
    return cast(NDArray[np.uint8], small.to_ndarray())


def _alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    if int(bits_apart(frame_hash(one), frame_hash(other))) <= _MOST_APART:
        return True
    return float(np.abs(one.astype(np.float32) - other.astype(np.float32)).mean()) <= _MOST_LEVELS
