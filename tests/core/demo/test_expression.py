from __future__ import annotations

import numpy as np
import pytest

from hrm_core.demo import PRESENT_FROM, Expression, Part, codes_of
from hrm_core.demo.expression import ACTION_PLACE
from hrm_core.facs import ALL_ACTIONS

EVERY_SIDE = [(entry.key, int(code)) for entry in ALL_ACTIONS for code in sorted(entry.sides)]


@pytest.mark.parametrize(("key", "code"), EVERY_SIDE)
def test_a_code_becomes_strengths_and_comes_back(key: str, code: int) -> None:
    codes = codes_of(Expression.of({key: code}, PRESENT_FROM).values)

    assert codes[ACTION_PLACE[key]] == code
    assert np.count_nonzero(codes) == 1


def test_what_is_too_weak_to_see_has_no_code() -> None:
    weak = Expression.of({"AU12": 1, "AU6": 2}, PRESENT_FROM - 0.01)

    assert not codes_of(weak.values).any()


def test_left_and_right_together_are_both_sides() -> None:
    face = Expression.neutral()
    face.values[ACTION_PLACE["AU12"], [Part.LEFT, Part.RIGHT]] = 0.6

    assert codes_of(face.values)[ACTION_PLACE["AU12"]] == 1


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(KeyError):
        Expression.of({"AU99": 1})
