"""Everything can be read, at a laptop's size and a large screen's, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QScrollArea, QWidget

from hrm_annotator.coding.action_box import ActionBox
from hrm_annotator.look.theme import ALARM, GOOD, apply_theme
from hrm_annotator.settings import personal
from hrm_annotator.settings.personal import PersonalSettings
from hrm_annotator.widgets.elided_label import ElidedLabel
from hrm_core.facs import ACTIONS
from hrm_core.palette import CODE_COLOURS, STATE_COLOURS
from tests.support.window import Seat

SIZES = [(1280, 800), (1920, 1080)]


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    """The program in a theme; afterwards as it was."""
    style, palette = qapp.style().objectName(), qapp.palette()
    apply_theme(qapp, request.param)
    yield request.param
    qapp.setStyle(style)
    qapp.setPalette(palette)
    qapp.setProperty("hrm_theme", None)


def resize(seat: Seat, size: tuple[int, int]) -> None:
    seat.window.resize(*size)
    seat.wait(lambda: seat.window.size().toTuple() == size)
    seat.qtbot.wait(20)
    assert seat.window.size().toTuple() == size, "the window needs more room"


def needed(widget: QWidget) -> tuple[int, int]:
    """Width and height that the words of a label or button take."""
    if isinstance(widget, QLabel) and widget.wordWrap():
        return 0, widget.heightForWidth(widget.width())
    hint = widget.minimumSizeHint() if isinstance(widget, ElidedLabel) else widget.sizeHint()
    return hint.width(), hint.height()


def clipped(root: QWidget) -> list[str]:
    """Labels and buttons that get less room than their words take."""
    found = []
    for widget in [*root.findChildren(QLabel), *root.findChildren(QAbstractButton)]:
        width, height = needed(widget)
        if widget.isVisible() and widget.text() and (widget.width() < width or widget.height() < height):
            found.append(f"{widget.text()!r} takes {width}×{height}, has {widget.size().toTuple()}")
    return found


def assert_readable(seat: Seat) -> None:
    """Give the layout a moment to settle; then nothing may be clipped or out of the window."""
    for _ in range(50):
        if not clipped(seat.window):
            break
        seat.qtbot.wait(10)
    assert clipped(seat.window) == []
    assert outside(seat.window) == []


def outside(window: QWidget) -> list[str]:
    """Visible widgets that reach beyond their window."""
    frame = QRect(QPoint(0, 0), window.size())
    return [
        repr(widget)
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and not widget.isWindow()
        and widget.width() * widget.height()
        and not in_scroll_area(widget)
        and not frame.contains(QRect(widget.mapTo(window, QPoint(0, 0)), widget.size()))
    ]


def in_scroll_area(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    return parent is not None and (parent.objectName() == "qt_scrollarea_viewport" or in_scroll_area(parent))


def contrast(first: str | QColor, second: str | QColor) -> float:
    """Contrast ratio of the Web Content Accessibility Guidelines 2, 1 to 21."""

    def luminance(colour: QColor) -> float:
        parts = [
            part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
            for part in (colour.redF(), colour.greenF(), colour.blueF())
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    lights = sorted((luminance(QColor(first)), luminance(QColor(second))))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_clipped_while_coding(seat: Seat, theme: str, size: tuple[int, int]) -> None:
    resize(seat, size)
    for entry in ACTIONS[:12]:
        seat.click(entry.key)
    seat.saved()
    assert_readable(seat)
    seat.program.coding._set_failing("Labels could not be written to /a/rather/long/path (disk full).")
    assert_readable(seat)


@pytest.mark.parametrize("size", SIZES)
def test_the_code_panel_needs_no_scroll_bar(seat: Seat, theme: str, size: tuple[int, int]) -> None:
    resize(seat, size)
    areas = seat.window.findChildren(QScrollArea)
    assert areas
    for area in areas:
        assert area.verticalScrollBar().maximum() == 0
        assert area.horizontalScrollBar().maximum() == 0
        assert area.widget().width() <= area.viewport().width()


@pytest.mark.parametrize("size", SIZES)
def test_number_and_code_of_each_box_stand_side_by_side(
    seat: Seat, theme: str, size: tuple[int, int]
) -> None:
    resize(seat, size)
    for box in seat.coding.findChildren(ActionBox):
        font = QFont(box.font())
        font.setBold(True)
        font.setPixelSize(14)
        metrics = QFontMetrics(font)
        longest = max(metrics.horizontalAdvance(box.action.word(code)) for code in box.action.sides)
        assert metrics.horizontalAdvance(box.action.label) + longest + 6 <= box.width() - 17, box.action
        assert box.height() / 2 - 2 >= metrics.height() * 0.8
        chips = [chip for _, chip in box._chips()]
        assert all(chip.right() <= box.width() - 2 and chip.width() >= 12 for chip in chips)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_clipped_on_the_start_page(
    new_seat: Callable[..., Seat], theme: str, size: tuple[int, int], tmp_path: Path
) -> None:
    personal.store(PersonalSettings(coder="AB", recent=tuple(str(tmp_path) for _ in range(8))))
    seat = new_seat()
    resize(seat, size)
    assert_readable(seat)


def test_the_search_for_clipped_words_is_sharp(seat: Seat) -> None:
    resize(seat, SIZES[0])
    seat.coding._neutral.setText("No action (AU0) " * 3)
    seat.coding._neutral.setMaximumWidth(80)
    seat.qtbot.wait(20)
    assert len(clipped(seat.window)) == 1


def test_what_is_too_long_for_its_line_says_so_and_is_in_the_tool_tip(seat: Seat) -> None:
    for entry in ACTIONS:
        seat.click(entry.key)
    score = seat.coding._score
    assert score.text().startswith("1+2+4")
    assert score.toolTip() == score.text()
    assert score.width() <= seat.coding.width()
    seat.window.show_message("word " * 200)
    assert seat.window.width() == 1280
    assert seat.window.message.toolTip() == "word " * 200


@pytest.mark.parametrize("colour", [*CODE_COLOURS.values(), ALARM])
def test_white_letters_can_be_read_on_it(colour: str) -> None:
    assert contrast(colour, "white") >= 4.5


def test_contrast_is_computed_rightly() -> None:
    assert contrast("black", "white") == pytest.approx(21)
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.01)


def test_the_colours_of_codes_differ_from_one_another_and_from_no_code() -> None:
    assert len(set(CODE_COLOURS.values())) == len(CODE_COLOURS) == 5
    assert set(STATE_COLOURS) == {"coded", "checked", "carried", "not_codable"}


def test_words_can_be_read_in_both_themes(theme: str, qapp: QApplication) -> None:
    palette = qapp.palette()
    for words, ground in (
        ("WindowText", "Window"),
        ("Text", "Base"),
        ("ButtonText", "Button"),
        ("PlaceholderText", "Base"),
        ("PlaceholderText", "Button"),
        ("PlaceholderText", "Window"),
        ("ToolTipText", "ToolTipBase"),
        ("HighlightedText", "Highlight"),
        ("Link", "Base"),
    ):
        found = contrast(palette.color(QPalette.ColorRole[words]), palette.color(QPalette.ColorRole[ground]))
        assert found >= 4.5, (theme, words, ground, round(found, 2))
    assert contrast(palette.color(QPalette.ColorRole.Window), GOOD) >= 3


def test_the_theme_is_chosen_by_menu_and_remembered(seat: Seat, qapp: QApplication) -> None:
    before, style = qapp.palette(), qapp.style().objectName()
    seat.window.actions_by_id["theme_dark"].trigger()
    assert qapp.palette().color(QPalette.ColorRole.Window).lightness() < 60
    assert personal.load().theme == "dark"
    seat.window.actions_by_id["theme_light"].trigger()
    assert qapp.palette().color(QPalette.ColorRole.Window).lightness() > 200
    qapp.setStyle(style)
    qapp.setPalette(before)
    qapp.setProperty("hrm_theme", None)
