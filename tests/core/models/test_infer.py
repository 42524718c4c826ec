"""Probabilities are the network's, picture by picture, however pictures are put together."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from hrm_core.errors import Cancelled, UserError
from hrm_core.models import create_model
from hrm_core.models.card import InputSpec
from hrm_core.models.infer import PredictionError, detector_facts, predict, probabilities
from hrm_core.models.runners import TorchRunner
from hrm_core.progress import CancelToken
from tests.support.tiny_network import ACTIONS, INPUT, said_of, tiny_card, tiny_facts

N = len(ACTIONS)


def plain(count: int, seed: int = 3) -> list[NDArray[np.uint8]]:
    """Pictures of one colour each and of different sizes, of which the synthetic network's word is known."""
    random = np.random.default_rng(seed)
    return [
        np.broadcast_to(random.integers(0, 256, 3, dtype=np.uint8), (5 + each % 7, 11, 3)).copy()
        for each in range(count)
    ]


class Means:
    """The synthetic network in NumPy; keeps the sizes of its batches."""

    ran_on = "NumPy"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        assert batch.dtype == np.float32
        assert batch.shape[1:] == (3, INPUT.size, INPUT.size)
        self.batches.append(len(batch))
        weights = np.array([[1, 0, -1], [0, 2, 0], [-1, -1, -1], [0, 0, 3]], dtype=np.float32)
        return np.asarray(batch.mean(axis=(2, 3)) @ weights.T, dtype=np.float32)


class Says:
    """A network that says what it is told to."""

    ran_on = "nothing"

    def __init__(self, outputs: NDArray[np.float32]) -> None:
        self.left = outputs

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        here, self.left = self.left[: len(batch)], self.left[len(batch) :]
        return here


@pytest.mark.parametrize("batch_size", [1, 2, 3, 8, 21, 100])
def test_each_picture_has_its_own_probabilities(batch_size: int) -> None:
    pictures, runner = plain(21), Means()
    found = predict(pictures, tiny_facts(), runner, batch_size=batch_size)
    assert found.dtype == np.float32
    assert np.abs(found - said_of(pictures)).max() <= 1e-5
    full, rest = divmod(21, batch_size)
    assert runner.batches == [batch_size] * full + [rest] * bool(rest)


def test_pictures_may_be_read_beside_the_network() -> None:
    pictures, read = plain(9), []

    def reader(number: int) -> NDArray[np.uint8]:
        read.append((number, threading.current_thread().name))
        return pictures[number]

    found = predict([lambda n=n: reader(n) for n in range(9)], tiny_facts(), Means(), batch_size=4)
    assert np.abs(found - said_of(pictures)).max() <= 1e-5
    assert sorted(number for number, _ in read) == list(range(9))
    assert all(name.startswith("hrm-prepare") for _, name in read)


def test_few_pictures_are_held_at_a_time() -> None:
    taken = 0
    ahead: list[int] = []

    def endless() -> Iterator[NDArray[np.uint8]]:
        nonlocal taken
        for picture in plain(100):
            taken += 1
            yield picture

    class Counting(Means):
        def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
            found = super().run(batch)
            ahead.append(taken - sum(self.batches))
            return found

    predict(endless(), tiny_facts(), Counting(), batch_size=5)
    assert max(ahead) <= 10
    assert len(ahead) == 20


def test_one_can_stop_between_batches() -> None:
    cancel = CancelToken()

    class Stopping(Means):
        def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
            if len(self.batches) == 2:
                cancel.cancel()
            return super().run(batch)

    runner = Stopping()
    with pytest.raises(Cancelled):
        predict(plain(40), tiny_facts(), runner, batch_size=4, cancel=cancel)
    assert runner.batches == [4, 4, 4]
    assert not [each for each in threading.enumerate() if each.name.startswith("hrm-prepare")]


def test_progress_counts_pictures() -> None:
    told: list[object] = []

    class Telling:
        def start(self, title: str, total: int | None) -> None:
            told.append(total)

        def advance(self, units: int = 1) -> None:
            told.append(units)

        def finish(self) -> None:
            told.append("end")

    predict(plain(7), tiny_facts(), Means(), batch_size=3, progress=Telling())
    assert told == [7, 3, 3, 1, "end"]


