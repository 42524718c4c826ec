"""Several recurrent regressors of one kind, trained side by side by formulas written out.

PyTorch's own layers compute each step of each network by itself and keep a graph of it.  Here the gradients
are written out, so that the inputs of all steps are multiplied at once, the gradients of weights likewise,
nothing is allocated after the first batch, and cheap operations (sigmoids, sums) run over all networks
together.  What does not reach the score is left out: the reverse direction of the BiLSTM's second layer is
read after one step only, and products with states that are zero.

Formulas: Cho et al. 2014 and Hochreiter & Schmidhuber 1997 in the form of ``torch.nn.GRU`` and
``torch.nn.LSTM``, whose gradients are the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

__all__ = ["KEPT", "GruStack", "LstmStack", "Stack", "make_stack"]

KEPT = 0.5
"""Share of the BiLSTM's outputs that dropout keeps."""

_sigmoid_back = torch.ops.aten.sigmoid_backward.grad_input
_tanh_back = torch.ops.aten.tanh_backward.grad_input


class Stack(Protocol):
    """Networks of one kind with room for one batch each.

    Attributes
    ----------
    flat : Tensor, shape (networks, parameters)
        All weights; rows are changed by an optimiser.
    gradients : Tensor, shape (networks, parameters)
        Of the last :meth:`backward`.
    inputs : Tensor, shape (networks, frames, batch, actions)
        Where the windows of the next batch go.
    dropped : Tensor or None, shape (networks, batch, features)
        Factors of dropout, 0 or 1 / kept, or 1; None where the network has none.
    """

    flat: Tensor
    gradients: Tensor
    inputs: Tensor

    @property
    def dropped(self) -> Tensor | None:
        """Factors of dropout, to be filled."""

    def forward(self, active: Sequence[int]) -> Tensor:
        """Scores, shape (networks, batch), of `inputs`; of networks that are not `active`, anything."""

    def backward(self, slopes: Tensor, active: Sequence[int]) -> None:
        """Fill `gradients` from those of the scores, shape (networks, batch)."""

    def load(self, place: int, state: Mapping[str, Tensor]) -> None:
        """Take over the weights of a network of :func:`hrm_core.models.zoo.create_model`."""

    def state(self, row: Tensor) -> dict[str, Tensor]:
        """A row of `flat` as such a network's weights."""


def make_stack(
    network: str,
    networks: int,
    batch: int,
    *,
    actions: int,
    frames: int,
    hidden: int = 128,
    device: str | torch.device = "cpu",
) -> Stack:
    """Room for `networks` networks ``"gru"`` or ``"bilstm"`` and a batch of windows for each."""
    kind: type[GruStack | LstmStack] = GruStack if network == "gru" else LstmStack
    return kind(networks, batch, actions, frames, hidden, torch.device(device))


class _Weights:
    """Rows of weights, and views into them by name."""

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], networks: int, device: torch.device) -> None:
        self.shapes = shapes
        size = sum(torch.Size(shape).numel() for shape in shapes.values())
        self.flat = torch.zeros(networks, size, device=device)
        self.gradients = torch.zeros_like(self.flat)
        self.of = self._views(self.flat)
        self.slope_of = self._views(self.gradients)

    def _views(self, rows: Tensor) -> dict[str, Tensor]:
        parts = torch.split(rows, [torch.Size(shape).numel() for shape in self.shapes.values()], dim=1)
        return {
            name: part.view(len(rows), *shape)
            for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
        }

    def by_name(self, row: Tensor) -> dict[str, Tensor]:
        return {name: view[0] for name, view in self._views(row[None]).items()}


class _Products:
    """The same product of matrices for each network: ``out = keep * out + left @ right``."""

    def __init__(self, left: Tensor, right: Tensor, out: Tensor, *, keep: bool) -> None:
        self._whole = None if left.device.type == "cpu" else (left, right, out)
        self._each = list(zip(left, right, out, strict=True))
        self._keep = float(keep)

    def run(self, active: Sequence[int]) -> None:
        # One product after the other is faster on a processor, all at once on a graphics card.
        if self._whole is not None:
            left, right, out = self._whole
            torch.baddbmm(out, left, right, beta=self._keep, out=out)
            return
        for place in active:
            left, right, out = self._each[place]
            torch.addmm(out, left, right, beta=self._keep, out=out)


