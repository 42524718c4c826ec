"""Which combinations of actions there are, and which of them each frame shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.facs import Code, ScoredAction, format_score

__all__ = ["DistinctCombinations", "distinct_combinations", "stretch_starts"]

Integers = NDArray[np.int64]

_BITS = 3
_PER_WORD = 21


@dataclass(frozen=True, slots=True, eq=False)
class DistinctCombinations:
    """Combinations that occur, each once.

    Attributes
    ----------
    actions : tuple of str
        Keys of the actions.
    codes : ndarray of uint8, shape (n_combinations, n_actions)
        Codes 0-5 of each; sides make another combination.
    complexity : ndarray of int64, shape (n_combinations,)
        How many actions are present.
    sideless : ndarray of int64, shape (n_combinations,)
        Which combination it is if sides are left out.
    of_frame : ndarray of int64, shape (n_frames,)
        Combination of each frame.
    """

    actions: tuple[str, ...]
    codes: NDArray[np.uint8]
    complexity: Integers
    sideless: Integers
    of_frame: Integers

    def __len__(self) -> int:
        return len(self.codes)

    def score(self, place: int) -> str:
        """A combination written as a FACS score: ``"6+L12+25"``; ``"0"`` for none of the actions."""
        codes = self.codes[place].tolist()
        return format_score(
            ScoredAction(key, Code(code)) for key, code in zip(self.actions, codes, strict=True) if code
        )


def distinct_combinations(actions: tuple[str, ...], codes: NDArray[np.uint8]) -> DistinctCombinations:
    """Find the different combinations of many frames.

    Parameters
    ----------
    actions : tuple of str
        Keys of the actions.
    codes : ndarray of uint8, shape (n_frames, n_actions)
        Codes 0-5; every action could be seen.

    Returns
    -------
    DistinctCombinations
        In the order of their codes, first action first.

    Raises
    ------
    ValueError
        If a code is none.
    """
    if codes.size and codes.max() > max(Code):
        raise ValueError("a combination has codes 0-5 of all actions")
    first, of_frame = _numbered(codes)
    kept = codes[first]
    present = kept > 0
    _, sideless = _numbered(present.astype(np.uint8))
    return DistinctCombinations(actions, kept, present.sum(axis=1), sideless, of_frame)


def stretch_starts(video: NDArray[np.int32], frame: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a stretch of consecutive frames of one recording begins.

    Parameters
    ----------
    video, frame : ndarray, shape (n_frames,)
        Place of the recording, and number of the frame in it; ordered by both.

    Returns
    -------
    ndarray of bool, shape (n_frames,)
    """
    starts = np.ones(len(frame), dtype=bool)
    starts[1:] = (video[1:] != video[:-1]) | (frame[1:] != frame[:-1] + 1)
    return starts


def _numbered(codes: NDArray[np.uint8]) -> tuple[Integers, Integers]:
    """First row of each different row, in the order of their codes, and the number of each row."""
    n, wide = codes.shape
    if not n:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    # A row of codes fits into a few whole numbers; sorting those is many times faster than sorting rows.
    words = np.zeros((-(-wide // _PER_WORD) or 1, n), dtype=np.uint64)
    for place in range(wide):
        word, at = divmod(place, _PER_WORD)
        words[word] |= codes[:, place].astype(np.uint64) << np.uint64(_BITS * (_PER_WORD - 1 - at))
    order = np.lexsort(words[::-1])
    new = np.ones(n, dtype=bool)
    new[1:] = (words[:, order[1:]] != words[:, order[:-1]]).any(axis=0)
    number = np.empty(n, dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    return order[new], number
