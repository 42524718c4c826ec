"""What one fold is trained on, and what comes of it; plain values, without PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hrm_core.models.train.recipe import Recipe

__all__ = ["EpochFacts", "FoldJob", "FoldResult", "Watcher"]


@dataclass(frozen=True, slots=True, eq=False)
class FoldJob:
    """All that decides what a fold's network becomes.

    Attributes
    ----------
    number : int
        Of the fold, from 1; 0 for the network that learns from all and is tested on nobody.
    recipe : Recipe
        How it is trained.
    seed : int
        Of all that is random.
    faces : ndarray of uint8, shape (n, size, size, 3)
        The cache.
    truth : ndarray of uint8, shape (n, n_actions)
        0 or 1, of all pictures of the cache.
    subjects : ndarray of int64, shape (n,)
        Number of the person on a picture, from 0 and without gaps among those trained on.
    training, inner, held_out : ndarray of int64
        Places of the pictures that are learned from, that tell when to stop, and that are predicted
        in the end and not looked at before.
    patience : int
        Epochs without a lower loss on `inner` after which training stops; 0 never stops and takes the
        last epoch.
    mean, std : tuple of float
        Of the network's card; subtracted, then divided by.
    begins_from : tuple of pathlib.Path
        Files of weights, in the order in which they are loaded; random weights if empty.
    micro_batch : int
        Most pictures of a step that are worked on at once on one device.
    checkpoint_seconds : float
        How often within an epoch the state is kept.
    """

    number: int
    recipe: Recipe
    seed: int
    faces: NDArray[np.uint8]
    truth: NDArray[np.uint8]
    subjects: NDArray[np.int64]
    training: NDArray[np.int64]
    inner: NDArray[np.int64]
    held_out: NDArray[np.int64]
    patience: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    begins_from: tuple[Path, ...]
    micro_batch: int
    checkpoint_seconds: float


@dataclass(frozen=True, slots=True)
class EpochFacts:
    """What was measured in an epoch.

    Attributes
    ----------
    fold, epoch : int
        From 1; fold 0 is the network that learns from all.
    step : int
        Steps of this fold so far.
    loss, f1_training : float
        Mean loss, and mean F1 over actions, of the training pictures as they were seen: changed at
        random, by a network that learned meanwhile.
    rate : float
        Learning rate of the last step.
    seconds : float
        How long the epoch took.
    pictures : int
        How many were seen.
    loss_inner, f1_inner : float or None
        On the pictures that tell when to stop; None without them.
    """

    fold: int
    epoch: int
    step: int
    loss: float
    f1_training: float
    rate: float
    seconds: float
    pictures: int
    loss_inner: float | None = None
    f1_inner: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FoldResult:
    """What came of a fold.

    Attributes
    ----------
    said : ndarray of float32, shape (n_held_out, n_actions)
        Probabilities on the held-out pictures.
    history : tuple of EpochFacts
        Of all epochs.
    best_epoch : int
        The epoch whose weights were taken, from 1.
    micro_batch : int
        As it had to become.
    """

    said: NDArray[np.float32]
    history: tuple[EpochFacts, ...]
    best_epoch: int
    micro_batch: int


class Watcher(Protocol):
    """Who is told how training goes on."""

    def epoch(self, history: Sequence[EpochFacts]) -> None:
        """Hear of an epoch, the last of those of its fold."""

    def said(self, sentence: str) -> None:
        """Hear of something that a person should know."""
