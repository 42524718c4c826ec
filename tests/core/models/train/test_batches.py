"""Each epoch sees its pictures once, in an order of its own, the same on every machine."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.models.train.batches import derived_seed, epoch_order, loaded, steps_of


def test_seeds_depend_on_every_number_and_their_order() -> None:
    seeds = [derived_seed(*numbers) for numbers in ((0, 1, 2), (0, 2, 1), (1, 1, 2), (0, 1, 3), (0, 1))]
    assert len(set(seeds)) == len(seeds)
    assert derived_seed(0, 1, 2) == derived_seed(0, 1, 2)


def test_a_shuffled_epoch_sees_each_picture_once() -> None:
    rows = np.arange(100, 160)
    truth = np.zeros((60, 2), dtype=np.uint8)
    first, again, second = (epoch_order(rows, truth, "shuffle", seed) for seed in (1, 1, 2))
    assert sorted(first.tolist()) == rows.tolist()
    assert first.tolist() == again.tolist()
    assert first.tolist() != second.tolist()


def test_a_balanced_epoch_sees_rare_actions_as_often_as_frequent_ones() -> None:
    # 900 pictures show only the first action, 90 both, 10 only the second, which makes it rare: 100; of
    # pictures without an action there are 1000.  The third action is never there.
    truth = np.zeros((2000, 3), dtype=np.uint8)
    truth[:990, 0] = 1
    truth[900:1000, 1] = 1
    drawn = np.concatenate([epoch_order(np.arange(2000), truth, "balanced", seed) for seed in range(20)])
    shares = [np.mean(drawn < 900), np.mean((drawn >= 900) & (drawn < 1000)), np.mean(drawn >= 1000)]
    weights = np.array([900 / 990, 100 / 100, 1000 / 1000])
    assert shares == pytest.approx(weights / weights.sum(), abs=0.01)


@given(pictures=st.integers(1, 60), batch_size=st.integers(1, 20), ranks=st.integers(1, 4))
def test_devices_share_an_epoch_without_overlap(pictures: int, batch_size: int, ranks: int) -> None:
    if min(pictures, batch_size) < ranks:
        return
    order = np.random.default_rng(0).permutation(pictures)
    shares = [steps_of(order, batch_size, rank, ranks) for rank in range(ranks)]
    assert len({tuple(map(len, share)) for share in shares}) == 1
    together = min(batch_size, pictures) // ranks * ranks
    assert len(shares[0]) == pictures // together
    seen = np.concatenate([rows for share in shares for rows in share])
    assert len(set(seen.tolist())) == len(seen) == len(shares[0]) * together
    # A step is the same pictures, however many devices share it.
    for step, rows in enumerate(zip(*shares, strict=True)):
        assert sorted(np.concatenate(rows).tolist()) == sorted(
            order[step * together : (step + 1) * together].tolist()
        )


def test_pictures_come_with_their_places() -> None:
    faces = np.random.default_rng(0).integers(0, 256, (9, 4, 5, 3), dtype=np.uint8)
    steps = [np.array([8, 0]), np.array([3, 3]), np.array([1])]
    found = list(loaded(faces, steps, pinned=False))
    assert [rows.tolist() for rows, _ in found] == [[8, 0], [3, 3], [1]]
    for rows, pictures in found:
        assert np.array_equal(pictures.numpy(), faces[rows].transpose(0, 3, 1, 2))
