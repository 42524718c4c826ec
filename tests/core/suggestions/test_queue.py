"""The order of the queue on a pool of eight frames whose worth is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hrm_core.records.queue import QueueBy, QueueLevel
from hrm_core.suggestions.queue import Pool, Ranked, joined, ranked

DOUBT, CONFLICT, DIVERSITY, RARITY, MIX = QueueBy
FRAMES, CLIPS = QueueLevel
# Bits: 0.47, 0.47 + 0.47, 1, 0, 0.72, 0.08, 1.72, 0.
P = [[0.1, 0], [0.1, 0.1], [0.5, 0], [1, 0], [0.8, 0], [0.99, 0], [0.5, 0.8], [0, 0]]


def pool(settled: tuple[int, ...] = (), **changes: Any) -> Pool:
    """Eight frames in three clips, the last frame in none; the clips' numbers do not rise."""
    p = np.array(P, dtype=np.float32)
    mask = np.isin(np.arange(8), settled)
    made = Pool(
        video=np.array([1] * 4 + [2] * 4),
        frame=np.array([3, 4, 5, 6, 0, 1, 2, 9]),
        clip=np.array([7, 7, 7, 7, 4, 4, 5, -1]),
        probabilities=p,
        proposed=p >= 0.5,
        coded=np.zeros((8, 2), dtype=bool),
        settled=mask,
        flagged=np.zeros(8, dtype=bool),
        telling=np.ones(8, dtype=bool),
        comparable=np.ones(8, dtype=bool),
    )
    return replace(made, **changes)


def places(found: list[Ranked]) -> list[int]:
    return [entry.place for entry in found]


def test_the_most_uncertain_come_first_and_the_certain_not_at_all() -> None:
    found = ranked(pool(), DOUBT, FRAMES, 99)
    assert places(found) == [6, 2, 1, 4, 0, 5]
    assert [entry.score for entry in found] == pytest.approx([1.722, 1, 0.938, 0.722, 0.469, 0.081], abs=1e-3)
    assert [entry.columns for entry in found] == [(0, 1), (0,), (), (0,), (), ()]
    assert places(ranked(pool(), DOUBT, FRAMES, 2)) == [6, 2]


def test_nothing_is_named_where_nothing_may_be_told() -> None:
    found = ranked(pool(telling=np.zeros(8, dtype=bool)), DOUBT, FRAMES, 99)
    assert places(found) == [6, 2, 1, 4, 0, 5]
    assert all(entry.columns == () for entry in found)


def test_frames_of_the_coder_are_another_queue_and_their_doubts_stand_before() -> None:
    flagged = np.isin(np.arange(8), [0])
    own = pool((0, 2, 3), flagged=flagged)
    assert places(ranked(own, DOUBT, FRAMES, 9)) == [6, 1, 4, 5]
    found = ranked(own, DOUBT, FRAMES, 9, mine_only=True)
    assert [(entry.place, entry.flagged) for entry in found] == [(0, True), (2, False)]


def test_conflict_is_about_coded_frames_that_may_be_compared() -> None:
    coded = np.zeros((8, 2), dtype=bool)
    coded[[0, 4, 6], 0] = True
    own = pool((0, 3, 4, 6, 7), coded=coded)
    # Frame 3: proposed at 1. Frame 0: coded against 0.9. Frame 6: the second action at 0.8. 4 agrees.
    found = ranked(own, CONFLICT, FRAMES, 9)
    assert [(entry.place, round(entry.score, 3), entry.columns) for entry in found] == [
        (3, 1.0, (0,)),
        (0, 0.9, (0,)),
        (6, 0.8, (1,)),
    ]
    hidden = replace(own, comparable=np.arange(8) != 3)
    assert places(ranked(hidden, CONFLICT, FRAMES, 9)) == [0, 6]


def test_rare_actions_outweigh_common_ones() -> None:
    # Both say as little; the second is rare in what was coded.
    p = np.array([[0.5, 0.01], [0.01, 0.5], *[[0.5, 0.0]] * 6], dtype=np.float32)
    coded = np.zeros((8, 2), dtype=bool)
    coded[2:, 0] = True
    own = pool(tuple(range(2, 8)), probabilities=p, proposed=p >= 0.5, coded=coded)
    assert places(ranked(own, DOUBT, FRAMES, 2)) == [0, 1]
    assert places(ranked(own, RARITY, FRAMES, 2)) == [1, 0]


def test_clips_are_worth_what_their_frames_are_on_average() -> None:
    found = ranked(pool(), DOUBT, CLIPS, 9)
    # 1.72; (0.47 + 0.94 + 1 + 0) / 4 = 0.60; (0.72 + 0.08) / 2 = 0.40. The frame in no clip is in none.
    assert [(entry.place, round(entry.score, 2)) for entry in found] == [(5, 1.72), (7, 0.6), (4, 0.4)]
    # What is coded counts no more.
    found = ranked(pool((0, 3)), DOUBT, CLIPS, 9)
    assert [(entry.place, round(entry.score, 2)) for entry in found] == [(5, 1.72), (7, 0.97), (4, 0.4)]
    # Of equal clips the first of the study comes first, whatever its number in the store is.
    same = np.full((8, 2), 0.5, dtype=np.float32)
    assert places(ranked(pool(probabilities=same), DOUBT, CLIPS, 9)) == [7, 4, 5]


def test_what_stands_for_others_is_unlike_what_is_coded() -> None:
    p = np.array([[0, 0], [0, 0], [1, 0], [1, 0], [1, 0], [0, 1], [0, 1], [1, 1]], dtype=np.float32)
    own = pool((0, 2), probabilities=p)
    found = ranked(own, DIVERSITY, FRAMES, 2)
    assert [p[place].tolist() for place in places(found)] == [[0, 1], [1, 1]]
    assert all(entry.columns == () and entry.by is DIVERSITY for entry in found)
    assert places(ranked(own, DIVERSITY, CLIPS, 1)) == [5]


def test_the_mix_takes_the_best_of_each_in_turn() -> None:
    coded = np.zeros((8, 2), dtype=bool)
    found = ranked(pool((3,), coded=coded), MIX, FRAMES, 4)
    assert [entry.by for entry in found] == [DOUBT, CONFLICT, DIVERSITY, RARITY]
    assert places(found)[:2] == [6, 3]
    assert len(set(places(found))) == 4
    everything = ranked(pool((3,)), MIX, FRAMES, 99)
    assert len(set(places(everything))) == len(everything) == 8


def test_pools_are_joined_in_their_order() -> None:
    both = joined([pool(), pool((0,))])
    assert len(both) == 16
    assert both.settled.tolist() == [False] * 8 + [True] + [False] * 7
