"""Tails and quantiles against SciPy's values, and against what must hold of any distribution."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_core import stats
from hrm_core.stats import f_ppf, f_sf, normal_log10_p, normal_ppf, normal_sf, t_ppf, t_sf

_GOLDEN = Path(__file__).parents[2] / "golden" / "distributions.json"
_DF = st.floats(0.1, 2e5)
_PROBABILITY = st.floats(1e-9, 1 - 1e-9)


@pytest.mark.parametrize(
    "name", ["normal_sf", "normal_ppf", "normal_log10_p", "f_sf", "f_ppf", "t_sf", "t_ppf"]
)
def test_it_is_what_scipy_computes(name: str) -> None:
    points = np.array(json.loads(_GOLDEN.read_text(encoding="utf-8"))[name])
    assert len(points) >= 80
    found = getattr(stats, name)(*points[:, :-1].T)
    np.testing.assert_allclose(found, points[:, -1], rtol=1e-10, atol=0)


def test_the_golden_tails_go_far() -> None:
    table = json.loads(_GOLDEN.read_text(encoding="utf-8"))
    assert min(point[-1] for point in table["f_sf"]) < 1e-150
    assert min(point[-1] for point in table["normal_sf"]) < 1e-250
    assert min(point[-1] for point in table["normal_log10_p"]) < -1e6
    assert any(point[1] % 1 and point[2] % 1 for point in table["f_sf"])
    assert max(max(point[1:3]) for point in table["f_ppf"]) > 1e5


@settings(max_examples=60, deadline=None)
@given(_PROBABILITY, _DF, _DF)
def test_a_quantile_has_its_probability_below_it(q: float, df1: float, df2: float) -> None:
    found = float(f_ppf(q, df1, df2))
    if not 1e-300 < found < 1e300:  # float64 ends before the quantile
        return
    tail = float(f_sf(found, df1, df2))
    # A step of one unit in the last place of the quantile moves the tail by this much at most.
    room = 1e-15 * max(df1, df2)
    assert tail == pytest.approx(1 - q, rel=1e-9 + room, abs=1e-12)
    assert float(f_sf(1 / found, df2, df1)) == pytest.approx(1 - tail, rel=1e-9, abs=1e-12)


def test_closed_forms() -> None:
    # F with 2 and 2 degrees of freedom: P(F' > f) = 1 / (1 + f); t with 1 is Cauchy's.
    f = np.array([1e-8, 0.3, 1.0, 7.0, 1e12])
    np.testing.assert_allclose(f_sf(f, 2, 2), 1 / (1 + f), rtol=1e-13)
    np.testing.assert_allclose(t_sf(f, 1), np.arctan2(1, f) / math.pi, rtol=1e-13)
    np.testing.assert_allclose(f_ppf([0.25, 0.975], 2, 2), [1 / 3, 39], rtol=1e-13)
    # With 2 and d degrees of freedom it is (1 + 2 f / d) to the power -d / 2: down to 1e-303.
    df2, tail = np.array([9.5, 9999, 2e5]), np.array([[0.5], [1e-30], [1e-303]])
    f = df2 / 2 * np.expm1(-2 / df2 * np.log(tail))
    np.testing.assert_allclose(f_sf(f, 2, df2), np.broadcast_to(tail, f.shape), rtol=1e-11)
    np.testing.assert_allclose(t_ppf([0.25, 0.5, 0.75], 1), [-1, 0, 1], atol=1e-13)


def test_at_and_beyond_the_ends() -> None:
    assert f_sf([-1.0, 0.0, math.inf], 3, 4).tolist() == [1, 1, 0]
    assert f_ppf([0.0, 1.0], 3, 4).tolist() == [0, math.inf]
    assert normal_ppf([0.0, 1.0]).tolist() == [-math.inf, math.inf]
    assert normal_log10_p(math.inf) == -math.inf
    assert normal_log10_p(0.0) == 0
    assert t_sf([-math.inf, 0.0, math.inf], 5).tolist() == [1, 0.5, 0]
    # So few degrees of freedom that the quantile is no float64 any more.
    assert f_ppf(0.975, 11, 0.0005) == math.inf
    for undefined in (
        f_sf(math.nan, 1, 1),
        f_sf(1.0, 0, 1),
        f_sf(1.0, 1, math.nan),
        f_ppf(0.5, -1, 1),
        f_ppf(1.5, 1, 1),
        normal_ppf(1.1),
        normal_ppf(math.nan),
        normal_sf(math.nan),
        t_ppf(0.3, 0),
    ):
        assert np.isnan(undefined).all()


def test_shapes_fit_one_another() -> None:
    assert f_sf(2.0, 3, 4).shape == f_ppf(0.3, 3, 4).shape == ()
    assert t_sf(2.0, 3).shape == t_ppf(0.3, 3).shape == normal_ppf(0.3).shape == ()
    assert t_ppf([[0.1], [0.9]], [3, 4, 5]).shape == (2, 3)
    assert f_sf([[1.0], [2.0]], [3, 4, 5], 6).shape == (2, 3)
    assert f_ppf([[0.1], [0.9]], [3, 4, 5], 6).shape == (2, 3)
    assert normal_sf(np.zeros((2, 0))).shape == (2, 0)
    assert f_ppf(np.zeros(0), 1, 1).shape == (0,)
