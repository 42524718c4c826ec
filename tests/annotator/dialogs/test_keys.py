"""Palette, sheet, card, own keys and the choice of a profile, by keyboard."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from hrm_annotator.actions.bindings import Bindings
from hrm_annotator.actions.ids import toggle
from hrm_annotator.actions.profiles import Profile, default_keys
from hrm_annotator.actions.strokes import shown
from hrm_annotator.actions.table import COMMANDS, ActionId
from hrm_annotator.dialogs.change_keys import ChangeKeysDialog
from hrm_annotator.dialogs.command_palette import CommandPalette, rank
from hrm_annotator.dialogs.key_profile import KeyProfileDialog
from hrm_annotator.dialogs.key_sheet import KeySheet, write_card
from hrm_annotator.settings import personal
from tests.support.window import Seat, painted

PRINTED = {"Right": "→", "Left": "←", "Up": "↑", "Down": "↓", "Return": "Enter"}
"""What is printed on keys that Qt names in words."""
CONTROL = Qt.KeyboardModifier.ControlModifier


def opened(seat: Seat, kind: type) -> object:
    """The dialog of this kind, once the keyboard is in it."""
    seat.wait(lambda: isinstance(QApplication.activeWindow(), kind))
    return QApplication.activeWindow()


def press(key: Qt.Key | str) -> None:
    """Press a key in the dialog; a coder's seat would go back to the main window first."""
    QTest.keyClick(QApplication.focusWidget() or QApplication.activeWindow(), key)


def type_in(text: str) -> None:
    for letter in text:
        press(letter)


def test_a_command_is_found_by_the_beginnings_of_its_words(seat: Seat) -> None:
    assert [rank("gtf", ActionId.GO_TO_FRAME), rank("frame go", ActionId.GO_TO_FRAME)] == [3, 2]
    assert rank("12", toggle("AU12")) is not None
    assert rank("ctrl+g", ActionId.GO_TO_FRAME, ("Ctrl+G",)) == 0
    assert rank("rame", ActionId.GO_TO_FRAME) is None
    actions = seat.window.actions_by_id
    assert not actions[ActionId.LANDMARKS].isEnabled()
    seat.press(Qt.Key.Key_K, CONTROL)
    palette = opened(seat, CommandPalette)
    assert palette.list.count() == len(COMMANDS)
    type_in("landm")
    assert (
        palette.list.item(0).data(Qt.ItemDataRole.AccessibleTextRole).startswith("Landmarks, Ctrl+Shift+L, ")
    )
    press(Qt.Key.Key_Return)  # cannot be given: the palette stays
    assert palette.isVisible()
    palette.field.clear()
    type_in("fra n")
    names = [palette.list.item(row).text() for row in range(palette.list.count())]
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Up)
    assert names[0] == "Next frame"
    press(Qt.Key.Key_Return)
    seat.wait_frame(11)
    seat.press(Qt.Key.Key_K, CONTROL)
    opened(seat, CommandPalette)
    press(Qt.Key.Key_Escape)
    seat.wait(lambda: QApplication.activeModalWidget() is None)
    assert seat.session.frame == 11


def test_the_sheet_shows_every_key_and_follows_changes(seat: Seat) -> None:
    seat.press(Qt.Key.Key_F1)
    sheet = opened(seat, KeySheet)
    assert (sheet.width() <= 1280, sheet.height() <= 800) == (True, True)
    for profile in Profile:
        seat.program.keys.set_profile(profile)
        said = sheet.view.accessibleDescription().splitlines()
        for name, command in COMMANDS.items():
            for keys in default_keys(profile, name):
                printed = "+".join(PRINTED.get(part, part) for part in shown(keys).split("+"))
                line = next(line for line in said if line.endswith(f": {command.words}"))
                assert printed in line.removesuffix(f": {command.words}").split(", "), line
        assert seat.window.actions_by_id[ActionId.NUMBER_KEYS].isChecked() is (
            profile is not Profile.FACE_MAP
        )
    before = painted(sheet.view)
    seat.program.keys._use(seat.program.keys.bindings.with_key(toggle("AU12"), "Shift+N"))
    assert (painted(sheet.view) != before).any()
    QTest.keyClick(sheet, Qt.Key.Key_F1)
    assert not sheet.isVisible()


