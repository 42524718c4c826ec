"""Playback starts from the frame on the screen, in both directions, and only takes what is there."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from hrm_annotator.player.transport import SPEEDS
from tests.support.window import FPS, FRAMES, Seat

LAST = FRAMES - 1
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def seen(seat: Seat) -> list[int]:
    """Numbers of the pictures shown from now on, as they are painted."""
    numbers: list[int] = []
    seat.session.frame_changed.connect(lambda _: numbers.append(seat.agrees()))
    return numbers


def choose_speed(seat: Seat, speed: float) -> None:
    """By key, as slow as can be and then faster."""
    for _ in SPEEDS:
        seat.press("-")
    for _ in range(SPEEDS.index(speed)):
        seat.press("=")


def test_playing_starts_from_the_frame_on_the_screen(seat: Seat, seen: list[int]) -> None:
    seat.go_to(50)
    seat.press(Qt.Key.Key_Return)  # coded, as in the tool that played another frame then
    seat.wait_frame(51)
    del seen[:]
    seat.press(Qt.Key.Key_Space)
    assert seat.player.transport.playing
    seat.wait(lambda: len(seen) >= 8)
    assert 52 <= seen[0] <= 54
    assert seen == sorted(set(seen))
    seat.press(Qt.Key.Key_Space)


def test_playing_backwards_goes_backwards_from_the_frame_on_the_screen(seat: Seat, seen: list[int]) -> None:
    seat.go_to(50)
    del seen[:]
    seat.press(Qt.Key.Key_Space, SHIFT)
    seat.wait(lambda: len(seen) >= 8)
    assert 47 <= seen[0] <= 49
    assert seen == sorted(set(seen), reverse=True)
    seat.press(Qt.Key.Key_Space, SHIFT)
    assert not seat.player.transport.playing


@pytest.mark.parametrize(("start", "modifier", "end"), [(112, None, LAST), (8, SHIFT, 0)])
def test_playing_stops_at_the_end(
    seat: Seat, seen: list[int], start: int, modifier: Qt.KeyboardModifier | None, end: int
) -> None:
    seat.go_to(start)
    seat.press(Qt.Key.Key_Space, modifier or Qt.KeyboardModifier.NoModifier)
    seat.wait(lambda: not seat.player.transport.playing)
    assert seen[-1] == end
    assert seat.agrees() == end


@pytest.mark.parametrize(("key", "frame"), [(Qt.Key.Key_End, LAST), (Qt.Key.Key_Home, 0)])
def test_at_the_end_there_is_nothing_to_play(seat: Seat, key: Qt.Key, frame: int) -> None:
    seat.press(key)
    seat.wait_frame(frame)
    seat.press(Qt.Key.Key_Space, SHIFT if frame == 0 else Qt.KeyboardModifier.NoModifier)
    seat.qtbot.wait(20)
    assert not seat.player.transport.playing
    assert seat.agrees() == frame


def test_the_space_bar_stops_and_goes_on(seat: Seat, seen: list[int]) -> None:
    seat.press(Qt.Key.Key_Space)
    seat.wait(lambda: len(seen) >= 2)
    seat.press(Qt.Key.Key_Space)
    assert not seat.player.transport.playing
    seat.qtbot.wait(100)
    stopped = len(seen)
    seat.qtbot.wait(100)
    assert len(seen) == stopped
    seat.press(Qt.Key.Key_Space)
    seat.wait(lambda: len(seen) > stopped)
    seat.press(Qt.Key.Key_Space)


@pytest.mark.parametrize(
    "act",
    [
        lambda seat: seat.press(Qt.Key.Key_Right),
        lambda seat: seat.press(Qt.Key.Key_Left),
        lambda seat: seat.press(Qt.Key.Key_End),
        lambda seat: seat.press(Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier),
        lambda seat: seat.press(Qt.Key.Key_Return),
    ],
    ids=["right", "left", "end", "Ctrl+G", "return"],
)
def test_going_elsewhere_stops(seat: Seat, seen: list[int], act: Callable[[Seat], None]) -> None:
    seat.press(Qt.Key.Key_Space)
    seat.wait(lambda: len(seen) >= 2)
    act(seat)
    assert not seat.player.transport.playing
    seat.qtbot.wait(50)
    stopped = len(seen)
    seat.qtbot.wait(100)
    assert len(seen) == stopped
    seat.agrees()


def test_a_code_while_playing_lands_on_the_frame_that_was_displayed_and_stops_there(
    seat: Seat, seen: list[int]
) -> None:
    seat.choose("AU12")
    given = []
    seat.session.edited.connect(lambda edit, _: given.append((min(edit), seat.agrees())))
    for number in (3, 6):
        seat.press(Qt.Key.Key_Space)
        seat.wait(lambda number=number: len(seen) >= number)
        seat.press("1")
        assert not seat.player.transport.playing
        assert seat.session.frame == given[-1][0]
    assert len(given) == 2
    assert all(coded == displayed for coded, displayed in given)
    assert set(seat.on_disk()) == {coded for coded, _ in given}


def test_every_speed_can_be_chosen_by_key(seat: Seat) -> None:
    shown = seat.player.findChild(QComboBox)
    assert SPEEDS[0] == 0.05
    assert SPEEDS[-1] == 4.0
    for speed in SPEEDS:
        choose_speed(seat, speed)
        assert seat.player.transport.speed == speed
        assert shown.currentText() == f"{speed:g}×"
    seat.press("=")
    assert seat.player.transport.speed == SPEEDS[-1]


@pytest.mark.parametrize("speed", [0.25, 0.5, 4.0])
def test_the_speed_is_kept(seat: Seat, seen: list[int], speed: float) -> None:
    choose_speed(seat, speed)
    frames = {0.25: 3, 0.5: 6, 4.0: 60}[speed]
    seat.press(Qt.Key.Key_Home)
    seat.wait_frame(0)
    began = time.monotonic()
    seat.press(Qt.Key.Key_Space)
    seat.wait(lambda: seen[-1] >= frames)
    took = time.monotonic() - began
    seat.press(Qt.Key.Key_Space)
    expected = seen[-1] / FPS / speed
    assert expected - 0.05 < took < expected + 0.5


def test_a_change_of_speed_takes_hold_while_playing(seat: Seat, seen: list[int]) -> None:
    choose_speed(seat, 0.05)
    seat.press(Qt.Key.Key_Space)
    seat.qtbot.wait(50)
    assert not seen
    for _ in SPEEDS:
        seat.press("=")
    seat.wait(lambda: len(seen) >= 5)
    assert seen == sorted(set(seen))
    seat.press(Qt.Key.Key_Space)


def test_the_speed_is_remembered_at_the_next_start(seat: Seat) -> None:
    choose_speed(seat, 0.25)
    again = seat.restart()
    assert again.player.transport.speed == 0.25
    again.leave()
