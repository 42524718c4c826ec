"""The judge's program as a process of its own: what it writes, says, opens and shows to other programs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hrm_core.records.sitting import SittingAct
from tests.journeys import test_real_process
from tests.journeys.test_judging_real_process import Log, rate
from tests.journeys.test_real_process import Running, wait_for
from tests.support.judging import SESSION, events_of, session_of
from tests.support.programs import ROOT
from tests.support.secret_words import SecretWords
from tests.support.telling_study import FOLDER, JUDGE, PEOPLE, secrets_of, telling_study

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xvfb,
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc to look into"),
]

# Its fixture, under its name.
display = test_real_process.display
_TITLE = "HRM Annotator — rating"
_FOLDERS = {"HOME": "home", "TMPDIR": "tmp", "XDG_RUNTIME_DIR": "run"} | {
    f"XDG_{kind}_HOME": kind.lower() for kind in ("CONFIG", "CACHE", "DATA", "STATE")
}
# All that a judge's program has to open of a study.
_OPENED = re.compile(r"labels\.sqlite(-wal|-shm)?|Rating Clips/[0-9a-f]{32}/[0-9a-f]{32}\.mp4")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    telling_study(tmp_path / FOLDER, tmp_path)
    return tmp_path / FOLDER


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that belongs to the judge's user, and nothing else."""
    folder = tmp_path_factory.mktemp("judge")
    for name in _FOLDERS.values():
        (folder / name).mkdir(mode=0o700)
    return folder


@contextmanager
def judging(study: Path, own: Path, display: str) -> Iterator[Running]:
    """``python -m hrm_annotator --rate …`` by a user with empty folders, who logs all that Qt can say."""
    environment = {name: str(own / folder) for name, folder in _FOLDERS.items()} | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "DISPLAY": display,
        "QT_QPA_PLATFORM": "xcb",
        "QT_LOGGING_RULES": "*=true",
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
    }
    # No core file: it would hold the command line.
    command = ["sh", "-c", 'ulimit -c 0; exec "$@"', "sh", sys.executable, "-m", "hrm_annotator"]
    command += ["--rate", str(study), "--session", SESSION, "--judge", JUDGE]
    with (own / "said").open("a") as said, (own / "complained").open("a") as complained:
        process = subprocess.Popen(
            command, env=environment, cwd=own, stdout=said, stderr=complained, text=True
        )
        running = Running(process, environment)
        try:
            wait_for(lambda: running.windows(_TITLE), "the window")
            running.tool("windowfocus", "--sync", running.windows(_TITLE)[0])
            yield running
        finally:
            process.kill()
            process.wait()


def look(running: Running, study: Path, own: Path, search: SecretWords) -> set[str]:
    """Look into all that can be seen of the process; what of the study it has open."""
    assert search.in_folder(own) == []
    home = Path("/proc", str(running.process.pid))
    opened = set()
    for entry in (home / "fd").iterdir():
        try:
            target = entry.readlink()
        except OSError:
            continue  # closed meanwhile
        if target.is_relative_to(study):
            opened.add(str(target.relative_to(study)))
        else:
            assert search.in_text(str(target)) == []
    assert search.in_bytes((home / "environ").read_bytes()) == []
    # By necessity: it was typed.
    assert str(study).encode() in (home / "cmdline").read_bytes().split(b"\0")
    assert search.in_bytes((home / "comm").read_bytes()) == []
    assert search.in_texts(_on_the_screen(running)) == []
    return opened


def _on_the_screen(running: Running) -> list[str]:
    """What the program tells the X server of its windows, for all other programs to read."""
    if shutil.which("xwininfo") is None or shutil.which("xprop") is None:
        return []

    def asked(*command: str) -> str:
        return subprocess.run(command, env=running.environment, capture_output=True, text=True).stdout

    tree = asked("xwininfo", "-root", "-tree")
    numbers = set(re.findall(r"0x[0-9a-f]+", tree)) - {"0x0"}
    told = [tree, *(asked("xprop", "-len", "100000", "-id", number) for number in sorted(numbers))]
    assert any(_TITLE.partition(" ")[0] in text for text in told)
    return told


def test_a_blind_session_leaves_nothing_behind(study: Path, own: Path, display: str) -> None:
    session, trials = session_of(study)
    (seat,) = (seat for seat in session.seats if seat.name == JUDGE)
    order, log = trials[JUDGE], Log(study, seat.judge_id)
    scores = {trial.position: trial.expected or 1 + trial.position % 5 for trial in order}
    search, opened = secrets_of(study, *PEOPLE), set[str]()
    with judging(study, own, display) as running:
        opened |= look(running, study, own, search)
        for begin in range(0, len(order), 3):
            rate(running, log, order[begin : begin + 3], scores)
            opened |= look(running, study, own, search)
        time.sleep(0.5)
        running.keys("Return")
        assert running.process.wait(30) == 0
    assert all(_OPENED.fullmatch(name) for name in opened), opened
    assert any(name.startswith("labels") for name in opened)
    answers = [event for event in events_of(study, JUDGE) if event.act is SittingAct.ANSWERED]
    assert {event.position: event.score for event in answers} == scores
    assert len((own / "complained").read_text()) > 10_000, "Qt says all it can"
    assert search.in_folder(own) == []
    # The search is sharp.
    (own / "cache" / "recent.xbel").write_text(f'<bookmark href="{(study / "x").as_uri()}"/>')
    assert "cache/recent.xbel: marigold study" in search.in_folder(own)


def test_a_program_that_dies_leaves_nothing_behind(study: Path, own: Path, display: str) -> None:
    search = secrets_of(study, *PEOPLE)
    with judging(study, own, display) as running:
        running.keys("Return")
        time.sleep(0.3)
        running.process.send_signal(signal.SIGSEGV)
        assert running.process.wait(30) == -signal.SIGSEGV
    complained = (own / "complained").read_text()
    assert "Segmentation fault" in complained
    assert "hrm_annotator" in complained
    assert search.in_folder(own) == []
