"""Which action one source has where the other has another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import Confusion
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.reliability.pairing import Paired
from hrm_core.stats.bootstrap import cluster_sums

__all__ = ["FEWEST_FRAMES", "confusions"]

FEWEST_FRAMES = 5
"""Confusions in fewer frames are not told."""


def confusions(paired: Paired, actions: Sequence[str]) -> tuple[Confusion, ...]:
    """Pairs of actions of which the first source alone has one and the second alone the other.

    Parameters
    ----------
    paired : Paired
        The common frames.
    actions : sequence of str
        Keys.

    Returns
    -------
    tuple of Confusion
        Those that meet more often than by chance (lift above 1), in at least
        :data:`FEWEST_FRAMES` frames; the most frequent first.

    Notes
    -----
    The lift is ``n · n_xy / (n_x · n_y)``: frames in which the first alone has x and the second
    alone has y, against what would be expected if the two had nothing to do with one another,
    over the n frames of recordings in which both actions can be judged by both.
    """
    columns = [COLUMN_OF[key] for key in actions]
    judged = paired.judged[:, columns].astype(np.int64)
    sizes = np.array([part.frames for part in paired.parts], dtype=np.int64)
    mask = paired.judged[:, columns][paired.recording]
    first, second = (paired.first[:, columns] > 0) & mask, (paired.second[:, columns] > 0) & mask
    x, y = first & ~second, second & ~first
    # Alone in recordings where the other action can be judged, too.
    x_alone = cluster_sums(x, paired.recording).T @ judged
    y_alone = judged.T @ cluster_sums(y, paired.recording)
    frames = judged.T @ (judged * sizes[:, None])
    return _told(actions, _together(x, y), frames, x_alone.astype(np.float64) * y_alone)


def _together(x: NDArray[np.bool_], y: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Frames in which x of the row and y of the column are true, counted bit by bit."""
    rows, columns = np.packbits(x.T, axis=1), np.packbits(y.T, axis=1)
    return np.array([np.bitwise_count(row & columns).sum(axis=1, dtype=np.int64) for row in rows])


def _told(
    actions: Sequence[str],
    together: NDArray[np.int64],
    frames: NDArray[np.int64],
    product: NDArray[np.float64],
) -> tuple[Confusion, ...]:
    lift = np.divide(
        frames.astype(np.float64) * together, product, out=np.zeros(product.shape), where=product > 0
    )
    found = [
        Confusion(actions[x], actions[y], int(together[x, y]), float(lift[x, y]))
        for x, y in np.argwhere((together >= FEWEST_FRAMES) & (lift > 1)).tolist()
    ]
    # The sort keeps the order of the actions among equals.
    return tuple(sorted(found, key=lambda entry: -entry.frames))
