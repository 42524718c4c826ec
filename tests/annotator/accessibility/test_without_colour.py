"""What colours tell is told by letters or shapes, too: everything here is looked at in grey."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hrm_annotator.coding.action_box import ActionBox
from hrm_annotator.look.theme import apply_theme
from hrm_annotator.player.ruler import Ruler
from hrm_annotator.timeline.picture import _STATES_TOP
from hrm_annotator.timeline.timeline import Timeline
from hrm_annotator.timeline.view import GUTTER_PX, ROWS_TOP_PX, STATES_PX
from hrm_core.facs import ACTIONS, action
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.curve import Curve
from tests.support.contrast import grey
from tests.support.window import painted

_STATES = tuple(CodingState)


@pytest.fixture(params=["light", "dark"], autouse=True)
def theme(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    """Each is looked at in both themes."""
    apply_theme(qapp, request.param)
    yield
    apply_theme(qapp, "light")


def shape(picture: np.ndarray) -> np.ndarray:
    """Where a grey picture is lighter than its middle grey: nothing of its brightness is left."""
    shades = grey(picture)
    if np.ptp(shades) < 20:
        return np.zeros(shades.shape, bool)
    return np.asarray(shades > (shades.min() + shades.max()) / 2)


def test_states_differ_by_shape_on_timeline_and_ruler(qtbot: QtBot) -> None:
    codings = {
        frame: FrameCoding(1, 1, frame, (), _STATES[frame // 20]) for frame in range(20 * len(_STATES))
    }
    timeline, ruler = Timeline(), Ruler()
    for widget in (timeline, ruler):
        qtbot.addWidget(widget)
        widget.resize(900, 240)
        widget.show_recording(
            20 * len(_STATES), *((ACTIONS, (), codings) if widget is timeline else ((), codings))
        )
    screen = painted(timeline._tracks)
    width = (screen.shape[1] - GUTTER_PX) // len(_STATES)
    rows = [
        shape(
            screen[
                _STATES_TOP + 1 : _STATES_TOP + STATES_PX - 3,
                GUTTER_PX + place * width + 12 : GUTTER_PX + (place + 1) * width - 12,
            ]
        )
        for place in range(len(_STATES))
    ]
    screen = painted(ruler)
    width = (screen.shape[1] - 16) // len(_STATES)
    bars = [
        screen[18:24, 8 + place * width + 12 : 8 + (place + 1) * width - 12] for place in range(len(_STATES))
    ]
    for seen in (rows, [shape(bar) for bar in bars]):
        for (one, first), (other, second) in combinations(zip(_STATES, seen, strict=True), 2):
            differs = np.mean(first != second)
            assert differs > 0.04, (one, other, differs)


def test_codes_of_boxes_differ_by_their_words(qtbot: QtBot) -> None:
    box = ActionBox(action("AU28"))
    other = ActionBox(action("AU12"))
    for widget in (box, other):
        qtbot.addWidget(widget)
        widget.resize(150, 46)
    seen = {}
    for widget, codes in ((box, (1, 4, 5)), (other, (1, 2, 3))):
        for code in codes:
            widget.show_code(code)
            # The right half of the first line: what stands beside the number.
            seen[widget.action.key, code] = shape(painted(widget)[3:23, 50:146])
    for (first, one), (second, two) in combinations(seen.items(), 2):
        if first[1] != second[1]:
            assert np.mean(one != two) > 0.01, (first, second)


def test_curves_carry_their_numbers(qtbot: QtBot) -> None:
    timeline = Timeline()
    qtbot.addWidget(timeline)
    timeline.resize(900, 300)
    timeline.show_recording(200, ACTIONS, (), {3: FrameCoding(1, 1, 3, (ActionCode("AU12", 1),))})
    flat = [Curve(name, "", np.full(200, value)) for name, value in (("yaw", 1.0), ("pitch", 1.0))]
    timeline.show_curves(flat)
    screen = grey(painted(timeline._tracks))
    top = timeline._view.strip_top
    strip = screen[int(top) :, GUTTER_PX : GUTTER_PX + 60]
    # Two flat lines look alike; the two numbers on them do not.
    inked = np.abs(strip - np.median(strip)) > 60
    columns = np.flatnonzero(inked.sum(axis=0) >= 3)
    assert len(columns) >= 4
    assert np.ptp(columns) >= 12, "two numbers beside each other"


def test_suggestions_differ_from_codes_by_dashes_and_numbers(qtbot: QtBot) -> None:
    codings = {frame: FrameCoding(1, 1, frame, (ActionCode("AU12", 1),)) for frame in range(20, 40)}
    timeline = Timeline()
    qtbot.addWidget(timeline)
    timeline.resize(900, 240)
    timeline.show_recording(60, ACTIONS, (), codings)
    row = [entry.key for entry in ACTIONS].index("AU12")
    probabilities = np.full((len(ACTIONS), 60), 0.05, np.float32)
    proposed = np.ones((len(ACTIONS), 60), np.uint8)
    # Alone, then beside the same code, then not where there is a code.
    probabilities[row, :30], proposed[row, :30] = 0.9, 2
    timeline.show_suggestions(probabilities, proposed)
    view = timeline._view
    placed = next(entry for entry in view.layout.in_view() if entry.row == row)
    top = ROWS_TOP_PX + placed.top
    screen = grey(painted(timeline._tracks)).astype(int)[top : top + placed.height - 1]
    alone, agreed, against = (
        screen[:, round(view.x_of(first)) + 4 : round(view.x_of(first + 8)) - 4] for first in (5, 21, 31)
    )
    # A dashed line is neither all ink nor none of it; a code that is as suggested has no line.
    for line in (alone[1], alone[-2], against[len(against) // 2]):
        assert np.ptp(line) > 60
        changes = np.count_nonzero(np.diff((line > (line.min() + line.max()) / 2).astype(int)))
        assert changes >= 10
    assert np.ptp(agreed[2:-2]) < 20
    # How likely it is stands in it.
    middle = screen[3:-3, round(view.x_of(8)) : round(view.x_of(13))]
    assert np.ptp(middle) > 100


def test_boxes_tell_a_suggestion_by_a_plate_and_in_words(qtbot: QtBot) -> None:
    box = ActionBox(action("AU12"))
    qtbot.addWidget(box)
    box.resize(112, 42)
    looks = []
    for code, suggested in ((0, None), (0, 1), (0, 2), (1, None), (1, 1), (1, 0)):
        box.show_code(code)
        box.show_suggested(suggested, 0.87)
        looks.append(shape(painted(box)))
    for first, second in combinations(looks, 2):
        assert np.mean(first != second) > 0.002
    assert box.accessibleName().endswith("suggested: absent, 87 %")
    box.show_suggested(None)
    assert "suggested" not in box.accessibleName()
    # That something absent is suggested to be absent is no news.
    box.show_code(0)
    box.show_suggested(0, 0.01)
    assert (shape(painted(box)) == looks[0]).all()
