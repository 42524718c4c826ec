"""Answers with known ICCs, pressed through the window: the store gives R's numbers back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hrm_core import stats
from hrm_core.workflows.project import open_project
from tests.support.judging import JudgeSeat, judge_seat, press_table, quick_film, table_of
from tests.support.programs import ROOT

__all__ = ["judge_seat", "quick_film"]


@pytest.mark.slow
def test_icc_of_pressed_answers_is_that_of_r(
    judge_seat: Callable[..., JudgeSeat], tmp_path: Path, quick_film: Path
) -> None:
    golden = json.loads((ROOT / "tests/golden/statistics/icc_likert5x300.json").read_text())
    table = np.array(golden["data"]["ratings"])
    study = tmp_path / "study"
    press_table(judge_seat, study, quick_film, table)
    assert (table_of(study) == table).all()
    expected = golden["expected"]["irr_icc"]
    for form, name in (("3,1", "ICC3"), ("3,k", "ICC3k")):
        found = stats.icc(table_of(study).astype(float), form=form)
        assert found.value == pytest.approx(expected[name]["icc"], abs=1e-10)
    with open_project(study) as project:
        assert len(project.ratings()) == table.size
