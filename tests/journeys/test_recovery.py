"""After kill -9 the next start shows the frame that was on the screen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hrm_core.paths import user_config_dir
from tests.journeys.test_real_process import Running, code_until, coder, display, wait_for
from tests.support.programs import ROOT
from tests.support.window import on_disk

__all__ = ["coder", "display"]

pytestmark = [pytest.mark.slow, pytest.mark.xvfb]

_PATIENCE_S = 30


@contextmanager
def program(display: str, *arguments: str | Path) -> Iterator[Running]:
    """``python -m hrm_annotator``, once the study is open in its window."""
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    command = [sys.executable, "-m", "hrm_annotator", *map(str, arguments)]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        running = Running(process, environment)
        try:
            wait_for(lambda: running.windows("Two children"), "the study")
            running.tool("windowfocus", "--sync", running.windows("Two children")[0])
            yield running
        finally:
            process.kill()


def remembered() -> list[int]:
    """Frames that are remembered."""
    files = (user_config_dir() / "places").glob("*.json")
    return [frame for file in files for frame in json.loads(file.read_text())["frames"].values()]


def test_a_killed_program_goes_on_at_the_same_frame(study: Path, display: str, coder: str) -> None:
    with program(display, study) as running:
        wait_for(remembered, "the first picture")
        running.keys("ctrl+g", "4", "7", "Return")
        code_until(running, study, 47, "ctrl+d")
        assert remembered() == [47], "at once with every edit"
        running.keys("Right", "Right", "Right")
        wait_for(lambda: remembered() == [50], "the frame that was only looked at")
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait(_PATIENCE_S)
    assert set(on_disk(study)) == {47}
    # No word says which study: the program knows that it did not end as it should.
    with program(display) as running:
        code_until(running, study, 50, "ctrl+d")
        running.keys("ctrl+q")
        assert running.process.wait(_PATIENCE_S) == 0
        assert running.process.stderr is not None
        assert running.process.stderr.read() == ""
    assert set(on_disk(study)) == {47, 50}
    assert not (user_config_dir() / "open-project.json").exists()
