"""Everything can be taken back and done again, in words, also after a restart."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from hrm_annotator.actions.table import ActionId
from hrm_annotator.coding.action_box import ActionBox
from hrm_core.facs import ACTIONS
from tests.support.window import FRAMES, Seat

START = 10
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def undo(seat: Seat) -> None:
    seat.press(Qt.Key.Key_Z, CONTROL)
    seat.saved()


def redo(seat: Seat) -> None:
    seat.press(Qt.Key.Key_Z, CONTROL | SHIFT)
    seat.saved()


def texts(seat: Seat) -> tuple[str, str]:
    return tuple(seat.window.actions_by_id[name].text() for name in (ActionId.UNDO, ActionId.REDO))


def test_every_change_can_be_taken_back_and_done_again(seat: Seat) -> None:
    states: list[dict[str, int]] = [{}]
    for entry in ACTIONS:
        seat.click(entry.key)
        states.append(seat.codes())
    seat.saved()
    for expected in reversed(states[:-1]):
        undo(seat)
        assert seat.codes() == expected
    assert seat.on_disk() == {}
    assert seat.coding._state.text() == "not coded yet"
    for expected in states[1:]:
        redo(seat)
        assert seat.codes() == expected
    assert len(seat.on_disk()[START].codes) == 33


@pytest.mark.slow
def test_there_is_no_limit(seat: Seat) -> None:
    for _ in range(60):
        seat.click("AU12")
    seat.saved()
    for _ in range(60):
        seat.press(Qt.Key.Key_Z, CONTROL)
    assert seat.on_disk() == {}
    undo(seat)
    assert "nothing more to take back" in seat.message


def test_the_menu_names_the_step(seat: Seat) -> None:
    assert texts(seat) == ("&Undo", "&Redo")
    seat.choose("AU12")
    seat.press("2")
    seat.saved()
    assert texts(seat) == (f"&Undo: AU12 left, frame {START}", "&Redo")
    undo(seat)
    assert texts(seat) == ("&Undo", f"&Redo: AU12 left, frame {START}")


def test_undo_survives_a_restart(seat: Seat) -> None:
    seat.click("AU12")
    seat.click("AU4")
    undo(seat)
    again = seat.restart()
    assert texts(again) == (f"&Undo: AU12, frame {START}", f"&Redo: AU4, frame {START}")
    redo(again)
    undo(again)
    undo(again)
    assert again.on_disk() == {}
    again.leave()


def test_undo_shows_the_frame_that_it_touched(seat: Seat) -> None:
    seat.click("AU12")
    seat.press(Qt.Key.Key_End)
    seat.wait_frame(FRAMES - 1)
    undo(seat)
    seat.wait_frame(START)
    assert seat.agrees() == START
    seat.press(Qt.Key.Key_Home)
    seat.wait_frame(0)
    seat.press(Qt.Key.Key_Y, CONTROL)
    seat.wait_frame(START)
    assert seat.codes() == {"AU12": 1}


def test_a_note_being_typed_is_what_undo_takes_back(seat: Seat) -> None:
    seat.click("AU12")
    seat.coding._note.setFocus()
    seat.type("no")
    seat.window.actions_by_id[ActionId.UNDO].trigger()
    coding = seat.on_disk()[START]
    assert (coding.comment, len(coding.codes)) == ("", 1)
    assert seat.coding._note.text() == ""


def test_a_new_change_ends_redo(seat: Seat) -> None:
    seat.click("AU12")
    undo(seat)
    seat.click("AU4")
    seat.saved()
    assert texts(seat)[1] == "&Redo"
    redo(seat)
    assert [code.action for code in seat.on_disk()[START].codes] == ["AU4"]


def test_a_code_right_behind_an_undo_never_brings_back_what_it_took(seat: Seat) -> None:
    for key in ("AU12", "AU4"):
        seat.click(key)
    seat.saved()
    seat.press(Qt.Key.Key_Z, CONTROL)
    seat.click("AU9")
    assert "One moment" in seat.message
    seat.saved()
    assert seat.codes() == {"AU12": 1}
    seat.click("AU9")
    assert [code.action for code in seat.on_disk()[START].codes] == ["AU9", "AU12"]


def test_undo_is_each_recordings_own(seat: Seat) -> None:
    seat.click("AU12")
    seat.open_recording(1)
    assert texts(seat) == ("&Undo", "&Redo")
    assert not any(box.code for box in seat.coding.findChildren(ActionBox))
    undo(seat)
    assert START in seat.on_disk()
