"""``hrm reliability``: which codings are compared, by hand-counted numbers, and what it refuses."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.recording import ExclusionReason
from hrm_core.workflows.agreement_sources import source_named, source_text, sources
from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm
from tests.support.builders import random_table
from tests.support.tool_files import openface_row, pyfeat_row, real_file, write_rows

Codes = Mapping[int, Mapping[str, int]]

_ONE, _NONE = {"AU12": 1}, dict[str, int]()
_ADA: Codes = {0: _ONE, 1: _ONE, 2: _ONE, 3: _NONE, 4: _NONE, 5: _NONE}
_BEN: Codes = {0: {"AU12": 2}, 1: _ONE, 2: _NONE, 3: _NONE, 4: _NONE, 5: _ONE}


def _code(folder: Path, rater: str, frames: Codes, state: CodingState = CodingState.CODED) -> None:
    with open_project(folder) as project:
        who = project.store.people.ensure_rater(rater)
        (film,) = project.store.recordings.of_participant()
        for frame, codes in frames.items():
            there = project.store.codings.get(who.id, film.id, frame)
            coding = FrameCoding(who.id, film.id, frame, revision=there.revision if there else None)
            for key, code in codes.items():
                coding = coding.with_code(key, code)
            project.store.codings.save(replace(coding, state=state))


def _refused(hrm: Hrm, *words: object) -> str:
    """The one sentence with which a command ends."""
    said = hrm("reliability", *words)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("hrm: ")
    assert len(said.err.splitlines()) == 1
    assert "ASD" not in said.err
    return said.err.removeprefix("hrm: ")


def _row(hrm: Hrm, *words: object) -> dict[str, object]:
    """What is said of one action."""
    (found,) = hrm("reliability", "show", *words, "--replicates", 0, "--json").json["actions"]
    return dict(found)


def _lines(name: str) -> list[dict[str, str]]:
    return [*csv.DictReader(Path(name).read_text(encoding="utf-8").splitlines())]


def _openface(folder: Path, name: str = "of.csv", frames: int = 12, **changes: object) -> Path:
    """OpenFace's word on the film: AU1 in its first three frames."""
    rows = [openface_row(n + 1, AU01_c=int(n < 3), **changes) for n in range(frames)]
    return write_rows(folder / name, rows)


def test_numbers_are_those_that_are_counted_by_hand(hrm: Hrm, study: Path) -> None:
    _code(study, "Ada", _ADA)
    _code(study, "Ben", _BEN)
    row = _row(hrm, "Ada", "Ben", "--action", "AU12")
    counts = [row[name] for name in ("frames", "both", "first_only", "second_only", "neither")]
    assert counts == [6, 2, 1, 1, 2]
    assert [row[name] for name in ("first_events", "second_events")] == [1, 2]
    # 2 cov / (var + var) = 2 (2 - 6/4) / (3/2 + 3/2); kappa = (4/6 - 1/2) / (1/2); 2*2 / (3 + 3).
    values = {name: row[name]["value"] for name in ("icc", "kappa", "positive", "f1")}  # type: ignore[index]
    assert values == pytest.approx({"icc": 1 / 3, "kappa": 1 / 3, "positive": 2 / 3, "f1": 2 / 3})
    assert row["sides"] == [[2, 1, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0], *[[0] * 6] * 4]
    # Without names: the two who have coded.
    told = hrm("reliability", "show")
    assert (told.code, told.err) == (0, "")
    assert "A = Ada (reference), B = Ben: 6 frames that both coded, of 1 child in 1 segment." in told.out
    assert " .333 " in told.out
    assert "n/a" in told.out
    runs = hrm("reliability", "disagreements", "--json").json
    places = [(one["first_frame"], one["last_frame"], one["first_code"], one["second_code"]) for one in runs]
    assert places == [(0, 0, 1, 2), (2, 2, 1, 0), (5, 5, 0, 1)]
    listed = hrm("reliability", "disagreements", "--action", "AU12", "--csv", "runs.csv").out
    assert "left" in listed
    assert [line["second_code"] for line in _lines("runs.csv")] == ["2", "0", "1"]
    assert hrm("reliability", "show", "--csv", "all.csv").code == 0
    lines = {line["action"]: line for line in _lines("all.csv")}
    assert float(lines["AU12"]["icc"]) == pytest.approx(1 / 3)
    assert (lines["AU4"]["icc"], bool(lines["AU4"]["icc_why"])) == ("", True)


