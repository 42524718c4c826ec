"""Gradients written out are those of PyTorch's own layers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from hrm_core.models.train import recurrent
from hrm_core.models.train.recurrent import make_stack
from hrm_core.models.zoo import create_model

NETWORKS, BATCH, FRAMES, ACTIONS, HIDDEN = 3, 5, 6, 4, 7


class AllAtOnce(recurrent._Products):
    """The products of all networks at once, as on a graphics card."""

    def __init__(self, left: torch.Tensor, right: torch.Tensor, out: torch.Tensor, *, keep: bool) -> None:
        super().__init__(left, right, out, keep=keep)
        self._whole = left, right, out


@pytest.fixture
def _double() -> Iterator[None]:
    """What is wrong by more than rounding shows in double precision."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.usefixtures("_double")
@pytest.mark.parametrize("products", [recurrent._Products, AllAtOnce])
@pytest.mark.parametrize("name", ["gru", "bilstm"])
def test_scores_and_gradients_are_those_of_pytorch(
    name: str, products: type[recurrent._Products], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recurrent, "_Products", products)
    torch.manual_seed(1)
    models = [create_model(name, ACTIONS, hidden=HIDDEN).eval() for _ in range(NETWORKS)]
    stack = make_stack(name, NETWORKS, BATCH, actions=ACTIONS, frames=FRAMES, hidden=HIDDEN)
    for place, model in enumerate(models):
        stack.load(place, model.state_dict())
    # Twice: nothing of the first batch may be left in the second.
    for _ in range(2):
        windows = (torch.rand(NETWORKS, BATCH, FRAMES, ACTIONS) < 0.4).double()
        slopes = torch.randn(NETWORKS, BATCH)
        factors = torch.ones(NETWORKS, BATCH, 2 * HIDDEN)
        if stack.dropped is not None:
            factors.bernoulli_(0.5).mul_(2)
            stack.dropped.copy_(factors)
        stack.inputs.copy_(windows.transpose(1, 2))
        scores = stack.forward(range(NETWORKS)).clone()
        stack.backward(slopes, range(NETWORKS))
        for place, model in enumerate(models):
            expected = _scores(model, windows[place], factors[place])
            torch.testing.assert_close(scores[place], expected, atol=1e-12, rtol=0)
            model.zero_grad()
            expected.backward(slopes[place])
            found = stack.state(stack.gradients[place])
            assert found.keys() == model.state_dict().keys()
            for key, parameter in model.named_parameters():
                torch.testing.assert_close(found[key], parameter.grad, atol=1e-12, rtol=0)


@pytest.mark.parametrize("name", ["gru", "bilstm"])
def test_weights_come_back_as_they_went_in(name: str) -> None:
    model = create_model(name, ACTIONS, hidden=HIDDEN)
    stack = make_stack(name, 2, BATCH, actions=ACTIONS, frames=FRAMES, hidden=HIDDEN)
    stack.load(1, model.state_dict())
    found = stack.state(stack.flat[1])
    assert all(torch.equal(found[key], value) for key, value in model.state_dict().items())
    assert not stack.flat[0].any()


def _scores(model: torch.nn.Module, windows: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    if not hasattr(model, "lstm"):
        return model(windows).squeeze(-1)
    return model.fc(model.lstm(windows)[0][:, -1] * factors).squeeze(-1)
