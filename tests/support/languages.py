"""The window in another language, for one test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtWidgets import QApplication

from hrm_annotator.language import ENGLISH, use
from hrm_annotator.language.qt_texts import QtTexts
from hrm_annotator.look.fonts import can_write_chinese, use_fonts

__all__ = ["spoken"]


@contextmanager
def spoken(app: QApplication, language: str) -> Iterator[None]:
    """Windows made inside speak a language, Qt's own texts and letters too."""
    if language != ENGLISH and not can_write_chinese():
        pytest.skip("no font of this computer has Chinese characters")
    font, texts = app.font(), QtTexts(app)
    use_fonts(app)
    use(language)
    assert texts.use(language), "Qt's own translations are missing"
    try:
        yield
    finally:
        texts.use(ENGLISH)
        use(ENGLISH)
        app.setFont(font)
