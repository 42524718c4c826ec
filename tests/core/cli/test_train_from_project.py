"""``hrm train au --from-project`` keeps a model that the other commands know by its name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hrm_core.models.train.run_folder import FOLDER
from tests.core.cli.conftest import Hrm
from tests.support.kept_networks import tiny_resnet
from tests.support.training_study import ACTIONS, coded_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two children."""
    return coded_study(tmp_path_factory.mktemp("studies") / "study", participants=2)


@pytest.fixture
def words(study: Path) -> Iterator[tuple[object, ...]]:
    """What begins each command; a small network is trained."""
    with tiny_resnet():
        yield ("train", "au", "--from-project", "--project", study, "--device", "cpu")


HOW = ("--network", "resnet50", "--preset", "smoke", "--actions", ACTIONS)


@pytest.mark.slow
def test_what_is_kept_is_listed_described_run_and_removed(
    hrm: Hrm, words: tuple[object, ...], study: Path
) -> None:
    said = hrm(*words, *HOW, "--name", "first", "--epochs", "2")
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert "All participants, epoch 2:" in said.out
    assert sum(line.startswith("Fold 1, epoch") for line in lines) == 2
    assert lines[-1] == (
        "A network that learned from all participants is kept as study-resnet50-v1. Next: hrm prelabel "
        "--model study-resnet50-v1"
    )
    again = hrm(*words, "--warm-start", "study-resnet50-v1", "--name", "second", "--epochs", "1", "--json")
    assert again.code == 0, again.err
    assert json.loads(again.out)["kept"] == "study-resnet50-v2"

    listed = {view["name"]: view for view in json.loads(hrm("models", "list", "--json").out)}
    assert listed["study-resnet50-v2"]["state"] == "there"
    assert listed["study-resnet50-v2"]["trained"]
    assert "study-resnet50-v2" in hrm("models", "list").out
    told = " ".join(hrm("models", "describe", "study-resnet50-v2", "--no-speed").out.split())
    assert "2 of study-resnet50" in told
    assert "this network learned from all 2" in told
    assert "less each picture's own mean" in told
    described = json.loads(hrm("models", "describe", "study-resnet50-v2", "--no-speed", "--json").out)
    assert described["card"]["lineage"]["run"] == "second"
    # The first version knows both children, of whom one is held out in each fold.
    assert described["card"]["lineage"]["began_from"] == ""

    predicted = hrm("predict", "--model", "study-resnet50-v2", "--project", study, "--device", "cpu")
    assert predicted.code == 0, predicted.err
    assert len(list((study / "AU Predictions").rglob("*.parquet"))) == 2
    refused = hrm("models", "add", "study-resnet50-v2", "--weights", study / "hrm-project.toml")
    assert "trained on this computer" in refused.err
    assert "is deleted" in hrm("models", "remove", "study-resnet50-v2").out
    assert hrm("models", "describe", "study-resnet50-v2", "--no-speed").code == 1


def test_a_dry_run_says_what_would_be_trained(hrm: Hrm, words: tuple[object, ...], study: Path) -> None:
    before = sorted((study / FOLDER).glob("*"))
    said = hrm(*words, *HOW, "--dry-run", "--json")
    assert said.code == 0, said.err
    plan = json.loads(said.out)
    assert plan["config"]["options"]["keep"] is True
    assert plan["config"]["options"]["machine_touched"] is False
    assert sorted(plan["data"]["folds"]) == [["1"], ["2"]]
    assert sorted((study / FOLDER).glob("*")) == before


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ((*HOW, "--only-fold", "1"), "--only-fold"),
        ((*HOW, "--early-stop", "2"), "--early-stop"),
        (("--warm-start", "resnet50", "--network", "resnet50"), "--network"),
        (("--warm-start", "resnet50", "--begin-from", "none"), "--begin-from"),
        ((), "--warm-start CARD"),
        (("--resume", "first"), "it goes on as it began"),
        (("--warm-start", "nobody"), "There is no model 'nobody'"),
        (("--warm-start", "resnet50"), "no checkpoint of it is on this computer"),
    ],
)
def test_what_does_not_go_together_is_refused(
    hrm: Hrm, words: tuple[object, ...], given: tuple[str, ...], complaint: str
) -> None:
    said = hrm(*words, *given)
    assert said.code != 0
    assert complaint in " ".join(said.err.split())
    assert "Traceback" not in said.err


@pytest.mark.usefixtures("words")
def test_what_a_network_said_is_learned_only_where_that_is_asked_for(hrm: Hrm, study: Path) -> None:
    for words, learned in (((), False), (("--machine-touched",), True)):
        said = hrm("train", "au", *HOW, "--folds", "2", *words, "--project", study, "--dry-run", "--json")
        assert said.code == 0, said.err
        assert json.loads(said.out)["config"]["options"]["machine_touched"] is learned


def test_a_warm_start_is_for_what_is_kept(hrm: Hrm, study: Path) -> None:
    said = hrm("train", "au", "--warm-start", "resnet50", "--project", study)
    assert said.code == 2
    assert "--from-project" in said.err