def _rows(steps: Tensor) -> Tensor:
    """From [networks, frames, batch, n] to [networks, frames * batch, n], a view."""
    return steps.flatten(1, 2)


def _bend(values: Tensor) -> Tensor:
    """The hyperbolic tangent in place, as 2 * sigmoid(2 x) - 1: on processors half as long as ``tanh_``."""
    return values.mul_(2).sigmoid_().mul_(2).sub_(1)


class _Gru:
    """One layer.  Gates of a step: candidate from the input, reset, update, candidate from the state.

    So the first three blocks are what the input says and the last three what the state says: the gradients
    of both are parts of one tensor.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        slopes: Mapping[str, Tensor],
        layer: int,
        inputs: Tensor,
        slope_of_inputs: Tensor | None,
    ) -> None:
        networks, frames, batch, _ = inputs.shape
        self.bias_in, self.bias_state = weights[f"bias_ih_l{layer}"], weights[f"bias_hh_l{layer}"]
        self.slope_bias_in, self.slope_bias_state = slopes[f"bias_ih_l{layer}"], slopes[f"bias_hh_l{layer}"]
        weight_in, weight_state = weights[f"weight_ih_l{layer}"], weights[f"weight_hh_l{layer}"]
        hidden = weight_state.shape[-1]
        self.hidden = hidden
        empty = inputs.new_empty
        self.gates = empty(networks, frames, batch, 4 * hidden)
        self.states = empty(networks, frames, batch, hidden)
        self.slopes = empty(networks, frames, batch, hidden)
        self._spare = empty(networks, batch, hidden)
        self._kept = empty(networks, batch, hidden)
        of_input, of_state = self.gates[..., : 3 * hidden], self.gates[..., hidden:]
        self._into = _Products(_rows(inputs), weight_in.mT, _rows(of_input), keep=True)
        self._step = [
            _Products(self.states[:, t - 1], weight_state.mT, of_state[:, t], keep=True)
            for t in range(1, frames)
        ]
        self._back = [
            _Products(of_state[:, t], weight_state, self.slopes[:, t - 1], keep=True)
            for t in range(1, frames)
        ]
        self._weight_slopes = [
            _Products(_rows(of_input).mT, _rows(inputs), slopes[f"weight_ih_l{layer}"], keep=False),
            _Products(
                _rows(of_state[:, 1:]).mT,
                _rows(self.states[:, :-1]),
                slopes[f"weight_hh_l{layer}"],
                keep=False,
            ),
        ]
        if slope_of_inputs is not None:
            self._weight_slopes.append(
                _Products(_rows(of_input), weight_in, _rows(slope_of_inputs), keep=False)
            )
        self._parts = [tuple(torch.split(self.gates[:, t], hidden, dim=-1)) for t in range(frames)]

    def forward(self, active: Sequence[int]) -> None:
        hidden = self.hidden
        bias = torch.cat(
            (
                self.bias_in[:, :hidden],
                self.bias_in[:, hidden:] + self.bias_state[:, : 2 * hidden],
                self.bias_state[:, 2 * hidden :],
            ),
            dim=1,
        )
        self.gates.copy_(bias[:, None, None])
        self._into.run(active)
        for t, (new, reset, update, from_state) in enumerate(self._parts):
            if t:
                self._step[t - 1].run(active)
            self.gates[:, t, :, hidden : 3 * hidden].sigmoid_()
            _bend(new.addcmul_(reset, from_state))
            if t:
                torch.lerp(new, self.states[:, t - 1], update, out=self.states[:, t])
            else:
                torch.addcmul(new, new, update, value=-1, out=self.states[:, 0])

    def backward(self, active: Sequence[int]) -> None:
        """From `slopes` of the states at every step, which are used up."""
        spare, kept = self._spare, self._kept
        for t in range(len(self._parts) - 1, -1, -1):
            new, reset, update, from_state = self._parts[t]
            slope, state = self.slopes[:, t], self.states[:, t]
            if t:
                self.slopes[:, t - 1].addcmul_(slope, update)
            torch.addcmul(slope, slope, update, value=-1, out=spare)
            # state - new = update * (state before - new), so that no division is needed.
            torch.sub(state, new, out=update).mul_(spare)
            _tanh_back(spare, new, grad_input=new)
            torch.mul(new, from_state, out=kept)
            torch.mul(new, reset, out=from_state)
            _sigmoid_back(kept, reset, grad_input=reset)
            if t:
                self._back[t - 1].run(active)
        for product in self._weight_slopes:
            product.run(active)
        sums = self.gates.sum(dim=(1, 2))
        self.slope_bias_in.copy_(sums[:, : 3 * self.hidden])
        self.slope_bias_state.copy_(sums[:, self.hidden :])


class GruStack:
    """Networks ``"gru"``; see :class:`Stack`."""

    dropped = None

    def __init__(
        self, networks: int, batch: int, actions: int, frames: int, hidden: int, device: torch.device
    ) -> None:
        shapes: dict[str, tuple[int, ...]] = {}
        for layer, width in enumerate((actions, hidden)):
            shapes[f"weight_ih_l{layer}"] = (3 * hidden, width)
            shapes[f"weight_hh_l{layer}"] = (3 * hidden, hidden)
            shapes[f"bias_ih_l{layer}"] = shapes[f"bias_hh_l{layer}"] = (3 * hidden,)
        shapes |= {"fc.weight": (hidden,), "fc.bias": (1,)}
        self._weights = _Weights(shapes, networks, device)
        self.flat, self.gradients = self._weights.flat, self._weights.gradients
        self.inputs = torch.zeros(networks, frames, batch, actions, device=device)
        of, slope_of = self._weights.of, self._weights.slope_of
        self._first = _Gru(of, slope_of, 0, self.inputs, None)
        self._second = _Gru(of, slope_of, 1, self._first.states, self._first.slopes)
        self._hidden = hidden

    def forward(self, active: Sequence[int]) -> Tensor:
        """See :class:`Stack`."""
        self._first.forward(active)
        self._second.forward(active)
        of = self._weights.of
        return torch.einsum("gbh,gh->gb", self._second.states[:, -1], of["fc.weight"]) + of["fc.bias"]

    def backward(self, slopes: Tensor, active: Sequence[int]) -> None:
        """See :class:`Stack`."""
        of, slope_of = self._weights.of, self._weights.slope_of
        slope_of["fc.weight"].copy_(torch.einsum("gb,gbh->gh", slopes, self._second.states[:, -1]))
        slope_of["fc.bias"].copy_(slopes.sum(dim=1, keepdim=True))
        self._second.slopes[:, :-1].zero_()
        torch.mul(slopes[..., None], of["fc.weight"][:, None], out=self._second.slopes[:, -1])
        self._second.backward(active)
        self._first.backward(active)

    def load(self, place: int, state: Mapping[str, Tensor]) -> None:
        """See :class:`Stack`."""
        views = self._weights.by_name(self.flat[place])
        for name, value in state.items():
            view = views[name.removeprefix("gru.")]
            view.copy_(self._reordered(name, value, 2).view(view.shape))

    def state(self, row: Tensor) -> dict[str, Tensor]:
        """See :class:`Stack`."""
        shape = {"fc.weight": (1, self._hidden)}
        return {
            name if name.startswith("fc.") else f"gru.{name}": self._reordered(name, value, 1)
            .reshape(shape.get(name, value.shape))
            .clone()
            for name, value in self._weights.by_name(row).items()
        }

    def _reordered(self, name: str, value: Tensor, first: int) -> Tensor:
        """Roll the blocks of what the input says: PyTorch has the candidate last, we have it first."""
        return value.roll(first * -self._hidden, 0) if "_ih_" in name else value


class _Lstm:
    """One direction of one layer.  Gates in PyTorch's order: input, forget, candidate, output."""

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        slopes: Mapping[str, Tensor],
        name: str,
        inputs: Tensor,
        states: Tensor,
        state_slopes: Tensor,
        *,
        reverse: bool = False,
    ) -> None:
        networks, frames, batch, _ = inputs.shape
        self._bias = weights[f"bias_ih_{name}"], weights[f"bias_hh_{name}"]
        self._slope_bias = slopes[f"bias_ih_{name}"], slopes[f"bias_hh_{name}"]
        weight_in, weight_state = weights[f"weight_ih_{name}"], weights[f"weight_hh_{name}"]
        hidden = weight_state.shape[-1]
        self.gates = inputs.new_empty(networks, frames, batch, 4 * hidden)
        self._cells, self._bent = inputs.new_empty(2, networks, frames, batch, hidden)
        self._cell_slope, self._spare, self._kept = inputs.new_empty(3, networks, batch, hidden)
        self.states, self.slopes = states, state_slopes
        self._hidden = hidden
        self._into = _Products(_rows(inputs), weight_in.mT, _rows(self.gates), keep=True)
        self._times = list(range(frames))[:: -1 if reverse else 1]
        pairs = list(zip(self._times, self._times[1:], strict=False))
        self._step = {
            t: _Products(states[:, before], weight_state.mT, self.gates[:, t], keep=True)
            for before, t in pairs
        }
        self._back = {
            t: _Products(self.gates[:, t], weight_state, state_slopes[:, before], keep=True)
            for before, t in pairs
        }
        self._weight_slopes = [
            _Products(_rows(self.gates).mT, _rows(inputs), slopes[f"weight_ih_{name}"], keep=False)
        ]
        if pairs:
            # The state before the first step is zero.
            later, earlier = (
                (slice(None, -1), slice(1, None)) if reverse else (slice(1, None), slice(None, -1))
            )
            self._weight_slopes.append(
                _Products(
                    _rows(self.gates[:, later]).mT,
                    _rows(states[:, earlier]),
                    slopes[f"weight_hh_{name}"],
                    keep=False,
                )
            )
        self._parts = [tuple(torch.split(self.gates[:, t], hidden, dim=-1)) for t in range(frames)]

    def send_back(self, weight_in: Tensor, slope_of_inputs: Tensor, *, keep: bool) -> None:
        """Let :meth:`backward` also fill the gradients of the inputs, or add to them."""
        self._weight_slopes.append(_Products(_rows(self.gates), weight_in, _rows(slope_of_inputs), keep=keep))

    def forward(self, active: Sequence[int]) -> None:
        self.gates.copy_((self._bias[0] + self._bias[1])[:, None, None])
        self._into.run(active)
        before = None
        for t in self._times:
            if before is not None:
                self._step[t].run(active)
            enter, forget, new, leave = self._parts[t]
            self.gates[:, t, :, : 2 * self._hidden].sigmoid_()
            _bend(new)
            leave.sigmoid_()
            cell = torch.mul(enter, new, out=self._cells[:, t])
            if before is not None:
                cell.addcmul_(forget, self._cells[:, before])
            torch.mul(leave, _bend(self._bent[:, t].copy_(cell)), out=self.states[:, t])
            before = t

    def backward(self, active: Sequence[int]) -> None:
        """From `slopes` of the states at every step, which are used up."""
        cell_slope, spare, kept = self._cell_slope.zero_(), self._spare, self._kept
        for place in range(len(self._times) - 1, -1, -1):
            t = self._times[place]
            before = self._times[place - 1] if place else None
            enter, forget, new, leave = self._parts[t]
            slope, bent = self.slopes[:, t], self._bent[:, t]
            torch.mul(slope, leave, out=spare)
            cell_slope.add_(_tanh_back(spare, bent, grad_input=spare))
            _sigmoid_back(torch.mul(slope, bent, out=spare), leave, grad_input=leave)
            torch.mul(cell_slope, enter, out=spare)
            _sigmoid_back(torch.mul(cell_slope, new, out=kept), enter, grad_input=enter)
            _tanh_back(spare, new, grad_input=new)
            if before is None:
                forget.zero_()
            else:
                torch.mul(cell_slope, self._cells[:, before], out=spare)
                cell_slope.mul_(forget)
                _sigmoid_back(spare, forget, grad_input=forget)
                self._back[t].run(active)
        for product in self._weight_slopes:
            product.run(active)
        sums = self.gates.sum(dim=(1, 2))
        for slope in self._slope_bias:
            slope.copy_(sums)


