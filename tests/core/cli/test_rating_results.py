"""``hrm rating results`` and ``hrm rating labels`` as they are typed."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from hrm_core.records.people import Role
from hrm_core.records.rating_plan import PlannedJudge
from hrm_core.workflows.project import create_project
from tests.core.cli.conftest import Hrm
from tests.support.builders import random_table
from tests.support.rated_sessions import add_children, answer, plan


@pytest.fixture
def rated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study with a session of two judges, in whose folder we are."""
    folder = tmp_path / "研究 1"
    with create_project(folder) as project:
        clips = add_children(project, 4, 3)
        coder = project.store.people.ensure_rater("Ada")
        project.store.people.ensure_rater("Cora", Role.COORDINATOR)
        for video in {clip.video_id for clip in clips}:
            tables = [random_table(coder.id, video, 18, seed=video)]
            project.store.codings.import_tables(tables, actor_id=coder.id, reason="test")
        judges = [PlannedJudge("Ann"), PlannedJudge("Bo", blind=False, why_not_blind="coded the children")]
        session = plan(project, "Spring [1]", clips, judges, repeats=3)
        scores = np.column_stack([np.arange(12) % 5 + 1.0, (np.arange(12) + 1) % 5 + 1.0])
        scores[11, 1] = np.nan
        answer(project, session, scores, response_s=1.5)
    monkeypatch.chdir(folder)
    return folder


def test_the_summary_names_no_child(hrm: Hrm, rated: Path) -> None:
    refused = hrm("rating", "results", "Spring [1]", "--replicates", 20)
    assert (refused.code, refused.out, refused.err.count("\n")) == (1, "", 1)
    assert (
        "Bo has not finished: wait, close the session with hrm rating close, or say --unfinished"
        in refused.err
    )
    report = hrm("rating", "report", "Spring [1]", "--out", "Ratings")
    assert (report.code, report.err) == (1, refused.err)
    assert not Path("Ratings").exists()
    said = hrm("rating", "results", "Spring [1]", "--replicates", 20, "--unfinished")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Spring [1]: 12 of 12 clips rated, of 4 children, on 5 points.")
    assert "Agreement of all judges (Ann, Bo), on 11 clips of 4 children" in said.out
    assert "Note: Bo has not finished: 1 of 12 clips still to rate." in said.out
    assert "Note: Bo was not blind (coded the children)." in said.out
    for word in ("S1", "play 1", "ASD", "TD"):
        assert word not in said.out


def test_json_holds_the_same_and_the_table_every_answer(hrm: Hrm, rated: Path, tmp_path: Path) -> None:
    wanted = ("--replicates", 0, "--json", "--csv", tmp_path / "a.csv", "--unfinished")
    said = hrm("rating", "results", "Spring [1]", *wanted)
    found = said.json
    assert [judge["rated"] for judge in found["judges"]] == [12, 11]
    assert found["agreements"][0]["icc_single_children"]["low"] is None
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        *("clip", "judge", "score", "second_score", "position", "response_s", "replays"),
        *("mean", "mean_blind"),
    ]
    assert len(rows) == 23
    # Ann alone is blind.
    given = {(row["clip"], row["judge"]): float(row["score"]) for row in rows}
    for row in rows:
        of_clip = [given[row["clip"], name] for name in ("Ann", "Bo") if (row["clip"], name) in given]
        assert float(row["mean"]) == sum(of_clip) / len(of_clip)
        assert float(row["mean_blind"]) == given[row["clip"], "Ann"]
    assert {(clip["mean"], clip["mean_blind"]) for clip in found["clips"]} == {
        (float(row["mean"]), float(row["mean_blind"])) for row in rows
    }
    by_clip = {
        (clip["number"], at): score for clip in found["clips"] for at, score in enumerate(clip["scores"])
    }
    for row in rows:
        assert by_clip[int(row["clip"]), ["Ann", "Bo"].index(row["judge"])] == int(row["score"])


def test_children_only_for_a_coordinator(hrm: Hrm, rated: Path, tmp_path: Path) -> None:
    asked = ("rating", "results", "Spring [1]", "--replicates", 0, "--unfinished", "--with-children")
    assert hrm(*asked).code == 2
    refused = hrm(*asked, "--csv", tmp_path / "a.csv", "--by", "Ada", "--why", "curious")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "only a coordinator" in refused.err
    assert not (tmp_path / "a.csv").exists()
    assert hrm(*asked, "--csv", tmp_path / "a.csv", "--by", "Cora", "--why", "paper").code == 0
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        assert {row["participant"] for row in csv.DictReader(file)} == {"S1", "S2", "S3", "S4"}
    assert "Cora joined answers to children" in hrm(*asked[:-1]).out


def test_label_files(hrm: Hrm, rated: Path, tmp_path: Path) -> None:
    said = hrm("rating", "labels", "Spring [1]", "--into", tmp_path / "out", "--by", "Cora", "--why", "paper")
    assert said.code == 0
    assert said.err == (
        "Note: Abnormal-avg is the mean of all judges, also of those who were not blind (Bo); "
        "the mean of the blind ones is that of Abnormal-Ann.\n"
    )
    assert (
        "48 frames of 12 rated clips, 2 judges; Abnormal-avg is the mean of all of them, not of the"
        in said.out
    )
    assert sorted(path.name for path in (tmp_path / "out").rglob("*.csv")) == [
        f"Participant-S{number}.csv" for number in range(1, 5)
    ]
    again = hrm(
        "rating", "labels", "Spring [1]", "--into", tmp_path / "out", "--by", "Cora", "--why", "paper"
    )
    assert (again.code, again.err.count("\n")) == (1, 1)
    assert "is not empty" in again.err


@pytest.mark.parametrize("verb", ["results", "labels"])
def test_a_session_that_is_not_there(hrm: Hrm, rated: Path, tmp_path: Path, verb: str) -> None:
    more = ("--into", tmp_path / "out", "--by", "Cora", "--why", "x") if verb == "labels" else ()
    said = hrm("rating", verb, "Autumn", *more)
    assert said.code == 1
    assert "there are: 'Spring [1]'" in said.err