def test_what_is_not_compared_is_counted_with_its_reason(hrm: Hrm, study: Path) -> None:
    _code(study, "Ada", dict.fromkeys(range(12), _ONE))
    _code(study, "Ben", dict.fromkeys((0, 1, 6, 7), _ONE))
    _code(study, "Ben", {2: _ONE}, CodingState.CARRIED)
    _code(study, "Ben", {3: _NONE}, CodingState.NOT_CODABLE)
    with open_project(study) as project:
        clips = project.store.recordings.clips()
        project.store.clips.exclude(clips[1].id, ExclusionReason.POSE, "", None)
        ben = project.store.people.rater("Ben")
        project.store.people.update_rater(replace(ben, sees_eyes=False))
    found = hrm("reliability", "show", "--json").json
    assert found["frames"] == 2
    dropped = {entry["why"]: entry["frames"] for entry in found["dropped"]}
    assert dropped.pop("in a clip that is excluded") == 2
    assert dropped == {
        "not coded by Ben": 2,
        "in a clip that is excluded; not coded by Ben": 4,
        "carried by Ben and never confirmed": 1,
        "not codable by Ben": 1,
    }
    rows = {entry["action"]: entry for entry in found["actions"]}
    assert rows["AU4"]["why"] == "Ben does not see the eyes"
    assert rows["AU4"]["icc"]["value"] is None
    assert rows["AU12"]["why"] == ""
    assert "Ben does not see the eyes" in hrm("reliability", "show").out


def test_a_clip_that_is_in_no_file_any_more_leaves_nothing_out(hrm: Hrm, study: Path) -> None:
    for rater in ("Ada", "Ben"):
        _code(study, rater, dict.fromkeys(range(12), _ONE))
    with open_project(study) as project:
        clips = project.store.recordings.clips()
        project.store.clips.exclude(clips[0].id, ExclusionReason.NOT_IN_FILE, "frames 0-5 of another", None)
    # Its numbers were those of another file: frames that have them now have nothing to do with it.
    found = hrm("reliability", "show", "--json").json
    assert (found["frames"], found["dropped"]) == (12, [])
    with open_project(study) as project:
        project.store.clips.exclude(clips[1].id, ExclusionReason.POSE, "", None)
    assert hrm("reliability", "show", "--json").json["frames"] == 12 - len(clips[1])


def test_a_rater_is_compared_with_what_the_rater_said_that_day(hrm: Hrm, study: Path) -> None:
    day = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
    for at, frames in ((day, _ADA), (day + timedelta(seconds=2), {0: _NONE, 5: {"AU12": 3}})):
        with patch("hrm_core.store.frames.now", lambda at=at: at.isoformat(timespec="microseconds")):
            _code(study, "Ada", frames)
    row = _row(hrm, "Ada", "Ada@2026-01-31", "--action", "AU12")
    assert [row[name] for name in ("both", "first_only", "second_only", "neither")] == [2, 1, 1, 2]
    found = hrm("reliability", "show", "Ada@2026-01-31", "Ada", "--json").json
    assert found["first"]["label"] == "Ada, 31 Jan 2026"
    assert [entry["label"] for entry in found["drift"]] == ["2026-01", "2026-02"]
    assert _row(hrm, "Ada@2026-01-31T23:59:59", "Ada@2026-02-01T00:00:00", "--action", "AU12")["both"] == 3
    assert "Ada had coded nothing by then (Ada, 30 Jan 2026)" in _refused(
        hrm, "show", "Ada", "Ada@2026-01-30"
    )
    assert "'yesterday' is no day: write it as Ada@2026-01-31" in _refused(
        hrm, "show", "Ada", "Ada@yesterday"
    )
    assert "lies in the future" in _refused(hrm, "show", "Ada", "Ada@2999-01-01")
    assert "No rater named 'Bo' in this project; there are: Ada" in _refused(
        hrm, "show", "Ada", "Bo@2026-01-31"
    )


