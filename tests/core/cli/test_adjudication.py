"""``hrm adjudicate`` as it is typed."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from hrm_core.records.coding import ActionCode, FrameCoding
from hrm_core.records.people import Role
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm

_WHERE = ("--participant", "S1")


def _code(study: Path) -> None:
    """On frames 0-5 Anna sees a smile that Ben misses on the first four."""
    with open_project(study) as project:
        anna, ben = add_rater(project, "Anna"), add_rater(project, "Ben")
        add_rater(project, "Cleo", Role.ADJUDICATOR)
        film = next(project.recordings("S1"))[1]
        for frame in range(6):
            project.store.codings.save(FrameCoding(anna.id, film.id, frame, (ActionCode("AU12", 1),)))
            codes = () if frame < 4 else (ActionCode("AU12", 1),)
            project.store.codings.save(FrameCoding(ben.id, film.id, frame, codes))


def test_disagreements_are_listed_decided_and_logged(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    _code(study)
    pair = ("Anna", "Ben")
    said = hrm("adjudicate", "list", *pair)
    assert said.code == 0
    lines = [line.split() for line in said.out.splitlines()]
    assert ["S1", "play", "time", "1", "0–3", "AU12", "both", "absent", "open"] in lines
    assert "1 run of disagreement on 4 codes, 1 open." in said.out
    blind = hrm("adjudicate", "list", *pair, "--rater", "Ben")
    assert "AU12" not in blind.out
    assert "6 frames not shown: in clips that Ben has not submitted." in blind.err
    decided = hrm(
        *("adjudicate", "decide", "Ben", "Anna", *_WHERE, "--frames", "1-9", "--action", "au12"),
        *("--code", "1", "--reason", "=seen together", "--rater", "Cleo"),
    )
    assert decided.out.strip() == (
        "Decided 3 frames: AU12 Lip Corner Puller both. 3 frames of the consensus changed."
    )
    assert hrm("adjudicate", "take-agreed", *pair, "--rater", "Cleo").code == 0
    told = hrm("adjudicate", "list", *pair, "--json").json
    assert [(run["first_frame"], run["last_frame"], run["decided"]) for run in told["disagreements"]] == [
        (0, 0, False),
        (1, 3, True),
    ]
    assert told["hidden_frames"] == told["one_not_codable_frames"] == 0
    assert len(hrm("adjudicate", "list", *pair, "--open", "--json").json["disagreements"]) == 1
    status = hrm("adjudicate", "status", *pair, "--json").json
    assert (status["disputed"], status["decided"], status["open"], status["consensus"]) == (4, 3, 1, 5)
    assert hrm("info", "--json").json["coded_frames"][status["consensus_rater"]] == 5
    taken = hrm(
        *("adjudicate", "take-back", *pair, *_WHERE, "--frames", "3", "--action", "AU12", "--rater", "Cleo"),
        "--json",
    ).json
    assert taken == {"taken_back_frames": 1, "consensus_frames_changed": 1}
    assert "(not decided here)" in hrm("adjudicate", "status", *pair).out
    assert hrm("adjudicate", "refresh", *pair, "--rater", "Cleo", "--json").json == {
        "consensus_frames_changed": 0
    }
    out = tmp_path / "list.csv"
    assert hrm("adjudicate", "list", *pair, "--csv", out).code == 0
    assert out.read_text().splitlines()[1].startswith("S1,play time 1,0,0,AU12,1,0,0,")
    assert "ASD" not in said.out + blind.err + out.read_text()


def test_the_log_explains_the_whole_consensus(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    _code(study)
    pair, by = ("Anna", "Ben"), ("--rater", "Cleo")
    where = (*pair, *_WHERE, *by, "--action", "AU12", "--frames")
    hrm("adjudicate", "decide", *where, "1-3", "--code", "1", "--reason", "=seen together")
    hrm("adjudicate", "take-agreed", *pair, *by)
    hrm("adjudicate", "take-back", *where, "3")
    log = hrm("adjudicate", "log", *pair, "--json").json
    told = [
        (entry["what"], entry["first_frame"], entry["last_frame"], entry["code"], entry["taken_back"])
        for entry in log
    ]
    # The frames both agree on are in the consensus as well, and the log says who put them there.
    assert told == [
        ("decision", 1, 3, 1, False),
        ("both agree", 4, 5, None, False),
        ("decision", 3, 3, 1, True),
    ]
    assert {entry["actor"] for entry in log} == {"Cleo"}
    assert all(entry["at"] for entry in log)
    text = hrm("adjudicate", "log", *pair).out
    assert "=seen together" in text
    (row,) = [line.split() for line in text.splitlines() if "taken over" in line]
    assert " ".join(row[2:]) == "Cleo S1 play time 1 4–5 both agree taken over both agree"
    out = tmp_path / "log.csv"
    assert hrm("adjudicate", "log", *pair, "--csv", out).code == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    # A table program takes what begins with "=" for a formula.
    assert [row["reason"] for row in rows] == ["'=seen together", "both agree", "taken back"]
    assert [row["first_frame"] for row in rows] == ["1", "4", "3"]
    assert [(row["what"], row["action"], row["first_code"]) for row in rows[:2]] == [
        ("decision", "AU12", "1"),
        ("both agree", "", ""),
    ]


def test_what_is_wrong_is_said_in_one_line(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    _code(study)
    where = (*_WHERE, "--frames", "0-3", "--action", "AU12")
    by = ("--rater", "Cleo")
    for words in (
        ("decide", "Anna", "Ben", *where, "--code", "1", "--reason", " ", *by),
        ("decide", "Anna", "Ben", *where, "--code", "9", "--reason", "seen", *by),
        ("decide", "Anna", "Ben", *where, "--code", "1", "--reason", "seen", "--rater", "Ben"),
        ("decide", "Anna", "Anna", *where, "--code", "1", "--reason", "seen", *by),
        ("list", "Anna", "Nobody"),
        ("list", "Anna", "Ben", "--video", "no such"),
        ("take-back", "Anna", "Ben", *where, *by),
        ("refresh", "Anna", "Ben", *by),
        ("take-agreed", "Anna", "Ben", "--rater", "Ben"),
        ("log", "Anna", "Ben", "--csv", tmp_path / "play.csv" / "log.csv"),
    ):
        (tmp_path / "play.csv").touch()
        said = hrm("adjudicate", *words)
        assert (said.code, said.err.count("\n")) == (1, 1), words
        assert "Traceback" not in said.err
    assert hrm("adjudicate", "list", "Anna", "Ben", "--action", "AU99").code == 2
    assert hrm("adjudicate", "decide", "Anna", "Ben", *_WHERE, "--frames", "0-1,3", "--action", "AU12",
               "--code", "1", "--reason", "seen", *by).code == 2  # fmt: skip
    assert "Nothing was decided yet" in hrm("adjudicate", "log", "Anna", "Ben").out
    assert "There is no consensus yet." in hrm("adjudicate", "status", "Anna", "Ben").out


def test_frames_that_are_hidden_from_who_decides_are_said_to_be_hidden(hrm: Hrm, study: Path) -> None:
    _code(study)
    words = ("Anna", "Ben", *_WHERE, "--rater", "Ben", "--frames")
    why = "in clips that Ben has not submitted"
    # Frames 4 and 5 are agreed on: who may not see the codes is not told that either.
    for frames, where in (("0-3", "frames 0–3"), ("2-9", "frames 2–5"), ("5", "frame 5")):
        sentence = f"'play time 1', {where}: not shown to Ben ({why}), so somebody else must decide."
        for act in (("decide", "--code", "1", "--reason", "seen"), ("take-back",)):
            said = hrm("adjudicate", act[0], *words, frames, "--action", "AU12", *act[1:])
            assert (said.code, said.err) == (1, f"hrm: Video {sentence}\n")
    said = hrm(*("adjudicate", "decide", *words[:-2], "Cleo", "--frames", "5", "--action", "AU12"),
               "--code", "1", "--reason", "seen")  # fmt: skip
    assert "do not disagree about AU12 in frame 5" in said.err


def test_no_file_is_imported_as_a_consensus(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    _code(study)
    name = "Consensus of Anna and Ben"
    assert hrm("adjudicate", "take-agreed", "Anna", "Ben", "--rater", "Cleo").code == 0
    labels, sheet = tmp_path / "labels", tmp_path / "sheets"
    assert hrm("export", "hrm-csv", "--rater", "Anna", "--out", labels).code == 0
    assert hrm("export", "csv", "--rater", "Anna", "--into", sheet).code == 0
    (own,) = sheet.iterdir()
    before = hrm("info", "--json").json
    for words in (
        ("hrm-csv", labels),
        ("hrm-csv", labels, "--replace"),
        ("hrm-csv", labels, "--dry-run"),
        ("csv", own),
        ("csv", own, "--replace"),
        ("csv", own, "--dry-run"),
    ):
        said = hrm("import", *words, "--rater", name)
        assert (said.code, said.out) == (1, ""), words
        assert said.err == (
            f"hrm: {name} follows from decisions and is never written by hand: use hrm adjudicate decide, or "
            "import under another name.\n"
        )
        assert hrm("info", "--json").json == before
    assert hrm("import", "hrm-csv", labels, "--rater", "Dora").code == 0


def test_nobody_decides_about_eyes_that_are_covered_for_them(hrm: Hrm, study: Path) -> None:
    _code(study)
    with open_project(study) as project:
        cleo = project.store.people.rater("Cleo")
        project.store.people.update_rater(replace(cleo, sees_eyes=False))
        anna, film = project.store.people.rater("Anna"), next(project.recordings("S1"))[1]
        for frame in range(1, 4):
            coding = project.store.codings.get(anna.id, film.id, frame)
            assert coding is not None
            project.store.codings.save(coding.with_code("AU1", 1))
    words = ("adjudicate", "decide", "Anna", "Ben", *_WHERE, "--frames", "1-3", "--code", "1")
    said = hrm(*words, "--action", "AU1", "--reason", "seen", "--rater", "Cleo")
    assert said.code == 1
    assert "Cleo does not see the eyes and cannot decide about AU1" in said.err
    assert hrm(*words, "--action", "AU12", "--reason", "seen", "--rater", "Cleo").code == 0
