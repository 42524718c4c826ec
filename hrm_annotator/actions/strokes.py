"""What one stroke on a keyboard is called, on whichever layout it was made.

A stroke has the name that Qt gives the same key of a US keyboard: ``"A"``,
``"Shift+'"``, ``"Ctrl+Right"``.  One event can have several readings, by the
place of the key and by the symbol on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

__all__ = ["MODIFIERS", "SEPARATOR", "is_typed", "shown", "split_strokes", "strokes_of"]

SEPARATOR = "Shift+="
"""The stroke of ``+``, which parts the actions of a written score."""

MODIFIERS = frozenset(
    {Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_Meta}
    | {Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock, Qt.Key.Key_Super_L, Qt.Key.Key_Super_R}
)
"""Keys that say nothing alone."""

_SHIFT, _CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
_ALT, _META = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.MetaModifier
_KEYPAD = Qt.KeyboardModifier.KeypadModifier

# Scan codes of set 1, the numbers of which Linux's evdev took over.
_SCAN_CODES: Mapping[int, str] = {
    first + place: key
    for first, row in ((2, "1234567890-="), (16, "QWERTYUIOP[]"), (30, "ASDFGHJKL;'`"), (43, "\\ZXCVBNM,./"))
    for place, key in enumerate(row)
}
# X and Wayland count evdev's codes from 8; Windows hands out scan codes as they are.
_FIRST_SCAN_CODE = {"xcb": 8, "wayland": 8, "wayland-egl": 8, "windows": 0, "direct2d": 0}
# macOS has no scan codes; its virtual keys (kVK_ANSI_A is 0) mean places.
_VIRTUAL_KEYS: Mapping[int, str] = {
    first + place: key
    for first, keys in ((0, "ASDFHGZXCV"), (11, "BQWERYT123465=97-80]OU[IP"), (37, "LJ'K;\\,/NM."), (50, "`"))
    for place, key in enumerate(keys)
}
_SHIFTED: Mapping[str, str] = dict(zip('!@#$%^&*()_+{}|:"<>?~', "1234567890-=[]\\;',./`", strict=True))
_FULL_WIDTH, _FULL_WIDTH_END, _FULL_WIDTH_OFFSET = 0xFF01, 0xFF5E, 0xFEE0
_SPACE, _LAST_ASCII = 0x20, 0x7E


def strokes_of(event: QKeyEvent, *, by_place: bool, platform: str | None = None) -> tuple[str, ...]:
    """Readings of a key event, the first that has a meaning counts.

    Parameters
    ----------
    event : QKeyEvent
        A key that goes down.
    by_place : bool
        Whether printable keys are meant by their place, as in the profile *Face map*;
        otherwise letters are meant by their symbol, and digits and punctuation by their
        symbol, else by their place.  Control and a letter always mean the symbol.
    platform : str, optional
        Name of Qt's platform; that of the program if left out.

    Returns
    -------
    tuple of str
        Names as on a US keyboard; empty for a modifier alone.
    """
    key, held = event.key(), event.modifiers()
    if key in MODIFIERS or key in (0, Qt.Key.Key_unknown):
        return ()
    symbol, shift = _symbol(event), bool(held & _SHIFT)
    keypad = bool(held & _KEYPAD)
    place = None if keypad else _place(event, platform)
    if (symbol is None and place is None) or held & (_ALT | _META):
        return (_named(event),)
    if keypad and symbol is not None:
        readings = [_on_us_keyboard(symbol, shift)]
    elif held & _CONTROL:
        readings = [f"Ctrl+{reading}" for reading in _by_symbol(symbol, place, shift, letter_places=False)]
    elif by_place and place is not None:
        readings = [_shifted(place, shift)]
    else:
        readings = list(_by_symbol(symbol, place, shift, letter_places=symbol is None))
    return tuple(dict.fromkeys(readings)) or (_named(event),)


def _by_symbol(symbol: str | None, place: str | None, shift: bool, *, letter_places: bool) -> Iterator[str]:
    if symbol is not None and (place is None or symbol.isalpha()):
        # Without a place nobody knows whether Shift made the symbol: as on a US keyboard, then.
        yield _on_us_keyboard(symbol, shift)
        return
    if symbol is not None and symbol.isdigit():
        yield symbol
    elif place is not None and place.isdigit() and not shift:
        yield place  # the digit row of AZERTY, where digits need Shift
    # Symbols above the digits differ from layout to layout: ) is a key of its own on AZERTY.
    if symbol is not None and not symbol.isdigit() and not _SHIFTED.get(symbol, "").isdigit():
        yield _on_us_keyboard(symbol, shift=False)
    if place is not None and (letter_places or not place.isalpha()):
        yield _shifted(place, shift)


def _place(event: QKeyEvent, platform: str | None) -> str | None:
    """The key at this place of a US keyboard; None where the event does not tell."""
    platform = QGuiApplication.platformName() if platform is None else platform
    if platform == "cocoa":
        # An event that no keyboard sent says 0 too; a real one always has native modifiers.
        told = event.nativeVirtualKey() or event.nativeModifiers()
        return _VIRTUAL_KEYS.get(event.nativeVirtualKey()) if told else None
    first = _FIRST_SCAN_CODE.get(platform)
    return None if first is None else _SCAN_CODES.get(event.nativeScanCode() - first)


def _symbol(event: QKeyEvent) -> str | None:
    """The printable ASCII character of a key, letters as capitals; None if it has none."""
    for code in (event.key(), *map(ord, event.text())):
        if _FULL_WIDTH <= code <= _FULL_WIDTH_END:
            code -= _FULL_WIDTH_OFFSET
        if _SPACE < code <= _LAST_ASCII:
            return chr(code).upper()
    return None


def _on_us_keyboard(symbol: str, shift: bool) -> str:
    return f"Shift+{_SHIFTED[symbol]}" if symbol in _SHIFTED else _shifted(symbol, shift)


def _shifted(key: str, shift: bool) -> str:
    return f"Shift+{key}" if shift else key


def _named(event: QKeyEvent) -> str:
    held = event.modifiers() & (_SHIFT | _CONTROL | _ALT | _META)
    return QKeySequence(QKeyCombination(held, Qt.Key(event.key()))).toString()


def split_strokes(keys: str) -> tuple[str, ...]:
    """The strokes of a binding: ``"1, 2"`` are two, ``","`` is one."""
    return tuple(keys.split(", "))


def is_typed(stroke: str) -> bool:
    """Whether a stroke is read by the program itself rather than by Qt's shortcuts.

    These are the printable keys, alone or with Shift, and digits and punctuation with
    Control: Qt knows them by their symbol only, and some layouts have none of them.
    """
    key = stroke.removeprefix("Ctrl+").removeprefix("Shift+")
    if len(key) != 1 or not key.isascii():
        return False
    return not stroke.startswith("Ctrl+") or not key.isalpha()


def shown(keys: str) -> str:
    """A binding as people read it: ``"12"``, ``"Shift+A"``, ``"Ctrl+→"``."""
    strokes = split_strokes(keys)
    native = QKeySequence.SequenceFormat.NativeText
    parts = [QKeySequence(stroke).toString(native) for stroke in strokes]
    return "".join(parts) if all(len(part) == 1 for part in parts) else " ".join(parts)
