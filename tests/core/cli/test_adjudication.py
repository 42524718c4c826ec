"""``hrm adjudicate`` as it is typed."""

from __future__ import annotations

import csv
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
    log = hrm("adjudicate", "log", *pair, "--json").json
    assert [(entry["actor"], entry["code"], entry["taken_back"]) for entry in log] == [
        ("Cleo", 1, False),
        ("Cleo", 1, True),
    ]
    assert "=seen together" in hrm("adjudicate", "log", *pair).out
    out = tmp_path / "log.csv"
    assert hrm("adjudicate", "log", *pair, "--csv", out).code == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    # A table program takes what begins with "=" for a formula.
    assert [row["reason"] for row in rows] == ["'=seen together", "taken back"]
    assert [row["first_frame"] for row in rows] == ["1", "3"]
    assert hrm("adjudicate", "list", *pair, "--csv", out).code == 0
    assert out.read_text().splitlines()[1].startswith("S1,play time 1,0,0,AU12,1,0,0,")
    assert "ASD" not in said.out + blind.err + out.read_text()


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
