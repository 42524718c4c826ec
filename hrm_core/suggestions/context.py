"""What the frames around a frame, and the other actions in them, say of an action in it.

One logistic regression for all actions: its weights are the same for each, so that also what was coded in few
frames, or never, is looked at in its context.  It sees the calibrated logit of the action from three frames
before to three after, the lower, the higher and the middle one of the frame and its neighbours, and how many
other actions the detector sees in the frame, before and after it: a face that lets go lets go at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.suggestions.calibration import MOST_LOGIT, logistic, sigmoid

__all__ = ["CONTEXT_WEIGHTS", "NOTHING_LEARNED", "context_scores", "fit_context"]

Floats = NDArray[np.float64]

_REACH = 3
CONTEXT_WEIGHTS = 2 * _REACH + 1 + 9
"""How many weights there are."""

NOTHING_LEARNED: Floats = np.eye(CONTEXT_WEIGHTS)[_REACH]
"""Weights with which the context says what the frame says."""

# Sixteen weights need no more frames than these; further ones only cost time.
_MOST_FRAMES = 8000


def fit_context(
    logits: Floats, truth: NDArray[np.bool_], spans: Sequence[slice], known: NDArray[np.bool_]
) -> Floats:
    """Fit the weights on coded sequences.

    Parameters
    ----------
    logits : ndarray of float64, shape (n_frames, n_actions)
        Calibrated logits.
    truth : ndarray of bool, shape (n_frames, n_actions)
        What was coded.
    spans : sequence of slice
        Rows without a gap.
    known : ndarray of bool, shape (n_actions,)
        Actions that were coded and are there in some frame: only they are learned from.

    Returns
    -------
    ndarray of float64, shape (CONTEXT_WEIGHTS,)
    """
    total = sum(span.stop - span.start for span in spans)
    step = -(-total // _MOST_FRAMES)
    seen = [_features(logits[span])[::step, known].reshape(-1, CONTEXT_WEIGHTS) for span in spans]
    there = [truth[span][::step, known].ravel() for span in spans]
    held = np.ones(CONTEXT_WEIGHTS)
    return logistic(np.concatenate(seen), np.concatenate(there), around=NOTHING_LEARNED, held=held)


def context_scores(logits: Floats, spans: Sequence[slice], weights: Floats) -> Floats:
    """Logits that an action is there, by the frame and its context; shape as `logits`."""
    scores = np.empty_like(logits)
    for span in spans:
        # Long sequences by parts: sixteen numbers for each action of each frame take room.
        for first in range(span.start, span.stop, _MOST_FRAMES):
            last = min(first + _MOST_FRAMES, span.stop)
            begin, end = max(span.start, first - _REACH), min(span.stop, last + _REACH)
            around = _features(logits[begin:end]) @ weights
            scores[first:last] = around[first - begin : last - begin]
    return np.clip(scores, -MOST_LOGIT, MOST_LOGIT)


def _features(logits: Floats) -> Floats:
    """What is seen of one sequence, shape (n_frames, n_actions, CONTEXT_WEIGHTS)."""
    moved = [_moved(logits, by) for by in range(-_REACH, _REACH + 1)]
    before, now, after = moved[_REACH - 1 : _REACH + 2]
    low, high = np.minimum(before, after), np.maximum(before, after)
    middle = np.clip(now, low, high)
    there = sigmoid(logits)
    company = np.log1p(there.sum(axis=1, keepdims=True) - there)
    company_before, company_after = _moved(company, -1), _moved(company, 1)
    lets_go = [
        (company - company_before) * _moved(there, -1),
        (company - company_after) * _moved(there, 1),
    ]
    every = [*moved, low, high, middle, company, company_before, company_after, *lets_go, np.ones_like(now)]
    return np.stack(every, axis=-1)


def _moved(values: Floats, by: int) -> Floats:
    """Values of so many frames later; the first and last frame stand for what is beyond."""
    rows = np.clip(np.arange(len(values)) + by, 0, len(values) - 1)
    moved: Floats = values[rows]
    return moved
