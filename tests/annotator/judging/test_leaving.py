"""Closing a judge's window loses no answer without a word; what is lit by the pointer prefers none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hrm_core.errors import StoreWriteError
from tests.support.judging import JudgeSeat, Planned, events_of, judge_seat, plan, quick_film, ratings_of
from tests.support.window import painted

__all__ = ["judge_seat", "quick_film"]

NewJudge = Callable[..., JudgeSeat]


def test_closing_while_something_is_written_loses_no_answer_without_a_word(
    judge_seat: NewJudge, tmp_path: Path, quick_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=3))
    seat = judge_seat(study)
    seat.begin()
    view = seat.sitting.sitting._view  # type: ignore[union-attr]
    write, go_on = view.write, threading.Event()

    def write_late(work: Callable[..., object]) -> object:
        assert go_on.wait(10)
        return write(work)

    def refuse_late(_: object) -> None:
        assert go_on.wait(10)
        raise StoreWriteError("Nothing could be written (disk full).")

    trouble = seat.window.question.trouble
    with monkeypatch.context() as slow:
        slow.setattr(view, "write", refuse_late)
        seat.press("4")
        assert not seat.window.close(), "the answer is being written"
        go_on.set()
        seat.wait(lambda: seat.sitting._waiting is not None)
        assert "disk full" in trouble.text()
        assert "Your last answer is not on disk yet." in trouble.text()
        go_on.clear()
    seat.sitting._try_again()
    seat.settled()
    assert ratings_of(study) == {0: 4}

    with monkeypatch.context() as slow:
        slow.setattr(view, "write", refuse_late)
        go_on.set()
        seat.press(Qt.Key.Key_Backspace)
        seat.wait(lambda: seat.sitting._waiting is not None)
        assert not seat.window.close()
        assert "the answer then stands" in trouble.text()
        go_on.clear()
    seat.sitting._try_again()
    seat.settled()
    assert ratings_of(study) == {}

    with monkeypatch.context() as slow:
        slow.setattr(view, "write", write_late)
        seat.press("5")
        assert not seat.window.close()
        go_on.set()
        # It closes by itself when the answer is on disk, and no further clip begins.
        seat.wait(lambda: not seat.window.isVisible())
    assert ratings_of(study) == {0: 5}
    assert max(event.position for event in events_of(study)) == 1


def test_a_window_whose_clip_cannot_begin_closes_at_once(
    judge_seat: NewJudge, tmp_path: Path, quick_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=2))
    seat = judge_seat(study)
    view = seat.sitting.sitting._view  # type: ignore[union-attr]

    def refuse(_: object) -> None:
        raise StoreWriteError("Nothing could be written (disk full).")

    monkeypatch.setattr(view, "write", refuse)
    seat.begin_unsettled()
    seat.wait(seat.sitting._again.isActive)
    assert "answer" not in seat.window.question.trouble.text()
    assert seat.window.close(), "nothing is lost"


def test_a_pointer_that_rests_lights_no_answer(
    judge_seat: NewJudge, tmp_path: Path, quick_film: Path
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=3))
    seat = judge_seat(study)
    seat.begin()

    def lit() -> list[bool]:
        """Which answers look other than the first."""
        first, *others = (painted(button)[4:9, 20:40] for button in seat.window.question.scale.buttons)
        return [bool((other != first).any()) for other in others]

    middle = seat.window.question.scale.buttons[2]
    place = middle.rect().center()
    seat.wait(lambda: not any(lit()))
    QTest.mouseMove(middle, place)
    QTest.mouseMove(middle, place + QPoint(3, 0))
    seat.wait(lambda: lit() == [False, True, False, False])
    for _ in range(2):
        seat.answer(2)
        assert seat.asked
        # Qt says that the pointer enters what appears below it.
        QApplication.processEvents()
        at = QPointF(place + QPoint(3, 0))
        QApplication.sendEvent(middle, QEnterEvent(at, at, QPointF(middle.mapToGlobal(at))))
        assert not any(lit())
    QTest.mouseClick(middle, Qt.MouseButton.LeftButton, pos=place + QPoint(3, 0))
    seat.settled()
    assert ratings_of(study) == {0: 2, 1: 2, 2: 3}
