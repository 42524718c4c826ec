"""Expressions of frames from what several models say of them, and from the actions that are coded.

As in Ji et al. (2025): the models' probabilities are averaged (soft voting), the most probable expression
counts if it reaches a threshold, and only where one of the actions that belong to it is coded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.coded_frames import EXPRESSIONS, NO_EXPRESSION, NOT_CODABLE

__all__ = ["lacking_actions", "soft_vote", "softmax", "sure_expression"]

# Means of numbers in 32 bits; a frame at the threshold exactly is to reach it.
_ROUNDING = 1e-6


def softmax(logits: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Probabilities from logits, row by row: exp(x) over the sum of all exp(x).

    Parameters
    ----------
    logits : ndarray of float, shape (n, n_classes)
        Finite.

    Returns
    -------
    ndarray of float64, shape (n, n_classes)
        Each row has the sum 1.
    """
    # The largest of each row is taken off first: nothing overflows, and nothing changes.
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def soft_vote(
    votes: Sequence[NDArray[np.float32]], n_frames: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Mean of the probabilities that models give to a frame.

    Parameters
    ----------
    votes : sequence of ndarray of float32, shape (n_frames, 7)
        One for each model; NaN where it says nothing of a frame.
    n_frames : int
        How many frames there are, for no model at all.

    Returns
    -------
    mean : ndarray of float64, shape (n_frames, 7)
        Over the models that say something of the frame; NaN where none does.
    voters : ndarray of int64, shape (n_frames,)
        How many they are.
    """
    total, voters = np.zeros((n_frames, len(EXPRESSIONS))), np.zeros(n_frames, dtype=np.int64)
    for vote in votes:
        told = ~np.isnan(vote).any(axis=1)
        total[told] += vote[told]
        voters += told
    mean = np.full_like(total, np.nan)
    np.divide(total, voters[:, np.newaxis], out=mean, where=voters[:, np.newaxis] > 0)
    return mean, voters


def sure_expression(mean: NDArray[np.float64], threshold: float) -> NDArray[np.int8]:
    """The most probable expression of each frame, where it is probable enough.

    Parameters
    ----------
    mean : ndarray of float64, shape (n, 7)
        From :func:`soft_vote`.
    threshold : float
        0-1; to be reached.

    Returns
    -------
    ndarray of int8, shape (n,)
        Place in ``EXPRESSIONS``; ``NO_EXPRESSION`` where none reaches the threshold, two are equally
        probable, or what is left to classes other than the seven is more.
    """
    known = np.nan_to_num(mean, nan=0.0)
    best = known.argmax(axis=1)
    ordered = np.sort(known, axis=1)
    top, second = ordered[:, -1], ordered[:, -2]
    rest = 1 - known.sum(axis=1)
    sure = (top + _ROUNDING >= threshold) & (top > second) & (top + _ROUNDING >= rest) & (top > 0)
    return np.where(sure, best, NO_EXPRESSION).astype(np.int8)


def lacking_actions(
    expression: NDArray[np.int8],
    codes: NDArray[np.uint8],
    actions: Sequence[str],
    requires: Mapping[str, Sequence[str]],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Frames whose expression requires actions of which none is coded.

    Parameters
    ----------
    expression : ndarray of int8, shape (n,)
        As :func:`sure_expression` gives it.
    codes : ndarray of uint8, shape (n, n_actions)
        0-5 or ``NOT_CODABLE``, which is not present.
    actions : sequence of str
        Keys of the columns of `codes`.
    requires : mapping of str to sequence of str
        By expression, keys of the actions of which at least one must be there.

    Returns
    -------
    lacking : ndarray of bool, shape (n,)
        Frames that have none of them.
    unseen : ndarray of bool, shape (n,)
        Of them, those in which at least one could not be seen.
    """
    lacking, unseen = np.zeros(len(expression), dtype=bool), np.zeros(len(expression), dtype=bool)
    for name, keys in requires.items():
        rows = np.flatnonzero(expression == EXPRESSIONS.index(name))
        columns = np.array([actions.index(key) for key in keys], dtype=np.int64)
        needed = codes[np.ix_(rows, columns)]
        without = ~((needed > 0) & (needed != NOT_CODABLE)).any(axis=1)
        lacking[rows] = without
        unseen[rows] = without & (needed == NOT_CODABLE).any(axis=1)
    return lacking, unseen
