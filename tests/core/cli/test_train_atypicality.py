"""``hrm train atypicality`` prints Table V, and says when its figures are optimistic."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from hrm_core.cli import train_atypicality as command
from hrm_core.models.train.atypicality import MODELS, Row
from hrm_core.workflows import train_atypicality as workflow
from hrm_core.workflows.project import Project, create_project
from hrm_core.workflows.train_atypicality import AtypicalityOptions, AtypicalityReport

FIGURES = {"mae": 0.5, "mse": 0.25, "rmse": 0.5, "mape": 20.04}
SD = {"mae": 0.01, "mse": 0.02, "rmse": 0.03, "mape": 1.0}

Typed = Callable[..., Result]


@pytest.fixture
def asked() -> list[AtypicalityOptions]:
    """What the workflow was asked for."""
    return []


@pytest.fixture
def typed(tmp_path: Path, asked: list[AtypicalityOptions], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """The command alone, with a workflow that trains nothing."""

    def train(project: Project, *, options: AtypicalityOptions, **others: object) -> AtypicalityReport:
        asked.append(options)
        rows = tuple(Row(model, FIGURES, SD, FIGURES, SD) for model in MODELS)
        return AtypicalityReport(
            "run-1",
            tmp_path,
            "first",
            "Ann",
            6,
            24,
            2000,
            1,
            0,
            rows,
            options,
            options.protocol,
            "cpu",
            61.2,
            True,
        )

    monkeypatch.setattr(workflow, "train_atypicality", train)
    monkeypatch.setenv("COLUMNS", "160")
    create_project(tmp_path / "study").close()
    app = typer.Typer()
    app.command()(command.atypicality)
    return lambda *words: CliRunner().invoke(app, [*words, "--project", str(tmp_path / "study")])


def test_the_table(typed: Typed, asked: list[AtypicalityOptions]) -> None:
    said = typed("--preset", "small", "--networks", "gru, bilstm,gru", "--repeats", "3")
    assert said.exit_code == 0, said.output
    assert "2000 windows of 24 segments of 6 participants; coded by Ann, rated in first." in said.output
    lines = [line for line in said.output.splitlines() if line.startswith("GRU")]
    assert [line.split() for line in lines] == [
        ["GRU", "0.500", "±", "0.010", "0.250", "±", "0.020", "0.500", "±", "0.030", "20.0", "±", "1.0"]
    ] * 2
    assert "over 3 repeats of 3-fold" in said.output
    assert "Best epochs were chosen by persons out of the training folds;" in said.output
    assert "Optimistic" not in said.output
    assert "synthetic" in said.stderr
    assert asked == [AtypicalityOptions(preset="small", repeats=3)]


def test_the_published_protocol_is_called_optimistic(typed: Typed) -> None:
    said = typed("--as-published")
    assert (
        "Optimistic, as published: best epoch and learning rate were chosen by the test fold" in said.output
    )
    assert "out of the training folds" not in said.output
    # Figures are then means of folds: nothing may say that all windows were taken together.
    assert "all its test folds together" not in said.output
    found = json.loads(typed("--as-published", "--json").stdout)
    assert found["protocol"].startswith("Optimistic")


def test_json(typed: Typed, asked: list[AtypicalityOptions]) -> None:
    said = typed("--json", "--networks", "")
    found = json.loads(said.stdout)
    assert [row["model"] for row in found["rows"]] == list(MODELS)
    assert found["rows"][0]["mean"] == FIGURES
    assert asked[0].networks == ()
