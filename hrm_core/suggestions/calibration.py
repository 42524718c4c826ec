"""From what a detector says to how often it is right: Platt's line, or a rising step function.

Platt's line (J. Platt, Probabilistic outputs for support vector machines, 1999) is a logistic regression
of the codes on the detector's logit.  An action that was coded in few frames says little of its own line, so
each is drawn towards the line of all actions together.  The rising step function is the isotonic regression
by pooling adjacent violators (R. E. Barlow, D. J. Bartholomew, J. M. Bremner, H. D. Brunk, Statistical
inference under order restrictions, 1972); it needs many frames.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["HOLDS", "MOST_LOGIT", "isotonic", "logistic", "logit", "platt", "sigmoid"]

MOST_LOGIT = 8.0
"""Calibrated logits are cut here: no detector is surer than one in three thousand."""

Floats = NDArray[np.float64]

_LEAST_PROBABILITY = 1e-5
HOLDS = ((1000.0, 100.0), (100.0, 5.0), (10.0, 0.4))
"""How strongly the line of one action may be held to that of all: prior precisions of slope and bias."""

_STEPS = 60
_CLOSE = 1e-9


def logit(probabilities: ArrayLike) -> Floats:
    """``log(p / (1 - p))``, of probabilities cut to between 0.00001 and 0.99999; NaN stays NaN."""
    p = np.clip(np.asarray(probabilities, dtype=np.float64), _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
    found: Floats = np.log(p) - np.log1p(-p)
    return found


def sigmoid(values: ArrayLike) -> Floats:
    """``1 / (1 + exp(-x))``."""
    found: Floats = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(values, dtype=np.float64)))
    return found


def logistic(
    columns: Sequence[Floats] | Floats, truth: ArrayLike, *, around: ArrayLike, held: ArrayLike
) -> Floats:
    """Weights of a logistic regression that is held to given weights, by Newton's steps.

    Parameters
    ----------
    columns : ndarray of float, shape (n, n_weights)
        What is known of each case.
    truth : array_like of bool, shape (n,)
        What is to be said of it.
    around : array_like of float, shape (n_weights,)
        Weights where there are no cases.
    held : array_like of float, shape (n_weights,)
        Precision with which they are held there (ridge), above 0.

    Returns
    -------
    ndarray of float64, shape (n_weights,)
        Where ``-log likelihood + held * (w - around)**2 / 2`` is least.
    """
    cases = np.asarray(columns, dtype=np.float64)
    there = np.asarray(truth, dtype=np.float64)
    centre = np.asarray(around, dtype=np.float64)
    ridge = np.asarray(held, dtype=np.float64)
    weights = centre.copy()
    step: Floats = np.zeros_like(weights)
    loss = np.inf
    for _ in range(_STEPS):
        said = cases @ weights
        now = _loss(said, there) + float(ridge @ (weights - centre) ** 2) / 2
        if now > loss + _CLOSE * max(1.0, abs(loss)):
            # Newton's step went too far: half of it.
            step /= 2
            weights += step
            continue
        loss = now
        p = sigmoid(said)
        slope = cases.T @ (p - there) + ridge * (weights - centre)
        bend = (cases * (p * (1 - p))[:, None]).T @ cases + np.diag(ridge)
        step = np.asarray(np.linalg.solve(bend, slope), dtype=np.float64)
        if float(np.abs(step).max(initial=0.0)) < _CLOSE:
            break
        weights -= step
    return weights


def platt(
    logits: Floats,
    truth: NDArray[np.bool_],
    fitted: NDArray[np.bool_],
    held: tuple[float, float] = HOLDS[-1],
) -> Floats:
    """Slope and bias of each action, drawn towards those of all actions together.

    Parameters
    ----------
    logits : ndarray of float64, shape (n_frames, n_actions)
        What the detector says.
    truth : ndarray of bool, shape (n_frames, n_actions)
        Whether the action is there.
    fitted : ndarray of bool, shape (n_actions,)
        Of which actions the truth is known; the others take the line of all.
    held : tuple of float
        One of :data:`HOLDS`.

    Returns
    -------
    ndarray of float64, shape (n_actions, 2)
        Slope and bias: ``slope * logit + bias`` is the calibrated logit.  An action that never is there
        has the line of all: that it was not coded yet does not say that it never comes.
    """
    known = fitted & truth.any(axis=0)
    every = np.stack([logits[:, known].ravel(), np.ones(logits[:, known].size)], axis=1)
    pooled = logistic(every, truth[:, known].ravel(), around=(1.0, 0.0), held=(1e-3, 1e-3))
    lines = np.tile(pooled, (logits.shape[1], 1))
    for place in np.flatnonzero(known):
        own = np.stack([logits[:, place], np.ones(len(logits))], axis=1)
        line = logistic(own, truth[:, place], around=pooled, held=held)
        # What falls where the detector is surer is no calibration of it.
        lines[place] = line if line[0] > 0 else pooled
    return lines


def isotonic(values: ArrayLike, truth: ArrayLike) -> tuple[Floats, Floats]:
    """The rising step function nearest to the truth, as the corners of its steps.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        What the detector says, n >= 1.
    truth : array_like of bool, shape (n,)
        Whether it is so.

    Returns
    -------
    at, level : ndarray of float64, shape (n_corners,)
        Both rising; between corners it is read off by a straight line, beyond them it is flat.
    """
    at, of = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True)
    weight = np.bincount(of).astype(np.float64)
    mean = np.bincount(of, weights=np.asarray(truth, dtype=np.float64)) / weight
    # Blocks that rise so far: mean, weight, number of values.
    blocks: list[tuple[float, float, int]] = []
    for level, much in zip(mean.tolist(), weight.tolist(), strict=True):
        block = (level, much, 1)
        while blocks and blocks[-1][0] >= block[0]:
            before = blocks.pop()
            both = before[1] + block[1]
            block = ((before[0] * before[1] + block[0] * block[1]) / both, both, before[2] + block[2])
        blocks.append(block)
    sizes = np.array([size for _, _, size in blocks])
    last = np.cumsum(sizes) - 1
    corners = np.unique(np.concatenate([last - sizes + 1, last]))
    levels = np.repeat([level for level, _, _ in blocks], sizes)
    return at[corners], levels[corners]


def _loss(said: Floats, there: Floats) -> float:
    return float((np.logaddexp(0.0, said) - there * said).sum())
