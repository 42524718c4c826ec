"""The frame's own window shows what the main window shows, no more, and takes its keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hrm_annotator.player.face_overlay import Layers
from hrm_annotator.player.frame_window import FRAME_WINDOW, FrameWindow
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.project import open_project
from tests.support.window import Seat, painted, shown_number
from tests.support.window_words import words

START = 10


def test_it_follows_zooms_by_itself_and_takes_keys(seat: Seat) -> None:
    seat.press(Qt.Key.Key_F11)
    window = seat.program.comfort.frame_window
    assert window.isVisible()
    assert (window.objectName(), window.windowTitle()) == (FRAME_WINDOW, "HRM Annotator – frame")
    assert shown_number(window.view) == START
    with seat.qtbot.waitActive(window):
        window.activateWindow()
    QTest.keyClick(window.view, Qt.Key.Key_Right)
    seat.wait_frame(START + 1)
    assert shown_number(window.view) == shown_number(seat.player.current) == START + 1
    seat.coding.move_current(1)
    QTest.keyClick(window.view, Qt.Key.Key_1)
    seat.wait(lambda: bool(seat.codes()))
    assert window.view.accessibleName() == f"frame {START + 1}: coded, {seat.coding.current[2:]}"
    whole = painted(seat.player.current)
    window.zoom.set(4, QPointF(0.5, 0.5))
    assert np.array_equal(painted(seat.player.current), whole)
    QTest.keyClick(window.view, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert window.zoom.factor == 1
    QTest.keyClick(window.view, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    seat.wait(seat.window.isActiveWindow)
    assert QApplication.focusWidget() is seat.coding.score._line
    seat.press(Qt.Key.Key_Escape)
    seat.press(Qt.Key.Key_F11)
    assert not window.isVisible()


def same_size(window: FrameWindow, seat: Seat) -> bool:
    """Make the window's picture as large as the one of the main window; whether it is."""
    window.resize(seat.player.current.size())
    return window.view.size() == seat.player.current.size()


def test_what_is_withheld_or_drawn_there_is_so_here(new_seat: Callable[..., Seat], study: Path) -> None:
    with open_project(study) as project:
        add_rater(project, "Covered", sees_eyes=False)
    for coder in ("AB", "Covered"):
        seat = new_seat(coder)
        seat.open(study)
        assert seat.session.withheld == (coder == "Covered")
        window = seat.program.comfort.frame_window
        if coder == "AB":
            seat.press(Qt.Key.Key_F11)
        assert window.isVisible(), "it comes back by itself where it was left open"
        seat.player.show_layers(Layers(box=True, landmarks=True))
        seat.wait(partial(same_size, window, seat))
        assert np.array_equal(painted(window.view), painted(seat.player.current))
        assert window.view.accessibleName() == seat.player.current.accessibleName()
        told = " ".join(words(window)).lower()
        assert not [name for name in ("asd", "td", "participant", "play-7") if name in told.split()]
        seat.program.study._close_project()
        assert not window.isVisible()
        seat.leave()
