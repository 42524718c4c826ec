"""The demo's models say, in three tables of their own, about the same of what the actions show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hrm_core.analysis.pseudo_labels import softmax
from hrm_core.demo import DEMO_MODELS, plan_study, shown_expression, simulate_expression_model
from hrm_core.demo.expression import ACTION_PLACE
from hrm_core.errors import InvalidFileError
from hrm_core.exchange.expression_files import read_expressions
from hrm_core.records.coded_frames import EXPRESSIONS

WAYS = {DEMO_MODELS[0]: (None, None), DEMO_MODELS[1]: (None, "raf-db"), DEMO_MODELS[2]: (softmax, None)}
TRUTHS = {child.code: child.truth for child in plan_study(0, 400)}


def test_actions_suggest_an_expression() -> None:
    truth = np.zeros((4, 35), np.uint8)
    truth[1, ACTION_PLACE["AU12"]] = 2
    truth[2, ACTION_PLACE["AU15"]] = 1
    truth[3, [ACTION_PLACE["AU12"], ACTION_PLACE["AU15"]]] = 1
    found = [EXPRESSIONS[place] for place in shown_expression(truth).tolist()]
    assert found == ["neutral", "happiness", "sadness", "happiness"]


@pytest.mark.parametrize("model", DEMO_MODELS)
def test_each_model_is_mostly_right(model: str, tmp_path: Path) -> None:
    text = simulate_expression_model(TRUTHS, model, seed=0)
    assert text == simulate_expression_model(TRUTHS, model, seed=0)
    assert text != simulate_expression_model(TRUTHS, model, seed=1)
    file = tmp_path / "model.csv"
    file.write_text(text, encoding="utf-8")
    softmaxed, order = WAYS[model]
    table = read_expressions(file, softmaxed, order)
    right = rows = lost = 0
    for code, truth in TRUTHS.items():
        here = table.recordings[code, ""]
        lost += len(truth) - len(here.frames)
        best = here.values.argmax(axis=1)
        right += int((best == shown_expression(truth)[here.frames]).sum())
        rows += len(best)
    assert 0.75 < right / rows < 0.97
    assert 0 < lost < 0.1 * rows, "now and then it finds no face"


def test_no_model_can_be_read_as_another(tmp_path: Path) -> None:
    for model, (softmaxed, _) in WAYS.items():
        file = tmp_path / f"{model}.csv"
        file.write_text(simulate_expression_model(TRUTHS, model, seed=0), encoding="utf-8")
        with pytest.raises(InvalidFileError):
            read_expressions(file, None if softmaxed else softmax, WAYS[model][1])
