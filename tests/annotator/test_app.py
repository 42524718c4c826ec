"""How the program starts, and that it lives long."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox

from hrm_annotator.app import Program, run
from hrm_core.workflows.project import open_project
from tests.support.programs import ROOT
from tests.support.window import Seat

SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def start(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program, without a display."""
    kept = {name: value for name, value in os.environ.items() if name not in SCREENS}
    return subprocess.run(
        [sys.executable, "-m", "hrm_annotator", *map(str, arguments)],
        env=kept | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_without_a_display_it_says_so() -> None:
    done = start()
    assert (done.returncode, done.stdout) == (1, "")
    assert "no display" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_version_needs_no_display() -> None:
    done = start("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("hrm-annotator ")


@pytest.mark.slow
def test_the_demo_is_made_without_a_display(
    short_demo: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for screen in SCREENS:
        monkeypatch.delenv(screen, raising=False)
    assert run(["hrm-annotator", "--demo", str(tmp_path / "demo")]) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 1
    assert str(tmp_path / "demo") in said.out
    assert said.err == ""
    with open_project(tmp_path / "demo") as project:
        assert project.settings.synthetic
        assert len(project.participants()) == 6


def test_a_demo_that_is_there_is_left_as_it_is(study: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in study.rglob("*")}
    done = start("--demo", study)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1
    assert {path: path.stat().st_mtime_ns for path in study.rglob("*")} == before


def test_a_demo_that_cannot_be_made_is_one_line_too(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = start("--demo", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not empty" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.slow
def test_the_program_can_be_opened_and_closed_again_and_again(
    new_seat: Callable[..., Seat], study: Path
) -> None:
    for _ in range(4):
        seat = new_seat()
        seat.open(study)
        seat.click("AU12")
        seat.leave()


def test_a_window_that_was_closed_leaves_memory(qapp: QApplication) -> None:
    program = Program()
    gone = weakref.ref(program.window)
    program.close()
    del program
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert gone() is None


def test_a_backup_that_cannot_be_made_is_told_and_stops_nobody(
    new_seat: Callable[..., Seat], study: Path
) -> None:
    for path in (study / "backups").iterdir():
        path.unlink()
    (study / "backups").rmdir()
    (study / "backups").write_text("in the way")
    seat = new_seat()
    seat.open(study)
    box = seat.window.findChild(QMessageBox)
    assert box is not None
    assert "backup" in box.text().lower()
    box.accept()
    seat.click("AU12")
    assert len(seat.on_disk()) == 1


class _Bell(QObject):
    rung = Signal(int)


def test_qt_keeps_count_of_what_it_borrows(qapp: object) -> None:
    """PySide6 6.12.0 on Python 3.11 forgets to count None and True, and ends the program for it.

    Every call of Qt that returns nothing then takes one None too many; after some
    hundred frames the interpreter aborts, whatever was being coded.
    """
    label, bell = QLabel(), _Bell()
    bell.rung.connect(lambda _: None)
    before = sys.getrefcount(None), sys.getrefcount(True)
    for number in range(500):
        label.setText(str(number))
        bell.rung.emit(number)
    after = sys.getrefcount(None), sys.getrefcount(True)
    lost = [was - now for was, now in zip(before, after, strict=True)]
    assert max(lost) < 100, f"lost {lost} references to None and True in 500 calls"
