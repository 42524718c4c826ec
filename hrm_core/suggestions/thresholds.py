"""From scores to presence: thresholds, smoothing and shortest durations, as one decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hrm_core.suggestions.smoothing import best_path, moving_median

__all__ = ["DURATIONS", "METHODS", "USUAL_METHOD", "Method", "decide", "drop_short", "method_named"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Method:
    """One way from scores to presence.

    Attributes
    ----------
    name : str
        As it is stored.
    context : bool
        Whether the scores are those of :mod:`hrm_core.suggestions.context`.
    width : int
        Frames of a moving median; 1 is none.
    weight : float
        What a frame's evidence counts for beside the cost of a change (the two-state model); 0 is no such
        model.
    """

    name: str
    context: bool = False
    width: int = 1
    weight: float = 0.0


METHODS = (
    Method("none"),
    Method("median 3", width=3),
    Method("median 5", width=5),
    *(Method(f"states {weight:g}", weight=weight) for weight in (0.5, 0.7, 1.0, 1.5, 2.0, 3.0)),
    Method("context", context=True),
    *(
        Method(f"context states {weight:g}", context=True, weight=weight)
        for weight in (1.0, 1.5, 2.0, 3.0, 5.0)
    ),
)
"""Those that are tried on a study's own codes, the plainest first."""

USUAL_METHOD = next(method for method in METHODS if method.name == "context states 3")
"""The one that stands unless another is clearly better: see decision 0026."""

DURATIONS = (1, 2, 3)
"""Shortest runs, in frames, that are tried."""

_NAMED = {method.name: method for method in METHODS}


def method_named(name: str) -> Method:
    """The method of this name.

    Raises
    ------
    KeyError
        If there is none.
    """
    return _NAMED[name]


def decide(method: Method, scores: Floats, switch: Floats, spans: Sequence[slice]) -> NDArray[np.bool_]:
    """Which actions are there.

    Parameters
    ----------
    method : Method
        How.
    scores : ndarray of float64, shape (n_frames, n_actions)
        Logits, above 0 where the frame alone says "there"; of the context if the method wants them.
    switch : ndarray of float64, shape (n_actions,)
        Share of frames after which an action changes.
    spans : sequence of slice
        Rows without a gap; nothing is smoothed across gaps.

    Returns
    -------
    ndarray of bool, shape (n_frames, n_actions)
    """
    if method.width == 1 and not method.weight:
        alone: NDArray[np.bool_] = scores >= 0
        return alone
    states = np.empty(scores.shape, dtype=np.bool_)
    for span in spans:
        if method.weight:
            states[span] = best_path(method.weight * scores[span], switch)
        else:
            states[span] = moving_median(scores[span], method.width) >= 0
    return states


def drop_short(
    states: NDArray[np.bool_], spans: Sequence[slice], shortest: NDArray[np.int64], *, there: bool
) -> NDArray[np.bool_]:
    """Take out runs that are shorter than an action ever is.

    Parameters
    ----------
    states : ndarray of bool, shape (n_frames, n_actions)
        Presence.
    spans : sequence of slice
        Rows without a gap.  Runs at their ends stay: nobody knows how long they are.
    shortest : ndarray of int64, shape (n_actions,)
        Shorter runs go; 1 leaves all.
    there : bool
        Whether runs of presence go, or those of absence between two of presence.

    Returns
    -------
    ndarray of bool, shape (n_frames, n_actions)
        A copy.
    """
    kept = states.copy()
    for column in np.flatnonzero(shortest > 1):
        for span in spans:
            row = kept[span, column]
            edges = np.flatnonzero(np.diff(row)) + 1
            for first, end in pairwise(edges):
                if states[span.start + first, column] == there and end - first < shortest[column]:
                    row[first:end] = not there
    return kept
