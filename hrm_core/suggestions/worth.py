"""How much a frame deserves to be coded, or looked at again, next.

All of it is in bits or in probabilities, and none of it needs to know what the model says in the end:

- *uncertainty* is the sum over actions of the entropy ``-p log2 p - (1-p) log2 (1-p)`` (D. D. Lewis,
  W. A. Gale: A sequential algorithm for training text classifiers, SIGIR 1994: what a classifier is
  least certain of teaches it most);
- *rarity* is the same with each action weighted by ``-log2 of its base rate``, the weights scaled to a
  mean of 1: uncertainty about something rare counts more.  It tells that the model is unsure, not what it
  says;
- *conflict* is the sum, over actions that the coder and the model see differently, of the model's
  confidence in what it proposes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["base_rates", "conflicts", "entropies", "in_turn", "rareness", "top"]

_PRIOR_FRAMES = 100.0
_LEAST_RATE = 1e-4


def entropies(probabilities: ArrayLike) -> NDArray[np.float64]:
    """Entropy of each probability, in bits.

    Parameters
    ----------
    probabilities : array_like of float
        In [0, 1]; NaN, where nothing is said, counts as 0 bits.

    Returns
    -------
    ndarray of float64
        Of the same shape, in [0, 1].
    """
    p = np.asarray(probabilities, dtype=np.float64)
    found = np.zeros(p.shape)
    for share in (p, 1.0 - p):
        inside = share > 0  # 0 log 0 is 0, and NaN is not above 0
        found[inside] -= share[inside] * np.log2(share[inside])
    return np.maximum(found, 0.0)


def base_rates(
    coded: NDArray[np.int64], mean_probabilities: NDArray[np.float64], frames: int
) -> NDArray[np.float64]:
    """How often each action occurs: as coded, drawn towards the model where little is coded.

    Parameters
    ----------
    coded : ndarray of int64, shape (n_actions,)
        In how many of the coded frames each action is there.
    mean_probabilities : ndarray of float64, shape (n_actions,)
        What the model says on average; counts as much as 100 coded frames.
    frames : int
        How many frames are coded.

    Returns
    -------
    ndarray of float64, shape (n_actions,)
        In [0.0001, 1].
    """
    rates = (np.asarray(coded) + _PRIOR_FRAMES * mean_probabilities) / (frames + _PRIOR_FRAMES)
    return np.clip(rates, _LEAST_RATE, 1.0)


def rareness(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weight of each action, ``-log2`` of its base rate, scaled to a mean of 1.

    Parameters
    ----------
    rates : ndarray of float64, shape (n_actions,)
        Base rates in (0, 1].
    """
    bits = -np.log2(rates)
    mean = bits.mean() if len(bits) else 0.0
    return bits / mean if mean > 0 else np.ones_like(bits)


def conflicts(
    coded: NDArray[np.bool_], proposed: NDArray[np.bool_], probabilities: ArrayLike
) -> NDArray[np.float64]:
    """The model's confidence where it proposes something else than is coded, else 0.

    Parameters
    ----------
    coded, proposed : ndarray of bool, shape (n_frames, n_actions)
        Whether an action is there; sides are not compared.
    probabilities : array_like of float, shape (n_frames, n_actions)
        Calibrated; the confidence is the probability of what is proposed.
    """
    p = np.nan_to_num(np.asarray(probabilities, dtype=np.float64))
    confidence = np.where(proposed, p, 1.0 - p)
    return np.where(coded != proposed, confidence, 0.0)


def top(scores: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Places of the highest scores above 0, the highest first; of equal ones the first place comes first."""
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] > 0]
    return order[:count].astype(np.int64)


def in_turn(lists: list[NDArray[np.int64]], count: int) -> list[tuple[int, int]]:
    """Take from several lists in turn what no list before it gave.

    Parameters
    ----------
    lists : list of ndarray of int64
        Places, the best first.
    count : int
        How many at most.

    Returns
    -------
    list of (int, int)
        Which list, and which place.
    """
    left = [iter(entries.tolist()) for entries in lists]
    taken: dict[int, int] = {}
    going = set(range(len(lists)))
    while going and len(taken) < count:
        for which in sorted(going):
            place = next((place for place in left[which] if place not in taken), None)
            if place is None:
                going.discard(which)
            elif len(taken) < count:
                taken[place] = which
    return [(which, place) for place, which in taken.items()]
