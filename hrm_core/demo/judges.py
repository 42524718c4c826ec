"""Simulates judges who rate how atypical a clip looks.

Wholly synthetic: the rating rises with how one-sided and how uncommon the actions
of a clip are.  The group is never looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.demo.rules import OCCURRENCE
from hrm_core.demo.study import DemoParticipant
from hrm_core.facs import ALL_ACTIONS, Code

__all__ = ["simulate_ratings"]

_MIDDLE = 2.5
_RARITY = np.array([-np.log10(OCCURRENCE.get(entry.key, 1.0)) for entry in ALL_ACTIONS])


def simulate_ratings(
    participants: Sequence[DemoParticipant], n_judges: int = 5, seed: int = 0
) -> NDArray[np.int64]:
    """Rate every clip of a study.

    Parameters
    ----------
    participants : sequence of DemoParticipant
        The study; clips are numbered through in this order.
    n_judges : int
        Number of judges.
    seed : int
        Same seed, same ratings.

    Returns
    -------
    ndarray of int, shape (n_clips, n_judges)
        1 (typical) to 5 (very atypical).  Judges share the clip's score (0.75 per
        standard deviation of one-sidedness, 0.65 of rarity, 0.3 of its own) and
        differ by a constant leaning (0.25) and by chance (0.55).
    """
    rng = np.random.default_rng([seed, 3])
    clips = [person.truth[first : last + 1] for person in participants for first, last in person.clips]
    marks = np.array([_marks(codes) for codes in clips])
    scaled = (marks - marks.mean(axis=0)) / (marks.std(axis=0) + 1e-9)
    clip = _MIDDLE + scaled @ np.array([0.75, 0.65]) + rng.normal(0.0, 0.3, len(marks))
    leaning = rng.normal(0.0, 0.25, n_judges)
    chance = rng.normal(0.0, 0.55, (len(marks), n_judges))
    ratings: NDArray[np.int64] = np.clip(np.rint(clip[:, None] + leaning + chance), 1, 5).astype(np.int64)
    return ratings


def _marks(codes: NDArray[np.uint8]) -> tuple[float, float]:
    """One-sidedness and mean rarity of a clip's codes, shape (n_frames, 35)."""
    present = codes != Code.ABSENT
    total = max(int(present.sum()), 1)
    one_sided = float((codes > Code.BOTH).sum()) / total
    rarity = float((present * _RARITY).sum()) / total
    return one_sided, rarity
