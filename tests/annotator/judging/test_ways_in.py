"""From the coding window to a judge's and back; from the command line; and who may not go round it."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from hrm_annotator import app
from hrm_annotator.actions.table import ActionId
from hrm_annotator.app import JudgeProgram, Program, Running
from hrm_annotator.language import ENGLISH, use
from hrm_annotator.settings import personal
from hrm_annotator.settings.personal import PersonalSettings
from hrm_annotator.widgets.card_button import CardButton
from tests.support.judging import JUDGES, SESSION, Planned, plan, quick_film, ratings_of
from tests.support.window import CODER, Seat

__all__ = ["quick_film"]


@pytest.fixture
def running(qapp: QApplication) -> Iterator[Running]:
    """The program as it is started, in English."""
    personal.store(PersonalSettings(coder=CODER, key_profile="face_map", language="en"))
    program = Running(qapp, ENGLISH)
    yield program
    program.program.close()
    program._qt_texts.use(ENGLISH)
    use(ENGLISH)


def judges_program(qtbot: QtBot, running: Running) -> JudgeProgram:
    """The judge's program, as soon as it has taken the place of the other."""
    qtbot.waitUntil(lambda: isinstance(running.program, JudgeProgram))
    program = running.program
    assert isinstance(program, JudgeProgram)
    qtbot.waitUntil(lambda: not program.sitting._busy)
    return program


def leave(program: JudgeProgram) -> None:
    buttons = program.window.notice.findChildren(QAbstractButton)
    next(button for button in buttons if button.text() == "Leave").click()


def test_the_study_is_closed_before_a_judge_rates_in_it(
    running: Running, qtbot: QtBot, tmp_path: Path, quick_film: Path
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=1, judges=JUDGES[:2]))
    before = running.program
    assert isinstance(before, Program)
    seat = Seat(qtbot, before)
    seat.open(study)
    seat.window.actions_by_id[ActionId.RATE_CLIPS].trigger()
    program = judges_program(qtbot, running)
    assert before.session.project is None
    assert not isValid(before.window), "gone, not only hidden"
    titles = [widget.windowTitle() for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    assert titles == ["HRM Annotator — rating"]
    leave(program)
    qtbot.waitUntil(lambda: isinstance(running.program, Program))
    again = running.program
    assert isinstance(again, Program)
    assert again.window.start_page.isVisible()
    qtbot.waitUntil(lambda: not isValid(program.window))


def test_the_start_page_leads_to_rating(
    running: Running, qtbot: QtBot, tmp_path: Path, quick_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=1))
    assert isinstance(running.program, Program)
    cards = running.program.window.start_page.findChildren(CardButton)
    (card,) = [card for card in cards if card.text() == "Rate clips"]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(study))
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    program = judges_program(qtbot, running)
    assert personal.load().recent == ()
    leave(program)
    qtbot.waitUntil(lambda: isinstance(running.program, Program))


def test_a_judge_codes_nothing(new_seat: Callable[..., Seat], tmp_path: Path, quick_film: Path) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=1))
    seat = new_seat(JUDGES[0])
    seat.program.study.open_project(study)
    seat.wait(lambda: seat.window.findChild(QMessageBox) is not None)
    box = seat.window.findChild(QMessageBox)
    assert "Rate clips" in box.text()
    assert JUDGES[0] in box.text()
    box.accept()
    assert seat.session.project is None


def test_the_command_line_opens_nothing_but_the_sitting(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, quick_film: Path, own_user_dirs: Path
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=1))
    arguments = ["hrm-annotator", "--rate", str(study), "--session", SESSION, "--judge", JUDGES[0]]
    wanted = app._wanted_seat(app._parse(arguments))
    assert wanted == (study, SESSION, JUDGES[0])
    running = Running(qapp, ENGLISH, has_seat=False, rate=wanted)
    program = running.program
    assert isinstance(program, JudgeProgram)
    program.start()
    qtbot.waitUntil(lambda: program.sitting.sitting is not None and not program.sitting._busy)
    leave(program)
    assert not program.window.isVisible(), "started for this alone, it ends with it"
    program.close()
    running._qt_texts.use(ENGLISH)
    assert [path for path in own_user_dirs.rglob("*") if path.is_file()] == []
    assert ratings_of(study) == {}
    assert "hrm_annotator.judging.judge_window" in sys.modules


def test_to_and_fro_leaves_no_window_and_no_thread(
    running: Running, qtbot: QtBot, tmp_path: Path, quick_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=1))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(study))
    counts = []
    for _ in range(3):
        program = running.program
        assert isinstance(program, Program)
        program.window.actions_by_id[ActionId.RATE_CLIPS].trigger()
        del program
        judge = judges_program(qtbot, running)
        gone = weakref.ref(judge.sitting)
        leave(judge)
        del judge
        qtbot.waitUntil(lambda: isinstance(running.program, Program))
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
        assert gone() is None
        windows = [widget for widget in QApplication.topLevelWidgets() if widget.isWindow()]
        workers = [thread for thread in threading.enumerate() if thread.name.startswith("hrm")]
        counts.append((len(windows), len(workers)))
    assert counts[0] == counts[-1]
