"""The rank-sum test of two groups, with the sizes of its effect, for many actions at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.codings import numbers
from hrm_core.stats.distributions import normal_log10_p, normal_sf

__all__ = ["MannWhitney", "mann_whitney", "mann_whitney_counts"]

_FEW_VALUES = 8

_EMPTY = "a group is empty"
_ONE_EACH = "one value in each group: too few to test"
_CONSTANT = "constant: all values are equal"
_ROUGH = f"fewer than {_FEW_VALUES} values in a group: the normal approximation is rough"


@dataclass(frozen=True, slots=True, eq=False)
class MannWhitney:
    """Mann-Whitney test: one number each for one action, arrays for many.

    All signs are those of x minus y: positive where x is the larger.

    Attributes
    ----------
    u : float, or ndarray of float64, shape (n_actions,)
        U of x, as R's W and SciPy tell it; the same as `u1`.
    u1, u2, u_min : as `u`
        U of x, of y, and the smaller, which SPSS prints.
    z : as `u`
        Standard score, corrected for ties.
    z_spss : as `u`
        The same as SPSS signs it: never above 0.
    p : as `u`
        Two-sided, from the normal approximation; 0 where float64 ends.
    log10_p : as `u`
        Its decimal logarithm, which does not end there.
    rank_biserial : as `u`
        P(x > y) - P(x < y), from -1 to 1.
    cles : as `u`
        P(x > y) plus half of P(x = y).
    r : as `u`
        z divided by the root of n1 + n2.
    n1, n2 : int, or ndarray of int64, shape (n_actions,)
        Values of x and y that are not missing.
    dropped : as `n1`
        Missing values of both groups.
    reason : str, or tuple of str
        Why numbers are undefined; empty if none is.
    note : str, or tuple of str
        What to know before trusting them; often empty.
    continuity : bool
        Whether z and p are corrected for continuity.
    """

    u: Any
    u1: Any
    u2: Any
    u_min: Any
    z: Any
    z_spss: Any
    p: Any
    log10_p: Any
    rank_biserial: Any
    cles: Any
    r: Any
    n1: Any
    n2: Any
    dropped: Any
    reason: Any
    note: Any
    continuity: bool


class _One(NamedTuple):
    u1: float
    u2: float
    z: float
    n1: int
    n2: int
    dropped: int
    reason: str = ""
    note: str = ""


def mann_whitney(x: ArrayLike, y: ArrayLike, continuity: bool = False) -> MannWhitney:
    """Compare two groups by ranks, for one action or many at once.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n_actions, n)
        Values of each group, of as many as there are; NaN is missing, left out and
        counted.  Frames of one child are not independent values: compare one value for
        each participant, or the p is far too small.
    continuity : bool
        Move U by a half towards its mean, as R's ``wilcox.test`` and SciPy do unless told
        otherwise; SPSS does not.

    Returns
    -------
    MannWhitney
        Numbers for one action, arrays for many.

    Raises
    ------
    ValueError
        If the shapes do not fit or a value is infinite.

    Notes
    -----
    p is that of the normal approximation with the variance corrected for ties, never the
    exact one.  If all values are equal z is 0 and p 1, with a note, as SPSS prints it.
    """
    first, second = _as_groups(x), _as_groups(y)
    if first.ndim != second.ndim or first.shape[:-1] != second.shape[:-1]:
        raise ValueError(
            f"expected two groups [n], or [actions, n] of the same actions, "
            f"not {first.shape} and {second.shape}"
        )
    together = _together(
        [
            _compare(one, other, continuity)
            for one, other in zip(np.atleast_2d(first), np.atleast_2d(second), strict=True)
        ],
        continuity,
    )
    return together if first.ndim == 2 else _only(together)


def mann_whitney_counts(of_x: ArrayLike, of_y: ArrayLike, continuity: bool = False) -> MannWhitney:
    """Compare two groups whose values were counted: for frames, of which there are many and few values.

    Parameters
    ----------
    of_x, of_y : array_like of int, shape (n_values,) or (n_actions, n_values)
        How often each group has each value; values ascend along the last axis.
    continuity : bool
        As in :func:`mann_whitney`.

    Returns
    -------
    MannWhitney
        What :func:`mann_whitney` says of the values themselves; nothing is missing.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a count is none.
    """
    first, second = np.asarray(of_x), np.asarray(of_y)
    if first.shape != second.shape or first.ndim not in (1, 2):
        raise ValueError(
            f"expected counts [values], or [actions, values], of both groups, "
            f"not {first.shape} and {second.shape}"
        )
    if any(each.dtype.kind not in "iu" or (each < 0).any() for each in (first, second)):
        raise ValueError("counts are whole numbers, 0 or more")
    # Sums of products of counts leave the 8 or 32 bits that counts may come in.
    counts = (np.atleast_2d(each).astype(np.int64) for each in (first, second))
    together = _together(
        [_of_counts(one, other, 0, continuity) for one, other in zip(*counts, strict=True)], continuity
    )
    return together if first.ndim == 2 else _only(together)


def _together(one_by_one: list[_One], continuity: bool) -> MannWhitney:
    u1, u2, z = (
        np.array([getattr(one, name) for one in one_by_one], np.float64) for name in ("u1", "u2", "z")
    )
    n1, n2, dropped = (
        np.array([getattr(one, name) for one in one_by_one], np.int64) for name in ("n1", "n2", "dropped")
    )
    pairs = np.where((n1 > 0) & (n2 > 0), n1.astype(np.float64) * n2, np.nan)
    return MannWhitney(
        u=u1,
        u1=u1,
        u2=u2,
        u_min=np.minimum(u1, u2),
        z=z,
        z_spss=-np.abs(z) + 0.0,
        p=np.minimum(2 * normal_sf(np.abs(z)), 1.0),
        log10_p=normal_log10_p(z),
        rank_biserial=(u1 - u2) / pairs,
        cles=u1 / pairs,
        r=z / np.sqrt(np.maximum(n1 + n2, 1)),
        n1=n1,
        n2=n2,
        dropped=dropped,
        reason=tuple(one.reason for one in one_by_one),
        note=tuple(one.note for one in one_by_one),
        continuity=continuity,
    )


def _only(together: MannWhitney) -> MannWhitney:
    """The one action of a batch, in plain numbers."""
    known = {field.name: getattr(together, field.name) for field in fields(together)}
    plain = {name: each[0].item() for name, each in known.items() if isinstance(each, np.ndarray)}
    return replace(together, **plain, reason=together.reason[0], note=together.note[0])


def _as_groups(values: ArrayLike) -> NDArray[Any]:
    given = numbers(values)
    if given.ndim not in (1, 2):
        raise ValueError(f"expected a group [n] or [actions, n], not {given.shape}")
    if np.isinf(given).any():
        raise ValueError("values must be finite numbers or missing (NaN)")
    return given


def _compare(x: NDArray[Any], y: NDArray[Any], continuity: bool) -> _One:
    x_known, y_known = x[~np.isnan(x)], y[~np.isnan(y)]
    dropped = len(x) + len(y) - len(x_known) - len(y_known)
    values, of_both = np.unique(np.concatenate([x_known, y_known]), return_counts=True)
    of_x = np.zeros(len(values), np.int64)
    met, counts = np.unique(x_known, return_counts=True)
    of_x[np.searchsorted(values, met)] = counts
    return _of_counts(of_x, of_both - of_x, dropped, continuity)


def _of_counts(of_x: NDArray[Any], of_y: NDArray[Any], dropped: int, continuity: bool) -> _One:
    n1, n2 = int(of_x.sum()), int(of_y.sum())
    if not n1 or not n2:
        return _One(math.nan, math.nan, math.nan, n1, n2, dropped, _EMPTY)
    # Twice U, so that ties stay whole numbers; Python's own, since cubes of ties leave int64.
    twice = int((of_x * (2 * (np.cumsum(of_y) - of_y) + of_y)).sum())
    of_both = of_x + of_y
    tied = sum(count**3 - count for count in of_both[of_both > 1].tolist())
    u1, u2 = twice / 2, n1 * n2 - twice / 2
    n = n1 + n2
    if tied == n**3 - n:
        return _One(u1, u2, 0.0, n1, n2, dropped, note=_CONSTANT)
    if n == 2:
        return _One(u1, u2, math.nan, n1, n2, dropped, _ONE_EACH)
    deviation = math.sqrt(n1 * n2 * (n**3 - n - tied) / (12 * n * (n - 1)))
    distance = (twice - n1 * n2) / 2
    if continuity:
        distance = math.copysign(max(abs(distance) - 0.5, 0.0), distance)
    note = _ROUGH if min(n1, n2) < _FEW_VALUES else ""
    return _One(u1, u2, distance / deviation, n1, n2, dropped, note=note)