def test_openface_is_compared_where_it_found_a_face(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    _code(study, "Ada", {frame: ({"AU1": 2} if frame < 4 else _NONE) for frame in range(8)})
    assert "No OpenFace file was imported in this study" in _refused(hrm, "show", "Ada", "openface")
    assert "hrm import openface FILE --participant CODE" in _refused(hrm, "show", "Ada", "OpenFace")
    rows = [openface_row(n + 1, AU01_c=int(n < 3)) for n in range(7)]
    rows[5] |= {"success": 0}
    rows[6] |= {"confidence": 0.3}
    file = write_rows(tmp_path / "of.csv", rows)
    assert hrm("import", "openface", file, "--participant", "S1").code == 0
    assert "openface" in hrm("reliability", "sources").out
    found = hrm("reliability", "show", "Ada", "openface", "--json").json
    rows_by_action = {entry["action"]: entry for entry in found["actions"]}
    one = rows_by_action["AU1"]
    assert [one[name] for name in ("both", "first_only", "second_only", "neither")] == [3, 1, 0, 1]
    assert (one["sides"], one["side_agreement"]["why"]) == ([], "OpenFace tells no sides")
    assert {entry["why"]: entry["frames"] for entry in found["dropped"]} == {
        "no face of the child found by OpenFace (or confidence below 0.5)": 2,
        "not coded by OpenFace": 1,
    }
    assert rows_by_action["AU8"]["why"] == "OpenFace does not have it"
    # A program never calls a frame not codable: that is neither agreement nor disagreement.
    assert found["visibility"]["why"] == "OpenFace makes no such call"
    assert any("end at frame 6, 5 frames before the recording does" in words for words in found["warnings"])
    # Sides that a program does not tell are no disagreement.
    (run,) = hrm("reliability", "disagreements", "Ada", "openface", "--json").json
    assert (run["first_frame"], run["first_code"], run["second_code"]) == (3, 1, 0)
    assert "OpenFace says itself" in _refused(hrm, "show", "Ada", "openface:0.4")


def test_numbers_that_are_none_are_named_with_their_row(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    _code(study, "Ada", dict.fromkeys(range(12), _NONE))
    rows = [openface_row(n + 1) for n in range(12)]
    rows[4] |= {"AU01_c": ""}
    file = write_rows(tmp_path / "of.csv", rows)
    assert hrm("import", "openface", file, "--participant", "S1").code == 0
    said = _refused(hrm, "show", "Ada", "openface")
    assert "video 'play time 1' of participant S1, row 6, column AU01_c: the cell is empty" in said
    rows[4] |= {"AU01_c": 2}
    file = write_rows(tmp_path / "of.csv", rows)
    assert hrm("import", "openface", file, "--participant", "S1", "--again").code == 0
    assert "row 6, column AU01_c: 2 is no presence" in _refused(hrm, "show", "Ada", "openface")
    bare = [{name: value for name, value in row.items() if not name.endswith("_c")} for row in rows]
    file = write_rows(tmp_path / "of.csv", bare)
    assert hrm("import", "openface", file, "--participant", "S1", "--again").code == 0
    assert "hold no presence (columns such as AU01_c)" in _refused(hrm, "show", "Ada", "openface")


def test_pyfeat_is_present_from_the_threshold_on(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    _code(study, "Ada", {frame: ({"AU1": 1} if frame < 6 else _NONE) for frame in range(12)})
    rows = [pyfeat_row(n, AU01=round(1 - n / 11, 4)) for n in range(12)]
    file = write_rows(tmp_path / "pf.csv", rows)
    assert hrm("import", "pyfeat", file, "--participant", "S1").code == 0
    for text, present in (
        ("pyfeat", 6),
        ("pyfeat:0.5", 6),
        ("py-feat:0.9", 2),
        ("pyfeat:0", 12),
        ("pyfeat:1", 1),
    ):
        row = _row(hrm, "Ada", text, "--action", "AU1")
        assert row["both"] + row["second_only"] == present  # type: ignore[operator]
    # The study's AU43 is one of its actions; 26 alone is not AU2X.
    assert _row(hrm, "Ada", "pyfeat", "--action", "AU43")["why"] == ""
    why = _row(hrm, "Ada", "pyfeat", "--action", "AU2X")["why"]
    assert why == "Py-Feat does not have it; it has AU26 (Jaw Drop) alone"
    for text in ("pyfeat:1.5", "pyfeat:-0.1", "pyfeat:nan", "pyfeat:half", "pyfeat:"):
        assert "a threshold is a probability from 0 to 1" in _refused(hrm, "show", "Ada", text)
    assert _row(hrm, "pyfeat", "pyfeat:0.9", "--action", "AU1")["first_only"] == 4


def test_an_import_about_another_file_of_the_recording_is_refused(
    hrm: Hrm, study: Path, tmp_path: Path
) -> None:
    _code(study, "Ada", _ADA)
    assert hrm("import", "openface", _openface(tmp_path), "--participant", "S1").code == 0
    longer = _openface(tmp_path, "longer.csv", 13)
    assert (
        "frames of video 'play time 1'"
        in hrm("import", "openface", longer, "--participant", "S1", "--again").err
    )
    with closing(sqlite3.connect(study / "labels.sqlite")) as store, store:
        store.execute("UPDATE video SET frame_count = 14")
    assert "belong to another file of the recording" in _refused(hrm, "show", "Ada", "openface")


def test_a_model_run_counts_where_it_judged_everything(hrm: Hrm, study: Path) -> None:
    _code(study, "Ada", {frame: ({"AU12": 1} if frame < 2 else _NONE) for frame in range(6)})
    assert "there are: none yet" in _refused(hrm, "show", "Ada", "run:3")
    with closing(sqlite3.connect(study / "labels.sqlite")) as store, store:
        store.execute("INSERT INTO model_run (id, model, started_at) VALUES (3, 'emofan', '2026-01-01')")
        (video,) = store.execute("SELECT id FROM video").fetchone()
        rows = [(3, video, frame, "AU12", 0.9 - frame / 10) for frame in range(6)]
        rows += [(3, video, frame, "AU4", 0.1) for frame in range(5)]
        store.executemany(
            "INSERT INTO suggestion (run_id, video_id, frame, action, probability) VALUES (?, ?, ?, ?, ?)",
            rows,
        )
    row = _row(hrm, "Ada", "run:3", "--action", "AU12")
    assert [row[name] for name in ("both", "first_only", "second_only", "neither")] == [2, 0, 3, 0]
    assert _row(hrm, "Ada", "run:3:0.8", "--action", "AU12")["second_only"] == 0
    found = hrm("reliability", "show", "Ada", "run:3", "--json").json
    assert found["second"]["label"] == "emofan, run 3"
    assert [entry["why"] for entry in found["dropped"]] == ["not every action judged by emofan, run 3"]
    assert "emofan, run 3 does not have it" in {entry["why"] for entry in found["actions"]}
    assert "there are: run:3 (emofan)" in _refused(hrm, "show", "Ada", "run:4")
    assert "'run:three' names no model run" in _refused(hrm, "show", "Ada", "run:three")
    # A rater may be called so, and comes first.
    _code(study, "run:3", {0: _NONE})
    with open_project(study) as project:
        assert source_named(project, "run:3").kind.value == "rater"
        every = sources(project)
        assert [source_named(project, source_text(source)) for source in every[:-1]] == every[:-1]
        for text in ("Ada@2026-01-31", "Ada@2026-01-31T14:30", "pyfeat:0.25", "run:3:0.125"):
            named = source_named(project, text)
            assert source_named(project, source_text(named)) == named


def test_bad_input_is_one_sentence(hrm: Hrm, study: Path) -> None:
    assert "nobody has coded in this study" in _refused(hrm, "show")
    _code(study, "Ada", {0: _ONE, 1: _ONE})
    assert "only Ada has coded in this study" in _refused(hrm, "show")
    assert "Say what Ada is compared with" in _refused(hrm, "show", "Ada")
    assert "No rater named 'Bo' in this project; there are: Ada." in _refused(hrm, "show", "Ada", "Bo")
    assert "Ada cannot be compared with Ada" in _refused(hrm, "show", "Ada", "Ada")
    assert hrm("add", "rater", "Ben").code == 0
    assert "Ben has coded nothing: choose another rater" in _refused(hrm, "show", "Ada", "Ben")
    _code(study, "Ben", {3: _ONE, 5: _NONE, 6: _NONE})
    said = _refused(hrm, "disagreements", "Ada", "Ben")
    assert "have no frame in common: Ada coded frames 0–1 of 'play time 1' of participant S1;" in said
    assert "Ben coded frames 3, 5–6 of 'play time 1' of participant S1." in said
    assert "No video named 'x'" in _refused(hrm, "show", "Ada", "Ben", "--video", "x")
    assert "does not code 'AU99'" in _refused(hrm, "show", "Ada", "Ben", "--action", "AU99")
    assert "does not code 'AU99'" in _refused(hrm, "disagreements", "Ada", "Ben", "--action", "AU99")
    _code(study, "Cleo", {0: _ONE})
    assert "Say which two are compared; frames were coded by Ada, Ben, Cleo" in _refused(hrm, "show")
    _code(study, "Ben", {0: _ONE})
    assert "cannot be written" in _refused(hrm, "show", "Ada", "Ben", "--csv", "labels.sqlite/x.csv")
    assert hrm("reliability", "show", "Ada", "Ben", "--level", "1.5").code == 2
    assert "has coded nothing of participant S2" in _no_codes_of_another_child(hrm)


def _no_codes_of_another_child(hrm: Hrm) -> str:
    assert hrm("add", "participant", "S2", "--group", "TD").code == 0
    with open_project(Path.cwd()) as project:
        (film,) = project.store.recordings.of_participant()
        other = project.store.people.participant("S2")
        project.store.recordings.add(replace(film, id=0, participant_id=other.id, path=None))
    return _refused(hrm, "show", "Ada", "Ben", "--participant", "S2")


def test_the_real_file_of_openface_is_compared_with_a_synthetic_coding(hrm: Hrm, study: Path) -> None:
    file, film = real_file("OpenFace_Test.csv"), real_file("WolfgangLanger_Pexels.mp4")
    assert hrm("add", "participant", "7").code == 0
    assert hrm("add", "video", "7", film).code == 0
    assert hrm("import", "openface", file, "--participant", "7", "--accept-times").code == 0
    with open_project(study) as project:
        ada = project.store.people.ensure_rater("Ada")
        (_, recording), *_ = project.recordings("7")
        project.store.codings.import_tables(
            [random_table(ada.id, recording.id, 200)], actor_id=ada.id, reason="made up"
        )
    found = hrm("reliability", "show", "Ada", "openface", "--replicates", 50, "--json").json
    with file.open(encoding="utf-8") as text:
        rows = [{name.strip(): cell.strip() for name, cell in row.items()} for row in csv.DictReader(text)]
    faces = [row for row in rows if row["success"] == "1" and float(row["confidence"]) >= 0.5]
    codes = random_table(1, 1, 200).codes
    at = np.array([int(row["frame"]) - 1 for row in faces])
    assert found["frames"] == len(faces)
    for place, (key, column) in {8: ("AU9", "AU09_c"), 10: ("AU12", "AU12_c")}.items():
        mine, theirs = codes[at, place] > 0, np.array([row[column] == "1" for row in faces])
        (entry,) = [row for row in found["actions"] if row["action"] == key]
        assert entry["both"] == int((mine & theirs).sum())
        assert entry["first_only"] == int((mine & ~theirs).sum())
    judged = {entry["action"] for entry in found["actions"] if not entry["why"]}
    expected = {f"AU{number}" for number in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 28)}
    assert judged == expected


def test_a_report_compares_raters_with_one_another_and_with_each_program(
    hrm: Hrm, study: Path, tmp_path: Path
) -> None:
    _code(study, "Ada", _ADA)
    _code(study, "Ben", _BEN)
    assert hrm("import", "openface", _openface(tmp_path), "--participant", "S1").code == 0
    words = ("reliability", "report", "Ada", "Ben", "openface", "--out", tmp_path / "out", "--replicates", 20)
    made = hrm(*words, "--format", "csv", "--json").json
    assert made["pairs"] == [["Ada", "Ben"], ["Ada", "OpenFace"], ["Ben", "OpenFace"]]
    assert all(Path(file).stat().st_size for file in made["files"])
    with patch("hrm_core.cli.reliability.make_report", side_effect=AssertionError("measured for nothing")):
        assert "is there already" in _refused(hrm, *words[1:], "--format", "csv")
        assert "in the way" in _refused(hrm, *words[1:5], "--out", made["files"][0], "--format", "csv")
    assert hrm(*words, "--format", "csv", "--replace").code == 0
    assert "cannot be compared with Ada" in _refused(
        hrm, "report", "Ada", "Ben", "Ada", "--out", tmp_path / "x"
    )
    assert not (tmp_path / "x").exists()


def test_one_resample_is_refused_in_a_sentence(hrm: Hrm, study: Path) -> None:
    _code(study, "Ada", _ADA)
    _code(study, "Ben", _BEN)
    for words in (("show", "Ada", "Ben"), ("report", "Ada", "Ben", "--out", "report")):
        said = hrm("reliability", *words, "--replicates", 1)
        assert (said.code, said.out) == (2, "")
        assert "1 resample gives no interval" in said.err
        assert "Traceback" not in said.err
    assert not Path("report").exists()
    for number in (0, 2):
        assert hrm("reliability", "show", "Ada", "Ben", "--replicates", number).code == 0


def test_a_pair_with_nothing_in_common_stops_no_other(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    _code(study, "Ada", _ADA)
    _code(study, "Ben", _BEN)
    _code(study, "Cleo", {8: _ONE, 9: _NONE})
    made = hrm("reliability", "report", "Cleo", "Ada", "Ben", "--out", tmp_path, "--replicates", 0,
               "--format", "csv", "--json")  # fmt: skip
    assert made.json["pairs"] == [["Ada", "Ben"]]
    assert [text.partition(":")[0] for text in made.json["left_out"]] == [
        "Cleo and Ada could not be compared",
        "Cleo and Ben could not be compared",
    ]
    assert "Cleo coded frames 8–9 of" in made.json["left_out"][0]
    assert [line for line in made.err.splitlines() if line.startswith("Note: ")] == [
        f"Note: {text}" for text in made.json["left_out"]
    ]
    rows = _lines(str(tmp_path / "reliability-tables" / "pairs_left_out.csv"))
    assert [row["why"] for row in rows] == made.json["left_out"]
    assert [row["pair"] for row in _lines(str(tmp_path / "reliability-tables" / "pairs.csv"))] == [
        "Ada – Ben"
    ]
    alone = _refused(hrm, "report", "Cleo", "Ada", "--out", tmp_path / "y", "--format", "csv")
    assert alone.startswith("Cleo and Ada have no frame in common")
    assert not (tmp_path / "y").exists()
