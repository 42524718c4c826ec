"""Adjusted p-values against R's p.adjust."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hrm_core.stats import adjust_p

_GOLDEN = Path(__file__).parents[2] / "golden" / "statistics"


@pytest.mark.parametrize("method", ["holm", "bh"])
@pytest.mark.parametrize("name", ["padjust_33", "padjust_33_na", "padjust_single"])
def test_it_is_what_r_computes(name: str, method: str) -> None:
    table = json.loads((_GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    raw = np.array(table["data"]["p"], dtype=np.float64)
    wanted = np.array(table["expected"]["r_p_adjust"][{"holm": "holm", "bh": "BH"}[method]], dtype=np.float64)
    adjusted, family = adjust_p(raw, method)
    np.testing.assert_allclose(adjusted, wanted, rtol=1e-12)
    assert family == np.isfinite(raw).sum()


def test_a_method_by_the_name_r_gives_it() -> None:
    assert adjust_p([0.01, 0.04], "BH")[0].tolist() == adjust_p([0.01, 0.04], "bh")[0].tolist()


def test_nothing_to_adjust() -> None:
    adjusted, family = adjust_p([np.nan, np.nan])
    assert np.isnan(adjusted).all()
    assert family == 0
    assert adjust_p([])[0].shape == (0,)


def test_the_order_of_tests_does_not_matter() -> None:
    raw = np.array([[0.01, 0.04, 0.03], [0.04, np.nan, 0.9]])
    for method in ("holm", "bh"):
        adjusted, family = adjust_p(raw, method)
        turned, _ = adjust_p(raw[::-1, ::-1], method)
        np.testing.assert_array_equal(adjusted, turned[::-1, ::-1])
        assert family == 5


@pytest.mark.parametrize(
    ("p", "method", "words"), [([0.5], "bonferroni", "choose holm"), ([-0.1], "bh", "between")]
)
def test_what_is_refused(p: list[float], method: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        adjust_p(p, method)
