"""Colours and letters of a judge's window: the same calm dark in every theme.

What surrounds a face changes how it is seen, so all judges get one surround, whichever theme
their computer has; and a bright page between dark clips would blind for the first frames.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QLabel

__all__ = ["ground_palette", "larger", "words"]

# Greys without a tint: a coloured ground would colour the skin.
_COLOURS = {
    "Window": "#232323",
    "WindowText": "#ececec",
    "Base": "#2d2d2d",
    "AlternateBase": "#323232",
    "Text": "#ececec",
    "Button": "#363636",
    "ButtonText": "#f2f2f2",
    "ToolTipBase": "#363636",
    "ToolTipText": "#f2f2f2",
    "PlaceholderText": "#b4b4b4",
    "Light": "#6a6a6a",
    "Midlight": "#454545",
    "Mid": "#7a7a7a",
    "Dark": "#161616",
    "Shadow": "#0c0c0c",
    "Highlight": "#1f6f9f",
    "HighlightedText": "#ffffff",
    "Link": "#7cc4ee",
    "Accent": "#7cc4ee",
}
_FADED = "#9a9a9a"


def ground_palette() -> QPalette:
    """The palette of the whole window."""
    palette = QPalette()
    for role, colour in _COLOURS.items():
        palette.setColor(QPalette.ColorRole[role], QColor(colour))
    for role in ("WindowText", "Text", "ButtonText"):
        palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole[role], QColor(_FADED))
    return palette


def larger(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """A font `factor` times as large."""
    other = QFont(font)
    other.setPointSizeF(font.pointSizeF() * factor)
    other.setBold(bold)
    return other


def words(text: str = "", factor: float = 1.0, *, bold: bool = False, quiet: bool = False) -> QLabel:
    """A label that breaks its lines; quiet ones stand back."""
    label = QLabel(text)
    # Names and sentences of a plan are words, never markup.
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setFont(larger(label.font(), factor, bold=bold))
    if quiet:
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label
