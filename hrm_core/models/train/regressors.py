"""Train recurrent regressors of atypicality: all repeats and folds of a network side by side."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hrm_core.errors import InvalidFileError, UserError
from hrm_core.models.train.recurrent import KEPT, make_stack
from hrm_core.models.train.sequence_recipes import SequenceRecipe
from hrm_core.models.train.windows import FRAMES, Windows
from hrm_core.models.zoo import create_model
from hrm_core.paths import whole_file
from hrm_core.progress import CancelToken, NoProgress, Progress

__all__ = ["Chance", "Epoch", "Trained", "Training", "choose_device", "save_weights", "train_regressors"]

# So many networks share the cheap operations of a step, and their states still fit a core's cache.
_AT_ONCE = 2

_DRAWING = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """One network to be trained: places of windows.

    Attributes
    ----------
    repeat, fold : int
        From 1.
    training, validation, test : ndarray of int64
        `validation` decides on the best epoch and on the rate; `test` is looked at once, at the end.
    """

    repeat: int
    fold: int
    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Epoch:
    """What was measured in an epoch.

    Attributes
    ----------
    loss : float
        Mean over batches of the training loss, each before its step.
    validation_loss, validation_mse : float
        Of all validation windows together, after the epoch.
    rate : float
        Learning rate of the epoch.
    """

    loss: float
    validation_loss: float
    validation_mse: float
    rate: float


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A network that was trained, as it was after its best epoch.

    Attributes
    ----------
    epochs : tuple of Epoch
        All of them.
    best_epoch : int
        From 1: that with the lowest validation MSE.
    scores : ndarray of float64, shape (n_test,)
        Of the test windows.
    state : dict of str to Tensor
        Weights, for :func:`hrm_core.models.zoo.create_model`.
    """

    epochs: tuple[Epoch, ...]
    best_epoch: int
    scores: NDArray[np.float64]
    state: dict[str, Tensor]


class Chance:
    """All that is random in one training, from its seed, repeat and fold."""

    def __init__(self, seed: int, repeat: int, fold: int) -> None:
        mixed = np.random.SeedSequence([seed, repeat, fold]).generate_state(2, np.uint32)
        self._initial = int(mixed[0])
        self._drawn = torch.Generator().manual_seed(int(mixed[1]))

    def network(self, name: str, actions: int, hidden: int = 128) -> nn.Module:
        """A network with its first weights; the same each time."""
        # First weights come from PyTorch's one generator, which all threads share.
        with _DRAWING, torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._initial)
            return create_model(name, actions, hidden=hidden)

    def order(self, windows: int) -> Tensor:
        """The order of an epoch."""
        return torch.randperm(windows, generator=self._drawn)

    def dropped(self, batch: int, features: int) -> Tensor:
        """Factors of dropout of a step."""
        return torch.empty(batch, features).bernoulli_(KEPT, generator=self._drawn).div_(KEPT)

    def shuffled(self, batch: int, actions: int, share: float) -> Tensor:
        """Which action stands in whose place in each window: in a `share` of windows, any in any."""
        anywhere = torch.rand(batch, actions, generator=self._drawn).argsort(dim=1)
        chosen = torch.rand(batch, 1, generator=self._drawn) < share
        return torch.where(chosen, anywhere, torch.arange(actions))


