"""Frames that stand for others, where it is known which belong together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_core.suggestions.clusters import MOST_FRAMES, logits, representatives


def clouds(sizes: list[int], spread: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Groups of points far from one another, shuffled, and which group each is of."""
    random = np.random.default_rng(seed)
    centres = np.eye(len(sizes), 12) * 20
    group = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return (centres[group] + random.normal(0, spread, (len(group), 12))).astype(np.float32), group


def test_logits_are_cut_and_undecided_where_nothing_is_said() -> None:
    found = logits([[0.5, 0.75, 0.0, 1.0, np.nan]])
    assert found.tolist()[0] == pytest.approx([0, np.log(3), -6, 6, 0])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(0, 99))
def test_each_cloud_gets_one_that_stands_for_all_of_it(sizes: list[int], seed: int) -> None:
    points, group = clouds(sizes, seed=seed)
    places, shares = representatives(points, len(sizes))
    assert sorted(group[places]) == list(range(len(sizes)))
    assert shares == pytest.approx([sizes[which] / sum(sizes) for which in group[places]])
    for place in places:
        cloud = np.flatnonzero(group == group[place])
        away = ((points[cloud] - points[cloud].mean(axis=0)) ** 2).sum(axis=1)
        # Nearest to the middle, not the odd one that is farthest from all others.
        assert away[cloud.tolist().index(place)] == pytest.approx(away.min(), rel=1e-3, abs=1e-5)


def test_what_is_coded_already_is_not_asked_for_first() -> None:
    points, group = clouds([30, 30, 30])
    covered = points[group == 1]
    places, shares = representatives(points, 2, covered)
    assert sorted(group[places]) == [0, 2]
    # The third that is coded stands for itself.
    assert shares == pytest.approx([1 / 3, 1 / 3])


def test_equal_frames_are_one_and_the_first_stands_for_it() -> None:
    points = np.zeros((5, 3), dtype=np.float32)
    points[3] = 4
    places, shares = representatives(points, 4)
    assert (places.tolist(), shares.tolist()) == ([0, 3], [0.8, 0.2])
    # What is coded covers all there is.
    assert [part.tolist() for part in representatives(points, 4, points)] == [[], []]
    assert [part.tolist() for part in representatives(points[:0], 4)] == [[], []]


def test_many_frames_are_looked_at_in_steps() -> None:
    points, group = clouds([MOST_FRAMES] * 3)
    places, shares = representatives(points, 3)
    assert (places % 3 == 0).all()
    assert sorted(group[places]) == [0, 1, 2]
    assert shares == pytest.approx([1 / 3] * 3, abs=0.02)
    again, _ = representatives(points, 3)
    assert (again == places).all()
