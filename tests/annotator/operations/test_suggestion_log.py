"""Differences, followed changes, and the logs of what coders do with suggestions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from hrm_annotator.actions.ids import ActionId
from hrm_core.errors import StoreWriteError
from hrm_core.records.coding import Origin
from hrm_core.records.suggestion import Condition, Verdict
from hrm_core.store.suggestion_log import SuggestionLog
from tests.support.suggested import RUNS, decisions, leave, seen, sit, suggest, visits
from tests.support.window import Seat

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def run(study: Path) -> int:
    """Frown everywhere, smile in the frames 14-19 and 70-79."""
    return suggest(study, RUNS)


@pytest.fixture
def assisted(new_seat: Callable[..., Seat], study: Path, run: int) -> Seat:
    """A coder who sees suggestions at once, without control frames."""
    return sit(new_seat, study, mode="assist", control_share=0.0)


# -- differences and following ------------------------------------------------------------------


def test_differences_are_visited_where_they_begin(
    new_seat: Callable[..., Seat], study: Path, run: int
) -> None:
    seat = sit(new_seat, study)
    seat.strokes("Shift+'")
    seat.press("E")  # the frown, which is suggested everywhere
    for frame in range(11, 26):
        seat.press(Qt.Key.Key_Right)
        seat.wait_frame(frame)
    seat.press(Qt.Key.Key_Return)
    seat.wait_frame(26)
    seat.saved()
    seat.strokes("Ctrl+,")
    seat.wait_frame(14)
    seat.strokes("Ctrl+.")
    assert "no difference" in seat.message
    assert seen(seat) == {"AU4": 1, "AU12": 1}


def test_followed_changes_come_with_the_codes_and_what_was_changed_stays(assisted: Seat, run: int) -> None:
    assisted.strokes("Ctrl+Shift+'")
    assert assisted.program.runs.carrying
    assisted.press(Qt.Key.Key_Return, SHIFT)  # no action, against the suggested frown
    assisted.wait_frame(11)
    for frame in range(12, 17):
        assisted.press(Qt.Key.Key_Right)
        assisted.wait_frame(frame)
    assert assisted.codes() == {"AU12": 1}  # from 14 on; no frown came back
    assisted.choose("AU12")
    assisted.press("2")  # left from here on
    for frame in range(17, 22):
        assisted.press(Qt.Key.Key_Right)
        assisted.wait_frame(frame)
    assert assisted.codes() == {}  # it ends at 19, as suggested
    assisted.press(Qt.Key.Key_Return)
    found = assisted.on_disk()
    smiles = {frame: coding.code_of("AU12") for frame, coding in found.items()}
    expected = {**dict.fromkeys(range(10, 22), 0), 14: 1, 15: 1, 16: 2, 17: 2, 18: 2, 19: 2}
    assert smiles | {22: 0} == expected | {22: 0}
    assert not any(coding.code_of("AU4") for coding in found.values())
    onset = found[14].entry_of("AU12")
    assert onset is not None
    assert (onset.origin, onset.model_run_id) == (Origin.ACCEPTED, run)
    log = decisions(leave(assisted))
    accepted = [row.first_frame for row in log if row.verdict is Verdict.ACCEPTED]
    assert accepted == [14, 20]


@pytest.mark.slow
def test_changes_are_followed_only_where_they_are_seen_at_once(
    new_seat: Callable[..., Seat], study: Path, run: int
) -> None:
    seat = sit(new_seat, study)
    seat.strokes("Ctrl+Shift+'")
    assert "seen at once" in seat.message
    assert not seat.window.actions_by_id[ActionId.FOLLOW_MODEL].isChecked()


@pytest.mark.slow
def test_control_frames_are_carried_to_without_the_model(
    new_seat: Callable[..., Seat], study: Path, run: int
) -> None:
    seat = sit(new_seat, study, mode="assist", control_share=1.0)
    seat.strokes("Ctrl+Shift+'")
    seat.press(Qt.Key.Key_Return, SHIFT)
    seat.wait_frame(11)
    for frame in range(12, 17):
        seat.press(Qt.Key.Key_Right)
        seat.wait_frame(frame)
    assert seat.codes() == {}
    assert decisions(leave(seat)) == []


# -- the logs ----------------------------------------------------------------------------------


def test_stays_are_logged_with_acts_and_what_could_be_seen(
    new_seat: Callable[..., Seat], study: Path, run: int
) -> None:
    seat = sit(new_seat, study, mode="assist", control_share=0.0)
    ticks = iter(range(0, 10_000))
    seat.session.clock = lambda: float(next(ticks))
    seat.press("A")
    seat.press("2")
    seat.press(Qt.Key.Key_Return)
    seat.wait_frame(11)
    seat.strokes("Ctrl+Return")
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(12)
    rows = {row.frame: row for row in visits(leave(seat))}
    assert (rows[10].acts, rows[10].committed, rows[10].condition) == (2, True, Condition.ASSISTED)
    assert (rows[11].acts, rows[11].committed, rows[11].run_id) == (1, True, run)
    assert (rows[12].acts, rows[12].committed) == (0, False)
    assert rows[11].seconds > 0


def test_a_log_that_cannot_be_written_loses_no_label(assisted: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise StoreWriteError("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(SuggestionLog, "add_decisions", refuse)
        broken.setattr(SuggestionLog, "add_visits", refuse)
        assisted.go_to(15)
        assisted.strokes("Ctrl+Return")
        assisted.wait(lambda: "cannot be noted" in assisted.message)
        assert len(assisted.on_disk()[15].codes) == 2
        assisted.go_to(16)
        assisted.strokes("Ctrl+Return")
        assert len(assisted.on_disk()[16].codes) == 2
    # Once the disk has room again, nothing is missing.
    assert [row.first_frame for row in decisions(leave(assisted))] == [15, 16]


@pytest.mark.slow
def test_frames_confirmed_from_further_on_are_told_as_committed(
    new_seat: Callable[..., Seat], study: Path, run: int
) -> None:
    seat = sit(new_seat, study, mode="assist", control_share=0.5, control_frames=1)
    suggestions = seat.program.assist.suggestions
    seat.strokes("Shift+'")
    seat.press("A")
    for frame in range(11, 23):
        seat.press(Qt.Key.Key_Right)
        seat.wait_frame(frame)
    seat.press(Qt.Key.Key_Return)
    seat.wait_frame(23)
    conditions = {
        frame: Condition.CONTROL if suggestions.is_control(frame) else Condition.ASSISTED
        for frame in range(10, 23)
    }
    assert len(set(conditions.values())) == 2
    rows = visits(leave(seat))
    committed = {row.frame: row.condition for row in rows if row.committed}
    assert committed == conditions
    assert sum(row.acts for row in rows) == 2  # the smile, and Enter


@pytest.mark.slow
def test_a_followed_change_is_taken_back_with_its_frame(assisted: Seat) -> None:
    assisted.strokes("Ctrl+Shift+'")
    assisted.go_to(13)
    assisted.press(Qt.Key.Key_Return, SHIFT)
    assisted.wait_frame(14)
    assert assisted.codes() == {"AU12": 1}
    assisted.press("Q")
    for _ in range(2):
        assisted.press(Qt.Key.Key_Z, CONTROL)
        assisted.saved()
    assert set(assisted.on_disk()) == {13}
    rows = [(row.first_frame, row.action, row.taken_back) for row in decisions(leave(assisted))]
    assert rows == [(14, "AU12", False), (14, "AU12", True)]