def test_the_card_is_one_page_with_the_keys_on_it(
    seat: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keys.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    seat.window.actions_by_id[ActionId.KEY_CARD].trigger()
    assert str(path) in seat.message
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1
    (box,) = re.findall(rb"/MediaBox\s*\[([^\]]+)\]", content)
    left, bottom, right, top = map(float, box.split())
    assert (right - left, top - bottom) == pytest.approx((841.9, 595.3), abs=1)  # A4, in points
    write_card(tmp_path / "keys.png", Bindings(Profile.FACS_NUMBERS).with_key(ActionId.QUIT, "F13"))
    picture = QImage(str(tmp_path / "keys.png"))
    assert picture.width() / picture.height() == pytest.approx(297 / 210, rel=0.01)
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "keys.pdf"
    seat.window.actions_by_id[ActionId.KEY_CARD].trigger()
    assert "choose another place" in seat.message


def test_the_words_of_the_card_can_be_read(qapp: QApplication, tmp_path: Path) -> None:
    bindings = Bindings().with_key(ActionId.BACK_UP, "F13")
    write_card(tmp_path / "keys.pdf", bindings)
    if (program := shutil.which("pdftotext")) is not None:
        command = [program, str(tmp_path / "keys.pdf"), "-"]
    elif (program := shutil.which("gs")) is not None:
        command = [
            program,
            "-q",
            "-dBATCH",
            "-dNOPAUSE",
            "-sDEVICE=txtwrite",
            "-o",
            "-",
            str(tmp_path / "keys.pdf"),
        ]
    else:
        pytest.skip("neither pdftotext nor Ghostscript is installed")
    said = subprocess.run(command, capture_output=True, check=True).stdout
    text = " ".join(said.decode("utf-8", "replace").split())
    for words in ("Face map", "43E", "Go to frame", "Ctrl+G", "F13", "Back up the labels"):
        assert words in text


@pytest.mark.slow
def test_own_keys_are_given_and_taken_by_keyboard_alone(seat: Seat) -> None:
    seat.window.actions_by_id[ActionId.CHANGE_KEYS].trigger()
    dialog = opened(seat, ChangeKeysDialog)
    type_in("back up")
    assert dialog.marked == ActionId.BACK_UP
    tab_to(dialog.field)
    type_in("q")
    assert "key of “AU1" in dialog.words.text()
    assert not dialog.add.isEnabled()
    dialog.filter.setFocus()
    tab_to(dialog.field)
    QTest.keyClick(dialog.field, Qt.Key.Key_X, Qt.KeyboardModifier.ShiftModifier)
    press("y")
    assert dialog.field.keys == "Shift+X, Y"
    tab_to(dialog.add)
    press(Qt.Key.Key_Space)
    assert personal.load().own_keys == {"face_map": {ActionId.BACK_UP: ("Shift+X, Y",)}}
    tab_to(dialog.field)
    press(Qt.Key.Key_F13)
    tab_to(dialog.add)
    press(Qt.Key.Key_Space)
    tab_to(dialog.remove)
    press(Qt.Key.Key_Space)
    assert dialog.bindings.keys_of(ActionId.BACK_UP) == ("Shift+X, Y",)
    press(Qt.Key.Key_Escape)
    seat.wait(lambda: QApplication.activeModalWidget() is None)
    seat.strokes("Shift+X, Y")
    seat.wait(lambda: "backed up" in seat.message)
    again = seat.restart()
    again.strokes("Shift+X, Y")
    again.wait(lambda: "backed up" in again.message)
    again.window.actions_by_id[ActionId.CHANGE_KEYS].trigger()
    dialog = opened(again, ChangeKeysDialog)
    dialog.reset_all.click()
    assert personal.load().own_keys == {"face_map": {}}
    press(Qt.Key.Key_Escape)
    again.leave()


def tab_to(widget: object) -> None:
    """Move the keyboard there with Tab."""
    for _ in range(12):
        press(Qt.Key.Key_Tab)
        if QApplication.focusWidget() is widget:
            return
    raise AssertionError(f"{widget} is not reached by Tab")


def test_own_keys_that_cannot_be_used_are_told_and_left_out(new_seat: Callable[..., Seat]) -> None:
    own = {"face_map": {"brew_coffee": ("F13",), ActionId.QUIT: ("Q",), ActionId.UNDO: ("F13",)}}
    personal.store(personal.PersonalSettings(own_keys=own))
    seat = new_seat()
    box = seat.window.findChild(QMessageBox)
    assert "brew_coffee" in box.text()
    assert "Quit" in box.text()
    box.accept()
    assert seat.program.keys.bindings.own == {ActionId.UNDO: ("F13",)}


def test_who_has_not_chosen_is_asked_once(new_seat: Callable[..., Seat], study: Path) -> None:
    seat = new_seat(key_profile="")
    assert seat.window.findChild(KeyProfileDialog) is None
    seat.open(study)
    dialog = opened(seat, KeyProfileDialog)
    assert dialog.profile is Profile.FACE_MAP
    press(Qt.Key.Key_Right)
    assert dialog.profile is Profile.FACS_NUMBERS
    press(Qt.Key.Key_Return)
    seat.wait(lambda: QApplication.activeModalWidget() is None)
    assert personal.load().key_profile == "facs_numbers"
    seat.type("12")
    assert seat.codes() == {"AU12": 1}
    again = seat.restart()
    assert again.window.findChild(KeyProfileDialog) is None
    assert again.window.actions_by_id[ActionId.NUMBER_KEYS].isChecked()
    again.window.actions_by_id[ActionId.FACE_MAP_KEYS].trigger()
    assert personal.load().key_profile == "face_map"
    again.press("s")
    assert again.codes() == {"AU12": 1, "AU13": 1}  # on the frame where the coder was
    again.leave()
