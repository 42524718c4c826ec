"""Simulates judges who rate how atypical a clip looks.

Wholly synthetic: the rating rises with how jerky the actions of a clip are, and a
little with how one-sided and how uncommon they are.  Jerkiness shows in how the codes follow
one another and not in how many there are.  The group is never looked at.
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
_WEIGHTS = (0.9, 0.2, 0.15)
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
        1 (typical) to 5 (very atypical).  Judges share the clip's score (0.9 per
        standard deviation of jerkiness, 0.2 of one-sidedness, 0.15 of rarity, 0.2
        of its own) and differ by a constant leaning (0.25) and by chance (0.55).
    """
    rng = np.random.default_rng([seed, 3])
    clips = [person.truth[first : last + 1] for person in participants for first, last in person.clips]
    marks = np.array([_marks(codes) for codes in clips])
    scaled = (marks - marks.mean(axis=0)) / (marks.std(axis=0) + 1e-9)
    clip = _MIDDLE + scaled @ np.array(_WEIGHTS) + rng.normal(0.0, 0.2, len(marks))
    leaning = rng.normal(0.0, 0.25, n_judges)
    chance = rng.normal(0.0, 0.55, (len(marks), n_judges))
    ratings: NDArray[np.int64] = np.clip(np.rint(clip[:, None] + leaning + chance), 1, 5).astype(np.int64)
    return ratings


def _marks(codes: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Jerkiness, one-sidedness and mean rarity of a clip's codes, shape (n_frames, 35)."""
    present = codes != Code.ABSENT
    total = max(int(present.sum()), 1)
    # Onsets and offsets for each frame of action: a clip with more actions is no jerkier.
    jerky = float((present[1:] != present[:-1]).sum()) / total
    one_sided = float((codes > Code.BOTH).sum()) / total
    rarity = float((present * _RARITY).sum()) / total
    return jerky, one_sided, rarity
