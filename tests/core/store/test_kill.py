"""The program is killed in the middle of saving, many times: every acknowledged label is there."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from hrm_core.store.label_store import LabelStore
from hrm_core.workflows.project import create_project
from tests.support.builders import furnish
from tests.support.programs import ROOT, writer
from tests.support.store_contract import said
from tests.support.store_writer import numbered

_ENOUGH = 300


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_no_acknowledged_label_is_lost_when_the_program_is_killed(tmp_path: Path) -> None:
    with create_project(tmp_path / "study") as project:
        url = project.store.url
        rater, film = furnish(project.store)
    rng = random.Random(20)
    acknowledged: list[int] = []
    first = rounds = 0
    while len(acknowledged) < _ENOUGH:
        rounds += 1
        said_so = _save_until_killed(url, rater.id, film.id, first, rng)
        acknowledged += said_so
        with closing(LabelStore.open(url, tmp_path / "backups")) as store:
            stored = store.codings.of_video(rater.id, film.id)
            assert store.verify().findings == ()
        for frame in acknowledged:
            assert said(stored[frame]) == said(numbered(rater.id, film.id, frame))
        extra = stored.keys() - set(acknowledged)
        assert len(extra) <= 1, f"round {rounds}"
        # Count it from now on: it was committed before the program could say so.
        acknowledged += extra
        first = max(stored, default=-1) + 1
    assert rounds >= 8
    assert len(stored) == len(acknowledged) == len(set(acknowledged))
    command = [
        sys.executable,
        "-m",
        "hrm_core.cli.main",
        "store",
        "verify",
        "--json",
        "-p",
        tmp_path / "study",
    ]
    report = json.loads(subprocess.run(command, capture_output=True, check=True, cwd=ROOT).stdout)
    assert (report["sound"], report["frames"], report["findings"]) == (True, len(stored), [])


def _save_until_killed(url: str, rater_id: int, video_id: int, first: int, rng: random.Random) -> list[int]:
    """Frames that the program said it saved before it was killed at a moment of chance."""
    with writer("save", url, rater_id, video_id, first, 1000) as program:
        assert program.stdout is not None
        lines = [program.stdout.readline() for _ in range(rng.randrange(1, 45))]
        time.sleep(rng.random() * 0.006)
        os.kill(program.pid, signal.SIGKILL)
        lines += program.stdout.readlines()
        assert program.wait() == -signal.SIGKILL
    # A line cut off in the middle was not an acknowledgement anybody could read.
    return [int(line.split()[1]) for line in lines if line.endswith("\n")]
