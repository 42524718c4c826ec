"""Letters for every language: the system's own font first, then one that has Chinese."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase, QFontInfo
from PySide6.QtWidgets import QApplication

__all__ = ["can_write_chinese", "use_fonts"]

_CHINESE = (
    "PingFang SC",
    "Microsoft YaHei UI",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
)
"""Sans-serif fonts with simplified Chinese on macOS, Windows and Linux, the best first."""


def use_fonts(app: QApplication) -> None:
    """Give the program a font for Chinese behind its own.

    Left to itself, a system that is not Chinese may take the Japanese shapes of the same letters.
    """
    there = set(QFontDatabase.families())
    font = app.font()
    # By its true name: a stand-in such as "Sans Serif" would yield to the first font that has a name.
    own = QFontInfo(font).family()
    font.setFamilies([own, *(name for name in _CHINESE if name in there and name != own)])
    app.setFont(font)


def can_write_chinese() -> bool:
    """Whether any font of this computer has simplified Chinese."""
    return bool(QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese))
