"""kill -9 in the middle of a rating session, many times: no answered clip is asked again, none is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hrm_core.records.sitting import SittingAct
from hrm_core.workflows.project import open_project
from tests.support.judge_process import score_at
from tests.support.judging import JUDGES, Planned, events_of, plan, quick_film
from tests.support.programs import ROOT

__all__ = ["quick_film"]

_KILLS = int(os.environ.get("HRM_KILLS", "50"))


def rate_until_killed(study: Path, wait_s: float) -> set[int]:
    """What the process said was answered before it was killed, `wait_s` after its first clip began."""
    command = [sys.executable, "-m", "tests.support.judge_process", str(study), JUDGES[0]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "begun\n"
            time.sleep(wait_s)
        finally:
            process.send_signal(signal.SIGKILL)
        said = process.stdout.read()
    return {int(line.split()[1]) for line in said.splitlines() if line.startswith("answered ")}


def check(study: Path, said: set[int], events_before: int) -> set[int]:
    """What the store holds, after comparing it with what was said; positions that are answered."""
    events = events_of(study)
    answers = [event for event in events if event.act is SittingAct.ANSWERED]
    positions = [event.position for event in answers]
    assert len(positions) == len(set(positions)), "asked again"
    assert positions == list(range(len(positions))), "out of order, or left out"
    assert said <= set(positions), "acknowledged and lost"
    assert all(event.score == score_at(event.position) for event in answers)
    # The first thing that the new process did was to show the first clip without an answer.
    answered_before = sum(event.act is SittingAct.ANSWERED for event in events[:events_before])
    first = events[events_before]
    assert (first.act, first.position) == (SittingAct.SHOWN, answered_before)
    return set(positions)


def killed(study: Path, kills: int) -> set[int]:
    """Positions that are answered after so many kills at random moments."""
    rng, answered = random.Random(7), set[int]()
    for _ in range(kills):
        before = len(events_of(study))
        said = rate_until_killed(study, rng.uniform(0.0, 0.6))
        answered_now = check(study, said, before)
        assert answered <= answered_now
        assert len(answered_now - answered - said) <= 1, "written, and killed before it could say so"
        answered = answered_now
    with open_project(study) as project:
        assert not project.store.verify().findings
        assert sorted(project.ratings()["position"]) == sorted(answered)
    return answered


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_sitting_loses_nothing(tmp_path: Path, quick_film: Path) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=12))
    killed(study, 1)
    check(study, set(), 0)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_sitting_that_is_killed_again_and_again_loses_nothing(tmp_path: Path, quick_film: Path) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=12 * _KILLS))
    assert len(killed(study, _KILLS)) > _KILLS
