"""What raters coded, as arrays: checked, missing values found, categories numbered.

The statistics of agreement share this door, so that bad input meets the same sentence
whichever of them it was meant for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Pair",
    "Ratings",
    "named_categories",
    "numbered",
    "numbers",
    "pair_of",
    "ratings_of",
    "used_categories",
]

_WIDEST = 4096
"""Integer codes within this range are told apart by counting, others by sorting."""

_MOST_CATEGORIES = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Codes of two raters of the same frames.

    Attributes
    ----------
    first, second : ndarray of int64 or float64, shape (n_actions, n_frames)
        Codes; where `coded` is False they mean nothing.
    coded : ndarray of bool, shape (n_actions, n_frames), or None
        Frames that both coded; None if nothing is missing.
    single : bool
        The raters gave one action, as arrays of one axis.
    """

    first: NDArray[Any]
    second: NDArray[Any]
    coded: NDArray[np.bool_] | None
    single: bool

    @property
    def n(self) -> NDArray[np.int64]:
        """Frames that both coded, of each action."""
        if self.coded is None:
            return np.full(len(self.first), self.first.shape[1], dtype=np.int64)
        return np.asarray(np.count_nonzero(self.coded, axis=1), dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Codes of two or more raters of the same subjects.

    Attributes
    ----------
    values : ndarray of int64 or float64, shape (n_actions, n_subjects, n_raters)
        Codes; where `coded` is False they mean nothing.
    coded : ndarray of bool, same shape, or None
        Ratings that were given; None if nothing is missing.
    single : bool
        The ratings are of one action, an array of two axes.
    """

    values: NDArray[Any]
    coded: NDArray[np.bool_] | None
    single: bool

    def actions(self) -> Iterator[tuple[NDArray[Any], NDArray[np.bool_] | None]]:
        """Values and what of them was given, action by action."""
        for number, values in enumerate(self.values):
            yield values, None if self.coded is None else self.coded[number]


def numbers(given: ArrayLike) -> NDArray[Any]:
    """What a caller gave, as an array of numbers.

    Parameters
    ----------
    given : array_like
        Numbers, of any shape; None, NaN or a mask where one is missing.

    Returns
    -------
    ndarray
        Of booleans, integers or floats, never changed in place; NaN where one is missing.

    Raises
    ------
    ValueError
        If there are rows of different lengths, or things that are no numbers.
    """
    try:
        # A mask that is dropped would bring the values under it back.
        masked = np.ma.isMaskedArray(given)
        values = np.ma.filled(np.ma.asarray(given, np.float64), np.nan) if masked else np.asarray(given)
    except ValueError:
        raise ValueError("expected a table, every row as long as the others") from None
    if values.dtype.kind in "biuf":
        return values
    if values.dtype.kind in "OUS":
        with suppress(TypeError, ValueError):
            return values.astype(np.float64)
    raise ValueError(f"codes must be numbers, None or NaN where one is missing, not {values.dtype}")


def pair_of(first: ArrayLike, second: ArrayLike | None = None) -> Pair:
    """Two raters' codes, checked.

    Parameters
    ----------
    first, second : array_like, shape (n_frames,) or (n_actions, n_frames)
        Codes of the two raters; NaN or None where a frame was not coded. Without
        `second`, `first` holds both, as (n_frames, 2) or (n_actions, n_frames, 2).

    Returns
    -------
    Pair
        The same with one axis for the actions.

    Raises
    ------
    ValueError
        If the shapes differ, have no or more than two axes, or a code is infinite or
        not a number.
    """
    if second is None:
        together = numbers(first)
        if together.ndim not in (2, 3) or together.shape[-1] != 2:
            raise ValueError(f"expected the codes of two raters, [frames, 2], not {together.shape}")
        first, second = together[..., 0], together[..., 1]
    one, one_coded = _checked(first)
    other, other_coded = _checked(second)
    if one.shape != other.shape or one.ndim not in (1, 2):
        raise ValueError(
            "expected the codes of two raters as two arrays of one shape, [frames] or [actions, frames], "
            f"not {one.shape} and {other.shape}"
        )
    coded = one_coded if other_coded is None else other_coded
    if one_coded is not None and other_coded is not None:
        coded = one_coded & other_coded
    return Pair(
        np.atleast_2d(one),
        np.atleast_2d(other),
        None if coded is None else np.atleast_2d(coded),
        one.ndim == 1,
    )


def ratings_of(ratings: ArrayLike, second: ArrayLike | None = None) -> Ratings:
    """Ratings of two or more raters, checked.

    Parameters
    ----------
    ratings : array_like, shape (n_subjects, n_raters) or (n_actions, n_subjects, n_raters)
        Codes; NaN or None where a rater gave none.
    second : array_like, optional
        Then both are of shape (n_frames,) or (n_actions, n_frames): two raters.

    Returns
    -------
    Ratings
        The same with one axis for the actions.

    Raises
    ------
    ValueError
        If the shape is another, there is one rater, or a code is infinite or not a
        number.
    """
    if second is not None:
        pair = pair_of(ratings, second)
        coded = None if pair.coded is None else np.stack([pair.coded, pair.coded], axis=2)
        return Ratings(np.stack([pair.first, pair.second], axis=2), coded, pair.single)
    values, coded = _checked(ratings)
    if values.ndim not in (2, 3):
        raise ValueError(
            f"expected ratings as [subjects, raters] or [actions, subjects, raters], not {values.shape}"
        )
    if values.shape[-1] < 2:
        raise ValueError(f"agreement needs at least two raters, not {values.shape[-1]}")
    if values.ndim == 3:
        return Ratings(values, coded, single=False)
    return Ratings(values[None], None if coded is None else coded[None], single=True)


def used_categories(values: NDArray[Any], coded: NDArray[np.bool_] | None) -> NDArray[Any]:
    """Sorted codes that occur.

    Parameters
    ----------
    values : ndarray of int64 or float64
        Codes.
    coded : ndarray of bool, same shape, or None
        Which of them count; None for all.

    Returns
    -------
    ndarray, shape (n_categories,)
        Ascending.

    Raises
    ------
    ValueError
        If they are so many that they cannot be categories.
    """
    given = values.ravel() if coded is None else values[coded]
    if given.size == 0:
        return given
    if given.dtype.kind == "i" and int(given.max()) - (low := int(given.min())) < _WIDEST:
        found = np.flatnonzero(np.bincount(given - low)) + low
    else:
        found = np.unique(given)
    if found.size > _MOST_CATEGORIES:
        raise ValueError(
            f"{found.size} different values are no categories: use an intraclass correlation for measurements"
        )
    return found


def named_categories(categories: Sequence[float]) -> NDArray[Any]:
    """Categories that a caller named, checked, in the caller's order.

    Parameters
    ----------
    categories : sequence of numbers
        Codes.

    Returns
    -------
    ndarray of int64 or float64, shape (n_categories,)
        The same.

    Raises
    ------
    ValueError
        If there is none, or one is named twice or not a finite number.
    """
    named, coded = _checked(categories)
    if named.ndim != 1 or named.size == 0 or coded is not None or np.unique(named).size < named.size:
        raise ValueError(f"categories must be different numbers, at least one, not {list(categories)}")
    return named


def numbered(
    values: NDArray[Any], coded: NDArray[np.bool_] | None, categories: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
    """Position of each code among the categories.

    Parameters
    ----------
    values : ndarray of int64 or float64
        Codes.
    coded : ndarray of bool, same shape, or None
        Which of them count; None for all.
    categories : ndarray, shape (n_categories,)
        The categories.

    Returns
    -------
    positions : ndarray of int64
        Of the shape of `values`; the number of categories where a code is missing or
        is none of them.
    known : ndarray of bool or None
        Where there is a position; None if everywhere.
    """
    order = np.argsort(categories, kind="stable")
    ascending = categories[order]
    in_order = np.array_equal(ascending, categories)
    steps = ascending.dtype.kind == "i" and values.dtype.kind == "i"
    if steps and ascending.size and int(ascending[-1]) - int(ascending[0]) == ascending.size - 1:
        place = values - ascending[0]
        # Seen as unsigned what lies below the first category is huge: one pass tells both ends.
        if coded is None and place.size and place.view(np.uint64).max() < ascending.size:
            return (place if in_order else order[place]), None
        known = (place >= 0) & (place < ascending.size)
    elif ascending.size:
        place = np.minimum(np.searchsorted(ascending, values), ascending.size - 1)
        known = ascending[place] == values
    else:
        place = np.zeros(values.shape, dtype=np.int64)
        known = np.zeros(values.shape, dtype=np.bool_)
    if coded is not None:
        known &= coded
    if known.all():
        return (place if in_order else order[place]), None
    positions = np.full(values.shape, categories.size, dtype=np.int64)
    positions[known] = order[place[known]]
    return positions, known


def _checked(given: ArrayLike) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Codes as int64 where they are whole numbers, else float64; what was given of them."""
    values = numbers(given)
    if values.dtype.kind in "bui":
        return values.astype(np.int64, copy=False), None
    values = values.astype(np.float64, copy=False)
    if np.isinf(values).any():
        raise ValueError("codes must be finite; use NaN where a rater gave none")
    missing = np.isnan(values)
    coded = ~missing if missing.any() else None
    filled = values if coded is None else np.where(coded, values, 0.0)
    if (np.abs(filled) < 2.0**53).all() and (filled == np.rint(filled)).all():
        return filled.astype(np.int64), coded
    return filled, coded
