"""Gwet's AC1, which stays high where an action is rare and the raters agree that it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.codings import ratings_of
from hrm_core.stats.distributions import t_sf
from hrm_core.stats.rating_counts import (
    RatingCounts,
    count_ratings,
    interval,
    observed,
    standard_error,
    why_not,
)

__all__ = ["AC1", "gwet_ac1"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_NAN = float("nan")
_ONE_CODE = "every rating is the same, which AC1 takes for perfect agreement"
_PRESENCE = (0, 1)


@dataclass(frozen=True, slots=True, eq=False)
class AC1:
    """Gwet's AC1; scalars for one action, arrays over the actions for many.

    Attributes
    ----------
    value : float or ndarray of float64
        AC1; NaN only where no subject has two ratings. It is 1 where every rating is
        the same, and never says alone that an action is coded reliably.
    low, high : float or ndarray of float64
        Confidence interval, by `se` and Student's t with one degree of freedom less
        than subjects, within -1 and 1.
    se : float or ndarray of float64
        Standard error (Gwet, 2008); NaN for a single subject, and where every rating is
        the same and neither absent nor present (0, 1) nor one of named categories.
    p : float or ndarray of float64
        Two-sided test of AC1 = 0 by `se`; 0 where AC1 has no standard error to it.
    n : int or ndarray of int64
        Subjects with two or more ratings.
    dropped : int or ndarray of int64
        Subjects with fewer.
    reason : str or tuple of str
        Why AC1 is NaN; empty where it is not.
    note : str or tuple of str
        What to be careful about; empty if nothing.
    level : float
        Of the confidence interval.
    """

    value: float | _Floats
    low: float | _Floats
    high: float | _Floats
    se: float | _Floats
    p: float | _Floats
    n: int | _Ints
    dropped: int | _Ints
    reason: str | tuple[str, ...]
    note: str | tuple[str, ...]
    level: float


def gwet_ac1(
    ratings: ArrayLike,
    second: ArrayLike | None = None,
    level: float = 0.95,
    missing: Literal["available", "listwise"] = "available",
    categories: Sequence[float] | None = None,
) -> AC1:
    """Gwet's AC1 of two or more raters.

    Parameters
    ----------
    ratings : array_like, shape (n_subjects, n_raters) or (n_actions, n_subjects, n_raters)
        Codes; NaN where a rater gave none.
    second : array_like, optional
        Then both are the codes of one rater, of shape (n_frames,) or
        (n_actions, n_frames), and the variance is that of a table of two raters, which
        like Cohen's divides by n where that of many raters divides by n - 1.
    level : float
        Of the confidence interval, between 0 and 1.
    missing : {"available", "listwise"}
        Take every rating (a single one only says how often categories are used), or
        only subjects that all raters rated.
    categories : sequence of numbers, optional
        The codes that are possible; those that occur if it is not given. Their number
        enters AC1, so name them where one may not have occurred.

    Returns
    -------
    AC1
        Scalars for one action, arrays for many.

    Raises
    ------
    ValueError
        If the shape is another, there is one rater, a code is infinite or none of the
        categories, `missing` or the level are unknown.

    Notes
    -----
    ``(Po - Pe) / (1 - Pe)`` with ``Pe = sum p (1 - p) / (q - 1)`` over q categories
    (Gwet, 2008).
    """
    if missing not in ("available", "listwise"):
        raise ValueError(f"missing must be 'available' or 'listwise', not {missing!r}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    given = ratings_of(ratings, second)
    counted = [
        count_ratings(values, coded, categories, listwise=missing == "listwise")
        for values, coded in given.actions()
    ]
    subjects = given.values.shape[1]
    rows = [_one(counts, subjects, level, second is not None) for counts in counted]
    if given.single:
        return AC1(**rows[0], level=level)
    columns: dict[str, Any] = {name: np.array([row[name] for row in rows], np.float64) for name in _FLOATS}
    columns |= {name: np.array([row[name] for row in rows], np.int64) for name in ("n", "dropped")}
    columns |= {name: tuple(row[name] for row in rows) for name in ("reason", "note")}
    return AC1(**columns, level=level)


_FLOATS = ("value", "low", "high", "se", "p")


def _one(counts: RatingCounts, subjects: int, level: float, table: bool) -> dict[str, Any]:
    n = counts.n
    row: dict[str, Any] = dict.fromkeys(_FLOATS, _NAN)
    row |= {"n": n, "dropped": subjects - n, "reason": "", "note": ""}
    if n == 0:
        return row | {"reason": why_not(counts)}
    agreement = observed(counts)
    spread = float(agreement.used @ agreement.unused)
    # A category that nobody used adds nothing to the sum; a second one must be possible.
    others = max(counts.categories.size - 1, 1)
    chance = 1.0 - spread / others
    value = 1.0 - float(agreement.disagreement.sum()) / n / chance
    df = agreement.raters.size - 1
    error = standard_error(agreement, chance, (agreement.away - spread) / (others * chance))
    if table:
        error *= math.sqrt(df / (df + 1))
    if counts.categories.size == 1 and counts.categories[0] not in _PRESENCE:
        error = _NAN
    low, high = interval(value, error, level, df)
    row |= {"value": value, "low": low, "high": high, "se": error, "p": _p(value, error, df)}
    if n == 1:
        row["note"] = "one subject: no standard error from the sample"
    elif why_not(counts):
        row["note"] = _ONE_CODE
    return row


def _p(value: float, error: float, df: int) -> float:
    if error == 0 and value != 0:
        return 0.0
    return min(2.0 * t_sf(abs(value) / error, float(df)).item(), 1.0) if error > 0 else _NAN
