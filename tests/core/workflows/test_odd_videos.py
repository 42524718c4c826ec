"""Videos unlike the usual ones: taken in exactly, or refused in one sentence with nothing left behind."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from hrm_core.errors import InvalidFileError, UserError
from hrm_core.media import open_video
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.extract_frames import extract_study
from hrm_core.workflows.project import Project, create_project
from hrm_core.workflows.relink_video import note_frames
from hrm_core.workflows.show_video import show_video
from tests.support.builders import tiny_video


def _made(
    path: Path,
    codec: str,
    pix_fmt: str,
    *,
    size: tuple[int, int] = (64, 48),
    frames: int = 6,
    time_base: Fraction = Fraction(1, 25),
    options: dict[str, str] | None = None,
) -> Path:
    """Frames that get brighter from left to right and from one to the next."""
    width, height = size
    ramp = np.linspace(0, 120, width).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=round(1 / time_base))
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        stream.codec_context.time_base = time_base
        stream.options = options or {}
        for number in range(frames):
            rgb = np.repeat(np.tile(ramp + np.uint8(20 * number), (height, 1))[:, :, None], 3, axis=2)
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = number, time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


ODD: dict[str, tuple[str, str, str]] = {
    "grey": ("grey.mkv", "ffv1", "gray"),
    "grey H.264": ("grey.mp4", "libx264", "gray"),
    "grey of 16 bits": ("grey16.mkv", "ffv1", "gray16le"),
    "colour of 10 bits": ("ten.mp4", "libx265", "yuv420p10le"),
    "colour of 16 bits": ("rgb48.mov", "png", "rgb48be"),
    "see-through": ("alpha.mov", "png", "rgba"),
    "see-through animation": ("alpha.mov", "qtrle", "argb"),
    "palette": ("few colours.gif", "gif", "rgb8"),
    "unsampled colour": ("full.mp4", "libx264", "yuv444p"),
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_pictures_become_rgb_of_8_bits(project: Project, tmp_path: Path, odd: str) -> None:
    name, codec, pix_fmt = ODD[odd]
    path = _made(tmp_path / name, codec, pix_fmt)
    recording = add_video(project, "S1", path)
    with show_video(project, recording) as video:
        assert len(video) == recording.frame_count == 6
        for number in (5, 0, 3):
            rgb = video[number]
            assert (rgb.shape, rgb.dtype) == ((48, 64, 3), np.uint8)
            expected = np.linspace(0, 120, 64) + 20 * number
            assert np.abs(rgb.mean(axis=(0, 2)) - expected).max() < 20
    assert extract_study(project).frames == 6


@pytest.mark.slow
def test_8k(project: Project, tmp_path: Path) -> None:
    path = _made(
        tmp_path / "8k.mp4",
        "libx264",
        "yuv420p",
        size=(7680, 4320),
        frames=2,
        options={"preset": "ultrafast"},
    )
    recording = add_video(project, "S1", path)
    assert (recording.width, recording.height, recording.frame_count) == (7680, 4320, 2)
    assert extract_study(project).frames == 2
    with open_video(project.frames_folder(project.participants()[0], recording)) as pictures:
        assert pictures[1].shape == (4320, 7680, 3)


@pytest.mark.parametrize(("frames", "name"), [(1, "one frame.mp4"), (1, "one frame.mkv"), (2, "two.gif")])
def test_a_film_without_a_rate(project: Project, tmp_path: Path, frames: int, name: str) -> None:
    codec, pix_fmt = ("gif", "rgb8") if name.endswith("gif") else ("libx264", "yuv420p")
    path = _made(tmp_path / name, codec, pix_fmt, frames=frames)
    recording = add_video(project, "S1", path)
    assert recording.frame_count == frames
    with show_video(project, recording) as video:
        assert video.time(0) == 0
    assert extract_study(project).frames == frames


def test_a_stream_that_claims_no_rate(project: Project, tmp_path: Path) -> None:
    """Frames hours apart: 0 frames/s as far as anybody rounds."""
    options = {"x264-params": "bframes=0"}
    path = _made(
        tmp_path / "slow.mkv", "libx264", "yuv420p", frames=3, time_base=Fraction(1, 1), options=options
    )
    with av.open(str(path)) as old, av.open(str(tmp_path / "slower.mkv"), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(old.streams.video[0]):
            if packet.pts is not None:
                packet.pts = packet.dts = packet.pts * 10_000
                packet.stream = stream
                new.mux(packet)
    recording = add_video(project, "S1", tmp_path / "slower.mkv")
    assert recording.frame_count == 3
    assert 0 < (recording.fps or 0) < 0.001
    with show_video(project, recording) as video:
        assert video.time(2) == pytest.approx(20_000)
        assert video[2].shape == (48, 64, 3)


def test_a_long_path_with_blanks_and_chinese_letters(tmp_path: Path) -> None:
    # A name may have 255 bytes; a Chinese letter takes three of them.
    folder = tmp_path / ("很长的路径 with blanks " * 4).strip() / ("x" * 200)
    with create_project(folder / "研究") as project:
        from hrm_core.workflows.add_participant import add_participant

        add_participant(project, "孩子 1", group="ASD")
        film = tiny_video(tmp_path / ("片 " * 40 + "a" * 60 + ".mp4"))
        recording = add_video(project, "孩子 1", film)
        with show_video(project, recording) as video:
            assert len(video) == 12
        assert extract_study(project).frames == 12
        assert len(note_frames(project, recording)) == 12


def _sound_only(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("aac", rate=44_100)
        for number in range(20):
            samples = np.zeros((1, 1024), np.float32)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44_100, number * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_what_holds_no_frames_is_refused_in_one_sentence(project: Project, tmp_path: Path) -> None:
    film = tiny_video(tmp_path / "film.mp4")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "cut.mp4").write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    (tmp_path / "words.mp4").write_text("not a film", encoding="utf-8")
    _sound_only(tmp_path / "sound.m4a")
    _sound_only(tmp_path / "sound.mp4")
    for name, words in {
        "empty.mp4": "is empty",
        "cut.mp4": "cut off before its index",
        "words.mp4": "not a video",
        "sound.m4a": "sound but no video",
        "sound.mp4": "sound but no video",
    }.items():
        with pytest.raises(InvalidFileError, match=words) as caught:
            add_video(project, "S1", tmp_path / name)
        assert "\n" not in str(caught.value)
    assert list(project.recordings()) == []
    assert [path for path in (project.folder / "Origin Videos").rglob("*") if path.is_file()] == []


def test_a_disk_that_fills_while_a_video_is_added(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("hrm_core.workflows.placing.shutil.copyfile", full)
    with pytest.raises(UserError, match=r"No space left .* free some space"):
        add_video(project, "S1", tiny_video(tmp_path / "film.mp4"))
    assert list(project.recordings()) == []
    assert project.store.ledgers.kept() == set()
