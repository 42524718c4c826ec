"""Whether an ONNX file gives the numbers of the network that it was made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import UserError
from hrm_core.models.runners import Runner, TorchRunner, input_shape
from hrm_core.progress import CancelToken, NoProgress, Progress

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "HALF_TOLERANCE",
    "TOLERANCE",
    "Parity",
    "ParityError",
    "batch_sizes",
    "check_parity",
    "parity_inputs",
]

TOLERANCE = 1e-4
"""How far the numbers of PyTorch and ONNX Runtime may be apart."""

HALF_TOLERANCE = 1e-2
"""The same where the file keeps its weights in half precision.

With synthetic weights probabilities moved by 0.00004 to 0.005, most in EmoFAN, and scores
by 0.0015; in ``me_graphau`` by 0.00004, and by 0.005 where a node chose another neighbour.
"""

_LARGE = 200_000_000
_SEED = 20_240_517


class ParityError(UserError, ArithmeticError):
    """An ONNX file gives other numbers than the network it was made from."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How well an ONNX file agrees with the network it was made from.

    Attributes
    ----------
    output_apart : float
        Largest difference of outputs, as the network gives them.
    probability_apart : float
        Largest difference once the activation is applied.
    largest_output : float
        Largest absolute output, to judge the first by.
    allowed : float
        By how much probabilities may differ; outputs by so many times the largest
        output, or by this if that is below 1.
    inputs : tuple of str
        What it was checked on.
    batch_sizes : tuple of int
        By how many at once.
    """

    output_apart: float
    probability_apart: float
    largest_output: float
    allowed: float
    inputs: tuple[str, ...]
    batch_sizes: tuple[int, ...]


def batch_sizes(model: nn.Module) -> tuple[int, ...]:
    """By how many at once a network is checked: fewer where it is large."""
    large = sum(each.numel() for each in model.parameters()) > _LARGE
    return (1, 2) if large else (1, 3, 8)


def check_parity(
    model: nn.Module,
    runner: Runner,
    *,
    activation: str,
    tolerance: float = TOLERANCE,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Parity:
    """Run a network in two ways on the same inputs and compare all numbers.

    Parameters
    ----------
    model : torch.nn.Module
        On the processor; left in evaluation mode.
    runner : Runner
        The ONNX file.
    activation : {"sigmoid", "none"}
        What turns outputs into probabilities.
    tolerance : float
        How far they may be apart.
    progress : Progress, optional
        Told of batches.
    cancel : CancelToken, optional
        Asked between batches.

    Raises
    ------
    ParityError
        If they are further apart; the message says by how much and where.
    RunnerError
        If one of the two cannot be run, or gives something that is no number.
    Cancelled
        If stopped.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    torch_runner, shape, sizes = TorchRunner(model), input_shape(model), batch_sizes(model)
    inputs = dict(parity_inputs(shape, max(sizes)))
    activate = _ACTIVATIONS[activation]
    differences: list[tuple[float, float, float]] = []
    progress.start("Comparing with PyTorch", len(inputs) * len(sizes))
    try:
        for (kind, batch), size in product(inputs.items(), sizes):
            cancel.raise_if_cancelled()
            wanted, found = (each.run(batch[:size]).astype(np.float64) for each in (torch_runner, runner))
            if wanted.shape != found.shape:
                raise ParityError(f"The ONNX file gives {found.shape} numbers instead of {wanted.shape}.")
            apart = float(np.abs(wanted - found).max())
            by_probability = float(np.abs(activate(wanted) - activate(found)).max())
            largest = float(np.abs(wanted).max())
            if by_probability > tolerance or apart > tolerance * max(1.0, largest):
                raise ParityError(
                    f"The ONNX file gives other numbers than PyTorch: by {kind}, {size} at once, outputs are "
                    f"up to {apart:.2g} apart and probabilities up to {by_probability:.2g}, where "
                    f"{tolerance:.0e} is allowed."
                )
            differences.append((apart, by_probability, largest))
            progress.advance()
    finally:
        progress.finish()
    output_apart, probability_apart, largest_output = map(max, zip(*differences, strict=True))
    return Parity(output_apart, probability_apart, largest_output, tolerance, tuple(inputs), sizes)


def parity_inputs(shape: tuple[int, ...], count: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Inputs to compare on, by what they are called: float32 [count, ...], the same each time.

    Parameters
    ----------
    shape : tuple of int
        (3, height, width), or (frames, actions).
    count : int
        How many of each.
    """
    random = np.random.default_rng(_SEED)
    yield "random numbers", random.standard_normal((count, *shape), dtype=np.float32)
    if len(shape) == 2:
        # What regressors are told of: actions that are there or not, rarely there.
        yield "random actions", (random.random((count, *shape)) < 0.2).astype(np.float32)
        return
    down, across = (np.linspace(0, 1, length, dtype=np.float32) for length in shape[1:])
    waves = random.uniform(0.5, 4, (count, shape[0], 2)).astype(np.float32)
    phase = waves[..., :1, None] * down[:, None] + waves[..., 1:, None] * across
    yield "smooth pictures", 2 * np.sin(2 * np.pi * phase, dtype=np.float32)


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    # By the hyperbolic tangent, which does not overflow.
    result: NDArray[np.float64] = 0.5 + 0.5 * np.tanh(0.5 * x)
    return result


def _itself(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return x


_ACTIVATIONS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "sigmoid": _sigmoid,
    "none": _itself,
}
