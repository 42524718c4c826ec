"""What a network says of pictures: prepared beside it, run in batches, turned into probabilities."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import UserError
from hrm_core.models.card import InputSpec, ModelCard, NetworkFacts
from hrm_core.models.inputs import prepared
from hrm_core.progress import CancelToken, NoProgress, Progress

if TYPE_CHECKING:
    from hrm_core.models.runners import Runner

__all__ = [
    "BATCH_SIZE",
    "Picture",
    "PredictionError",
    "detector_facts",
    "predict",
    "probabilities",
    "require_detector",
]

BATCH_SIZE = 8
"""Pictures at once, as in the published script."""

Picture = NDArray[np.uint8] | Callable[[], NDArray[np.uint8]]
"""RGB uint8 [height, width, 3], or what reads one; that is called beside the network."""

_BATCHES_AHEAD = 2
_MOST_THREADS = 4
# A cosine of float32 vectors may leave [0, 1] by rounding, never by more.
_ROUNDING = 1e-5


class PredictionError(UserError, ValueError):
    """A network says nothing usable of pictures.

    Attributes
    ----------
    picture : int or None
        Which picture, counted from 0; None if it is not about one.
    """

    def __init__(self, message: str, picture: int | None = None) -> None:
        super().__init__(message)
        self.picture = picture


def predict(
    pictures: Iterable[Picture],
    facts: NetworkFacts,
    runner: Runner,
    *,
    batch_size: int = BATCH_SIZE,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> NDArray[np.float32]:
    """Probabilities of actions on pictures.

    No more than three batches of pictures are held at a time, however many there are, and
    the numbers do not depend on the size of the batches but for rounding.

    Parameters
    ----------
    pictures : iterable of ndarray or callable
        Aligned faces, RGB uint8 [height, width, 3] of any size, or functions that read one;
        they are called in threads beside the network, each once.
    facts : NetworkFacts
        What the model's card says of the network.
    runner : Runner
        What runs it.
    batch_size : int
        Pictures at once, at least 1; the last batch may be smaller.
    progress : Progress, optional
        Told of pictures.
    cancel : CancelToken, optional
        Asked between batches.

    Returns
    -------
    ndarray of float32, shape (n_pictures, n_actions)
        In the order of the pictures and of the card's actions.

    Raises
    ------
    PredictionError
        If the network tells no actions from pictures, has another number of outputs than its
        card has actions, or gives what is no probability; the message counts pictures from 0.
    MissingLibraryError
        If Pillow is needed and not installed.
    Cancelled
        On request.
    ValueError
        If a picture is none, or `batch_size` is below 1.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    require_detector(facts, facts.architecture)
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    found: list[NDArray[np.float32]] = []
    done = 0
    progress.start("Looking for actions", len(pictures) if isinstance(pictures, Sized) else None)
    try:
        # Closed at once: a traceback would keep it, and with it its threads.
        with closing(_batches(pictures, facts.input, batch_size, cancel)) as batches:
            for batch in batches:
                found.append(probabilities(runner.run(batch), facts, first=done))
                done += len(batch)
                progress.advance(len(batch))
    finally:
        progress.finish()
    return np.concatenate(found) if found else np.empty((0, len(facts.actions)), dtype=np.float32)


def detector_facts(card: ModelCard) -> NetworkFacts:
    """What a card says of its network, if that tells actions from pictures.

    Raises
    ------
    PredictionError
        Saying what it is instead.
    """
    if card.network is None:
        raise PredictionError(
            f"{card.name} is a {card.kind} and finds no actions: choose a model that does, as hrm models "
            "list shows them."
        )
    require_detector(card.network, card.name)
    return card.network


def require_detector(facts: NetworkFacts, name: str) -> None:
    """Refuse a network that tells no actions from pictures.

    Raises
    ------
    PredictionError
        Saying what it is instead.
    """
    if facts.role == "regressor":
        raise PredictionError(
            f"{name} scores sequences of actions and takes no pictures: choose a model that "
            "finds actions, as hrm models list shows them."
        )
    if facts.role != "detector":
        raise PredictionError(
            f"{name} is here only what training begins from, and its last layer knows no "
            "action: choose a model that finds actions, as hrm models list shows them."
        )


def probabilities(
    outputs: NDArray[np.float32], facts: NetworkFacts, *, first: int = 0
) -> NDArray[np.float32]:
    """First outputs of a network as probabilities.

    Parameters
    ----------
    outputs : ndarray of float32, shape (n_pictures, n_actions)
        As :meth:`Runner.run` gives them.
    facts : NetworkFacts
        Names the activation: ``"sigmoid"`` for logits, ``"softmax"`` for those of classes of which one holds,
        ``"none"`` for what is in [0, 1] already.
    first : int
        Which picture the first row is of, for messages.

    Returns
    -------
    ndarray of float32, shape (n_pictures, n_actions)
        In [0, 1].

    Raises
    ------
    PredictionError
        If there are more or fewer outputs than actions, or one is not a finite number or,
        without an activation, not in [0, 1] (within rounding: 1e-5).
    """
    if outputs.ndim != 2 or outputs.shape[1] != len(facts.actions):
        raise PredictionError(
            f"The network's output has the shape {tuple(outputs.shape)}, but its card names "
            f"{len(facts.actions)} actions: add the weights that belong to this card with hrm models add."
        )
    _refuse(~np.isfinite(outputs), outputs, first, "which is no number")
    if facts.activation == "sigmoid":
        # Written so that neither end overflows: e^-|x| is at most 1.
        shrunk = np.exp(-np.abs(outputs))
        return np.where(outputs >= 0, 1 / (1 + shrunk), shrunk / (1 + shrunk)).astype(np.float32)
    if facts.activation == "softmax":
        raised = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)
    if facts.activation != "none":
        raise ValueError(f"there is no activation {facts.activation!r}")
    outside = (outputs < -_ROUNDING) | (outputs > 1 + _ROUNDING)
    _refuse(outside, outputs, first, "which is no probability")
    return np.clip(outputs, 0, 1).astype(np.float32, copy=False)


def _refuse(wrong: NDArray[np.bool_], outputs: NDArray[np.float32], first: int, why: str) -> None:
    if not wrong.any():
        return
    row, column = (int(place) for place in np.argwhere(wrong)[0])
    raise PredictionError(
        f"The network says {outputs[row, column]:g} of picture {first + row} (counted from 0), {why}: its "
        "weights are damaged or not those of its card; add them again with hrm models add.",
        first + row,
    )


def _batches(
    pictures: Iterable[Picture], spec: InputSpec, batch_size: int, cancel: CancelToken
) -> Generator[NDArray[np.float32]]:
    """Prepared pictures [B, 3, size, size]; the next ones are prepared while these are run."""
    source = iter(pictures)
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads, thread_name_prefix="hrm-prepare") as helpers:
        waiting: deque[Future[NDArray[np.float32]]] = deque()
        try:
            while True:
                cancel.raise_if_cancelled()
                wanted = _BATCHES_AHEAD * batch_size - len(waiting)
                waiting.extend(helpers.submit(_ready, each, spec) for each in islice(source, wanted))
                if not waiting:
                    return
                here = [waiting.popleft() for _ in range(min(batch_size, len(waiting)))]
                yield np.stack([each.result() for each in here])
        finally:
            for each in waiting:
                each.cancel()


def _ready(picture: Picture, spec: InputSpec) -> NDArray[np.float32]:
    return prepared(picture() if callable(picture) else picture, spec)
