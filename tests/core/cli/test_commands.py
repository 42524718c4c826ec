"""The commands as a person or a script types them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hrm_core import __version__
from hrm_core.errors import UserError
from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm
from tests.support.programs import ROOT
from tests.support.store_writer import numbered

_COMMANDS = {
    "init": [],
    "info": [],
    "demo": [],
    "add": ["participant", "rater", "video", "neutral"],
    "set": ["participant"],
    "store": ["verify", "backup", "restore"],
    "import": ["hrm-csv", "hrm-folder"],
    "export": ["hrm-csv"],
    "analyze": ["report"],
}


def _code(study: Path, rater: str = "Ada", frames: int = 4) -> None:
    with open_project(study) as project:
        ada = project.store.people.ensure_rater(rater)
        (film,) = project.store.recordings.of_participant()
        for frame in range(frames):
            project.store.codings.save(numbered(ada.id, film.id, frame))


# ---- help -----------------------------------------------------------------------------


def test_help_lists_every_command(hrm: Hrm) -> None:
    said = hrm("--help")
    assert said.code == 0
    assert all(f" {name} " in said.out for name in _COMMANDS)


@pytest.mark.parametrize(
    "words", [[name, *verb] for name, verbs in _COMMANDS.items() for verb in ([[]] + [[v] for v in verbs])]
)
def test_every_command_explains_itself(hrm: Hrm, words: list[str]) -> None:
    said = hrm(*words, "--help")
    assert said.code == 0
    assert re.search(rf"Usage: .*{' '.join(words)}", said.out)
    assert hrm(*words, "-h").out == said.out


def test_no_words_show_the_help(hrm: Hrm) -> None:
    said = hrm()
    assert "Usage: " in said.out + said.err
    assert said.code in (0, 2)


def test_version(hrm: Hrm) -> None:
    assert hrm("--version").out == f"hrm {__version__}\n"


# ---- the way through --------------------------------------------------------------------


def test_a_study_from_nothing_to_label_files_and_back(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    _code(study)
    assert (
        hrm("add", "rater", "Bo", "--role", "judge", "--sees-groups").out
        == "Bo: judge, sees groups, eyes are masked.\n"
    )
    refused = hrm("add", "rater", "Bo", "--role", "coordinator")
    assert refused.code == 1
    assert "Bo is in this study already, as judge: give the role with hrm set rater Bo --role" in refused.err
    assert hrm("set", "rater", "Bo").code == 2
    assert (
        hrm("set", "rater", "Bo", "--role", "coordinator").out
        == "Bo: coordinator, sees groups, eyes are masked.\n"
    )
    assert hrm("set", "rater", "Bo", "--role", "judge", "--sees-eyes").out.startswith(
        "Bo: judge, sees groups"
    )
    assert hrm("add", "neutral", "S1", "--frame", "3").code == 0
    assert hrm("set", "participant", "S1", "--age", "5").code == 0
    said = hrm("export", "hrm-csv", "--rater", "Ada")
    assert (said.code, said.err) == (0, "")
    assert said.out == f"Wrote 4 frames to 1 file in {study / 'Label'}.\n"
    path = study / "Label" / "ASD" / "Participant-S1.csv"
    assert hrm("import", "hrm-csv", path, "--rater", "Ada").out == (
        "Imported 1 file: 0 frames added, 0 replaced, 4 already the same.\n"
    )
    report = hrm("import", "hrm-csv", path, "--rater", "Copy", "--json").json
    assert (report["files"], report["added"], report["dry_run"]) == (1, 4, False)
    said = hrm("store", "verify")
    assert (said.code, said.out) == (0, "Sound: 8 coded frames, explained by 5 history entries.\n")
    info = hrm("info", "--json").json
    assert info["name"] == "儿童 study 1"
    assert info["coded_frames"] == {"Ada": 4, "Bo": 0, "Copy": 4}
    (child,) = info["participants"]
    assert (child["code"], child["group"], child["sex"], child["age_years"]) == ("S1", "ASD", "F", 5.0)
    assert child["has_neutral"] is True
    assert child["videos"][0] == {
        "name": "play time 1",
        "frames": 12,
        "fps": 25.0,
        "width": 64,
        "height": 48,
        "mirrored": False,
        "clips": [[0, 5], [6, 11]],
    }
    assert {"name": "Bo", "role": "judge", "blind": False, "sees_eyes": True} in info["raters"]


def test_info_is_a_table_for_people(hrm: Hrm, study: Path) -> None:
    said = hrm("info")
    assert said.code == 0
    assert said.err == ""
    assert f"儿童 study 1, {study}" in said.out
    assert "play time 1" in said.out
    assert "S1" in said.out
    # Names of children's folders are no markup of the terminal.
    with open_project(study) as project:
        project.store.people.ensure_rater("[bold]Cy[/red]")
    assert "[bold]Cy[/red]" in hrm("info").out


def test_from_inside_a_folder_of_the_study(hrm: Hrm, study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study / "Label" / "TD")
    assert hrm("info", "--json").json["name"] == "儿童 study 1"
    monkeypatch.chdir(study.parent)
    assert hrm("info", "-p", study).code == 0
    assert hrm("info", "--project", "儿童 study 1").code == 0


def test_backup_and_restore(hrm: Hrm, study: Path) -> None:
    _code(study)
    made = hrm("store", "backup")
    path = Path(made.out.removeprefix("Backed up to ").rstrip(".\n"))
    assert path.is_file()
    assert path.parent == study / "backups"
    assert hrm("store", "backup", "--list").out == f"{path}\n"
    _code(study, "Bo")
    said = hrm("store", "restore", "--yes")
    assert said.code == 0
    assert said.out.startswith(f"Restored {path}.\nThe labels as they were before are in ")
    assert set(hrm("info", "--json").json["coded_frames"]) == {"Ada"}
    assert hrm("store", "restore", path, "--yes").code == 0
    assert hrm("store", "verify", "--json").json == {
        "sound": True,
        "frames": 4,
        "revisions": 4,
        "findings": [],
    }


def test_restore_asks_first(hrm: Hrm, study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hrm("store", "backup")
    hrm("add", "participant", "S2")
    command = [sys.executable, "-m", "hrm_core.cli.main", "store", "restore", "-p", str(study)]
    done = subprocess.run(command, input="n\n", capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1
    assert "Replace all labels of 儿童 study 1" in done.stdout
    assert len(hrm("info", "--json").json["participants"]) == 2


@pytest.mark.parametrize("what", ["gone", "damaged"])
def test_lost_labels_come_back_by_the_command_that_the_message_names(
    hrm: Hrm, study: Path, what: str
) -> None:
    _code(study)
    hrm("store", "backup")
    labels = study / "labels.sqlite"
    if what == "gone":
        labels.unlink()
    else:
        labels.write_bytes(b"x" * labels.stat().st_size)
    said = hrm("info")
    assert said.code == 1
    assert "hrm store restore" in said.err
    assert hrm("store", "restore", "--yes").code == 0
    assert hrm("store", "verify").out.startswith("Sound: 4 coded frames")


def test_tampering_ends_verify_with_1(hrm: Hrm, study: Path) -> None:
    import sqlite3
    from contextlib import closing

    _code(study)
    with closing(sqlite3.connect(study / "labels.sqlite")) as file, file:
        file.execute("UPDATE frame_coding SET comment = 'x' WHERE frame = 2")
    said = hrm("store", "verify")
    assert said.code == 1
    assert "Frame 2 of rater 1 on video 1 holds labels that its history does not explain." in said.out
    assert "go back with hrm store restore" in said.out
    said = hrm("store", "verify", "--json")
    assert said.code == 1
    assert said.json["sound"] is False
    assert len(said.json["findings"]) == 1


def test_a_dry_run_says_so(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    _code(study)
    hrm("export", "hrm-csv", "--out", tmp_path / "out dir")
    path = tmp_path / "out dir" / "ASD" / "Participant-S1.csv"
    shutil.copy(path, tmp_path / "S9.csv")
    said = hrm("import", "hrm-csv", tmp_path / "S9.csv", "--rater", "Bo", "--create", "--dry-run")
    assert said.out == (
        "Nothing was written. It would be: 1 file: 4 frames added, 0 replaced, 0 already the same; "
        "new participants: S9.\n"
    )
    report = hrm("export", "hrm-csv", "--out", tmp_path / "out dir", "--json").json
    assert report == {
        **{"files": [str(path)], "frames": 4, "left_out": 0, "carried": 0, "unseen": []},
        "machine_touched": 0,
        "beside": [],
    }


# ---- failures -----------------------------------------------------------------------------


def test_failures_are_one_line_with_file_and_remedy(
    hrm: Hrm, study: Path, film: Path, tmp_path: Path
) -> None:
    torn, text, csv7 = tmp_path / "torn one.mp4", tmp_path / "文本.mp4", tmp_path / "S1.csv"
    torn.write_bytes(film.read_bytes()[:-400])
    text.write_text("not a video at all", encoding="utf-8")
    _code(study)
    hrm("export", "hrm-csv", "--out", tmp_path)
    lines = (tmp_path / "ASD" / "Participant-S1.csv").read_text(encoding="utf-8").splitlines()
    csv7.write_text("\n".join([lines[0], "1,7" + lines[1][3:]]), encoding="utf-8")
    notes = tmp_path / "notes.csv"
    notes.write_text("Dear all", encoding="utf-8")
    for words, *fragments in (
        (["add", "video", "S1", torn, "--name", "b"], str(torn), "cut off"),
        (["add", "video", "S1", text, "--name", "b"], str(text), "not a video"),
        (["add", "video", "S1", tmp_path / "gone.mp4"], "gone.mp4", "no file"),
        (["add", "video", "S7", film], "'S7'", "hrm add participant S7"),
        (["add", "video", "S1", film], "play time 1", "--name", "--replace"),
        (["add", "video", "S1", film, "--name", "../evil"], "../evil", "use letters"),
        (["add", "participant", "S12TD"], "S12TD", "choose a name without it"),
        (["add", "participant", "S1"], "S1", "already"),
        (["set", "participant", "S8", "--age", "3"], "'S8'"),
        (["add", "neutral", "S1", "--frame", "99"], "no frame 99", "0 to 11"),
        (["import", "hrm-csv", csv7, "--rater", "Ada"], str(csv7), "row 2, column AU1: 7 is not a code"),
        (["import", "hrm-csv", notes, "--rater", "Ada"], str(notes), "row 1", "remove it"),
        (["import", "hrm-csv", tmp_path / "none.csv", "--rater", "A"], "none.csv", "check its name"),
        (["export", "hrm-csv", "--rater", "Nobody"], "'Nobody'", "Ada"),
        (["export", "hrm-csv", "--out", csv7], str(csv7), "--out"),
        (["store", "restore", tmp_path / "x.sqlite", "--yes"], "x.sqlite", "--list"),
        (["init", study], str(study), "choose another folder"),
        (["info", "-p", tmp_path / "nowhere"], str(tmp_path / "nowhere"), "hrm init"),
    ):
        said = hrm(*words)
        assert said.code == 1, words
        assert said.out == "", words
        assert said.err.startswith("hrm: "), words
        assert len(said.err.splitlines()) == 1, words
        assert all(fragment in said.err for fragment in fragments), (words, said.err)
    assert hrm("store", "verify").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["add", "participant"],
        ["add", "participant", "S2", "--sex", "x"],
        ["add", "participant", "S2", "--age", "four"],
        ["add", "video", "S1", "x.mp4", "--clip", "5"],
        ["add", "video", "S1", "x.mp4", "--clip", "a-b"],
        ["import", "hrm-csv", "x.csv"],
        ["export", "hrm-csv", "--wrong"],
        ["demo"],
        ["demo", "x", "--contact-sheet", "y.png"],
    ],
)
def test_wrong_use_ends_with_2(hrm: Hrm, study: Path, words: list[str]) -> None:
    said = hrm(*words)
    assert (said.code, said.out) == (2, "")
    assert "Usage: " in said.err


def test_outside_of_a_study(hrm: Hrm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (["info"], ["store", "verify"], ["store", "restore", "--yes"], ["add", "participant", "S1"]):
        said = hrm(*words)
        assert said.code == 1
        assert said.err == (
            f"hrm: {tmp_path} is not in a project: go to a project folder, name one with --project, "
            "or make one with hrm init.\n"
        )
    assert list(tmp_path.iterdir()) == []


def test_a_newer_study_is_refused(hrm: Hrm, study: Path) -> None:
    path = study / "hrm-project.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("format = 1", "format = 2"), encoding="utf-8")
    said = hrm("info")
    assert said.code == 1
    assert "update the program; nothing was changed" in said.err
    assert len(said.err.splitlines()) == 1


def test_messages_of_several_lines_are_folded(hrm: Hrm, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise UserError("First\n  second  third.")

    monkeypatch.setattr("hrm_core.cli.main.app", fail)
    assert hrm("info").err == "hrm: First second third.\n"


def test_the_installed_command(tmp_path: Path) -> None:
    """The entry point itself, with its exit codes."""
    command = shutil.which("hrm", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("the package is not installed here")
    for words, code in ((["--version"], 0), (["info"], 1), (["nonsense"], 2)):
        done = subprocess.run([command, *words], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == code
        assert "Traceback" not in done.stderr
