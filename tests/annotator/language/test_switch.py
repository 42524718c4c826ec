"""Another language without a restart: the coder is where they were, and no label is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QSplitter
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from hrm_annotator.actions.table import COMMANDS, ActionId
from hrm_annotator.app import Running
from hrm_annotator.dialogs.command_palette import CommandPalette, rank
from hrm_annotator.language import ENGLISH, in_use, language_for, use
from hrm_annotator.language.qt_texts import QtTexts
from hrm_annotator.look.fonts import can_write_chinese
from hrm_annotator.settings import personal
from hrm_annotator.settings.personal import PersonalSettings
from hrm_annotator.wiring import language_wiring
from hrm_core.errors import StoreWriteError
from tests.support.languages import spoken
from tests.support.window import CODER, Seat

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def running(qapp: QApplication) -> Iterator[Running]:
    """The program as it is started, in English."""
    if not can_write_chinese():
        pytest.skip("no font of this computer has Chinese characters")
    personal.store(PersonalSettings(coder=CODER, key_profile="face_map", language="en"))
    program = Running(qapp, ENGLISH)
    yield program
    program.program.close()
    program._qt_texts.use(ENGLISH)
    use(ENGLISH)


def seat_at(qtbot: QtBot, running: Running, study: Path) -> Seat:
    """A coder before the window there is now."""
    seat = Seat(qtbot, running.program)
    seat.folder = study
    return seat


def choose(seat: Seat, name: ActionId) -> None:
    """Find the language in the palette and take it, by keyboard."""
    seat.press(Qt.Key.Key_K, CONTROL)
    seat.wait(lambda: isinstance(QApplication.activeWindow(), CommandPalette))
    for letter in COMMANDS[name].words:
        seat.qtbot.keyClick(QApplication.focusWidget(), letter)
    seat.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    seat.qtbot.wait(1)


def test_the_language_changes_and_the_coder_stays_where_they_were(
    running: Running, qtbot: QtBot, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = seat_at(qtbot, running, study)
    seat.open(study)
    seat.open_recording(1)
    seat.go_to(37)
    seat.click("AU12")
    seat.window.actions_by_id[ActionId.CARRY_ON].trigger()
    seat.window.actions_by_id[ActionId.SUGGEST_AT_ONCE].trigger()
    seat.window.actions_by_id[ActionId.FOLLOW_MODEL].trigger()
    seat.window.resize(1260, 790)
    workbench = seat.window.findChild(QSplitter, "workbench")
    seat.wait(lambda: workbench.width() == 1260)
    workbench.setSizes([270, 570, 412])
    seat.qtbot.wait(20)
    sizes, geometry = workbench.sizes(), seat.window.geometry()
    english = seat.window.menuBar().actions()[0].text()
    seat.window.actions_by_id[ActionId.LANGUAGE_CHINESE].trigger()
    seat.wait(lambda: running.program is not seat.program)
    again = seat_at(qtbot, running, study)
    again.wait(lambda: again.session.frame is not None)
    assert (english, again.window.menuBar().actions()[0].text()) == ("&Study", "研究(&S)")
    assert again.session.recording.name == "play-8"
    assert again.session.frame == 37
    for kept in (ActionId.CARRY_ON, ActionId.SUGGEST_AT_ONCE, ActionId.FOLLOW_MODEL):
        assert again.window.actions_by_id[kept].isChecked()
    assert again.codes() == {"AU12": 1}
    assert again.window.geometry() == geometry
    assert again.window.findChild(QSplitter, "workbench").sizes() == sizes
    assert not isValid(seat.window), "there is one window, not two"
    assert [coding.codes[0].action for coding in again.on_disk(participant="8").values()] == ["AU12"]
    assert personal.load().language == "zh_CN"
    assert checked(again) == [ActionId.LANGUAGE_CHINESE]
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    assert buttons.buttons()[0].text() == "取消", "Qt's own words"
    buttons.deleteLater()
    assert "Ctrl+→" in again.window.actions_by_id[ActionId.NEXT_CHANGE].toolTip()

    unsaved_labels_keep_the_window(running, again, monkeypatch)
    again.program.coding._retry()
    again.saved()
    choose(again, ActionId.LANGUAGE_ENGLISH)
    again.wait(lambda: running.program is not again.program)
    last = seat_at(qtbot, running, study)
    last.wait(lambda: last.session.frame is not None)
    assert last.window.menuBar().actions()[0].text() == "&Study"
    assert last.codes() == {"AU4": 1, "AU12": 1}
    last.press("e")
    assert last.codes() == {"AU12": 1}, "the new window has the keyboard"
    last.saved()


def unsaved_labels_keep_the_window(running: Running, seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    """A label that is not on disk keeps the window that knows of it."""
    desk = seat.program.coding._writer._desk

    def refuse(*_: object) -> None:
        raise StoreWriteError("Labels could not be written (the disk is full).")

    with monkeypatch.context() as disk:
        disk.setattr(desk, "save_frames", refuse)
        seat.click("AU4")
        seat.wait(seat.window.banner.isVisible)
        seat.window.actions_by_id[ActionId.LANGUAGE_ENGLISH].trigger()
        seat.qtbot.wait(20)
        assert running.program is seat.program
        assert "不能更改语言" in seat.message
        assert checked(seat) == [ActionId.LANGUAGE_CHINESE]
        assert personal.load().language == "zh_CN"


def checked(seat: Seat) -> list[str]:
    languages = (ActionId.LANGUAGE_SYSTEM, ActionId.LANGUAGE_ENGLISH, ActionId.LANGUAGE_CHINESE)
    return [name for name in languages if seat.window.actions_by_id[name].isChecked()]


def test_what_stands_in_the_way_is_said(
    running: Running, qtbot: QtBot, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = seat_at(qtbot, running, study)
    chinese = seat.window.actions_by_id[ActionId.LANGUAGE_CHINESE]
    seat.program.study.open_project(study)
    chinese.trigger()
    assert "as soon as the study is open" in seat.message
    seat.wait(lambda: seat.session.frame is not None)
    with monkeypatch.context() as fonts:
        fonts.setattr(language_wiring, "can_write_chinese", lambda: False)
        chinese.trigger()
        assert "No font" in seat.message
    seat.press(";")
    seat.type("look again")
    chinese.trigger()
    assert "only a note (10)" in seat.message
    seat.qtbot.wait(20)
    assert running.program is seat.program
    assert checked(seat) == [ActionId.LANGUAGE_ENGLISH]
    seat.coding.drop_notes()
    # The language that is spoken already needs no other window.
    monkeypatch.setattr(QLocale, "system", staticmethod(lambda: QLocale("en_GB")))
    seat.window.actions_by_id[ActionId.LANGUAGE_SYSTEM].trigger()
    seat.qtbot.wait(20)
    assert running.program is seat.program
    assert personal.load().language == ""


@pytest.mark.parametrize(
    ("locale", "choice", "language"),
    [
        ("zh_CN", "", "zh_CN"),
        ("zh_TW", "", "zh_CN"),
        ("de_DE", "", "en"),
        ("zh_CN", "en", "en"),
        ("de_DE", "zh_CN", "zh_CN"),
        ("zh_CN", "tlh", "zh_CN"),
    ],
)
def test_who_has_not_chosen_gets_the_language_of_the_system(
    locale: str, choice: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QLocale, "system", staticmethod(lambda: QLocale(locale)))
    assert language_for(choice) == language


def test_commands_are_found_by_chinese_and_by_english_words(qapp: QApplication) -> None:
    with spoken(qapp, "zh_CN"):
        assert COMMANDS[ActionId.GO_TO_FRAME].words == "转到帧"
        for asked in ("转到", "到帧", "go to frame", "gtf", "帧 转"):
            assert rank(asked, ActionId.GO_TO_FRAME) is not None, asked
        assert rank("语言", ActionId.LANGUAGE_ENGLISH) is not None
        assert rank("language", ActionId.LANGUAGE_CHINESE) is not None
        assert rank("片段", ActionId.GO_TO_FRAME) is None
    assert in_use() == ENGLISH
    assert rank("转到", ActionId.GO_TO_FRAME) is None


def test_a_language_that_qt_does_not_speak_is_noticed(qapp: QApplication) -> None:
    assert QtTexts(qapp).use("tlh") is False
