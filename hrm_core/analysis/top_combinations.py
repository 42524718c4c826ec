"""The most frequent combinations, and frames in which they can be looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.distinct_combinations import DistinctCombinations, stretch_starts
from hrm_core.records.analysis_patterns import ExampleFrame, TopCombination
from hrm_core.records.coded_frames import CodedFrames

__all__ = ["top_combinations"]

_MOST = 10
_EXAMPLES = 3


def top_combinations(
    group: str, expression: str, kept: CodedFrames, found: DistinctCombinations, rows: NDArray[np.int64]
) -> tuple[TopCombination, ...]:
    """The most frequent combinations of some frames, at most ten.

    Parameters
    ----------
    group, expression : str
        Which frames these are.
    kept : CodedFrames
        Frames that `found` tells of.
    found : DistinctCombinations
        Their combinations.
    rows : ndarray of int64, shape (n_rows,)
        Rows of `kept`, ascending.

    Returns
    -------
    tuple of TopCombination
        The most frequent first; of equally frequent ones that of more children.
    """
    if not len(rows):
        return ()
    combination, child = found.of_frame[rows], kept.child[rows].astype(np.int64)
    frames = np.bincount(combination, minlength=len(found))
    pairs = np.unique(combination * len(kept.children) + child)
    children = np.bincount(pairs // len(kept.children), minlength=len(found))
    order = np.lexsort((np.arange(len(found)), -children, -frames))[:_MOST]
    return tuple(
        TopCombination(
            group,
            expression,
            found.score(place),
            int(frames[place]),
            float(frames[place] / len(rows)),
            int(children[place]),
            _examples(kept, rows[combination == place]),
        )
        for place in order.tolist()
        if frames[place]
    )


def _examples(kept: CodedFrames, rows: NDArray[np.int64]) -> tuple[ExampleFrame, ...]:
    """Middle frames of the longest stretches among rows of one combination."""
    first = np.flatnonzero(stretch_starts(kept.video[rows], kept.frame[rows]))
    length = np.diff(np.append(first, len(rows)))
    longest = np.argsort(-length, kind="stable")
    middle = rows[first[longest] + (length[longest] - 1) // 2]
    return tuple(_example(kept, row) for row in _other_children_first(middle, kept.child[middle]))


def _other_children_first(rows: NDArray[np.int64], child: NDArray[np.int32]) -> Sequence[int]:
    _, firsts = np.unique(child, return_index=True)
    of_others = np.sort(firsts)
    again = np.setdiff1d(np.arange(len(rows)), of_others)
    chosen: list[int] = rows[np.concatenate([of_others, again])[:_EXAMPLES]].tolist()
    return chosen


def _example(kept: CodedFrames, row: int) -> ExampleFrame:
    child, video = kept.videos[int(kept.video[row])]
    return ExampleFrame(kept.children[child].code, video, int(kept.frame[row]))
