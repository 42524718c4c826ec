"""Time that is recorded per frame is time somebody worked."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication

from hrm_annotator.operations.activity import IDLE_S, ActivityClock
from tests.support.window import Seat


def test_idle_time_and_other_programs_do_not_count(qapp: QApplication) -> None:
    now = [0.0]
    clock = ActivityClock(now=lambda: now[0])
    now[0] = 10
    assert clock.seconds() == 10
    clock.act()
    now[0] = 10 + IDLE_S - 1
    assert clock.seconds() == 10 + IDLE_S - 1
    now[0] = 10_000  # lunch
    assert clock.seconds() == 10 + IDLE_S
    clock.act()
    assert clock.seconds() == 10 + IDLE_S
    now[0] += 5
    qapp.sendEvent(qapp, QEvent(QEvent.Type.ApplicationDeactivate))
    now[0] += 30
    assert clock.seconds() == 15 + IDLE_S
    qapp.sendEvent(qapp, QEvent(QEvent.Type.ApplicationActivate))
    now[0] += 2
    assert clock.seconds() == 17 + IDLE_S


def test_a_closed_program_watches_no_more(new_seat: Callable[..., Seat], qapp: QApplication) -> None:
    """What is left on the application would cost every event of the next window."""
    place = new_seat()
    now = [0.0]
    clock = ActivityClock(now=lambda: now[0])
    place.program.clock, watching = clock, place.program.clock
    watching.stop()
    place.leave()
    now[0] = 1000
    qapp.sendEvent(qapp, QEvent(QEvent.Type.ApplicationActivate))
    now[0] = 1030
    assert clock.seconds() == IDLE_S


def test_a_frame_left_open_over_lunch_took_no_lunch(seat: Seat) -> None:
    now = [0.0]
    clock = seat.program.clock
    clock._now = lambda: now[0]
    clock._since = clock._last_act = now[0]
    seat.session.show_frame(seat.session.frame)
    seat.session._shown_at = clock.seconds()
    now[0] = 20
    seat.press(Qt.Key.Key_Down)  # looks, moves the keyboard
    now[0] = 4000
    seat.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert seat.on_disk()[10].seconds_spent == 20 + IDLE_S
