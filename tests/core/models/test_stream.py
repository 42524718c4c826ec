"""A stream of frames says the same as a batch of them, in blocks, and never runs far ahead of its reader."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.errors import Cancelled
from hrm_core.models.infer import PredictionError, predict
from hrm_core.models.stream import FrameViews, StreamBlock, predict_stream
from hrm_core.progress import CancelToken
from tests.core.models.test_infer import Means, plain
from tests.support.tiny_network import ACTIONS, said_of, tiny_facts

COUNT = 41
WITHOUT = {0, 7, 8, 9, 10, 40}


def frames_of(
    pictures: list[NDArray[np.uint8]], views: int = 1, pulled: list[int] | None = None
) -> Iterator[FrameViews]:
    """Every third frame number; `pulled` is told which were asked for."""
    for place in range(COUNT):
        if pulled is not None:
            pulled.append(place)
        own = [pictures[(place + view) % COUNT] for view in range(views)]
        yield FrameViews(3 * place, None if place in WITHOUT else (lambda own=own: own))


def joined(blocks: list[StreamBlock]) -> tuple[list[int], list[int], NDArray[np.float32]]:
    looked_at = [frame for block in blocks for frame in block.looked_at]
    frames = [frame for block in blocks for frame in block.frames.tolist()]
    return looked_at, frames, np.concatenate([block.probabilities for block in blocks], axis=1)


@pytest.mark.parametrize(("batch_size", "block_frames"), [(1, 1), (3, 5), (8, 256), (64, 7), (5, 41)])
def test_what_is_said_is_the_networks_word_whatever_batches_and_blocks(
    batch_size: int, block_frames: int
) -> None:
    pictures = plain(COUNT)
    blocks = list(
        predict_stream(
            frames_of(pictures), tiny_facts(), Means(), batch_size=batch_size, block_frames=block_frames
        )
    )
    looked_at, frames, found = joined(blocks)
    seen = [place for place in range(COUNT) if place not in WITHOUT]
    assert looked_at == [3 * place for place in range(COUNT)]
    assert frames == [3 * place for place in seen]
    assert found.shape == (1, len(seen), len(ACTIONS))
    assert np.abs(found[0] - said_of([pictures[place] for place in seen])).max() <= 1e-5
    assert {len(block.looked_at) for block in blocks[:-1]} <= {block_frames}


@pytest.mark.parametrize("batch_size", [1, 4, 64])
def test_views_of_a_frame_stay_together(batch_size: int) -> None:
    pictures = plain(COUNT)
    _, frames, found = joined(
        list(predict_stream(frames_of(pictures, 3), tiny_facts(), Means(), views=3, batch_size=batch_size))
    )
    for view in range(3):
        wanted = predict(
            [pictures[(frame // 3 + view) % COUNT] for frame in frames], tiny_facts(), Means(), batch_size=7
        )
        assert np.abs(found[view] - wanted).max() <= 1e-5


def test_a_slow_network_is_not_buried_in_pictures() -> None:
    pulled: list[int] = []
    pictures = plain(COUNT)
    done: list[int] = []

    class Watched(Means):
        def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
            # As long as nothing was asked for, nothing more is read than fits into the queue.
            before = -1
            while before != len(pulled):
                before = len(pulled)
                time.sleep(0.03)
            done.append(len(pulled))
            return super().run(batch)

    list(predict_stream(frames_of(pictures, pulled=pulled), tiny_facts(), Watched(), batch_size=2))
    # One batch under way, two waiting, one frame that waits for room: the network has had 2 a time.
    carried = len(WITHOUT)
    assert all(read <= 2 * turn + 2 * 2 + 1 + carried for turn, read in enumerate(done, start=1))
    assert done[0] < COUNT - 20


def threads_of_ours() -> set[str]:
    return {each.name for each in threading.enumerate() if each.name.startswith("hrm-")}


def test_closing_it_ends_its_threads_and_its_source() -> None:
    closed = []

    def source() -> Iterator[FrameViews]:
        try:
            yield from frames_of(plain(COUNT))
        finally:
            closed.append(True)

    blocks = predict_stream(source(), tiny_facts(), Means(), batch_size=1, block_frames=1)
    next(blocks)
    blocks.close()
    assert closed == [True]
    assert threads_of_ours() == set()


def test_what_goes_wrong_in_a_thread_is_raised_where_it_is_read() -> None:
    def source() -> Iterator[FrameViews]:
        yield FrameViews(0, lambda: plain(1))
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(predict_stream(source(), tiny_facts(), Means()))

    def broken() -> list[NDArray[np.uint8]]:
        raise OSError("no picture")

    with pytest.raises(OSError, match="no picture"):
        list(predict_stream([FrameViews(0, broken)], tiny_facts(), Means()))
    assert threads_of_ours() == set()


def test_it_stops_on_request_and_blocks_before_that_are_whole() -> None:
    cancel, blocks = CancelToken(), []
    stream = predict_stream(
        frames_of(plain(COUNT)), tiny_facts(), Means(), batch_size=2, block_frames=5, cancel=cancel
    )

    def read() -> None:
        for block in stream:
            blocks.append(block)
            if len(blocks) == 3:
                cancel.cancel()

    with pytest.raises(Cancelled):
        read()
    assert [len(block.looked_at) for block in blocks] == [5] * len(blocks)
    assert threads_of_ours() == set()


def test_only_detectors_say_anything() -> None:
    with pytest.raises(PredictionError, match="scores sequences"):
        next(predict_stream([], tiny_facts(role="regressor"), Means()))
    with pytest.raises(ValueError, match="at least 1"):
        next(predict_stream([], tiny_facts(), Means(), batch_size=0))
    assert list(predict_stream([], tiny_facts(), Means())) == []
