"""A disk that refuses: impossible to overlook, coding stops, nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox

from hrm_annotator.look.theme import ALARM
from hrm_core.errors import StoreError, StoreWriteError
from hrm_core.workflows.project import open_project
from tests.support.window import CODER, Seat, answer, on_disk, painted

START = 10
CONTROL = Qt.KeyboardModifier.ControlModifier


class Disk:
    """Stands before the store of an open recording and refuses while it is told to."""

    def __init__(self, seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
        desk = seat.program.coding._writer._desk
        self.refusing = True
        self.gate = threading.Event()
        self.gate.set()
        self.asked: list[tuple[int, str]] = []
        save = desk.save_frames

        def guarded(codings: Any, based_on: Any, reason: str) -> Any:
            self.gate.wait(5)
            self.asked += [(frame, reason) for frame in codings]
            if self.refusing:
                raise StoreWriteError("Labels could not be written (the disk is full).")
            return save(codings, based_on, reason)

        monkeypatch.setattr(desk, "save_frames", guarded)


@pytest.fixture
def disk(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """A disk that refuses from now on."""
    return Disk(seat, monkeypatch)


def wait_for_banner(seat: Seat) -> None:
    seat.wait(seat.window.banner.isVisible)


def leave_by(button: str) -> Callable[[QMessageBox], None]:
    def act(box: QMessageBox) -> None:
        next(entry for entry in box.buttons() if entry.text().startswith(button)).click()

    return act


def test_a_red_banner_fills_the_width_and_the_status_says_not_saved(seat: Seat, disk: Disk) -> None:
    seat.click("AU12")
    wait_for_banner(seat)
    seat.qtbot.wait(10)
    banner = seat.window.banner
    assert banner.width() == seat.window.width()
    red = [int(ALARM[at : at + 2], 16) for at in (1, 3, 5)]
    assert (painted(banner)[2] == red).all()
    words = banner.findChild(QLabel).text()
    assert "disk is full" in words
    assert "nothing you coded is lost" in words
    assert "NOT SAVED: 1 change not on disk" in seat.window.save_state.text()


def test_coding_is_blocked_and_looking_is_not(seat: Seat, disk: Disk) -> None:
    seat.click("AU12")
    wait_for_banner(seat)
    seat.click("AU4")
    seat.press(Qt.Key.Key_D, CONTROL)
    seat.press("/")
    seat.press(Qt.Key.Key_Z, CONTROL)
    seat.coding._doubt.click()
    assert seat.codes() == {"AU12": 1}
    assert not seat.coding._doubt.isChecked()
    assert "Nothing can be coded now" in seat.message
    assert seat.program.coding._writer.pending == 1
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(START + 1)
    assert seat.agrees() == START + 1


def test_try_again_writes_everything_in_order(seat: Seat, disk: Disk) -> None:
    disk.gate.clear()
    given = ["AU12", "AU4", "AU12", "AU9", "AD19"]
    for key in given:
        seat.click(key)
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(START + 1)
    seat.click("AU1")
    disk.gate.set()
    wait_for_banner(seat)
    seat.button("Try again").click()
    seat.wait(lambda: len(disk.asked) == 2)
    seat.qtbot.wait(10)
    assert seat.window.banner.isVisible()
    assert "NOT SAVED: 6 changes" in seat.window.save_state.text()
    disk.refusing = False
    seat.button("Try again").click()
    codings = seat.on_disk()
    assert {frame: [code.action for code in entry.codes] for frame, entry in codings.items()} == {
        START: ["AU4", "AU9", "AD19"],
        START + 1: ["AU1"],
    }
    assert not seat.window.banner.isVisible()
    assert "All labels are on disk" in seat.window.save_state.text()
    with open_project(seat.folder) as project:
        rater, (_, recording) = project.coder(CODER), next(project.recordings("7"))
        log = project.store.history.log(rater.id, recording.id)
    assert [entry.reason for entry in log] == ["AU12", "AU4", "AU12 off", "AU9", "AD19", "AU1"]
    seat.click("AU2")
    assert len(seat.on_disk()[START + 1].codes) == 2


def test_a_note_typed_while_the_disk_refuses_is_kept(seat: Seat, disk: Disk) -> None:
    seat.click("AU12")
    wait_for_banner(seat)
    seat.coding._note.setFocus()
    seat.type("half a note")
    seat.player.transport.go_to(START + 1)
    seat.wait_frame(START + 1)
    disk.refusing = False
    seat.button("Try again").click()
    coding = seat.on_disk()[START]
    assert (coding.comment, len(coding.codes)) == ("half a note", 1)


def test_closing_asks_and_staying_keeps_everything(seat: Seat, disk: Disk) -> None:
    seat.click("AU12")
    wait_for_banner(seat)
    asked = answer(leave_by("Stay"), QMessageBox)
    assert not seat.window.close()
    assert "1 change" in asked[0].text()
    assert seat.window.isVisible()
    assert seat.program.coding._writer.pending == 1
    disk.refusing = False
    seat.button("Try again").click()
    assert START in seat.on_disk()
    assert seat.window.close()


@pytest.mark.parametrize("leave", ["window", "project", "recording"])
def test_every_way_out_asks(seat: Seat, disk: Disk, leave: str) -> None:
    seat.click("AU12")
    wait_for_banner(seat)
    asked = answer(leave_by("Stay"), QMessageBox)
    if leave == "window":
        seat.window.close()
    elif leave == "project":
        seat.press(Qt.Key.Key_W, CONTROL)
    else:
        model = seat.window.tree.model
        seat.window.tree._tree.clicked.emit(model.index(0, 0, model.index(1, 0)))
    assert len(asked) == 1
    assert seat.codes() == {"AU12": 1}


def test_a_copy_elsewhere_can_be_read_by_a_person(
    seat: Seat, disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.gate.clear()
    seat.choose("AU12")
    seat.press("2")
    seat.press("/")
    seat.coding._note.setText("Überraschung")
    seat.coding._note.setModified(True)
    seat.player.transport.go_to(70)
    seat.wait_frame(70)
    seat.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    disk.gate.set()
    wait_for_banner(seat)
    target = tmp_path / "mine.txt"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    seat.button("Save a copy").click()
    lines = target.read_text(encoding="utf-8").splitlines()
    assert [line.split("\t") for line in lines[1:]] == [
        [str(START), "coded", "AU12=2?", "", "Überraschung", ""],
        ["70", "coded", "", "", "", ""],
    ]
    assert str(target) in seat.message
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / ("b" * 300)), ""))
    seat.button("Save a copy").click()
    assert "cannot be written" in seat.message
    answer(leave_by("Leave and lose"), QMessageBox)
    assert seat.window.close()


@pytest.fixture
def full(seat: Seat) -> Iterator[dict[str, int]]:
    """A limit to the size of the real store; None is none."""
    engine = seat.session.project.store._db.engine
    limit = {"pages": 0}

    def restrict(connection: Any, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {(limit['pages'] and pages) or 1 << 30}")

    sa.event.listen(engine, "checkout", restrict)
    yield limit
    sa.event.remove(engine, "checkout", restrict)


def test_a_disk_that_is_really_full(seat: Seat, full: dict[str, int]) -> None:
    seat.session.clear_codes()
    assert seat.on_disk()[START].comment == ""
    full["pages"] = 1
    seat.coding._note.setFocus()
    seat.coding._note.insert("x" * 20_000)
    seat.press(Qt.Key.Key_Return)
    wait_for_banner(seat)
    assert "disk is full" in seat.window.banner.findChild(QLabel).text()
    assert on_disk(seat.folder)[START].comment == ""
    full["pages"] = 0
    seat.button("Try again").click()
    assert len(seat.on_disk()[START].comment) == 20_000
    seat.wait(lambda: not seat.window.banner.isVisible())
    with open_project(seat.folder) as project:
        assert not project.store.verify().findings


def test_an_undo_that_can_never_be_done_is_dropped_with_a_word(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must not hold up the labels behind it for ever."""

    def refuse() -> None:
        raise StoreError("Frame 10 does not hold what this step wrote.")

    seat.click("AU12")
    seat.saved()
    monkeypatch.setattr(seat.program.coding._writer._desk, "undo", refuse)
    seat.press(Qt.Key.Key_Z, CONTROL)
    seat.saved()
    assert "does not hold" in seat.message
    assert not seat.window.banner.isVisible()
    seat.click("AU4")
    assert len(seat.on_disk()[START].codes) == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_mistake_of_the_program_loses_nothing_either(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = seat.program.coding._writer._desk

    def blunder(*_: object) -> None:
        raise ZeroDivisionError("ours")

    with monkeypatch.context() as patch:
        patch.setattr(desk, "save_frames", blunder)
        seat.click("AU12")
        wait_for_banner(seat)
    assert "NOT SAVED" in seat.window.save_state.text()
    seat.button("Try again").click()
    assert START in seat.on_disk()
