"""Few frames that stand for many: clusters of what a model says of them.

The embedding is the vector of logits ``log(p / (1 - p))`` of all actions of a frame, each cut to
[-6, 6]; the store keeps no inner layers of networks.  Seeds are chosen farthest first (T. F. Gonzalez,
Theoretical Computer Science 38, 1985): each is the frame farthest from all seeds before it and from what
is coded already, as for core-sets (O. Sener, S. Savarese: Active learning for convolutional neural
networks, ICLR 2018).  Because farthest frames alone would be the oddest ones, at most ten rounds of
k-means (S. P. Lloyd, IEEE Transactions on Information Theory 28, 1982) follow, and the frame nearest to
each mean stands for its cluster.

Where there are more than 20,000 frames, every n-th is looked at, n being the least number that leaves no
more; of what is coded at most 2,000, chosen alike.  Nothing is drawn by chance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MOST_FRAMES", "logits", "representatives"]

MOST_FRAMES = 20_000
"""So many frames are clustered at most."""

_MOST_CODED = 2_000
_MOST_BITS = 6.0
_ROUNDS = 10
_ROWS_AT_ONCE = 2_000
# Squares of distances: what is nearer is the same.
_SAME = 1e-6


def logits(probabilities: ArrayLike) -> NDArray[np.float32]:
    """Logits of probabilities, cut to [-6, 6]; 0, which is undecided, where nothing is said.

    Parameters
    ----------
    probabilities : array_like of float, shape (n_frames, n_actions)
        In [0, 1] or NaN.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    p = np.where(np.isnan(p), 0.5, np.clip(p, 1e-9, 1 - 1e-9))
    return np.clip(np.log(p / (1 - p)), -_MOST_BITS, _MOST_BITS).astype(np.float32)


def representatives(
    vectors: NDArray[np.float32], count: int, covered: NDArray[np.float32] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Places of at most `count` vectors that stand for all, and for which share each does.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        What is to be represented, in the order of places.
    count : int
        How many clusters at most; fewer come where fewer vectors differ.
    covered : ndarray of float32, shape (m, d), optional
        What is known already: seeds are chosen far from it.

    Returns
    -------
    places : ndarray of int64, shape (k,)
        Farthest first; no place twice.
    shares : ndarray of float64, shape (k,)
        Share of the vectors looked at in each cluster; the rest are nearer to what is known already.
    """
    looked = np.arange(0, len(vectors), max(1, -(-len(vectors) // MOST_FRAMES)))
    points = vectors[looked]
    if not len(points) or count < 1:
        return np.empty(0, dtype=np.int64), np.empty(0)
    known = np.full(len(points), np.inf, dtype=np.float32)
    if covered is not None and len(covered):
        _, known = _nearest(points, covered[:: max(1, -(-len(covered) // _MOST_CODED))])
    seeds = _farthest_first(points, count, known)
    if not len(seeds):
        return seeds, np.empty(0)
    centres = points[seeds]
    cluster, away = _nearest(points, centres)
    for _ in range(_ROUNDS):
        # What is no nearer than to something coded is known, and pulls no mean towards it.
        new = away < known
        centres = _means(points[new], cluster[new], centres)
        again, away = _nearest(points, centres)
        if np.array_equal(again, cluster):
            break
        cluster = again
    left = np.flatnonzero(away < known)
    # By cluster, then distance, then place: the first of each is its representative.
    order = left[np.lexsort((left, away[left], cluster[left]))]
    _, first, sizes = np.unique(cluster[order], return_index=True, return_counts=True)
    return looked[order[first]], sizes / len(points)


def _farthest_first(points: NDArray[np.float32], count: int, known: NDArray[np.float32]) -> NDArray[np.int64]:
    seeds: list[int] = []
    away = known
    if np.isinf(known[0]):
        # Nothing is known yet: begin with what is most ordinary.
        seeds.append(int(((points - points.mean(axis=0)) ** 2).sum(axis=1).argmin()))
        away = ((points - points[seeds[0]]) ** 2).sum(axis=1)
    while len(seeds) < min(count, len(points)):
        seed = int(away.argmax())
        if away[seed] <= _SAME:
            break
        seeds.append(seed)
        away = np.minimum(away, ((points - points[seed]) ** 2).sum(axis=1))
    return np.array(seeds, dtype=np.int64)


def _nearest(
    points: NDArray[np.float32], centres: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Which centre is nearest to each point, and the square of its distance; in blocks, to bound memory."""
    which = np.empty(len(points), dtype=np.int64)
    away = np.empty(len(points), dtype=np.float32)
    squares = (centres**2).sum(axis=1)
    for begin in range(0, len(points), _ROWS_AT_ONCE):
        part = slice(begin, begin + _ROWS_AT_ONCE)
        block = points[part]
        distances = squares - 2 * (block @ centres.T)
        nearest = distances.argmin(axis=1)
        which[part] = nearest
        # Differences anew: those of large numbers above are inexact where points nearly coincide.
        away[part] = ((block - centres[nearest]) ** 2).sum(axis=1)
    return which, away


def _means(
    points: NDArray[np.float32], cluster: NDArray[np.int64], before: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Means of the clusters; one that is empty stays where it was."""
    sizes = np.bincount(cluster, minlength=len(before))
    sums = np.stack(
        [np.bincount(cluster, weights=column, minlength=len(before)) for column in points.T], axis=1
    )
    means = sums / np.maximum(sizes, 1)[:, None]
    return np.where(sizes[:, None] > 0, means, before).astype(np.float32)
