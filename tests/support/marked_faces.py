"""A synthetic recording whose drawn face has eyes of a colour that occurs nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from hrm_core.faces.align import five_point_template
from hrm_core.faces.feature_file import FeatureNote, write_features
from hrm_core.records.face import Face, FrameFaces
from hrm_core.workflows.project import FEATURES, Project

__all__ = [
    "FRAMES",
    "SIZE",
    "child_at",
    "eye_pixels",
    "found_faces",
    "marked_film",
    "stranger",
    "write_found",
]

SIZE = (321, 241)
"""Odd on purpose: H.264 has no such sizes."""
FRAMES = 24
MAGENTA = (255, 0, 255)
_SCALE = 0.9
_STRANGER = (210.0, 120.0)


def _five(x: float, y: float, scale: float) -> NDArray[np.float64]:
    return np.asarray(five_point_template(112) * scale + (x, y))


def child_at(frame: int) -> Face:
    """The child's face, which wanders slowly."""
    x, y = 40.0 + frame, 60.0 + frame // 2
    return Face(np.array([x, y, x + 100, y + 110]), 0.95, _five(x, y, _SCALE))


def stranger() -> Face:
    """Somebody else's face, at the edge of the picture, known by its box alone."""
    x, y = _STRANGER
    return Face(np.array([x, y, x + 56, y + 56]), 0.8)


def found_faces(frame: int) -> FrameFaces:
    """What a detector would find in a frame; the child is the second."""
    return FrameFaces(frame, frame / 25, (stranger(), child_at(frame)), 1)


def picture(frame: int) -> NDArray[np.uint8]:
    """Two drawn faces with magenta eyes on a grey room."""
    import cv2

    rgb = np.full((SIZE[1], SIZE[0], 3), (150, 160, 170), np.uint8)
    rgb[:, :12] = (60, 90 + 4 * frame, 140)
    for five, scale in ((child_at(frame).five, _SCALE), (_five(*_STRANGER, 0.5), 0.5)):
        assert five is not None
        middle = five.mean(axis=0)
        axes = (round(45 * scale), round(58 * scale))
        cv2.ellipse(rgb, tuple(map(round, middle)), axes, 0, 0, 360, (226, 190, 165), -1)
        for x, y in five[:2]:
            cv2.circle(rgb, (round(x), round(y)), round(9 * scale), MAGENTA, -1)
        mouth = [tuple(map(round, corner)) for corner in five[3:]]
        cv2.line(rgb, mouth[0], mouth[1], (170, 60, 60), 3)
    return rgb


def eye_pixels(rgb: NDArray[np.uint8]) -> int:
    """Pixels that show something of a magenta eye, also where compression has washed it out."""
    red, green, blue = (rgb[..., channel].astype(int) for channel in range(3))
    # Skin and room are never bluer and redder than green by so much.
    return int(((np.minimum(red, blue) - green) > 24).sum())


def marked_film(
    path: Path,
    *,
    ticks: Callable[[int], int] = lambda number: 40 * number,
    told: Mapping[str, str] = MappingProxyType({"title": "Anna at home"}),
    voice: str = "",
) -> Path:
    """The recording, with nothing lost in compression that matters, and a sound track.

    Parameters
    ----------
    path : Path
        The new file.
    ticks : callable
        When a frame is shown, in milliseconds.
    told : mapping of str to str
        What the file says of itself: title, comment, artist.
    voice : str
        What the sound track is called.
    """
    with av.open(str(path), "w") as container:
        container.metadata.update(told)
        stream: Any = container.add_stream("libx264rgb", rate=25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "rgb24"
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.options = {"crf": "0", "preset": "ultrafast"}
        sound: Any = container.add_stream("aac", rate=8000, layout="mono")
        if voice:
            sound.metadata["handler_name"] = voice
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
            frame.pts, frame.time_base = ticks(number), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        tone = av.AudioFrame.from_ndarray(
            (np.sin(np.arange(8000) / 9) / 2).astype(np.float32)[np.newaxis], format="fltp", layout="mono"
        )
        tone.sample_rate, tone.pts = 8000, 0
        container.mux(sound.encode(tone))
        container.mux(sound.encode(None))
        container.mux(stream.encode(None))
    return path


def write_found(
    project: Project, code: str, found: Iterable[FrameFaces], settings: Mapping[str, str] | None = None
) -> Path:
    """Keep faces of a child's only recording as if somebody had looked for them."""
    ((who, recording),) = project.recordings(code)
    assert recording.frame_count
    assert recording.width
    assert recording.height
    fingerprint = project.identified(recording).fingerprint
    size = recording.width, recording.height
    note = FeatureNote("drawn", fingerprint, recording.frame_count, *size, settings=settings or {})
    path = project.face_path(FEATURES, who, recording)
    write_features(path, note, list(found))
    return path
