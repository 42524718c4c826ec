"""Everything in reach of a coder who never touches the mouse."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from hrm_core.records.coding import CodingState
from tests.support.window import Seat

CONTROL = Qt.KeyboardModifier.ControlModifier


def test_clips_and_recordings_are_reached_by_keys(seat: Seat) -> None:
    first = seat.session.recording
    starts = [clip.first_frame for clip in seat.session.clips]
    assert starts
    seat.press(Qt.Key.Key_Home)
    seat.wait_frame(0)
    for start in [start for start in starts if start > 0]:
        seat.press(Qt.Key.Key_PageDown)
        seat.wait_frame(start)
    seat.press(Qt.Key.Key_End)
    seat.wait_frame(seat.session.frame_count - 1)
    seat.press(Qt.Key.Key_PageUp)
    seat.wait_frame(starts[-1])
    seat.press(Qt.Key.Key_PageDown, CONTROL)
    seat.wait(lambda: seat.session.recording not in (None, first) and seat.session.frame is not None)
    seat.press(Qt.Key.Key_PageUp, CONTROL)
    seat.wait(lambda: seat.session.recording == first and seat.session.frame is not None)


def test_space_presses_the_button_that_has_the_keyboard(seat: Seat) -> None:
    (button,) = [button for button in seat.coding.findChildren(QPushButton) if button.text() == "Not codable"]
    button.setFocus()
    seat.press(Qt.Key.Key_Space)
    assert not seat.player.transport.playing
    assert seat.on_disk()[seat.session.frame].state is CodingState.NOT_CODABLE
