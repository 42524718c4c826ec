"""Write frames that were changed as a video: the same numbers and times, no sound, nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream
from numpy.typing import NDArray

from hrm_core.errors import UserError
from hrm_core.media.reader import VideoFile, open_video
from hrm_core.media.video import Video
from hrm_core.paths import whole_file
from hrm_core.progress import CancelToken

__all__ = ["ClipError", "withheld_picture", "write_clip"]

# No B-frames: every player shows the first frame first and counts as many as there are.
_OPTIONS = {"preset": "veryfast", "crf": "18", "g": "30", "bf": "0"}
_GREY = 110
_WORDS = 235
# Folders of images have no clock of their own; that of MPEG divides every usual rate.
_TICKS_PER_S = 90_000


class ClipError(UserError, OSError):
    """A video could not be written; nothing of it is left behind."""


def write_clip(
    video: Video,
    frames: range,
    path: Path,
    picture: Callable[[int], NDArray[np.uint8] | None],
    *,
    advance: Callable[[], None],
    cancel: CancelToken,
) -> None:
    """Write a run of frames as MP4 (H.264), whole or not at all.

    The first frame of the run is at 0 s, the others follow as in the video. Where width or
    height is odd, which H.264 cannot have, the last column or row is repeated.

    Parameters
    ----------
    video : Video
        Open; it says when frames are shown.
    frames : range
        Which frames, one after the other.
    path : pathlib.Path
        The new file; its folder is made if missing, a file that is there is replaced.
    picture : callable
        Gives the picture of a frame (uint8 RGB of the video's size), asked once for each in
        order; None puts :func:`withheld_picture` in its place.
    advance : callable
        Called for every frame that is done.
    cancel : CancelToken
        Asked between frames.

    Raises
    ------
    ClipError
        If the disk refuses, or the file is not read as it was written.
    UserError
        If H.264 cannot be written here.
    Cancelled
        On request.
    """
    if "libx264" not in av.codecs_available:
        raise UserError("This FFmpeg cannot write H.264, so no video can be made: install the av package.")
    times = _Times(video, frames)
    try:
        with whole_file(path) as scratch:
            _encode(video, times, scratch, picture, advance, cancel)
            if not times.are_those_of(scratch, cancel):
                raise ClipError(
                    f"The video {path} is not read as it was written, so it is not kept: check the disk and "
                    "start again."
                )
    except UserError:
        raise
    except (OSError, av.error.FFmpegError) as error:
        raise ClipError(
            f"The video {path} could not be written ({error.strerror or error}): check that the disk has "
            "room and that you may write there."
        ) from error


class _Times:
    """When the frames of a run are shown, in ticks from the first one."""

    def __init__(self, video: Video, frames: range) -> None:
        self.frames = frames
        if isinstance(video, VideoFile):
            self.base = video.index.time_base
            end = max(video.index.end_tick, int(video.index.ticks[-1]) + 1)
            ticks = np.append(video.index.ticks, end)
        else:
            self.base = Fraction(1, _TICKS_PER_S)
            last = 1 / video.fps if video.fps > 0 else 1.0
            ticks = np.round(np.append(video.times, video.times[-1] + last) * _TICKS_PER_S).astype(np.int64)
        run = ticks[frames.start : frames.stop + 1]
        self.ticks, self.lasts = run[:-1] - run[0], np.diff(run)

    def are_those_of(self, file: Path, cancel: CancelToken) -> bool:
        with open_video(file, cache_bytes=0, cancel=cancel) as copy:
            assert isinstance(copy, VideoFile)
            index = copy.index
            return [int(tick) * index.time_base for tick in index.ticks - index.ticks[0]] == [
                int(tick) * self.base for tick in self.ticks
            ]


def _encode(
    video: Video,
    times: _Times,
    file: Path,
    picture: Callable[[int], NDArray[np.uint8] | None],
    advance: Callable[[], None],
    cancel: CancelToken,
) -> None:
    lasts = dict(zip(times.ticks.tolist(), times.lasts.tolist(), strict=True))

    def mux(packets: list[Any]) -> None:
        for packet in packets:
            packet.duration = lasts.get(packet.pts, packet.duration)
            container.mux(packet)

    with file.open("xb") as raw:
        with av.open(raw, "w", format="mp4") as container:
            stream = _stream(container, video, times.base)
            for number, tick in zip(times.frames, times.ticks, strict=True):
                cancel.raise_if_cancelled()
                rgb = picture(number)
                frame = _frame(withheld_picture(video.size, number) if rgb is None else rgb)
                frame.pts, frame.time_base = int(tick), times.base
                mux(stream.encode(frame))
                advance()
            mux(stream.encode(None))
        raw.flush()
        os.fsync(raw.fileno())


def _stream(container: Any, video: Video, time_base: Fraction) -> VideoStream:
    rate = Fraction(video.fps or 25).limit_denominator(1000)
    stream = cast(VideoStream, container.add_stream("libx264", rate=rate))
    width, height = video.size
    stream.width, stream.height = width + width % 2, height + height % 2
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = time_base
    # Said in the file, because players guess by size, and guess skin wrongly.
    context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    stream.options = dict(_OPTIONS)
    return stream


def _frame(rgb: NDArray[np.uint8]) -> VideoFrame:
    height, width = rgb.shape[:2]
    even = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    frame = VideoFrame.from_ndarray(even, format="rgb24")
    return frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)


def withheld_picture(size: tuple[int, int], frame: int) -> NDArray[np.uint8]:
    """What stands in place of a frame that is not given out: plain grey, and its number.

    Parameters
    ----------
    size : (int, int)
        Width and height in pixels.
    frame : int
        Its number.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        RGB.
    """
    import cv2

    width, height = size
    rgb = np.full((height, width, 3), _GREY, dtype=np.uint8)
    lines = ("withheld", f"frame {frame}")
    font = cv2.FONT_HERSHEY_SIMPLEX
    widest = max(cv2.getTextSize(line, font, 1.0, 2)[0][0] for line in lines)
    scale = min(0.6 * width / widest, height / 120)
    for place, line in enumerate(lines):
        (wide, tall), _ = cv2.getTextSize(line, font, scale, 1)
        at = ((width - wide) // 2, int(height / 2 + (2.2 * place - 0.4) * tall))
        thick = max(1, round(2 * scale))
        cv2.putText(rgb, line, at, font, scale, (_WORDS,) * 3, thick, cv2.LINE_AA)
    return rgb
