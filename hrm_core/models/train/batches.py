"""Which pictures make a step, and bringing them there before they are needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hrm_core.models.train.recipe import Sampling

__all__ = ["derived_seed", "epoch_order", "loaded", "steps_of"]


_AHEAD = 2


def derived_seed(*numbers: int) -> int:
    """A seed that depends on all of these numbers and their order.

    No state of a generator need be kept to go on in the middle of an epoch.
    """
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])


def epoch_order(
    rows: NDArray[np.int64], truth: NDArray[np.uint8], sampling: Sampling, seed: int
) -> NDArray[np.int64]:
    """The order in which an epoch sees its pictures.

    Parameters
    ----------
    rows : ndarray of int64, shape (n,)
        Places of the training pictures.
    truth : ndarray of uint8, shape (n, n_actions)
        0 or 1, of these pictures.
    sampling : {"shuffle", "balanced"}
        Each picture once; or as many draws with replacement, in which a picture is as probable as the
        rarest of its actions is rare (pictures without actions: as such pictures are).
    seed : int
        Of the draw.

    Returns
    -------
    ndarray of int64, shape (n,)
        Places.
    """
    draw = np.random.default_rng(seed)
    if sampling == "shuffle":
        return draw.permutation(rows)
    shown = truth == 1
    # An action that is never there makes no picture rare; 1 keeps the division harmless.
    frequency = np.maximum(shown.sum(axis=0), 1)
    nothing = max(int((~shown.any(axis=1)).sum()), 1)
    rarest = np.where(shown, frequency, len(rows) + 1).min(axis=1, initial=len(rows) + 1)
    weight = 1 / np.where(shown.any(axis=1), rarest, nothing)
    return draw.choice(rows, size=len(rows), p=weight / weight.sum())


def steps_of(order: NDArray[np.int64], batch_size: int, rank: int, ranks: int) -> list[NDArray[np.int64]]:
    """The pictures that one device sees, step by step; equally many on each device.

    Parameters
    ----------
    order : ndarray of int64, shape (n,)
        The order of the epoch.
    batch_size : int
        Pictures of a step on all devices together; an incomplete last batch is left out, as it would
        weigh more and starve batch normalisation.
    rank, ranks : int
        Which device of how many.
    """
    size = min(batch_size, len(order))
    size -= size % ranks
    return [order[first + rank : first + size : ranks] for first in range(0, len(order) - size + 1, size)]


def loaded(
    faces: NDArray[np.uint8], steps: Sequence[NDArray[np.int64]], *, pinned: bool
) -> Generator[tuple[NDArray[np.int64], Tensor]]:
    """Pictures of the steps, read by a thread while the step before is worked on.

    Parameters
    ----------
    faces : ndarray of uint8, shape (n, height, width, 3)
        The cache.
    steps : sequence of ndarray of int64
        Places of the pictures.
    pinned : bool
        Put them where a graphics card can fetch them itself.

    Yields
    ------
    ndarray of int64, shape (B,)
        The places.
    torch.Tensor of uint8, shape (B, 3, height, width)
        Their pictures.
    """
    source = iter(steps)
    with ThreadPoolExecutor(1, thread_name_prefix="hrm-batches") as helper:
        waiting: deque[tuple[NDArray[np.int64], Future[Tensor]]] = deque()
        try:
            while True:
                more = islice(source, _AHEAD - len(waiting))
                waiting.extend((rows, helper.submit(_gathered, faces, rows, pinned)) for rows in more)
                if not waiting:
                    return
                rows, pictures = waiting.popleft()
                yield rows, pictures.result()
        finally:
            for _, pictures in waiting:
                pictures.cancel()


def _gathered(faces: NDArray[np.uint8], rows: NDArray[np.int64], pinned: bool) -> Tensor:
    pictures = torch.from_numpy(np.take(faces, rows, axis=0))
    # The channels stay innermost in memory, which convolutions like best.
    return (pictures.pin_memory() if pinned else pictures).permute(0, 3, 1, 2)
