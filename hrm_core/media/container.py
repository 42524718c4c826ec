"""Open a video file safely: known formats only, faults told as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from hrm_core.errors import InvalidFileError
from hrm_core.media.file_check import check_is_file

__all__ = ["open_container", "opened", "video_stream"]

# FFmpeg also takes playlists (which open other files and addresses) and plain
# text (drawn as a terminal).  Only containers that hold recordings are let in.
_FORMATS = (
    "3g2,3gp,amv,asf,avi,av1,dv,flv,gif,h264,h265,hevc,ivf,m4a,m4v,matroska,mj2,mjpeg,mov,mp4,"
    "mpeg,mpegts,mpegvideo,mxf,nut,obu,ogg,rm,webm,wtv"
)
_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
# Above four threads a jump waits for frames behind the wanted one.
_MAX_THREADS = 4


def open_container(path: Path) -> InputContainer:
    """Open a video file for reading.

    Parameters
    ----------
    path : pathlib.Path
        A video file.

    Returns
    -------
    av.container.InputContainer
        Owned by the caller, who closes it.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If the file is empty, unreadable, not a video, or cut off.
    """
    check_is_file(path)
    try:
        # With "file:" before it, a name such as "12:30.mp4" is not taken for an address.
        return av.open(f"file:{path}", mode="r", options=dict(_OPTIONS))
    except av.error.FFmpegError as error:
        raise InvalidFileError(
            f"{path} is not a video that can be read: it is another kind of file, or a recording "
            "that was cut off before its index was written; copy it again or convert it to MP4."
        ) from error


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a video file for the length of a block.

    Parameters
    ----------
    path : pathlib.Path
        A video file.

    Yields
    ------
    tuple of av.container.InputContainer and av.video.stream.VideoStream
        The file and its moving pictures; closed afterwards.

    Raises
    ------
    NotFoundError, InvalidFileError
        See :func:`open_container` and :func:`video_stream`.
    """
    container = open_container(path)
    try:
        yield container, video_stream(container, path)
    finally:
        container.close()


def video_stream(container: InputContainer, path: Path, *, in_parallel: bool = True) -> VideoStream:
    """Choose the moving pictures of a file and how they are decoded.

    Parameters
    ----------
    container : av.container.InputContainer
        The opened file.
    path : pathlib.Path
        Named in the error.
    in_parallel : bool
        Decode several frames at once.  Fast, but the decoder may then fail to
        say that a frame is damaged.

    Returns
    -------
    av.video.stream.VideoStream
        The first stream that is not a cover picture.

    Raises
    ------
    InvalidFileError
        If there is none, or nothing here can decode it.
    """
    for stream in container.streams.video:
        if stream.disposition & stream.disposition.attached_pic:
            continue
        # Frames in flight are lost on every jump, so no more threads than pay.
        try:
            stream.thread_type = "AUTO" if in_parallel else "NONE"
            stream.codec_context.thread_count = _MAX_THREADS
        except (AttributeError, RuntimeError):
            break
        return stream
    if len(container.streams.video) > 0 and not container.streams.audio:
        raise InvalidFileError(f"{path} holds no video that can be decoded: convert it to MP4.")
    raise InvalidFileError(f"{path} holds sound but no video: choose the video file.")
