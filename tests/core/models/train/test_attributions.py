"""Shares add up to the score, and are what calculus says of a network that can be worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from hrm_core.errors import Cancelled
from hrm_core.models.train.attributions import TOLERANCE, attribute_segments, integrated_gradients
from hrm_core.models.train.windows import Segment, make_windows
from hrm_core.models.zoo import create_model
from hrm_core.progress import CancelToken
from tests.support.rated_windows import synthetic_segments


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def network(name: str, *, sharp: float = 1.0, actions: int = 5) -> torch.nn.Module:
    torch.manual_seed(3)
    made = create_model(name, actions, hidden=8).double().eval()
    with torch.no_grad():
        for weights in made.parameters():
            weights *= sharp
    return made


def windows(n: int = 12) -> np.ndarray:
    return (np.random.default_rng(0).random((n, 15, 5)) < 0.4).astype(np.uint8)


class Product(torch.nn.Module):
    """Score 2 + a * b + 3 c of the first frame's first three actions."""

    def __init__(self) -> None:
        super().__init__()
        self.level = torch.nn.Parameter(torch.tensor(2.0, dtype=torch.float64))

    def forward(self, actions: torch.Tensor) -> torch.Tensor:
        a, b, c = actions[:, 0, :3].unbind(dim=1)
        return (self.level + a * b + 3 * c)[:, None]


def test_shares_of_a_product_are_those_of_the_integral() -> None:
    shown = np.zeros((2, 15, 5))
    shown[0, 0, :3] = 1
    shown[1, 0, 0] = 1
    found = integrated_gradients(Product(), shown)
    # Along the way t, d(ab)/da is t: its integral is one half, for each of the two.
    np.testing.assert_allclose(found.values[0, 0], [0.5, 0.5, 3, 0, 0], atol=1e-12)
    assert (found.values[0, 1:] == 0).all()
    assert (found.values[1] == 0).all()
    assert (found.baseline, found.scores.tolist()) == (2, [6, 2])


@pytest.mark.parametrize("name", ["gru", "bilstm"])
def test_shares_add_up_to_the_score_less_the_baseline(name: str) -> None:
    asked, shown = network(name), windows()
    found = integrated_gradients(asked, shown)
    with torch.no_grad():
        scores = asked(torch.tensor(shown, dtype=torch.float64))[:, 0].numpy()
        baseline = float(asked(torch.zeros(1, 15, 5, dtype=torch.float64)))
    np.testing.assert_allclose(found.values.sum(axis=(1, 2)), scores - baseline, atol=1e-6)
    assert (found.values[shown == 0] == 0).all()
    assert np.abs(found.values).max() > 1e-4


@pytest.mark.parametrize("name", ["gru", "bilstm"])
def test_where_the_score_jumps_the_way_is_cut_shorter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, shown = network(name, sharp=6.0), windows(1)
    found = integrated_gradients(asked, shown)
    assert found.gap < 2 * TOLERANCE
    monkeypatch.setattr("hrm_core.models.train.attributions._MOST_HALVED", 0)
    coarse = integrated_gradients(asked, shown)
    assert coarse.gap > 4 * found.gap
    # The plain rule with many equal steps comes to the same shares.
    monkeypatch.undo()
    inputs = torch.tensor(shown, dtype=torch.float64)
    total = torch.zeros_like(inputs)
    for step in range(500):
        between = ((step + 0.5) / 500 * inputs).requires_grad_()
        total += torch.autograd.grad(asked(between).sum(), between)[0] / 500
    np.testing.assert_allclose(found.values, (inputs * total).numpy(), atol=2 * TOLERANCE)


def test_a_clips_shares_are_the_mean_of_its_windows() -> None:
    segments = synthetic_segments(2, 2, frames=40)
    gapped = segments[1]
    # Frames 100-119, then 123-139, then four that are in no window.
    frames = np.concatenate([np.arange(100, 120), np.arange(123, 140), np.arange(150, 153)])
    segments[1] = Segment("1", "1:2", frames, gapped.codes, gapped.rating)
    made, asked = make_windows(segments), network("gru")
    (found,) = attribute_segments(asked, made, [1], [(98, 155)])
    own = np.flatnonzero(made.of_segment == 1)
    each = integrated_gradients(asked, made.table[made.rows(own)])
    expected = np.full((58, 5), np.nan)
    shown = np.concatenate([np.arange(2, 22), np.arange(25, 42)])
    expected[shown] = 0
    begins = [*range(2, 8), *range(25, 28)]
    assert len(begins) == len(own)
    for begin, values in zip(begins, each.values, strict=True):
        expected[begin : begin + 15] += values / len(own)
    np.testing.assert_allclose(found.values, expected, atol=1e-6)
    assert found.score == pytest.approx(each.scores.mean())
    assert np.nansum(found.values) == pytest.approx(found.score - found.baseline, abs=1e-5)


def test_it_stops_on_request() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        integrated_gradients(network("gru"), windows(), cancel=cancel)
