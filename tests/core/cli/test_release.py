"""``hrm release``: look first, then pack; what is missing is said in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hrm_core.config import PROJECT_FILE
from hrm_core.records.recording import Recording
from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm, hrm
from tests.support.builders import table

__all__ = ["hrm"]


def _coded(hrm: Hrm, folder: Path) -> None:
    """Three children of whom one consents to nothing."""
    hrm("init", folder, "--name", "Games")
    for code, consent in (("S1", "share"), ("S2", "share"), ("S3", "keep")):
        hrm("add", "participant", code, "--group", "ASD", "--age", "6", "--consent", consent, "-p", folder)
    with open_project(folder) as project:
        rater = project.store.people.ensure_rater("Ada")
        codes = np.zeros((2, 35), np.uint8)
        for who in project.participants():
            recording = project.store.recordings.add(Recording(0, who.id, "play", frame_count=2))
            project.store.codings.import_tables(
                [table(rater.id, recording.id, range(2), codes)], actor_id=rater.id, reason=""
            )


def _write(folder: Path, **lines: str) -> None:
    path = folder / PROJECT_FILE
    text = path.read_text()
    for name, value in lines.items():
        at = text.index(f"\n{name} = ", text.index("[release]"))
        text = f"{text[:at]}\n{name} = {value}{text[text.index(chr(10), at + 1) :]}"
    path.write_text(text)


def test_look_then_pack(hrm: Hrm, tmp_path: Path) -> None:
    study, out = tmp_path / "study", tmp_path / "out.zip"
    _coded(hrm, study)
    said = hrm("release", "--out", out, "-p", study)
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "licence" in said.err
    _write(study, licence='"CC0-1.0"')
    said = hrm("release", "--dry-run", "-p", study)
    assert said.code == 1
    assert '"keep" (1), "share" (2)' in said.err
    _write(study, consent_labels='["share"]', smallest_cell="2")
    said = hrm("release", "--dry-run", "-p", study)
    assert said.code == 0
    assert "1 child left out: the consent 'keep' does not allow it." in said.err
    assert "2 children, 4 coded frames of Ada." in said.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study"]
    assert not (study / "release-codes.csv").exists()
    plan = hrm("release", "--dry-run", "--json", "-p", study).json
    assert plan["cells"] == [{"group": "ASD", "sex": "not told", "age": "6", "children": 2}]
    said = hrm("release", "--out", out, "-p", study, "--json")
    assert said.code == 0
    assert said.json["files"] == 11
    assert out.is_file()
    assert hrm("release", "--out", out, "-p", study).code == 1
    assert hrm("release", "--out", out, "-p", study, "--replace").code == 0


def test_a_place_or_a_look_must_be_asked_for(hrm: Hrm, tmp_path: Path) -> None:
    assert hrm("release").code == 2
    assert hrm("release", "--dry-run", "--out", tmp_path / "x").code == 2


def test_a_consent_is_noted_and_corrected(hrm: Hrm, tmp_path: Path) -> None:
    hrm("init", tmp_path / "s")
    hrm("add", "participant", "S1", "--consent", " share ", "-p", tmp_path / "s")
    hrm("set", "participant", "S1", "--age", "7", "-p", tmp_path / "s")
    with open_project(tmp_path / "s") as project:
        assert project.store.people.participant("S1").consent == "share"
    hrm("set", "participant", "S1", "--consent", "", "-p", tmp_path / "s")
    with open_project(tmp_path / "s") as project:
        assert project.store.people.participant("S1").consent == ""
