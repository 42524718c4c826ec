"""Five judges rate sixty clips each in the program as a process of its own, by real keys on X."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from hrm_core.paths import user_config_dir
from hrm_core.records.rating_plan import Trial, TrialKind
from hrm_core.records.sitting import SittingAct
from hrm_core.workflows.project import open_project
from tests.journeys import test_real_process
from tests.journeys.test_real_process import Running, wait_for
from tests.support.judging import JUDGES, SESSION, Planned, events_of, plan, quick_film, session_of
from tests.support.programs import ROOT

__all__ = ["quick_film"]

pytestmark = [pytest.mark.slow, pytest.mark.xvfb]

# Its fixture, under its name.
display = test_real_process.display
_AGAIN_S = 3.0
_TITLE = "HRM Annotator — rating"


class Log:
    """The log of one judge's sitting, read from outside while the program writes it."""

    def __init__(self, study: Path, judge_id: int) -> None:
        self._file, self._judge_id = study / "labels.sqlite", judge_id

    def has(self, act: SittingAct, position: int) -> bool:
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True)) as store:
            query = "select count(*) from rating_event where judge_id = ? and act = ? and position = ?"
            return bool(store.execute(query, (self._judge_id, str(act), position)).fetchone()[0])


def rate(running: Running, log: Log, trials: list[Trial], scores: dict[int, int]) -> None:
    """Answer every trial by its key, going on where a page asks for it."""
    for place, trial in enumerate(trials):
        before = trials[place - 1] if place else None
        practised = before is not None and before.kind is TrialKind.PRACTICE is not trial.kind
        if before is None or trial.break_before or practised:
            time.sleep(0.3)
            running.keys("Return")
        if trial.kind is not TrialKind.ATTENTION:
            again = time.monotonic() + _AGAIN_S
            while not log.has(SittingAct.SHOWN, trial.position):
                if time.monotonic() > again and (before is None or trial.break_before or practised):
                    running.keys("Return")
                    again += _AGAIN_S
                time.sleep(0.01)
                assert time.monotonic() < again + 30, f"trial {trial.position} is not shown"
        pressed = 0.0
        while not log.has(SittingAct.ANSWERED, trial.position):
            # Pressed again only where it was too early: a key that came twice would answer the next clip.
            if time.monotonic() - pressed > _AGAIN_S:
                time.sleep(0.12)
                running.tool("key", str(scores[trial.position]))
                pressed = time.monotonic()
            time.sleep(0.01)


# One after the other, twenty-three seconds each.
_SEATED = JUDGES if os.environ.get("HRM_EVERYTHING") else JUDGES[:2]


def test_judges_rate_sixty_clips_by_real_keys(tmp_path: Path, quick_film: Path, display: str) -> None:
    study = tmp_path / "study"
    plan(
        study, quick_film, Planned(clips=60, practice=2, repeats=3, checks=2, break_every=20, judges=_SEATED)
    )
    session, trials = session_of(study)
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    for number, seat in enumerate(session.seats):
        scores = {
            trial.position: trial.expected or 1 + (trial.position * 7 + number) % 5
            for trial in trials[seat.name]
        }
        command = [sys.executable, "-m", "hrm_annotator", "--rate", str(study)]
        command += ["--session", SESSION, "--judge", seat.name]
        with subprocess.Popen(
            command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                running = Running(process, environment)
                wait_for(lambda running=running: running.windows(_TITLE), "the window")
                running.tool("windowfocus", "--sync", running.windows(_TITLE)[0])
                rate(running, Log(study, seat.judge_id), trials[seat.name], scores)
                assert running.windows(_TITLE)
                time.sleep(0.5)
                running.keys("Return")
                assert process.wait(30) == 0
                assert process.stderr is not None
                assert process.stderr.read() == ""
            finally:
                process.kill()
        answers = [event for event in events_of(study, seat.name) if event.act is SittingAct.ANSWERED]
        assert {event.position: event.score for event in answers} == scores
        assert [event.position for event in answers] == [trial.position for trial in trials[seat.name]]
    with open_project(study) as project:
        assert len(project.ratings()) == len(_SEATED) * 63
        assert not project.store.verify().findings
    assert not (user_config_dir() / "personal.json").exists()
    assert not (user_config_dir() / "open-project.json").exists()
