"""Light and dark, following the system unless the coder chose."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

__all__ = ["ALARM", "GOOD", "alarm_words", "apply_theme", "follow_system", "is_dark", "mixed"]

ALARM = "#b3261e"
"""Background of what must not be overlooked, in both themes; white letters stand on it."""
_ALARM_ON_DARK = "#ff8a80"
GOOD = "#2e7d4f"
"""The dot beside "all on disk"."""

_CHOICE = "hrm_theme"
_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}

# Accent marks what has the keyboard or is chosen: lines, never a ground for words.
_LIGHT = {
    "Window": "#f4f5f7",
    "WindowText": "#1b1f24",
    "Base": "#ffffff",
    "AlternateBase": "#f0f2f5",
    "Text": "#1b1f24",
    "Button": "#ffffff",
    "ButtonText": "#1b1f24",
    "ToolTipBase": "#ffffff",
    "ToolTipText": "#1b1f24",
    "PlaceholderText": "#576372",
    "Light": "#ffffff",
    "Midlight": "#e6eaef",
    "Mid": "#c9ced6",
    "Dark": "#9aa3af",
    "Shadow": "#5f6b7a",
    "Highlight": "#0067a0",
    "HighlightedText": "#ffffff",
    "Link": "#0067a0",
    "Accent": "#0067a0",
}
_DARK = {
    "Window": "#1c1f24",
    "WindowText": "#e6e9ee",
    "Base": "#262a31",
    "AlternateBase": "#2d323a",
    "Text": "#e6e9ee",
    "Button": "#2f343d",
    "ButtonText": "#e6e9ee",
    "ToolTipBase": "#2a2f37",
    "ToolTipText": "#e6e9ee",
    "PlaceholderText": "#a3adba",
    "Light": "#5b6470",
    "Midlight": "#343a43",
    "Mid": "#4a525e",
    "Dark": "#6b7583",
    "Shadow": "#0d0f12",
    "Highlight": "#1f7ab5",
    "HighlightedText": "#ffffff",
    "Link": "#6bb8e8",
    "Accent": "#6bb8e8",
}


def apply_theme(app: QApplication, theme: str) -> None:
    """Give the whole program the colours of a theme.

    Parameters
    ----------
    app : QApplication
        The program.
    theme : {"system", "light", "dark"}
        "system" follows the system, also when it changes later.
    """
    app.setStyle("Fusion")
    app.setProperty(_CHOICE, theme)
    app.styleHints().setColorScheme(_SCHEMES[theme])
    _set_palette(app)


def follow_system(app: QApplication) -> None:
    """Take over a change of the system's theme while the program runs."""
    app.styleHints().colorSchemeChanged.connect(lambda _: _set_palette(app))


def is_dark(app: QApplication) -> bool:
    """Whether dark colours are wanted now."""
    choice = app.property(_CHOICE)
    # Not every platform takes a scheme over; the coder's choice counts all the same.
    return choice == "dark" or (choice != "light" and app.styleHints().colorScheme() is Qt.ColorScheme.Dark)


def _set_palette(app: QApplication) -> None:
    colours = _DARK if is_dark(app) else _LIGHT
    palette = QPalette()
    for role, colour in colours.items():
        palette.setColor(QPalette.ColorRole[role], QColor(colour))
    faded = mixed(QColor(colours["WindowText"]), QColor(colours["Window"]), 0.55)
    for role in ("WindowText", "Text", "ButtonText"):
        palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole[role], faded)
    app.setPalette(palette)
    for widget in app.allWidgets():
        # Style sheets look colours up once; setting them again makes them look anew.
        if widget.styleSheet():
            widget.setStyleSheet(widget.styleSheet())


def alarm_words(palette: QPalette) -> str:
    """Colour of words that say what is wrong, to be read on a window of this palette."""
    dark = palette.color(QPalette.ColorRole.Window).lightness() < 128
    return _ALARM_ON_DARK if dark else ALARM


def mixed(first: QColor, second: QColor, share: float) -> QColor:
    """A colour between two; `share` of the second, 0-1."""

    def between(a: int, b: int) -> int:
        return round(a + (b - a) * share)

    return QColor(
        between(first.red(), second.red()),
        between(first.green(), second.green()),
        between(first.blue(), second.blue()),
    )
