"""Intraclass correlation of raters: six forms with F, p and interval, many actions at once.

McGraw & Wong (1996) and Shrout & Fleiss (1979), from mean squares: between targets
(MSR), between raters (MSC), residual (MSE) and within targets (MSW).  A negative value
is told as it is.  For two raters the form "3,1" is ``2 cov(a, b) / (var a + var b)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.codings import numbers
from hrm_core.stats.distributions import f_ppf, f_sf

__all__ = ["ICC", "ICC_FORMS", "icc", "icc_of_sums"]

ICC_FORMS = ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")
"""The forms by Shrout & Fleiss's names; "k" is the mean of all raters."""

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FEW_TARGETS = 4
# So many ratings are worked on at a time: they fit the processor's cache, and a copy of all is never made.
_BLOCK = 1 << 15
_EPSILON = float(np.finfo(np.float64).eps)

_TOO_FEW = "fewer than 2 targets that all raters rated"
_NO_VARIANCE = "no variance: the targets do not differ"
_ZERO_DENOMINATOR = "the formula's denominator is 0"


@dataclass(frozen=True, slots=True, eq=False)
class ICC:
    """Intraclass correlation: one number each for one action, arrays for many.

    Attributes
    ----------
    value : float, or ndarray of float64, shape (n_actions,)
        The coefficient; NaN where it is undefined.
    low, high : as `value`
        Interval of the given level.  It takes targets as independent, which frames of one
        child are not.
    f : as `value`
        F of the targets; infinite where raters agree perfectly.
    df1, df2 : as `value`
        Degrees of freedom of F; `df2` is a fraction in the forms "2,1" and "2,k".
    p : as `value`
        P(F' > f), one-sided, against a coefficient of 0.
    n : int, or ndarray of int64, shape (n_actions,)
        Targets that all raters rated.
    dropped : as `n`
        Targets left out because a rating is missing.
    reason : str, or tuple of str
        Why the value is undefined; empty if it is not.
    note : str, or tuple of str
        What to know before trusting it; often empty.
    form : str
        One of `ICC_FORMS`.
    level : float
        Level of the interval.
    """

    value: Any
    low: Any
    high: Any
    f: Any
    df1: Any
    df2: Any
    p: Any
    n: Any
    dropped: Any
    reason: Any
    note: Any
    form: str
    level: float


def icc(ratings: ArrayLike, form: str = "3,1", level: float = 0.95) -> ICC:
    """Intraclass correlation of one action, or of many at once.

    Parameters
    ----------
    ratings : array_like, shape (n_targets, n_raters) or (n_actions, n_targets, n_raters)
        Ratings; a target with a NaN is left out of its action and counted.
    form : str
        One of `ICC_FORMS`: "1,1" raters differ by target, "2,1" absolute agreement of
        raters drawn from many, "3,1" consistency of these raters; "1,k", "2,k" and "3,k"
        the same for the raters' mean.
    level : float
        Level of the interval, between 0 and 1.

    Returns
    -------
    ICC
        Numbers for one action, arrays for many.

    Raises
    ------
    ValueError
        If there is one rater, the shape is another, a rating is infinite, or the form or
        level is none.

    Notes
    -----
    Degenerate cases: perfect agreement is 1 with an infinite F, p 0 and the interval
    [1, 1]; without any difference between targets beside the raters' own (both constant)
    the coefficient is undefined; always opposite is -1 with p 1; a sum of squares below
    ``n k eps`` of the others is rounding and taken for 0.

    The degrees of freedom of "2,1" and "2,k" are McGraw & Wong's.  Where packages differ,
    "2,k" follows R's irr (the averaged coefficient enters the degrees of freedom, and p
    uses them too); psych steps the interval of "2,1" up instead.
    """
    if form not in ICC_FORMS:
        raise ValueError(f"no form of the ICC is called {form!r}: choose one of {', '.join(ICC_FORMS)}")
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, not at {level}")
    given = numbers(ratings)
    if given.ndim not in (2, 3):
        raise ValueError(
            f"expected ratings [targets, raters] or [actions, targets, raters], not {given.shape}"
        )
    if given.shape[-1] < 2:
        raise ValueError(f"an ICC needs two raters or more, not {given.shape[-1]}")
    batch = given if given.ndim == 3 else given[np.newaxis]
    squares = _squares(batch)
    found = _coefficient(squares, form, 1 - (1 - level) / 2)
    n = squares.n.astype(np.int64)
    together = ICC(
        found.value,
        found.low,
        found.high,
        found.f,
        found.df1,
        found.df2,
        found.p,
        n,
        batch.shape[1] - n,
        found.reason,
        found.note,
        form,
        level,
    )
    return together if given.ndim == 3 else _only(together)


