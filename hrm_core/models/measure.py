"""What a network costs: operations, memory and speed, measured on this computer."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from hrm_core.models.zoo import network_of
from hrm_core.progress import CancelToken, NoProgress, Progress

if TYPE_CHECKING:
    from torch import nn

    from hrm_core.models.card import NetworkFacts
    from hrm_core.models.runners import Runner

__all__ = [
    "Computer",
    "Speed",
    "flops",
    "input_of",
    "multiply_adds",
    "peak_memory",
    "restart_peak",
    "speeds",
    "this_computer",
    "weight_bytes",
]

_ROUNDS = 5
_WARM_UP = 2
# A large network takes seconds for a batch: nobody waits minutes for a number.
_ENOUGH_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Computer:
    """What networks are run on.

    Attributes
    ----------
    processor : str
        Its name as the system gives it.
    cores : int
        How many of them this program may use.
    """

    processor: str
    cores: int


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a network runs, without reading and preparing pictures.

    Attributes
    ----------
    batch_size : int
        Pictures or sequences at once.
    per_second : float
        How many a second, by the median of several runs.
    runs : int
        How many runs that is.
    """

    batch_size: int
    per_second: float
    runs: int


def multiply_adds(model: nn.Module, shape: Sequence[int] | None = None) -> int:
    """Multiplications with addition that a network needs for one picture or sequence.

    Those of all convolutions and matrix products are counted, those of attention among
    them; normalisations, activations and sums are not.

    Parameters
    ----------
    model : torch.nn.Module
        As :func:`hrm_core.models.create_model` makes it.  It is run once, in evaluation
        mode; on the device ``meta`` nothing is computed.
    shape : sequence of int, optional
        Of the picture or sequence; what the network was published with if left out.

    Returns
    -------
    int
        Half the floating-point operations of :func:`flops`.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from hrm_core.models.runners import input_shape

    network_of(model)
    shape, device = (1, *(shape or input_shape(model))), next(model.parameters()).device
    trained, counter = model.training, FlopCounterMode(display=False)
    model.eval()
    try:
        with torch.inference_mode(), counter:
            model(torch.zeros(shape, device=device))
    finally:
        model.train(trained)
    return int(counter.get_total_flops()) // 2


def flops(multiply_adds: int) -> int:
    """Floating-point operations: a multiplication with addition is two."""
    return 2 * multiply_adds


def weight_bytes(parameters: int, bits: Literal[16, 32] = 32) -> int:
    """What parameters take in memory, in bytes."""
    return parameters * bits // 8


def input_of(facts: NetworkFacts) -> tuple[int, ...]:
    """Shape of one input of a card's network: (3, size, size), or (frames, actions) of a regressor."""
    size = facts.input.size
    return (size, len(facts.actions)) if facts.role == "regressor" else (3, size, size)


def speeds(
    runner: Runner,
    shape: Sequence[int],
    batch_sizes: Sequence[int],
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> tuple[Speed, ...]:
    """How fast something runs a network.

    The inputs are noise. For each size there are two runs to warm up and five that count,
    fewer of a network that takes seconds for one.

    Parameters
    ----------
    runner : Runner
        What runs it.
    shape : sequence of int
        Of one input, as :func:`input_of` gives it.
    batch_sizes : sequence of int
        How many at once, each at least 1.
    progress : Progress, optional
        Told of runs.
    cancel : CancelToken, optional
        Asked between runs.

    Raises
    ------
    ValueError
        If a size is below 1.
    Cancelled
        If stopped.
    """
    if min(batch_sizes, default=1) < 1:
        raise ValueError(f"a batch has at least 1, not {min(batch_sizes)}")
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    noise = np.random.default_rng(8)
    found = []
    for size in batch_sizes:
        batch = noise.standard_normal((size, *shape), dtype=np.float32)
        progress.start(f"Measuring {size} at once", _WARM_UP + _ROUNDS)
        seconds: list[float] = []
        begun = time.perf_counter()
        try:
            for _ in range(_WARM_UP + _ROUNDS):
                cancel.raise_if_cancelled()
                start = time.perf_counter()
                runner.run(batch)
                seconds.append(time.perf_counter() - start)
                progress.advance()
                if len(seconds) > _WARM_UP and time.perf_counter() - begun > _ENOUGH_SECONDS:
                    break
        finally:
            progress.finish()
        counted = seconds[_WARM_UP:]
        found.append(Speed(size, size / statistics.median(counted), len(counted)))
    return tuple(found)


def peak_memory() -> int | None:
    """The most memory this process has held at a time so far, in bytes.

    Returns
    -------
    int or None
        The high-water mark of its resident memory (``VmHWM`` of Linux, ``proc(5)``);
        None on other systems, where ``getrusage`` also counts what held the process
        before it became this program.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    marks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(marks[0]) * 1024 if marks else None


def restart_peak() -> bool:
    """Let :func:`peak_memory` begin anew from what is held now.

    Returns
    -------
    bool
        False where the system does not allow it.
    """
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    except OSError:
        return False
    return True


def this_computer() -> Computer:
    """What networks are run on here."""
    allowed = getattr(os, "sched_getaffinity", None)
    cores = len(allowed(0)) if allowed is not None else os.cpu_count() or 1
    return Computer(_processor(), cores)


def _processor() -> str:
    """On Linux :func:`platform.processor` knows the family only."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    for line in text.splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "unknown processor"
