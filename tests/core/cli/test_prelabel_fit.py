"""``hrm prelabel fit``: what it prints, for people and for scripts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hrm_core.cli.prelabel_fit import fit
from hrm_core.errors import ProjectError
from hrm_core.suggestions.quality import Quality, Tally
from hrm_core.workflows import fit_suggestions
from hrm_core.workflows.project import open_project
from tests.support.said_study import add_run, planned, said_of, said_study


def typed(*words: object) -> str:
    app = typer.Typer()
    app.command()(fit)
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_table_and_its_quality(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    with said_study(folder, coded=2) as project:
        run = add_run(project, said_of(planned()))
    found = json.loads(typed("--project", folder, "--run", run, "--rater", "Ada", "--json"))
    assert found["run_id"] == run
    assert set(found["detail"]["actions"]["AU12"]) >= {"slope", "bias", "method"}
    out = " ".join(typed("--project", folder).split())
    assert f"Fitted to {found['fitted_on']}; run:{run} proposes accordingly" in out
    quality = found["detail"]["quality"]
    for words, tally in (("card alone", quality["before"]), ("fitted", quality["after"])):
        true = tally["exact"] + tally["missed"]
        assert f"{words}: {tally['exact']} of {true} onsets and offsets in the right frame" in out


def test_one_child_is_fitted_to_but_says_nothing_of_quality(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    with said_study(folder, coded=1) as project:
        add_run(project, said_of(planned()))
    assert json.loads(typed("--project", folder, "--json"))["detail"]["quality"] is None


def test_a_fit_that_is_worse_than_the_card_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = Tally(exact=40, missed=10, extra=5, wrong_frames=0, brier=0.01)
    for missed, taken in ((10, True), (11, False)):
        found = Quality(2, 100, card, replace(card, missed=missed))
        assert found.is_worse is not taken
    monkeypatch.setattr(fit_suggestions, "measure", lambda *_: found)
    folder = tmp_path / "study"
    with said_study(folder, coded=2) as project:
        run = add_run(project, said_of(planned()), actions=["AU12", "AU25"])
    out = " ".join(typed("--project", folder).split())
    assert f"and not taken: run:{run} goes on as before" in out
    with open_project(folder) as project:
        assert project.store.suggestions.fit(run) is None


def test_too_little_is_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    with said_study(folder, coded=0) as project:
        add_run(project, said_of(planned()), actions=["AU12"])
    with pytest.raises(ProjectError, match="Too little is coded to fit run:1"):
        typed("--project", folder, "--rater", "Ada")
