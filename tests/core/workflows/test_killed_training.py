"""A run whose process was killed goes on with the very losses it would have had."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hrm_core.exchange.held_out import read_held_out
from hrm_core.models.train.run_folder import FOLDER, open_run
from tests.support.training_process import SMALL_NETWORK, train_here
from tests.support.training_study import ACTIONS, coded_study

_NETWORKS = ["resnet50", "me_graphau_edge", "mae_face"]
# FMAE and FMAE-IAT are larger than MAE-Face and of its parts but for the identity head; six minutes more.
if os.environ.get("HRM_EVERYTHING"):
    _NETWORKS += ["emofan", "fmae", "fmae_iat"]


def killed_after(steps: int, study: Path, network: str, name: str) -> None:
    """Train in another process, and kill it when it has taken so many steps."""
    command = [sys.executable, "-m", "tests.support.training_process", str(study), network, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = 0
        for _ in process.stdout:
            told += 1
            if told == steps:
                process.kill()
                break
        assert told == steps
        process.wait()


def curves(study: Path, name: str) -> list[dict[str, str]]:
    with (study / FOLDER / name / "curves.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def check_killed_and_resumed(study: Path, network: str, steps: int) -> None:
    whole = train_here(study, network, "whole")
    killed_after(steps, study, network, "killed")
    assert open_run(study / FOLDER, "killed")[0].state == "stopped"
    (left,) = (study / FOLDER / "killed").glob("*/last.ckpt")
    (left.parent / ".last-of-a-killed-write.part").touch()
    again = train_here(study, network, "killed")
    assert curves(study, "killed") == curves(study, "whole")
    first, second = (read_held_out(report.folder / "held-out.parquet") for report in (whole, again))
    assert first.said.tobytes() == second.said.tobytes()
    assert not list(left.parent.glob(".*"))
    # Gigabytes, of the largest networks.
    shutil.rmtree(study)


@pytest.mark.slow
def test_a_killed_run_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    # In the second epoch of the second fold.
    check_killed_and_resumed(coded_study(tmp_path / "study"), SMALL_NETWORK, 18)


@pytest.mark.slow
@pytest.mark.parametrize("network", _NETWORKS)
def test_every_network_completes_an_epoch_and_goes_on_after_being_killed(
    tmp_path: Path, network: str
) -> None:
    # In the second of three steps, so that the checkpoint of the first is there.
    check_killed_and_resumed(coded_study(tmp_path / "study"), network, 2)


@pytest.mark.slow
def test_two_processes_of_torchrun_train_one_network(tmp_path: Path) -> None:
    study = coded_study(tmp_path / "study")
    script = tmp_path / "two.py"
    script.write_text(
        "from hrm_core.cli.main import run\n"
        "from tests.support.training_study import small_network\n"
        "with small_network():\n"
        "    run()\n"
    )
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", script]
    words = ["train", "au", "-p", study, "--network", "resnet50", "--preset", "smoke", "--actions", ACTIONS]
    ran = subprocess.run(
        [*map(str, command), *map(str, words), "--devices", "2", "--device", "cpu", "--name", "two"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    # One process speaks and writes for both.
    assert ran.stdout.count("Run two, on 2 x CPU, 32-true, from random weights.") == 1
    assert len(curves(study, "two")) == 9
    assert {row["pictures"] for row in curves(study, "two")} == {"48"}
    said = read_held_out(study / FOLDER / "two" / "held-out.parquet")
    assert len(said.frames) == 72
    # The cache lies in the order of the frames: a mix-up of the two processes' shares would show.
    hits = ((said.said >= 0.5) == (said.truth == 1)).mean()
    assert hits > 0.8
