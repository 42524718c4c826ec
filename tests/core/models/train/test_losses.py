"""Losses: numbers worked out by hand, gradients, and what must not matter."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from hrm_core.models.train.losses import action_weights, actions_loss, edge_loss, identity_loss
from hrm_core.models.train.recipe import Loss

LN3 = math.log(3)
"""The logit of 3/4: -ln 3/4 = 0.287682 if present, -ln 1/4 = 1.386294 if absent."""

LOSSES: tuple[Loss, ...] = ("bce", "weighted_bce", "balanced_bce", "tempered_bce", "weighted_asymmetric")

rates_strategy = st.lists(st.floats(0.001, 1), min_size=1, max_size=30)


def loss(
    name: Loss,
    outputs: list[list[float]],
    truth: list[list[int]],
    *,
    weights: list[float] | None = None,
    rates: list[float] | None = None,
    known: list[list[int]] | None = None,
) -> float:
    outputs_ = torch.tensor(outputs)
    return actions_loss(
        name,
        outputs_,
        torch.tensor(truth).float(),
        weights=torch.ones(outputs_.shape[1]) if weights is None else torch.tensor(weights),
        rates=torch.full((outputs_.shape[1],), 0.5) if rates is None else torch.tensor(rates),
        known=torch.ones_like(outputs_).bool() if known is None else torch.tensor(known).bool(),
    ).item()


def test_weights_by_hand() -> None:
    # 1/r = 2, 4, 8, of which the sum is 14; times N = 3: 6/14, 12/14, 24/14.
    found = action_weights(torch.tensor([0.5, 0.25, 0.125]))
    torch.testing.assert_close(found, torch.tensor([6 / 14, 12 / 14, 24 / 14]))


def test_an_action_that_is_never_there_has_no_weight_and_changes_no_other() -> None:
    found = action_weights(torch.tensor([0.5, 0.0, 0.25, 0.125]))
    torch.testing.assert_close(found, torch.tensor([6 / 14, 0, 12 / 14, 24 / 14]))
    assert action_weights(torch.zeros(3)).tolist() == [0, 0, 0]


@given(rates_strategy, st.randoms(use_true_random=False))
def test_weights_have_mean_1_and_go_with_their_actions(rates: list[float], random) -> None:
    order = list(range(len(rates)))
    random.shuffle(order)
    tensor = torch.tensor(rates)
    found = action_weights(tensor)
    assert found.mean().item() == pytest.approx(1, rel=1e-5)
    torch.testing.assert_close(action_weights(tensor[order]), found[order])
    # The rarer weighs more.
    assert found[tensor.argmin()] == found.max()


def test_cross_entropy_by_hand() -> None:
    # (0.287682 + 1.386294) / 2
    assert loss("bce", [[LN3, LN3]], [[1, 0]]) == pytest.approx(0.836988, abs=1e-6)


def test_cross_entropy_has_no_weights() -> None:
    found = loss("bce", [[LN3, LN3]], [[1, 0]], weights=[0.0, 9.0], rates=[0.0, 0.5])
    assert found == pytest.approx(0.836988, abs=1e-6)


def test_weighted_cross_entropy_by_hand() -> None:
    # Pictures: 0.5 · 0.287682 + 1.5 · 1.386294 = 2.223282; 0.5 · ln 2 + 1.5 · ln 2 = 1.386294.
    # (2.223282 + 1.386294) / (2 pictures · 2 actions)
    found = loss("weighted_bce", [[LN3, LN3], [0.0, 0.0]], [[1, 0], [0, 1]], weights=[0.5, 1.5])
    assert found == pytest.approx(0.902394, abs=1e-6)


def test_weighted_losses_leave_out_what_has_no_weight() -> None:
    # As if the second action were not there: N is 1.
    found = loss("weighted_bce", [[LN3, LN3]], [[1, 0]], weights=[1.0, 0.0])
    assert found == pytest.approx(0.287682, abs=1e-6)


def test_balanced_cross_entropy_by_hand() -> None:
    # r = 1/4: presence counts n0/n1 = 3 times, all counts 0.5 / (3/4) = 2/3 times.
    # r = 1/2: 1 time and 0.5 / (1/2) = 1 time.
    # Present: 2/3 · 3 · 0.287682 = 0.575364; absent: 1 · 1.386294; their mean:
    found = loss("balanced_bce", [[LN3, LN3]], [[1, 0]], rates=[0.25, 0.5])
    assert found == pytest.approx(0.980829, abs=1e-6)
    # Absent: 2/3 · 1.386294 = 0.924196; present: 0.287682.
    found = loss("balanced_bce", [[LN3, LN3]], [[0, 1]], rates=[0.25, 0.5])
    assert found == pytest.approx(0.605939, abs=1e-6)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_balanced_cross_entropy_leaves_out_what_has_but_one_class(rate: float) -> None:
    found = loss("balanced_bce", [[LN3, LN3]], [[1, 1]], rates=[0.25, rate])
    assert found == pytest.approx(0.575364, abs=1e-6)


def test_tempered_cross_entropy_by_hand() -> None:
    # r = 1/5: n0/n1 = 4, presence counts 2 times; r = 1/2 and 4/5: 1 and 1/2, both 1 time; r = 1/20: the
    # root of 19 is 4.36, and 3 is the most.  7 · 0.287682 / 4:
    rates = [0.2, 0.5, 0.8, 0.05]
    found = loss("tempered_bce", [[LN3] * 4], [[1] * 4], rates=rates)
    assert found == pytest.approx(0.503444, abs=1e-6)
    # Absence counts once, however rare the action is.
    assert loss("tempered_bce", [[LN3] * 4], [[0] * 4], rates=rates) == pytest.approx(1.386294, abs=1e-6)


def test_tempered_cross_entropy_leaves_out_what_has_no_weight_and_weighs_nothing_else() -> None:
    # (2 · 0.287682 + 1.386294) / 2: neither 0.5 nor 2.5 plays a part.
    found = loss("tempered_bce", [[LN3] * 3], [[1, 0, 1]], weights=[0.5, 2.5, 0.0], rates=[0.2, 0.2, 0.0])
    assert found == pytest.approx(0.980829, abs=1e-6)


def test_asymmetric_loss_and_its_gradient_by_hand() -> None:
    p = torch.tensor([[0.8, 0.4]], requires_grad=True)
    found = actions_loss(
        "weighted_asymmetric",
        p,
        torch.tensor([[1.0, 0.0]]),
        weights=torch.tensor([0.5, 1.5]),
        rates=torch.tensor([0.3, 0.1]),
        known=torch.ones(1, 2, dtype=torch.bool),
    )
    # 0.5 · -ln 0.8 = 0.111572; 1.5 · 0.4 · -ln 0.6 = 0.306495; their mean:
    assert found.item() == pytest.approx(0.209034, abs=1e-6)
    found.backward()
    # -0.5 / 0.8 / 2 = -0.3125; 1.5 · 0.4 / (1 - 0.4) / 2 = 0.5.
    # Were the factor p learned from, 1.5 · -ln 0.6 / 2 = 0.383 would be added to the second.
    assert p.grad is not None
    torch.testing.assert_close(p.grad, torch.tensor([[-0.3125, 0.5]]))


def test_asymmetric_loss_is_finite_where_a_cosine_is_0_or_1() -> None:
    # -ln 1e-8 = 18.420681, for either mistake: the second counts p = 1 time.
    assert loss("weighted_asymmetric", [[0.0, 1.0]], [[1, 0]]) == pytest.approx(18.420681, abs=1e-5)
    # 1 by rounding, and a little more.
    assert math.isfinite(loss("weighted_asymmetric", [[1.0000001, -1e-7]], [[0, 0]]))


@pytest.mark.parametrize("name", ["bce", "weighted_bce", "balanced_bce", "tempered_bce"])
def test_logits_far_out_stay_finite(name: Loss) -> None:
    # Each is wrong by 1000: ln(1 + e^1000) = 1000.
    assert loss(name, [[1000.0, -1000.0]], [[0, 1]]) == pytest.approx(1000)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_summed_in_single(name: Loss, dtype: torch.dtype) -> None:
    found = actions_loss(
        name,
        torch.full((2, 3), 0.5, dtype=dtype),
        torch.zeros(2, 3),
        weights=torch.ones(3),
        rates=torch.full((3,), 0.5),
        known=torch.ones(2, 3, dtype=torch.bool),
    )
    assert found.dtype == torch.float32


@given(st.sampled_from(LOSSES), st.integers(0, 10_000), st.sampled_from([-1.0, 1.0, 7.0, math.nan]))
def test_unknown_entries_change_neither_loss_nor_gradient(name: Loss, seed: int, marked: float) -> None:
    draw = torch.Generator().manual_seed(seed)
    outputs = torch.rand(4, 5, generator=draw)
    truth = torch.rand(4, 5, generator=draw).round()
    known = torch.rand(4, 5, generator=draw) < 0.6
    rates = torch.rand(5, generator=draw).clamp(0.05, 0.95)

    def run(outputs: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
        outputs = outputs.clone().requires_grad_()
        found = actions_loss(name, outputs, truth, weights=action_weights(rates), rates=rates, known=known)
        found.backward()
        assert outputs.grad is not None
        return found.detach(), outputs.grad

    first, gradient = run(outputs, truth)
    other = torch.rand(4, 5, generator=draw)
    second, again = run(outputs.where(known, other), truth.where(known, marked))
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    torch.testing.assert_close(gradient, again, rtol=0, atol=0)
    assert (gradient[~known] == 0).all()
    assert (gradient[known] != 0).any() or not known.any()


def test_nothing_known_is_no_loss() -> None:
    assert loss("bce", [[LN3]], [[1]], known=[[0]]) == 0


def test_unknown_entries_are_no_part_of_the_mean() -> None:
    found = loss("bce", [[LN3, LN3]], [[1, 0]], known=[[1, 0]])
    assert found == pytest.approx(0.287682, abs=1e-6)


# Pairs of two actions, the first present and the second not: (0, 0) is class 3, (0, 1) class 2, (1, 0)
# class 1, (1, 1) class 0.  A logit of ln 7 beside three of 0 is a probability of 0.7: -ln 0.7 = 0.356675.
RIGHT = (3, 2, 1, 0)


def edges(classes: tuple[int, ...]) -> Tensor:
    logits = torch.zeros(1, len(classes), 4)
    for pair, number in enumerate(classes):
        logits[0, pair, number] = math.log(7)
    return logits


def test_edges_by_hand() -> None:
    truth, known = torch.tensor([[1.0, 0.0]]), torch.ones(1, 2, dtype=torch.bool)
    assert edge_loss(edges(RIGHT), truth, known).item() == pytest.approx(0.356675, abs=1e-6)
    # Two of four pairs wrong: a probability of 0.1, -ln 0.1 = 2.302585; (2 · 0.356675 + 2 · 2.302585) / 4.
    swapped = (3, 1, 2, 0)
    assert edge_loss(edges(swapped), truth, known).item() == pytest.approx(1.329630, abs=1e-6)


@pytest.mark.parametrize("marked", [-1.0, 9.0])
def test_a_pair_takes_part_if_both_actions_are_known(marked: float) -> None:
    truth, known = torch.tensor([[1.0, marked]]), torch.tensor([[True, False]])
    logits = edges((3, 0, 0, 3)).requires_grad_()
    found = edge_loss(logits, truth, known)
    assert found.item() == pytest.approx(0.356675, abs=1e-6)
    found.backward()
    assert logits.grad is not None
    assert (logits.grad[0, 1:] == 0).all()


def test_identity_by_hand() -> None:
    # (-ln 3/4 + ln 2 + ln 2) / 3 = (0.287682 + 1.386294) / 3: no softmax over people.
    found = identity_loss(torch.tensor([[LN3, 0.0, 0.0]]), torch.tensor([0]))
    assert found.item() == pytest.approx(0.557992, abs=1e-6)
    # The second: (ln 2 + 1.386294 + ln 2) / 3.
    found = identity_loss(torch.tensor([[LN3, 0.0, 0.0]]), torch.tensor([1]))
    assert found.item() == pytest.approx(0.924196, abs=1e-6)
