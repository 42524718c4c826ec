"""A clip of a recording gets the sound of its own time, and its pictures stay as they are."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.errors import Cancelled
from hrm_core.media import open_video
from hrm_core.media.clip_sound import add_sound, has_sound
from hrm_core.media.clip_writer import ClipError, write_clip
from hrm_core.progress import CancelToken
from tests.support.builders import tiny_video

FPS, SECONDS, RATE = 25, 4, 44_100
PITCHES = (400, 600, 800, 1000)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds whose tone rises by 200 Hz with every second."""
    path = tmp_path_factory.mktemp("sound") / "talk.mp4"
    time = np.arange(RATE * SECONDS) / RATE
    tone = np.sin(2 * np.pi * np.take(PITCHES, time.astype(int)) * time).astype(np.float32) / 2
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "Anna at home"
        stream: Any = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        sound: Any = container.add_stream("aac", rate=RATE, layout="mono")
        for number in range(FPS * SECONDS):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 2 * number, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        for at in range(0, len(tone), 1024):
            piece = np.ascontiguousarray(tone[np.newaxis, at : at + 1024])
            voice = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            voice.sample_rate, voice.pts, voice.time_base = RATE, at, Fraction(1, RATE)
            container.mux(sound.encode(voice))
        container.mux(sound.encode(None))
        container.mux(stream.encode(None))
    return path


def _cut(film: Path, frames: range, clip: Path, cancel: CancelToken | None = None) -> bool:
    with open_video(film) as video:
        write_clip(video, frames, clip, lambda n: video[n], advance=lambda: None, cancel=CancelToken())
        return add_sound(video, frames, clip, cancel or CancelToken())


def _heard(clip: Path) -> tuple[NDArray[np.float32], int]:
    """All samples and their rate, by FFmpeg alone."""
    with av.open(str(clip)) as container:
        frames = list(container.decode(audio=0))
    assert frames[0].time == 0
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]), frames[0].sample_rate


def _pitch(samples: NDArray[np.float32], rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


@pytest.mark.parametrize("frames", [range(100), range(20, 60), range(50, 75), range(88, 100)])
def test_a_clip_has_the_sound_of_its_time(film: Path, tmp_path: Path, frames: range) -> None:
    clip = tmp_path / "clip.mp4"
    assert _cut(film, frames, clip)
    samples, rate = _heard(clip)
    # AAC comes in pieces of 1024 samples.
    assert len(samples) / rate == pytest.approx(len(frames) / FPS, abs=1024 / rate)
    for second, pitch in enumerate(PITCHES):
        low = max(0.0, second - frames.start / FPS)
        high = min(len(frames) / FPS, second + 1 - frames.start / FPS)
        if high - low > 0.2:
            # Up to 20 ms from the change of the tone: so exactly the cut is heard.
            inside = samples[round((low + 0.02) * rate) : round((high - 0.02) * rate)]
            assert _pitch(inside, rate) == pytest.approx(pitch, abs=8)


def test_pictures_and_their_times_stay_and_nothing_is_told(film: Path, tmp_path: Path) -> None:
    clip, silent = tmp_path / "clip.mp4", tmp_path / "silent.mp4"
    assert _cut(film, range(30, 50), clip)
    with open_video(film) as video:
        write_clip(
            video, range(30, 50), silent, lambda n: video[n], advance=lambda: None, cancel=CancelToken()
        )
    with open_video(clip) as one, open_video(silent) as other:
        assert one.times.tolist() == other.times.tolist()
        assert all((one[n] == other[n]).all() for n in range(20))
    with av.open(str(clip)) as container:
        assert not {"title", "creation_time", "comment"} & set(container.metadata)
        assert not any(set(s.metadata) - {"language", "handler_name"} for s in container.streams)
    assert b"Anna" in film.read_bytes()
    assert b"Anna" not in clip.read_bytes()


def test_a_recording_without_sound_is_said_and_changes_nothing(tmp_path: Path) -> None:
    film, clip = tiny_video(tmp_path / "mute.mp4"), tmp_path / "clip.mp4"
    assert not has_sound(film)
    assert not has_sound(tmp_path)
    assert not has_sound(tmp_path / "none.mp4")
    assert not _cut(film, range(2, 8), clip)
    with av.open(str(clip)) as container:
        assert not container.streams.audio


def test_a_stop_leaves_the_clip_as_it_was(film: Path, tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        _cut(film, range(10), tmp_path / "clip.mp4", cancel)
    assert [file.name for file in tmp_path.iterdir()] == ["clip.mp4"]
    with av.open(str(tmp_path / "clip.mp4")) as container:
        assert not container.streams.audio


def test_a_disk_that_refuses_is_one_sentence(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hrm_core.media.clip_sound.os.fsync", full)
    with open_video(film) as video:
        clip = tmp_path / "clip.mp4"
        clip.write_bytes(film.read_bytes())
        with pytest.raises(ClipError, match="No space left on device"):
            add_sound(video, range(len(video)), clip, CancelToken())
    assert clip.read_bytes() == film.read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["clip.mp4"]
