"""What is said of a frame reaches the disk by itself, and comes back."""

from __future__ import annotations

import re
import shutil

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hrm_core.paths import user_config_dir
from hrm_core.records.coding import CodingState
from tests.support.window import Seat

START = 10
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def write_note(seat: Seat, words: str) -> None:
    """Click into the note of a coded frame and type."""
    if seat.session.coding() is None:
        seat.session.clear_codes()
    QTest.mouseClick(seat.coding._note, Qt.MouseButton.LeftButton)
    QTest.keyClicks(seat.coding._note, words)


def test_no_menu_offers_to_save(seat: Seat) -> None:
    words = [entry.text() for menu in seat.window.menuBar().actions() for entry in menu.menu().actions()]
    assert words
    assert not [entry for entry in words if "save" in entry.lower()]


def test_each_change_is_on_disk_without_being_saved(seat: Seat) -> None:
    seat.click("AU12")
    assert [code.action for code in seat.on_disk()[START].codes] == ["AU12"]
    seat.click("AU4")
    assert [code.action for code in seat.on_disk()[START].codes] == ["AU4", "AU12"]
    assert re.search(r"All labels are on disk · last change \d\d:\d\d:\d\d", seat.window.save_state.text())


def test_the_save_state_says_nothing_before_and_pending_while_it_writes(seat: Seat) -> None:
    assert seat.window.save_state.text().endswith("All labels are on disk")
    seat.click("AU12")
    assert "Saving 1 change" in seat.window.save_state.text()
    seat.saved()
    assert "All labels are on disk" in seat.window.save_state.text()


def test_on_disk_is_never_said_while_a_change_waits(seat: Seat) -> None:
    said = []
    box = seat.coding.box("AU12")
    for _ in range(60):
        seat.session.set_code("AU12", 0 if box.code else 1)
        if len(said) % 3 == 0:
            seat.qtbot.wait(1)
        writer = seat.program.coding._writer
        said.append((writer.pending, seat.window.save_state.text()))
    assert not [text for pending, text in said if pending and "All labels" in text]


def test_leaving_a_frame_keeps_the_note_that_is_being_typed(seat: Seat) -> None:
    write_note(seat, "mouth hidden, 1/2")
    seat.player.transport.go_to(START + 1)
    seat.wait_frame(START + 1)
    assert seat.coding._note.text() == ""
    assert {frame: coding.comment for frame, coding in seat.on_disk().items()} == {START: "mouth hidden, 1/2"}


def test_return_finishes_a_note_and_neither_confirms_nor_goes_on(seat: Seat) -> None:
    write_note(seat, "look again")
    seat.press(Qt.Key.Key_Return)
    assert QApplication.focusWidget() is not seat.coding._note
    assert seat.on_disk()[START].comment == "look again"
    seat.qtbot.wait(20)
    assert seat.session.frame == START
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(START + 1)


def test_closing_the_recording_keeps_the_note_that_is_being_typed(seat: Seat) -> None:
    write_note(seat, "last words")
    seat.open_recording(1)
    assert seat.on_disk()[START].comment == "last words"


def test_the_codes_of_a_coded_frame_are_there_after_a_restart(seat: Seat) -> None:
    """The tool of the paper never loaded them back."""
    seat.click("AU12")
    seat.click("AD19", None)
    write_note(seat, "tired")
    seat.press(Qt.Key.Key_Return)
    seat.press("/", SHIFT)
    seat.saved()
    again = seat.restart()
    again.go_to(START)
    assert again.codes() == {"AU12": 1, "AD19": 1}
    assert again.coding._note.text() == "tired"
    assert again.coding._doubt.isChecked()
    assert again.coding._state.text() == "coded"
    again.leave()


def test_the_program_goes_on_at_the_first_frame_of_a_clip_that_is_not_coded(seat: Seat) -> None:
    for frame in (START, START + 1):
        assert seat.session.frame == frame
        seat.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        seat.wait_frame(frame + 1)
    seat.go_to(START + 5)
    # On another computer nobody knows where the coder was.
    seat.saved()
    seat.leave()
    shutil.rmtree(user_config_dir() / "places")
    again = Seat(seat.qtbot)
    again.open(seat.folder)
    try:
        assert again.session.frame == START + 2
    finally:
        again.leave()


def test_return_on_an_untouched_frame_says_nothing_about_it(seat: Seat) -> None:
    seat.press(Qt.Key.Key_Return)
    seat.wait_frame(START + 1)
    assert seat.on_disk() == {}


