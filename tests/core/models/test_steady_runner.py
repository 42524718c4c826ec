"""Where a graphics card fails in mid-run, the processor goes on with the same batch, and it is said."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.models.runners import RunnerError
from hrm_core.models.steady_runner import SteadyRunner

BATCH = np.arange(4, dtype=np.float32).reshape(2, 2)


class Placed:
    """Doubles its batch, as often as it can."""

    def __init__(self, *, on_cpu: bool, runs: int, passed_over: tuple[str, ...] = ()) -> None:
        self.on_cpu, self.left, self.passed_over, self.closed = on_cpu, runs, passed_over, False
        self.ran_on = "the processor" if on_cpu else "a card"

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        if not self.left:
            raise RunnerError("It has fallen off the bus.")
        self.left -= 1
        return 2 * batch

    def close(self) -> None:
        self.closed = True


def test_the_processor_takes_over_in_mid_run() -> None:
    card = Placed(on_cpu=False, runs=2, passed_over=("Another could not be used.",))
    cpu = Placed(on_cpu=True, runs=9)
    runner = SteadyRunner(card, lambda: cpu)
    assert runner.ran_on == "a card"
    said = [runner.run(BATCH) for _ in range(5)]
    assert all(np.array_equal(each, 2 * BATCH) for each in said)
    assert (card.closed, cpu.left, runner.ran_on) == (True, 6, "the processor")
    first, second = runner.passed_over
    assert first == "Another could not be used."
    assert "a card failed in the middle" in second
    assert "fallen off the bus" in second
    runner.close()
    assert cpu.closed


def test_without_a_way_to_the_processor_it_fails() -> None:
    card = Placed(on_cpu=False, runs=0)
    with pytest.raises(RunnerError, match="fallen off the bus"):
        SteadyRunner(card).run(BATCH)
    assert not card.closed


def test_a_processor_that_fails_has_nowhere_to_go() -> None:
    opened = []
    with pytest.raises(RunnerError):
        SteadyRunner(Placed(on_cpu=True, runs=0), lambda: opened.append(1)).run(BATCH)
    runner = SteadyRunner(Placed(on_cpu=False, runs=0), lambda: Placed(on_cpu=True, runs=0))
    for _ in range(2):
        with pytest.raises(RunnerError):
            runner.run(BATCH)
    assert opened == []