def train_regressors(
    network: str,
    windows: Windows,
    labels: NDArray[np.float64],
    trainings: Sequence[Training],
    recipe: SequenceRecipe,
    *,
    seed: int = 0,
    per_batch: bool = False,
    hidden: int = 128,
    device: str = "cpu",
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> list[Trained]:
    """Train a network for each of `trainings`.

    Parameters
    ----------
    network : {"gru", "bilstm"}
        Which.
    windows : Windows
        All windows.
    labels : ndarray of float64, shape (n_windows,)
        What is to be said of them.
    trainings : sequence of Training
        Which windows each learns from.
    recipe : SequenceRecipe
        How.
    seed : int
        Of weights, orders and dropout.
    per_batch : bool
        Whether validation figures are means of batches' means, as published, and not of windows.
    hidden : int
        Length of the states.
    device : str
        As PyTorch calls it.
    progress : Progress, optional
        Told of epochs.
    cancel : CancelToken, optional
        Asked in each step.

    Returns
    -------
    list of Trained
        In the order of `trainings`; the same whatever the number of cores.

    Raises
    ------
    UserError
        If a loss is no number any more.
    Cancelled
        On request.
    """
    progress = progress or NoProgress()
    place = torch.device(device)
    data = _Data(windows, labels, place)
    cores = _cores(len(trainings), place)
    at_once = len(trainings) if place.type != "cpu" else _AT_ONCE
    groups = [range(len(trainings))[first : first + at_once] for first in range(0, len(trainings), at_once)]
    stop = _Stop(cancel)
    found: dict[int, Trained] = {}
    progress.start(f"Training {network}", len(trainings) * recipe.epochs)
    lock = threading.Lock()

    def told(units: int) -> None:
        with lock:
            progress.advance(units)

    def work(group: range) -> None:
        torch.set_num_threads(1)
        chosen = [trainings[number] for number in group]
        made = _Group(network, data, chosen, recipe, seed, hidden, per_batch).run(told, stop)
        found.update(zip(group, made, strict=True))

    with _single_threads(), ThreadPoolExecutor(cores) as pool:
        waiting = [pool.submit(work, group) for group in groups]
        try:
            for each in waiting:
                each.result()
        except BaseException:
            # Also when Ctrl+C is pressed: the others end at their next step.
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    progress.finish()
    return [found[number] for number in range(len(trainings))]


class _Stop(CancelToken):
    """Stops all groups, when one has failed or whoever called asks for it."""

    def __init__(self, asked: CancelToken | None) -> None:
        super().__init__()
        self._asked = asked

    def set(self) -> None:
        self.cancel()

    def raise_if_cancelled(self) -> None:
        if self._asked is not None:
            self._asked.raise_if_cancelled()
        super().raise_if_cancelled()


@contextmanager
def _single_threads() -> Iterator[None]:
    """One thread for each product: these matrices are too small to be shared between cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Data:
    """Codes, windows and labels on the device."""

    def __init__(self, windows: Windows, labels: NDArray[np.float64], device: torch.device) -> None:
        first, kind = windows.distinct
        self.table = torch.from_numpy(windows.table).to(device, torch.float32)
        self.starts = torch.from_numpy(windows.starts).to(device)
        self.first, self.kind = torch.from_numpy(first).to(device), torch.from_numpy(kind).to(device)
        self.labels = torch.from_numpy(labels).to(device, torch.float32)
        self._step = torch.arange(FRAMES, device=device)[:, None]

    def put(self, chosen: Tensor, into: Tensor) -> None:
        """Put the codes of windows [networks, batch] into [networks, frames, batch, actions]."""
        rows = self.starts[chosen][:, None] + self._step
        into.copy_(self.table.index_select(0, rows.reshape(-1)).view(into.shape))


class _Group:
    """Networks that are trained in one go, step by step together."""

    def __init__(
        self,
        network: str,
        data: _Data,
        trainings: Sequence[Training],
        recipe: SequenceRecipe,
        seed: int,
        hidden: int,
        per_batch: bool,
    ) -> None:
        device = data.table.device
        self._data, self._recipe, self._device, self._name = data, recipe, device, network
        self._per_batch = per_batch
        self._trainings = trainings
        actions = data.table.shape[1]
        self._stack = make_stack(
            network,
            len(trainings),
            recipe.batch_size,
            actions=actions,
            frames=FRAMES,
            hidden=hidden,
            device=device,
        )
        self._chances = [Chance(seed, each.repeat, each.fold) for each in trainings]
        self._windows = [torch.from_numpy(each.training).to(device) for each in trainings]
        self._optimisers = []
        self._plateaus = []
        for number, chance in enumerate(self._chances):
            state = dict(chance.network(network, actions, hidden).state_dict())
            if recipe.begins_at_mean:
                state["fc.bias"] = data.labels[self._windows[number]].mean().cpu()[None]
            self._stack.load(number, state)
            optimiser, plateau = _optimiser(self._stack.flat[number], recipe)
            optimiser.param_groups[0]["params"][0].grad = self._stack.gradients[number]
            self._optimisers.append(optimiser)
            self._plateaus.append(plateau)

    def run(self, told: Callable[[int], None], stop: CancelToken) -> list[Trained]:
        kept = self._stack.flat.clone()
        lowest = [float("inf")] * len(self._trainings)
        best = [0] * len(self._trainings)
        epochs: list[list[Epoch]] = [[] for _ in self._trainings]
        for epoch in range(1, self._recipe.epochs + 1):
            rates = [optimiser.param_groups[0]["lr"] for optimiser in self._optimisers]
            losses = self._epoch(stop)
            scores = self._scores([each.validation for each in self._trainings], stop)
            for number, training in enumerate(self._trainings):
                errors = scores[number] - self._labels(training.validation)
                loss = self._mean(_huber(errors, self._recipe.huber_delta))
                mse = self._mean(errors.square())
                if not np.isfinite([losses[number], loss]).all():
                    raise UserError(
                        f"The loss of {self._name} is no number any more in epoch {epoch} of repeat "
                        f"{training.repeat}, fold {training.fold}: nothing of this network is kept; check "
                        "that the ratings are numbers, or take another preset."
                    )
                self._plateaus[number].step(loss)
                epochs[number].append(Epoch(losses[number], loss, mse, rates[number]))
                if mse < lowest[number]:
                    lowest[number], best[number] = mse, epoch
                    kept[number].copy_(self._stack.flat[number])
            told(len(self._trainings))
        self._stack.flat.copy_(kept)
        tested = self._scores([each.test for each in self._trainings], stop)
        return [
            Trained(
                tuple(epochs[number]),
                best[number],
                tested[number].cpu().numpy(),
                {name: value.cpu() for name, value in self._stack.state(kept[number]).items()},
            )
            for number in range(len(self._trainings))
        ]

    def _epoch(self, stop: CancelToken) -> list[float]:
        """One pass over all training windows; mean loss of each network's batches."""
        size, delta = self._recipe.batch_size, self._recipe.huber_delta
        counts = [len(each) for each in self._windows]
        steps = [-(-count // size) for count in counts]
        orders = [
            windows[chance.order(len(windows)).to(self._device)]
            for windows, chance in zip(self._windows, self._chances, strict=True)
        ]
        sums = torch.zeros(len(counts), dtype=torch.float64, device=self._device)
        for step in range(max(steps)):
            stop.raise_if_cancelled()
            active = [number for number, count in enumerate(steps) if step < count]
            chosen, shares = self._batch([order[step * size : (step + 1) * size] for order in orders])
            self._data.put(chosen, self._stack.inputs)
            if self._recipe.shuffled:
                self._shuffle(active)
            if self._stack.dropped is not None:
                for number in active:
                    self._stack.dropped[number] = self._chances[number].dropped(
                        *self._stack.dropped.shape[1:]
                    )
            errors = self._stack.forward(active) - self._data.labels[chosen]
            sums += (_huber(errors, delta) * shares).sum(dim=1)
            self._stack.backward(errors.clamp(-delta, delta) * shares, active)
            for number in active:
                self._optimisers[number].step()
        return [total / count for total, count in zip(sums.tolist(), steps, strict=True)]

    def _shuffle(self, active: Sequence[int]) -> None:
        for number in active:
            inputs = self._stack.inputs[number]
            _, batch, actions = inputs.shape
            places = self._chances[number].shuffled(batch, actions, self._recipe.shuffled)
            inputs.copy_(inputs.gather(2, places.to(self._device).expand(inputs.shape)))

    def _labels(self, windows: NDArray[np.int64]) -> Tensor:
        return self._data.labels[torch.from_numpy(windows).to(self._device)].double()

    def _mean(self, values: Tensor) -> float:
        if not self._per_batch:
            return float(values.mean())
        size = self._recipe.batch_size
        batches = [values[begin : begin + size].mean() for begin in range(0, len(values), size)]
        return float(torch.stack(batches).mean())

    def _batch(self, parts: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Windows of each network, filled up to a whole batch, and each window's share in the mean loss."""
        size = self._recipe.batch_size
        chosen = self._data.starts.new_zeros(len(parts), size)
        shares = self._stack.flat.new_zeros(len(parts), size)
        for number, part in enumerate(parts):
            if len(part):
                chosen[number, : len(part)] = part
                shares[number, : len(part)] = 1 / len(part)
        return chosen, shares

    def _scores(self, wanted: Sequence[NDArray[np.int64]], stop: CancelToken) -> list[Tensor]:
        """What each network says of its windows; of equal ones, one is asked for."""
        size = self._recipe.batch_size
        if self._stack.dropped is not None:
            self._stack.dropped.fill_(1)
        kinds, places = [], []
        for windows in wanted:
            kind = self._data.kind[torch.from_numpy(windows).to(self._device)]
            distinct, place = torch.unique(kind, return_inverse=True)
            kinds.append(self._data.first[distinct])
            places.append(place)
        said = [kind.new_empty(len(kind), dtype=torch.float64) for kind in kinds]
        for begin in range(0, max(len(kind) for kind in kinds), size):
            stop.raise_if_cancelled()
            active = [number for number, kind in enumerate(kinds) if begin < len(kind)]
            chosen, _ = self._batch([kind[begin : begin + size] for kind in kinds])
            self._data.put(chosen, self._stack.inputs)
            scores = self._stack.forward(active).double()
            for number in active:
                part = said[number][begin : begin + size]
                part.copy_(scores[number, : len(part)])
        return [scores[place] for scores, place in zip(said, places, strict=True)]


def _optimiser(
    row: Tensor, recipe: SequenceRecipe
) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.ReduceLROnPlateau]:
    optimiser = torch.optim.AdamW(
        [row], lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
    )
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimiser, mode="min", factor=recipe.plateau_factor, patience=recipe.plateau_patience
    )
    return optimiser, plateau


def _huber(errors: Tensor, delta: float) -> Tensor:
    """Half the square within `delta`, ``delta * (|error| - delta / 2)`` beyond."""
    size = errors.abs()
    return torch.where(size <= delta, errors.square() / 2, delta * (size - delta / 2))


def _cores(trainings: int, device: torch.device) -> int:
    """How many groups are trained at the same time."""
    if device.type != "cpu":
        return 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, -(-trainings // _AT_ONCE))


def choose_device(name: str) -> str:
    """``"cpu"`` or ``"cuda"``; of ``"auto"``, the graphics card where there is one.

    Raises
    ------
    UserError
        If a graphics card is asked for and PyTorch finds none.
    """
    there = torch.cuda.is_available()
    if name == "auto":
        return "cuda" if there else "cpu"
    if name == "cuda" and not there:
        raise UserError("PyTorch finds no graphics card here: leave --device out, or say --device cpu.")
    return name


def save_weights(path: Path, trained: Trained) -> None:
    """Write a network's weights as the published script does: an epoch and a state.

    Raises
    ------
    InvalidFileError
        If they could not be written; a file of this name is as it was.
    """
    try:
        with whole_file(path) as scratch:
            torch.save({"epoch": trained.best_epoch, "state_dict": trained.state}, scratch)
    # PyTorch's writer of archives raises the one, the file system the other.
    except (OSError, RuntimeError) as error:
        raise InvalidFileError(f"{path} could not be written ({error}): free some space.") from error
