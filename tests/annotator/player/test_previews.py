"""Quick copies of far frames: shown first, replaced by the frame itself, never a wrong or late one."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hrm_annotator.player.frame_loader import FrameLoader
from hrm_annotator.player.transport import Transport
from hrm_core.errors import InvalidFileError
from hrm_core.media import decoder as decoder_file
from hrm_core.media.video import Video
from hrm_core.workflows.make_proxy import make_proxy
from hrm_core.workflows.project import open_project
from tests.support.window import FRAMES, Seat

COPY, ITSELF = 1, 2


class FakeVideo(Video):
    """Frames take until they are let go; copies of some are there at once."""

    def __init__(self, copies: set[int], broken: set[int] | None = None) -> None:
        self.copies, self.broken = copies, broken or set()
        self.let_go = threading.Event()
        self.begun: list[int] = []
        self.given_up: list[int] = []

    path = property(lambda self: Path("fake"))
    size = property(lambda self: (1, 1))
    fps = property(lambda self: 25.0)
    times = property(lambda self: np.arange(100) / 25)

    def __len__(self) -> int:
        return 100

    def close(self) -> None: ...

    def _preview(self, number: int) -> NDArray[np.uint8] | None:
        return np.full((1, 1, 3), COPY, np.uint8) if number in self.copies else None

    def _picture(self, number: int) -> NDArray[np.uint8]:
        self.begun.append(number)
        assert self.let_go.wait(10)
        if number in self.broken:
            raise InvalidFileError(f"Frame {number} is damaged.")
        return np.full((1, 1, 3), ITSELF, np.uint8)

    def _picture_unless(self, number: int, given_up: Callable[[], bool]) -> NDArray[np.uint8] | None:
        self.begun.append(number)
        while not self.let_go.wait(0.002):
            if given_up():
                self.given_up.append(number)
                return None
        return self._picture(number)


@pytest.fixture
def loading(qtbot: QtBot) -> Iterator[Callable[[FakeVideo], tuple[FrameLoader, list[tuple[int, int]]]]]:
    loaders: list[FrameLoader] = []

    def start(video: FakeVideo) -> tuple[FrameLoader, list[tuple[int, int]]]:
        loader = FrameLoader(lambda _: video)
        shown: list[tuple[int, int]] = []
        loader.loaded.connect(lambda frame, picture: shown.append((frame, int(picture[0, 0, 0]))))
        loaders.append(loader)
        with qtbot.waitSignal(loader.opened):
            loader.start()
        return loader, shown

    yield start
    for loader in loaders:
        loader.stop()


def test_a_copy_comes_first_and_then_the_frame_itself(loading: Callable, qtbot: QtBot) -> None:
    video = FakeVideo({7})
    loader, shown = loading(video)
    loader.request(7)
    qtbot.waitUntil(lambda: shown == [(7, COPY)])
    video.let_go.set()
    qtbot.waitUntil(lambda: shown == [(7, COPY), (7, ITSELF)])


def test_without_a_copy_there_is_one_picture(loading: Callable, qtbot: QtBot) -> None:
    video = FakeVideo(set())
    loader, shown = loading(video)
    video.let_go.set()
    loader.request(7)
    qtbot.waitUntil(lambda: shown == [(7, ITSELF)])
    qtbot.wait(20)
    assert shown == [(7, ITSELF)]


def test_whoever_goes_on_does_not_wait_for_the_frame_behind_the_copy(loading: Callable, qtbot: QtBot) -> None:
    video = FakeVideo({7, 8, 9})
    loader, shown = loading(video)
    for frame in (7, 8, 9):
        loader.request(frame)
        qtbot.waitUntil(lambda frame=frame: shown[-1:] == [(frame, COPY)])
    video.let_go.set()
    qtbot.waitUntil(lambda: shown[-1] == (9, ITSELF))
    assert shown == [(7, COPY), (8, COPY), (9, COPY), (9, ITSELF)]
    assert video.given_up == [7, 8]


def test_without_copies_nothing_is_given_up_however_fast_requests_come(
    loading: Callable, qtbot: QtBot
) -> None:
    video = FakeVideo(set())
    loader, shown = loading(video)
    loader.request(7)
    qtbot.waitUntil(lambda: video.begun == [7])
    loader.request(8)
    loader.request(9)
    qtbot.wait(20)
    video.let_go.set()
    qtbot.waitUntil(lambda: shown == [(7, ITSELF), (9, ITSELF)])


def test_a_frame_that_fails_behind_its_copy_is_told(loading: Callable, qtbot: QtBot) -> None:
    video = FakeVideo({7}, broken={7})
    loader, shown = loading(video)
    video.let_go.set()
    with qtbot.waitSignal(loader.failed) as failure:
        loader.request(7)
    assert "Frame 7" in failure.args[0]
    assert shown == [(7, COPY)]


def test_stopping_does_not_wait_for_the_frame_behind_the_copy(loading: Callable, qtbot: QtBot) -> None:
    video = FakeVideo({7})
    loader, shown = loading(video)
    loader.request(7)
    qtbot.waitUntil(lambda: shown == [(7, COPY)])
    began = time.monotonic()
    loader.stop()
    assert time.monotonic() - began < 2


def test_the_second_picture_of_a_frame_asks_for_nothing_while_playing(qtbot: QtBot) -> None:
    transport = Transport()
    asked: list[int] = []
    transport.wanted.connect(lambda frame, _: asked.append(frame))
    transport.open(np.arange(100) / 25)
    transport.go_to(10)
    transport.on_shown(10)
    transport.play(1)
    qtbot.waitUntil(lambda: len(asked) == 2)
    for _ in range(3):
        transport.on_shown(10)  # the frame itself, when the next is on its way already
        qtbot.wait(50)
    assert asked == [10, 11]
    transport.on_shown(11)
    qtbot.waitUntil(lambda: len(asked) == 3)
    transport.stop()


# ---- the real window on a real proxy, with a decoder that takes its time --------------


@pytest.fixture
def slow_seat(study: Path, new_seat: Callable[..., Seat], monkeypatch: pytest.MonkeyPatch) -> Iterator[Seat]:
    """A coder at a recording with a proxy; each packet of the original takes 15 ms."""
    with open_project(study) as project:
        make_proxy(project, next(project.recordings("7"))[1])
    decode = decoder_file.decode

    def slowly(*arguments: object) -> object:
        time.sleep(0.015)
        return decode(*arguments)

    monkeypatch.setattr(decoder_file, "decode", slowly)
    place = new_seat()
    place.open(study)
    return place


@pytest.fixture
def pictures(slow_seat: Seat) -> list[int]:
    """Frame of every picture that arrives, copies and originals."""
    loader = slow_seat.player._loader
    assert loader is not None
    numbers: list[int] = []
    loader.loaded.connect(lambda frame, _: numbers.append(frame))
    return numbers


def _settled(seat: Seat, pictures: list[int]) -> None:
    """Wait until the frame itself has come, after which there is no copy of it any more."""
    loader = seat.player._loader
    assert loader is not None
    seat.wait(lambda: bool(loader._wake._waiters) and loader._wanted is None)
    seat.qtbot.wait(5)


def test_jumps_show_at_once_what_is_asked_for(slow_seat: Seat, pictures: list[int]) -> None:
    waits = []
    seen: list[int] = []
    slow_seat.session.frame_changed.connect(lambda _: seen.append(slow_seat.agrees()))
    jumps = random.Random(3).sample(range(FRAMES), 25)
    for frame in jumps:
        began = time.monotonic()
        slow_seat.player.transport.go_to(frame)
        slow_seat.wait_frame(frame)
        waits.append(time.monotonic() - began)
        assert slow_seat.agrees() == frame
    _settled(slow_seat, pictures)
    assert slow_seat.agrees() == jumps[-1]
    assert pictures[-1] == jumps[-1]
    # A frame is announced once, however many pictures of it come.
    assert seen == jumps
    assert len(pictures) > len(jumps)
    assert sorted(waits)[len(waits) // 2] < 0.1


@pytest.mark.parametrize(("start", "key", "step"), [(5, Qt.Key.Key_Right, 1), (110, Qt.Key.Key_Left, -1)])
def test_a_held_key_shows_consecutive_frames_of_copies_and_originals(
    slow_seat: Seat, pictures: list[int], start: int, key: Qt.Key, step: int
) -> None:
    slow_seat.go_to(start)
    seen = [start]
    slow_seat.session.frame_changed.connect(lambda _: seen.append(slow_seat.agrees()))
    slow_seat.hold(key, 150)
    _settled(slow_seat, pictures)
    assert len(seen) > 10
    assert seen == list(range(start, seen[-1] + step, step))
    # No picture of a frame that was left behind came after one of the next.
    assert pictures == sorted(pictures, reverse=step < 0)


def test_what_is_typed_stays_when_the_frame_itself_comes(slow_seat: Seat, pictures: list[int]) -> None:
    slow_seat.player.transport.go_to(95)
    slow_seat.wait_frame(95)
    slow_seat.press(Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    slow_seat.type("3")
    before = len(pictures)
    _settled(slow_seat, pictures)
    assert pictures[before:] == [95]
    slow_seat.type("7")
    slow_seat.press(Qt.Key.Key_Return)
    slow_seat.wait_frame(37)
    assert slow_seat.agrees() == 37


def test_codes_go_to_the_frame_whose_copy_is_seen(slow_seat: Seat) -> None:
    slow_seat.choose("AU12")
    frames = [100, 20, 75, 50]
    for frame in frames:
        slow_seat.player.transport.go_to(frame)
        slow_seat.wait_frame(frame)
        slow_seat.press("1")
    assert set(slow_seat.on_disk()) == set(frames)


def test_playing_from_a_copy_goes_on_in_order(slow_seat: Seat) -> None:
    slow_seat.player.transport.go_to(70)
    slow_seat.wait_frame(70)
    seen: list[int] = []
    slow_seat.session.frame_changed.connect(lambda _: seen.append(slow_seat.agrees()))
    slow_seat.press(Qt.Key.Key_Space)
    slow_seat.wait(lambda: len(seen) >= 12)
    slow_seat.press(Qt.Key.Key_Space)
    assert seen == sorted(set(seen))
    assert seen[0] >= 71
