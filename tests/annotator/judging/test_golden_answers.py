"""Answers with known agreement, pressed through the window: the report gives R's numbers back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hrm_core.workflows.measure_ratings import ResultOptions, measure_ratings
from hrm_core.workflows.project import open_project
from hrm_core.workflows.write_rating_report import write_rating_report
from tests.support.exact_agreement import exact_fleiss, exact_icc3, reported
from tests.support.judging import SESSION, JudgeSeat, judge_seat, press_table, quick_film, table_of
from tests.support.programs import ROOT

__all__ = ["judge_seat", "quick_film"]


def _of_r(expected: dict[str, dict[str, dict[str, float]]]) -> dict[str, float]:
    """What R says of a table; each of the two tables was given to one of its functions."""
    if fleiss := expected.get("irr_fleiss"):
        return {"Fleiss’ κ": fleiss["kappa"]}
    icc = expected["irr_icc"]
    names = {"ICC3": "ICC(3,1)", "ICC3k": "ICC(3,k)", "ICC2": "ICC(2,1)", "ICC2k": "ICC(2,k)"}
    return {shown: icc[name]["icc"] for name, shown in names.items()}


# 1,500 answers take more than a minute to press; Fleiss' kappa of both is compared with exact fractions.
_TABLES = ["icc_likert5x300", *(["fleiss_likert5x300"] if os.environ.get("HRM_EVERYTHING") else [])]


@pytest.mark.slow
@pytest.mark.parametrize("golden", _TABLES)
def test_the_report_of_pressed_answers_says_what_r_says(
    judge_seat: Callable[..., JudgeSeat], tmp_path: Path, quick_film: Path, golden: str
) -> None:
    known = json.loads((ROOT / f"tests/golden/statistics/{golden}.json").read_text())
    table = np.array(known["data"]["ratings"])
    assert table.shape == (300, 5)
    study = tmp_path / "study"
    press_table(judge_seat, study, quick_film, table)
    assert (table_of(study) == table).all()
    with open_project(study) as project:
        assert len(project.ratings()) == table.size
        results = measure_ratings(project, SESSION, ResultOptions(replicates=0))
    write_rating_report(results, tmp_path / "report", ("html", "csv"))
    found = reported(tmp_path / "report")
    of_r = _of_r(known["expected"])
    assert {name: found[name] for name in of_r} == pytest.approx(of_r, abs=1e-12)
    # R was asked for only some coefficients of each table; these are exact.
    rows = table.tolist()
    exact = dict(zip(("ICC(3,1)", "ICC(3,k)"), map(float, exact_icc3(rows)), strict=True))
    exact["Fleiss’ κ"] = float(exact_fleiss(rows))
    assert {name: found[name] for name in exact} == pytest.approx(exact, abs=1e-12)
    page = (tmp_path / "report" / "rating.html").read_text(encoding="utf-8")
    for name, value in {**exact, **of_r}.items():
        assert f"{value:.3f}".removeprefix("0") in page, name
