"""``hrm export elan`` and ``hrm import elan``: a report, a question, and one line where it fails."""

from __future__ import annotations

import json
from pathlib import Path

from hrm_core.records.coding import ActionCode, FrameCoding
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm


def code(study: Path) -> None:
    """Ada codes two frames."""
    with open_project(study) as project:
        _, recording = next(project.recordings("S1"))
        ada = add_rater(project, "Ada")
        for frame in (3, 4):
            coding = FrameCoding(ada.id, recording.id, frame, (ActionCode("AU12", 1),), doubtful=True)
            project.store.codings.save(coding)


def test_out_and_in_again(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    code(study)
    said = hrm("export", "events", "--json")
    assert (said.code, said.json["sheets"][0]["losses"][0]["what"]) == (0, "doubt about a frame")
    assert "does not hold doubt about a frame (2 times" in hrm("export", "events", "--again").err
    out = tmp_path / "out"
    assert hrm("export", "elan", "--into", out).code == 0
    (file,) = out.iterdir()
    # Nobody is there to be asked.
    said = hrm("import", "elan", file, "--rater", "Ben")
    assert (said.code, "2 to be added" in said.out) == (1, True)
    assert (
        said.err.splitlines()[-1] == "hrm: Nothing was imported: read the report, then use --yes to import."
    )
    said = hrm("import", "elan", file, "--rater", "Ben", "--dry-run", "--json", "--report", out / "r.csv")
    assert (said.json["imported"], said.json["files"][0]["added"]) == (False, 2)
    assert (out / "r.csv").read_text(encoding="utf-8").count("\n") == 2
    said = hrm("import", "elan", file, "--rater", "Ben", "--yes", "--json")
    assert said.json["imported"]
    assert "2 already the same" in hrm("import", "elan", file, "--rater", "Ben", "--yes").out
    with open_project(study) as project:
        _, recording = next(project.recordings("S1"))
        ben = project.store.codings.of_video(add_rater(project, "Ben").id, recording.id)
    assert {frame: coding.doubtful for frame, coding in ben.items()} == {3: True, 4: True}


def test_what_cannot_be_imported_is_said_in_one_line(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    code(study)
    file = tmp_path / "own.csv"
    file.write_text("participant,rater,frame,action,code\nS1,Ada,3,AU12,1\nS1,Ada,4,AU4,1\n")
    said = hrm("import", "csv", file, "--yes")
    assert (said.code, "frames 3–4 are coded differently" in said.err.splitlines()[-1]) == (1, True)
    assert hrm("import", "csv", file, "--yes", "--replace").code == 0
    file.write_text("participant,rater,frame,action,code\nS1,Ada,3,AU99,1\n")
    said = hrm("import", "csv", file, "--yes", "--json")
    assert (said.code, said.err.count("\n"), json.loads(said.out)["files"][0]["importable"]) == (1, 1, False)
    assert "AU99" in said.err
    said = hrm("import", "elan", file, "--yes")
    assert (said.code, said.err.count("\n"), "Traceback" in said.err) == (1, 1, False)
    assert hrm("import", "elan", tmp_path / "none.eaf").code == 1
