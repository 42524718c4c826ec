"""What to code next, by keyboard at the window, and what it keeps to itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from hrm_annotator.dialogs.next_to_code import NextToCodeDialog
from hrm_core.records.queue import QueueBy, QueueLevel
from hrm_core.records.suggestion import Mode
from hrm_core.workflows.assist import AssistDesk
from hrm_core.workflows.project import open_project
from tests.support.proposals import plain_proposals
from tests.support.window import Seat

__all__ = ["plain_proposals"]

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
UNCERTAIN = {"7": (20, 70), "8": (5,)}


@pytest.fixture
def suggested(study: Path) -> Path:
    """The study, of which a model has looked at every fifth frame and is unsure of AU12 in three."""
    with open_project(study) as project:
        run = project.store.suggestions.run_of("tiny", "1", {"actions": ["AU4", "AU12"]})
        for who, recording in project.recordings():
            frames = np.arange(0, recording.frame_count or 0, 5)
            values = np.full((len(frames), 2), 0.001, dtype=np.float32)
            for rank, frame in enumerate(UNCERTAIN[who.code]):
                values[frame // 5, 1] = 0.5 - 0.05 * rank - (0.2 if who.code == "8" else 0)
            project.store.suggestions.add_block(
                run, recording.id, frames.tolist(), frames, ["AU4", "AU12"], values
            )
    return study


def list_them(
    seat: Seat, by: QueueBy = QueueBy.DOUBT, *, count: int = 3, mine: bool = False
) -> NextToCodeDialog:
    """Ask for the queue in its dialog, and wait for it."""
    seat.press("u", CONTROL)
    dialog = seat.program.queue.dialog
    assert dialog is not None
    seat.wait(dialog.isActiveWindow)
    dialog.by.setCurrentIndex(dialog.by.findData(by))
    dialog.count.setValue(count)
    dialog.mine.setChecked(mine)
    dialog.show_list.click()
    seat.wait(dialog.show_list.isEnabled)
    with seat.qtbot.waitActive(seat.window):
        seat.window.activateWindow()
    return dialog


def lines(dialog: NextToCodeDialog) -> list[str]:
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def test_keys_lead_from_one_place_to_the_next_in_other_recordings_too(seat: Seat, suggested: Path) -> None:
    seat.press("j", CONTROL)
    assert "List first what to code next: Ctrl+U" in seat.message
    dialog = list_them(seat)
    assert lines(dialog) == [
        "7, play-7, frame 20: uncertain",
        "7, play-7, frame 70: uncertain",
        "8, play-8, frame 5: uncertain",
    ]
    seat.press("j", CONTROL)
    seat.wait_frame(20)
    assert seat.message == "7, play-7, frame 20: uncertain"
    seat.press("j", CONTROL)
    seat.wait_frame(70)
    seat.press("j", CONTROL)
    seat.wait(lambda: seat.session.recording is not None and seat.session.recording.name == "play-8")
    seat.wait_frame(5)
    seat.press("j", CONTROL)
    assert "last one in the queue" in seat.message
    seat.press("j", CONTROL | SHIFT)
    seat.wait(lambda: seat.session.recording is not None and seat.session.recording.name == "play-7")
    seat.wait_frame(70)
    # Enter in the list does the same, and the order of the recordings can be had.
    dialog.by_place.setChecked(True)
    dialog.list.setCurrentRow(0)
    # Given to the list itself: without a window manager the keyboard stays with the window.
    dialog.list.keyPressEvent(
        QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
    )
    seat.wait_frame(20)


def test_nothing_of_the_model_is_told_before_the_coder_has_coded(seat: Seat, suggested: Path) -> None:
    for by in QueueBy:
        dialog = list_them(seat, by, count=99)
        assert all("AU" not in line and "differ" not in line for line in lines(dialog))
    assert not lines(list_them(seat, QueueBy.CONFLICT))
    assert "Nothing is left" in dialog._words.text()
    # Two frames coded against the model; the one on the screen is still being coded.
    for frame in (35, 20):
        seat.go_to(frame)
        seat.press("e")
    coded = seat.codes()
    assert coded
    seat.saved()
    dialog = list_them(seat, QueueBy.CONFLICT)
    assert [line.split(":")[0] for line in lines(dialog)] == ["7, play-7, frame 35"]
    seat.player.transport.go_to(21)
    seat.wait_frame(21)
    found = lines(list_them(seat, QueueBy.CONFLICT))
    assert [line.split(":")[0] for line in found] == ["7, play-7, frame 20", "7, play-7, frame 35"]
    assert all("you differ (AU" in line for line in found)


def test_the_mode_that_is_chosen_decides(seat: Seat, suggested: Path) -> None:
    seat.program.queue.mode = lambda: Mode.ASSIST
    dialog = list_them(seat)
    control = {"7": set[int](), "8": set[int]()}
    assert seat.session.project is not None
    assert seat.session.rater is not None
    for who, recording in seat.session.project.recordings():
        mask = AssistDesk(seat.session.project, seat.session.rater, recording).control()
        control[who.code] = set(np.flatnonzero(mask).tolist())
    named = {(child, frame) for child, frames in UNCERTAIN.items() for frame in frames}
    for child, frame in named:
        line = next(line for line in lines(dialog) if line.startswith(f"{child}, ") and f" {frame}:" in line)
        assert line.endswith("(AU12)") is (frame not in control[child])
    seat.program.queue.mode = lambda: Mode.CONTROL
    seat.program.queue.on_mode_changed()
    assert lines(dialog) == []
    list_them(seat, QueueBy.CONFLICT)
    assert "mode control" in dialog._words.text()


def test_checks_and_disputes_hide_it(seat: Seat, suggested: Path) -> None:
    dialog = list_them(seat)
    assert dialog.list.count() == 3
    seat.session.checking = True
    seat.session.undo_changed.emit()
    assert dialog.list.count() == 0
    seat.press("j", CONTROL)
    assert "hidden while codes are checked" in seat.message
    dialog.show_list.click()
    assert dialog.list.count() == 0
    seat.session.checking = False
    assert list_them(seat).list.count() == 3
    # Another coder is told nothing of it.
    seat.program.study._close_now()
    assert seat.program.queue.dialog is None


def test_clips_and_nothing_suggested_yet(seat: Seat, study: Path) -> None:
    dialog = list_them(seat)
    assert "No model has suggested anything here yet" in dialog._words.text()
    dialog.level.setCurrentIndex(dialog.level.findData(QueueLevel.CLIPS))
    assert dialog.wish.level is QueueLevel.CLIPS


def test_of_the_frame_that_is_being_coded_nothing_is_told(seat: Seat, suggested: Path) -> None:
    for frame in (35, 20):
        seat.go_to(frame)
        seat.press("e")
    seat.saved()
    assert lines(list_them(seat, QueueBy.DOUBT, mine=True))
    assert not [line for line in lines(list_them(seat, QueueBy.DOUBT, mine=True)) if "frame 20" in line]
