"""Frames by number: the right picture, whatever the file and the order of asking."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hrm_core.errors import Cancelled
from hrm_core.media import Video, open_video
from hrm_core.progress import CancelToken
from tests.core.media.clips import FRAMES, KINDS, Kind, read_number

Clip = Callable[[str], Path]
KIND_NAMES = [kind.name for kind in KINDS]


def _upright(video: Video, number: int) -> int:
    return read_number(video[number])


@pytest.mark.parametrize("name", KIND_NAMES)
@pytest.mark.parametrize("jump_count", [100, pytest.param(500, marks=pytest.mark.slow)])
def test_every_frame_forwards_backwards_and_at_random(clip: Clip, name: str, jump_count: int) -> None:
    jumps = random.Random(5).choices(range(FRAMES), k=jump_count)
    asked = [*range(FRAMES), *reversed(range(FRAMES)), *jumps]
    # About 20 frames fit, so that jumps are decoded and not remembered.
    with open_video(clip(name), cache_bytes=600_000) as video:
        assert len(video) == FRAMES
        shown = [_turn(name, video[number]) for number in asked]
    assert shown == asked


def _turn(name: str, rgb: np.ndarray) -> int:
    # The turned clip is filmed upright and stored with the order to turn it: turn it back.
    return read_number(np.rot90(rgb) if name == "turned.mp4" else rgb)


@pytest.mark.parametrize("kind", KINDS, ids=KIND_NAMES)
def test_times_are_those_that_were_written(clip: Clip, kind: Kind) -> None:
    written = [float((kind.ticks(n) - kind.ticks(0)) * kind.time_base) for n in range(FRAMES)]
    with open_video(clip(kind.name)) as video:
        # Matroska counts in milliseconds.
        tolerance = 6e-4 if kind.name.endswith(("mkv", "webm")) else 2e-5
        assert [video.time(n) for n in range(FRAMES)] == pytest.approx(written, abs=tolerance)


def test_a_turned_video_is_shown_upright(clip: Clip) -> None:
    with open_video(clip("turned.mp4")) as video:
        assert video.size == (96, 192)
        assert video[3].shape == (192, 96, 3)
        # The red corner at the top left goes to the top right: a clockwise turn.
        red, green, _ = video[3][4:20, -20:-4].reshape(-1, 3).mean(axis=0)
    assert red > 200
    assert green < 60


def test_frames_are_new_arrays_that_the_caller_may_change(closed: Path) -> None:
    with open_video(closed) as video:
        first = video[7]
        assert first.dtype == np.uint8
        assert first.flags.c_contiguous
        first[:] = 0
        assert read_number(video[7]) == 7


@pytest.mark.parametrize("number", [-1, FRAMES, 10**9])
def test_numbers_out_of_range_are_refused(closed: Path, number: int) -> None:
    with open_video(closed) as video:
        with pytest.raises(IndexError, match=str(number)):
            video[number]
        with pytest.raises(IndexError):
            video.time(number)


def test_numpy_numbers_are_numbers_and_times_are_not(closed: Path) -> None:
    with open_video(closed) as video:
        assert read_number(video[np.int64(30)]) == 30
        with pytest.raises(TypeError):
            video[1.0]  # type: ignore[index]


def test_iterating_gives_every_frame(closed: Path) -> None:
    with open_video(closed) as video:
        assert [read_number(frame) for frame in video] == list(range(FRAMES))


def test_a_closed_video_says_so(closed: Path) -> None:
    video = open_video(closed)
    video.close()
    video.close()
    with pytest.raises(ValueError, match="closed"):
        video[0]


def test_without_memory_it_is_slow_but_right(closed: Path) -> None:
    with open_video(closed, cache_bytes=0) as video:
        assert [_upright(video, n) for n in (50, 49, 48, 60, 2)] == [50, 49, 48, 60, 2]


def test_stepping_back_decodes_a_group_once(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hrm_core.media.decoder import Decoder

    starts: list[int] = []
    start_at = Decoder.start_at

    def counted(self: Decoder, key: int) -> None:
        starts.append(key)
        start_at(self, key)

    monkeypatch.setattr(Decoder, "start_at", counted)
    with open_video(closed) as video:
        for number in reversed(range(24, 72)):
            assert _upright(video, number) == number
    assert len(starts) == 2


@pytest.mark.parametrize("prefetch", [False, True])
def test_threads_share_a_video(closed: Path, prefetch: bool) -> None:
    wrong: list[int] = []

    def read(seed: int) -> None:
        for number in random.Random(seed).choices(range(FRAMES), k=25):
            if _upright(video, number) != number:
                wrong.append(number)

    with open_video(closed, prefetch=prefetch) as video:
        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


@pytest.mark.parametrize("name", ["a b c.mp4", "受试者 7 – 第一次.mp4", "12:30 %03d #1?.mp4", "no suffix"])
def test_names_that_trip_programs(closed: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    shutil.copy(closed, path)
    with open_video(str(path)) as video:
        assert _upright(video, 40) == 40


def test_cancelling_stops_the_index(closed: Path, tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        open_video(closed, cache_dir=tmp_path, cancel=token)
    assert list(tmp_path.iterdir()) == []


def test_progress_hears_of_every_packet(closed: Path) -> None:
    class Heard:
        def __init__(self) -> None:
            self.said: list[object] = []

        def start(self, title: str, total: int | None) -> None:
            self.said.append(total)

        def advance(self, units: int = 1) -> None:
            self.said.append(units)

        def finish(self) -> None:
            self.said.append("end")

    heard = Heard()
    open_video(closed, progress=heard).close()
    assert heard.said == [FRAMES, FRAMES, "end"]
