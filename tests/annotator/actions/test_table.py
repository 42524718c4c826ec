"""Every command has a place in a menu, a key of its own and words that name it."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu, QPushButton, QSpinBox

from hrm_annotator.actions.bindings import Bindings, written_rightly
from hrm_annotator.actions.ids import TOGGLES
from hrm_annotator.actions.menus import MENUS, SubMenu
from hrm_annotator.actions.profiles import Profile, default_keys
from hrm_annotator.actions.table import COMMANDS, ActionId
from hrm_annotator.coding.action_box import ActionBox
from tests.support.window import Seat

_NATIVE = QKeySequence.SequenceFormat.NativeText


def native(key: str) -> str:
    """A key as people read it."""
    return QKeySequence(key).toString(_NATIVE)


def test_every_command_is_in_a_menu(seat: Seat) -> None:
    counted = Counter(name for menu in seat.window.menuBar().actions() for name in _names(menu.menu()))
    assert counted == dict.fromkeys(COMMANDS, 1)
    assert COMMANDS.keys() == {*ActionId, *TOGGLES}


def _names(menu: QMenu) -> list[str]:
    """Names of the commands of a menu and its submenus."""
    names: list[str] = []
    for entry in menu.actions():
        names += _names(entry.menu()) if entry.menu() else [entry.objectName()]
    return [name for name in names if name]


@pytest.mark.parametrize("profile", Profile)
def test_keys_are_unique_and_written_rightly(profile: Profile) -> None:
    taken = Counter(key for name in COMMANDS for key in default_keys(profile, name))
    assert [key for key, times in taken.items() if times > 1] == []
    assert [key for key in taken if not written_rightly(key)] == []
    # Only numbers of actions may begin alike: everything else would keep a coder waiting.
    assert all(Bindings(profile).reset(name) for name in COMMANDS)


def test_underlined_letters_are_unique_within_each_menu() -> None:
    def letter(text: str) -> str:
        return text[text.index("&") + 1].lower() if "&" in text else ""

    for title, names in MENUS.items():
        texts = [name.title if isinstance(name, SubMenu) else COMMANDS[name].text for name in names if name]
        letters = Counter(map(letter, texts))
        del letters[""]
        assert [each for each, times in letters.items() if times > 1] == [], title
    titles = [letter(title) for title in MENUS]
    assert len(set(titles)) == len(titles)


def test_every_tool_tip_names_its_keys(seat: Seat) -> None:
    for name, command in COMMANDS.items():
        tip = seat.window.actions_by_id[name].toolTip()
        assert tip
        assert all(native(key) in tip for key in command.keys), tip
    for button in seat.player.findChildren(QPushButton):
        assert button.toolTip()
    assert "Ctrl+G" in seat.number_box.toolTip()
    assert {"-", "="} <= set(seat.player.findChild(QComboBox).toolTip())
    for box in seat.coding.findChildren(ActionBox):
        assert all(f"{code:d} " in box.toolTip() for code in box.action.sides)


def test_commands_are_on_only_when_there_is_something_for_them(seat: Seat) -> None:
    actions = seat.window.actions_by_id
    assert all(action.isEnabled() for name, action in actions.items() if COMMANDS[name].needs != "faces")
    actions[ActionId.CLOSE_PROJECT].trigger()
    assert {name for name, action in actions.items() if action.isEnabled()} == {
        name for name, command in COMMANDS.items() if command.needs == ""
    }


def test_tab_is_free_to_move_the_keyboard_to_everything_that_takes_words(seat: Seat) -> None:
    taken = {QKeySequence(key).toString() for command in COMMANDS.values() for key in command.keys}
    assert not taken & {"Tab", "Shift+Tab", "Backtab"}
    seat.session.clear_codes()  # a note needs a coded frame
    met = []
    for _ in range(60):
        seat.press(Qt.Key.Key_Tab)
        met.append(QApplication.focusWidget())
    assert set(seat.coding.findChildren(QPushButton)) <= set(met)
    assert seat.coding._note in met
    assert seat.player.current in met
    assert seat.session.frame == 10


@pytest.mark.parametrize("field", [QLineEdit, QSpinBox])
def test_typing_in_a_field_codes_nothing(seat: Seat, field: type) -> None:
    seat.choose("AU12")
    seat.session.clear_codes()
    (seat.coding._note if field is QLineEdit else seat.number_box).setFocus()
    seat.type("0123456789")
    if field is QLineEdit:
        seat.type("/.-= x")
        assert seat.coding._note.text() == "0123456789/.-= x"
    seat.press(Qt.Key.Key_Escape)
    assert {code.action for coding in seat.on_disk().values() for code in coding.codes} == set()
    assert not any(coding.doubtful for coding in seat.on_disk().values())
    assert seat.player.transport.speed == 1.0


def test_an_input_method_swallows_no_code(seat: Seat) -> None:
    enabled = Qt.WidgetAttribute.WA_InputMethodEnabled
    for widget in (seat.coding, seat.player.current, *seat.coding.findChildren(ActionBox)):
        assert not widget.testAttribute(enabled)
    assert seat.coding._note.testAttribute(enabled)


def test_after_opening_the_keyboard_codes(seat: Seat) -> None:
    assert QApplication.focusWidget() is seat.player.current
    seat.press(Qt.Key.Key_Down)
    seat.press("1")
    assert seat.codes() == {"AU1": 1}