class LstmStack:
    """Networks ``"bilstm"``; see :class:`Stack`."""

    dropped: Tensor

    def __init__(
        self, networks: int, batch: int, actions: int, frames: int, hidden: int, device: torch.device
    ) -> None:
        shapes: dict[str, tuple[int, ...]] = {}
        for layer, width in enumerate((actions, 2 * hidden)):
            for name in (f"l{layer}", f"l{layer}_reverse"):
                shapes[f"weight_ih_{name}"] = (4 * hidden, width)
                shapes[f"weight_hh_{name}"] = (4 * hidden, hidden)
                shapes[f"bias_ih_{name}"] = shapes[f"bias_hh_{name}"] = (4 * hidden,)
        shapes |= {"fc.weight": (2 * hidden,), "fc.bias": (1,)}
        self._weights = _Weights(shapes, networks, device)
        self.flat, self.gradients = self._weights.flat, self._weights.gradients
        self.inputs = torch.zeros(networks, frames, batch, actions, device=device)
        self.dropped = torch.ones(networks, batch, 2 * hidden, device=device)
        of, slope_of = self._weights.of, self._weights.slope_of
        between, last = (self.inputs.new_empty(2, networks, frames, batch, 2 * hidden) for _ in range(2))
        states, slopes = between
        ahead, back = (..., slice(hidden)), (..., slice(hidden, None))
        end = (slice(None), slice(-1, None))
        first = (
            _Lstm(of, slope_of, "l0", self.inputs, states[ahead], slopes[ahead]),
            _Lstm(of, slope_of, "l0_reverse", self.inputs, states[back], slopes[back], reverse=True),
        )
        # The last step is all that is read, and the reverse direction begins there.
        forward = _Lstm(of, slope_of, "l1", states, last[0][ahead], last[1][ahead])
        reverse = _Lstm(of, slope_of, "l1_reverse", states[end], last[0][end][back], last[1][end][back])
        forward.send_back(of["weight_ih_l1"], slopes, keep=False)
        reverse.send_back(of["weight_ih_l1_reverse"], slopes[end], keep=True)
        self._layers = (*first, forward, reverse)
        self._ends, self._end_slopes = last[0][:, -1], last[1][:, -1]
        self._early_slopes = last[1][:, :-1]
        self._hidden = hidden

    def forward(self, active: Sequence[int]) -> Tensor:
        """See :class:`Stack`."""
        for layer in self._layers:
            layer.forward(active)
        of = self._weights.of
        return torch.einsum("gbh,gh->gb", self._ends * self.dropped, of["fc.weight"]) + of["fc.bias"]

    def backward(self, slopes: Tensor, active: Sequence[int]) -> None:
        """See :class:`Stack`."""
        of, slope_of = self._weights.of, self._weights.slope_of
        slope_of["fc.weight"].copy_(torch.einsum("gb,gbh->gh", slopes, self._ends * self.dropped))
        slope_of["fc.bias"].copy_(slopes.sum(dim=1, keepdim=True))
        self._early_slopes.zero_()
        torch.mul(slopes[..., None] * self.dropped, of["fc.weight"][:, None], out=self._end_slopes)
        ahead, back, forward, reverse = self._layers
        for layer in (forward, reverse, ahead, back):
            layer.backward(active)

    def load(self, place: int, state: Mapping[str, Tensor]) -> None:
        """See :class:`Stack`."""
        views = self._weights.by_name(self.flat[place])
        for name, value in state.items():
            view = views[name.removeprefix("lstm.")]
            view.copy_(value.view(view.shape))

    def state(self, row: Tensor) -> dict[str, Tensor]:
        """See :class:`Stack`."""
        shape = {"fc.weight": (1, 2 * self._hidden)}
        return {
            name if name.startswith("fc.") else f"lstm.{name}": value.reshape(
                shape.get(name, value.shape)
            ).clone()
            for name, value in self._weights.by_name(row).items()
        }
