"""What a detector says frame by frame, made into runs: a median, or the most likely path of two states.

The states are "there" and "not there".  A path pays ``log((1 - s) / s)`` for each change, where ``s`` is how
often the action changes from one coded frame to the next, and earns the evidence of each frame in which it is
there.  Evidence is the calibrated logit times a weight: neighbouring frames look alike and are wrong
together, so that they count for less than as many frames drawn apart, and after
:mod:`hrm_core.suggestions.context` has looked at them, for more.  The best path is found by Viterbi's
recursion, the probability of each state and change by going forward and backward (L. R. Rabiner, A tutorial
on hidden Markov models, Proc. IEEE 77, 1989).  All functions take one sequence of frames without a gap, many
actions at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.suggestions.calibration import sigmoid

__all__ = ["Posteriors", "best_path", "moving_median", "posteriors", "switch_shares"]

Floats = NDArray[np.float64]

# As many frames' worth of the share of all actions are laid to each action's own.
_LENT_FRAMES = 300.0
_LEAST_SHARE, _MOST_SHARE = 1e-4, 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Posteriors:
    """What all paths together say of one sequence.

    Attributes
    ----------
    there : ndarray of float64, shape (n_frames, n_columns)
        Probability that the action is there.
    begins, ends : ndarray of float64, shape (n_frames + 1, n_columns)
        Probability that it is there from this frame on and was not in the one before, and that it was in
        the one before and is not in this; at the ends of the sequence, that it is there at all.
    """

    there: Floats
    begins: Floats
    ends: Floats


def switch_shares(switches: NDArray[np.int64], steps: int, known: NDArray[np.bool_]) -> Floats:
    """How often each action changes from one frame to the next, drawn towards all actions.

    Parameters
    ----------
    switches : ndarray of int64, shape (n_actions,)
        Changes that were counted.
    steps : int
        From how many frames to their next ones.
    known : ndarray of bool, shape (n_actions,)
        Actions that were coded; the others take the share of all.

    Returns
    -------
    ndarray of float64, shape (n_actions,)
        Between 0.0001 and 0.4.
    """
    total = steps * int(known.sum())
    pooled = float(switches[known].sum()) / total if total else 0.03
    own = (switches + _LENT_FRAMES * pooled) / (steps + _LENT_FRAMES)
    shares: Floats = np.clip(np.where(known, own, pooled), _LEAST_SHARE, _MOST_SHARE)
    return shares


def moving_median(values: Floats, width: int) -> Floats:
    """Median of `width` (odd) frames around each; the first and last frame stand for what is beyond."""
    half = width // 2
    padded = np.pad(values, ((half, half), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=0)
    middle: Floats = np.median(windows, axis=-1)
    return middle


def best_path(evidence: Floats, switch: Floats) -> NDArray[np.bool_]:
    """The most likely states of one sequence (Viterbi).

    Parameters
    ----------
    evidence : ndarray of float64, shape (n_frames, n_columns)
        Log odds that the action is there, by what is seen in the frame alone.
    switch : ndarray of float64, shape (n_columns,)
        Probability of a change from one frame to the next, above 0 and under 0.5.

    Returns
    -------
    ndarray of bool, shape (n_frames, n_columns)
        Of equally likely paths one that changes less.
    """
    cost = np.log1p(-switch) - np.log(switch)
    # By how much the best path that is there now beats the best that is not: no more than the cost of a
    # change can be carried on, for the other path would change.
    lead = np.empty_like(evidence)
    if len(evidence):
        lead[0] = evidence[0]
    for frame in range(1, len(evidence)):
        np.clip(lead[frame - 1], -cost, cost, out=lead[frame])
        lead[frame] += evidence[frame]
    states = np.empty(evidence.shape, dtype=np.bool_)
    after = None
    for frame in range(len(evidence) - 1, -1, -1):
        now = lead[frame]
        after = now > 0 if after is None else np.where(after, now >= -cost, now > cost)
        states[frame] = after
    return states


def posteriors(evidence: Floats, switch: Floats) -> Posteriors:
    """Probabilities of states and changes in one sequence (forward and backward).

    Parameters
    ----------
    evidence, switch
        As for :func:`best_path`.
    """
    n_frames, n_columns = evidence.shape
    # Log odds carried from one frame into the next: of what was before, and of what comes after.
    before, after = np.zeros((2, n_frames, n_columns))
    for frame in range(1, n_frames):
        before[frame] = _carried(before[frame - 1] + evidence[frame - 1], switch)
    for frame in range(n_frames - 2, -1, -1):
        after[frame] = _carried(after[frame + 1] + evidence[frame + 1], switch)
    there = sigmoid(before + evidence + after)
    begins, ends = np.zeros((2, n_frames + 1, n_columns))
    if n_frames:
        begins[0], ends[n_frames] = there[0], there[-1]
        left = (before + evidence)[:-1]
        right = (after + evidence)[1:]
        # Four ways over each border: log weights of both states beside one another.
        stay, change = np.log1p(-switch), np.log(switch)
        ways = np.stack([stay + 0 * left, change + right, left + change, left + right + stay])
        ways = np.exp(ways - ways.max(axis=0))
        ways /= ways.sum(axis=0)
        begins[1:-1], ends[1:-1] = ways[1], ways[2]
    return Posteriors(there, begins, ends)


def _carried(odds: Floats, switch: Floats) -> Floats:
    there = sigmoid(odds)
    there = np.clip(there * (1 - switch) + (1 - there) * switch, 1e-12, 1 - 1e-12)
    carried: Floats = np.log(there) - np.log1p(-there)
    return carried
