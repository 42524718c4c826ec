"""Copies of a finished clip of which no two have the same bytes, as MP4 or WebM."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import av
import av.error
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from hrm_core.errors import InvalidFileError, UserError
from hrm_core.media.clip_writer import ClipError
from hrm_core.paths import write_whole
from hrm_core.progress import CancelToken

__all__ = ["copy_clip"]

# As good as the MP4 it comes from to the eye, in a time that a session of an hour can be given out in.
_VP9 = {
    "crf": "20",
    "b": "0",
    "deadline": "good",
    "cpu-used": "5",
    "row-mt": "1",
    "g": "30",
    "auto-alt-ref": "0",
}
_SMALLEST_FILLING = 256


def copy_clip(source: Path, target: Path, cancel: CancelToken) -> None:
    """Copy a clip, so that neither bytes nor size tell which other file shows the same.

    Parameters
    ----------
    source : pathlib.Path
        MP4 (H.264, AAC if it has sound).
    target : pathlib.Path
        ``.mp4``, the same pictures bit by bit, or ``.webm``, encoded anew as VP9 and Opus. A file
        that is there is replaced.
    cancel : CancelToken
        Asked between frames.

    Raises
    ------
    InvalidFileError
        If the clip cannot be read.
    ClipError
        If the disk refuses; nothing is left behind.
    UserError
        If WebM cannot be written here.
    Cancelled
        On request.
    """
    cancel.raise_if_cancelled()
    try:
        if target.suffix == ".webm":
            data = _webm(source, cancel)
            write_whole(target, data + _webm_filling(len(data)))
        else:
            data = source.read_bytes()
            write_whole(target, data + _mp4_filling(len(data)))
    except OSError as error:
        if isinstance(error, UserError):
            raise
        raise ClipError(
            f"The clip {target} could not be written ({error.strerror or error}): check that the disk has "
            "room and that you may write there."
        ) from error


def _filling(size: int) -> bytes:
    # Up to an eighth of the file: sizes a few bytes apart would still tell which two belong together.
    return secrets.token_bytes(_SMALLEST_FILLING + secrets.randbelow(max(1024, size // 8)))


def _mp4_filling(size: int) -> bytes:
    """A box that every player passes over (ISO/IEC 14496-12, 8.1.2)."""
    filling = _filling(size)
    return struct.pack(">I4s", 8 + len(filling), b"free") + filling


def _webm_filling(size: int) -> bytes:
    """A Void element, which every player passes over (RFC 8794, 11.3.2); its size in eight bytes."""
    filling = _filling(size)
    return b"\xec" + (1 << 56 | len(filling)).to_bytes(8, "big") + filling


def _webm(source: Path, cancel: CancelToken) -> bytes:
    import io

    if "libvpx-vp9" not in av.codecs_available:
        raise UserError("This FFmpeg cannot write WebM (VP9): give the folder out as MP4.")
    written = io.BytesIO()
    try:
        with av.open(str(source)) as old, av.open(written, "w", format="webm") as new:
            _encode(old, new, cancel)
    except av.error.FFmpegError as error:
        raise InvalidFileError(
            f"The clip {source} cannot be read ({error.strerror or error}): plan the session anew."
        ) from error
    return written.getvalue()


def _encode(old: Any, new: Any, cancel: CancelToken) -> None:
    video, sound = old.streams.video[0], next(iter(old.streams.audio), None)
    picture = cast(VideoStream, new.add_stream("libvpx-vp9", rate=video.average_rate))
    picture.width, picture.height, picture.pix_fmt = video.width, video.height, "yuv420p"
    context, said = picture.codec_context, video.codec_context
    context.time_base = video.time_base
    context.colorspace, context.color_range = said.colorspace, said.color_range
    context.color_primaries, context.color_trc = said.color_primaries, said.color_trc
    picture.options = dict(_VP9)
    tone: AudioStream | None = None
    if sound is not None:
        tone = cast(AudioStream, new.add_stream("libopus", rate=48_000, layout=sound.codec_context.layout))
    for packet in _packets(old, video, sound, picture, tone, cancel):
        new.mux(packet)


def _packets(
    old: Any, video: Any, sound: Any, picture: VideoStream, tone: AudioStream | None, cancel: CancelToken
) -> Iterator[Any]:
    streams = [stream for stream in (video, sound) if stream is not None]
    resampler = None
    if tone is not None:
        layout = sound.codec_context.layout
        resampler = av.AudioResampler(format="flt", layout=layout, rate=48_000, frame_size=960)
    for packet in old.demux(streams):
        for frame in packet.decode():
            cancel.raise_if_cancelled()
            if packet.stream is video:
                # What it was in the old file is no wish for the new one.
                frame.pict_type = 0
                yield from picture.encode(frame)
            elif tone is not None and resampler is not None:
                for piece in resampler.resample(frame):
                    yield from tone.encode(piece)
    if tone is not None and resampler is not None:
        for piece in resampler.resample(None):
            yield from tone.encode(piece)
        yield from tone.encode(None)
    yield from picture.encode(None)
