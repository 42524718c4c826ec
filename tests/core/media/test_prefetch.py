"""Decoding ahead: the same pictures, no request behind it, the budget held, nothing left running."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from hrm_core.errors import InvalidFileError
from hrm_core.media import decoder as decoder_file
from hrm_core.media import open_video
from hrm_core.media.frame_cache import FrameCache
from hrm_core.media.reader import VideoFile
from tests.core.media.clips import FRAMES, read_number

Clip = Callable[[str], Path]
THREAD = "hrm-prefetch"
# About 20 frames of a clip fit.
BUDGET = 600_000
# Two steps back, shortly behind the key frame 24.
NEAR_A_BORDER = [30, 29, 28]


def ahead(path: Path, cache_bytes: int = BUDGET) -> VideoFile:
    video = open_video(path, cache_bytes=cache_bytes, prefetch=True)
    assert isinstance(video, VideoFile)
    return video


def wait_for(what: Callable[[], bool]) -> None:
    patience = time.monotonic() + 20
    while not what():
        assert time.monotonic() < patience, "it never came"
        time.sleep(0.002)


def numbers(video: VideoFile, asked: list[int]) -> list[int]:
    return [read_number(video[number]) for number in asked]


class Gate:
    """Notes which thread decodes each packet, and holds the prefetcher at one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.packets: list[str] = []
        self.begun, self.open = threading.Event(), threading.Event()
        decode = decoder_file.decode

        def counted(stream: Any, packet: Any) -> Any:
            name = threading.current_thread().name
            self.packets.append(name)
            if name == THREAD:
                self.begun.set()
                assert self.open.wait(20)
            return decode(stream, packet)

        monkeypatch.setattr(decoder_file, "decode", counted)

    def by_prefetcher(self) -> int:
        return self.packets.count(THREAD)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate(monkeypatch)
    yield gate
    gate.open.set()


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    assert THREAD not in [thread.name for thread in threading.enumerate()]


WALKS = {
    "forward": [*range(FRAMES)],
    "backward": [*reversed(range(FRAMES))],
    "alternating": [
        n + turn for n in range(0, 90, 9) for turn in (0, 1, 2, 3, 2, 1, 0, -1, -2) if n + turn >= 0
    ],
    "jumping": [
        start + direction * step
        for start, direction in zip(random.Random(2).sample(range(8, 102), 12), (1, -1) * 6, strict=True)
        for step in range(8)
    ],
    "by tens": [*range(0, FRAMES, 10), *range(FRAMES - 1, 0, -10)],
}


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("name", ["closed.mp4", "open.mp4", "mjpeg.avi", "one group.mp4", "refresh.ts"])
def test_every_walk_shows_the_frames_asked_for(clip: Clip, name: str, walk: str) -> None:
    with ahead(clip(name)) as video:
        assert numbers(video, WALKS[walk]) == WALKS[walk]


@pytest.mark.parametrize("name", ["closed.mp4", "open.mp4", "mjpeg.avi"])
@pytest.mark.parametrize("direction", [1, -1])
def test_after_two_steps_nobody_decodes_but_the_prefetcher(
    clip: Clip, gate: Gate, name: str, direction: int
) -> None:
    gate.open.set()
    start = 20 if direction > 0 else 90
    with ahead(clip(name)) as video:
        numbers(video, [start, start + direction, start + 2 * direction])
        decoded = len(gate.packets) - gate.by_prefetcher()
        # Over three group borders of 24.
        for step in range(3, 66):
            wanted = start + direction * step
            wait_for(lambda wanted=wanted: wanted in video._cache)
            assert read_number(video[wanted]) == wanted
        assert len(gate.packets) - gate.by_prefetcher() == decoded


def test_no_thread_without_a_walk(closed: Path) -> None:
    with ahead(closed) as video:
        numbers(video, [5, 60, 59, 100, 5, 5])
        assert THREAD not in [thread.name for thread in threading.enumerate()]


