"""Training with its input: pictures a second of ResNet-50 and ViT-B, and how long the device waits for data.

Run with ``PYTHONPATH=. python bench/train_gpu.py [--device cpu] [NETWORK …]``.  Synthetic faces lie in the
cache that training uses; a thread reads batches of them, pins them and hands them over; the device changes
them as the recipe says, and learns.  The same steps are timed in turns on a batch that is on the device
already, and on pictures that need no change either: what the first takes longer than the second is time that
the device waits for data, what the second takes longer than the third is the changes'.  Shares are of one
turn, and their median is shown.  Negative ones are noise.

Without a graphics card nothing is measured; ``--device cpu`` runs a tiny version to see that it works, on the
small recipes, whose figures say nothing of a graphics card.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hrm_core.models import create_model
from hrm_core.models.measure import this_computer
from hrm_core.models.train.augment import Augment
from hrm_core.models.train.batches import epoch_order, loaded, steps_of
from hrm_core.models.train.face_cache import cached_faces
from hrm_core.models.train.losses import action_weights, actions_loss
from hrm_core.models.train.optim import make_optimiser
from hrm_core.models.train.recipe import Precision, Recipe
from hrm_core.models.train.recipes import recipe
from hrm_core.models.train.session import Session
from hrm_core.workflows.look_at_models import model_card

NETWORKS = ("resnet50", "mae_face")
ACTIONS = 22


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    preset: str
    precision: Precision
    pictures: int
    batches: tuple[int, ...]
    steps: int
    rounds: int


ON_CARD = Extent("hrm", "bf16-mixed", pictures=8192, batches=(64, 256), steps=30, rounds=5)
TINY = Extent("smoke", "32-true", pictures=32, batches=(4,), steps=3, rounds=1)


def main() -> None:
    """Print a line for each network and batch."""
    parser = argparse.ArgumentParser(description="Training with its input, on a graphics card.")
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=f"of {', '.join(NETWORKS)}")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    asked = parser.parse_args()
    if strange := set(asked.networks) - set(NETWORKS):
        parser.error(f"no such network: {', '.join(strange)}")
    if asked.device == "cuda" and not torch.cuda.is_available():
        print("There is no graphics card here, so nothing was measured; --device cpu runs a tiny version.")
        return
    extent = ON_CARD if asked.device == "cuda" else TINY
    session = Session(asked.device, extent.precision)
    computer = this_computer()
    print(f"{session.words}; {computer.processor}, {computer.cores} cores; PyTorch {torch.__version__}")
    print(f"synthetic faces, random weights, preset {extent.preset}, {extent.rounds} × {extent.steps} steps")
    if extent is TINY:
        print("a tiny version, to see that it works: its figures say nothing of training")
    for name in asked.networks or NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            measure(name, extent, session, Path(folder))


def measure(name: str, extent: Extent, session: Session, folder: Path) -> None:
    """All batch sizes of one network."""
    how = recipe(name, extent.preset)
    faces = draw_faces(folder, extent.pictures, how.cache_size)
    learner = Learner(how, len(faces), session)
    for batch in extent.batches:
        order = epoch_order(np.arange(len(faces)), learner.truth, "shuffle", batch)
        # An epoch is gone through again where it is too short.
        steps = steps_of(np.tile(order, -(-batch * extent.steps // len(order))), batch, 0, 1)[: extent.steps]
        pinned = session.device.type == "cuda"
        rows, pictures = next(loaded(faces, steps[:1], pinned=pinned))
        here = pictures.to(session.device)
        taken = in_turns(
            {
                "whole": partial(learner.whole, faces, steps, pinned=pinned),
                "kept": partial(learner.kept, rows, here, len(steps)),
                "alone": partial(learner.alone, rows, here, len(steps)),
                "host": partial(read_only, faces, steps, pinned=pinned),
            },
            extent.rounds,
            session.device,
        )
        print_line(name, batch, batch * len(steps), taken)


def draw_faces(folder: Path, count: int, side: int) -> NDArray[np.uint8]:
    """Synthetic pictures in a cache as training makes it: noise, which no processor reads faster."""
    drawn = np.random.default_rng(21).integers(0, 256, (64, side, side, 3), dtype=np.uint8)
    pictures = [partial(drawn.__getitem__, number % len(drawn)) for number in range(count)]
    return cached_faces(folder, pictures, "0" * 16, side)


class Learner:
    """A network, and steps of training it as the training loop takes them."""

    def __init__(self, how: Recipe, count: int, session: Session) -> None:
        options = {"input_size": how.input_size} if how.network == "mae_face" else {}
        model = create_model(how.network, ACTIONS, **options).to(
            session.device, memory_format=torch.channels_last
        )
        self._how, self._session = how, session
        self._model, self._optimiser = session.set_up(model, make_optimiser(model, how))
        self._augment = Augment(how.augmentation, how.input_size)
        card = model_card(how.network).network
        assert card is not None
        self._mean, self._std = (
            torch.tensor(values, device=session.device)[:, None, None]
            for values in (card.input.mean, card.input.std)
        )
        self.truth = (np.random.default_rng(22).random((count, ACTIONS)) < 0.2).astype(np.uint8)
        self._truth = torch.from_numpy(self.truth).to(session.device)
        self._rates = self._truth.float().mean(0)
        self._weights = action_weights(self._rates)

    def whole(self, faces: NDArray[np.uint8], steps: list[NDArray[np.int64]], *, pinned: bool) -> None:
        """Steps on pictures that are read meanwhile."""
        for rows, pictures in loaded(faces, steps, pinned=pinned):
            self._learn(rows, self._changed(pictures.to(self._session.device, non_blocking=True)))

    def kept(self, rows: NDArray[np.int64], pictures: Tensor, steps: int) -> None:
        """The same on pictures that are on the device already."""
        for _ in range(steps):
            self._learn(rows, self._changed(pictures))

    def alone(self, rows: NDArray[np.int64], pictures: Tensor, steps: int) -> None:
        """The same on pictures that are changed already."""
        views = self._changed(pictures)
        for _ in range(steps):
            self._learn(rows, views)

    @torch.no_grad()
    def _changed(self, pictures: Tensor) -> Tensor:
        return (self._augment(pictures) - self._mean) / self._std

    def _learn(self, rows: NDArray[np.int64], views: Tensor) -> None:
        truth = self._truth[torch.from_numpy(rows).to(self._session.device)].float()
        loss = actions_loss(
            self._how.loss,
            self._model(views),
            truth,
            weights=self._weights,
            rates=self._rates,
            known=torch.ones_like(truth, dtype=torch.bool),
        )
        self._session.backward(loss)
        self._optimiser.step()
        self._optimiser.zero_grad()


def read_only(faces: NDArray[np.uint8], steps: list[NDArray[np.int64]], *, pinned: bool) -> None:
    """What the computer reads when no device is waited for."""
    for _ in loaded(faces, steps, pinned=pinned):
        pass


def in_turns(
    calls: dict[str, Callable[[], None]], rounds: int, device: torch.device
) -> dict[str, list[float]]:
    """Seconds of each call in each turn, after one to warm up; the device is waited for."""
    taken: dict[str, list[float]] = {what: [] for what in calls}
    for turn in range(rounds + 1):
        for what, call in calls.items():
            start = time.perf_counter()
            call()
            if device.type == "cuda":
                torch.cuda.synchronize()
            if turn:
                taken[what].append(time.perf_counter() - start)
    return taken


def print_line(name: str, batch: int, pictures: int, taken: dict[str, list[float]]) -> None:
    """Pictures a second, and what they wait for."""
    turns = list(zip(taken["whole"], taken["kept"], taken["alone"], strict=True))
    waits = statistics.median((whole - kept) / whole for whole, kept, _ in turns)
    changes = statistics.median((kept - alone) / whole for whole, kept, alone in turns)
    whole, alone, host = (pictures / statistics.median(taken[what]) for what in ("whole", "alone", "host"))
    print(
        f"{name:10} {batch:4} at once: {whole:8.1f} pictures/s with their input; the device waits for data "
        f"{waits:.1%} of the time, changes pictures {changes:.1%}; learning alone {alone:.1f}, "
        f"reading alone {host:.1f} pictures/s"
    )


if __name__ == "__main__":
    main()
