"""Table V: folds by person, figures by hand, and what can be learned is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.demo import plan_study, simulate_ratings
from hrm_core.errors import UserError
from hrm_core.models.train.atypicality import Fold, compare_models, make_folds
from hrm_core.models.train.sequence_recipes import sequence_recipe
from hrm_core.models.train.splits import same_person
from hrm_core.models.train.windows import Segment, Windows, make_windows
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.workflows.look_at_models import model_card
from tests.support.rated_windows import synthetic_segments

RECIPE = sequence_recipe("small")
CODES = st.lists(
    st.sampled_from(["S1", "s1 TD", "S1TD", "S2", "s2", "S3", "S4", "S4TD", "S5", "S6", "S7"]),
    min_size=3,
    unique=True,
).filter(lambda codes: len({same_person(code) for code in codes}) >= 3)


@given(CODES, st.integers(0, 50))
def test_no_person_is_on_two_sides(codes: list[str], seed: int) -> None:
    folds = make_folds(codes, repeats=2, folds=3, seed=seed, as_published=False)
    for each in folds:
        parts = [{same_person(code) for code in part} for part in (each.training, each.validation, each.test)]
        assert all(parts)
        assert len(set.union(*parts)) == sum(map(len, parts))
        assert sorted(each.training + each.validation + each.test) == sorted(codes)
    for repeat in (1, 2):
        tested = [code for each in folds if each.repeat == repeat for code in each.test]
        assert sorted(tested) == sorted(codes)


def test_as_published_the_test_fold_validates() -> None:
    folds = make_folds(["1", "2", "3"], repeats=1, folds=3, seed=0, as_published=True)
    assert all(each.validation == each.test and len(each.training) == 2 for each in folds)


def test_too_few_persons() -> None:
    with pytest.raises(UserError, match="at least 3 persons, and there is 1"):
        make_folds(["1"], repeats=1, folds=3, seed=0, as_published=False)
    with pytest.raises(UserError, match="nobody is left to choose the best epoch by"):
        make_folds(["1", "2"], repeats=1, folds=2, seed=0, as_published=False)


def flat(ratings: list[float], frames: list[int]) -> Windows:
    """One segment of each child, with a face at rest."""
    return make_windows(
        [
            Segment(str(at), f"{at}:a", np.arange(length), np.zeros((length, 2), np.uint8), rating)
            for at, (rating, length) in enumerate(zip(ratings, frames, strict=True))
        ]
    )


def test_the_mean_by_hand() -> None:
    # One window of child 0 (rated 1), two of child 1 (4), three of child 2 (2).
    windows = flat([1.0, 4.0, 2.0], [15, 16, 17])
    folds = [
        Fold(1, place + 1, (), tuple("012".replace(code, "")), (code,)) for place, code in enumerate("012")
    ]
    found = compare_models(windows, folds, (), RECIPE).rows[0]
    # Means of the others: 14/5, 7/4, 9/3; errors 1.8 once, 2.25 twice, 1 three times.
    assert found.model == "mean"
    assert found.mean["mae"] == pytest.approx((1.8 + 2 * 2.25 + 3) / 6)
    assert found.mean["mse"] == pytest.approx((1.8**2 + 2 * 2.25**2 + 3) / 6)
    assert found.mean["rmse"] == pytest.approx(found.mean["mse"] ** 0.5)
    assert found.mean["mape"] == pytest.approx(100 * (1.8 + 2 * 2.25 / 4 + 3 / 2) / 6)
    assert found.segment_mean["mae"] == pytest.approx((1.8 + 2.25 + 1) / 3)
    assert found.sd == {}


def test_as_published_ratings_are_cut_and_batches_averaged() -> None:
    windows = flat([1.6, 4.8, 2.2], [15 + 69, 15, 15])
    folds = [
        Fold(1, place + 1, tuple("012".replace(code, "")), (code,), (code,))
        for place, code in enumerate("012")
    ]
    found = compare_models(windows, folds, (), RECIPE, as_published=True).rows[0]
    # Ratings 1, 4, 2; 70 windows of child 0 in batches of 64 and 6, and means 3, 72/71, 74/71.
    errors = [3 - 1, 4 - 72 / 71, 2 - 74 / 71]
    assert found.mean["mae"] == pytest.approx(np.mean(errors))
    assert found.mean["rmse"] == pytest.approx(np.mean(errors))


def test_deviation_is_over_repeats() -> None:
    windows = make_windows(synthetic_segments(5, 2))
    folds = make_folds(windows.participants, repeats=4, folds=2, seed=0, as_published=False)
    alone = [
        compare_models(windows, [each for each in folds if each.repeat == repeat], (), RECIPE)
        .rows[0]
        .mean["mae"]
        for repeat in range(1, 5)
    ]
    found = compare_models(windows, folds, (), RECIPE).rows[0]
    assert found.mean["mae"] == pytest.approx(np.mean(alone))
    assert found.sd["mae"] == pytest.approx(np.std(alone, ddof=1))
    assert found.sd["mae"] > 0


def test_nothing_can_be_learned_from_equal_ratings() -> None:
    windows = flat([2.4, 2.4, 2.4], [20, 20, 20])
    folds = make_folds(windows.participants, repeats=1, folds=3, seed=0, as_published=False)
    with pytest.raises(UserError, match=r"All 3 rated segments have the same mean rating \(2.4\)"):
        compare_models(windows, folds, (), RECIPE)


def test_ratings_that_are_alike_once_they_are_cut_are_said_to_be() -> None:
    windows = flat([2.4, 2.0, 2.8], [20, 20, 20])
    folds = make_folds(windows.participants, repeats=1, folds=3, seed=0, as_published=True)
    with pytest.raises(UserError, match=r"Cut to whole numbers as published, .* all 3 rated segments are 2:"):
        compare_models(windows, folds, (), RECIPE, as_published=True)


def test_dynamics_are_found_where_ratings_follow_them() -> None:
    windows = make_windows(synthetic_segments(6, 4))
    folds = make_folds(windows.participants, repeats=2, folds=3, seed=0, as_published=False)
    mae = {row.model: row.mean["mae"] for row in compare_models(windows, folds, (), RECIPE).rows}
    assert mae["dynamics"] < 0.6 * min(mae["mean"], mae["ridge_window"], mae["ridge_segment"])


def test_the_test_fold_decides_nothing() -> None:
    """Other ratings of the test children change none of what the networks say of them."""
    segments = synthetic_segments(4, 1, frames=20)
    windows = make_windows(segments)
    spoilt = make_windows(
        [replace(each, rating=5.0) if each.participant == "1" else each for each in segments]
    )
    folds = [Fold(1, 1, ("3", "4"), ("2",), ("1",))]
    recipe = replace(RECIPE, epochs=2)
    scores = [
        compare_models(each, folds, ("gru",), recipe).trained["gru"][0].scores for each in (windows, spoilt)
    ]
    assert np.array_equal(*scores)


def demo_windows() -> Windows:
    """Segments of the synthetic demo study."""
    facts = model_card("gru").network
    assert facts is not None
    columns = [COLUMN_OF[key] for key in facts.actions]
    children = plan_study(0)
    clips = [(child, first, last) for child in children for first, last in child.clips]
    ratings = simulate_ratings(children, seed=0).mean(axis=1).tolist()
    return make_windows(
        [
            Segment(
                child.code,
                f"{child.code}:{first}",
                np.arange(first, last + 1),
                child.truth[first : last + 1, columns],
                rating,
            )
            for (child, first, last), rating in zip(clips, ratings, strict=True)
        ]
    )


@pytest.mark.slow
@pytest.mark.parametrize(("network", "epochs"), [("gru", RECIPE.epochs), ("bilstm", RECIPE.epochs // 2)])
def test_on_the_demo_study_regressors_beat_what_is_trivial(network: str, epochs: int) -> None:
    windows = demo_windows()
    folds = make_folds(windows.participants, repeats=1, folds=3, seed=0, as_published=False)
    rows = compare_models(windows, folds, (network,), replace(RECIPE, epochs=epochs)).rows
    mae = {row.model: row.mean["mae"] for row in rows}
    trivial = min(mae["mean"], mae["ridge_window"], mae["ridge_segment"])
    assert max(mae[network], mae["dynamics"]) < trivial
