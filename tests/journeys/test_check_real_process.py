"""An omission check in the program as a process of its own, by real keys on a real X server."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from hrm_core.records.check_standing import CheckStanding
from hrm_core.records.coding import CodingState
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.check_clip import check_log, check_status
from hrm_core.workflows.project import open_project
from hrm_core.workflows.report_checks import checks_of_study
from tests.journeys import test_check, test_real_process
from tests.journeys.test_check import LAST
from tests.journeys.test_real_process import code_until, program, wait_for
from tests.support.window import CODER, on_disk

pytestmark = [pytest.mark.slow, pytest.mark.xvfb]

# Their fixtures, under their names.
display, coder, short_study = test_real_process.display, test_real_process.coder, test_check.short_study


def standing(study: Path) -> CheckStanding:
    """How far the check is, read from outside the program."""
    with open_project(study) as project:
        rater, (_, recording) = add_rater(project, CODER), next(project.recordings("7"))
        return check_status(project, rater, recording, project.store.recordings.clips(recording.id)[0])


def is_started(study: Path) -> bool:
    with open_project(study) as project:
        rater, (_, recording) = add_rater(project, CODER), next(project.recordings("7"))
        return check_log(project, rater, recording).start is not None


def test_a_clip_is_checked_and_submitted_by_real_keys(short_study: Path, display: str, coder: str) -> None:
    with program(short_study, display) as running:
        code_until(running, short_study, LAST, "a")
        # Tried again until AU12 stands there: the key switches.
        wait_for(lambda: on_disk(short_study)[LAST].code_of("AU12") or running.keys("a"), "AU12")
        running.keys("F12")
        wait_for(lambda: is_started(short_study), "the check")

        def answered() -> bool:
            now = standing(short_study)
            if not now.missing:
                return True
            entry = now.of(now.missing[0])
            if entry.key == "AU4" and not entry.runs:
                # The omission: coded, then answered for.
                running.keys("c", "1")
                wait_for(lambda: standing(short_study).of("AU4").runs, "AU4")
                running.keys("F12")
            else:
                running.keys("1" if entry.runs else "0")
            time.sleep(0.15)
            return False

        wait_for(answered, "every answer")
        running.keys("ctrl+F12")
        wait_for(lambda: standing(short_study).submission, "the submission")
        running.keys("ctrl+q")
        assert running.process.wait(30) == 0
        assert running.process.stderr is not None
        assert running.process.stderr.read() == ""
    assert {coding.state for coding in on_disk(short_study).values()} == {CodingState.CHECKED}
    with open_project(short_study) as project:
        (found,) = checks_of_study(project)
        assert [change.action for change in found.omissions] == ["AU4"]
        assert found.state == "submitted"
        assert not project.store.verify().findings
