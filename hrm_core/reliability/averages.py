"""One number for many actions: how it is made is part of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.records.agreement import Average

__all__ = ["averages"]


def averages(actions: Sequence[str], values: ArrayLike, occurrences: ArrayLike) -> tuple[Average, ...]:
    """Sum up a coefficient over actions, in the four ways that are in use.

    Parameters
    ----------
    actions : sequence of str
        Keys.
    values : array_like of float, shape (n_actions,)
        Coefficient of each; NaN where it has none.
    occurrences : array_like of float, shape (n_actions,)
        How often each action occurs, as weights.

    Returns
    -------
    tuple of Average
        The mean, the median, the mean by Fisher's z, and the mean weighted by occurrence.
        Each leaves out the actions without a value.

    Raises
    ------
    ValueError
        If the lengths differ.

    Notes
    -----
    Fisher's z is ``atanh(r)``, averaged and turned back.  It is infinite at 1 and -1, so
    an action with exactly that value would decide alone: it is left out of this average and
    named there, rather than given an invented finite z.
    """
    value, weight = np.asarray(values, dtype=np.float64), np.asarray(occurrences, dtype=np.float64)
    if not value.shape == weight.shape == (len(actions),):
        raise ValueError(f"{len(actions)} actions, but {value.shape} values and {weight.shape} occurrences")
    known = np.isfinite(value)
    finite_z = known & (np.abs(value) < 1)
    return (
        _average("mean", actions, known, lambda at: float(value[at].mean())),
        _average("median", actions, known, lambda at: float(np.median(value[at]))),
        _average("Fisher z", actions, finite_z, lambda at: math.tanh(float(np.arctanh(value[at]).mean()))),
        _average(
            "weighted by occurrence",
            actions,
            known & (weight > 0),
            lambda at: float(np.average(value[at], weights=weight[at])),
        ),
    )


def _average(
    how: str, actions: Sequence[str], used: NDArray[np.bool_], value: Callable[[NDArray[np.bool_]], float]
) -> Average:
    left_out = tuple(key for key, inside in zip(actions, used.tolist(), strict=True) if not inside)
    return Average(how, value(used) if used.any() else None, int(used.sum()), left_out)
