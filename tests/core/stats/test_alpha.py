"""Krippendorff's alpha against exact fractions, publications, and the package itself."""

from __future__ import annotations

import math
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.stats import krippendorff_alpha
from hrm_core.stats.alpha import Scale, alpha_of_coincidences
from tests.core.stats.golden_agreement import names, table

_SCALES: tuple[Scale, ...] = ("nominal", "ordinal", "interval", "ratio")


def _read(name: str) -> tuple[NDArray[np.float64], dict[str, Any]]:
    read = table(name)
    return np.array(read["data"]["raters_by_units"], dtype=np.float64).T, read


@pytest.mark.parametrize("name", names("kripp"))
@pytest.mark.parametrize("scale", _SCALES)
def test_it_is_its_definition_in_exact_fractions(name: str, scale: Scale) -> None:
    ratings, read = _read(name)
    expected = read["expected"]
    found = krippendorff_alpha(ratings, scale)
    exact = expected["exact_rational"][scale]
    if exact is None:
        assert math.isnan(found.value)
        assert found.reason
    else:
        assert found.value == pytest.approx(exact, rel=1e-12, abs=1e-15)
        assert found.reason == ""
    if "published" in read:
        assert round(found.value, 3) == read["published"][scale]
    assert found.n == expected["pairable"]["units_with_2_or_more"]
    assert found.pairable == expected["pairable"]["pairable_values"]
    assert found.n + found.dropped == len(ratings)


@given(data=st.data(), scale=st.sampled_from(_SCALES))
def test_coincidences_give_what_the_package_gives(data: st.DataObject, scale: Scale) -> None:
    ratings = np.array(
        data.draw(st.lists(st.lists(st.integers(1, 4), min_size=3, max_size=3), min_size=2, max_size=12)),
        float,
    )
    ratings[0, data.draw(st.integers(0, 2))] = np.nan
    values = np.unique(ratings[~np.isnan(ratings)])
    counts = (ratings[:, :, None] == values).sum(axis=1).astype(np.float64)
    weight = 1 / (counts.sum(axis=1) - 1)
    coincidences = np.einsum("u,uc,uk->ck", weight, counts, counts) - np.diag(weight @ counts)
    found = float(alpha_of_coincidences(coincidences, values, scale))
    if values.size == 1:
        assert math.isnan(found)
    else:
        expected = krippendorff.alpha(ratings.T, level_of_measurement=scale)
        assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("scale", _SCALES)
def test_many_values_need_no_matrix_for_each_target(scale: Scale, monkeypatch: pytest.MonkeyPatch) -> None:
    ratings = np.random.default_rng(6).normal(50, 9, (60, 3)).round(1)
    ratings[3, 0] = np.nan
    by_package = krippendorff_alpha(ratings, scale).value
    monkeypatch.setattr("hrm_core.stats.alpha._MOST_FOR_THE_PACKAGE", 0)
    assert krippendorff_alpha(ratings, scale).value == pytest.approx(by_package, abs=1e-12)
    assert by_package == pytest.approx(krippendorff.alpha(ratings.T, level_of_measurement=scale), abs=1e-12)


@pytest.mark.parametrize("clustered", [False, True])
def test_the_bootstrap_is_the_package_on_resampled_targets(clustered: bool) -> None:
    random = np.random.default_rng(7)
    truth = random.integers(1, 5, 80)
    ratings = np.where(random.random((80, 3)) < 0.7, truth[:, None], random.integers(1, 5, (80, 3))).astype(
        float
    )
    ratings[random.random(ratings.shape) < 0.1] = np.nan
    cluster = np.arange(80) // 4 if clustered else np.arange(80)
    by_package = []
    for _ in range(600):
        drawn = random.integers(0, cluster.max() + 1, cluster.max() + 1)
        rows = np.concatenate([np.flatnonzero(cluster == number) for number in drawn])
        by_package.append(krippendorff.alpha(ratings[rows].T, level_of_measurement="ordinal"))
    found = krippendorff_alpha(ratings, "ordinal", cluster if clustered else None, replicates=4000, seed=1)
    spread = np.std(by_package)
    low, high = np.quantile(by_package, [0.025, 0.975])
    assert found.low == pytest.approx(low, abs=0.35 * spread)
    assert found.high == pytest.approx(high, abs=0.35 * spread)
    assert found.low < found.value < found.high


