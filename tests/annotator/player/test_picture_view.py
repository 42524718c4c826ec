"""Whose left it is, and looking closer at both pictures at once."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hrm_annotator.player.picture_view import PictureView
from tests.support.window import Seat, painted

_LEFT = Qt.MouseButton.LeftButton
_NONE = Qt.MouseButton.NoButton
_NO_KEY = Qt.KeyboardModifier.NoModifier


def letter(view: PictureView, edge: str) -> str:
    """L or R, read from the white ink at the middle of an edge."""
    screen = painted(view)
    height, width = screen.shape[:2]
    rows = slice(height // 2 - 15, height // 2 + 15)
    columns = slice(8, 34) if edge == "left" else slice(width - 34, width - 8)
    ink = (screen[rows, columns] > 215).all(axis=2)
    ys, xs = np.nonzero(ink)
    assert len(ys) > 10, "there is nothing written on the edge"
    glyph = ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    tall, wide = glyph.shape
    # An L has nothing at its upper right; an R has its bow there.
    return "R" if glyph[: tall // 2, wide // 2 :].any() else "L"


def wheel(view: PictureView, at: QPointF, notches: int) -> None:
    event = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        _NONE,
        _NO_KEY,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def drag(view: PictureView, start: QPointF, end: QPointF) -> None:
    for kind, at, button, buttons in (
        (QEvent.Type.MouseButtonPress, start, _LEFT, _LEFT),
        (QEvent.Type.MouseMove, (start + end) / 2, _NONE, _LEFT),
        (QEvent.Type.MouseMove, end, _NONE, _LEFT),
        (QEvent.Type.MouseButtonRelease, end, _LEFT, _NONE),
    ):
        QApplication.sendEvent(view, QMouseEvent(kind, at, view.mapToGlobal(at), button, buttons, _NO_KEY))


def seen_part(view: PictureView, at: QPointF) -> tuple[float, float]:
    """Which point of the picture, 0-1, lies under a point of the widget."""
    target = view._target()
    return (at.x() - target.x()) / target.width(), (at.y() - target.y()) / target.height()


def test_the_childs_right_is_on_the_viewers_left(seat: Seat) -> None:
    for view in (seat.player.current, seat.player.neutral):
        assert (letter(view, "left"), letter(view, "right")) == ("R", "L")


def test_a_mirrored_recording_has_them_the_other_way_round(seat: Seat) -> None:
    seat.open_recording(1)
    for view in (seat.player.current, seat.player.neutral):
        assert (letter(view, "left"), letter(view, "right")) == ("L", "R")
    seat.open_recording(0)
    assert letter(seat.player.current, "left") == "R"


def test_the_neutral_face_says_that_it_is_one(seat: Seat) -> None:
    assert seat.player.neutral.caption == "neutral"
    assert seat.player.neutral.accessibleName() == "neutral"


@pytest.mark.parametrize("name", ["current", "neutral"])
def test_the_wheel_brings_both_pictures_closer(seat: Seat, name: str) -> None:
    view = getattr(seat.player, name)
    before = {each: painted(each) for each in (seat.player.current, seat.player.neutral)}
    at = QPointF(view.width() * 0.6, view.height() * 0.5)
    point = seen_part(view, at)
    wheel(view, at, 3)
    assert seat.player.zoom.factor == pytest.approx(1.2**3)
    for each, picture in before.items():
        assert (painted(each) != picture).any()
    wheel(view, at, -2)
    assert seat.player.zoom.factor == pytest.approx(1.2)
    wheel(view, at, 9)
    assert seen_part(view, at)[0] == pytest.approx(point[0], abs=0.02)


def test_the_wheel_has_an_end_in_both_directions(seat: Seat) -> None:
    view = seat.player.current
    middle = QPointF(view.rect().center())
    wheel(view, middle, 100)
    assert seat.player.zoom.factor == 12.0
    wheel(view, middle, -200)
    assert seat.player.zoom.factor == 1.0
    assert seat.agrees() == seat.session.frame


def test_dragging_moves_both_pictures(seat: Seat) -> None:
    view, other = seat.player.current, seat.player.neutral
    middle = QPointF(view.rect().center())
    wheel(view, middle, 8)
    was = seen_part(view, middle), seen_part(other, QPointF(other.rect().center()))
    drag(view, middle, middle + QPointF(30, 0))
    now = seen_part(view, middle), seen_part(other, QPointF(other.rect().center()))
    assert now[0][0] < was[0][0]
    assert now[1][0] - was[1][0] == pytest.approx(now[0][0] - was[0][0])
    assert seen_part(view, middle + QPointF(30, 0))[0] == pytest.approx(was[0][0], abs=0.01)
    drag(view, middle, middle + QPointF(5000, 5000))
    target = view._target()
    assert target.left() <= 1
    assert target.top() <= view.height() / 2


@pytest.mark.parametrize("how", ["double click", "Ctrl+0"])
def test_the_whole_picture_comes_back(seat: Seat, how: str) -> None:
    view = seat.player.current
    whole = painted(view)
    wheel(view, QPointF(50, 60), 5)
    if how == "double click":
        QTest.mouseDClick(seat.player.neutral, _LEFT)
    else:
        seat.press("0", Qt.KeyboardModifier.ControlModifier)
    assert seat.player.zoom.factor == 1.0
    assert (painted(view) == whole).all()


def test_the_closeness_stays_from_frame_to_frame(seat: Seat) -> None:
    wheel(seat.player.current, QPointF(50, 60), 5)
    centre = QPointF(seat.player.zoom.centre)
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(11)
    assert (seat.player.zoom.factor, seat.player.zoom.centre) == (pytest.approx(1.2**5), centre)


def test_without_a_neutral_face_the_window_says_so(seat: Seat) -> None:
    seat.player.show_neutral(None, mirrored=False)
    assert "No neutral frame" in seat.player.neutral.accessibleName()
    assert seat.player.neutral.caption == ""
