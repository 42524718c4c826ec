"""``hrm rating report``: what it writes of imported ratings, and what it refuses."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from hrm_core.records.people import Role
from hrm_core.records.rating import Rating
from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm

_SCORES = {"Ana": (1, 4), "Bo": (2, 5)}


@pytest.fixture
def rated(study: Path) -> Path:
    """Two judges' answers to the two clips of the study's child."""
    with open_project(study) as project:
        (film,) = project.store.recordings.of_participant()
        clips = project.store.recordings.clips(film.id)
        session = project.store.ratings.add_session("First round", "How atypical?")
        for name, scores in _SCORES.items():
            judge = project.store.people.ensure_rater(name, Role.JUDGE)
            answers = [
                Rating(judge.id, clip.id, score, at)
                for at, (clip, score) in enumerate(zip(clips, scores, strict=True))
            ]
            project.store.ratings.add(session, answers)
    return study


def test_the_report_of_a_session_names_no_child_and_no_group(hrm: Hrm, rated: Path) -> None:
    said = hrm("rating", "report", "First round", "--out", "out", "--replicates", 50, "--json")
    assert said.code == 0
    written = [Path(name) for name in said.json["files"]]
    assert {path.name for path in Path("out").iterdir()} == {
        "rating.html",
        "rating.pdf",
        "rating.tex",
        "rating.xlsx",
        "rating-tables",
    }
    rows = [*csv.DictReader(Path("out/rating-tables/clips.csv").read_text(encoding="utf-8").splitlines())]
    answers = sorted((int(row["judge Ana"]), int(row["judge Bo"])) for row in rows)
    assert answers == [(1, 2), (4, 5)]
    for path in written:
        if path.suffix in (".html", ".tex", ".csv"):
            text = path.read_text(encoding="utf-8")
            assert not any(word in text for word in ("ASD", "TD", "S1", "play time", rated.parent.name)), path
    assert said.json["judges"] == ["Ana", "Bo"]
    again = hrm("rating", "report", "First round", "--out", "out")
    assert (again.code, again.out) == (1, "")
    assert "is there already" in again.err


def test_an_unknown_session_leaves_nothing_behind(hrm: Hrm, rated: Path) -> None:
    said = hrm("rating", "report", "Second round", "--out", "out")
    assert (said.code, said.out) == (1, "")
    assert "First round" in said.err
    assert not Path("out").exists()
    assert hrm("rating", "report", "First round", "--replicates", 1).code == 2
