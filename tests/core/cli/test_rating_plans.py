"""What a coordinator types: plan a session, follow it, close it, and lift the blinding with a reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from hrm_core.records.rating_plan import TrialKind
from hrm_core.workflows.project import open_project
from hrm_core.workflows.sit_for_rating import open_sitting
from tests.core.cli.conftest import Hrm

POINTS = "Natural;Uncertain;Unnatural"


@pytest.fixture
def coordinated(hrm: Hrm, study: Path) -> Path:
    """The study with a coordinator, and with two clips more of another child."""
    assert hrm("add", "rater", "Cora", "--role", "coordinator").code == 0
    assert hrm("add", "participant", "S2", "--group", "TD").code == 0
    film = next((study / "Origin Videos" / "ASD").rglob("*.mp4"))
    assert hrm("add", "video", "S2", film, "--clip", "0-3", "--clip", "4-7").code == 0
    return study


def _plan(hrm: Hrm, *words: object, name: str = "Round 1") -> object:
    said = hrm(
        "rating", "plan", name, "--judge", "Jo", "--not-blind", "Ada=FACS expert", "--points", POINTS,
        "--mask", "none", "--by", "Cora", "--seed", 5, *words,
    )  # fmt: skip
    assert said.code == 0, said.err
    return said


def _answer(folder: Path, judge: str, trials: int, session: str = "Round 1") -> None:
    with open_sitting(folder, session, judge) as sitting:
        for _ in range(trials):
            trial = sitting.current
            assert trial is not None
            sitting.shown(trial)
            sitting.answer(trial, 3 if trial.expected is None else trial.expected, response_s=0.5)


def test_a_session_is_planned_followed_and_closed(hrm: Hrm, coordinated: Path) -> None:
    assert "hrm rating plan makes one" in hrm("rating", "list").out
    said = _plan(hrm, "--repeats", 1, "--attention-checks", 1)
    assert "Planned 'Round 1': 4 clips, 2 judges, 6 trials for each" in said.out
    _answer(coordinated, "Jo", 6)
    _answer(coordinated, "Ada", 2)
    shown = hrm("rating", "show", "Round 1", "--json")
    assert [(who["name"], who["done"], who["total"], who["finished"]) for who in shown.json["judges"]] == [
        ("Jo", 6, 6, True),
        ("Ada", 2, 6, False),
    ]
    with open_project(coordinated) as project:
        key = project.store.rating_sessions.get("Round 1").sign_key
    words = shown.out + hrm("rating", "show", "Round 1").out + hrm("rating", "list").out
    assert "no: FACS expert" in words
    assert (
        key not in words + hrm("rating", "list", "--json").out + hrm("rating", "log", "Round 1", "--json").out
    )
    # Numbers of answers, and never an answer.
    assert "score" not in shown.out
    assert hrm("rating", "close", "Round 1", "--by", "Cora").code == 0
    assert hrm("rating", "list", "--json").json[0]["state"] == "closed"
    with pytest.raises(ValueError, match="was closed"):
        open_sitting(coordinated, "Round 1", "Ada")
    assert "is closed already" in hrm("rating", "close", "Round 1").err
    assert hrm("rating", "reopen", "Round 1").code == 0
    _answer(coordinated, "Ada", 4)
    assert hrm("rating", "list", "--json").json[0]["state"] == "finished"
    acts = [(entry["what"], entry["actor"]) for entry in hrm("rating", "log", "Round 1", "--json").json]
    assert acts == [("planned", "Cora"), ("prepared", "Cora"), ("closed", "Cora"), ("reopened", "")]


def test_a_dry_run_says_everything_and_writes_nothing(hrm: Hrm, coordinated: Path, tmp_path: Path) -> None:
    listed = tmp_path / "clips.csv"
    lines = ("child,video,number", "S1,play time 1,1", "S2,play time 1,2", "S2,play time 1,1")
    listed.write_text("\n".join(lines), encoding="utf-8")
    before = sorted(coordinated.rglob("*"))
    said = hrm(
        "rating", "plan", "R", "--judge", "Jo", "--clips", listed, "--practice", 1, "--dry-run", "--json"
    )
    assert said.code == 1
    assert len(said.json["clips"]) == 2
    assert len(said.json["practice"]) == 1
    assert said.json["trials_per_judge"] == 3
    assert sorted(entry["frames"] for entry in said.json["withheld"]) == [4, 4, 6]
    (problem,) = said.json["problems"]
    assert "in 3 of 3 clips" in problem
    assert "hrm faces review" in problem
    said = hrm("rating", "plan", "R", "--judge", "Jo", "--allow-withheld", "--dry-run")
    assert said.code == 0
    assert "4 for each judge" in said.out
    assert sorted(coordinated.rglob("*")) == before


def test_what_cannot_be_is_one_sentence(hrm: Hrm, coordinated: Path) -> None:
    for words, code, why in (
        (("--points", "a;a"), 1, "Two points of the scale are called 'a'"),
        (("--points", "a;b", "--scale", "x.toml"), 2, "either --points or --scale"),
        (("--scale", "none.toml"), 1, "There is no file none.toml"),
        (("--not-blind", "Ada"), 2, 'as "NAME=why"'),
        (("--max-replays", "often"), 2, "as a number, or as unlimited"),
        (("--repeats", "9"), 1, "9 of 4 clips cannot be repeated"),
        (("--question", "Is it ASD?"), 1, "would tell judges the group"),
        (("--by", "Nobody"), 1, "No rater named 'Nobody'"),
        (("--speed", "9"), 1, "choose 0.25 to 2"),
        ((), 1, "Uncovered eyes are shown to judges only by somebody who may see them"),
    ):
        said = hrm("rating", "plan", "R", "--judge", "Jo", "--mask", "none", *words)
        assert said.code == code
        assert why in " ".join(said.err.replace("│", " ").split())
        assert not (coordinated / "Rating Clips").exists()


def test_only_a_coordinator_lifts_the_blinding_and_it_is_logged(
    hrm: Hrm, coordinated: Path, tmp_path: Path
) -> None:
    _plan(hrm, "--practice", 1, "--max-replays", "unlimited")
    unblind = ("rating", "unblind", "Round 1")
    assert "Jo has the role judge" in hrm(*unblind, "--judge", "Jo", "--by", "Jo", "--why", "x").err
    assert "No rater named 'Max'" in hrm(*unblind, "--answers", "--by", "Max", "--why", "x").err
    assert "only for a reason" in hrm(*unblind, "--answers", "--by", "Cora", "--why", " ").err
    assert "its judges are: Jo, Ada" in hrm(*unblind, "--judge", "Max", "--by", "Cora", "--why", "x").err
    assert hrm(*unblind, "--by", "Cora", "--why", "x").code == 2
    # Who was refused has left no trace but that nothing happened.
    assert len(hrm("rating", "log", "Round 1", "--json").json) == 2
    assert hrm(*unblind, "--judge", "Jo", "--by", "Cora", "--why", "was told").code == 0
    assert (
        "is not blind in 'Round 1' already"
        in hrm(*unblind, "--judge", "Jo", "--by", "Cora", "--why", "x").err
    )
    (jo, _) = hrm("rating", "show", "Round 1", "--json").json["judges"]
    assert (jo["blind"], jo["why_not_blind"]) == (False, "was told")
    key = tmp_path / "key.csv"
    assert hrm(*unblind, "--answers", "--by", "Cora", "--why", "analysis", "--csv", key).code == 0
    with key.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with open_project(coordinated) as project:
        session = project.store.rating_sessions.get("Round 1")
        clips = {clip.id: clip for clip in project.store.recordings.clips()}
        groups = {recording.id: who.group for who, recording in project.recordings()}
        wanted = [
            (seat.name, t.token, clips[t.clip_id or 0].number, groups[clips[t.clip_id or 0].video_id])
            for seat in session.seats
            for t in project.store.rating_sessions.trials(session.id, seat.judge_id)
            if t.kind is not TrialKind.ATTENTION
        ]
    assert [(row["judge"], row["token"], int(row["clip"]), row["group"]) for row in rows] == wanted
    only = hrm(*unblind, "--answers", "--judge", "Ada", "--by", "Cora", "--why", "again", "--json").json
    assert {row["judge"] for row in only} == {"Ada"}
    details = [entry["detail"] for entry in hrm("rating", "log", "Round 1", "--json").json[2:]]
    assert details == [
        {"judge": "Jo", "why": "was told"},
        {"what": "key of the answers", "why": "analysis"},
        {"what": "key of the answers of Ada", "why": "again"},
    ]


def test_a_script_closes_and_opens_again_and_a_plan_says_what_is_not_translated(
    hrm: Hrm, coordinated: Path
) -> None:
    said = _plan(hrm)
    count = len(POINTS.split(";"))
    assert f"Note: Not translated for zh_CN: {count} of {count} labels; judges read there" in said.err
    for verb, state in (("close", "closed"), ("reopen", "open")):
        done = hrm("rating", verb, "Round 1", "--by", "Cora", "--json")
        assert (done.code, done.json["session"], done.json["state"]) == (0, "Round 1", state)


def test_imported_ratings_are_shown_and_cannot_be_closed(hrm: Hrm, study: Path) -> None:
    with open_project(study) as project:
        project.store.ratings.add_session("Paper", "How atypical?")
    assert hrm("rating", "list", "--json").json[0]["state"] == "imported"
    assert "How atypical?" in hrm("rating", "show", "Paper").out
    assert "were imported" in hrm("rating", "close", "Paper").err
    assert "No rating session 'Other'" in hrm("rating", "show", "Other").err
