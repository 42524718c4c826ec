"""``hrm prelabel report``: a summary in the terminal, JSON for scripts, a report, or why it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hrm_core.cli.prelabel_report import report
from hrm_core.errors import NotFoundError
from tests.support.assisted_coding import assisted_study

APP = typer.Typer()
APP.command("report")(report)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic study of two children whom Ada coded, one of them beside a model; nobody changes it."""
    folder = tmp_path_factory.mktemp("synthetic") / "儿童 study 1"
    assisted_study(folder, children=2, frames=120).close()
    return folder


def test_the_terminal_says_what_matters(study: Path) -> None:
    said = CliRunner().invoke(APP, ["--project", str(study), "--replicates", "20"])
    assert said.exit_code == 0
    lines = said.stdout.splitlines()
    assert lines[0] == "Suggestions of synthetic-net-v2, run 2."
    assert next(line for line in lines if line.startswith("control")).split()[1:3] != ["0", "0"]
    assert any(line.startswith("Assisted less control: acts ") for line in lines)
    assert any(line.startswith("Agreement with the model, assisted less control: ") for line in lines)
    assert any(line.startswith("Mean F1 of the model on ") for line in lines)
    assert "synthetic-net-v2, run 2 after synthetic-net-v1, run 1, 240 frames" in said.stdout
    assert "Note: The model learned from drawn faces" in said.stderr
    assert "S71" not in said.output


def test_json_holds_everything_and_files_are_written(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["--project", str(study), "--replicates", "0", "--rater", "Ada", "--run", "2", "--json"]
    files = ["--out", str(out), "--format", "latex", "--format", "csv"]
    said = CliRunner().invoke(APP, [*words, *files])
    assert said.exit_code == 0
    found = json.loads(said.stdout)
    (one,) = found["raters"]
    assert one["rater"] == "Ada"
    assert one["anchoring"]["overall"]["positive_difference"]["value"] is not None
    assert one["effort"]["conditions"][0]["condition"] == "control"
    assert {Path(path).name for path in found["files"]} >= {"assistance.tex", "anchoring.csv", "drift.csv"}
    assert (out / "assistance.tex").is_file()


def test_it_refuses_before_it_measures(study: Path, tmp_path: Path) -> None:
    (tmp_path / "assistance.tex").write_text("older")
    refused = CliRunner().invoke(APP, ["--project", str(study), "--out", str(tmp_path), "--format", "latex"])
    assert refused.exit_code == 1
    assert "is there already" in str(refused.exception)
    assert CliRunner().invoke(APP, ["--project", str(study), "--format", "csv"]).exit_code == 2
    assert CliRunner().invoke(APP, ["--project", str(study), "--replicates", "1"]).exit_code == 2
    nobody = CliRunner().invoke(APP, ["--project", str(study), "--run", "9"])
    assert "No model run 9" in str(nobody.exception)
    assert isinstance(nobody.exception, NotFoundError)
