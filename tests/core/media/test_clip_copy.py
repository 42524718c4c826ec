"""Copies of a clip show the same, and no two can be told by their bytes."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from hrm_core.errors import Cancelled, InvalidFileError
from hrm_core.media import open_video
from hrm_core.media.clip_copy import copy_clip
from hrm_core.media.clip_writer import ClipError
from hrm_core.progress import CancelToken
from tests.core.media.clips import Kind, make_clip, read_number

KIND = Kind("clip.mp4", ticks=lambda n: n * 33 + n * 7919 % 13, time_base=Fraction(1, 1000))
FRAMES = 12


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve numbered frames of an uneven rate."""
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", KIND, FRAMES)


def _with_tone(source: Path, target: Path, seconds: float = 0.5) -> Path:
    """The clip with a tone of 440 Hz as AAC."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        picture = new.add_stream_from_template(old.streams.video[0])
        sound: Any = new.add_stream("aac", rate=48_000, layout="mono")
        for packet in old.demux(old.streams.video[0]):
            if packet.size:
                packet.stream = picture
                new.mux(packet)
        wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(48_000 * seconds)) / 48_000)
        for start in range(0, len(wave), 1024):
            piece = wave[start : start + 1024].astype(np.float32)[None]
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
            new.mux(sound.encode(frame))
        new.mux(sound.encode(None))
    return target


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_copy_shows_the_same_frames_at_the_same_times(clip: Path, tmp_path: Path, suffix: str) -> None:
    copy = tmp_path / f"copy{suffix}"
    copy_clip(clip, copy, CancelToken())
    with open_video(clip) as old, open_video(copy) as new:
        assert [read_number(new[n]) for n in range(len(new))] == list(range(FRAMES))
        # WebM counts in milliseconds.
        assert np.allclose(new.times - new.times[0], old.times - old.times[0], atol=0.001)
        apart = np.abs(new[5].astype(int) - old[5].astype(int)).mean()
        assert apart == 0 if suffix == ".mp4" else apart < 3


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_no_two_copies_have_the_same_bytes_or_size(clip: Path, tmp_path: Path, suffix: str) -> None:
    copies = [tmp_path / f"{number}{suffix}" for number in range(6)]
    for copy in copies:
        copy_clip(clip, copy, CancelToken())
    assert len({copy.read_bytes() for copy in copies}) == len(copies)
    assert len({copy.stat().st_size for copy in copies}) > 1


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_sound_comes_along(clip: Path, tmp_path: Path, suffix: str) -> None:
    copy = tmp_path / f"copy{suffix}"
    copy_clip(_with_tone(clip, tmp_path / "tone.mp4"), copy, CancelToken())
    with av.open(str(copy)) as container:
        sound = container.streams.audio[0]
        rate = sound.codec_context.sample_rate
        wave = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(sound)])
    assert len(wave) / rate == pytest.approx(0.5, abs=0.06)
    spectrum = np.abs(np.fft.rfft(wave))
    assert np.argmax(spectrum) * rate / len(wave) == pytest.approx(440, abs=5)


def test_nothing_is_half_written(clip: Path, tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        copy_clip(clip, tmp_path / "a.mp4", cancel)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(os.urandom(4000))
    with pytest.raises(InvalidFileError, match="cannot be read"):
        copy_clip(broken, tmp_path / "b.webm", CancelToken())
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(ClipError, match="could not be written"):
        copy_clip(clip, tmp_path / "folder.mp4", CancelToken())
    assert sorted(file.name for file in tmp_path.iterdir()) == ["broken.mp4", "folder.mp4"]
