"""What a network says of a recording, as a stream of blocks: hours of frames in little memory.

Whoever asks for the next block runs the network in their own thread; frames are read, looked at and
prepared in others meanwhile, so far ahead as two batches and no further.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hrm_core.models.card import InputSpec, NetworkFacts
from hrm_core.models.infer import BATCH_SIZE, probabilities, require_detector
from hrm_core.models.inputs import prepared
from hrm_core.progress import CancelToken, NoProgress, Progress

if TYPE_CHECKING:
    from hrm_core.models.runners import Runner

__all__ = ["BLOCK_FRAMES", "FrameViews", "StreamBlock", "predict_stream"]

BLOCK_FRAMES = 256
"""Frames that are handed on together: eight seconds of a recording, lost at most where a run is killed."""

_BATCHES_AHEAD = 2
_MOST_THREADS = 4
# How often a thread that waits for room asks whether anybody still wants what it has.
_PATIENCE_S = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class FrameViews:
    """One frame that is to be looked at.

    Attributes
    ----------
    frame : int
        Its number.
    views : callable or None
        Makes what the network sees of it, RGB uint8 [height, width, 3] each, as many for every frame;
        called once, in a thread beside the network. None if it has no face.
    """

    frame: int
    views: Callable[[], Sequence[NDArray[np.uint8]]] | None


@dataclass(frozen=True, slots=True, eq=False)
class StreamBlock:
    """What a network says of some frames in a row of those asked for.

    Attributes
    ----------
    looked_at : tuple of int
        The frames, those without a face included.
    frames : ndarray of int64, shape (n_frames,)
        Those with a face.
    probabilities : ndarray of float32, shape (n_views, n_frames, n_actions)
        In the order of the views and of the card's actions.
    """

    looked_at: tuple[int, ...]
    frames: NDArray[np.int64]
    probabilities: NDArray[np.float32]


_Ready = tuple[int, Future[NDArray[np.float32]] | None]


def predict_stream(
    source: Iterable[FrameViews],
    facts: NetworkFacts,
    runner: Runner,
    *,
    views: int = 1,
    batch_size: int = BATCH_SIZE,
    block_frames: int = BLOCK_FRAMES,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Generator[StreamBlock]:
    """Probabilities of actions on frames, block by block as they are done.

    The numbers do not depend on the size of batches or blocks but for rounding. Close the generator where
    it is not read to its end: only then are its threads gone, and what they read from may be closed.

    Parameters
    ----------
    source : iterable of FrameViews
        Frames in order; read in a thread of its own.
    facts : NetworkFacts
        What the model's card says of the network.
    runner : Runner
        What runs it.
    views : int
        How many views each frame with a face has.
    batch_size : int
        Pictures at once, at least 1; of frames with several views at least one frame.
    block_frames : int
        Frames of a block, at least 1; the last may be smaller.
    progress : Progress, optional
        Told of frames.
    cancel : CancelToken, optional
        Asked between batches.

    Yields
    ------
    StreamBlock
        In the order of the frames.

    Raises
    ------
    PredictionError
        As :func:`hrm_core.models.infer.predict`.
    RunnerError
        If the network cannot be run.
    Cancelled
        On request.
    """
    if batch_size < 1 or block_frames < 1:
        raise ValueError(f"batches and blocks must be at least 1, not {batch_size} and {block_frames}")
    require_detector(facts, facts.architecture)
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    at_once = max(1, batch_size // views)
    blocks = _Blocks(block_frames, views, len(facts.actions))
    done = 0
    with closing(_ahead(source, facts.input, _BATCHES_AHEAD * at_once, cancel)) as coming:
        for batch in _batches(coming, at_once):
            cancel.raise_if_cancelled()
            pictures = [future.result() for _, future in batch if future is not None]
            found = np.empty((0, len(facts.actions)), dtype=np.float32)
            if pictures:
                found = probabilities(runner.run(np.concatenate(pictures)), facts, first=done)
                done += len(found)
            blocks.add(batch, found)
            progress.advance(len(batch))
            yield from blocks.whole()
    yield from blocks.rest()


class _Blocks:
    """Puts what batches say together to blocks."""

    def __init__(self, size: int, views: int, actions: int) -> None:
        self._size, self._shape = size, (views, actions)
        self._frames: list[tuple[int, NDArray[np.float32] | None]] = []

    def add(self, batch: Sequence[_Ready], found: NDArray[np.float32]) -> None:
        """A batch, and what was found: shape (views of all its frames with a face, actions)."""
        rows = iter(found.reshape(-1, *self._shape))
        self._frames += [(frame, None if future is None else next(rows)) for frame, future in batch]

    def whole(self) -> Generator[StreamBlock]:
        """Blocks that are full."""
        while len(self._frames) >= self._size:
            yield self._block(self._frames[: self._size])
            del self._frames[: self._size]

    def rest(self) -> Generator[StreamBlock]:
        """What is left at the end."""
        if self._frames:
            yield self._block(self._frames)

    def _block(self, frames: Sequence[tuple[int, NDArray[np.float32] | None]]) -> StreamBlock:
        seen = [(frame, rows) for frame, rows in frames if rows is not None]
        views, actions = self._shape
        rows = np.stack([rows for _, rows in seen], axis=1) if seen else np.empty((views, 0, actions))
        return StreamBlock(
            tuple(frame for frame, _ in frames),
            np.array([frame for frame, _ in seen], dtype=np.int64),
            rows.astype(np.float32, copy=False),
        )


def _batches(coming: Iterable[_Ready], at_once: int) -> Generator[list[_Ready]]:
    """Frames until as many have a face as are run together; those without are carried along."""
    batch: list[_Ready] = []
    with_face = 0
    for ready in coming:
        batch.append(ready)
        with_face += ready[1] is not None
        # Frames without a face cost nothing, but a stretch of them must not wait for hours.
        if with_face == at_once or len(batch) - with_face >= BLOCK_FRAMES:
            yield batch
            batch, with_face = [], 0
    if batch:
        yield batch


def _ahead(
    source: Iterable[FrameViews], spec: InputSpec, room: int, cancel: CancelToken
) -> Generator[_Ready]:
    """Frames whose pictures are prepared while others are run."""
    stop = threading.Event()
    coming: Queue[_Ready | BaseException | None] = Queue(room)

    def put(entry: _Ready | BaseException | None) -> bool:
        while not stop.is_set():
            with suppress(Full):
                coming.put(entry, timeout=_PATIENCE_S)
                return True
        return False

    def feed() -> None:
        # Whatever goes wrong here belongs to whoever waits for the frames.
        try:
            _feed(source, spec, put)
        except BaseException as error:
            put(error)
        else:
            put(None)

    feeder = threading.Thread(target=feed, name="hrm-feed", daemon=True)
    feeder.start()
    try:
        while True:
            cancel.raise_if_cancelled()
            with suppress(Empty):
                entry = coming.get(timeout=_PATIENCE_S)
                if entry is None:
                    return
                if isinstance(entry, BaseException):
                    raise entry
                yield entry
    finally:
        stop.set()
        feeder.join()


def _feed(
    source: Iterable[FrameViews],
    spec: InputSpec,
    put: Callable[[_Ready], bool],
) -> None:
    """Hand pictures to threads that prepare them, few at a time: each may hold a whole frame."""
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    frames = iter(source)
    with ThreadPoolExecutor(threads, thread_name_prefix="hrm-prepare") as helpers:
        under_way: list[Future[NDArray[np.float32]]] = []
        try:
            for entry in frames:
                future = None if entry.views is None else helpers.submit(_ready, entry.views, spec)
                if future is not None:
                    under_way.append(future)
                if not put((entry.frame, future)):
                    # Nobody wants what was begun.
                    for each in under_way:
                        each.cancel()
                    return
                under_way = [each for each in under_way if not each.done()]
                if len(under_way) > threads:
                    wait(under_way[:1])
        finally:
            if isinstance(frames, Generator):
                frames.close()


def _ready(views: Callable[[], Sequence[NDArray[np.uint8]]], spec: InputSpec) -> NDArray[np.float32]:
    return np.stack([prepared(view, spec) for view in views()])
