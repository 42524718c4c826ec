"""``hrm train au`` tells what it trains, how it goes on, and what came of it."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hrm_core.models import libraries
from hrm_core.models.train import loop
from hrm_core.models.train.run_folder import FOLDER
from tests.core.cli.conftest import Hrm
from tests.support.training_study import ACTIONS, coded_study, small_network


@pytest.fixture(scope="module")
def trained_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six children; each test names its run otherwise."""
    return coded_study(tmp_path_factory.mktemp("studies") / "study")


@pytest.fixture
def words(trained_study: Path) -> Iterator[tuple[object, ...]]:
    """What begins each command; a small network is trained."""
    with small_network():
        yield ("train", "au", "--project", trained_study, "--device", "cpu")


HOW = ("--network", "resnet50", "--preset", "smoke", "--actions", ACTIONS)


def test_a_run_is_told_from_table_to_result(
    hrm: Hrm, words: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("something was to be sent")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    said = hrm(*words, *HOW, "--name", "told")
    assert said.code == 0
    assert said.err == "Note: 6 coded frames without an aligned face left out.\n"
    lines = said.out.splitlines()
    assert lines[0] == "Frames that show an action, and which share of all that do"
    assert [line.split()[0] for line in lines[2:6]] == ["AU1", "AU12", "AU25", "participants"]
    table = [[int(cell) for cell in line.split()[1::3]] for line in lines[2:5]]
    assert all(min(row) > 0 for row in table)
    assert lines[6] == (
        "resnet50, preset smoke: 72 frames of 6 participants, coded by Ada; 3 actions, 3 epochs."
    )
    assert lines[7] == "Run told, on CPU, 32-true, from random weights."
    assert [line.split(":")[0] for line in lines[8:12]] == [
        "Fold 1, epoch 1",
        "Fold 1, epoch 2",
        "Fold 1, epoch 3",
        lines[11].split(":")[0],
    ]
    assert lines[11].startswith("Fold 1, children not seen before (")
    assert lines[-2].startswith("Mean over 3 folds of children not seen before: F1 ")
    assert lines[-1].endswith("Next: hrm evaluate au told")


def test_a_dry_run_writes_nothing(hrm: Hrm, words: tuple[object, ...], trained_study: Path) -> None:
    before = sorted(trained_study.rglob("*"))
    said = hrm(*words, *HOW, "--dry-run")
    assert "It would begin from random weights. Nothing was written." in said.out
    plain = hrm(*words, *HOW, "--epochs", 7, "--dry-run", "--json").json
    assert (plain["config"]["recipe"]["epochs"], plain["data"]["frames"]) == (7, 72)
    assert sorted(trained_study.rglob("*")) == before


def test_ctrl_c_then_resume(hrm: Hrm, words: tuple[object, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    one_step, steps = loop._Training._one_step, []

    def interrupted(self: Any, *batch: Any) -> Any:
        steps.append(1)
        if len(steps) == 4:
            os.kill(os.getpid(), signal.SIGINT)
        return one_step(self, *batch)

    with monkeypatch.context() as patch:
        patch.setattr(loop._Training, "_one_step", interrupted)
        said = hrm(*words, *HOW, "--only-fold", 1, "--name", "stopped")
    assert (said.code, len(steps)) == (1, 4)
    assert said.err.splitlines()[-1] == "hrm: Stopped: go on with hrm train au --resume stopped."
    refused = hrm(*words, "--resume", "stopped", "--epochs", 3)
    assert (refused.code, "it goes on as it began" in refused.err) == (2, True)
    report = hrm(*words, "--resume", "stopped", "--json")
    assert report.code == 0
    assert [fold["epochs"] for fold in report.json["folds"]] == [3]
    assert report.json["folder"].endswith(f"{FOLDER}/stopped")


def test_what_is_missing_is_one_line(
    hrm: Hrm, words: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = hrm(*words)
    assert (said.code, "--network" in said.err) == (2, True)
    said = hrm(*words, "--network", "resnet50", "--preset", "smoke", "--actions", "AU1", "--folds", 9)
    assert said.code == 1
    assert said.err.startswith("hrm: 9 folds by person need at least 9 persons")
    found = libraries.find_spec
    monkeypatch.setattr(libraries, "find_spec", lambda name: None if name == "kornia" else found(name))
    said = hrm(*words, *HOW, "--name", "lacking")
    assert said.code == 1
    assert said.err.splitlines()[-1] == (
        "hrm: Training needs kornia, which is not installed: pip install 'hrm-annotator[train]'."
    )
