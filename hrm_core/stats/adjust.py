"""p-values of a family of tests, adjusted for their number."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["adjust_p"]


def adjust_p(p: ArrayLike, method: str = "holm") -> tuple[NDArray[np.float64], int]:
    """Adjust the p-values of one family of tests.

    Parameters
    ----------
    p : array_like
        The family's p-values, of any shape.  A NaN is a test that could not be made: it
        stays NaN and does not count in the family.
    method : str
        "holm" bounds the chance of one false claim in the family; "bh" (Benjamini &
        Hochberg) bounds the share of false claims.

    Returns
    -------
    adjusted : ndarray of float64
        The adjusted p-values, of the shape of `p`, at most 1.
    family : int
        How many tests count.  State it beside the values: a family of 33 actions of
        which two never occur is one of 31.

    Raises
    ------
    ValueError
        If a value is no probability or the method is another.
    """
    if (method := method.lower()) not in ("holm", "bh"):
        raise ValueError(f"no adjustment is called {method!r}: choose holm or bh")
    given = np.asarray(p, dtype=np.float64)
    counts = ~np.isnan(given)
    raw = given[counts]
    if ((raw < 0) | (raw > 1)).any():
        raise ValueError("p-values lie between 0 and 1")
    family = len(raw)
    order = np.argsort(raw, kind="stable")
    rank = np.arange(1, family + 1)
    if method == "holm":
        stepped = np.maximum.accumulate((family + 1 - rank) * raw[order])
    else:
        stepped = np.minimum.accumulate((family / rank * raw[order])[::-1])[::-1]
    inside = np.empty(family)
    inside[order] = np.minimum(stepped, 1.0)
    adjusted = np.full(given.shape, np.nan)
    adjusted[counts] = inside
    return adjusted, family
