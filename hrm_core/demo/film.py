"""Writes a participant's frames as an H.264 video."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from hrm_core.demo.canvas import SIZE_PX
from hrm_core.demo.study import FPS, DemoParticipant, render_frame
from hrm_core.errors import UserError
from hrm_core.progress import CancelToken, Progress

__all__ = ["COMMENT", "write_video"]

COMMENT = "synthetic demo of HRM Annotator"
"""What the container says about itself."""

_KEY_FRAME_EVERY = 60
_OPTIONS = {"crf": "20", "preset": "veryfast", "bf": "2", "x264-params": f"keyint={_KEY_FRAME_EVERY}"}


def write_video(participant: DemoParticipant, path: Path, progress: Progress, cancel: CancelToken) -> None:
    """Render a participant's video and write it as MP4 (H.264, yuv420p, B-frames).

    The file appears under its name only when it is whole.

    Parameters
    ----------
    participant : DemoParticipant
        Whose video.
    path : Path
        Where to; an existing file is replaced.
    progress : Progress
        Told about every frame.
    cancel : CancelToken
        Asked before every frame.

    Raises
    ------
    Cancelled
        If asked to stop; nothing is left behind.
    UserError
        If the file cannot be written there.
    """
    part = path.with_name(f".{path.name}.part")
    progress.start("Drawing the demo video", participant.n_frames)
    try:
        _encode(participant, part, progress, cancel)
        part.replace(path)
    except (OSError, av.FFmpegError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(
            f"The demo video {path.name} could not be written ({error.strerror or error}): "
            "choose a folder you may write to, on a disk with free space."
        ) from error
    finally:
        part.unlink(missing_ok=True)
        progress.finish()


def _encode(participant: DemoParticipant, path: Path, progress: Progress, cancel: CancelToken) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        container.metadata["comment"] = COMMENT
        stream = container.add_stream("libx264", rate=FPS, options=_OPTIONS)
        stream.width = stream.height = SIZE_PX
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = _KEY_FRAME_EVERY
        # x264 writes other bytes with another number of threads: a fixed one makes equal studies equal files.
        stream.codec_context.thread_count = 2
        for number in range(participant.n_frames):
            cancel.raise_if_cancelled()
            frame = av.VideoFrame.from_ndarray(render_frame(participant, number), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
            progress.advance()
        container.mux(stream.encode(None))
