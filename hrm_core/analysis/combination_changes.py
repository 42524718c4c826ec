"""Which combination follows which, from one frame to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.distinct_combinations import DistinctCombinations, stretch_starts
from hrm_core.records.analysis_patterns import Transition
from hrm_core.records.coded_frames import CodedFrames

__all__ = ["transitions"]

_MOST = 40


def transitions(
    group: str, kept: CodedFrames, found: DistinctCombinations, rows: NDArray[np.int64]
) -> tuple[Transition, ...]:
    """The most frequent changes of one group, at most 40.

    Parameters
    ----------
    group : str
        Name of the group.
    kept : CodedFrames
        Frames that `found` tells of.
    found : DistinctCombinations
        Their combinations.
    rows : ndarray of int64, shape (n_rows,)
        Rows of the group, ascending.

    Returns
    -------
    tuple of Transition
        The most frequent first; of equally frequent ones that of more children.
    """
    combination, child = found.of_frame[rows], kept.child[rows].astype(np.int64)
    follows = ~stretch_starts(kept.video[rows], kept.frame[rows])
    change = np.flatnonzero(follows[1:] & (combination[1:] != combination[:-1])) + 1
    if not len(change):
        return ()
    wide = len(found)
    pair = combination[change - 1] * wide + combination[change]
    pairs, which, count = np.unique(pair, return_inverse=True, return_counts=True)
    of_child = np.unique(which * len(kept.children) + child[change])
    children = np.bincount(of_child // len(kept.children), minlength=len(pairs))
    leaving = np.bincount(combination[change - 1], minlength=wide)
    order = np.lexsort((pairs, -children, -count))[:_MOST]
    return tuple(
        Transition(
            group,
            found.score(int(pairs[place]) // wide),
            found.score(int(pairs[place]) % wide),
            int(count[place]),
            int(children[place]),
            float(count[place] / leaving[pairs[place] // wide]),
        )
        for place in order.tolist()
    )
