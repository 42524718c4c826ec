"""``hrm dataset`` as a person or a script types it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm
from tests.support.builders import random_table


@pytest.fixture
def coded(hrm: Hrm, study: Path) -> Path:
    """A study with nothing to find fault with."""
    assert hrm("add", "neutral", "S1", "--frame", "0").code == 0
    with open_project(study) as project:
        ada = project.store.people.ensure_rater("Ada")
        (film,) = project.store.recordings.of_participant()
        table = random_table(ada.id, film.id, 12)
        project.store.codings.import_tables([table], actor_id=ada.id, reason="test")
    return study


# ---- check ----------------------------------------------------------------------------------


def test_a_clean_study(hrm: Hrm, coded: Path) -> None:
    said = hrm("dataset", "check")
    assert (said.code, said.err) == (0, "")
    assert "Nothing to find fault with: 1 participant, 1 video, 0 pictures." in said.out
    assert "Ada" in said.out
    assert "12 (12–12)" in said.out


def test_notes_and_warnings_do_not_fail(hrm: Hrm, coded: Path) -> None:
    (coded / "Neutral Frames" / "ASD" / "Participant-S1.jpg").unlink()
    said = hrm("dataset", "check", coded)
    assert said.code == 0
    assert "0 errors, 1 warning, 0 notes in " in said.out
    assert "hrm add neutral S1" in said.out


def test_an_error_fails(hrm: Hrm, coded: Path) -> None:
    shutil.rmtree(coded / "Origin Videos" / "ASD" / "Participant-S1")
    said = hrm("dataset", "check")
    assert (said.code, said.err) == (1, "")
    assert "1 error, 0 warnings, 0 notes in 1 participant" in said.out
    said = hrm("dataset", "check", "--json")
    assert said.code == 1
    assert said.json["findings"] == [
        {
            "kind": "file missing",
            "severity": "error",
            "participant": "S1",
            "video": "play time 1",
            "where": "Origin Videos/ASD/Participant-S1/play time 1.mp4",
            "message": "Origin Videos/ASD/Participant-S1/play time 1.mp4 is not there: put it back, look "
            "for it with hrm video find FOLDER, or connect it again "
            "with hrm add video S1 FILE --name 'play time 1' --replace.",
        }
    ]
    assert said.json["segments"] == [
        {
            "participant": "S1",
            "video": "play time 1",
            "rater": "Ada",
            "segments": 1,
            "frames": 12,
            "shortest": 12,
            "median": 12.0,
            "longest": 12,
        }
    ]
    assert said.json["summary"]["errors"] == 1


def test_a_folder_without_project(hrm: Hrm, coded: Path, tmp_path: Path) -> None:
    hrm("export", "hrm-csv", "--out", tmp_path / "release")
    said = hrm("dataset", "check", tmp_path / "release", "--json")
    assert said.code == 0
    assert {entry["kind"] for entry in said.json["findings"]} == {"labels only", "neutral frame missing"}
    assert said.json["summary"]["is_project"] is False
    assert "1 label file" in hrm("dataset", "check", tmp_path / "release").out


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_lines_fit_the_terminal(hrm: Hrm, coded: Path, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    shutil.rmtree(coded / "Origin Videos" / "ASD" / "Participant-S1")
    monkeypatch.setenv("COLUMNS", str(columns))
    for words in (["check"], ["stats"]):
        lines = hrm("dataset", *words).out.splitlines()
        # Sentences are left to the terminal.
        titles = ("Segments:", "Occurrence:", "No picture", "1 error")
        assert max(len(line) for line in lines if not line.startswith(titles)) <= columns


# ---- stats ----------------------------------------------------------------------------------


def test_stats_are_tables_for_people(hrm: Hrm, coded: Path) -> None:
    said = hrm("dataset", "stats", "--every", "6")
    assert (said.code, said.err) == (0, "")
    for words in (
        "1 (1 ASD; 1 F)",
        "4.5–4.5 years, mean 4.50 (1 known)",
        "12 by Ada, 1 segment",
        "1 coder, 0 judges",
        "AU12 Lip Corner Puller",
        "Side codes",
        "Pixels from 0 to 1: 2 pictures of videos, one in 6",
    ):
        assert words in said.out


def test_stats_for_scripts(hrm: Hrm, coded: Path) -> None:
    told = hrm("dataset", "stats", "--json").json
    assert told["dataset"]["participants"] == 1
    assert told["dataset"]["age_years"] == {"n": 1, "low": 4.5, "high": 4.5, "mean": 4.5, "sd": None}
    assert len(told["actions"]) >= 33
    assert set(told["actions"][0]) == {"action", "name", "everybody", "groups", "sides"}
    assert told["pixels"]["stats"]["pictures"] == 2
    assert (told["pixels"]["source"], told["pixels"]["every"]) == ("videos", 10)


def test_stats_of_a_study_without_labels(hrm: Hrm, study: Path) -> None:
    said = hrm("dataset", "stats")
    assert said.code == 0
    assert "Occurrence" not in said.out
    assert hrm("dataset", "stats", "--json").json["rater"] is None


def test_unreadable_pictures_are_named(hrm: Hrm, coded: Path) -> None:
    folder = coded / "Aligned Face" / "ASD" / "Participant-S1"
    folder.mkdir()
    for number in range(7):
        (folder / f"{number}.jpg").write_bytes(b"no picture")
    said = hrm("dataset", "stats")
    assert said.code == 0
    assert said.err.count("Note: not measured: ") == 6
    assert "2 more; --json names all of them" in said.err
    assert "No picture could be measured" in said.out


def test_failures_are_one_line(hrm: Hrm, coded: Path, tmp_path: Path) -> None:
    said = hrm("dataset", "stats", "--rater", "Nobody")
    assert (said.code, said.out) == (1, "")
    assert "'Nobody'" in said.err
    said = hrm("dataset", "check", tmp_path / "gone")
    assert (said.code, said.out) == (1, "")
    assert "neither a project nor a folder with label files" in said.err
    assert hrm("dataset", "stats", "--every", "0").code == 2


@pytest.mark.parametrize("words", [[], ["check"], ["stats"]])
def test_every_command_explains_itself(hrm: Hrm, words: list[str]) -> None:
    said = hrm("dataset", *words, "--help")
    assert said.code == 0
    assert "Usage: " in said.out