def test_a_picture_that_cannot_be_read_ends_it() -> None:
    def broken() -> NDArray[np.uint8]:
        raise UserError("that one is torn")

    runner = Means()
    with pytest.raises(UserError, match="that one is torn"):
        predict([*plain(3), broken, *plain(3)], tiny_facts(), runner, batch_size=2)
    assert runner.batches == [2]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_told_with_its_picture(wrong: float) -> None:
    outputs = np.zeros((9, N), dtype=np.float32)
    outputs[7, 2] = wrong
    with pytest.raises(
        PredictionError, match=r"of picture 7 \(counted from 0\), which is no number"
    ) as caught:
        predict(plain(9), tiny_facts(), Says(outputs), batch_size=4)
    assert caught.value.picture == 7


def test_a_network_without_activation_must_give_probabilities() -> None:
    facts = tiny_facts(activation="none")
    outputs = np.linspace(0, 1, 6 * N, dtype=np.float32).reshape(6, N)
    assert np.array_equal(predict(plain(6), facts, Says(outputs), batch_size=4), outputs)
    rounded = np.full((1, N), 1 + 2e-7, dtype=np.float32)
    assert np.array_equal(predict(plain(1), facts, Says(rounded)), np.ones((1, N), np.float32))
    assert np.array_equal(predict(plain(1), facts, Says(1 - rounded)), np.zeros((1, N), np.float32))
    for wrong in (1.001, -0.001):
        outputs[5, 1] = wrong
        with pytest.raises(PredictionError, match=r"of picture 5 .* which is no probability"):
            predict(plain(6), facts, Says(outputs), batch_size=4)


def test_the_sigmoid_is_right_at_both_ends() -> None:
    logits = [-1000.0, -100.0, -20.0, -1e-3, 0.0, 1e-3, 3.0, 20.0, 1000.0, 88.7, -88.7, -104.0]
    found = probabilities(np.array(logits, dtype=np.float32).reshape(3, 4), tiny_facts()).reshape(-1)
    wanted = [0.0 if each < -700 else 1 / (1 + math.exp(-each)) for each in logits]
    assert np.allclose(found, wanted, rtol=1e-5, atol=1e-38)
    assert np.array_equal(found >= 0.5, torch.tensor(logits, dtype=torch.float32).sigmoid().ge(0.5).numpy())


def test_another_number_of_outputs_is_refused() -> None:
    with pytest.raises(
        PredictionError, match=r"output has the shape \(2, 22\), but its card names 4 actions"
    ):
        predict(plain(2), tiny_facts(), Says(np.zeros((2, 22), dtype=np.float32)))


def test_networks_that_tell_no_actions_from_pictures_are_refused() -> None:
    runner = Means()
    with pytest.raises(PredictionError, match="resnet50 scores sequences of actions and takes no pictures"):
        predict(plain(1), tiny_facts("regressor"), runner)
    with pytest.raises(PredictionError, match="what training begins from"):
        predict(plain(1), tiny_facts("backbone"), runner)
    with pytest.raises(PredictionError, match="tiny is a face detector and finds no actions"):
        detector_facts(replace(tiny_card(), network=None, kind="face detector"))
    assert not runner.batches


def test_no_pictures_have_no_probabilities() -> None:
    assert predict([], tiny_facts(), Means()).shape == (0, N)
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        predict([], tiny_facts(), Means(), batch_size=0)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Small batches on busy processors wait for one another longer than they compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_a_real_network_says_the_same_in_batches_of_any_size() -> None:
    torch.manual_seed(8)
    model = create_model("resnet50").eval()
    actions = tuple(f"AU{number}" for number in range(22))
    facts = replace(tiny_facts(), actions=actions, input=InputSpec(64, "pil-bilinear", INPUT.mean, INPUT.std))

    class Small(TorchRunner):
        """At a small size: it is a matter of batches, and the network takes any."""

        def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
            with torch.inference_mode():
                return np.asarray(model(torch.from_numpy(batch)).numpy(), dtype=np.float32)

    random = np.random.default_rng(5)
    pictures = [random.integers(0, 256, (90, 70 + each, 3), dtype=np.uint8) for each in range(11)]
    alone = predict(pictures, facts, Small(model), batch_size=1)
    assert alone.std(axis=0).max() > 1e-3
    for batch_size in (2, 8, 11):
        assert np.abs(predict(pictures, facts, Small(model), batch_size=batch_size) - alone).max() <= 1e-5
