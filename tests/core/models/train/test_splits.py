"""Folds by person: nobody is in two of them, and actions are spread evenly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.errors import UserError
from hrm_core.models.train.splits import balanced_folds, fold_table, random_folds, same_person

# How one child is written by different people.
_WRITTEN = (
    "S{}",
    "s{}",
    " S{} ",
    "S{}TD",
    "s{} td",
    "S{} TD ",
    "S{}_TD",
    "S{} (TD)",
    "Ｓ{}（ＴＤ）",
    "S  {}",
)


@st.composite
def studies(draw: st.DrawFn) -> tuple[list[str], list[int], NDArray[np.int64], int, int]:
    """Codes, who is behind them, positives, number of folds, seed."""
    k = draw(st.integers(2, 5))
    persons = draw(st.lists(st.integers(1, 300), min_size=k, max_size=25, unique=True))
    codes, behind = [], []
    for person in persons:
        for form in draw(st.lists(st.sampled_from(_WRITTEN), min_size=1, max_size=3, unique=True)):
            codes.append(form.format(person))
            behind.append(person)
    order = draw(st.permutations(range(len(codes))))
    actions = draw(st.integers(1, 4))
    rows = [[draw(st.integers(0, 500)) for _ in range(actions)] for _ in codes]
    return (
        [codes[at] for at in order],
        [behind[at] for at in order],
        np.array(rows, dtype=np.int64),
        k,
        draw(st.integers(0, 5)),
    )


@settings(max_examples=60, deadline=None)
@given(studies())
def test_nobody_is_in_two_folds_and_everybody_in_one(
    study: tuple[list[str], list[int], NDArray[np.int64], int, int],
) -> None:
    codes, behind, positives, k, seed = study
    for folds in (balanced_folds(codes, positives, k, seed), random_folds(codes, k, seed)):
        assert len(folds) == k
        assert sorted(code for fold in folds for code in fold) == sorted(codes)
        person_of = dict(zip(codes, behind, strict=True))
        persons = [{person_of[code] for code in fold} for fold in folds]
        assert sum(map(len, persons)) == len(set(behind))
        assert max(map(len, persons)) - min(map(len, persons)) <= 1


@settings(max_examples=30, deadline=None)
@given(studies(), st.randoms(use_true_random=False))
def test_the_same_persons_give_the_same_folds_in_any_order(study, random) -> None:  # type: ignore[no-untyped-def]
    codes, _, positives, k, seed = study
    order = list(range(len(codes)))
    random.shuffle(order)
    again = balanced_folds([codes[at] for at in order], positives[order], k, seed)
    assert [set(fold) for fold in again] == [set(fold) for fold in balanced_folds(codes, positives, k, seed)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("S12", "s12 TD"),
        ("S12TD", "S12"),
        (" S12", "s12td "),
        ("S12", "S12 (TD)"),
        ("S12", "S12.TD"),
        ("S12", "Ｓ１２"),
        ("S12", "S12\N{ZERO WIDTH SPACE}"),
        ("S12", "S  12"),
        ("S12", "Participant-012 TD"),
    ],
)
def test_one_person_has_one_key(one: str, other: str) -> None:
    assert same_person(one) == same_person(other)


@pytest.mark.parametrize(
    ("one", "other"), [("S1", "S12"), ("S1TD", "S11"), ("Ada", "Bo"), ("ATD", "A"), ("TD1", "ASD1")]
)
def test_two_persons_have_two_keys(one: str, other: str) -> None:
    assert same_person(one) != same_person(other)


def test_too_few_persons_are_counted() -> None:
    with pytest.raises(UserError, match="3 folds by person need at least 3 persons, and there are 2"):
        balanced_folds(["S1", "S2", "s2 TD"], np.ones((3, 2)), 3)
    with pytest.raises(UserError, match="there is 1 with"):
        random_folds(["S1"], 2)


def _cost(codes: list[str], positives: NDArray[np.int64], folds: tuple[tuple[str, ...], ...]) -> float:
    """Sum of the squared deviations from 1/k, over actions that are there at all."""
    shares = np.array(
        [[positives[[codes.index(code) for code in fold]].sum(axis=0)] for fold in folds], dtype=float
    )[:, 0]
    shares = shares[:, positives.any(axis=0)] / positives.sum(axis=0)[positives.any(axis=0)]
    return float(((shares - 1 / len(folds)) ** 2).sum())


def test_balance_beats_every_one_of_200_random_splits() -> None:
    draw = np.random.default_rng(5)
    codes = [f"S{number}" for number in range(98)]
    # Few children make most of an action's frames, and some actions hardly occur, as in the data set.
    rates = draw.lognormal(2, 2, size=(98, 33)) * (draw.random((98, 33)) < draw.uniform(0.05, 0.9, 33))
    positives = rates.astype(np.int64)
    found = _cost(codes, positives, balanced_folds(codes, positives, 3))
    others = [_cost(codes, positives, random_folds(codes, 3, seed)) for seed in range(200)]
    assert found < min(others)
    assert found < np.mean(others) / 2


def test_a_division_that_can_be_even_is_found() -> None:
    # Three pairs of equal children: in a perfect division no pair stays together.
    codes = ["A1", "A2", "A3", "B1", "B2", "B3"]
    positives = np.array([[900, 0]] * 3 + [[0, 70]] * 3)
    for seed in range(5):
        folds = balanced_folds(codes, positives, 3, seed)
        assert all({code[0] for code in fold} == {"A", "B"} for fold in folds)


def test_frames_are_balanced_too() -> None:
    codes = [f"S{number}" for number in range(8)]
    frames = np.array([100, 100, 100, 100, 1, 1, 1, 1])
    folds = balanced_folds(codes, np.zeros((8, 1)), 2, frames=frames)
    assert [sum(int(frames[codes.index(code)]) for code in fold) for fold in folds] == [202, 202]


def test_the_table_of_folds_counts_positives_and_shares() -> None:
    counts, shares = fold_table(["a", "b", "c"], [[3, 0], [1, 0], [4, 0]], [["c"], ["a", "b"]])
    assert counts.tolist() == [[4, 0], [4, 0]]
    assert shares[:, 0].tolist() == [0.5, 0.5]
    assert np.isnan(shares[:, 1]).all()


def test_a_code_that_is_there_twice_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="twice"):
        random_folds(["S1", "S1", "S2"], 2)
