"""How often each category was given, by subject and by rater: what Fleiss' kappa and AC1 need."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.stats.codings import named_categories, numbered, used_categories
from hrm_core.stats.distributions import t_ppf

__all__ = [
    "Agreement",
    "RatingCounts",
    "count_ratings",
    "interval",
    "observed",
    "standard_error",
    "t_quantile",
    "why_not",
]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RatingCounts:
    """Categories given to the subjects of one action.

    Attributes
    ----------
    categories : ndarray, shape (n_categories,)
        Ascending, or as they were named.
    by_subject : ndarray of float64, shape (n_categories, n_subjects)
        Ratings of each category; subjects without any rating are left out.
    by_rater : ndarray of float64, shape (n_raters, n_categories)
        Of the same subjects.
    raters : ndarray of float64, shape (n_subjects,)
        Ratings of each subject.
    dropped : int
        Subjects left out.
    """

    categories: NDArray[Any]
    by_subject: _Floats
    by_rater: _Floats
    raters: _Floats
    dropped: int

    @property
    def n(self) -> int:
        """Subjects with two or more ratings."""
        return int(np.count_nonzero(self.raters > 1))


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Observed disagreement and how often each category was given.

    Attributes
    ----------
    raters : ndarray of float64, shape (n_subjects,)
        Ratings of each subject.
    subjects : int
        Subjects with two or more ratings.
    pairs : float
        Sum over those subjects of one divided by their ordered pairs of ratings.
    disagreement : ndarray of float64, shape (n_subjects,)
        Share of the pairs of ratings that differ; 0 for a single rating.
    by_category : ndarray of float64, shape (n_categories,)
        Mean share of pairs of which exactly one is in the category.
    used, unused : ndarray of float64, shape (n_categories,)
        Mean share of ratings in each category, and outside it.
    away : ndarray of float64, shape (n_subjects,)
        Mean of `unused` over a subject's ratings.
    """

    raters: _Floats
    subjects: int
    pairs: float
    disagreement: _Floats
    by_category: _Floats
    used: _Floats
    unused: _Floats
    away: _Floats


def count_ratings(
    values: NDArray[Any],
    coded: NDArray[np.bool_] | None,
    categories: Sequence[float] | None = None,
    listwise: bool = False,
) -> RatingCounts:
    """Count the categories that raters gave.

    Parameters
    ----------
    values : ndarray of int64 or float64, shape (n_subjects, n_raters)
        Codes.
    coded : ndarray of bool, same shape, or None
        Which of them were given; None for all.
    categories : sequence of numbers, optional
        The codes that are possible; those that occur if it is not given.
    listwise : bool
        Leave out subjects that not every rater rated.

    Returns
    -------
    RatingCounts
        Of the subjects that are left.

    Raises
    ------
    ValueError
        If a code is none of the categories.
    """
    subjects = len(values)
    if coded is not None:
        kept = coded.all(axis=1) if listwise else coded.any(axis=1)
        values, coded = values[kept], coded[kept]
    used = used_categories(values, coded)
    if categories is not None:
        named = named_categories(categories)
        if (strange := np.setdiff1d(used, named)).size:
            raise ValueError(f"code {strange[0]} is not among the categories {list(categories)}")
        used = named
    positions, _ = numbered(values, coded, used)
    size = used.size + 1
    # By category first: what follows sums along subjects, which then lie side by side.
    places = positions * len(values)
    places += np.arange(len(values))[:, None]
    by_subject = np.bincount(places.ravel(), minlength=size * len(values)).reshape(size, -1)
    given = by_subject[:-1].astype(np.float64)
    places = positions + np.arange(values.shape[1]) * size
    by_rater = np.bincount(places.ravel(), minlength=size * values.shape[1]).reshape(-1, size)
    return RatingCounts(
        categories=used,
        by_subject=given,
        by_rater=by_rater[:, :-1].astype(np.float64),
        raters=given.sum(axis=0),
        dropped=subjects - len(values),
    )


def observed(counts: RatingCounts) -> Agreement:
    """Observed disagreement of counted ratings.

    Parameters
    ----------
    counts : RatingCounts
        At least one subject with two ratings.

    Returns
    -------
    Agreement
        Each subject counts alike, however many rated it; one with a single rating only
        says how often categories are used (Gwet, 2014).
    """
    given = counts.by_subject
    raters, subjects = counts.raters, counts.n
    others = raters - given
    pairs = (raters > 1) / np.maximum(raters * (raters - 1.0), 1.0)
    apart = given * others
    each = 1.0 / raters
    used, unused = given @ each / raters.size, others @ each / raters.size
    return Agreement(
        raters=raters,
        subjects=subjects,
        pairs=float(pairs.sum()),
        disagreement=apart.sum(axis=0) * pairs,
        by_category=2.0 * (apart @ pairs) / max(subjects, 1),
        used=used,
        unused=unused,
        away=unused @ given * each,
    )


def standard_error(agreement: Agreement, chance: float, pull: _Floats) -> float:
    """Standard error of a chance-corrected agreement that does not assume it to be 0.

    Parameters
    ----------
    agreement : Agreement
        Of at least one subject with two ratings.
    chance : float
        Expected disagreement, above 0.
    pull : ndarray of float64, shape (n_subjects,)
        By how much each subject's ratings exceed the expected agreement, over `chance`.

    Returns
    -------
    float
        By Gwet's linearisation (2008), over subjects; NaN for a single one with two ratings.
    """
    n = agreement.raters.size
    if agreement.subjects < 2:
        return float("nan")
    ratio = float(agreement.disagreement.sum()) / agreement.subjects / chance
    share = np.where(agreement.raters > 1, n / agreement.subjects, 0.0)
    away = share * (1.0 - agreement.disagreement / chance) - 2.0 * ratio * pull - (1.0 - ratio)
    return math.sqrt(float(away @ away) / (n * (n - 1)))


@lru_cache(maxsize=1024)
def t_quantile(level: float, df: int) -> float:
    """Half the width of a two-sided interval of Student's t, in standard errors.

    Parameters
    ----------
    level : float
        Of the interval, between 0 and 1.
    df : int
        Degrees of freedom; kept, for actions and repetitions share them.

    Returns
    -------
    float
        NaN without a degree of freedom.
    """
    return t_ppf(0.5 + level / 2, float(df)).item() if df > 0 else float("nan")


def interval(value: float, error: float, level: float, df: int) -> tuple[float, float]:
    """Confidence interval of a coefficient of agreement, within -1 and 1.

    Parameters
    ----------
    value, error : float
        The coefficient and its standard error.
    level : float
        Of the interval, between 0 and 1.
    df : int
        Degrees of freedom.

    Returns
    -------
    low, high : float
        NaN without a degree of freedom.
    """
    margin = error * t_quantile(level, df)
    if math.isnan(margin):
        return margin, margin
    return max(value - margin, -1.0), min(value + margin, 1.0)


def why_not(counts: RatingCounts) -> str:
    """Why agreement beyond chance cannot be had from these ratings.

    Parameters
    ----------
    counts : RatingCounts
        Ratings of one action.

    Returns
    -------
    str
        A short clause; empty if it can be had.
    """
    if not counts.n:
        return "no subject has two ratings"
    given = np.flatnonzero(counts.by_rater.any(axis=0))
    if given.size > 1:
        return ""
    code = counts.categories[given[0]]
    return "no variance: nobody ever used it" if code == 0 else f"no variance: every rating is {code}"
