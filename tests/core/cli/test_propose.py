"""``hrm propose`` answers scripts and people, and writes nothing."""

from __future__ import annotations

from pathlib import Path

from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm
from tests.support.drawn_smile import SMILE, keep_faces, smiling_child, smiling_study


def test_an_extent_is_proposed(hrm: Hrm, tmp_path: Path) -> None:
    child = smiling_child()
    study = smiling_study(tmp_path / "study", child, draw=False)
    words = ("propose", "extent", "1", "--action", "au12", "--apex", SMILE[1], "--by", "AB", "-p", study)
    said = hrm(*words)
    assert (said.code, said.out) == (1, "")
    assert "look for them with hrm extract faces" in said.err
    with open_project(study) as project:
        # A long gap: JSON has no NaN.
        keep_faces(project, child, lambda n, face: None if 60 <= n < 68 else face)
    found = hrm(*words, "--json").json
    assert abs(found["onset"] - SMILE[0]) <= 2
    assert abs(found["offset"] - SMILE[2]) <= 2
    assert (found["method"], found["onset_end"], found["is_clear"]) == ("landmarks", "fell", True)
    assert None in found["values"]
    told = hrm(*words)
    assert told.out.startswith(f"AU12: onset {found['onset']}, apex {SMILE[1]}, offset {found['offset']}.\n")
    assert "compared with the neutral face" in told.out
