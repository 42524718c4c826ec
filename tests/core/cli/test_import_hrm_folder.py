"""``hrm import hrm-folder``: what is typed, what is said, how it ends."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from hrm_core.workflows import import_hrm_folder as workflow
from tests.core.cli.conftest import Hrm
from tests.support.hrm_folders import make_release, write_labels


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return make_release(tmp_path / "release").folder


def test_a_folder_becomes_a_project_that_exports_it_again(hrm: Hrm, release: Path, tmp_path: Path) -> None:
    new = tmp_path / "my study"
    said = hrm("import", "hrm-folder", release, "--into", new, "--rater", "Expert A")
    assert said.code == 0, said.err
    assert said.out.splitlines() == [
        "S3 (ASD): recording: 8 labelled frames in 2 clips from Label/ASD/S3.csv, 8 pictures from frames/S3; "
        "neutral face: natural/S3.jpg",
        "7 (ASD): play time: 18 labelled frames in 3 clips from Label/ASD/Participant-7.csv, 18 pictures "
        "from Convert Frames/ASD/Participant-7/play time; neutral face: natural/S7.jpg",
        "S12 (TD): recording: 4 labelled frames in 1 clip from Label/TD/S12TD.csv, 4 pictures from "
        "frames/S12TD; neutral face: natural/S12TD.jpg",
        "Imported 3 participants: 30 labelled frames in 6 clips, 30 pictures, 30 ratings of 5 judges. Open "
        f"the project with: hrm-annotator {new}",
    ]
    assert all(line.startswith("Note: ") for line in said.err.splitlines())
    assert hrm("store", "verify", "-p", new).code == 0
    assert hrm("export", "hrm-csv", "-p", new).out.startswith("Wrote 30 frames to 3 files")
    info = hrm("info", "-p", new, "--json").json
    assert [child["has_neutral"] for child in info["participants"]] == [True] * 3


def test_a_dry_run_and_json(hrm: Hrm, release: Path, tmp_path: Path) -> None:
    words = ("import", "hrm-folder", release, "--into", tmp_path / "new", "--rater", "A", "--dry-run")
    said = hrm(*words)
    assert said.out.splitlines()[-1] == (
        "Nothing was written. It would be: 3 participants: 30 labelled frames in 6 clips, 30 pictures, "
        "30 ratings of 5 judges."
    )
    report = hrm(*words, "--json").json
    assert (report["dry_run"], report["judges"]) == (True, ["J1", "J2", "J3", "J4", "J5"])
    assert report["participants"][1]["videos"] == [
        {
            "name": "play time",
            "called": "play time",
            "labels": "Label/ASD/Participant-7.csv",
            "frames": 18,
            "segments": 3,
            "folders": ["Convert Frames/ASD/Participant-7/play time"],
            "pictures": 18,
            "without_picture": 0,
            "without_labels": 0,
        }
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_what_is_missing_is_said(hrm: Hrm, tmp_path: Path) -> None:
    write_labels(tmp_path / "in/S7.csv", [(1, 2, ())], asd=1, judges=(), average=False, shuffled=False)
    said = hrm("import", "hrm-folder", tmp_path / "in", "--into", tmp_path / "new", "--rater", "A")
    assert said.out.splitlines() == [
        "S7 (ASD): recording: 2 labelled frames in 1 clip from S7.csv, no pictures; neutral face: none",
        "Imported 1 participant: 2 labelled frames in 1 clip, 0 pictures. Open the project with: "
        f"hrm-annotator {tmp_path / 'new'}",
    ]
    assert "Note: Without a picture, but taken: 2 labelled frames (S7: 2).\n" in said.err


def test_au0_may_contradict_on_request(hrm: Hrm, tmp_path: Path) -> None:
    path = write_labels(tmp_path / "in/S7.csv", [(1, 1, ())], asd=1, judges=(), average=False)
    header = path.read_text(encoding="utf-8").splitlines()[0]
    path.write_text(f"{header}\n1,1" + ",0" * 34 + ",1,1\n", encoding="utf-8")
    words = ("import", "hrm-folder", tmp_path / "in", "--into", tmp_path / "new", "--rater", "A")
    said = hrm(*words)
    assert (said.code, said.out) == (1, "")
    assert "--ignore-au0" in said.err
    assert hrm(*words, "--ignore-au0").code == 0


def test_failures_are_one_line_and_leave_nothing(
    hrm: Hrm, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "new"
    empty = tmp_path / "empty"
    empty.mkdir()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(workflow.os, "link", full)
    for source, into, *fragments in (
        (tmp_path / "gone", new, "gone", "name the one that holds labels"),
        (empty, new, str(empty), "name the folder above S7.csv"),
        (release, release, str(release), "name a folder elsewhere"),
        (empty, tmp_path, str(tmp_path), "not empty"),
        (release, new, str(new), "No space left on device", "free some space"),
    ):
        said = hrm("import", "hrm-folder", source, "--into", into, "--rater", "A")
        assert said.code == 1, source
        assert said.out == ""
        assert said.err.startswith("hrm: ")
        assert len(said.err.splitlines()) == 1
        assert all(fragment in said.err for fragment in fragments), said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "release"]


@pytest.mark.parametrize("words", ["", "--rater A", "--into x", "--into x --rater A --fps 0"])
def test_wrong_use_ends_with_2(hrm: Hrm, release: Path, words: str) -> None:
    said = hrm("import", "hrm-folder", release, *words.split())
    assert (said.code, said.out) == (2, "")
    assert "Usage: " in said.err