def _only(together: ICC) -> ICC:
    """The one action of a batch, in plain numbers."""
    names = ("value", "low", "high", "f", "df1", "df2", "p", "n", "dropped")
    plain = {name: getattr(together, name)[0].item() for name in names}
    return replace(together, **plain, reason=together.reason[0], note=together.note[0])


def icc_of_sums(
    n: ArrayLike, a: ArrayLike, b: ArrayLike, aa: ArrayLike, bb: ArrayLike, ab: ArrayLike
) -> Values:
    """ICC(3,1) of two raters from sums over targets, which add up over clusters.

    Parameters
    ----------
    n : array_like
        Targets.
    a, b : array_like
        Sums of each rater's ratings.
    aa, bb, ab : array_like
        Sums of squares and of products.

    Returns
    -------
    ndarray of float64
        The coefficients, of the common shape; NaN where neither rater varies.

    Notes
    -----
    Exact for codes and counts.  Ratings with a mean far from 0 beside their spread lose
    digits in such sums: centre them first, or use `icc`.
    """
    targets, first, second, first_2, second_2, product = (
        np.asarray(each, dtype=np.float64) for each in (n, a, b, aa, bb, ab)
    )
    scale = targets * (first_2 + second_2)
    variance = scale - first * first - second * second
    varies = variance > 4 * _EPSILON * scale
    found = np.full(np.broadcast(variance, product).shape, np.nan)
    np.divide(2 * (targets * product - first * second), variance, out=found, where=varies)
    return found


# -- sums of squares ------------------------------------------------------------------


class _Squares(NamedTuple):
    """Sums of squares of each action, float64 [actions], and what was seen in passing."""

    rows: Values
    columns: Values
    residual: Values
    n: Values
    k: int
    changes: NDArray[np.int64]
    """Ratings of each rater that differ from that of its first target, [actions, raters]."""
    single: Mask
    """No rater has more than one target that differs from all its others."""


