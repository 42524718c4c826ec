"""Facts about a video: codec, size, frame rate, exact number of frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hrm_core.progress import CancelToken, Progress

__all__ = ["VideoFacts", "probe"]


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a project keeps about a video.

    Attributes
    ----------
    codec : str
        FFmpeg's name, ``"h264"``.
    width, height : int
        Of the shown picture in pixels, the camera's turn applied.
    rotation_deg : int
        Clockwise turn from the stored to the shown picture: 0, 90, 180 or 270 degrees.
    flipped : bool
        The file asks for a mirrored picture, and it is shown so.
    fps : float
        Mean frames per second.
    frame_count : int
        Exact, as counted; not what the header claims.
    duration_s : float
        Seconds from the start of the first to the end of the last frame.
    variable_rate : bool
        Intervals between frames differ by more than rounding.
    longest_group : int
        Most frames from one key frame to the next: what a jump may have to decode.
    """

    codec: str
    width: int
    height: int
    rotation_deg: int
    flipped: bool
    fps: float
    frame_count: int
    duration_s: float
    variable_rate: bool
    longest_group: int


def probe(
    path: str | Path,
    *,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> VideoFacts:
    """Read the facts about a video file; a fraction of a second per minute of video.

    Parameters
    ----------
    path : str or pathlib.Path
        A video file.
    cache_dir : pathlib.Path, optional
        As in :func:`hrm_core.media.open_video`, which then finds the index made.
    progress : Progress, optional
        Told while the frames are counted.
    cancel : CancelToken, optional
        Asked while the frames are counted.

    Returns
    -------
    VideoFacts
        The facts.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is not a video or is damaged.
    Cancelled
        On request.
    """
    from hrm_core.media.index_cache import indexed

    index = indexed(Path(path), cache_dir=cache_dir, progress=progress, cancel=cancel)
    width, height = index.orientation.shown_size(index.width, index.height)
    return VideoFacts(
        codec=index.codec,
        width=width,
        height=height,
        rotation_deg=index.orientation.rotation_deg,
        flipped=index.orientation.mirrored,
        fps=index.fps,
        frame_count=len(index),
        duration_s=index.duration_s,
        variable_rate=index.variable_rate,
        longest_group=index.longest_group,
    )
