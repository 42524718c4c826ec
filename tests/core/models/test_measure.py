"""What networks cost: operations by hand, memory by what was taken, runs by what was called."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from hrm_core.errors import Cancelled
from hrm_core.models import create_model
from hrm_core.models.measure import (
    flops,
    multiply_adds,
    speeds,
    this_computer,
    weight_bytes,
)
from hrm_core.progress import CancelToken

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is measured on Linux only")


class Counting:
    """A runner that notes what it was given."""

    ran_on = "nothing"

    def __init__(self, cancel_after: int = 0) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.cancel = CancelToken()
        self._cancel_after = cancel_after

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        assert batch.dtype == np.float32
        self.shapes.append(batch.shape)
        if len(self.shapes) == self._cancel_after:
            self.cancel.cancel()
        return batch


def counted(name: str, **options: int) -> int:
    with torch.device("meta"):
        return multiply_adds(create_model(name, **options))


def test_a_transformer_multiplies_as_often_as_its_layers_say() -> None:
    tokens, patches, width, depth = 197, 196, 768, 12
    embedding = patches * (3 * 16 * 16) * width
    layers = tokens * 12 * width * width  # qkv 3, proj 1, mlp 4 + 4
    attention = 2 * tokens * tokens * width  # q·k and weights·v
    assert counted("mae_face") == embedding + depth * (layers + attention) + width * 22


def test_resnet_50_multiplies_as_often_as_is_published_less_the_other_classes() -> None:
    """torchvision's documentation gives 4.09 G for 1,000 classes."""
    with_1000 = counted("resnet50", num_actions=1000)
    assert with_1000 == 4_089_184_256
    assert counted("resnet50") == with_1000 - 2048 * 978


def test_a_recurrent_network_multiplies_in_every_frame() -> None:
    by_frame = 3 * 128 * (22 + 128) + 3 * 128 * (128 + 128)
    assert counted("gru") == 15 * by_frame + 128


def test_counting_leaves_a_network_as_it_was() -> None:
    model = create_model("gru").train()
    before = {key: each.clone() for key, each in model.state_dict().items()}
    assert multiply_adds(model) == counted("gru")
    assert model.training
    assert all(torch.equal(each, before[key]) for key, each in model.state_dict().items())


def test_a_module_of_another_make_is_refused() -> None:
    with pytest.raises(ValueError, match="not made by create_model"):
        multiply_adds(torch.nn.Linear(1, 1))


def test_operations_are_twice_the_multiplications_and_numbers_have_their_bytes() -> None:
    assert flops(17) == 34
    assert (weight_bytes(1000), weight_bytes(1000, 16)) == (4000, 2000)
    model = create_model("gru")
    held = sum(each.numel() * each.element_size() for each in model.parameters())
    assert weight_bytes(sum(each.numel() for each in model.parameters())) == held


def test_each_batch_size_is_warmed_up_and_run_five_times() -> None:
    runner = Counting()
    found = speeds(runner, (15, 22), (1, 4))
    assert runner.shapes == [(1, 15, 22)] * 7 + [(4, 15, 22)] * 7
    assert [(each.batch_size, each.runs) for each in found] == [(1, 5), (4, 5)]
    assert all(each.per_second > 0 for each in found)


def test_measuring_stops_on_request() -> None:
    runner = Counting(cancel_after=3)
    with pytest.raises(Cancelled):
        speeds(runner, (2,), (1,), cancel=runner.cancel)
    assert len(runner.shapes) == 3


def test_a_batch_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        speeds(Counting(), (2,), (1, 0))


_PEAKS = """
import numpy as np
from hrm_core.models.measure import peak_memory, restart_peak
can = restart_peak()
peaks = [peak_memory()]
held = np.ones(96 << 20, dtype=np.uint8)
peaks.append(peak_memory())
del held
peaks.append(peak_memory())
restart_peak()
print(can, *peaks, peak_memory())
"""


@on_linux
def test_the_peak_of_memory_rises_with_what_is_held_and_begins_anew() -> None:
    # In a process of its own: here other tests' memory is given back in between.
    told = subprocess.run([sys.executable, "-c", _PEAKS], capture_output=True, text=True, check=True)
    can, *peaks = told.stdout.split()
    if can != "True":
        pytest.skip("this system does not let a peak begin anew")
    before, during, after, anew = (int(each) for each in peaks)
    size = 96 << 20
    assert during - before > 0.8 * size
    # The system counts pages of each thread in lots.
    assert after > during - 0.1 * size
    assert anew < during - 0.8 * size


def test_this_computer_has_a_processor_with_cores() -> None:
    computer = this_computer()
    assert computer.processor
    assert computer.cores >= 1
