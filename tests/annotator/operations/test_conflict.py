"""Two windows or programs change one frame: the coder sees both and decides."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from hrm_annotator.dialogs.conflict import ConflictDialog
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.code_frames import CodingDesk
from hrm_core.workflows.project import open_project
from tests.support.programs import python
from tests.support.window import CODER, Seat, answer

START = 10
_ELSEWHERE = f"""
import sys
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.code_frames import CodingDesk
from hrm_core.workflows.project import open_project
with open_project(sys.argv[1]) as project:
    desk = CodingDesk(project, add_rater(project, "{CODER}"), next(project.recordings("7"))[1])
    desk.save(desk.uncoded(int(sys.argv[2])).with_code(sys.argv[3], 1), "elsewhere")
"""


def code_elsewhere(folder: Path, frame: int, key: str) -> None:
    """Another window of the same coder switches an action on."""
    with open_project(folder) as project:
        _, recording = next(project.recordings("7"))
        desk = CodingDesk(project, add_rater(project, CODER), recording)
        coding = desk.codings().get(frame) or desk.uncoded(frame)
        desk.save(coding.with_code(key, 1), key)


def keep(which: str, words: list[str]) -> Callable[[ConflictDialog], None]:
    """Reads the dialog and presses one of its buttons."""

    def act(dialog: ConflictDialog) -> None:
        words.extend(label.text() for label in dialog.findChildren(QLabel))
        words.append(dialog.windowTitle())
        buttons = {"mine": "Keep this", "theirs": "Keep that"}
        for button in dialog.findChildren(QPushButton):
            if which in buttons and button.text().startswith(buttons[which]):
                button.click()
                return
        dialog.reject()

    return act


def actions(seat: Seat, frame: int) -> list[str]:
    return [code.action for code in seat.on_disk()[frame].codes]


def test_another_process_is_noticed_and_mine_can_be_kept(seat: Seat) -> None:
    python(_ELSEWHERE, seat.folder, START, "AU4")
    words: list[str] = []
    met = answer(keep("mine", words), ConflictDialog)
    seat.click("AU12")
    seat.wait(lambda: bool(met))
    assert actions(seat, START) == ["AU12"]
    assert {"4", "12", f"Frame {START} was changed elsewhere"} <= set(words)
    assert seat.codes() == {"AU12": 1}
    with open_project(seat.folder) as project:
        rater, (_, recording) = project.coder(CODER), next(project.recordings("7"))
        log = project.store.history.log(rater.id, recording.id, START)
    assert [sorted(code.action for code in entry.after[START].codes) for entry in log] == [["AU4"], ["AU12"]]


@pytest.mark.parametrize("choice", ["theirs", "closed without a choice"])
def test_theirs_can_be_kept_and_coding_goes_on(seat: Seat, choice: str) -> None:
    code_elsewhere(seat.folder, START, "AU4")
    met = answer(keep(choice, []), ConflictDialog)
    seat.click("AU12")
    seat.wait(lambda: bool(met))
    assert actions(seat, START) == ["AU4"]
    assert seat.codes() == {"AU4": 1}
    seat.click("AU9")
    assert actions(seat, START) == ["AU4", "AU9"]
    assert len(met) == 1
    assert "All labels are on disk" in seat.window.save_state.text()


def test_the_version_that_was_not_kept_stays_in_the_history(seat: Seat) -> None:
    code_elsewhere(seat.folder, START, "AU4")
    met = answer(keep("theirs", []), ConflictDialog)
    seat.click("AU12")
    seat.wait(lambda: bool(met))
    assert actions(seat, START) == ["AU4"]
    seat.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert actions(seat, START) == ["AU12"]
    assert seat.codes() == {"AU12": 1}


@pytest.fixture
def gate(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Holds the writer back until it is set, so that changes pile up behind one another."""
    opened = threading.Event()
    desk = seat.program.coding._writer._desk
    save = desk.save_frames

    def late(*job: object) -> object:
        opened.wait(5)
        return save(*job)

    monkeypatch.setattr(desk, "save_frames", late)
    return opened


@pytest.mark.parametrize(("choice", "kept"), [("mine", ["AU4", "AU9", "AU12"]), ("theirs", ["AU1"])])
def test_quick_changes_behind_the_conflict(
    seat: Seat, gate: threading.Event, choice: str, kept: list[str]
) -> None:
    code_elsewhere(seat.folder, START, "AU1")
    for key in ("AU12", "AU4", "AU9"):
        seat.click(key)
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(START + 1)
    seat.click("AU17")
    words: list[str] = []
    met = answer(keep(choice, words), ConflictDialog)
    gate.set()
    seat.wait(lambda: bool(met))
    assert actions(seat, START) == kept
    assert actions(seat, START + 1) == ["AU17"]
    assert {"4+9+12", "1"} <= set(words)
    assert len(met) == 1
    seat.press(Qt.Key.Key_Left)
    seat.wait_frame(START)
    assert sorted(seat.codes()) == sorted(kept)


def test_an_undo_behind_a_dropped_change_takes_nothing_else_back(seat: Seat, gate: threading.Event) -> None:
    code_elsewhere(seat.folder, START, "AU1")
    seat.click("AU12")
    seat.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    met = answer(keep("theirs", []), ConflictDialog)
    gate.set()
    seat.wait(lambda: bool(met))
    assert actions(seat, START) == ["AU1"]
    seat.wait(lambda: not seat.session.stepping)
    seat.click("AU25")  # coding goes on
    assert actions(seat, START) == ["AU1", "AU25"]


def test_the_same_change_made_elsewhere_is_no_conflict(seat: Seat) -> None:
    code_elsewhere(seat.folder, START, "AU12")
    seat.click("AU12")
    assert actions(seat, START) == ["AU12"]


def test_a_frame_taken_back_elsewhere_is_a_conflict_too(seat: Seat) -> None:
    seat.click("AU12")
    seat.saved()
    with open_project(seat.folder) as project:
        _, recording = next(project.recordings("7"))
        CodingDesk(project, add_rater(project, CODER), recording).undo()
    words: list[str] = []
    met = answer(keep("mine", words), ConflictDialog)
    seat.click("AU4")
    seat.wait(lambda: bool(met))
    assert "not coded" in words
    assert actions(seat, START) == ["AU4", "AU12"]


def test_other_frames_changed_elsewhere_are_no_conflict(seat: Seat) -> None:
    code_elsewhere(seat.folder, START + 5, "AU1")
    seat.click("AU12")
    codings = seat.on_disk()
    assert sorted(codings) == [START, START + 5]
    assert replace(codings[START], codes=()).says_the_same_as(replace(codings[START + 5], codes=()))
