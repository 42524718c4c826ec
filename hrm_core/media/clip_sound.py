"""Give a video that was cut from a recording the sound of the same time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from hrm_core.errors import UserError
from hrm_core.media.clip_writer import ClipError
from hrm_core.media.reader import VideoFile, open_video
from hrm_core.media.video import Video
from hrm_core.paths import whole_file
from hrm_core.progress import CancelToken

__all__ = ["add_sound", "has_sound"]

_RATE = 48_000
_BIT_RATE = 128_000
_AT_ONCE = 1024
# Decoders of sound need what comes before; where a seek lands earlier, the rest is cut off.
_RUN_UP_S = 1.0


def has_sound(path: Path) -> bool:
    """Whether a recording has a sound track; a folder of images has none.

    Parameters
    ----------
    path : pathlib.Path
        A video file or a folder.

    Returns
    -------
    bool
        False also for a file that cannot be read.
    """
    if path.is_dir():
        return False
    try:
        with av.open(str(path)) as container:
            return bool(container.streams.audio)
    except (OSError, av.error.FFmpegError):
        return False


def add_sound(video: Video, frames: range, clip: Path, cancel: CancelToken) -> bool:
    """Write a clip again with the sound of its time: AAC, from the first frame to the end of the last.

    The pictures and their times stay as they are, packet by packet.  Where the sound track has a gap, the
    clip is silent.

    Parameters
    ----------
    video : Video
        The recording, open.
    frames : range
        Which of its frames the clip shows.
    clip : pathlib.Path
        What :func:`~hrm_core.media.clip_writer.write_clip` made of them; replaced, whole or not at all.
    cancel : CancelToken
        Asked between pieces of sound.

    Returns
    -------
    bool
        Whether the recording has a sound track; if not, the clip is left as it is.

    Raises
    ------
    ClipError
        If the sound cannot be read, the disk refuses, or the file is not read as it was written.
    Cancelled
        On request.
    """
    if not isinstance(video, VideoFile) or not has_sound(video.path):
        return False
    index = video.index
    end = max(index.end_tick, int(index.ticks[-1]) + 1)
    begin_s, end_s = (
        Fraction(int(tick)) * index.time_base
        for tick in (
            index.ticks[frames.start],
            index.ticks[frames.stop] if frames.stop < len(index) else end,
        )
    )
    try:
        heard = _samples(video.path, begin_s, end_s, cancel)
        with whole_file(clip) as scratch:
            _join(clip, heard, scratch, cancel)
            if _times(scratch) != _times(clip):
                raise ClipError(
                    f"The video {clip} is not read as it was written, so it is not kept: check the disk and "
                    "start again."
                )
    except UserError:
        # One of them is also an OSError.
        raise
    except (OSError, av.error.FFmpegError) as error:
        raise ClipError(
            f"The sound of {video.path.name!r} cannot be put into {clip} ({error.strerror or error}): check "
            "that the recording plays with sound and that the disk has room."
        ) from error
    return True


def _samples(path: Path, begin_s: Fraction, end_s: Fraction, cancel: CancelToken) -> NDArray[np.float32]:
    """The sound between two times of the file, shape (channels, samples)."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        channels = min(2, stream.codec_context.channels)
        heard = np.zeros((channels, round((end_s - begin_s) * _RATE)), np.float32)
        resampler = AudioResampler("fltp", "mono" if channels == 1 else "stereo", _RATE)
        start = max(0, int((begin_s - Fraction(_RUN_UP_S)) / (stream.time_base or Fraction(1))))
        container.seek(start, stream=stream, backward=True, any_frame=False)
        for frame in container.decode(stream):
            cancel.raise_if_cancelled()
            if frame.pts is None:
                continue
            for piece in resampler.resample(frame):
                _lay(heard, piece, begin_s)
            if frame.time is not None and frame.time > end_s + 1:
                break
        for piece in resampler.resample(None):
            _lay(heard, piece, begin_s)
    return heard


def _lay(heard: NDArray[np.float32], piece: AudioFrame, begin_s: Fraction) -> None:
    """Put a piece of sound where its time says."""
    assert piece.pts is not None
    samples = cast("NDArray[np.float32]", piece.to_ndarray())
    begins_s = piece.pts * Fraction(piece.time_base or Fraction(1, _RATE))
    at = round((begins_s - begin_s) * _RATE)
    low, high = max(0, at), min(heard.shape[1], at + samples.shape[1])
    if low < high:
        heard[:, low:high] = samples[:, low - at : high - at]


def _join(clip: Path, heard: NDArray[np.float32], file: Path, cancel: CancelToken) -> None:
    with av.open(str(clip)) as source, file.open("xb") as raw:
        pictures = source.streams.video[0]
        with av.open(raw, "w", format="mp4") as container:
            shown: Any = container.add_stream_from_template(pictures)
            shown.time_base = pictures.time_base
            layout = "mono" if len(heard) == 1 else "stereo"
            sound: Any = container.add_stream("aac", rate=_RATE, layout=layout)
            sound.bit_rate = _BIT_RATE
            waiting = [packet for packet in source.demux(pictures) if packet.dts is not None]
            for packet in waiting:
                packet.stream = shown
            for frame in (*_frames(heard), None):
                cancel.raise_if_cancelled()
                waiting += sound.encode(frame)
            container.start_encoding()
            for packet in sorted(waiting, key=_decoded_at):
                container.mux(packet)
        raw.flush()
        os.fsync(raw.fileno())


def _decoded_at(packet: Any) -> Fraction:
    return Fraction(packet.dts) * Fraction(packet.time_base)


def _frames(heard: NDArray[np.float32]) -> Iterator[AudioFrame]:
    for at in range(0, heard.shape[1], _AT_ONCE):
        piece = np.ascontiguousarray(heard[:, at : at + _AT_ONCE])
        frame = AudioFrame.from_ndarray(piece, format="fltp", layout="mono" if len(heard) == 1 else "stereo")
        frame.sample_rate, frame.pts, frame.time_base = _RATE, at, Fraction(1, _RATE)
        yield frame


def _times(file: Path) -> list[Fraction]:
    with open_video(file, cache_bytes=0) as video:
        assert isinstance(video, VideoFile)
        ticks = video.index.ticks - video.index.ticks[0]
        return [int(tick) * video.index.time_base for tick in ticks]
