"""Agreement of two raters on whether an action is present, from four counts.

Every coefficient is a function of :class:`Counts` of any shape: one action, all of them,
or the thousands of resamples of a bootstrap at once. Where a coefficient is 0/0 it is
NaN, never 0 or 1, and :func:`why_undefined` says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.codings import pair_of

__all__ = [
    "Counts",
    "ac1_of_counts",
    "bias_index",
    "count",
    "f1",
    "icc_of_counts",
    "kappa_of_counts",
    "max_kappa",
    "mcc",
    "negative_agreement",
    "pabak",
    "percent_agreement",
    "positive_agreement",
    "precision",
    "prevalence_index",
    "recall",
    "why_undefined",
]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """How often two raters used an action, alone and together.

    Attributes
    ----------
    both, first_only, second_only, neither : ndarray of int64, any shape
        Frames in which both, only the first, only the second, and neither rater coded
        the action; of one shape. Weighted sums (float64) are taken too.
    dropped : ndarray of int64
        Frames left out because one of the raters did not code them.
    """

    both: NDArray[np.int64]
    first_only: NDArray[np.int64]
    second_only: NDArray[np.int64]
    neither: NDArray[np.int64]
    dropped: NDArray[np.int64] = field(default_factory=lambda: np.zeros((), dtype=np.int64))

    @property
    def n(self) -> NDArray[np.int64]:
        """Frames that both raters coded."""
        return np.asarray(self.both) + self.first_only + self.second_only + self.neither

    @classmethod
    def unstack(cls, sums: ArrayLike) -> Self:
        """Counts from one array, as a bootstrap over clusters hands them back.

        Parameters
        ----------
        sums : array_like, shape (..., 4)
            Both, first only, second only and neither along the last axis.

        Returns
        -------
        Counts
            Of shape ``sums.shape[:-1]``.
        """
        table = np.asarray(sums)
        return cls(table[..., 0], table[..., 1], table[..., 2], table[..., 3])

    def stack(self) -> NDArray[np.int64]:
        """One array of shape (..., 4), the inverse of :meth:`unstack`."""
        return np.stack([self.both, self.first_only, self.second_only, self.neither], axis=-1)


def count(first: ArrayLike, second: ArrayLike) -> Counts:
    """Count the frames in which two raters coded an action, alone and together.

    Parameters
    ----------
    first, second : array_like, shape (n_frames,) or (n_actions, n_frames)
        Codes: anything but 0 is present; NaN where a rater did not code the frame.

    Returns
    -------
    Counts
        Of shape () or (n_actions,).

    Raises
    ------
    ValueError
        If the shapes differ or a code is infinite.
    """
    pair = pair_of(first, second)
    one, other = pair.first != 0, pair.second != 0
    if pair.coded is not None:
        one &= pair.coded
        other &= pair.coded
    both = np.count_nonzero(one & other, axis=1).astype(np.int64)
    first_only = np.count_nonzero(one, axis=1) - both
    second_only = np.count_nonzero(other, axis=1) - both
    neither = pair.n - both - first_only - second_only
    dropped = pair.first.shape[1] - pair.n
    fields = both, first_only, second_only, neither, dropped
    return Counts(*(values.reshape(()) if pair.single else values for values in fields))


def percent_agreement(counts: Counts) -> _Floats:
    """Share of frames on which the raters agree, from 0 to 1."""
    a, b, c, d = _cells(counts)
    return _ratio(a + d, a + b + c + d)


def positive_agreement(counts: Counts) -> _Floats:
    """Specific agreement on presence, ``2a / (2a + b + c)``: Dice's coefficient and F1."""
    a, b, c, _ = _cells(counts)
    return _ratio(2 * a, 2 * a + b + c)


def negative_agreement(counts: Counts) -> _Floats:
    """Specific agreement on absence, ``2d / (2d + b + c)``."""
    _, b, c, d = _cells(counts)
    return _ratio(2 * d, 2 * d + b + c)


def pabak(counts: Counts) -> _Floats:
    """Prevalence- and bias-adjusted kappa, ``2 Po - 1`` (Byrt, Bishop & Carlin, 1993)."""
    a, b, c, d = _cells(counts)
    return _ratio(a + d - b - c, a + b + c + d)


def kappa_of_counts(counts: Counts) -> _Floats:
    """Cohen's kappa; NaN where both raters used one and the same code throughout."""
    a, b, c, d = _cells(counts)
    return _ratio(2 * (a * d - b * c), (a + b) * (b + d) + (a + c) * (c + d))


def icc_of_counts(counts: Counts) -> _Floats:
    """ICC(3,1) of the codes 0 and 1, ``2 cov / (var + var)``; NaN where neither varied."""
    a, b, c, d = _cells(counts)
    return _ratio(2 * (a * d - b * c), (a + b) * (c + d) + (a + c) * (b + d))


