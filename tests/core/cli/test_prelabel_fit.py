"""``hrm prelabel fit``: what it prints, for people and for scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hrm_core.cli.prelabel_fit import _print, fit
from hrm_core.errors import ProjectError
from hrm_core.records.suggestion import RunFit
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


def test_a_fit_that_is_worse_than_the_card_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    card = {"exact": 40, "missed": 10, "extra": 5, "brier": 0.01}
    for missed, warned in ((10, False), (11, True)):
        quality = {"children": 2, "before": card, "after": {**card, "exact": 50 - missed, "missed": missed}}
        _print(RunFit(1, "Ada's codes", {"actions": {}, "touched": 0, "quality": quality}))
        said = " ".join(capsys.readouterr().err.split())
        assert ("wrong than by the card alone (16 against 15)" in said) is warned


def test_too_little_is_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    with said_study(folder, coded=0) as project:
        add_run(project, said_of(planned()), actions=["AU12"])
    with pytest.raises(ProjectError, match="Too little is coded to fit run:1"):
        typed("--project", folder, "--rater", "Ada")
