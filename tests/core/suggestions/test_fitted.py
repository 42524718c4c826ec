"""What is kept is checked when it is read: no half-read fit, and no traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hrm_core.errors import InvalidFileError
from hrm_core.suggestions.context import CONTEXT_WEIGHTS, NOTHING_LEARNED
from hrm_core.suggestions.fitted import Fitted, Shown, as_detail, read_detail, unfitted
from hrm_core.suggestions.thresholds import METHODS

KEYS = ("AU1", "AU12")


@pytest.fixture
def fitted() -> Fitted:
    return Fitted(
        KEYS,
        np.array([[1.25, -0.5], [0.75, 0.125]]),
        NOTHING_LEARNED + np.arange(CONTEXT_WEIGHTS) / 8,
        np.array([0.03, 0.25]),
        (METHODS[0], METHODS[-1]),
        np.array([1, 2]),
        np.array([3, 1]),
        Shown.STEPS,
        {"AU12": (np.array([-1.5, 2.0]), np.array([0.0, 0.75]))},
        (0.5, 1.5),
        2.0,
    )


def test_all_of_it_comes_back_through_json(fitted: Fitted) -> None:
    back = read_detail(json.loads(json.dumps(as_detail(fitted), allow_nan=False)), 1)
    for name in ("actions", "methods", "shown", "sureness", "side_margin"):
        assert getattr(back, name) == getattr(fitted, name)
    for name in ("lines", "context", "switch", "shortest_there", "shortest_gap"):
        assert np.array_equal(getattr(back, name), getattr(fitted, name))
    assert {key: [each.tolist() for each in corners] for key, corners in back.steps.items()} == {
        "AU12": [[-1.5, 2.0], [0.0, 0.75]]
    }


def _put(*path: Any) -> Callable[[dict[str, Any]], None]:
    *where, last, value = path

    def put(detail: dict[str, Any]) -> None:
        at: Any = detail
        for each in where:
            at = at[each]
        at[last] = value

    return put


@pytest.mark.parametrize(
    "spoil",
    [
        lambda detail: detail.pop("actions"),
        lambda detail: detail["actions"]["AU1"].pop("bias"),
        _put("actions", []),
        _put("actions", "AU1", None),
        _put("actions", "AU1", "slope", "steep"),
        _put("actions", "AU1", "slope", float("inf")),
        _put("actions", "AU1", "switch", 0.5),
        _put("actions", "AU1", "switch", 0),
        _put("actions", "AU1", "method", "magic"),
        _put("actions", "AU1", "shortest_gap", 0),
        _put("actions", "AU1", "shortest_there", 2.5),
        _put("actions", "AU12", "steps", [[1.0, 0.0], [0.0, 1.0]]),
        _put("actions", "AU12", "steps", [[0.0, 1.0], [0.0, 1.5]]),
        _put("actions", "AU12", "steps", [[0.0, 1.0], [0.0]]),
        _put("actions", "AU12", "steps", [[], []]),
        _put("context", [1.0]),
        _put("context", None),
        _put("shown", "guessed"),
        _put("sureness", [1.0]),
        _put("side_margin", "wide"),
    ],
)
def test_what_is_damaged_is_said_in_one_sentence(
    fitted: Fitted, spoil: Callable[[dict[str, Any]], None]
) -> None:
    detail = json.loads(json.dumps(as_detail(fitted)))
    spoil(detail)
    with pytest.raises(InvalidFileError, match="fitted to run:7 is damaged in the label store: fit it again"):
        read_detail(detail, 7)


@pytest.mark.parametrize("detail", [{}, {"version": 2}, [], "text", None])
def test_another_form_is_to_be_fitted_again(detail: object) -> None:
    with pytest.raises(InvalidFileError, match="run:7 is not in the form that this version"):
        read_detail(detail, 7)


def test_without_a_fit_the_card_decides() -> None:
    card = unfitted(KEYS, {"AU1": 0.75}, 3.0)
    assert card.lines[0].tolist() == pytest.approx([1.0, -np.log(3)])
    assert card.lines[1].tolist() == [1.0, 0.0]
    assert {method.name for method in card.methods} == {"median 3"}
    # Thresholds that nothing or everything reaches stay what they are.
    assert np.isfinite(unfitted(KEYS, {"AU1": 0.0, "AU12": 1.0}, 3.0).lines).all()
