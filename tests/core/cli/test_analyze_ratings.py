"""``hrm analyze ratings`` and ``attributions`` print what was found, and what to know of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from hrm_core.cli import analyze_ratings as command
from hrm_core.errors import ProjectError
from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_results import ExplainedRatings, Importance
from hrm_core.workflows import attribute_ratings, explain_ratings
from hrm_core.workflows.attribute_ratings import AttributionReport
from hrm_core.workflows.project import create_project

FOUND = ExplainedRatings(
    "first",
    24,
    6,
    Estimate(0.5, 0.4, 0.6),
    Estimate(0.875),
    0.25,
    (Importance("AU12", 0.125, Estimate(0.0625, 0.03, 0.09)),),
    note="What to know.",
)

Typed = Callable[..., Result]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """The commands alone, in an empty study."""
    monkeypatch.setenv("COLUMNS", "160")
    create_project(tmp_path / "study", synthetic=True).close()
    app = typer.Typer()
    app.command()(command.ratings)
    app.command()(command.attributions)
    return lambda *words: CliRunner().invoke(app, [*words, "--project", str(tmp_path / "study")])


def test_ratings(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain_ratings, "explain_ratings", lambda *words, **others: FOUND)
    said = typed("ratings")
    assert said.exit_code == 0
    assert "24 clips of 6 participants" in said.output
    assert "0.500 [0.400, 0.600]; of the mean rating: 0.875; R² 0.25" in said.output
    assert "AU12" in said.output
    assert "+0.125" in said.output
    assert "0.062 [0.030, 0.090]" in said.output
    assert "What to know." in said.output
    assert "synthetic" in said.output
    told = json.loads(typed("ratings", "--json").stdout)
    assert (told["synthetic"], told["actions"][0]["importance"]["value"]) == (True, 0.0625)


def test_no_ratings_are_an_error(typed: Typed) -> None:
    said = typed("ratings")
    assert isinstance(said.exception, ProjectError)
    assert "Nobody has rated" in str(said.exception)


def test_attributions(typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def attribute(project: object, run: str, **others: object) -> AttributionReport:
        asked.append((run, others["participants"]))
        shares = {"gru": {"AU1": 0.1, "AU12": 0.2}, "bilstm": {"AU1": -0.3, "AU12": 0.0}}
        return AttributionReport(
            "run-1",
            tmp_path,
            "first",
            "Ann",
            ("gru", "bilstm"),
            5,
            2,
            1,
            0.0012,
            True,
            "How it was chosen.",
            shares,
            True,
        )

    monkeypatch.setattr(attribute_ratings, "attribute_ratings", attribute)
    said = typed("attributions", "--run", "run-1", "--participants", "S1, S2")
    assert said.exit_code == 0
    assert asked == [("run-1", ["S1", "S2"])]
    lines = [line.split() for line in said.output.splitlines()]
    # The action that adds most in either network comes first.
    assert lines.index(["AU1", "+0.100", "-0.300"]) < lines.index(["AU12", "+0.200", "+0.000"])
    for words in ("1 clip without 15", "not those that the run learned from", "0.0012", "How it was chosen."):
        assert words in said.output