def ac1_of_counts(counts: Counts) -> _Floats:
    """Gwet's AC1 of the codes 0 and 1; it is 1 where both used one code throughout."""
    a, b, c, d = _cells(counts)
    twice = 2 * (a + b + c + d)
    # 1 - Pe = 1 - 2 p (1 - p) = p² + (1 - p)², a sum that cannot cancel.
    present, absent = _ratio(2 * a + b + c, twice), _ratio(2 * d + b + c, twice)
    return 1.0 - _ratio(2 * _ratio(b + c, twice), present**2 + absent**2)


def precision(counts: Counts) -> _Floats:
    """Share of the second rater's frames that the first, the reference, coded too."""
    a, _, c, _ = _cells(counts)
    return _ratio(a, a + c)


def recall(counts: Counts) -> _Floats:
    """Share of the frames of the first rater, the reference, that the second coded too."""
    a, b, _, _ = _cells(counts)
    return _ratio(a, a + b)


def f1(counts: Counts) -> _Floats:
    """Harmonic mean of precision and recall; the same as :func:`positive_agreement`."""
    return positive_agreement(counts)


def mcc(counts: Counts) -> _Floats:
    """Matthews' correlation coefficient; NaN where a rater never varied."""
    a, b, c, d = _cells(counts)
    return _ratio(a * d - b * c, np.sqrt((a + b) * (c + d)) * np.sqrt((a + c) * (b + d)))


def bias_index(counts: Counts) -> _Floats:
    """By how much more of all frames the first rater coded than the second, ``(b - c) / n``."""
    a, b, c, d = _cells(counts)
    return _ratio(b - c, a + b + c + d)


def prevalence_index(counts: Counts) -> _Floats:
    """By how much more of all frames show than lack the action, ``(a - d) / n``."""
    a, b, c, d = _cells(counts)
    return _ratio(a - d, a + b + c + d)


def max_kappa(counts: Counts) -> _Floats:
    """Largest Cohen's kappa that the raters could reach with how often each coded the action."""
    a, b, c, d = _cells(counts)
    n = a + b + c + d
    # The disagreements that remain when the rarer coder's frames all lie in the other's.
    return 1.0 - _ratio(n * np.abs(b - c), (a + b) * (b + d) + (a + c) * (c + d))


def why_undefined(counts: Counts, statistic: Callable[[Counts], _Floats]) -> str | tuple[str, ...]:
    """Why a coefficient of these counts is NaN.

    Parameters
    ----------
    counts : Counts
        Of shape () or (n_actions,).
    statistic : callable
        One of this module's functions on :class:`Counts`.

    Returns
    -------
    str or tuple of str
        A short clause for each action, empty where the coefficient has a value.

    Raises
    ------
    ValueError
        If the counts have more than one axis.
    """
    cells = np.stack(_cells(counts), axis=-1)
    if cells.ndim > 2:
        raise ValueError(f"expected the counts of one action or of several, not {cells.shape[:-1]}")
    undefined = np.atleast_1d(np.isnan(statistic(counts)))
    reasons = tuple(
        _reason(row, statistic) if nan else ""
        for row, nan in zip(np.atleast_2d(cells), undefined, strict=True)
    )
    return reasons[0] if cells.ndim == 1 else reasons


def _reason(cells: _Floats, statistic: Callable[[Counts], _Floats]) -> str:
    both, first_only, second_only, neither = cells
    if not cells.any():
        return "no frame was coded by both raters"
    if statistic is precision and both + second_only == 0:
        return "rater 2 never used it"
    if statistic is recall and both + first_only == 0:
        return "rater 1 never used it"
    if neither == cells.sum():
        return "no variance: neither rater ever used it"
    if both == cells.sum():
        return "no variance: both raters always used it"
    constant = [
        name
        for name, used in (("rater 1", both + first_only), ("rater 2", both + second_only))
        if used in (0, cells.sum())
    ]
    return f"{' and '.join(constant)} never varied" if constant else "0/0"


def _cells(counts: Counts) -> tuple[_Floats, _Floats, _Floats, _Floats]:
    """The four counts as float64, whose products neither overflow nor round below 2**53."""
    a, b, c, d = (
        np.asarray(cell, dtype=np.float64)
        for cell in (counts.both, counts.first_only, counts.second_only, counts.neither)
    )
    return a, b, c, d


def _ratio(numerator: ArrayLike, denominator: ArrayLike) -> _Floats:
    """The quotient, NaN where both are 0; a number, not an array of no axes, for a single one."""
    above, below = np.broadcast_arrays(
        np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    )
    quotient = np.full(above.shape, np.nan)
    np.divide(above, below, out=quotient, where=below != 0)
    single: _Floats = quotient[()]
    return single
