"""Windows come back as they were left, where there is a screen for them."""

from __future__ import annotations

import json

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget
from pytestqt.qtbot import QtBot

from hrm_annotator.settings.layout import restore_layout, store_layout, was_open
from hrm_core.paths import user_config_dir
from tests.support.window import Seat


def share(seat: Seat) -> float:
    """Part of the pictures' width that the frame has."""
    frame, neutral = seat.window.findChild(QSplitter, "pictures").sizes()
    return round(frame / (frame + neutral), 1)


def test_parts_of_the_window_and_the_frame_window_come_back(seat: Seat) -> None:
    seat.window.findChild(QSplitter, "pictures").setSizes([200, 300])
    seat.window.actions_by_id["frame_window"].trigger()
    frame = seat.program.comfort.frame_window
    frame.setGeometry(40, 50, 333, 222)
    before = share(seat)
    assert before == 0.4
    again = seat.restart()
    try:
        # The screen of the tests is smaller than the window, which is made to fit.
        assert share(again) == before
        frame = again.program.comfort.frame_window
        assert frame.isVisible()
        assert frame.geometry().getRect() == (40, 50, 333, 222)
        assert again.window.actions_by_id["frame_window"].isChecked()
        frame.close()
        assert not again.window.actions_by_id["frame_window"].isChecked()
    finally:
        again.leave()
    assert not was_open("frame")


def test_a_window_comes_back_in_place_size_and_parts(qtbot: QtBot) -> None:
    def make() -> tuple[QMainWindow, QSplitter]:
        window, parts = QMainWindow(), QSplitter()
        qtbot.addWidget(window)
        parts.setObjectName("parts")
        for _ in range(3):
            parts.addWidget(QWidget())
        window.setCentralWidget(parts)
        return window, parts

    window, parts = make()
    window.setGeometry(60, 70, 620, 430)
    window.show()
    parts.setSizes([100, 300, 200])
    before = parts.sizes()
    store_layout("window", window)
    again, its_parts = make()
    restore_layout("window", again)
    again.show()
    assert again.geometry().getRect() == (60, 70, 620, 430)
    assert its_parts.sizes() == before
    again.showMaximized()
    store_layout("window", again)
    third, _ = make()
    restore_layout("window", third)
    third.show()
    assert third.isMaximized()


def test_a_window_is_put_only_where_a_screen_shows_it(qtbot: QtBot) -> None:
    far = QWidget()
    qtbot.addWidget(far)
    far.setGeometry(9000, 9000, 300, 200)
    store_layout("far", far)
    other = QWidget()
    qtbot.addWidget(other)
    restore_layout("far", other)
    seen = [screen.availableGeometry().intersected(other.geometry()) for screen in QGuiApplication.screens()]
    assert any(part.width() >= 120 and part.height() >= 60 for part in seen)


def test_a_damaged_layout_is_as_none(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.setGeometry(30, 40, 300, 200)
    for stored in ("{", "[]", {"main": 3}, {"main": {"geometry": "%%", "splitters": 4, "open": "yes"}}):
        user_config_dir().mkdir(parents=True, exist_ok=True)
        text = stored if isinstance(stored, str) else json.dumps(stored)
        (user_config_dir() / "layout.json").write_text(text, encoding="utf-8")
        restore_layout("main", window)
        assert window.geometry().getRect() == (30, 40, 300, 200)
        assert not was_open("main")
