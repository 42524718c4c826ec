"""A runner for hours: where a graphics card fails in the middle, the processor goes on, and it is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hrm_core.models.runners import Runner, RunnerError

__all__ = ["PlacedRunner", "SteadyRunner"]


class PlacedRunner(Runner, Protocol):
    """A runner that knows where it runs."""

    passed_over: tuple[str, ...]

    @property
    def on_cpu(self) -> bool:
        """Whether the processor runs it."""

    def close(self) -> None:
        """Let go of the network."""


class SteadyRunner:
    """Runs a network where it was opened, and by the processor from where that fails.

    A card may be taken away in mid-run: its driver is renewed, the laptop sleeps, another program takes
    its memory.

    Parameters
    ----------
    runner : PlacedRunner
        What runs it first.
    by_cpu : callable, optional
        Opens the network on the processor; without it, what fails is told.
    """

    def __init__(self, runner: PlacedRunner, by_cpu: Callable[[], PlacedRunner] | None = None) -> None:
        self._runner, self._by_cpu = runner, by_cpu
        self._left: tuple[str, ...] = ()

    @property
    def ran_on(self) -> str:
        """By what it is run now."""
        return self._runner.ran_on

    @property
    def passed_over(self) -> tuple[str, ...]:
        """What would have come first, or came first, and why it is not used any more; a sentence each."""
        return (*self._runner.passed_over, *self._left)

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output as the network gives it; see :meth:`Runner.run`.

        Raises
        ------
        RunnerError
            If it cannot be run, nor by the processor.
        UserError
            What opening it on the processor raises.
        """
        try:
            return self._runner.run(batch)
        except RunnerError as error:
            if self._runner.on_cpu or self._by_cpu is None:
                raise
            self._move(error, self._by_cpu)
        return self._runner.run(batch)

    def _move(self, error: RunnerError, by_cpu: Callable[[], PlacedRunner]) -> None:
        before = self._runner
        passed_over = [*before.passed_over]
        passed_over.append(f"{before.ran_on} failed in the middle, and the processor went on: {error}")
        before.close()
        self._runner = by_cpu()
        self._left = tuple(passed_over)

    def close(self) -> None:
        """Let go of the network."""
        self._runner.close()
