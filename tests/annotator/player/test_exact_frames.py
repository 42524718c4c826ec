"""The number that is stated is always that of the picture that is painted."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from hrm_annotator.player.ruler import Ruler
from tests.support.window import CLIPS, FRAMES, Seat

LAST = FRAMES - 1
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_the_recording_opens_at_its_first_clip(seat: Seat) -> None:
    assert seat.agrees() == CLIPS[0][0]


@pytest.mark.parametrize(("start", "key", "step"), [(0, Qt.Key.Key_Right, 1), (LAST, Qt.Key.Key_Left, -1)])
def test_stepping_through_shows_every_frame(seat: Seat, start: int, key: Qt.Key, step: int) -> None:
    seat.press(Qt.Key.Key_Home if start == 0 else Qt.Key.Key_End)
    seat.wait_frame(start)
    for moved in range(1, FRAMES):
        seat.press(key)
        seat.wait_frame(start + step * moved)
        assert seat.agrees() == start + step * moved
    seat.press(key)
    seat.qtbot.wait(20)
    assert seat.agrees() == LAST - start


def test_home_end_and_tens(seat: Seat) -> None:
    for key, modifier, frame in (
        (Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, LAST),
        (Qt.Key.Key_Left, SHIFT, LAST - 10),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, 0),
        (Qt.Key.Key_Left, SHIFT, 0),
        (Qt.Key.Key_Right, SHIFT, 10),
        (Qt.Key.Key_Right, SHIFT, 20),
    ):
        seat.press(key, modifier)
        seat.wait_frame(frame)
        seat.qtbot.wait(5)
        assert seat.agrees() == frame


def test_a_typed_number_jumps_there_codes_nothing_and_gives_the_keyboard_back(seat: Seat) -> None:
    seat.go_to(77)
    assert seat.agrees() == 77
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(78)
    assert seat.agrees() == 78
    assert not seat.on_disk()


def test_a_number_beyond_the_end_goes_nowhere_else(seat: Seat) -> None:
    seat.press(Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    seat.type("9999")
    seat.press(Qt.Key.Key_Return)
    seat.qtbot.wait(50)
    assert 0 <= seat.agrees() <= LAST


def test_escape_leaves_the_number_field_without_a_jump(seat: Seat) -> None:
    seat.press(Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    seat.type("77")
    seat.press(Qt.Key.Key_Escape)
    seat.qtbot.wait(50)
    assert seat.agrees() == CLIPS[0][0]
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(CLIPS[0][0] + 1)


def test_ruler_clicks_and_drags(seat: Seat) -> None:
    ruler = seat.player.findChild(Ruler)
    for frame in (0, 33, 119, 64):
        point = QPoint(round(ruler._x(frame) + ruler._width() / 2), 20)
        QTest.mouseClick(ruler, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
        seat.wait_frame(frame)
        assert seat.agrees() == frame


def test_the_clips_of_the_tree_jump(seat: Seat) -> None:
    tree = seat.window.tree
    recording = tree.model.index(0, 0, tree.model.index(0, 0))
    for row, (first, _) in reversed(list(enumerate(CLIPS))):
        clip = tree.model.index(row, 0, recording)
        point = tree._tree.visualRect(clip).center()
        QTest.mouseClick(
            tree._tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point
        )
        seat.wait_frame(first)
        assert seat.agrees() == first


def test_a_hundred_random_jumps(seat: Seat) -> None:
    for frame in random.Random(5).choices(range(FRAMES), k=100):
        seat.player.transport.go_to(frame)
        seat.wait_frame(frame)
        assert seat.agrees() == frame


def test_jumps_that_overtake_one_another_end_at_the_last_one(seat: Seat) -> None:
    seen = []
    seat.session.frame_changed.connect(lambda _: seen.append(seat.agrees()))
    jumps = random.Random(6).choices(range(FRAMES), k=100)
    for frame in [*jumps, 42]:
        seat.player.transport.go_to(frame)
    seat.wait_frame(42)
    seat.qtbot.wait(50)
    assert seat.agrees() == 42
    assert set(seen) <= {*jumps, 42}


@pytest.mark.parametrize(("start", "key", "step"), [(0, Qt.Key.Key_Right, 1), (LAST, Qt.Key.Key_Left, -1)])
def test_a_held_key_shows_consecutive_frames(seat: Seat, start: int, key: Qt.Key, step: int) -> None:
    seat.press(Qt.Key.Key_Home if start == 0 else Qt.Key.Key_End)
    seat.wait_frame(start)
    seen = [start]
    seat.session.frame_changed.connect(lambda _: seen.append(seat.agrees()))
    seat.hold(key, 150)
    seat.qtbot.wait(50)
    assert len(seen) > 10
    assert seen == list(range(start, seen[-1] + step, step))


def test_a_code_lands_on_the_frame_that_was_displayed(seat: Seat) -> None:
    """The keys follow one another without a pause: the next picture is not there yet."""
    seat.choose("AU12")
    displayed = []
    seat.session.edited.connect(lambda edit, _: displayed.append((min(edit), seat.agrees())))
    for _ in range(20):
        before = seat.agrees()
        seat.press(Qt.Key.Key_Right)
        seat.press("1")
        assert displayed.pop() == (before, before)
        seat.wait_frame(before + 1)
    assert set(seat.on_disk()) == set(range(CLIPS[0][0], CLIPS[0][0] + 20))


def test_a_recording_that_opens_after_the_project_was_closed_is_dropped(seat: Seat) -> None:
    model = seat.window.tree.model
    seat.window.tree._tree.clicked.emit(model.index(0, 0, model.index(1, 0)))
    seat.press(Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    seat.qtbot.wait(150)
    assert seat.session.project is None
    assert seat.session.recording is None
    assert seat.window.start_page.isVisible()


def test_who_comes_back_before_the_other_recording_is_open_stays(seat: Seat) -> None:
    model = seat.window.tree.model
    for row in (1, 0):
        seat.window.tree._tree.clicked.emit(model.index(0, 0, model.index(row, 0)))
    seat.qtbot.wait(200)
    assert seat.session.recording.name == "play-7"
    assert seat.agrees() == CLIPS[0][0]


def test_another_recording_never_shows_a_picture_of_the_last_one(seat: Seat) -> None:
    seat.player.transport.go_to(90)
    for row in (1, 0, 1, 0, 1):
        model = seat.window.tree.model
        seat.window.tree._tree.clicked.emit(model.index(0, 0, model.index(row, 0)))
        seat.qtbot.wait(3)
    seat.wait(lambda: seat.session.recording.name == "play-8" and seat.session.frame is not None)
    seat.qtbot.wait(50)
    assert seat.agrees() == 0