def test_whole_clusters_are_resampled() -> None:
    # Each child's frames are one decision of each rater, twenty times over.
    random = np.random.default_rng(4)
    decisions = random.integers(0, 2, (30, 2))
    decisions[:20, 1] = decisions[:20, 0]
    ratings = np.repeat(decisions, 20, axis=0)
    children = np.repeat([f"child {number}" for number in range(30)], 20)
    by_frame = krippendorff_alpha(ratings, replicates=1000)
    by_child = krippendorff_alpha(ratings, clusters=children, replicates=1000)
    assert by_child.high - by_child.low > 3 * (by_frame.high - by_frame.low)
    assert by_child.clusters == 30
    assert by_child.note == ""
    assert by_frame.clusters == 600
    assert by_frame.note == "targets resampled one by one, as if independent"
    again = krippendorff_alpha(ratings, clusters=children, replicates=1000)
    assert (again.low, again.high) == (by_child.low, by_child.high)
    other = krippendorff_alpha(ratings, clusters=children, replicates=1000, seed=1)
    assert (other.low, other.high) != (by_child.low, by_child.high)


def test_an_interval_that_rests_on_one_cluster_is_none_and_says_why() -> None:
    ratings = np.zeros((40, 2))
    ratings[0] = 1
    found = krippendorff_alpha(ratings, clusters=np.repeat(np.arange(4), 10), replicates=400)
    # The first cluster holds all there is: it is missing from (3/4)^4 of the resamples.
    assert found.undefined == pytest.approx(400 * 0.75**4, abs=40)
    assert found.value == 1
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.note.startswith("no interval: undefined once a single cluster is left out; only 4 clusters")


def test_the_scale_by_either_name() -> None:
    ratings, read = _read("kripp_canonical.json")
    found = krippendorff_alpha(ratings, level_of_measurement="ordinal")
    assert found.value == krippendorff_alpha(ratings, "ordinal").value
    assert (found.scale, round(found.value, 3)) == ("ordinal", read["published"]["ordinal"])


def test_many_actions_are_one_by_one() -> None:
    random = np.random.default_rng(8)
    ratings = random.integers(0, 3, (4, 40, 2)).astype(np.float64)
    ratings[0, :4, 0] = np.nan
    ratings[1] = 0
    ratings[2, :, 1] = np.nan
    children = np.arange(40) // 2
    found = krippendorff_alpha(ratings, "interval", children, replicates=50)
    for action in range(4):
        alone = krippendorff_alpha(ratings[action], "interval", children, replicates=50)
        for field in ("value", "low", "high", "n", "pairable", "dropped", "undefined", "reason", "note"):
            assert getattr(found, field)[action] == pytest.approx(getattr(alone, field), nan_ok=True)
    assert found.reason[1:3] == (
        "no variance: nobody ever used it",
        "no target has two ratings: nothing is pairable",
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[1], [2]],), "at least two raters"),
        (([[1, 2]], "polar"), "scale must be one of"),
        # The distance of -1 and 1 would be 0/0, and they would pass for equal.
        (([[-1, 1], [1, 1], [2, 2]], "ratio"), "values of 0 or more"),
        (([[1, 2]], "nominal", [1, 2]), "a cluster for each of the 1 targets"),
        (([[1, 2]], "nominal", None, -1), "replicates be 0 or more"),
        ((np.random.default_rng(0).random((400, 2)), "interval", None, 10), "too many for a bootstrap"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arguments: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        krippendorff_alpha(*arguments)
