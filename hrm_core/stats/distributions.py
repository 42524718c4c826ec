"""Tails and quantiles of the normal, F and t distributions, without SciPy.

The base installation has no SciPy, and reliability needs little of it.  A tail is
accurate to 1e-10 relative down to the smallest float64, for degrees of freedom from
0.01 to 1,000,000, fractional ones included.

Notes
-----
The F tail is the incomplete beta function: its leading factor in a form that keeps
its digits at large degrees of freedom (Loader, 2000), times a continued fraction
(Didonato & Morris, 1992).  Quantiles are found by Newton's method on the logarithm of
the tail against log F; that curve is concave, so no step can run away.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["f_ppf", "f_sf", "normal_log10_p", "normal_ppf", "normal_sf", "t_ppf", "t_sf"]

Values = NDArray[np.float64]

_HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)
_STANDARD = NormalDist()
# Below, the C library's erfc has lost nothing yet; above, the asymptotic fraction is exact.
_FAR_OUT = 20.0
_SERIES_FROM = 10.0
_MOST_TERMS = 100_000
_MOST_STEPS = 200


def normal_sf(z: ArrayLike) -> Values:
    """Upper tail of the standard normal distribution.

    Parameters
    ----------
    z : array_like
        Standard scores, of any shape.

    Returns
    -------
    ndarray of float64
        P(Z > z), of the shape of `z`.
    """
    return _each(lambda score: 0.5 * math.erfc(score / math.sqrt(2)), z)


def normal_ppf(q: ArrayLike) -> Values:
    """Quantile of the standard normal distribution.

    Parameters
    ----------
    q : array_like
        Lower-tail probabilities, of any shape.

    Returns
    -------
    ndarray of float64
        The z with P(Z < z) = q; infinite for 0 and 1, NaN outside them.
    """
    return _each(_normal_quantile, q)


def normal_log10_p(z: ArrayLike) -> Values:
    """Decimal logarithm of the two-sided p of a standard score, where p itself may be 0.

    Parameters
    ----------
    z : array_like
        Standard scores, of any shape.

    Returns
    -------
    ndarray of float64
        log10 of 2 P(Z > abs(z)), of the shape of `z`.
    """
    return _each(_log10_p, z)


def f_sf(f: ArrayLike, df1: ArrayLike, df2: ArrayLike) -> Values:
    """Upper tail of the F distribution.

    Parameters
    ----------
    f, df1, df2 : array_like
        Values of F and their degrees of freedom, of shapes that fit one another.

    Returns
    -------
    ndarray of float64
        P(F' > f), of the common shape; NaN where a number is NaN or degrees of freedom
        are not positive.
    """
    ratio, first, second = (np.asarray(each, dtype=np.float64) for each in (f, df1, df2))
    ratio, first, second = np.broadcast_arrays(ratio, first, second)
    tail = np.full(ratio.shape, np.nan)
    known = _usable(first, second) & ~np.isnan(ratio)
    tail[known & (ratio <= 0)] = 1.0
    tail[known & np.isposinf(ratio)] = 0.0
    inside = known & (ratio > 0) & np.isfinite(ratio)
    if inside.any():
        tail[inside] = np.exp(_log_sf(np.log(ratio[inside]), first[inside], second[inside]))
    return tail


def f_ppf(q: ArrayLike, df1: ArrayLike, df2: ArrayLike) -> Values:
    """Quantile of the F distribution.

    Parameters
    ----------
    q : array_like
        Lower-tail probabilities.
    df1, df2 : array_like
        Degrees of freedom, of shapes that fit `q` and one another.

    Returns
    -------
    ndarray of float64
        The f with P(F' < f) = q, of the common shape; 0 and infinite for 0 and 1, or
        where float64 ends; NaN where degrees of freedom are not positive.
    """
    lower = np.asarray(q, dtype=np.float64)
    return _f_quantile(lower, 1 - lower, np.asarray(df1, np.float64), np.asarray(df2, np.float64))


def t_sf(t: ArrayLike, df: ArrayLike) -> Values:
    """Upper tail of Student's t distribution.

    Parameters
    ----------
    t, df : array_like
        Values of t and their degrees of freedom, of shapes that fit each other.

    Returns
    -------
    ndarray of float64
        P(T > t), of the common shape.
    """
    value = np.asarray(t, dtype=np.float64)
    beyond = 0.5 * f_sf(value * value, 1.0, df)
    return np.where(value < 0, 1 - beyond, beyond)


def t_ppf(q: ArrayLike, df: ArrayLike) -> Values:
    """Quantile of Student's t distribution.

    Parameters
    ----------
    q, df : array_like
        Lower-tail probabilities and degrees of freedom, of shapes that fit each other.

    Returns
    -------
    ndarray of float64
        The t with P(T < t) = q, of the common shape.
    """
    lower = np.asarray(q, dtype=np.float64)
    beyond = np.minimum(lower, 1 - lower)
    size = np.sqrt(_f_quantile(1 - 2 * beyond, 2 * beyond, np.asarray(1.0), np.asarray(df, np.float64)))
    return np.where(lower < 0.5, -size, size)


# -- the normal distribution ------------------------------------------------------------


def _each(function: Callable[[float], float], values: ArrayLike) -> Values:
    given = np.asarray(values, dtype=np.float64)
    return np.array([function(value) for value in given.ravel().tolist()], np.float64).reshape(given.shape)


def _normal_quantile(q: float) -> float:
    if 0 < q < 1:
        return _STANDARD.inv_cdf(q)
    return {0.0: -math.inf, 1.0: math.inf}.get(q, math.nan)


def _log10_p(z: float) -> float:
    z = abs(z)
    if z < 1:
        return math.log1p(-math.erf(z / math.sqrt(2))) / math.log(10)
    if z < _FAR_OUT or math.isnan(z):
        return math.log10(math.erfc(z / math.sqrt(2)))
    if math.isinf(z):
        return -math.inf
    mills = z
    for term in range(50, 0, -1):
        mills = z + term / mills
    return (math.log(2) - z * z / 2 - _HALF_LOG_TWO_PI - math.log(mills)) / math.log(10)


# -- the F distribution, by log F -------------------------------------------------------


def _usable(df1: Values, df2: Values) -> NDArray[np.bool_]:
    return np.isfinite(df1) & np.isfinite(df2) & (df1 > 0) & (df2 > 0)


def _f_quantile(lower: Values, upper: Values, df1: Values, df2: Values) -> Values:
    """Quantile from both tails, so that the smaller one keeps its digits."""
    lower, upper, df1, df2 = np.broadcast_arrays(lower, upper, df1, df2)
    found = np.full(lower.shape, np.nan)
    known = _usable(df1, df2)
    found[known & (lower == 0)] = 0.0
    found[known & (upper == 0)] = np.inf
    inside = known & (lower > 0) & (upper > 0)
    if not inside.any():
        return found
    # Many actions share their degrees of freedom: each quantile is sought once.
    cases = np.stack([each[inside] for each in (lower, upper, df1, df2)])
    cases, place = np.unique(cases, axis=1, return_inverse=True)
    below, above, first, second = cases
    flipped = below < above  # the small tail is sought; F of swapped degrees of freedom is 1/F
    first, second = np.where(flipped, second, first), np.where(flipped, first, second)
    log_f = _log_isf(np.minimum(below, above), first, second)
    with np.errstate(over="ignore", under="ignore"):
        found[inside] = np.exp(np.where(flipped, -log_f, log_f))[place.ravel()]
    return found


def _log_isf(tail: Values, df1: Values, df2: Values) -> Values:
    """Log of the F that `tail` (at most a half) lies above."""
    # Fisher's z: log F is about normal.
    spread = np.sqrt(2 / df1 + 2 / df2)
    log_f = 1 / df2 - 1 / df1 - normal_ppf(tail) * spread
    wanted = np.log(tail)
    for _ in range(_MOST_STEPS):
        log_sf = _log_sf(log_f, df1, df2)
        hazard = np.exp(_log_density(log_f, df1, df2) - log_sf)
        step = (log_sf - wanted) / hazard
        # Halley's correction triples the digits; far away Newton's step alone is the safe one.
        log_x, log_y = _log_shares(log_f, df1, df2)
        bend = step * (hazard + (df1 * np.exp(log_y) - df2 * np.exp(log_x)) / 2) / 2
        step = step / np.where(np.abs(bend) < 0.5, 1 + bend, 1.0)
        log_f = log_f + step
        # After a step this small all digits are there.
        if (np.abs(step) <= 1e-5 * spread).all():
            break
    return log_f


def _log_sf(log_f: Values, df1: Values, df2: Values) -> Values:
    """Log of the upper tail; the fraction is summed on the side where it is the small one."""
    # A half beyond the mean on either side the fraction still converges quickly.
    above = log_f > np.log((df1 + 1) / (df2 + 1)) - np.log(df1 / df2)
    a, b = np.where(above, df2, df1) / 2, np.where(above, df1, df2) / 2
    log_tail = _log_density(log_f, df1, df2) + np.log(_fraction(a, b, np.where(above, -log_f, log_f)))
    # Rounding may carry a tail that is nearly everything past 1.
    log_tail = np.minimum(log_tail, 0.0)
    with np.errstate(divide="ignore"):
        return np.where(above, log_tail, np.log1p(-np.exp(log_tail)))


def _log_shares(log_f: Values, a: Values, b: Values) -> tuple[Values, Values]:
    """Logs of x = a F / (a F + b) and of 1 - x."""
    odds = log_f + np.log(a / b)
    return -np.logaddexp(0.0, -odds), -np.logaddexp(0.0, odds)


def _log_density(log_f: Values, df1: Values, df2: Values) -> Values:
    """Log of the density of log F, which is x^a y^b / B(a, b)."""
    a, b = df1 / 2, df2 / 2
    n = a + b
    log_x, log_y = _log_shares(log_f, a, b)
    # Near F = 1 the two logarithms nearly cancel: x n / a and y n / b are 1 plus something small.
    f_less_1 = np.expm1(np.clip(log_f, -1.0, 1.0))
    both = n + a * f_less_1
    near = a * np.log1p(b * f_less_1 / both) + b * np.log1p(-a * f_less_1 / both)
    far = a * (log_x + np.log1p(b / a)) + b * (log_y + np.log1p(a / b))
    core = np.where(np.abs(log_f) < 1.0, near, far)
    rest = _stirling_error(n) - _stirling_error(a) - _stirling_error(b)
    return core + rest + 0.5 * (np.log(a) + np.log(b) - np.log(n)) - _HALF_LOG_TWO_PI


def _stirling_error(z: Values) -> Values:
    """What Stirling's formula leaves of log Gamma(z)."""
    w = 1 / np.maximum(z, _SERIES_FROM)
    square = w * w
    series = np.zeros_like(w)
    for term in (1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12):
        series = series * square + term
    error = series * w
    for place in np.flatnonzero(z < _SERIES_FROM):
        small = float(z[place])
        error[place] = math.lgamma(small) - ((small - 0.5) * math.log(small) - small + _HALF_LOG_TWO_PI)
    return error


def _fraction(a: Values, b: Values, log_f: Values) -> Values:
    """I_x(a, b) divided by x^a y^b / B(a, b), for x below or little above its mean a / (a + b)."""
    x, y = (np.exp(share) for share in _log_shares(log_f, a, b))
    # a - (a + b) x without the cancellation.
    excess = -a * b * np.expm1(log_f) / (a * np.exp(log_f) + b)
    cases = zip(*(each.tolist() for each in (a, b, x, y, excess)), strict=True)
    return np.array([_fraction_of(*case) for case in cases], dtype=np.float64)


def _fraction_of(a: float, b: float, x: float, y: float, excess: float) -> float:
    """One such fraction: in plain floats, since arrays as short as a study's actions gain nothing."""
    c, c0, c1 = 1 + excess, b / a, 1 + 1 / a
    top, bottom, next_top, next_bottom = 0.0, 1.0, 1.0, c / c1
    ratio, t = 1 / next_bottom, 0.0
    for n in range(1, _MOST_TERMS):
        u, t, s = t + 1, n / a, a + (2 * n - 1)
        numerator, share = n * (b - n) * x, a / s
        alpha = u * (u + c0) * share * share * numerator * x
        beta = n + numerator / s + (t + 1) / (c1 + 2 * t) * (c + n * (1 + y))
        top, next_top = next_top, alpha * top + beta * next_top
        bottom, next_bottom = next_bottom, alpha * bottom + beta * next_bottom
        before, ratio = ratio, next_top / next_bottom
        if abs(ratio - before) <= 1e-15 * abs(ratio):
            break
        top, bottom, next_top, next_bottom = top / next_bottom, bottom / next_bottom, ratio, 1.0
    return ratio
