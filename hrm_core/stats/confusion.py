"""Which code the second rater gave where the first gave another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.codings import Pair, named_categories, numbered, pair_of

__all__ = ["confusion", "crossed"]


def confusion(first: ArrayLike, second: ArrayLike, categories: Sequence[float]) -> NDArray[np.int64]:
    """Confusion matrix of two raters' codes, of laterality or intensity.

    Parameters
    ----------
    first, second : array_like, shape (n_frames,) or (n_actions, n_frames)
        Codes; NaN where a rater did not code the frame.
    categories : sequence of numbers
        The codes that are compared, in the order of rows and columns. A frame counts
        where both raters gave one of them: ``(2, 3, 4, 5)`` compares the sides where
        both saw the action, ``range(6)`` compares all codes.

    Returns
    -------
    ndarray of int64, shape (n_categories, n_categories) or (n_actions, n_categories, n_categories)
        Frames by the first rater's code (rows) and the second's (columns).

    Raises
    ------
    ValueError
        If the shapes differ, a code is infinite, or a category is named twice.
    """
    pair = pair_of(first, second)
    table = crossed(pair, named_categories(categories))
    return table[0] if pair.single else table


def crossed(pair: Pair, categories: NDArray[Any]) -> NDArray[np.int64]:
    """Confusion matrix of each action of a pair of raters.

    Parameters
    ----------
    pair : Pair
        Codes of two raters.
    categories : ndarray, shape (n_categories,)
        Codes that count.

    Returns
    -------
    ndarray of int64, shape (n_actions, n_categories, n_categories)
        Frames by the first rater's code (rows) and the second's (columns).
    """
    actions, size = len(pair.first), categories.size + 1
    rows, _ = numbered(pair.first, pair.coded, categories)
    columns, _ = numbered(pair.second, pair.coded, categories)
    # The last row and column take the frames that do not count.
    cells = (np.arange(actions)[:, None] * size + rows) * size + columns
    table = np.bincount(cells.ravel(), minlength=actions * size * size)
    return table.reshape(actions, size, size)[:, :-1, :-1].astype(np.int64)
