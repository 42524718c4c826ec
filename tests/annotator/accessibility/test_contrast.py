"""Words can be read and shapes be seen, in both themes: contrast of WCAG 2, 4.5 and 3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import hrm_annotator
from hrm_annotator.coding.action_box import ActionBox
from hrm_annotator.dialogs import key_sheet
from hrm_annotator.dialogs.key_drawing import REGIONS
from hrm_annotator.judging import ground as judging_ground
from hrm_annotator.look.theme import ALARM, GOOD, alarm_words, apply_theme, mixed
from hrm_annotator.player import face_overlay, picture_view
from hrm_annotator.timeline.colours import Colours
from hrm_annotator.timeline.overlay import _mark
from hrm_core.facs import action
from hrm_core.palette import CODE_COLOURS, STATE_COLOURS
from tests.support.contrast import contrast
from tests.support.window import painted

WORDS, SHAPES = 4.5, 3.0
_Role = QPalette.ColorRole
_ROOT = Path(hrm_annotator.__file__).parent

# Every colour that is written into the window's code, by the file it stands in.  A new one
# fails until it is listed here, and so measured below.
MEASURED = {
    "coding/action_box.py": {"white", "black"},
    "dialogs/key_drawing.py": {*REGIONS},
    "dialogs/key_sheet.py": {*key_sheet._PAPER.values()},
    # Measured in tests/annotator/judging/test_pages.py.
    "judging/ground.py": {*judging_ground._COLOURS.values(), judging_ground._FADED},
    "player/comparison_view.py": {"#ffffff"},
    "player/face_overlay.py": {"#ffd54a", "#ffffff", "#7fe0ff", "#b6f09c", "#101214"},
    "player/picture_view.py": {"#26282b", "#ffffff", "#6b7077", "#c3c8cf", "white"},
    "player/ruler.py": {"white", "black"},
    "timeline/colours.py": {
        *("#0067a0", "#b24a00", "#007a5a", "#8a4b80", "#6b5900", "#444b55"),
        *("#56b4e9", "#f0a060", "#3cc79c", "#d99bc6", "#d8c24a", "#b8c0cc"),
        *("white", "black"),
    },
    "timeline/overlay.py": {"#a86400", "#e69f00"},
    "timeline/picture.py": {"white", "black"},
    "widgets/save_state.py": {"white"},
}


@pytest.fixture(params=["light", "dark"])
def palette(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[QPalette]:
    """The palette of a theme."""
    apply_theme(qapp, request.param)
    yield qapp.palette()
    apply_theme(qapp, "light")


def test_no_colour_is_written_down_that_is_not_measured() -> None:
    found = {}
    for path in sorted(_ROOT.rglob("*.py")):
        name = path.relative_to(_ROOT).as_posix()
        text = path.read_text(encoding="utf-8")
        colours = set(re.findall(r'["\s](#[0-9a-fA-F]{6})"', text))
        colours |= set(re.findall(r'(?:QColor\(|[^-]color: ?)"?(white|black|red|green|gr[ae]y)\b', text))
        colours |= {"black"} & set(re.findall(r'"(black)" if', text))
        if colours and name != "look/theme.py":
            found[name] = colours
    assert found == MEASURED


def test_words_stand_out_from_every_ground(palette: QPalette) -> None:
    grounds = [_Role.Window, _Role.Base, _Role.AlternateBase, _Role.Button, _Role.ToolTipBase, _Role.Midlight]
    weak = {
        (ink.name, ground.name): round(contrast(palette.color(ink), palette.color(ground)), 2)
        for ink in (_Role.WindowText, _Role.Text, _Role.ButtonText, _Role.PlaceholderText, _Role.Link)
        for ground in grounds
        if contrast(palette.color(ink), palette.color(ground)) < WORDS
    }
    assert weak == {}
    assert contrast(palette.color(_Role.HighlightedText), palette.color(_Role.Highlight)) >= WORDS
    assert contrast(palette.color(_Role.ToolTipText), palette.color(_Role.ToolTipBase)) >= WORDS
    for ground in (_Role.Window, _Role.Base):
        assert contrast(alarm_words(palette), palette.color(ground)) >= WORDS
    assert contrast("white", ALARM) >= WORDS
    button, text = palette.color(_Role.Button), palette.color(_Role.WindowText)
    for colour in REGIONS:
        for share in (0.3, 0.45):
            assert contrast(text, mixed(button, QColor(colour), share)) >= WORDS
    chosen = mixed(palette.color(_Role.Base), palette.color(_Role.Highlight), 0.22)
    assert contrast(palette.color(_Role.Text), chosen) >= WORDS


def test_words_on_pictures_and_on_paper_stand_out(qapp: QApplication) -> None:
    # What is half transparent lies on a white picture at worst.
    tag = mixed(QColor("white"), QColor("black"), picture_view._TAG.alphaF())
    assert contrast(picture_view._TAG_TEXT, tag) >= WORDS
    assert contrast("#c3c8cf", picture_view._BACKGROUND) >= WORDS
    assert contrast("#ffffff", picture_view._WITHHELD) >= WORDS
    for colour in (face_overlay._CHILD, face_overlay._OTHER, face_overlay._DRAWN):
        assert contrast(face_overlay._TAG_TEXT, colour) >= WORDS
    edge = mixed(QColor("white"), QColor("black"), face_overlay._EDGE.alphaF())
    for colour in (face_overlay._CHILD, face_overlay._P68, face_overlay._P106, face_overlay._FIVE):
        assert contrast(colour, edge) >= SHAPES
    paper = key_sheet._PAPER
    assert contrast(paper["WindowText"], "white") >= WORDS
    assert contrast(paper["PlaceholderText"], "white") >= WORDS


def test_lines_and_marks_can_be_seen(palette: QPalette) -> None:
    base, window = palette.color(_Role.Base), palette.color(_Role.Window)
    grounds = [base, window, palette.color(_Role.Button), palette.color(_Role.Midlight)]
    assert min(contrast(palette.color(_Role.Accent), ground) for ground in grounds) >= SHAPES, "focus ring"
    assert contrast(_mark(palette), base) >= SHAPES, "marked frames"
    assert contrast(GOOD, window) >= SHAPES
    table = Colours.of(palette)
    for curve in table.curves:
        # Its number is written in its colour.
        assert contrast(curve, base) >= WORDS
    for code in CODE_COLOURS:
        fill, rim = QColor(int(table.cell[code << 3])), QColor(int(table.rim[code << 3]))
        assert max(contrast(fill, base), contrast(rim, base)) >= SHAPES, f"code {code} on the timeline"
    assert contrast("white", STATE_COLOURS["checked"]) >= SHAPES
    assert contrast("black", STATE_COLOURS["not_codable"]) >= SHAPES


@pytest.mark.parametrize("code", CODE_COLOURS)
def test_chips_of_a_coded_box_can_be_read_as_painted(palette: QPalette, code: int, qtbot: QtBot) -> None:
    """Measured in pixels: white letters on whatever the chips came to be."""
    entry = action("AU12") if code <= 3 else action("AU28")
    box = ActionBox(entry)
    qtbot.addWidget(box)
    box.resize(150, 46)
    box.show_code(code if code in entry.sides else 1)
    box.show_current(True)
    screen = painted(box)
    for choice, place in box._chips():
        chip = screen[
            int(place.top()) + 2 : int(place.bottom()) - 1, int(place.left()) + 2 : int(place.right()) - 1
        ]
        shades = np.array(sorted(chip.reshape(-1, 3).tolist(), key=sum), np.uint8)
        assert contrast(shades[0], shades[-1]) >= WORDS, choice.name
