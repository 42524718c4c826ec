"""No word is cut off, in any language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from hrm_annotator.language import LANGUAGES
from hrm_annotator.settings import personal
from hrm_annotator.settings.personal import PersonalSettings
from hrm_annotator.widgets.elided_label import ElidedLabel
from hrm_core.facs import parse_score
from tests.annotator.language.dialogs import every_dialog
from tests.annotator.look.test_layout import outside
from tests.support.languages import spoken
from tests.support.window import CODER, Seat

SIZE = (1280, 800)
_FRAME_PX = 8
"""What a field for text keeps around its words."""


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    """The window made in this test speaks this language."""
    with spoken(qapp, request.param):
        yield request.param


def too_tight(root: QWidget) -> list[str]:
    """Visible widgets with less room than their words need, and what they say."""
    return [
        f"{type(widget).__name__} {_words(widget)!r} takes {needed}, has {widget.size().toTuple()}"
        for widget in root.findChildren(QWidget)
        if widget.isVisible() and not _told_otherwise(widget)
        for needed in _lacking(widget)
    ]


def _words(widget: QWidget) -> str:
    if isinstance(widget, QLineEdit):
        return widget.placeholderText()
    return str(widget.text()) if isinstance(widget, QLabel | QAbstractButton) else widget.accessibleName()


def _told_otherwise(widget: QWidget) -> bool:
    """Whether what is cut off is marked so and stands in a tool tip."""
    return isinstance(widget, ElidedLabel) and widget.toolTip() == widget.text()


def _lacking(widget: QWidget) -> Iterator[tuple[int, int]]:
    width, height = widget.size().toTuple()
    if isinstance(widget, QLabel) and widget.wordWrap() and widget.text():
        if widget.heightForWidth(width) > height:
            yield width, widget.heightForWidth(width)
    elif isinstance(widget, QHeaderView):
        for section in range(widget.count()):
            if widget.sectionSizeFromContents(section).width() > widget.sectionSize(section):
                yield widget.sectionSizeFromContents(section).width(), height
    elif isinstance(widget, QLineEdit):
        advance = widget.fontMetrics().horizontalAdvance(widget.placeholderText())
        if widget.placeholderText() and advance + _FRAME_PX > width:
            yield advance + _FRAME_PX, height
    elif isinstance(widget, QLabel | QAbstractButton | QComboBox | QGroupBox | QTabBar):
        hint = widget.sizeHint()
        if _words(widget) and (hint.width() > width or hint.height() > height):
            yield hint.toTuple()


def settle(seat: Seat, root: QWidget) -> list[str]:
    """What is too tight once the layout has come to rest."""
    for _ in range(30):
        if not too_tight(root):
            break
        seat.qtbot.wait(10)
    return too_tight(root)


def cut_menus(seat: Seat) -> list[str]:
    """Menus that are larger than a laptop's screen."""
    menus = [*seat.window.menuBar().findChildren(QMenu), *seat.window.findChildren(QMenu)]
    assert len(menus) > 10
    return [
        menu.title()
        for menu in menus
        if menu.sizeHint().width() > SIZE[0] or menu.sizeHint().height() > SIZE[1]
    ]


def test_every_word_of_window_menus_and_dialogs_fits(
    language: str, new_seat: Callable[..., Seat], study: Path, tmp_path: Path
) -> None:
    personal.store(PersonalSettings(coder=CODER, recent=(str(tmp_path),)))
    seat = new_seat()
    seat.window.resize(*SIZE)
    assert settle(seat, seat.window) == []
    assert cut_menus(seat) == []
    assert seat.window.menuBar().sizeHint().width() <= SIZE[0]
    for dialog in every_dialog(seat.window):
        assert settle(seat, dialog) == [], type(dialog)
        assert dialog.width() <= SIZE[0]
        assert dialog.height() <= SIZE[1]
    seat.open(study)
    seat.session.set_score(parse_score("1+2+L12C+25+2X+R14"))
    seat.saved()
    assert settle(seat, seat.window) == []
    assert seat.window.size().toTuple() == SIZE, "the window needs more room"
    assert outside(seat.window) == []
    seat.program.coding._set_failing("Labels could not be written to /a/rather/long/path (disk full).")
    assert settle(seat, seat.window) == []


def test_a_word_that_is_cut_off_is_noticed(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    fine, label = QLabel("Fine", window), QLabel("Too long", window)
    button, field, box = QPushButton("Press", window), QLineEdit(window), QComboBox(window)
    box.addItem("A rather long choice")
    box.setAccessibleName("Choice")
    wrapped = QLabel("Several words that take more than one line", window)
    wrapped.setWordWrap(True)
    field.setPlaceholderText("What is to be typed here")
    fine.adjustSize()
    for widget in (label, button, field, box, wrapped):
        widget.setFixedSize(20, 20)
    window.show()
    assert len(too_tight(window)) == 5
    assert [words for words in too_tight(window) if "Fine" in words] == []