def test_a_note_on_an_uncoded_frame_waits_until_it_is_coded(seat: Seat) -> None:
    QTest.mouseClick(seat.coding._note, Qt.MouseButton.LeftButton)
    QTest.keyClicks(seat.coding._note, "mouth hidden 1 2")
    assert not seat.player.transport.playing
    seat.player.transport.go_to(START + 1)
    seat.wait_frame(START + 1)
    assert seat.coding._note.text() == ""
    assert seat.coding.notes_waiting() == [START]
    assert seat.on_disk() == {}
    seat.go_to(START)
    assert seat.coding._note.text() == "mouth hidden 1 2"
    seat.click("AU25")
    coding = seat.on_disk()[START]
    assert (coding.comment, len(coding.codes)) == ("mouth hidden 1 2", 1)
    assert seat.coding.notes_waiting() == []


def test_frames_that_were_only_looked_at_stay_uncoded(seat: Seat) -> None:
    for _ in range(5):
        seat.press(Qt.Key.Key_Right)
        seat.qtbot.wait(10)
    seat.wait_frame(START + 5)
    seat.choose("AU12")
    seat.press("0")
    assert seat.on_disk() == {}
    assert seat.coding._state.text() == "not coded yet"


def test_return_confirms_and_goes_on(seat: Seat) -> None:
    seat.click("AU12")
    seat.press(Qt.Key.Key_Return)
    seat.wait_frame(START + 1)
    seat.press(Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    seat.wait_frame(START + 2)
    codings = seat.on_disk()
    assert {frame: len(coding.codes) for frame, coding in codings.items()} == {START: 1}
    assert {coding.state for coding in codings.values()} == {CodingState.CODED}


def test_return_pressed_too_fast_passes_no_frame_over(seat: Seat) -> None:
    for _ in range(30):
        seat.press(Qt.Key.Key_Return, SHIFT)
    seat.saved()
    seat.qtbot.wait(50)
    coded = sorted(seat.on_disk())
    assert coded == list(range(START, START + len(coded)))
    assert seat.session.frame == START + len(coded)


def test_shift_return_codes_no_action_and_goes_on(seat: Seat) -> None:
    seat.click("AU12")
    seat.press(Qt.Key.Key_Return, SHIFT)
    seat.wait_frame(START + 1)
    assert seat.on_disk()[START].codes == ()
    assert seat.on_disk()[START].state is CodingState.CODED
    seat.press(Qt.Key.Key_Left)
    seat.wait_frame(START)
    assert seat.coding._score.text() == "0"
    assert seat.coding._state.text() == "coded, without action"


def test_no_action_by_mouse_stays_on_the_frame(seat: Seat) -> None:
    seat.click("AU12")
    seat.button("No action").click()
    assert seat.session.frame == START
    assert seat.on_disk()[START].codes == ()


def test_not_codable_is_a_state_of_its_own(seat: Seat) -> None:
    seat.click("AU12")
    seat.press(Qt.Key.Key_D, CONTROL)
    coding = seat.on_disk()[START]
    assert (coding.state, coding.codes) == (CodingState.NOT_CODABLE, ())
    assert seat.coding._state.text() == "not codable"
    assert seat.coding._not_codable.isChecked()
    seat.click("AU4")
    assert seat.on_disk()[START].state is CodingState.CODED
    assert not seat.coding._not_codable.isChecked()


def test_not_codable_is_taken_off_only_by_saying_what_is_seen(seat: Seat) -> None:
    seat.click("AU12")
    for _ in range(2):
        seat.press(Qt.Key.Key_D, CONTROL)
    assert "Code what you see" in seat.message
    assert seat.coding._not_codable.isChecked()
    assert seat.on_disk()[START].state is CodingState.NOT_CODABLE
    seat.press(Qt.Key.Key_Z, CONTROL)
    assert [code.action for code in seat.on_disk()[START].codes] == ["AU12"]


def test_flag_and_note_alone_never_turn_an_uncoded_frame_into_no_action(seat: Seat) -> None:
    assert not seat.coding._doubt.isEnabled()
    seat.press("/")
    assert "Code the frame first" in seat.message
    assert not seat.coding._doubt.isChecked()
    assert seat.on_disk() == {}
    seat.click("AU12")
    assert seat.coding._doubt.isEnabled()


def test_doubt_is_flagged_and_taken_off(seat: Seat) -> None:
    seat.click("AU12")
    seat.press("/", SHIFT)
    assert seat.on_disk()[START].doubtful
    assert seat.coding._doubt.isChecked()
    QTest.mouseClick(seat.coding._doubt, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert not seat.on_disk()[START].doubtful
    assert not seat.coding._doubt.isChecked()


def test_the_tree_counts_coded_frames(seat: Seat) -> None:
    model = seat.window.tree.model
    recording = model.index(0, 1, model.index(0, 0))
    assert recording.data() == "0/70"
    seat.press(Qt.Key.Key_Return, SHIFT)
    seat.wait_frame(START + 1)
    seat.wait(lambda: recording.data() == "1/70")
