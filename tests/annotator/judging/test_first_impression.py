"""A clip is seen once, by somebody, and one press answers one thing, whatever disks and windows do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from hrm_annotator.judging import clip_view
from hrm_annotator.judging.clip_view import ClipView
from hrm_annotator.judging.film import Film
from hrm_annotator.operations import sitting as sittings
from hrm_annotator.wiring import sitting_wiring
from hrm_core.errors import StoreWriteError
from hrm_core.records.rating_plan import Presentation
from hrm_core.records.sitting import SeatTrial, SittingAct, SittingEvent
from hrm_core.workflows.measure_ratings import ResultOptions, measure_ratings
from hrm_core.workflows.project import open_project
from hrm_core.workflows.sit_for_rating import Sitting
from tests.support.judging import (
    SESSION,
    JudgeSeat,
    Planned,
    events_of,
    judge_seat,
    plan,
    quick_film,
    ratings_of,
)

__all__ = ["judge_seat", "quick_film"]

NewJudge = Callable[..., JudgeSeat]
_ANSWERED, _SHOWN = SittingAct.ANSWERED, SittingAct.SHOWN


def acts(study: Path) -> list[tuple[int, SittingAct]]:
    return [(event.position, event.act) for event in events_of(study)]


def test_a_full_disk_hides_no_clip_and_holds_no_pause(
    judge_seat: NewJudge, tmp_path: Path, quick_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=2, frames=60))
    seat = judge_seat(study)
    window, view = seat.window, seat.sitting.sitting._view  # type: ignore[union-attr]
    keep, full_for = view.write, {SittingAct.SHOWN}

    def write(event: SittingEvent) -> object:
        if event.act in full_for:
            raise StoreWriteError("Nothing could be written (disk full).")
        return keep(event)

    monkeypatch.setattr(view, "write", write)
    seat.begin_unsettled()
    seat.wait(seat.sitting._again.isActive)
    full_for.clear()
    seat.sitting._try_again()
    seat.wait(lambda: window.clip.view.playing and window.clip.view.frames_shown > 0)
    assert window.page is window.clip, "it plays where it is seen"
    full_for.add(SittingAct.PAUSED)
    seat.press(" ")
    seat.wait(lambda: seat.title == "One moment …")
    full_for.clear()
    seat.sitting._try_again()
    seat.settled()
    assert seat.title == "Paused"
    seat.press(Qt.Key.Key_Return)
    seat.settled()
    seat.answer(4)
    assert ratings_of(study) == {0: 4}


def test_two_windows_of_a_judge_answer_only_what_each_has_shown(
    judge_seat: NewJudge, qtbot: QtBot, tmp_path: Path, quick_film: Path
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=4))
    one = judge_seat(study)
    one.begin()
    other = judge_seat(study)
    other.begin()
    other.answer(2)
    with qtbot.waitActive(one.window):
        one.window.activateWindow()
    # The first has the question of a clip that the second has answered.
    one.answer(5)
    assert one.title == "The rating cannot go on"
    one.press(Qt.Key.Key_Return)
    one.settled()
    assert one.asked
    assert (1, _SHOWN) in acts(study)
    with qtbot.waitActive(other.window):
        other.window.activateWindow()
    other.answer(3)
    with qtbot.waitActive(one.window):
        one.window.activateWindow()
    one.press(" ")
    one.settled()
    one.press(Qt.Key.Key_Return)
    one.settled()
    assert acts(study).count((2, _SHOWN)) == 2, "the next clip, not the question of one that was not shown"
    one.answer(4)
    assert ratings_of(study) == {0: 2, 1: 3, 2: 4}


def test_a_clip_never_plays_to_nobody(
    judge_seat: NewJudge, qtbot: QtBot, tmp_path: Path, quick_film: Path
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=2, frames=60, presentation=Presentation(speed=0.5)))
    seat = judge_seat(study)
    view = seat.window.clip.view
    seat.window._away.setInterval(0)
    seat.begin_unsettled()
    seat.wait(lambda: view.playing and view.frames_shown > 0)
    other = QWidget()
    qtbot.addWidget(other)
    with qtbot.waitActive(other):
        other.show()
        other.activateWindow()
    seat.wait(lambda: seat.title == "Paused")
    seat.settled()
    with qtbot.waitActive(seat.window):
        seat.window.activateWindow()
    seat.press(Qt.Key.Key_Return)
    seat.settled()
    assert seat.asked
    assert acts(study).count((0, _SHOWN)) == 2
    with qtbot.waitActive(other):
        other.activateWindow()
    seat.wait(lambda: not seat.window._away.isActive())
    assert seat.asked, "nothing is lost of a question that waits"
    with qtbot.waitActive(seat.window):
        seat.window.activateWindow()
    seat.answer(3)
    answers = [event for event in events_of(study) if event.act is _ANSWERED]
    assert [event.response_s for event in answers] == [None], "the time away is no response time"


def test_one_press_answers_one_thing(
    judge_seat: NewJudge, tmp_path: Path, quick_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=2, checks=1))
    seat = judge_seat(study)
    seat.begin()
    monkeypatch.setattr(sitting_wiring, "_UNREAD_S", 3600.0)
    seat.press("3")
    seat.settled()
    assert "Between two clips" in seat.words
    seat.press("3")
    seat.settled()
    assert "Between two clips" in seat.words, "a bounce of the first press"
    monkeypatch.setattr(sitting_wiring, "_UNREAD_S", 0.0)
    held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_3, Qt.KeyboardModifier.NoModifier, "3", True)
    QApplication.sendEvent(seat.window, held)
    # The second half of a double click, whose first half answered the clip before.
    spot, left = seat.window.question.scale.buttons[2], Qt.MouseButton.LeftButton
    at = QPointF(spot.rect().center())
    for kind in (QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease):
        where = at, spot.mapToGlobal(at)
        event = QMouseEvent(kind, *where, left, left, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(spot, event)
    seat.settled()
    assert ratings_of(study) == {0: 3}
    QTest.mouseClick(seat.window.question.scale.buttons[1], left)
    seat.settled()
    assert list(ratings_of(study).values()) == [3, 2]


def test_who_leaves_while_something_is_opened_leaves_nothing_behind(
    judge_seat: NewJudge, tmp_path: Path, quick_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=1))
    seat = judge_seat(study)
    begun, keep = threading.Event(), sittings.begin_clip

    def begin_clip(sitting: Sitting, trial: SeatTrial, replays: int) -> sittings.OpenClip:
        begun.set()
        return keep(sitting, trial, replays)

    monkeypatch.setattr(sittings, "begin_clip", begin_clip)
    seat.begin_unsettled()
    assert begun.wait(10)
    seat.leave()
    # What was opened comes now, when the window is gone; an error in here would fail this test.
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    assert seat.sitting._film is None
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("hrm-film")]


def test_a_judge_who_starts_again_gets_no_replays_anew(
    judge_seat: NewJudge, tmp_path: Path, quick_film: Path
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=1, presentation=Presentation(max_replays=1, speed=2.0)))
    seat = judge_seat(study)
    seat.begin()
    seat.press(Qt.Key.Key_R)
    seat.settled()
    seat.leave()
    again = judge_seat(study)
    again.begin()
    again.press(Qt.Key.Key_R)
    assert again.window.question.message.text() == "This clip is not played again."
    again.answer(4)
    assert events_of(study)[-1].replays == 1


def test_a_clip_that_was_interrupted_costs_no_replay(
    judge_seat: NewJudge, tmp_path: Path, quick_film: Path
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=1, presentation=Presentation(max_replays=1, speed=2.0)))
    seat = judge_seat(study)
    seat.begin()
    seat.leave()
    again = judge_seat(study)
    again.begin()
    again.press(Qt.Key.Key_R)
    again.settled()
    again.answer(4)
    shown = [event.replays for event in events_of(study) if event.act is SittingAct.SHOWN]
    assert shown == [0, 0, 1]
    assert events_of(study)[-1].replays == 1
    with open_project(study) as project:
        (judge,) = measure_ratings(project, SESSION, ResultOptions(replicates=0)).judges
    assert (judge.replays, judge.begun_again) == (1, 1)


class _Stuck:
    """A clip whose frames from the twelfth on are not there yet."""

    def __init__(self) -> None:
        self.there = threading.Event()

    def __getitem__(self, number: int) -> NDArray[np.uint8]:
        if number >= 12:
            self.there.wait()
        return np.full((4, 4, 3), number, dtype=np.uint8)

    def close(self) -> None:
        """Nothing to close."""


def test_a_picture_that_stands_still_is_not_watched(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    view, video = ClipView(), _Stuck()
    qtbot.addWidget(view)
    film = Film(video, np.arange(100) / 100, 1.0, view)  # type: ignore[arg-type]
    view.play(film, 1.0)
    qtbot.waitUntil(lambda: view._shown == 11)
    clock = time.perf_counter
    monkeypatch.setattr(clip_view.time, "perf_counter", lambda: clock() + 100)
    assert view.watched_s == pytest.approx(0.12)
    monkeypatch.undo()
    video.there.set()
    view.clear()
    film.close()
