"""What is typed about runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hrm_core.errors import UserError
from hrm_core.models.train.run_folder import FOLDER, new_run
from tests.core.cli.conftest import Hrm


def _train(
    study: Path, name: str, *, rate: float = 0.1, f1: float = 0.5, fingerprint: str = "a1", first: str = "S1"
) -> None:
    """A run as ``hrm train au`` leaves it."""
    with new_run(study / FOLDER, "au", "resnet50", "smoke", name=name, synthetic=True) as run:
        run.write_json("config", {"recipe": {"learning_rate": rate, "epochs": 2}})
        run.write_json("environment", {"device": "cpu", "libraries": {"torch": "2.0"}})
        run.write_json("data", {"rater": "Ada", "codes_fingerprint": fingerprint})
        others = [each for each in ("S1", "S2", "S3") if each != first]
        run.write_rows(
            "splits.csv",
            [
                {"participant": first, "fold": 1},
                *({"participant": each, "fold": 2} for each in others),
            ],
        )
        run.write_rows(
            "curves.csv",
            [
                {"fold": fold, "epoch": epoch, "loss": 1 / epoch, "seconds": 2.0}
                for fold in (1, 2)
                for epoch in (1, 2, 4)
            ],
        )
        folds = [{"fold": fold, "f1": {"AU1": f1, "AU12": None}, "epochs": 2} for fold in (1, 2)]
        run.write_json("metrics", {"folds": folds, "mean_f1": f1})
        run.set_state(state="finished", headline={"mean_f1": f1}, seconds=3725.0)


def test_nothing_was_trained_yet(hrm: Hrm, study: Path) -> None:
    assert "Nothing was trained in this study yet" in hrm("runs", "list").out
    assert hrm("runs", "list", "--json").json == {"runs": [], "problems": []}
    said = hrm("runs", "show", "mine")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "There is no run 'mine'" in said.err


def test_names_of_runs_are_whole_in_eighty_columns(
    hrm: Hrm, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    name = "au-me_graphau_edge-upstream-1"
    _train(study, name, f1=0.81234)
    assert any(line.startswith(f"{name} ") for line in hrm("runs", "list").out.splitlines())


def test_runs_are_listed_with_their_figures(hrm: Hrm, study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    _train(study, "mine", f1=0.81234)
    with pytest.raises(UserError), new_run(study / FOLDER, "atypicality", "gru", "hrm", name="lost"):
        raise UserError("There is one participant.")
    (study / FOLDER / "bad").mkdir()
    (study / FOLDER / "bad" / "run.json").write_text("{")

    said = hrm("runs", "list")

    assert said.code == 0
    mine = said.out[said.out.index("mine") :]
    for word in ("au", "resnet50", "smoke", "finished, synthetic", "1 h 02 min", "mean_f1 0.8123"):
        assert word in mine
    assert "Note: lost failed: There is one participant." in said.err
    assert "bad" in said.err
    listed = hrm("runs", "list", "--json").json
    assert {run["name"]: run["state"] for run in listed["runs"]} == {"mine": "finished", "lost": "failed"}
    assert len(listed["problems"]) == 1


def test_a_run_is_shown_with_folds_curves_and_files(hrm: Hrm, study: Path) -> None:
    _train(study, "mine")

    said = hrm("runs", "show", "mine")

    assert said.code == 0
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    for line in (
        "mine: au, resnet50, preset smoke; finished. Its data are synthetic.",
        "recipe.learning_rate 0.1",
        "libraries.torch 2.0",
        "2 S2, S3",
        "by fold fold 1 fold 2",
        "f1.AU1 0.5 0.5",
        "f1.AU12 – –",
        "fold 1 loss █▃▁ 1 0.25 3",
    ):
        assert line in lines
    assert not any("seconds" in line for line in lines if line.startswith("fold 1"))
    assert any(line.startswith("metrics.json ") for line in lines)
    shown = hrm("runs", "show", "mine", "--json").json
    assert shown["splits"] == {"1": ["S1"], "2": ["S2", "S3"]}
    assert shown["metrics"] == {"mean_f1": 0.5}
    assert shown["folds"][1]["f1.AU1"] == 0.5
    assert shown["curves"][0] == {
        "of": {"fold": "1"},
        "name": "loss",
        "at": [1, 2, 4],
        "values": [1, 0.5, 0.25],
    }


def test_a_run_that_did_not_come_far_is_shown(hrm: Hrm, study: Path) -> None:
    with new_run(study / FOLDER, "au", "resnet50", "smoke", name="early"):
        pass

    assert hrm("runs", "show", "early").code == 0
    assert hrm("runs", "compare", "early", "early").code == 2


def test_runs_on_the_same_data_are_compared(hrm: Hrm, study: Path) -> None:
    _train(study, "slow", rate=0.1, f1=0.5)
    _train(study, "fast", rate=0.2, f1=0.75)

    said = hrm("runs", "compare", "slow", "fast")

    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert "recipe.learning_rate 0.1 0.2" in lines
    assert "mean_f1 0.5 0.75" in lines
    assert "What they learned from: nothing differs." in lines
    assert not any("recipe.epochs" in line for line in lines)
    assert "hrm evaluate au slow fast tests whether they differ." in lines
    assert said.err == ""
    found = hrm("runs", "compare", "slow", "fast", "--json").json
    assert found["config"] == [{"key": "recipe.learning_rate", "values": [0.1, 0.2]}]
    assert found["warnings"] == []


def test_runs_that_cannot_be_compared_say_so(hrm: Hrm, study: Path) -> None:
    _train(study, "one")
    _train(study, "two", fingerprint="b2")
    _train(study, "three", first="S3")
    with pytest.raises(UserError), new_run(study / FOLDER, "atypicality", "gru", "hrm", name="four"):
        raise UserError("There is one participant.")

    assert "codes_fingerprint differ" in hrm("runs", "compare", "one", "two").err
    assert "held out different participants" in hrm("runs", "compare", "one", "three").err
    said = hrm("runs", "compare", "one", "four")
    assert "learned different things" in said.err
    assert "Not finished: four." in said.err
    assert "hrm evaluate" not in said.out


def test_a_run_of_one_fold_is_not_set_beside_one_of_all(hrm: Hrm, study: Path) -> None:
    _train(study, "whole")
    _train(study, "part")
    path = study / FOLDER / "part" / "metrics.json"
    metrics = json.loads(path.read_text())
    path.write_text(json.dumps({**metrics, "folds": metrics["folds"][:1]}))

    assert hrm("runs", "compare", "whole", "part").err == (
        "Note: Not all of these runs were tested on the same folds: their means cannot be compared.\n"
    )


def test_names_are_those_of_runs(hrm: Hrm, study: Path) -> None:
    _train(study, "one")

    assert "there are one." in hrm("runs", "compare", "one", "two").err
    assert "cannot be called '../one'" in hrm("runs", "show", "../one").err
    assert hrm("runs", "compare", "one").code == 2
