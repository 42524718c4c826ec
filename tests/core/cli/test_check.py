"""What is typed about omission checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from hrm_core.facs import ACTIONS
from hrm_core.records.coding import FrameCoding
from hrm_core.workflows import check_clip as checking
from hrm_core.workflows.choose_clips import clip_numbered
from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm


@pytest.fixture
def checked(hrm: Hrm, study: Path) -> Path:
    """Clips 0-5 and 6-11; Ada has coded the first and answered for all but AU25, and added AU4."""
    assert hrm("add", "rater", "Ada").code == 0
    with open_project(study) as project:
        ada, (_, play) = project.store.people.rater("Ada"), next(project.recordings())
        for frame in range(6):
            project.store.codings.save(FrameCoding(ada.id, play.id, frame).with_code("AU25", 1))
        here = (project, ada, play, clip_numbered(project, play, 1))
        checking.start_check(*here)
        coding = project.store.codings.of_video(ada.id, play.id)[2]
        project.store.codings.save(coding.with_code("AU4", 1))
        for entry in ACTIONS:
            if entry.key != "AU25":
                checking.answer(*here, entry.key, present=entry.key == "AU4")
    return study


def test_a_clip_is_submitted_once_all_is_answered(hrm: Hrm, checked: Path) -> None:
    (said,) = hrm("check", "status", "--json").json
    assert (said["state"], said["answered"], said["asked"], said["missing"]) == (
        "being checked",
        32,
        33,
        ["AU25"],
    )
    refused = hrm("check", "submit", "S1", 1, "--by", "Ada")
    assert (refused.code, refused.err) == (
        1,
        "hrm: Clip 1 cannot be submitted yet: the check has no answer for AU25.\n",
    )
    assert "frames 6–11 of it not coded" in hrm("check", "submit", "S1", 2, "--by", "Ada").err
    with open_project(checked) as project:
        ada, (_, play) = project.store.people.rater("Ada"), next(project.recordings())
        checking.answer(project, ada, play, clip_numbered(project, play, 1), "AU25", present=True)
    assert hrm("check", "submit", "S1", 1, "--by", "Ada").out == (
        "Clip 1 of video 'play time 1' is submitted by Ada.\n"
    )
    report = hrm("check", "report", "--json").json
    assert report["omissions"] == {"AU4": 1}
    assert report["clips"][0]["omissions"][0]["after"] == "2 both"
    assert "1 omission (AU4 in 1 clip); 1 clip checked to the end." in hrm("check", "report").out
    log = hrm("check", "log", "S1", 1, "--by", "Ada", "--json").json
    assert [entry["at"] for entry in log] == sorted(entry["at"] for entry in log)
    assert log[-1]["what"] == "submitted"
    assert "check started" in hrm("check", "log", "S1", 1, "--by", "Ada").out
    assert "submitted" in hrm("check", "status").out
    assert hrm("check", "take-back", "S1", 1, "--by", "Ada", "--reason", "AU25 again").code == 0
    assert hrm("check", "status", "S1", "--json").json[0]["state"] == "checked"
    # No group stands in any of it.
    assert "ASD" not in hrm("check", "status").out + hrm("check", "report").out + str(report)


def test_where_nothing_was_coded_that_is_said(hrm: Hrm, study: Path) -> None:
    assert hrm("check", "status").out == "Nobody has coded a clip yet.\n"
    assert hrm("check", "report").out == "No clip was checked yet.\n"
    assert hrm("check", "report", "--json").json == {
        "clips": [],
        "omissions": {},
        "clips_checked_to_the_end": 0,
    }
    assert "'Bo'" in hrm("check", "status", "--rater", "Bo").err