def _squares(batch: NDArray[Any]) -> _Squares:
    actions, targets, raters = batch.shape
    step = max(1, _BLOCK // max(1, targets * raters))
    parts = [_squares_of(batch[begin : begin + step]) for begin in range(0, actions, step)]
    if not parts:
        empty = np.zeros(0)
        return _Squares(empty, empty, empty, empty, raters, np.zeros((0, raters), np.int64), empty > 0)
    joined = [np.concatenate(each) for each in zip(*(part[:4] for part in parts), strict=True)]
    changes, single = (np.concatenate(each) for each in zip(*(part[5:] for part in parts), strict=True))
    return _Squares(joined[0], joined[1], joined[2], joined[3], raters, changes, single)


def _squares_of(block: NDArray[Any]) -> _Squares:
    """One block: moved to the first target's ratings, so that constants and offsets leave no rounding."""
    actions, targets, raters = block.shape
    # [raters, actions, targets]: each rater's ratings lie side by side.
    shifted = np.array(np.moveaxis(block, 2, 0), dtype=np.float64, order="C")
    keep: Mask | None = None
    n = np.full(actions, float(targets))
    origin = shifted[:, :, :1].copy() if targets else np.zeros((raters, actions, 1))
    with np.errstate(invalid="ignore"):
        whole = np.isfinite(shifted.sum())
    if not whole:
        if np.isinf(shifted).any():
            raise ValueError("ratings must be finite numbers or missing (NaN)")
        keep = np.asarray(~np.isnan(shifted).any(axis=0))
        n = keep.sum(axis=1).astype(np.float64)
        origin = np.take_along_axis(shifted, keep.argmax(axis=1)[np.newaxis, :, np.newaxis], axis=2)
        origin = np.where(n[:, np.newaxis] > 0, origin, 0.0)
    shifted -= origin
    if keep is not None:
        shifted[:, ~keep] = 0.0
    changes = np.count_nonzero(shifted, axis=2)
    single = _single_deviations(shifted, changes, n, keep)
    per_target = np.maximum(n, 1)
    total = shifted.sum(axis=2)
    columns = (origin[:, :, 0] - origin[0, :, 0]) + total / per_target
    columns -= columns.mean(axis=0)
    mean_of = total / per_target
    if raters == 2:
        rows, residual = _two_raters(shifted, mean_of, keep)
    else:
        rows, residual = _many_raters(shifted, mean_of, keep)
    between = per_target * (columns * columns).sum(axis=0)
    return _Squares(rows, between, residual, n, raters, changes.T, single)


def _two_raters(shifted: Values, mean: Values, keep: Mask | None) -> tuple[Values, Values]:
    """From sum and difference: exactly equal if one rater is constant, exactly 0 if they agree."""
    squares = []
    for mixed, middle in (
        (shifted[0] + shifted[1], mean[0] + mean[1]),
        (shifted[0] - shifted[1], mean[0] - mean[1]),
    ):
        mixed -= middle[:, np.newaxis]
        if keep is not None:
            mixed[~keep] = 0.0
        squares.append(np.vecdot(mixed, mixed) / 2)
    return squares[0], squares[1]


def _many_raters(shifted: Values, mean: Values, keep: Mask | None) -> tuple[Values, Values]:
    shifted -= mean[:, :, np.newaxis]
    if keep is not None:
        shifted[:, ~keep] = 0.0
    of_target = shifted.mean(axis=0)
    shifted -= of_target
    return len(shifted) * np.vecdot(of_target, of_target), np.vecdot(shifted, shifted).sum(axis=0)


def _single_deviations(shifted: Values, changes: NDArray[np.int64], n: Values, keep: Mask | None) -> Mask:
    """Actions in which something differs, but for no rater more than one target.

    That is one change from the first target, or the first target itself differs from all
    others, which are then alike.
    """
    most = changes.max(axis=0)
    single: Mask = (changes <= 1).all(axis=0) & (most == 1)
    for action in np.flatnonzero(~single & ((changes <= 1) | (changes == n - 1)).all(axis=0) & (most > 0)):
        kept = shifted[:, action] if keep is None else shifted[:, action, keep[action]]
        single[action] = all(
            changes[rater, action] <= 1 or (values[1:] == values[1]).all()
            for rater, values in enumerate(kept)
        )
    return single


# -- the six forms ------------------------------------------------------------------------


class _Found(NamedTuple):
    value: Values
    low: Values
    high: Values
    f: Values
    df1: Values
    df2: Values
    p: Values
    reason: tuple[str, ...]
    note: tuple[str, ...]


def _coefficient(squares: _Squares, form: str, quantile: float) -> _Found:
    n, k = squares.n, squares.k
    rows, columns, residual = _without_rounding(squares)
    enough = n >= 2
    differs = enough & (rows + residual > 0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        msr, msc, mse = rows / (n - 1), columns / (k - 1), residual / ((n - 1) * (k - 1))
        msw = (columns + residual) / (n * (k - 1))
        msr, msc, mse, msw = (np.where(differs, each, np.nan) for each in (msr, msc, mse, msw))
        means = _MeanSquares(msr, msc, mse, msw, n, k)
        value, low, high, f, df1, df2, below = _FAMILIES[form[0]](means, form[-1] == "k", quantile)
    f = np.where(differs, f, np.nan)
    p = f_sf(f, df1, df2)
    p[np.isposinf(f)] = 0.0
    p[f == 0] = 1.0
    perfect = differs & (residual == 0) & ((columns == 0) | (form[0] == "3"))
    undefined = ~differs | ~np.isfinite(value)
    low, high = np.where(perfect, 1.0, low), np.where(perfect, 1.0, high)
    value, low, high = (np.where(undefined, np.nan, each) for each in (value, low, high))
    reason = tuple(
        "" if known else _TOO_FEW if not many else _NO_VARIANCE if not vary else _ZERO_DENOMINATOR
        for known, many, vary in zip(~undefined, enough, differs, strict=True)
    )
    df1, df2 = np.where(n > 0, df1, 0.0), np.where(n > 0, df2, 0.0)
    # McGraw & Wong's 0/0: no interval, and no degrees of freedom is what it rests on.
    rests_on = np.where(np.isnan(low), np.nan_to_num(df2), df2)
    return _Found(value, low, high, f, df1, df2, p, reason, _notes(squares, ~undefined, below, rests_on))


def _without_rounding(squares: _Squares) -> tuple[Values, Values, Values]:
    """Sums of squares with those that are nothing but rounding set to 0."""
    rounding = squares.n * squares.k * _EPSILON
    of_targets = rounding * (squares.rows + squares.residual)
    rows = np.where(squares.rows <= of_targets, 0.0, squares.rows)
    residual = np.where(squares.residual <= of_targets, 0.0, squares.residual)
    no_columns = (residual == 0) & (squares.columns <= rounding * squares.rows)
    return rows, np.where(no_columns, 0.0, squares.columns), residual


class _MeanSquares(NamedTuple):
    targets: Values
    raters: Values
    residual: Values
    within: Values
    n: Values
    k: int


_Numbers = tuple[Values, Values, Values, Values, Values, Values, Values]
"""Value, low, high, F, df1, df2, and the value's denominator."""


def _one_way(ms: _MeanSquares, of_mean: bool, quantile: float) -> _Numbers:
    return _by_ratio(ms.targets, ms.within, ms.n * (ms.k - 1), ms, of_mean, quantile)


def _consistency(ms: _MeanSquares, of_mean: bool, quantile: float) -> _Numbers:
    return _by_ratio(ms.targets, ms.residual, (ms.n - 1) * (ms.k - 1), ms, of_mean, quantile)


def _by_ratio(
    above: Values, beside: Values, df2: Values, ms: _MeanSquares, of_mean: bool, quantile: float
) -> _Numbers:
    """The forms 1 and 3, whose value and limits depend on F alone."""
    f, df1 = above / beside, ms.n - 1
    of_low, of_high = _quantiles(quantile, df1, df2)
    low_f, high_f = f / of_low, f * of_high
    if of_mean:
        return (above - beside) / above, 1 - 1 / low_f, 1 - 1 / high_f, f, df1, df2, above
    below = above + (ms.k - 1) * beside
    low, high = ((limit - 1) / (limit + (ms.k - 1)) for limit in (low_f, high_f))
    return (above - beside) / below, low, high, f, df1, df2, below


def _agreement(ms: _MeanSquares, of_mean: bool, quantile: float) -> _Numbers:
    """The forms 2: McGraw & Wong's degrees of freedom, as irr computes them."""
    r, c, e, n, k = ms.targets, ms.raters, ms.residual, ms.n, ms.k
    below = r + (c - e) / n if of_mean else r + (k - 1) * e + k * (c - e) / n
    # Where the terms cancel, what is left is rounding and would be a value of 1e16.
    below = np.where(np.abs(below) <= n * k * _EPSILON * (r + (c + e) * k), 0.0, below)
    value = (r - e) / below
    # The two parts share a factor that may be infinite: it is left out, the fraction stays the same.
    share = k * value
    rest = n * (1 - value) + share * (n - 1)
    both = share * c + rest * e
    # Where the parts cancel, what is left is rounding, and no quantile is found for its square.
    both = np.where(np.abs(both) <= n * k * _EPSILON * (np.abs(share * c) + np.abs(rest * e)), 0.0, both)
    df2 = both**2 / ((share * c) ** 2 / (k - 1) + (rest * e) ** 2 / ((n - 1) * (k - 1)))
    df1 = n - 1
    # Targets whose means are all alike leave no degrees of freedom, but for rounding.
    df2 = np.where((r == 0) & (not of_mean), 0.0, df2)
    low_f, high_f = _quantiles(quantile, df1, df2)
    spread = c - e if of_mean else k * c + (k * n - k - n) * e
    low = n * (r / low_f - e) / (spread + n * r / low_f)
    high = n * (high_f * r - e) / (spread + n * high_f * r)
    only = -n * e / spread
    low, high = (np.where(r == 0, only, each) for each in (low, high))
    return value, low, high, r / e, df1, df2, below


def _quantiles(quantile: float, df1: Values, df2: Values) -> Values:
    """Those of F and of F with its degrees of freedom swapped, together: two raters share them."""
    return f_ppf(quantile, np.stack([df1, df2]), np.stack([df2, df1]))


_FAMILIES: dict[str, Callable[[_MeanSquares, bool, float], _Numbers]] = {
    "1": _one_way,
    "2": _agreement,
    "3": _consistency,
}


def _notes(squares: _Squares, known: Mask, below: Values, df2: Values) -> tuple[str, ...]:
    notes = []
    for action in range(len(known)):
        said = []
        if known[action]:
            still = [str(rater + 1) for rater in np.flatnonzero(squares.changes[action] == 0)]
            if still:
                said.append(f"rater{'s' * (len(still) > 1)} {', '.join(still)} never varied")
            if squares.n[action] < _FEW_TARGETS:
                said.append(f"too few targets: {squares.n[action]:.0f}")
            elif squares.single[action]:
                said.append("rests on one target: no rater has more than one that differs from the rest")
            if below[action] < 0:
                said.append("the formula's denominator is negative")
            if df2[action] < 1:
                said.append(f"the interval rests on {df2[action]:.1g} degrees of freedom")
        notes.append("; ".join(said))
    return tuple(notes)
