"""The program is killed while a judge rates, many times: no answer is lost, and none is asked again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from hrm_core.records.people import Participant
from hrm_core.records.rating_plan import TrialKind
from hrm_core.records.recording import Recording
from hrm_core.records.sitting import SittingAct, SittingEvent
from hrm_core.store.label_store import LabelStore
from hrm_core.workflows.project import create_project
from hrm_core.workflows.sit_for_rating import open_sitting
from tests.support.planned_session import add_session
from tests.support.programs import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")

Said = tuple[str, int, int | None]


def test_no_answer_is_lost_when_the_program_is_killed(tmp_path: Path) -> None:
    _kill_again_and_again(tmp_path, times=5, clips=60, most_lines=10)


@pytest.mark.slow
def test_no_answer_is_lost_when_the_program_is_killed_fifty_times(tmp_path: Path) -> None:
    _kill_again_and_again(tmp_path, times=50, clips=1500, most_lines=30)


def _kill_again_and_again(tmp_path: Path, *, times: int, clips: int, most_lines: int) -> None:
    folder = tmp_path / "study"
    with create_project(folder) as project:
        who = project.store.people.add_participant(Participant(0, "7"))
        film = project.store.recordings.add(Recording(0, who.id, "play", frame_count=20_000))
        cut = project.store.recordings.add_clips(film.id, [(at * 10, at * 10 + 4) for at in range(clips)])
        session = add_session(project.store, cut, "Cy")
        url, judge = project.store.url, session.seats[0].judge_id
    rng = random.Random(1535)
    acknowledged: list[Said] = []
    for number in range(times):
        acknowledged += _rate_until_killed(folder, session.name, rng, most_lines)
        with closing(LabelStore.open(url, tmp_path / "backups")) as store:
            log = [event for event in store.rating_sessions.events(session.id, judge) if _counts(event)]
            stored = [(str(event.act).replace(" ", "-"), event.position, event.score) for event in log]
            # What was committed before the program could say so is there as well: one act at most.
            assert stored[: len(acknowledged)] == acknowledged, f"round {number}"
            assert len(stored) - len(acknowledged) <= 1, f"round {number}"
            acknowledged = stored
            standing = _standing(stored)
            kinds = [trial.kind for trial in store.rating_sessions.trials(session.id, judge)]
            assert {row["position"]: row["score"] for row in store.ratings.table()} == {
                place: score
                for place, score in standing.items()
                if kinds[place] in (TrialKind.RATING, TrialKind.REPEAT)
            }
            assert store.verify().findings == ()
        with open_sitting(folder, session.name, "Cy") as sitting:
            assert sitting.state.answered == standing.keys()
            assert sitting.current is not None
            # Without gaps: the next program goes on with the first that is not answered.
            assert sitting.current.position == len(standing)
            assert standing.keys() == set(range(len(standing)))
    assert len(standing) >= times


def _counts(event: SittingEvent) -> bool:
    return event.act in (SittingAct.ANSWERED, SittingAct.TAKEN_BACK)


def _standing(said: list[Said]) -> dict[int, int]:
    """The answers that stand; it fails if one is given that stands already."""
    standing: dict[int, int] = {}
    for act, place, score in said:
        if score is None:
            assert act == "taken-back"
            del standing[place]
        else:
            assert place not in standing
            standing[place] = score
    return standing


def _rate_until_killed(folder: Path, session: str, rng: random.Random, most_lines: int) -> list[Said]:
    """What a judge's program said it had written before it was killed at a moment of chance."""
    command = [sys.executable, "-m", "tests.support.rating_writer", str(folder), session, "Cy"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as program:
        assert program.stdout is not None
        try:
            assert program.stdout.readline() == "ready\n"
            lines = [program.stdout.readline() for _ in range(rng.randrange(most_lines))]
            time.sleep(rng.random() * 0.012)
        finally:
            os.kill(program.pid, signal.SIGKILL)
        lines += program.stdout.readlines()
    assert program.returncode == -signal.SIGKILL
    # A line cut off in the middle was not an acknowledgement anybody could read.
    words = [line.split() for line in lines if line.endswith("\n")]
    return [(act, int(place), int(score[0]) if score else None) for act, place, *score in words]
