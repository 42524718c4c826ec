"""Regressors of atypicality over repeats and folds: a plain loop beside ours, on the same batches.

Run with ``PYTHONPATH=. python bench/atypicality.py [--quick] [NETWORK …]``.  The plain loop is of the
published kind: a Dataset of windows, a DataLoader of batches of 64, ``nn.GRU`` or ``nn.LSTM``,
``loss.item()`` after each batch, validation batch by batch.  Both begin with the same weights, see the same
batches in the same order with the same dropout, and test once at the end; the largest difference of a
loss of any epoch is printed.  Codes and ratings are synthetic.  ``--quick`` trains two repeats for three
epochs and multiplies.

Both use all cores: PyTorch's own threads the one, a group of networks for each core the other.  Processor
time is of all threads, also where they wait for one another, which they do the longer the more other
programs run: on a busy computer the plain loop loses far more than ours.  So it also runs with one thread,
for one repeat; that ratio of processor times is the one to believe there.  A ratio is bounded by the
products of matrices that the formulas need and how fast this processor multiplies: both are printed.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from hrm_core.models.measure import this_computer
from hrm_core.models.train.atypicality import make_folds
from hrm_core.models.train.regressors import Chance, Training, train_regressors
from hrm_core.models.train.sequence_recipes import SequenceRecipe, sequence_recipe
from hrm_core.models.train.windows import FRAMES, Segment, Windows, make_windows

NETWORKS = ("gru", "bilstm")
AIM = 10
REPEATS, FOLDS, QUICK_REPEATS, QUICK_EPOCHS = 10, 3, 2, 3
CHILDREN, CLIPS, ACTIONS, HIDDEN = 9, 4, 22, 128
LATER = FRAMES - 1
"""Steps that begin with a state that is not zero."""
MULTIPLY_ADDS = {
    # Forward, back to what came before, and for the weights; nothing goes back to the codes.
    "gru": 3 * HIDDEN * (2 * LATER * HIDDEN * 3 + FRAMES * (2 * ACTIONS + 3 * HIDDEN)),
    "bilstm": 4 * HIDDEN * (3 * LATER * HIDDEN * 3 + FRAMES * (4 * ACTIONS + 6 * HIDDEN) + 6 * HIDDEN),
}
"""Of one window in training: what the formulas need and no more."""


class Took(NamedTuple):
    """Seconds, by the clock and of the processor."""

    clock: float
    work: float


class WindowSet(Dataset[tuple[Tensor, Tensor]]):
    """Windows one by one."""

    def __init__(self, windows: Windows, chosen: np.ndarray) -> None:
        self.codes = windows.table[windows.rows(chosen)]
        self.labels = windows.labels[chosen]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, place: int) -> tuple[Tensor, Tensor]:
        return torch.tensor(self.codes[place], dtype=torch.float32), torch.tensor(
            self.labels[place], dtype=torch.float32
        )


class GivenDropout(nn.Module):
    """Dropout whose factors are given, so that two programs drop the same."""

    factors: Tensor

    def forward(self, values: Tensor) -> Tensor:
        """Drop while training."""
        return values * self.factors[: len(values)] if self.training else values


def main() -> None:
    """Print both times of each network, and how far losses are apart."""
    parser = argparse.ArgumentParser(description="Regressors of atypicality beside a plain loop.")
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=f"of {', '.join(NETWORKS)}")
    parser.add_argument("--quick", action="store_true", help="few repeats and epochs, multiplied")
    asked = parser.parse_args()
    if strange := set(asked.networks) - set(NETWORKS):
        parser.error(f"no such network: {', '.join(strange)}")
    computer = this_computer()
    torch.set_num_threads(computer.cores)
    windows = synthetic_windows(seed=0)
    speed = multiplying()
    print(f"{computer.processor}, {computer.cores} cores; PyTorch {torch.__version__}")
    print(f"{os.getloadavg()[0]:.1f} programs wanted a core in the last minute; the clock counts them, too")
    print(f"{len(windows)} synthetic windows of {CHILDREN} children; a core does {speed / 1e9:.0f} GFLOP/s")
    repeats = QUICK_REPEATS if asked.quick else REPEATS
    recipe = sequence_recipe("hrm")
    if asked.quick:
        recipe = replace(recipe, epochs=QUICK_EPOCHS)
    whole = REPEATS / repeats * sequence_recipe("hrm").epochs / recipe.epochs
    if asked.quick:
        print(f"times are of {repeats} repeats and {recipe.epochs} epochs, multiplied by {whole:g}")
    trainings = all_trainings(windows, repeats)
    for network in asked.networks or NETWORKS:
        compare(network, windows, trainings, recipe, whole, speed, computer.cores)


def compare(
    network: str,
    windows: Windows,
    trainings: Sequence[Training],
    recipe: SequenceRecipe,
    whole: float,
    speed: float,
    cores: int,
) -> None:
    """Train by both and print."""
    begin = time.perf_counter(), time.process_time()
    ours = train_regressors(network, windows, windows.labels, trainings, recipe)
    fast = took(begin, whole)
    begin = time.perf_counter(), time.process_time()
    plain = [plain_training(network, windows, training, recipe) for training in trainings]
    slow = took(begin, whole)
    torch.set_num_threads(1)
    begin = time.perf_counter(), time.process_time()
    for training in trainings[:FOLDS]:
        plain_training(network, windows, training, recipe)
    single = took(begin, whole * len(trainings) / FOLDS)
    torch.set_num_threads(cores)
    apart = max(
        float(np.abs(np.array([[each.loss, each.validation_loss] for each in mine.epochs]) - theirs).max())
        for mine, theirs in zip(ours, plain, strict=True)
    )
    trained = sum(len(each.training) for each in trainings) * recipe.epochs
    needed = 2 * MULTIPLY_ADDS[network] * trained / speed * whole
    print(f"\n{network}, {REPEATS} x {FOLDS} folds, {sequence_recipe('hrm').epochs} epochs")
    print(f"  plain loop  {slow.clock:7.0f} s by the clock, {slow.work:7.0f} s of the processor")
    print(f"  one thread  {single.clock:7.0f} s by the clock, {single.work:7.0f} s of the processor")
    print(f"  ours        {fast.clock:7.0f} s by the clock, {fast.work:7.0f} s of the processor")
    clock, work, alone = slow.clock / fast.clock, slow.work / fast.work, single.work / fast.work
    print(f"  times faster: {clock:.1f} by the clock, {work:.1f} of the processor (aim {AIM})")
    print(f"  than with one thread: {alone:.1f} of the processor")
    print(
        f"  bound: the products of training alone take {needed:.0f} s of a core, so no more than "
        f"{single.work / needed:.1f} times one thread's processor time"
    )
    print(f"  losses of epochs differ by {apart:.1e} at most (aim 1e-4)")


def took(begin: tuple[float, float], whole: float) -> Took:
    """Time since `begin`, multiplied."""
    return Took((time.perf_counter() - begin[0]) * whole, (time.process_time() - begin[1]) * whole)


def plain_training(
    network: str, windows: Windows, training: Training, recipe: SequenceRecipe
) -> list[tuple[float, float]]:
    """Training and validation loss of each epoch, by a plain loop."""
    chance = Chance(0, training.repeat, training.fold)
    model = chance.network(network, ACTIONS)
    given = GivenDropout()
    if network == "bilstm":
        model.dropout = given
    optimiser = torch.optim.AdamW(model.parameters(), lr=recipe.learning_rate)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimiser, mode="min", factor=recipe.plateau_factor, patience=recipe.plateau_patience
    )
    criterion = nn.HuberLoss(delta=recipe.huber_delta)
    learned, validated = WindowSet(windows, training.training), WindowSet(windows, training.validation)
    losses = []
    for _ in range(recipe.epochs):
        model.train()
        total, batches = 0.0, 0
        loader = DataLoader(learned, recipe.batch_size, sampler=chance.order(len(learned)).tolist())
        for codes, labels in loader:
            if network == "bilstm":
                given.factors = chance.dropped(recipe.batch_size, 2 * HIDDEN)
            optimiser.zero_grad()
            loss = criterion(model(codes).squeeze(-1), labels)
            loss.backward()
            optimiser.step()
            total, batches = total + loss.item(), batches + 1
        validation = validate(model, criterion, validated, recipe.batch_size)
        plateau.step(validation)
        losses.append((total / batches, validation))
    # As ours: the test fold is looked at once.
    validate(model, criterion, WindowSet(windows, training.test), recipe.batch_size)
    return losses


def validate(model: nn.Module, criterion: nn.Module, windows: WindowSet, size: int) -> float:
    """Mean loss of windows, batch by batch."""
    model.eval()
    total = 0.0
    with torch.no_grad():
        for codes, labels in DataLoader(windows, size):
            total += criterion(model(codes).squeeze(-1), labels).item() * len(labels)
    return total / len(windows)


def all_trainings(windows: Windows, repeats: int) -> list[Training]:
    """Random folds by child, with validation children."""
    folds = make_folds(windows.participants, repeats=repeats, folds=FOLDS, seed=0, as_published=False)
    return [
        Training(each.repeat, each.fold, *map(windows.of, (each.training, each.validation, each.test)))
        for each in folds
    ]


def synthetic_windows(seed: int) -> Windows:
    """Codes that come and go at random, with ratings that rise with how often they do."""
    rng = np.random.default_rng(seed)
    segments = []
    for child in range(CHILDREN):
        for clip in range(CLIPS):
            length, pace = int(rng.integers(50, 110)), rng.uniform(0.02, 0.3)
            turned = rng.random((length, ACTIONS)) < pace * rng.uniform(0.1, 1, ACTIONS)
            codes = (np.cumsum(turned, axis=0) % 2).astype(np.uint8)
            rating = float(np.clip(1 + 12 * pace + rng.normal(0, 0.3), 1, 5))
            segments.append(Segment(str(child), f"{child}:{clip}", np.arange(length), codes, rating))
    return make_windows(segments)


def multiplying() -> float:
    """Floating-point operations a second of one core, at a recurrent step's size, at best."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    left, right, out = torch.rand(64, 128), torch.rand(128, 384), torch.empty(64, 384)
    best = 0.0
    for _ in range(20):
        begin = time.perf_counter()
        for _ in range(50):
            torch.mm(left, right, out=out)
        best = max(best, 50 * 2 * 64 * 128 * 384 / (time.perf_counter() - begin))
    torch.set_num_threads(threads)
    return best


if __name__ == "__main__":
    main()
