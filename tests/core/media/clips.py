"""Small video files in which every frame shows its own number.

The number is a row of black and white blocks, with its complement below as a
check: it survives compression, and a picture that was pieced together from
two frames does not pass for either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from hrm_core.media import open_video

__all__ = ["KINDS", "SIZE", "Kind", "cut_start", "make_clip", "picture", "re_encoded", "read_number"]

SIZE = (192, 96)
FRAMES = 110
_BITS = 8
_BLOCK = 16
_LEFT = 32


def picture(number: int) -> NDArray[np.uint8]:
    """Frame `number` before compression: barcode, moving texture, a red top-left corner."""
    width, height = SIZE
    coarse = np.random.default_rng(7).integers(90, 160, (height // 8, width // 4, 1))
    texture = np.kron(coarse, np.ones((8, 8, 3))).astype(np.uint8)
    rgb: NDArray[np.uint8] = texture[:, number : number + width].copy()
    rgb[:24, :24] = (255, 0, 0)
    for bit in range(_BITS):
        value = 255 * (number >> bit & 1)
        columns = slice(_LEFT + bit * _BLOCK, _LEFT + (bit + 1) * _BLOCK)
        rgb[32:64, columns] = value
        rgb[64:96, columns] = 255 - value
    return rgb


def read_number(rgb: NDArray[np.uint8]) -> int:
    """The number a decoded frame shows, or -1 if its two rows disagree."""
    number = check = 0
    for bit in range(_BITS):
        middle = _LEFT + bit * _BLOCK + _BLOCK // 2
        number |= int(rgb[44:52, middle - 3 : middle + 3].mean() > 128) << bit
        check |= int(rgb[76:84, middle - 3 : middle + 3].mean() < 128) << bit
    return number if number == check else -1


@dataclass(frozen=True)
class Kind:
    """How one kind of file is made."""

    name: str
    codec: str = "libx264"
    format: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    container: dict[str, str] = field(default_factory=dict)
    ticks: Callable[[int], int] = lambda number: number
    time_base: Fraction = Fraction(1, 30)
    rotation: int | None = None


def _x264(params: str) -> dict[str, str]:
    return {"preset": "veryfast", "x264-params": f"scenecut=0:{params}"}


def _irregular(number: int) -> int:
    # 20 to 60 ms apart, and one pause of two seconds.
    return number * 33 + (number * 7919 % 13) + (2000 if number > 57 else 0)


KINDS = [
    Kind("closed.mp4", options=_x264("keyint=24:bframes=3:b-pyramid=normal")),
    Kind("open.mp4", options=_x264("keyint=24:bframes=3:open-gop=1")),
    Kind("one group.mp4", options=_x264("keyint=250:bframes=3")),
    Kind("still.mp4", options=_x264("keyint=1")),
    Kind(
        "irregular.mp4",
        options=_x264("keyint=24:bframes=2"),
        ticks=_irregular,
        time_base=Fraction(1, 1000),
    ),
    Kind("late.mp4", options=_x264("keyint=24:bframes=2"), ticks=lambda number: number + 45),
    Kind("turned.mp4", options=_x264("keyint=24"), rotation=-90),
    Kind("hevc.mp4", "libx265", options={"x265-params": "keyint=24:open-gop=0:log-level=none"}),
    Kind("hevc open.mov", "libx265", options={"x265-params": "keyint=24:log-level=none"}),
    Kind("closed.mkv", options=_x264("keyint=24:bframes=3")),
    Kind("open.ts", format="mpegts", options=_x264("keyint=24:bframes=3:open-gop=1")),
    Kind("refresh.ts", format="mpegts", options=_x264("keyint=24:intra-refresh=1")),
    Kind("fields.ts", format="mpegts", options=_x264("keyint=24:interlaced=1")),
    Kind("mjpeg.avi", "mjpeg"),
    Kind("divx.avi", "mpeg4", options={"bf": "2", "g": "24"}),
    Kind("h264.avi", options=_x264("keyint=24:bframes=3")),
    Kind("mpeg2.mpg", "mpeg2video", format="mpeg", options={"bf": "2", "g": "12"}),
    Kind("hidden.webm", "libvpx", options={"auto-alt-ref": "1", "lag-in-frames": "16", "g": "24"}),
]


def make_clip(path: Path, kind: Kind, frames: int = FRAMES) -> Path:
    """Write a clip of `frames` numbered frames."""
    with av.open(str(path), "w", format=kind.format, options=dict(kind.container)) as container:
        stream: Any = container.add_stream(kind.codec, rate=round(1 / kind.time_base))
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuvj420p" if kind.codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = kind.time_base
        stream.options = dict(kind.options)
        if kind.rotation is not None:
            stream.set_display_rotation(kind.rotation)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
            frame.pts, frame.time_base = kind.ticks(number), kind.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def cut_start(source: Path, target: Path, packets: int, shift: Fraction) -> Path:
    """Copy without the first packets, `shift` seconds earlier; MP4 hides what is before 0."""
    options = {"avoid_negative_ts": "disabled", "use_editlist": "1"}
    with av.open(str(source)) as old, av.open(str(target), "w", options=options) as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for number, packet in enumerate(old.demux(old.streams.video[0])):
            if packet.size == 0 or number < packets:
                continue
            assert packet.pts is not None
            assert packet.dts is not None
            assert packet.time_base
            ticks = round(shift / packet.time_base)
            packet.pts, packet.dts = packet.pts - ticks, packet.dts - ticks
            packet.stream = stream
            new.mux(packet)
    return target


def re_encoded(
    source: Path,
    target: Path,
    keep: Callable[[int], bool],
    *,
    scale: float = 0.5,
    crf: int = 30,
    fps: int = 30,
) -> tuple[Path, list[int]]:
    """Encode some frames of a video again, smaller; tells which."""
    with open_video(source) as old, av.open(str(target), "w") as container:
        kept = [number for number in range(len(old)) if keep(number)]
        stream: Any = container.add_stream("libx264", rate=fps)
        stream.width, stream.height = (int(side * scale) // 2 * 2 for side in old.size)
        stream.pix_fmt, stream.options = "yuv420p", {"crf": str(crf), "preset": "veryfast"}
        stream.codec_context.time_base = Fraction(1, 1000)
        for number in kept:
            frame = av.VideoFrame.from_ndarray(old[number], format="rgb24")
            frame.pts = round(1000 * (old.time(number) - old.time(kept[0])))
            frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target, kept


def key_packets(path: Path) -> Sequence[int]:
    """Places of the key frames in the order of the file."""
    with av.open(str(path)) as container:
        return [
            place
            for place, packet in enumerate(container.demux(container.streams.video[0]))
            if packet.size and packet.is_keyframe
        ]
