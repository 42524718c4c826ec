"""A key is found on every layout and system, by its place or by its symbol."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from hrm_annotator.actions.strokes import is_typed, shown, split_strokes, strokes_of

NO, SHIFT, CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
KEYPAD = Qt.KeyboardModifier.KeypadModifier
US = ("1234567890-=", "QWERTYUIOP[]", "ASDFGHJKL;'", "ZXCVBNM,./")
LAYOUTS = {
    # What the keys of these places say, alone and with Shift, as the layouts are published.
    "AZERTY": (
        ("&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù", "wxcvbn,;:!"),
        ("1234567890°+", "AZERTYUIOP¨£", "QSDFGHJKLM%", "WXCVBN?./§"),
    ),
    "QWERTZ": (
        ("1234567890ß´", "qwertzuiopü+", "asdfghjklöä", "yxcvbnm,.-"),
        ('!"§$%&/()=?`', "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ", "YXCVBNM;:_"),
    ),
    "Russian": (
        ("1234567890-=", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю."),
        ('!"№;%:?*()_+', "ЙЦУКЕНГШЩЗХЪ", "ФЫВАПРОЛДЖЭ", "ЯЧСМИТЬБЮ,"),
    ),
}
SCAN_CODES = (range(2, 14), range(16, 28), range(30, 41), range(44, 54))
"""Set 1 and evdev, row by row; from linux/input-event-codes.h."""
VIRTUAL_KEYS = (
    (18, 19, 20, 21, 23, 22, 26, 28, 25, 29, 27, 24),
    (12, 13, 14, 15, 17, 16, 32, 34, 31, 35, 33, 30),
    (0, 1, 2, 3, 5, 4, 38, 40, 37, 41, 39),
    (6, 7, 8, 9, 11, 45, 46, 43, 47, 44),
)
"""kVK_ANSI_…, row by row; from HIToolbox/Events.h."""


def event(
    symbol: str, modifiers: Qt.KeyboardModifier = NO, platform: str = "xcb", row: int = -1, place: int = 0
) -> QKeyEvent:
    """What Qt hands over when the key at a place is pressed; row -1 is an event without a place."""
    code = SCAN_CODES[row][place] + (0 if platform == "windows" else 8) if row >= 0 else 0
    virtual = 0
    if platform == "cocoa":
        code, virtual = 0, VIRTUAL_KEYS[row][place] if row >= 0 else 0
    native = 0x100 if row >= 0 else 0
    dead = {"^": Qt.Key.Key_Dead_Circumflex, "´": Qt.Key.Key_Dead_Acute, "¨": Qt.Key.Key_Dead_Diaeresis}
    key = dead[symbol].value if symbol in dead else ord(symbol.upper()[0])
    text = "" if symbol in dead else symbol
    return QKeyEvent(QEvent.Type.KeyPress, key, modifiers, code, virtual, native, text)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_face_keeps_its_layout_on_every_keyboard(layout: str) -> None:
    for platform in ("xcb", "wayland", "windows", "cocoa"):
        check_the_face(layout, platform)


def check_the_face(layout: str, platform: str) -> None:
    for modifiers, rows in zip((NO, SHIFT), LAYOUTS[layout], strict=True):
        for row, symbols in enumerate(rows):
            for place, symbol in enumerate(symbols):
                pressed = event(symbol, modifiers, platform, row, place)
                wanted = ("Shift+" if modifiers is SHIFT else "") + US[row][place]
                assert strokes_of(pressed, by_place=True, platform=platform) == (wanted,), symbol


@pytest.mark.parametrize("layout", LAYOUTS)
def test_numbers_and_their_letters_are_what_is_printed(layout: str) -> None:
    for platform in ("xcb", "windows", "cocoa"):
        check_numbers(layout, platform)


def check_numbers(layout: str, platform: str) -> None:
    plain, shifted = LAYOUTS[layout]
    for place, digit in enumerate("1234567890"):
        pressed = event(plain[0][place], NO, platform, 0, place)
        assert strokes_of(pressed, by_place=False, platform=platform)[0] == digit
        if shifted[0][place] == digit:
            pressed = event(digit, SHIFT, platform, 0, place)
            assert strokes_of(pressed, by_place=False, platform=platform)[0] == digit
    for row in (1, 2, 3):
        for place, symbol in enumerate(plain[row]):
            if symbol.isalpha():
                stroke = symbol.upper() if symbol.isascii() else US[row][place]
                for modifiers, wanted in ((NO, stroke), (SHIFT, f"Shift+{stroke}")):
                    said = plain[row][place] if modifiers is NO else shifted[row][place]
                    pressed = event(said, modifiers, platform, row, place)
                    assert strokes_of(pressed, by_place=False, platform=platform)[0] == wanted, symbol


SIGNS = [
    ("-", NO, 3, 9, "-"),  # QWERTZ, where a US keyboard has /
    ("#", NO, 2, 10, "'"),  # means nothing itself, so the place counts
    ("'", SHIFT, 2, 10, "'"),
    ("/", SHIFT, 0, 6, "/"),
    ("+", NO, 1, 11, "Shift+="),
    (";", NO, 3, 7, ";"),  # AZERTY, where a US keyboard has ,
    (")", NO, 0, 10, "-"),  # AZERTY: no Shift+0, which takes an intensity off
    ('"', NO, 0, 2, "3"),  # AZERTY: the digit, not the quotation mark
    ("ù", NO, 2, 10, "'"),
    ("²", NO, -1, 0, "²"),  # AZERTY: no 2
]


def test_signs_are_read_as_printed_and_else_by_place() -> None:
    for symbol, modifiers, row, place, stroke in SIGNS:
        pressed = event(symbol, modifiers, "xcb", row, place)
        assert strokes_of(pressed, by_place=False, platform="xcb")[0] == stroke, symbol


@pytest.mark.parametrize("by_place", [True, False])
def test_control_and_a_letter_mean_the_letter(by_place: bool) -> None:
    azerty_z = event("z", CONTROL, "xcb", 1, 1)
    assert strokes_of(azerty_z, by_place=by_place, platform="xcb") == ("Ctrl+Z",)
    azerty_m = event("m", CONTROL, "xcb", 2, 9)
    assert strokes_of(azerty_m, by_place=by_place, platform="xcb") == ("Ctrl+M",)
    azerty_comma = event(",", CONTROL, "xcb", 3, 6)
    assert strokes_of(azerty_comma, by_place=by_place, platform="xcb") == ("Ctrl+,",)
    qwertz_bracket = event("ü", CONTROL, "xcb", 1, 10)
    assert strokes_of(qwertz_bracket, by_place=by_place, platform="xcb") == ("Ctrl+[",)


WITHOUT_A_PLACE = [
    (Qt.Key.Key_A, NO, "a", "A"),
    (Qt.Key.Key_A, SHIFT, "A", "Shift+A"),
    (Qt.Key.Key_QuoteDbl, SHIFT, '"', "Shift+'"),
    (Qt.Key.Key_Apostrophe, SHIFT, '"', "Shift+'"),
    (Qt.Key.Key_1, SHIFT, "1", "Shift+1"),
    (Qt.Key.Key_Right, CONTROL, "", "Ctrl+Right"),
    (Qt.Key.Key_Return, SHIFT, "\r", "Shift+Return"),
    (Qt.Key.Key_Enter, KEYPAD, "\r", "Enter"),
    (Qt.Key.Key_Left, KEYPAD, "", "Left"),
    (Qt.Key.Key_Space, NO, " ", "Space"),
    (Qt.Key.Key_F1, NO, "", "F1"),
    (Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier, "", "Alt+Left"),
    (0xFF12, NO, "２", "2"),
    (0xFF0B, NO, "＋", "Shift+="),
    (0, NO, "", None),
    (Qt.Key.Key_Shift, SHIFT, "", None),
]


def test_an_event_without_a_place_is_read_as_on_a_us_keyboard() -> None:
    for key, modifiers, text, stroke in WITHOUT_A_PLACE:
        pressed = QKeyEvent(QEvent.Type.KeyPress, int(key), modifiers, text)
        for by_place in (True, False):
            readings = strokes_of(pressed, by_place=by_place, platform="xcb")
            assert readings == (() if stroke is None else (stroke,)), text


def test_digits_of_the_keypad_count_on_every_system() -> None:
    for platform, code in (("xcb", 79 + 8), ("windows", 79), ("cocoa", 0)):
        pressed = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_1.value, KEYPAD, code, 83, 0x100, "1")
        for by_place in (True, False):
            assert strokes_of(pressed, by_place=by_place, platform=platform) == ("1",)


def test_what_qt_keeps_and_what_is_typed() -> None:
    typed = ["A", "Shift+A", "1", "[", "Shift+'", ",", "+", "Ctrl+[", "Ctrl+'", "Ctrl+9"]
    assert all(map(is_typed, typed))
    assert not any(
        map(is_typed, ["Ctrl+A", "Ctrl+Shift+A", "Right", "Space", "F1", "Del", "Alt+Left", "Return"])
    )


def test_bindings_are_shown_as_people_read_them() -> None:
    assert split_strokes("1, ,") == ("1", ",")
    assert [shown(keys) for keys in ("1, 2", ",", "Shift+A", "G, Shift+H")] == [
        "12",
        ",",
        "Shift+A",
        "G Shift+H",
    ]
