"""Fleiss' kappa of two or more raters, by category too, and Conger's exact kappa."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.codings import named_categories, ratings_of
from hrm_core.stats.distributions import normal_sf
from hrm_core.stats.rating_counts import (
    Agreement,
    RatingCounts,
    count_ratings,
    interval,
    observed,
    standard_error,
    why_not,
)

__all__ = ["CategoryKappa", "FleissKappa", "fleiss_kappa"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_NAN = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class CategoryKappa:
    """Fleiss' kappa of one category against all others.

    Attributes
    ----------
    kappa : float or ndarray of float64
        NaN where nobody gave the category, or nobody another.
    z, p : float or ndarray of float64
        Test of kappa = 0, two-sided.
    """

    kappa: float | _Floats
    z: float | _Floats
    p: float | _Floats


@dataclass(frozen=True, slots=True, eq=False)
class FleissKappa:
    """Fleiss' kappa; scalars for one action, arrays over the actions for many.

    Attributes
    ----------
    value : float or ndarray of float64
        Kappa; NaN where every rating is the same.
    low, high : float or ndarray of float64
        Confidence interval, by `se` and Student's t with one degree of freedom less
        than subjects, within -1 and 1. It takes subjects for independent.
    se : float or ndarray of float64
        Standard error that does not assume kappa to be 0 (Gwet, 2008); NaN for a single
        subject.
    z, p : float or ndarray of float64
        Test of kappa = 0 by the standard error under that hypothesis (Fleiss, Nee &
        Landis, 1979), which serves for nothing else; two-sided.
    per_category : dict of CategoryKappa
        By category, ascending.
    n : int or ndarray of int64
        Subjects with two or more ratings.
    exact : float or ndarray of float64
        Conger's kappa (1980), which expects of each rater what that rater does.
    dropped : int or ndarray of int64
        Subjects that were left out of the observed agreement.
    reason : str or tuple of str
        Why kappa is NaN; empty where it is not.
    note : str or tuple of str
        What to be careful about; empty if nothing.
    level : float
        Of the confidence interval.
    """

    value: float | _Floats
    low: float | _Floats
    high: float | _Floats
    se: float | _Floats
    z: float | _Floats
    p: float | _Floats
    per_category: dict[float, CategoryKappa]
    n: int | _Ints
    exact: float | _Floats
    dropped: int | _Ints
    reason: str | tuple[str, ...]
    note: str | tuple[str, ...]
    level: float


@dataclass(frozen=True, slots=True, eq=False)
class _One:
    """Kappa of one action."""

    row: dict[str, Any]
    categories: dict[float, tuple[float, float, float]]


def fleiss_kappa(
    ratings: ArrayLike,
    level: float = 0.95,
    missing: Literal["available", "listwise"] = "available",
    categories: Sequence[float] | None = None,
) -> FleissKappa:
    """Fleiss' kappa of two or more raters.

    Parameters
    ----------
    ratings : array_like, shape (n_subjects, n_raters) or (n_actions, n_subjects, n_raters)
        The category that each rater gave, not counts of them; NaN where a rater gave
        none.
    level : float
        Of the confidence interval, between 0 and 1.
    missing : {"available", "listwise"}
        ``available`` takes every rating: subjects with two or more show how far raters
        agree, those with one only how often a category is used. ``listwise`` leaves out
        every subject that not all raters rated. What was left out is in `dropped` and
        `note`.
    categories : sequence of numbers, optional
        The codes that are possible; those that occur if it is not given.

    Returns
    -------
    FleissKappa
        Scalars for one action, arrays for many.

    Raises
    ------
    ValueError
        If the shape is another, there is one rater, a code is infinite or none of the
        categories, `missing` or the level are unknown.

    Notes
    -----
    ``1 - Do / De`` with the observed disagreement of pairs of ratings and that expected
    from how often the categories were given (Fleiss, 1971). With ratings missing, the
    variance under kappa = 0 takes each subject's number of ratings.
    """
    if missing not in ("available", "listwise"):
        raise ValueError(f"missing must be 'available' or 'listwise', not {missing!r}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    given = ratings_of(ratings)
    named = None if categories is None else named_categories(categories)
    found = [_one(values, coded, level, missing, categories) for values, coded in given.actions()]
    codes: list[float] = (
        sorted({code for one in found for code in one.categories}) if named is None else named.tolist()
    )
    absent = (_NAN, _NAN, _NAN)
    if given.single:
        one = found[0]
        by_code = {code: CategoryKappa(*one.categories.get(code, absent)) for code in codes}
        return FleissKappa(**one.row, per_category=by_code, level=level)
    by_code = {
        code: CategoryKappa(*np.array([one.categories.get(code, absent) for one in found]).reshape(-1, 3).T)
        for code in codes
    }
    columns = {name: _column([one.row[name] for one in found], name) for name in _NAMES}
    return FleissKappa(**columns, per_category=by_code, level=level)


_NAMES = ("value", "low", "high", "se", "z", "p", "n", "exact", "dropped", "reason", "note")


def _column(values: list[Any], name: str) -> Any:
    if name in ("reason", "note"):
        return tuple(values)
    return np.array(values, dtype=np.int64 if name in ("n", "dropped") else np.float64)


def _one(
    values: NDArray[Any],
    coded: NDArray[np.bool_] | None,
    level: float,
    missing: str,
    categories: Sequence[float] | None,
) -> _One:
    counts = count_ratings(values, coded, categories, listwise=missing == "listwise")
    row: dict[str, Any] = dict.fromkeys(_NAMES, _NAN)
    codes = counts.categories.tolist()
    if reason := why_not(counts):
        row |= {"n": counts.n, "dropped": len(values) - counts.n, "reason": reason, "note": ""}
        return _One(row, dict.fromkeys(codes, (_NAN, _NAN, _NAN)))
    agreement = observed(counts)
    chance = float(agreement.used @ agreement.unused)
    value = 1.0 - float(agreement.disagreement.sum()) / agreement.subjects / chance
    error = standard_error(agreement, chance, (chance - agreement.away) / chance)
    low, high = interval(value, error, level, agreement.raters.size - 1)
    by_category, (z, p) = _tests(agreement, chance, value)
    row = {
        "value": value,
        "low": low,
        "high": high,
        "se": error,
        "z": z,
        "p": p,
        "n": agreement.subjects,
        "exact": 1.0 - (1.0 - value) * chance / _chance_by_rater(counts),
        "dropped": len(values) - agreement.subjects,
        "reason": "",
        "note": _note(agreement, len(values), missing),
    }
    return _One(row, dict(zip(codes, by_category, strict=True)))


def _tests(
    agreement: Agreement, chance: float, value: float
) -> tuple[list[tuple[float, float, float]], tuple[float, float]]:
    """Kappa, z and p of each category, and z and p of them all."""
    used, unused = agreement.used, agreement.unused
    each = used * unused
    # One pair of ratings per subject tells something; many raters make many pairs.
    pairs = 2.0 * agreement.pairs / agreement.subjects**2
    spread = chance * chance - float(each @ (unused - used))
    null_error = math.sqrt(pairs * max(spread, 0.0)) / chance
    kappas = np.full(used.size, np.nan)
    np.divide(agreement.by_category, 2.0 * each, out=kappas, where=each > 0)
    kappas = 1.0 - kappas
    z = [*(kappas / math.sqrt(pairs)).tolist(), value / null_error if null_error > 0 else _NAN]
    p = np.minimum(2.0 * normal_sf(np.abs(z)), 1.0).tolist()
    *rows, whole = zip([*kappas.tolist(), value], z, p, strict=True)
    return rows, whole[1:]


def _chance_by_rater(counts: RatingCounts) -> float:
    """Disagreement expected of two different raters, each with its own habits."""
    ratings = counts.by_rater[counts.by_rater.any(axis=1)]
    given = ratings.sum(axis=1, keepdims=True)
    used, unused = ratings / given, (given - ratings) / given
    both = float(used.sum(axis=0) @ unused.sum(axis=0) - (used * unused).sum())
    return both / (len(used) * (len(used) - 1))


def _note(agreement: Agreement, subjects: int, missing: str) -> str:
    notes = []
    if agreement.subjects < subjects:
        kept = "ratings by all raters" if missing == "listwise" else "two ratings"
        notes.append(f"{subjects - agreement.subjects} of {subjects} subjects without {kept} left out")
    if agreement.subjects == 1:
        notes.append("one subject: no standard error from the sample")
    return "; ".join(notes)