def test_a_kept_frame_is_served_while_the_prefetcher_decodes(closed: Path, gate: Gate) -> None:
    with ahead(closed) as video:
        numbers(video, NEAR_A_BORDER)
        wait_for(gate.begun.is_set)
        # The prefetcher stands in the middle of a packet and stays there.
        assert numbers(video, [27, 29, 30]) == [27, 29, 30]
        assert gate.by_prefetcher() == 1
        gate.open.set()


def test_a_jump_waits_for_one_packet_at_most(closed: Path, gate: Gate) -> None:
    shown: list[int] = []
    with ahead(closed) as video:
        numbers(video, NEAR_A_BORDER)
        wait_for(gate.begun.is_set)
        request = threading.Thread(target=lambda: shown.append(read_number(video[100])), name="request")
        request.start()
        wait_for(lambda: video._prefetcher is not None and video._prefetcher._requests == 1)
        gate.open.set()
        request.join(20)
        assert shown == [100]
        last = len(gate.packets) - gate.packets[::-1].index("request")
        assert gate.packets[:last].count(THREAD) == 1


def test_closing_ends_it_after_the_packet_at_hand(closed: Path, gate: Gate) -> None:
    video = ahead(closed)
    numbers(video, NEAR_A_BORDER)
    wait_for(gate.begun.is_set)
    closing = threading.Thread(target=video.close)
    closing.start()
    wait_for(lambda: video._prefetcher is not None and video._prefetcher._stopping)
    gate.open.set()
    closing.join(20)
    assert not closing.is_alive()
    assert gate.by_prefetcher() == 1
    video.close()
    with pytest.raises(ValueError, match="closed"):
        video[28]


@pytest.mark.parametrize("budget", [0, 40_000, 100_000, BUDGET])
def test_the_byte_budget_holds(closed: Path, monkeypatch: pytest.MonkeyPatch, budget: int) -> None:
    held: list[int] = []
    put = FrameCache.put

    def counted(self: FrameCache[Any], number: int, picture: Any, size_bytes: int) -> None:
        put(self, number, picture, size_bytes)
        held.append(sum(plane.buffer_size for frame, _ in self._kept.values() for plane in frame.planes))

    monkeypatch.setattr(FrameCache, "put", counted)
    asked = [*range(40), *reversed(range(80)), 100, 101, 102, 103]
    with ahead(closed, budget) as video:
        for number in asked:
            assert read_number(video[number]) == number
            time.sleep(0.001)
    assert max(held) <= budget


def test_walking_back_through_a_group_larger_than_the_cache(
    clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts: list[int] = []
    start_at = decoder_file.Decoder.start_at

    def counted(self: decoder_file.Decoder, key: int) -> None:
        starts.append(key)
        start_at(self, key)

    monkeypatch.setattr(decoder_file.Decoder, "start_at", counted)
    with ahead(clip("one group.mp4")) as video:
        for number in reversed(range(FRAMES)):
            if number < FRAMES - 3:
                wait_for(lambda number=number: number in video._cache)
            assert read_number(video[number]) == number
        fit = BUDGET // 27_648
    # As stated in Prefetcher; one more for the jump to the end.
    assert len(starts) <= 8 * FRAMES / (3 * fit) + 1


def test_damage_is_told_when_it_is_asked_for(closed: Path, tmp_path: Path) -> None:
    with av.open(str(closed)) as container:
        keys = [p for p in container.demux(container.streams.video[0]) if p.size and p.is_keyframe]
        place, size = keys[2].pos, keys[2].size
    data = bytearray(closed.read_bytes())
    assert place is not None
    data[place + 4 : place + size] = bytes(size - 4)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(data)
    with ahead(damaged, 4 * BUDGET) as video:
        assert numbers(video, [40, 41, 42, 43, 44, 45]) == [40, 41, 42, 43, 44, 45]
        # Beyond the group that cannot be decoded.
        wait_for(lambda: 73 in video._cache)
        with pytest.raises(InvalidFileError, match=r"Frame 48 .* damaged"):
            video[48]
        assert numbers(video, [44, 73]) == [44, 73]
