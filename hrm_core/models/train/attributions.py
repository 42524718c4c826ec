"""Integrated gradients of a regressor of atypicality: which action in which frame made its score.

For a score f, inputs x and the baseline 0 of frames without any action, the share of an input is

    x_i * integral over a from 0 to 1 of  df(a x) / dx_i

(Sundararajan, Taly & Yan, "Axiomatic attribution for deep networks", ICML 2017, eq. 1), and all shares add
up to f(x) - f(0).  The integral is taken by Gauss-Legendre quadrature on stretches as short as they must be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hrm_core.models.checkpoint import load_checkpoint
from hrm_core.models.train.windows import FRAMES, Windows
from hrm_core.models.zoo import create_model
from hrm_core.progress import CancelToken

__all__ = [
    "TOLERANCE",
    "SegmentShares",
    "WindowShares",
    "attribute_segments",
    "integrated_gradients",
    "load_regressor",
]

TOLERANCE = 0.02
"""What the shares of a window may miss of its score, in units of the rating; its scale has steps of 1."""

# Of the quadrature of one stretch.
_POINTS = 5
# A stretch of a 4096th of the way.
_MOST_HALVED = 12
# Their states still fit a core's cache.
_AT_ONCE = 256


@dataclass(frozen=True, slots=True, eq=False)
class WindowShares:
    """Scores of windows, taken apart.

    Attributes
    ----------
    values : ndarray of float64, shape (n_windows, 15, n_actions)
        Share of each action in each frame.
    scores : ndarray of float64, shape (n_windows,)
        What the network says.
    baseline : float
        What it says of a window without any action.
    gap : float
        Largest difference between the sum of a window's shares and its score less the baseline: what the
        quadrature missed; 0 without windows.
    """

    values: NDArray[np.float64]
    scores: NDArray[np.float64]
    baseline: float
    gap: float


@dataclass(frozen=True, slots=True, eq=False)
class SegmentShares:
    """Score of a segment, taken apart.

    Attributes
    ----------
    score : float
        Mean over its windows.
    baseline : float
        What the network says of a window without any action.
    values : ndarray of float32, shape (n_frames, n_actions)
        Share of each action in each frame of the clip; NaN in frames that are in no window.
    gap : float
        What the sum of the shares misses of the score less the baseline.
    """

    score: float
    baseline: float
    values: NDArray[np.float32]
    gap: float


def load_regressor(path: Path, name: str, actions: int) -> nn.Module:
    """A regressor from a run's folder, ready to be asked.

    Parameters
    ----------
    path : pathlib.Path
        As :func:`hrm_core.models.train.regressors.save_weights` wrote it.
    name : {"gru", "bilstm"}
        Which.
    actions : int
        How many it is told of.

    Raises
    ------
    NotFoundError, InvalidFileError
        If the file is not there, damaged, or of another network.
    """
    network = create_model(name, actions)
    load_checkpoint(network, path)
    return network.eval()


def integrated_gradients(
    network: nn.Module,
    windows: NDArray[np.floating] | NDArray[np.integer],
    *,
    cancel: CancelToken | None = None,
) -> WindowShares:
    """Take the scores of windows apart.

    Parameters
    ----------
    network : torch.nn.Module
        From [B, frames, actions] to [B, 1], in evaluation mode on the processor; used in its own precision.
    windows : ndarray, shape (n_windows, n_frames, n_actions)
        1 where an action is there, 0 elsewhere.
    cancel : CancelToken, optional
        Asked in each step.

    Notes
    -----
    Along the way from no action to all of them the score of a network that learned much may jump.  So a
    stretch of the way whose shares miss what the score changes on it is halved, until they do not.

    Raises
    ------
    Cancelled
        On request.
    """
    kind = next(network.parameters()).dtype
    inputs = torch.as_tensor(np.ascontiguousarray(windows), dtype=kind)
    values = np.zeros(windows.shape)
    baseline = float(_scores(network, torch.zeros(1, *windows.shape[1:], dtype=kind))[0])
    scores = _scores(network, inputs)
    # One row for each stretch: its window, where it begins and ends, and the scores there.
    window = np.arange(len(windows))
    ends = np.column_stack([np.zeros(len(windows)), np.ones(len(windows))])
    there = np.column_stack([np.full(len(windows), baseline), scores])
    for halved in range(_MOST_HALVED + 1):
        shares = np.zeros((len(window), *windows.shape[1:]))
        for first in range(0, len(window), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            shares[part] = _shares(network, inputs[window[part]], ends[part], cancel)
        missed = np.abs(shares.sum(axis=(1, 2)) - (there[:, 1] - there[:, 0]))
        again = (missed > TOLERANCE / 4) & (halved < _MOST_HALVED)
        np.add.at(values, window[~again], shares[~again])
        window, ends, there = window[again], ends[again], there[again]
        if not len(window):
            break
        middle = ends.mean(axis=1)
        between = _scores(network, inputs[window] * torch.as_tensor(middle, dtype=kind)[:, None, None])
        window = np.concatenate([window, window])
        ends = np.column_stack([np.append(ends[:, 0], middle), np.append(middle, ends[:, 1])])
        there = np.column_stack([np.append(there[:, 0], between), np.append(between, there[:, 1])])
    gaps = np.abs(values.sum(axis=(1, 2)) - (scores - baseline))
    return WindowShares(values, scores, baseline, float(gaps.max(initial=0.0)))


def _scores(network: nn.Module, inputs: Tensor) -> NDArray[np.float64]:
    found = np.zeros(len(inputs))
    with torch.no_grad():
        for first in range(0, len(inputs), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            found[part] = network(inputs[part])[:, 0].double().numpy()
    return found


def _shares(
    network: nn.Module, inputs: Tensor, ends: NDArray[np.float64], cancel: CancelToken | None
) -> NDArray[np.float64]:
    """Inputs times the integral of their gradients over a stretch of the way to them."""
    begin, length = (
        torch.as_tensor(each, dtype=inputs.dtype)[:, None, None]
        for each in (ends[:, 0], np.ptp(ends, axis=1))
    )
    gradients = torch.zeros_like(inputs)
    for node, weight in zip(*np.polynomial.legendre.leggauss(_POINTS), strict=True):
        if cancel is not None:
            cancel.raise_if_cancelled()
        between = ((begin + float(node + 1) / 2 * length) * inputs).requires_grad_()
        (gradient,) = torch.autograd.grad(network(between).sum(), between)
        gradients += float(weight) / 2 * gradient
    return np.asarray((inputs * length * gradients).double().numpy(), dtype=np.float64)


def attribute_segments(
    network: nn.Module,
    windows: Windows,
    segments: Sequence[int],
    spans: Sequence[tuple[int, int]],
    *,
    cancel: CancelToken | None = None,
) -> list[SegmentShares]:
    """Take the scores of segments apart.

    Parameters
    ----------
    network : torch.nn.Module
        Of :func:`load_regressor`.
    windows : Windows
        All windows.
    segments : sequence of int
        Places in ``windows.segments``.
    spans : sequence of (int, int)
        For each, first and last frame of its clip, both included.
    cancel : CancelToken, optional
        Asked in each step.

    Raises
    ------
    Cancelled
        On request.
    """
    own = [np.flatnonzero(windows.of_segment == segment) for segment in segments]
    # Equal windows have equal shares: of each kind one is looked at.
    first, kind = windows.distinct
    kinds, place = np.unique(kind[np.concatenate(own)], return_inverse=True)
    with _quickly():
        shares = integrated_gradients(network, windows.table[windows.rows(first[kinds])], cancel=cancel)
    ends = np.cumsum([len(each) for each in own])[:-1]
    return [
        _of_segment(windows, segment, shares, of_kind, span)
        for segment, of_kind, span in zip(segments, np.split(place, ends), spans, strict=True)
    ]


@contextmanager
def _quickly() -> Iterator[None]:
    """One thread, which takes gradients next to zero for zero.

    Where a network is saturated they are so small that processors need many times as long for them, and the
    setting holds for the thread that makes it alone.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)


def _of_segment(
    windows: Windows, segment: int, shares: WindowShares, kinds: NDArray[np.int64], span: tuple[int, int]
) -> SegmentShares:
    """Means over the windows of a segment, whose places in `shares` are `kinds`."""
    starts = windows.starts[windows.of_segment == segment]
    of_segment = windows.segments[segment]
    # In this order the segment's rows stand in the table.
    long = [run for run in of_segment.runs if run.stop - run.start >= FRAMES]
    frames = np.concatenate([of_segment.frames[run] for run in long]) - span[0]
    added = np.full((span[1] - span[0] + 1, windows.table.shape[1]), np.nan)
    added[frames] = 0.0
    for step in range(FRAMES):
        np.add.at(added, frames[starts - starts[0] + step], shares.values[kinds, step])
    added /= len(starts)
    score = float(shares.scores[kinds].mean())
    missed = abs(float(np.nansum(added)) - (score - shares.baseline))
    return SegmentShares(score, shares.baseline, added.astype(np.float32), missed)
