"""Everything is reached without a mouse, nothing keeps the keyboard, and where it is can be seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QMessageBox,
    QSpinBox,
    QSplitter,
    QSplitterHandle,
    QToolButton,
    QWidget,
)

from hrm_annotator.actions.bindings import Bindings
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.actions.menus import MENUS, commands_of
from hrm_annotator.actions.profiles import Profile
from hrm_annotator.look.focus_ring import RING_PX
from hrm_annotator.look.theme import apply_theme
from hrm_annotator.player.area_by_keys import moved_area
from hrm_annotator.player.picture_view import Tool
from tests.annotator.language.dialogs import every_dialog
from tests.support.contrast import contrast
from tests.support.window import Seat, painted

_CONTROLS = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QSpinBox, QSplitterHandle)
# What Tab passes over, so that it stays a short way, and the commands that do the same.
_BY_COMMAND = {
    "Frame number": (ActionId.GO_TO_FRAME,),
    "Playback speed": (ActionId.SLOWER, ActionId.FASTER),
    "Only rows in use": (ActionId.ROWS_IN_USE,),
    "Hold: flicker to neutral": (ActionId.FLICKER,),
}


def by_tab(start: QWidget, key: Qt.Key = Qt.Key.Key_Tab) -> list[QWidget]:
    """Where Tab leads from a widget, until it is there again."""
    seat: list[QWidget] = []
    start.setFocus(Qt.FocusReason.TabFocusReason)
    from PySide6.QtTest import QTest

    for _ in range(60):
        here = QApplication.focusWidget()
        if here is None or here in seat:
            return seat
        seat.append(here)
        QTest.keyClick(here, key)
    raise AssertionError("Tab never comes back")


def name_of(widget: QWidget) -> str:
    """What a control is called."""
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text.replace("&", "")


def test_every_control_of_the_window_is_reached(seat: Seat) -> None:
    seat.click("AU12")
    seat.qtbot.wait(50)
    forth = by_tab(seat.player.current)
    back = by_tab(seat.player.current, Qt.Key.Key_Backtab)
    assert set(forth) == set(back), "no trap in either direction"
    assert len(forth) >= 12
    listed = {name for entries in MENUS.values() for name in commands_of(entries)}
    unreached = []
    for widget in seat.window.findChildren(QWidget):
        if not isinstance(widget, _CONTROLS) or not widget.isVisible() or not widget.isEnabled():
            continue
        if widget in forth or widget.objectName() == "qt_spinbox_lineedit":
            continue
        if (
            isinstance(widget.parentWidget(), QAbstractItemView)
            or type(widget).__name__ == "QMenuBarExtension"
        ):
            continue
        if isinstance(widget, QToolButton) and widget.defaultAction() in seat.window.actions_by_id.values():
            continue
        names = _BY_COMMAND.get(name_of(widget), ())
        if not names or not set(names) <= listed:
            unreached.append(f"{type(widget).__name__} {name_of(widget)!r}")
    assert unreached == []
    for names in _BY_COMMAND.values():
        for profile in Profile:
            reached = [name for name in names if Bindings(profile).keys_of(name)]
            assert reached or names == (ActionId.ROWS_IN_USE,), "a menu and the command palette have it"


def test_tree_and_dividers_are_used_by_keys(seat: Seat) -> None:
    tree = seat.window.tree._tree
    tree.setFocus(Qt.FocusReason.TabFocusReason)
    frame = seat.session.frame
    seat.press(Qt.Key.Key_Home)
    for _ in range(12):
        seat.press(Qt.Key.Key_Down)
    assert seat.session.frame == frame, "arrows move in the tree"
    seat.press(Qt.Key.Key_Return)
    seat.wait(lambda: "play-8" in seat.player._title.text() and seat.session.frame is not None)
    tree.setFocus(Qt.FocusReason.TabFocusReason)
    seat.press(Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is seat.player.current
    splitter = seat.player.pictures
    assert isinstance(splitter, QSplitter)
    splitter.handle(1).setFocus()
    before, frame = splitter.sizes(), seat.session.frame
    seat.press(Qt.Key.Key_Left)
    assert splitter.sizes()[0] < before[0]
    assert seat.session.frame == frame


def test_an_area_is_drawn_by_keys() -> None:
    room = QRectF(0, 0, 400, 300)
    none = Qt.KeyboardModifier.NoModifier
    area = moved_area(None, Qt.Key.Key_Left, none, room)
    assert area.center() == room.center()
    moved = moved_area(area, Qt.Key.Key_Left, none, room)
    assert (moved.left(), moved.size()) == (area.left() - 10, area.size())
    fine = moved_area(area, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier, room)
    assert fine.top() == area.top() + 1
    larger = moved_area(area, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier, room)
    assert (larger.topLeft(), larger.width()) == (area.topLeft(), area.width() + 10)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Down):
        for modifier in (none, Qt.KeyboardModifier.ShiftModifier):
            corner = area
            for _ in range(80):
                corner = moved_area(corner, key, modifier, room)
            assert room.contains(corner)
            assert min(corner.width(), corner.height()) > 0


def test_the_picture_takes_an_area_drawn_by_keys(seat: Seat) -> None:
    from hrm_core.workflows.show_face import FaceLook

    view = seat.player.current
    rgb = np.zeros((96, 128, 3), np.uint8)
    view.show_look(
        FaceLook(rgb, "", covered=False, registered=False, unregistered="", matrix=np.eye(2, 3)), "drawn here"
    )
    drawn: list[np.ndarray] = []
    view.area_drawn.connect(drawn.append)
    frame = seat.session.frame
    view.use_tool(Tool.EYES)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return):
        seat.press(key)
    (corners,) = drawn
    assert corners.shape == (4, 2)
    assert (corners.max(axis=0) > corners.min(axis=0)).all()
    assert corners.min() >= 0
    assert (corners.max(axis=0) <= [128, 96]).all()
    assert seat.session.frame == frame, "arrows and Return were no keys of the window"
    seat.press(Qt.Key.Key_Escape)
    assert view.tool is None


def test_escape_closes_every_dialog_and_tab_leads_through_it(seat: Seat) -> None:
    for dialog in every_dialog(seat.window):
        assert isinstance(dialog, QDialog)
        dialog.activateWindow()
        seat.qtbot.waitUntil(lambda dialog=dialog: QApplication.activeWindow() is dialog)
        first = dialog.nextInFocusChain()
        ways = by_tab(QApplication.focusWidget() or first)
        assert ways, type(dialog).__name__
        buttons = [
            button
            for button in dialog.findChildren(QAbstractButton)
            if button.isVisible() and button.isEnabled() and button.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        assert [name_of(button) for button in buttons if button not in ways] == []
        target = QApplication.focusWidget()
        assert target is not None
        from PySide6.QtTest import QTest

        QTest.keyClick(target, Qt.Key.Key_Escape)
        for box in dialog.findChildren(QMessageBox):
            # What was entered is dropped only by another act, also by keys: Tab leads to it.
            seat.qtbot.waitUntil(lambda box=box: QApplication.activeWindow() is box)
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
        if type(dialog).__name__ != "ConflictDialog":
            # A conflict must be decided: nothing is kept by looking away.
            assert not dialog.isVisible(), type(dialog).__name__


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_where_the_keyboard_is_can_be_seen(theme: str, seat: Seat, qapp: QApplication) -> None:
    apply_theme(qapp, theme)
    try:
        seat.click("AU12")
        seat.qtbot.wait(50)
        for widget in by_tab(seat.player.current):
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            ring = seat.program.focus_ring.ring
            assert ring is not None, type(widget).__name__
            assert ring.isVisible(), type(widget).__name__
            place = ring.geometry()
            centre = widget.mapTo(seat.window, widget.rect().center())
            assert place.contains(centre)
            around = QRect(widget.mapTo(seat.window, QPointF(0, 0).toPoint()), widget.size())
            assert around.adjusted(-RING_PX, -RING_PX, RING_PX, RING_PX).contains(place)
            lit = painted(seat.window)[place.top() : place.bottom() + 1, place.left() : place.right() + 1]
            ring.hide()
            dark = painted(seat.window)[place.top() : place.bottom() + 1, place.left() : place.right() + 1]
            changed = (lit != dark).any(axis=2)
            band = 2 * RING_PX * (place.width() + place.height() - 2 * RING_PX)
            assert changed.sum() >= 0.6 * band, type(widget).__name__
            ratios = [
                contrast(one, other)
                for one, other in zip(lit[changed][::13], dark[changed][::13], strict=True)
            ]
            # Of two tones one stands out from whatever lies below.
            assert np.mean(np.array(ratios) >= 3) > 0.25, (type(widget).__name__, ratios[:5])
    finally:
        apply_theme(qapp, "light")


def test_the_ring_follows_and_takes_no_room(seat: Seat, new_seat: Callable[..., Seat]) -> None:
    seat.player.current.setFocus()
    ring = seat.program.focus_ring.ring
    assert ring is not None
    assert ring.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    assert ring.mask().contains(QRect(0, 0, 1, 1))
    assert not ring.mask().contains(ring.rect().center())
    seat.window.resize(QSize(1500, 900))
    view = seat.player.current
    seat.wait(lambda: ring.geometry().contains(view.mapTo(seat.window, view.rect().center())))
    assert abs(ring.width() - view.width()) <= 2 * RING_PX
