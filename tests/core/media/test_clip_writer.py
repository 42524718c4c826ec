"""A written clip has the numbers and times of the frames it was made of, whatever they came from."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.media import open_video, write_still
from hrm_core.media.clip_writer import ClipError, withheld_picture, write_clip
from hrm_core.media.reader import VideoFile
from hrm_core.media.video import Video
from hrm_core.progress import CancelToken
from tests.core.media.clips import KINDS, Kind, make_clip, read_number
from tests.support.programs import ROOT


def _write(video: Video, frames: range, path: Path, picture: Any = None) -> None:
    write_clip(
        video,
        frames,
        path,
        picture or (lambda number: video[number]),
        advance=lambda: None,
        cancel=CancelToken(),
    )


def _decoded(path: Path) -> list[Any]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    "frames", [pytest.param(range(110), marks=pytest.mark.slow), range(37, 71)], ids=["whole", "clip"]
)
def test_numbers_and_times_stay(kind: Kind, frames: range, tmp_path: Path) -> None:
    film = make_clip(tmp_path / kind.name, kind)
    path = tmp_path / "clip.mp4"
    with open_video(film) as video:
        assert isinstance(video, VideoFile)
        _write(video, frames, path)
        ticks, base = video.index.ticks, video.index.time_base
        upright = kind.rotation is None
    # Read by FFmpeg alone, without our index.
    written = _decoded(path)
    assert len(written) == len(frames)
    for place, (number, frame) in enumerate(zip(frames, written, strict=True)):
        assert frame.pts * frame.time_base == int(ticks[number] - ticks[frames.start]) * base
        if upright:
            assert read_number(frame.to_ndarray(format="rgb24")) == number, place


def test_colours_stay(tmp_path: Path) -> None:
    still = np.zeros((64, 96, 3), np.uint8)
    colours = [(255, 0, 0), (0, 255, 0), (226, 190, 165)]
    for place, colour in enumerate(colours):
        still[:, 32 * place : 32 * (place + 1)] = colour
    folder = tmp_path / "pictures"
    for number in range(3):
        write_still(still, folder / f"{number}.png")
    with open_video(folder) as video:
        _write(video, range(3), tmp_path / "clip.mp4")
    for frame in _decoded(tmp_path / "clip.mp4"):
        rgb = frame.to_ndarray(format="rgb24").astype(int)
        for place, colour in enumerate(colours):
            assert np.abs(rgb[32, 32 * place + 16] - colour).max() < 6


def test_pictures_of_a_folder_come_at_its_rate(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    for number in range(6):
        write_still(np.full((30, 41, 3), 40 * number, np.uint8), folder / f"{number}.png")
    with open_video(folder) as video:
        _write(video, range(2, 6), tmp_path / "clip.mp4")
    written = _decoded(tmp_path / "clip.mp4")
    assert [frame.pts * frame.time_base for frame in written] == [Fraction(n, 30) for n in range(4)]
    assert (written[0].width, written[0].height) == (42, 30)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        # The last frame is shown as long as the others.
        assert float(container.duration or 0) / av.time_base == pytest.approx(4 / 30, abs=1e-3)


@pytest.mark.parametrize("size", [(320, 180), (101, 77), (77, 201), (24, 16)])
def test_a_withheld_frame_is_grey_and_says_its_number(size: tuple[int, int]) -> None:
    pictures = [withheld_picture(size, number) for number in (412, 413)]
    for picture in pictures:
        assert picture.shape == (size[1], size[0], 3)
        # Grey throughout, and written on in the middle only.
        assert (np.ptp(picture, axis=2) == 0).all()
        border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        assert (border == 110).all()
        assert picture.max() > 150
    assert (pictures[0] != pictures[1]).any() or min(size) < 30


def test_a_withheld_frame_keeps_its_place(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mp4", KINDS[0], 20)
    with open_video(film) as video:
        _write(
            video, range(20), tmp_path / "clip.mp4", lambda number: None if number % 5 == 0 else video[number]
        )
    for number, frame in enumerate(_decoded(tmp_path / "clip.mp4")):
        rgb: NDArray[np.uint8] = frame.to_ndarray(format="rgb24")
        if number % 5:
            assert read_number(rgb) == number
        else:
            assert np.abs(rgb[:8].astype(int) - 110).max() < 8


def test_a_disk_that_says_no_is_explained(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mp4", KINDS[0], 5)
    (tmp_path / "file").write_text("in the way")
    with (
        open_video(film) as video,
        pytest.raises(ClipError, match=r"could not be written \(.*disk") as caught,
    ):
        _write(video, range(5), tmp_path / "file" / "clip.mp4")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_run_leaves_no_video(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mp4", KINDS[0])
    script = (
        "import sys, time; from pathlib import Path\n"
        "from hrm_core.media import open_video; from hrm_core.media.clip_writer import write_clip\n"
        "from hrm_core.progress import CancelToken\n"
        "def picture(n):\n"
        "    if n == 60: Path(sys.argv[3]).touch(); time.sleep(60)\n"
        "    return video[n]\n"
        "video = open_video(sys.argv[1])\n"
        "write_clip(video, range(110), Path(sys.argv[2]), picture, advance=lambda: 0, cancel=CancelToken())"
    )
    half, out = tmp_path / "half", tmp_path / "out"
    words = [sys.executable, "-c", script, str(film), str(out / "clip.mp4"), str(half)]
    with subprocess.Popen(words, cwd=ROOT) as program:
        deadline = time.monotonic() + 60
        while not half.exists():
            assert program.poll() is None, "it ended before it was killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        program.send_signal(signal.SIGKILL)
        assert program.wait() == -signal.SIGKILL
    assert [path.suffix for path in out.iterdir()] == [".part"]
