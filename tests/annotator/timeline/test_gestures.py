"""The mouse on the timeline, and what it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from hrm_annotator.timeline.timeline import Timeline
from hrm_annotator.timeline.tool_tip import tool_tip
from hrm_annotator.timeline.view import GUTTER_PX, ROWS_TOP_PX, RULER_PX
from hrm_core.facs import ACTIONS
from hrm_core.records.coding import ActionCode, FrameCoding
from hrm_core.records.curve import Curve
from hrm_core.records.recording import Clip

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NO_MODIFIER, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
COUNT = 100


class Hand:
    """A timeline, a mouse on it, and what was asked for.

    AU12 is coded in frames 20–39 and AU1 in frame 60.
    """

    def __init__(self, qtbot: QtBot) -> None:
        self.timeline = Timeline()
        qtbot.addWidget(self.timeline)
        self.timeline.resize(1000, 260)
        self.timeline.show()
        self.tracks = self.timeline._tracks
        self.view = self.timeline._view
        codings = {frame: FrameCoding(1, 1, frame, (ActionCode("AU12", 2, "B"),)) for frame in range(20, 40)}
        codings[60] = FrameCoding(1, 1, 60, (ActionCode("AU1", 1),), doubtful=True)
        self.timeline.show_recording(COUNT, ACTIONS, [Clip(1, 1, 4, 10, 50)], codings)
        self.asked: list[tuple[Any, ...]] = []
        for name in ("frame_wanted", "action_chosen", "range_wanted", "edge_moved"):
            getattr(self.timeline, name).connect(lambda *what, name=name: self.asked.append((name, *what)))

    def at(self, frame: float, key: str | None = None) -> QPoint:
        """A place on the ruler, or on the row of an action."""
        y = RULER_PX // 2
        if key is not None:
            row = self.view.grid.row_of(key)
            placed = next(entry for entry in self.view.layout.placed() if entry.row == row)
            y = ROWS_TOP_PX + placed.top + placed.height // 2
        return QPoint(round(self.view.x_of(frame)), y)

    def drag(
        self,
        *points: QPoint,
        button: Qt.MouseButton = LEFT,
        modifier: Qt.KeyboardModifier = NO_MODIFIER,
    ) -> None:
        QTest.mousePress(self.tracks, button, modifier, points[0])
        for point in points[1:]:
            QTest.mouseMove(self.tracks, point)
        QTest.mouseRelease(self.tracks, button, modifier, points[-1])

    def taken(self) -> list[tuple[Any, ...]]:
        found, self.asked = self.asked, []
        return found

    def wheel(
        self, point: QPoint, up: int = 0, left: int = 0, modifier: Qt.KeyboardModifier = NO_MODIFIER
    ) -> None:
        event = QWheelEvent(
            QPointF(point),
            QPointF(self.tracks.mapToGlobal(point)),
            QPoint(),
            QPoint(left * 120, up * 120),
            Qt.MouseButton.NoButton,
            modifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.tracks, event)


@pytest.fixture
def hand(qtbot: QtBot) -> Iterator[Hand]:
    return Hand(qtbot)


def test_pressing_and_dragging_scrubs(hand: Hand) -> None:
    hand.drag(hand.at(5.5), hand.at(5.7), hand.at(7.5), QPoint(5000, 4))
    assert hand.taken() == [("frame_wanted", 5), ("frame_wanted", 7), ("frame_wanted", 99)]
    hand.drag(hand.at(80.5, "AU12"))
    assert hand.taken() == [("action_chosen", "AU12"), ("frame_wanted", 80)]
    hand.drag(QPoint(20, hand.at(0, "AU1").y()))
    assert hand.taken() == [("action_chosen", "AU1")]
    QTest.mouseMove(hand.tracks, hand.at(50.5))
    assert hand.taken() == []


def test_dragging_with_shift_marks_frames_in_either_direction(hand: Hand) -> None:
    hand.drag(hand.at(30.5), hand.at(44.5), modifier=SHIFT)
    hand.drag(hand.at(44.5), hand.at(30.5), modifier=SHIFT)
    hand.drag(hand.at(7.5), modifier=SHIFT)
    assert hand.taken() == [("range_wanted", 30, 44), ("range_wanted", 30, 44), ("range_wanted", 7, 7)]


@pytest.mark.parametrize(
    ("start", "end", "moved"),
    [
        (20, 15.2, ("edge_moved", "AU12", 20, 39, 15, 39)),
        (20, 25.4, ("edge_moved", "AU12", 20, 39, 25, 39)),
        (20, 70, ("edge_moved", "AU12", 20, 39, 39, 39)),
        (40, 44.6, ("edge_moved", "AU12", 20, 39, 20, 44)),
        (40, 3, ("edge_moved", "AU12", 20, 39, 20, 20)),
        (40, 300, ("edge_moved", "AU12", 20, 39, 20, 99)),
        (40, 40.2, None),
    ],
)
def test_an_edge_is_moved_from_frame_to_frame(
    hand: Hand, start: float, end: float, moved: tuple[Any, ...] | None
) -> None:
    hand.drag(hand.at(start, "AU12"), hand.at((start + end) / 2, "AU12"), hand.at(end, "AU12"))
    assert hand.taken() == [("action_chosen", "AU12"), *([moved] if moved else [])]


def test_the_pointer_tells_an_edge_and_a_second_button_takes_a_drag_back(hand: Hand) -> None:
    QTest.mouseMove(hand.tracks, hand.at(20, "AU12"))
    assert hand.tracks.cursor().shape() is Qt.CursorShape.SplitHCursor
    QTest.mouseMove(hand.tracks, hand.at(30, "AU12"))
    assert hand.tracks.cursor().shape() is Qt.CursorShape.ArrowCursor
    QTest.mousePress(hand.tracks, LEFT, NO_MODIFIER, hand.at(20, "AU12"))
    QTest.mouseMove(hand.tracks, hand.at(10, "AU12"))
    QTest.mousePress(hand.tracks, Qt.MouseButton.RightButton, NO_MODIFIER, hand.at(10, "AU12"))
    QTest.mouseRelease(hand.tracks, LEFT, NO_MODIFIER, hand.at(10, "AU12"))
    assert hand.taken() == [("action_chosen", "AU12")]


def test_the_wheel_zooms_about_the_pointer_and_pans_with_shift(hand: Hand) -> None:
    place = hand.at(70)
    for _ in range(6):
        hand.wheel(place, up=1)
    view = hand.view
    assert view.scale.span < 40
    assert view.scale.first + (place.x() - GUTTER_PX) / view.scale.step == pytest.approx(70, abs=0.1)
    before, step = view.scale.first, view.scale.step
    hand.wheel(place, up=-1, modifier=SHIFT)
    assert view.scale.first > before
    hand.wheel(place, left=1)
    assert view.scale.first == pytest.approx(before)
    hand.drag(hand.at(70), hand.at(71), hand.at(73), button=MIDDLE)
    assert view.scale.first == pytest.approx(before - 3, abs=0.2)
    assert view.scale.step == step
    assert hand.taken() == []
    hand.timeline.show_only_rows_in_use(False)
    hand.wheel(QPoint(10, 100), up=-1)
    assert view.layout.offset == hand.timeline._down.value() > 0
    hand.timeline._across.setValue(0)
    assert view.scale.first == 0
    for _ in range(20):
        hand.wheel(place, up=-1)
    assert hand.timeline.frames_in_view == (0, COUNT - 1)


def test_the_playhead_stays_in_view(hand: Hand) -> None:
    hand.timeline.zoom_to(10, 20)
    for frame in (*range(15, COUNT), 3, COUNT - 1, 0):
        hand.timeline.show_frame(frame)
        first, last = hand.timeline.frames_in_view
        assert first <= frame <= last
    # The view turns no page under a mouse that is being dragged.
    hand.timeline.zoom_to(10, 20)
    view = hand.timeline.frames_in_view
    QTest.mousePress(hand.tracks, LEFT, NO_MODIFIER, hand.at(15.5))
    hand.timeline.show_frame(80)
    assert hand.timeline.frames_in_view == view
    QTest.mouseRelease(hand.tracks, LEFT, NO_MODIFIER, hand.at(15.5))


def test_it_never_takes_the_keyboard_and_has_names(hand: Hand) -> None:
    widgets = [hand.timeline, *hand.timeline.findChildren(QWidget)]
    assert all(widget.focusPolicy() is Qt.FocusPolicy.NoFocus for widget in widgets)
    assert hand.tracks.accessibleName() == "Timeline"
    assert "100 frames" in hand.tracks.accessibleDescription()


def test_the_tool_tip_tells_frame_state_run_clip_and_values(hand: Hand) -> None:
    def said(point: QPoint) -> list[str]:
        return tool_tip(hand.view, QPointF(point), None).splitlines()

    assert said(hand.at(25.5, "AU12")) == [
        "frame 25: coded",
        "AU12 Lip Corner Puller: left, intensity B, frames 20–39",
    ]
    assert said(hand.at(60.5, "AU12")) == ["frame 60: coded, doubtful", "AU12 Lip Corner Puller: absent"]
    assert said(QPoint(hand.at(30.5).x(), RULER_PX + 4)) == [
        "frame 30: coded",
        "clip 4, open: frames 10–50",
    ]
    assert said(QPoint(5, hand.at(0, "AU1").y())) == ["AU1 Inner Brow Raiser"]
    values = np.arange(COUNT, dtype=np.float64)
    values[50] = np.nan
    hand.timeline.show_curves([Curve("yaw", "°", values)])
    assert said(QPoint(hand.at(31.5).x(), hand.view.strip_top + 5)) == ["frame 31: coded", "yaw 31.0°"]
    assert said(QPoint(hand.at(50.5).x(), hand.view.strip_top + 5)) == [
        "frame 50: not coded",
        "yaw: unknown",
    ]


@pytest.mark.parametrize(("frame", "beside_px"), [(20, -3), (20, 3), (40, -3), (40, 3), (20, 0), (40, 0)])
def test_a_click_on_an_edge_moves_nothing(hand: Hand, frame: int, beside_px: int) -> None:
    hand.timeline.resize(560, 260)
    point = hand.at(frame, "AU12") + QPoint(beside_px, 0)
    hand.taken()
    QTest.mousePress(hand.tracks, LEFT, pos=point)
    QTest.mouseRelease(hand.tracks, LEFT, pos=point)
    assert not [wish for wish in hand.taken() if wish[0] == "edge_moved"]
