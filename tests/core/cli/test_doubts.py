"""``hrm doubts``, and doubts in files, as they are typed."""

from __future__ import annotations

from pathlib import Path

from hrm_core.records.coding import ActionCode, FrameCoding
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm


def _code(study: Path) -> None:
    with open_project(study) as project:
        coder = add_rater(project, "Ada")
        film = next(project.recordings("S1"))[1]
        for frame in range(4, 9):
            code = ActionCode("AU12", 1, "D", doubtful=frame < 8, note="[speech]" if frame < 8 else "")
            coding = FrameCoding(coder.id, film.id, frame, (code,), doubtful=frame == 8, comment="")
            project.store.codings.save(coding)


def test_doubts_are_listed_with_equal_neighbours_joined(hrm: Hrm, study: Path) -> None:
    _code(study)
    said = hrm("doubts")
    assert said.code == 0
    lines = [line.split() for line in said.out.splitlines()]
    assert ["S1", "play", "time", "1", "1,", "2", "4–7", "AU12", "[speech]"] in lines
    assert ["S1", "play", "time", "1", "2", "8", "frame"] in lines
    assert "2 doubts on 5 frames in all." in said.out
    assert "ASD" not in said.out
    told = hrm("doubts", "--rater", "Ada", "--participant", "S1", "--json").json
    assert told["doubts"][0] == {
        **{"participant": "S1", "video": "play time 1", "clips": [1, 2], "first_frame": 4, "last_frame": 7},
        **{"action": "AU12", "note": "[speech]"},
    }
    unknown = hrm("doubts", "--participant", "S9")
    assert (unknown.code, unknown.err.count("\n")) == (1, 1)


def test_files_beside_the_labels_are_told_of(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    _code(study)
    out = tmp_path / "out"
    assert "with 2 files beside them" in hrm("export", "hrm-csv", "--out", out, "--notes").out
    again = hrm("import", "hrm-csv", out, "--rater", "Bo", "--dry-run")
    assert "Nothing was written." in again.out
    assert "5 intensities and 5 doubts or notes" in again.out
    fewer = hrm("export", "hrm-csv", "--out", out, "--no-intensity")
    assert fewer.code == 1
    assert "2 such files" in fewer.err
    assert (
        hrm("export", "hrm-csv", "--out", tmp_path / "bare", "--no-intensity", "--json").json["beside"] == []
    )
