"""Anything a coder may press, in any order: nothing raises, nothing is lost, undo goes all the way back."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from hrm_annotator.actions.action_commands import FACE_MAP
from hrm_annotator.settings import personal
from hrm_core.records.coding import FrameCoding
from tests.support.window import CODER, FRAMES, Seat, numbered_video, study_template

__all__ = ["numbered_video", "study_template"]

NO, CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
LETTERS = sorted(stroke for stroke in FACE_MAP.values() if len(stroke) == 1)
EDITS: dict[str, tuple[Any, Qt.KeyboardModifier]] = {
    "no action": (Qt.Key.Key_Return, SHIFT),
    "confirm": (Qt.Key.Key_Return, NO),
    "not codable": ("D", CONTROL),
    "doubtful": ("/", NO),
    "doubtful frame": ("/", SHIFT),
    "next doubt": ("/", CONTROL),
    "off": (Qt.Key.Key_Delete, NO),
    "carry on": ("'", SHIFT),
    "copy previous": ("'", NO),
    "same until here": ("'", CONTROL),
    "range starts": ("[", NO),
    "range ends": ("]", NO),
    "range of run": ("R", CONTROL),
    "apex": (",", NO),
    "forget range": (Qt.Key.Key_Backspace, NO),
    "fill": ("\\", NO),
    "fill action": ("\\", SHIFT),
    "clear action": (Qt.Key.Key_Delete, SHIFT),
    "empty range": (Qt.Key.Key_Delete, CONTROL),
    "range not codable": ("D", CONTROL | SHIFT),
    "copy": ("C", CONTROL),
    "paste": ("V", CONTROL),
    "run earlier": (Qt.Key.Key_Left, ALT),
    "run later": (Qt.Key.Key_Right, ALT),
    "run starts": ("[", CONTROL),
    "run ends": ("]", CONTROL),
    "split run": ("\\", CONTROL),
    "intensity": ("3", SHIFT),
}
MOVES: dict[str, tuple[Any, Qt.KeyboardModifier]] = {
    "on": (Qt.Key.Key_Right, NO),
    "back": (Qt.Key.Key_Left, NO),
    "ten on": (Qt.Key.Key_Right, SHIFT),
    "ten back": (Qt.Key.Key_Left, SHIFT),
    "next change": (Qt.Key.Key_Right, CONTROL),
    "previous change": (Qt.Key.Key_Left, CONTROL),
    "next to do": (Qt.Key.Key_Down, CONTROL),
    "previous to do": (Qt.Key.Key_Up, CONTROL),
    "first": (Qt.Key.Key_Home, NO),
    "next clip": (Qt.Key.Key_PageDown, NO),
    "next box": (Qt.Key.Key_Down, NO),
}
Said = dict[int, tuple[object, ...]]


class _Patience:
    """What a seat needs of pytest-qt, for a machine that outlives no test function."""

    def waitUntil(self, condition: Callable[[], bool], timeout: int = 5000) -> None:
        give_up = time.monotonic() + timeout / 1000
        while not condition():
            QApplication.processEvents()
            time.sleep(0.0002)
            assert time.monotonic() < give_up, "the window did not come to rest"

    def wait(self, milliseconds: int) -> None:
        QApplication.processEvents()

    @contextmanager
    def waitActive(self, widget: QWidget) -> Iterator[None]:
        yield
        self.waitUntil(widget.isActiveWindow)


def said(codings: Any) -> Said:
    """What frames say, as far as a reader of labels can see."""
    return {
        frame: (coding.codes, coding.state, coding.comment, coding.doubtful)
        for frame, coding in sorted(codings.items())
    }


class Walk(RuleBasedStateMachine):
    """A coder with nimble fingers and no plan."""

    template: Path
    raised: list[object]

    @initialize()
    def sit_down(self) -> None:
        """Open a fresh copy of the study."""
        self.folder = Path(tempfile.mkdtemp()) / "study"
        shutil.copytree(self.template, self.folder)
        personal.store(replace(personal.load(), coder=CODER, key_profile="face_map"))
        self.seat = Seat(_Patience())  # type: ignore[arg-type]
        self.seat.open(self.folder)
        self.known: Said = {}
        self.earlier: list[tuple[Said, int]] = []
        self.undone: list[Said] = []

    @rule(letter=st.sampled_from(LETTERS), digit=st.sampled_from(["", "", "2", "3", "0"]))
    def code(self, letter: str, digit: str) -> None:
        """Switch an action, and perhaps give it a side."""
        self.act(lambda: self.seat.press(letter))
        if digit:
            self.act(lambda: self.seat.press(digit))

    @rule(name=st.sampled_from(sorted(EDITS)))
    def edit(self, name: str) -> None:
        """Give any other command that may change labels."""
        self.act(lambda: self.seat.press(*EDITS[name]))

    @rule(name=st.sampled_from(sorted(MOVES)), times=st.integers(1, 4))
    def move(self, name: str, times: int) -> None:
        """Go somewhere; with codes carried on that changes labels, too."""
        for _ in range(times):
            self.act(lambda: self.seat.press(*MOVES[name]))

    @rule(frame=st.integers(0, FRAMES - 1))
    def jump(self, frame: int) -> None:
        """Go to any frame."""
        self.act(lambda: self.seat.player.transport.go_to(frame))

    @rule()
    def undo(self) -> None:
        """Take one step back."""
        before = self.known
        self.seat.press("Z", CONTROL)
        self.rest()
        if not self.earlier:
            assert self.known == before
            return
        state, steps = self.earlier.pop()
        self.undone.append(before)
        if steps > 1:
            self.earlier.append((state, steps - 1))
        else:
            assert self.known == state

    @rule()
    def redo(self) -> None:
        """Do again what was taken back last."""
        before = self.known
        self.seat.press("Z", CONTROL | SHIFT)
        self.rest()
        if self.undone:
            state = self.undone.pop()
            assert self.known == state
            self.earlier.append((before, 1))
        else:
            assert self.known == before

    @rule(really=st.sampled_from([False] * 9 + [True]))
    def restart(self, really: bool) -> None:
        """Close the program and come back another day."""
        if really:
            self.seat = self.seat.restart()
            self.rest()

    def act(self, do: Callable[[], object]) -> None:
        """Do something that may change labels, by one act or by several."""
        before, steps = self.known, self.steps()
        do()
        self.rest()
        done = self.steps() - steps
        assert (self.known != before) <= (done > 0)
        if done:
            self.earlier.append((before, done))
            self.undone.clear()

    def steps(self) -> int:
        """How many acts the log holds."""
        session = self.seat.session
        return len(session.project.store.history.log(session.rater.id, session.recording.id))

    def rest(self) -> None:
        """Wait until every picture is shown and every label on disk."""
        transport = self.seat.player.transport
        self.seat.wait(lambda: transport._asked is None)
        self.seat.saved()
        self.seat.wait(lambda: transport._asked is None and not self.seat.session.stepping)
        self.seat.saved()
        self.known = said(self.stored())

    def stored(self) -> dict[int, FrameCoding]:
        """What the store holds."""
        session = self.seat.session
        return session.project.store.codings.of_video(session.rater.id, session.recording.id)

    @invariant()
    def what_is_shown_is_on_disk(self) -> None:
        """Every code that the window shows is in the store, and nothing else."""
        if hasattr(self, "seat"):
            assert said(self.seat.session.coded_frames()) == self.known
            assert not self.raised

    def teardown(self) -> None:
        """All the way back: every earlier state comes by, down to the first."""
        if not hasattr(self, "seat"):
            return
        try:
            while self.earlier:
                self.undo()
            assert self.known == {}
        finally:
            self.seat.leave()
            shutil.rmtree(self.folder.parent, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.skipif("HRM_WALKS" not in os.environ, reason="a long walk is asked for by HRM_WALKS")
def test_a_long_random_walk(
    study_template: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk(study_template, monkeypatch, int(os.environ["HRM_WALKS"]), int(os.environ["HRM_WALK_STEPS"]))


def test_a_random_walk(study_template: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    walk(study_template, monkeypatch, examples=2, steps=60)


def walk(study_template: Path, monkeypatch: pytest.MonkeyPatch, examples: int, steps: int) -> None:
    """Let a machine act in the window, so many times from the beginning, so many steps each."""
    raised: list[object] = []
    # Qt swallows what a slot raises, after telling this hook.
    monkeypatch.setattr(sys, "excepthook", lambda *about: raised.append(about))
    machine = type("Walk", (Walk,), {"template": study_template, "raised": raised})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    assert not raised
