"""Mixed models against known truth, statsmodels on single frames, and data that have no answer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.analysis.mixed_models import Design, design_of, mixed_model
from hrm_core.records.coded_frames import AnalysedChild
from tests.core.analysis.made_frames import frames_of

Integers = NDArray[np.int64]


def _plain(first: int, second: int) -> Design:
    return Design(np.arange(first + second) < first, np.zeros((first + second, 0)))


def _drawn(
    draw: np.random.Generator, log_odds: NDArray[np.float64], frames: int, event: int = 1
) -> tuple[Integers, Integers]:
    """Counts of children with these log odds; events last `event` frames."""
    codable = draw.integers(frames // 2, frames * 3 // 2, len(log_odds)) // event
    return draw.binomial(codable, 1 / (1 + np.exp(-log_odds))) * event, codable * event


def test_known_truth_is_found() -> None:
    """An odds ratio of 3.3 (log odds 1.2) and children with standard deviation 0.8."""
    draw = np.random.default_rng(1)
    design = _plain(120, 120)
    log_odds = -1.5 + 1.2 * design.first + 0.8 * draw.standard_normal(240)
    found = mixed_model(*_drawn(draw, log_odds, 300), design)
    error = 0.8 * math.sqrt(2 / 120)
    assert found.log_odds.value == pytest.approx(1.2, abs=3 * error)
    assert found.child_sd == pytest.approx(0.8, abs=0.15)
    # Children are what limits it: the interval is about 1.97 standard errors of their means to each side.
    assert found.log_odds.high - found.log_odds.low == pytest.approx(2 * 1.97 * error, rel=0.15)
    assert found.p < 1e-10
    assert found.children == 240


def test_counts_say_what_single_frames_say() -> None:
    """statsmodels fits the frames themselves, with the same priors and its own start."""
    from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

    draw = np.random.default_rng(2)
    design = _plain(9, 8)
    present, codable = _drawn(draw, -0.7 + draw.standard_normal(17), 40)
    child = np.repeat(np.arange(17), codable)
    shown = np.concatenate([[1] * k + [0] * (n - k) for k, n in zip(present, codable, strict=True)])
    frames = np.stack([np.ones(len(child)), design.first[child]], axis=1)
    model = BinomialBayesMixedGLM(
        shown, frames, np.eye(17)[child], np.zeros(17, dtype=int), vcp_p=1.0, fe_p=10.0
    )
    np.random.seed(0)
    wanted = model.fit_map(minim_opts={"gtol": 1e-6})
    found = mixed_model(present, codable, design)
    half = found.log_odds.high - found.log_odds.value
    assert found.log_odds.value == pytest.approx(wanted.fe_mean[1], abs=1e-4)
    assert found.child_sd == pytest.approx(math.exp(wanted.vcp_mean[0]), abs=1e-4)
    # Student's t with 17 children less 2 coefficients.
    assert half == pytest.approx(2.131450 * wanted.fe_sd[1], rel=1e-3)


def test_age_explains_what_groups_do_not() -> None:
    """The action depends on age alone, and the first group is older."""
    draw = np.random.default_rng(3)
    age = np.concatenate([draw.uniform(6, 10, 60), draw.uniform(3, 7, 60)])
    who = [
        AnalysedChild(f"S{place}", "ASD" if place < 60 else "TD", "FM"[place % 2], float(years))
        for place, years in enumerate(age)
    ]
    frames = frames_of(who, {"S0": [[0]]}, ["AU12"])
    counts = _drawn(draw, -3.0 + 0.5 * (age - 6) + 0.6 * draw.standard_normal(120), 200)
    blind = mixed_model(*counts, design_of(frames, np.arange(120), 60, ()))
    told = mixed_model(*counts, design_of(frames, np.arange(120), 60, ("age", "sex")))
    assert blind.log_odds.low > 0.5
    assert told.log_odds.low < 0 < told.log_odds.high
    assert told.covariates == ("age", "sex")
    assert told.child_sd < blind.child_sd


def test_children_of_unknown_age_are_left_out_and_counted() -> None:
    draw = np.random.default_rng(4)
    who = [
        AnalysedChild(
            f"S{place}", "ASD" if place < 20 else "TD", "F", None if place in (3, 30) else 4 + place % 5
        )
        for place in range(40)
    ]
    frames = frames_of(who, {"S0": [[0]]}, ["AU12"])
    counts = _drawn(draw, -1 + draw.standard_normal(40), 200)
    found = mixed_model(*counts, design_of(frames, np.arange(40), 20, ("age",)))
    assert found.children == 38
    assert "2 children left out" in found.log_odds.note
    with pytest.raises(ValueError, match="age or sex"):
        design_of(frames, np.arange(40), 20, ("height",))


@pytest.mark.parametrize(
    ("present", "why"),
    [
        ([0] * 6 + [5] * 6, "never shows it"),
        ([20] * 6 + [5] * 6, "always shows it"),
        ([0] * 5 + [3] + [0] * 5 + [4], "fewer than 3 children carry it"),
    ],
)
def test_data_without_an_answer_are_told_and_not_fitted(present: list[int], why: str) -> None:
    """A fit of such data converges, to what the priors say."""
    found = mixed_model(np.array(present), np.full(12, 20), _plain(6, 6))
    assert found.log_odds.value is None
    assert why in found.log_odds.why
    assert found.p is found.child_sd is None
    assert (found.frames, found.children) == (240, 12)


def test_too_few_children_and_groups_that_are_covariates() -> None:
    few = mixed_model(np.array([3, 4, 5, 6, 7]), np.full(5, 20), _plain(3, 2))
    assert "fewer than 3 children in a group" in few.log_odds.why
    first = np.arange(12) < 6
    same = mixed_model(
        np.arange(12) + 1, np.full(12, 20), Design(first, np.where(first, 0.5, -0.5)[:, None], ("sex",))
    )
    assert "cannot be told apart" in same.log_odds.why


def test_children_as_alike_as_chance_makes_them_do_not_converge() -> None:
    """Laplace's approximation has no top where children do not differ: that is said, nothing is printed."""
    draw = np.random.default_rng(5)
    present, codable = _drawn(draw, np.full(40, -3.0), 60)
    found = mixed_model(present, codable, _plain(20, 20))
    assert found.log_odds.value is None
    assert "did not converge" in found.log_odds.why


@pytest.mark.slow
def test_groups_that_do_not_differ_are_rarely_told_apart() -> None:
    """66 and 32 children, events of 20 frames: frames within a child are not independent either.

    Of 1,000 studies 5.3 % were rejected; of 200, a share of 0.05 is known to 0.015 (one standard error).
    """
    draw = np.random.default_rng(6)
    design = _plain(66, 32)
    p = [
        mixed_model(*_drawn(draw, -2 + draw.standard_normal(98), 1300, event=20), design).p
        for _ in range(200)
    ]
    assert None not in p
    assert 0.01 <= np.mean(np.array(p) < 0.05) <= 0.095
