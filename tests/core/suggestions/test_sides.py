"""Hints of a side, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hrm_core.facs import Code
from hrm_core.suggestions.sides import best_margin, hinted_side, may_have_sides

HIGH, LOW = np.array([4.0, 3.0, np.nan]), np.array([-2.0, -1.0, 5.0])


def test_a_half_that_does_not_show_it_is_the_other_side() -> None:
    assert hinted_side(HIGH, LOW, 3.0) is Code.LEFT
    assert hinted_side(LOW, HIGH, 3.0) is Code.RIGHT
    assert hinted_side(HIGH, HIGH, 3.0) is Code.BOTH
    # 3.5 and -1.5 differ by 5.
    assert hinted_side(HIGH, LOW, 5.1) is Code.BOTH
    # Both halves show it, one of them more.
    assert hinted_side(HIGH + 9, HIGH, 3.0) is Code.BOTH
    assert hinted_side(HIGH, LOW, None) is Code.BOTH
    assert hinted_side(np.full(2, np.nan), LOW[:2], 0.5) is Code.BOTH


def test_the_margin_is_the_one_with_the_fewest_wrong_sides() -> None:
    def run(left: float, right: float, code: Code) -> tuple[np.ndarray, np.ndarray, Code]:
        return np.array([left]), np.array([right]), code

    sided = [run(2, -3, Code.LEFT), run(-3, 2, Code.RIGHT)]
    assert best_margin(sided) == 4.0
    # Faces that only look one-sided: naming them wrongly costs more than it finds.
    assert best_margin([*sided, *[run(2, -3, Code.BOTH)] * 3]) is None
    assert best_margin([*sided, *[run(1, -1.2, Code.BOTH)] * 3]) == 4.0
    assert best_margin([]) is None


@pytest.mark.parametrize(
    ("action", "sided"), [("AU12", True), ("AU25", False), ("AU18", False), ("AD36", True)]
)
def test_only_what_can_be_one_sided_has_sides(action: str, sided: bool) -> None:
    assert may_have_sides(action) is sided
