"""The program as a process of its own on a real X server, driven by real keys."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hrm_annotator.settings import personal
from hrm_annotator.settings.personal import PersonalSettings
from hrm_core.records.coding import CodingState
from hrm_core.workflows.project import open_project
from tests.support.programs import ROOT
from tests.support.window import CLIPS, CODER, on_disk

pytestmark = [pytest.mark.slow, pytest.mark.xvfb]

START = CLIPS[0][0]
_PATIENCE_S = 30


def wait_for(condition: Callable[[], object], what: str) -> None:
    give_up = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, f"waited in vain for {what}"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A screen of its own on a free number."""
    receiving, sending = os.pipe()
    # Without -noreset the server starts anew whenever xdotool, its only client so far, hangs up,
    # and refuses the program that connects in that moment.
    command = ["Xvfb", "-displayfd", str(sending), "-noreset", "-screen", "0", "1280x900x24"]
    command += ["-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[sending], stderr=subprocess.DEVNULL) as server:
        os.close(sending)
        with os.fdopen(receiving) as number:
            yield f":{number.readline().strip()}"
        server.terminate()


@dataclass
class Running:
    """The program in another process, and the keyboard in front of it."""

    process: subprocess.Popen[str]
    environment: dict[str, str]

    def tool(self, *arguments: str) -> str:
        done = subprocess.run(["xdotool", *arguments], env=self.environment, capture_output=True, text=True)
        return done.stdout

    def keys(self, *keys: str) -> None:
        self.tool("key", "--delay", "30", *keys)

    def windows(self, title: str) -> list[str]:
        assert self.process.poll() is None, self.process.stderr.read() if self.process.stderr else ""
        return self.tool("search", "--onlyvisible", "--name", title).split()


@contextmanager
def program(study: Path, display: str) -> Iterator[Running]:
    """``python -m hrm_annotator STUDY``, its window open and its keyboard on it."""
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    command = [sys.executable, "-m", "hrm_annotator", str(study)]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        running = Running(process, environment)
        try:
            wait_for(lambda: running.windows("Two children"), "the window")
            running.tool("windowfocus", "--sync", running.windows("Two children")[0])
            yield running
        finally:
            process.kill()


@pytest.fixture
def coder() -> str:
    """Who sits there; known to the program, so that it does not ask."""
    personal.store(PersonalSettings(coder=CODER, key_profile="face_map"))
    return CODER


def code_until(running: Running, study: Path, frame: int, *keys: str) -> None:
    """Press keys again and again until the frame is in the store."""

    def tried() -> bool:
        running.keys(*keys)
        time.sleep(0.2)
        return frame in on_disk(study)

    wait_for(tried, f"frame {frame} in the store")


def test_frames_are_coded_by_real_keys(study: Path, display: str, coder: str) -> None:
    with program(study, display) as running:
        # The first picture may take a while; a key before it codes nothing.
        code_until(running, study, START, "ctrl+d")
        running.keys("Down", "Down", "2", "slash", "Return")  # AU2 left
        wait_for(lambda: [entry.code for entry in on_disk(study)[START].codes] == [2], "AU2 left")
        running.keys("Down", "1", "Right")  # AU4
        wait_for(lambda: START + 1 in on_disk(study), "the second frame")
        time.sleep(0.2)
        running.keys("shift+Return")
        wait_for(lambda: START + 2 in on_disk(study), "the third frame")
        time.sleep(0.2)
        running.keys("ctrl+d")
        wait_for(lambda: START + 3 in on_disk(study), "the fourth frame")
        running.keys("ctrl+z")
        wait_for(lambda: START + 3 not in on_disk(study), "the undo")
        running.keys("ctrl+q")
        assert running.process.wait(_PATIENCE_S) == 0
        assert running.process.stderr.read() == ""
    codings = on_disk(study)
    assert {
        frame: [(code.action, code.code) for code in entry.codes] for frame, entry in codings.items()
    } == {
        START: [("AU2", 2)],
        START + 1: [("AU4", 1)],
        START + 2: [],
    }
    assert codings[START].codes[0].doubtful
    assert {entry.state for entry in codings.values()} == {CodingState.CODED}
    with open_project(study) as project:
        assert not project.store.verify().findings


def test_nothing_that_was_acknowledged_is_lost_when_the_process_is_killed(
    study: Path, display: str, coder: str
) -> None:
    with program(study, display) as running:
        code_until(running, study, START, "ctrl+d")
        running.keys("Down")
        for _ in range(5):
            running.keys("1", "Return", "Return")  # what comes too fast is not taken
        wait_for(lambda: len(on_disk(study)) >= 5, "five frames")
        acknowledged = dict(on_disk(study))
        # In the midst of coding.
        running.keys("1", "Return")
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait(_PATIENCE_S)
    found = on_disk(study)
    assert acknowledged
    for frame, coding in acknowledged.items():
        assert frame in found
        assert {code.action for code in coding.codes} <= {code.action for code in found[frame].codes}
    with open_project(study) as project:
        assert not project.store.verify().findings
    with program(study, display) as running:
        running.keys("ctrl+q")
        assert running.process.wait(_PATIENCE_S) == 0


def test_a_whole_clip_is_coded_with_letters_and_codes_carried_on(
    study: Path, display: str, coder: str
) -> None:
    first, last = CLIPS[0]
    change = first + 12
    with program(study, display) as running:
        code_until(running, study, first, "ctrl+d")
        # AU12 left, AU25, and codes carried on from here.
        running.keys("a", "2", "c", "shift+apostrophe")
        for frame in range(first + 1, last + 1):
            running.keys("Right")
            wait_for(lambda frame=frame: frame in on_disk(study), f"frame {frame}")
            if frame == change:
                running.keys("c", "q")  # AU25 ends, AU1 begins
                wait_for(lambda: len(on_disk(study)[change].codes) == 2, "the change")
        assert {coding.state for coding in on_disk(study).values()} == {
            CodingState.CODED,
            CodingState.CARRIED,
        }
        running.keys("Return")
        wait_for(
            lambda: on_disk(study)[first + 1].state is CodingState.CODED, "what was seen to be confirmed"
        )
        running.keys("ctrl+q")
        assert running.process.wait(_PATIENCE_S) == 0
        assert running.process.stderr.read() == ""
    codings = on_disk(study)
    assert sorted(codings) == list(range(first, last + 1))
    assert {coding.state for coding in codings.values()} == {CodingState.CODED}
    for frame, coding in codings.items():
        codes = {(code.action, int(code.code)) for code in coding.codes}
        assert codes == {("AU12", 2), ("AU25", 1) if frame < change else ("AU1", 1)}
