"""Cohen's kappa of two raters, plain and weighted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.codings import named_categories, pair_of, used_categories
from hrm_core.stats.confusion import crossed
from hrm_core.stats.distributions import normal_sf, t_ppf

__all__ = ["Kappa", "cohen_kappa"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Kappa:
    """Cohen's kappa; scalars for one action, arrays over the actions for many.

    Attributes
    ----------
    value : float or ndarray of float64
        Kappa; NaN where both raters used one and the same code throughout.
    low, high : float or ndarray of float64
        Confidence interval, by `se` and Student's t with ``n - 1`` degrees of freedom,
        within -1 and 1. It takes frames for independent.
    se : float or ndarray of float64
        Standard error that does not assume kappa to be 0.
    z, p : float or ndarray of float64
        Test of kappa = 0 by the standard error under that hypothesis; two-sided. NaN
        where that error is 0, as it is if a rater never varied.
    n : int or ndarray of int64
        Frames that both coded.
    dropped : int or ndarray of int64
        Frames left out because one of the raters did not code them.
    reason : str or tuple of str
        Why kappa is NaN; empty where it is not.
    note : str or tuple of str
        What to be careful about; empty if nothing.
    weights : str or None
        None, ``linear`` or ``quadratic``.
    level : float
        Of the confidence interval.
    """

    value: float | _Floats
    low: float | _Floats
    high: float | _Floats
    se: float | _Floats
    z: float | _Floats
    p: float | _Floats
    n: int | _Ints
    dropped: int | _Ints
    reason: str | tuple[str, ...]
    note: str | tuple[str, ...]
    weights: str | None
    level: float


def cohen_kappa(
    first: ArrayLike,
    second: ArrayLike | None = None,
    weights: Literal["unweighted", "linear", "quadratic"] | None = None,
    level: float = 0.95,
    categories: Sequence[float] | None = None,
) -> Kappa:
    """Cohen's kappa of two raters.

    Parameters
    ----------
    first, second : array_like, shape (n_frames,) or (n_actions, n_frames)
        Codes, as numbers; NaN where a rater did not code the frame. Without `second`,
        `first` holds both raters along its last axis, which then has length 2.
    weights : {None, "unweighted", "linear", "quadratic"}
        How much a disagreement weighs: all alike (both None and "unweighted"), by the
        distance of the codes, or by its square. The distance is that of the numbers, so
        that a code which nobody used changes nothing.
    level : float
        Of the confidence interval, between 0 and 1.
    categories : sequence of numbers, optional
        The codes that are possible; those that occur if it is not given.

    Returns
    -------
    Kappa
        Scalars for one action, arrays for many.

    Raises
    ------
    ValueError
        If the shapes differ, a code is infinite or none of the categories, the weights
        or the level are unknown.

    Notes
    -----
    ``1 - Do / De`` with the observed and the expected disagreement (Cohen, 1960, 1968);
    standard errors by Fleiss, Cohen & Everitt (1969), written as variances about the
    mean, which lose no digits where an action is rare.
    """
    weights = None if weights == "unweighted" else weights
    if weights not in (None, "linear", "quadratic"):
        raise ValueError(f"weights must be None, 'linear' or 'quadratic', not {weights!r}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    pair = pair_of(first, second)
    both = np.stack([pair.first, pair.second])
    coded = None if pair.coded is None else np.stack([pair.coded, pair.coded])
    used = used_categories(both, coded)
    if categories is not None and (strange := np.setdiff1d(used, named_categories(categories))).size:
        raise ValueError(f"code {strange[0]} is not among the categories {list(categories)}")
    table = crossed(pair, used)
    n = pair.n
    value, se, null_se = _coefficients(table, n, _disagreement(used, weights))
    z = np.full(value.shape, np.nan)
    np.divide(value, null_se, out=z, where=null_se > 0)
    margin = np.full(value.shape, np.nan)
    margin[n > 1] = t_ppf(0.5 + level / 2, n[n > 1] - 1.0) * se[n > 1]
    columns: dict[str, Any] = {
        "value": value,
        "low": np.maximum(value - margin, -1.0),
        "high": np.minimum(value + margin, 1.0),
        "se": se,
        "z": z,
        "p": np.minimum(2.0 * normal_sf(np.abs(z)), 1.0),
        "n": n,
        "dropped": pair.first.shape[1] - n,
        "reason": tuple(_reason(counts, used) for counts in table),
        "note": tuple(_note(counts, used) for counts in table),
    }
    if pair.single:
        columns = {name: column[0] for name, column in columns.items()}
        columns = {name: v if isinstance(v, str) else v.item() for name, v in columns.items()}
    return Kappa(**columns, weights=weights, level=level)


def _disagreement(categories: NDArray[Any], weights: str | None) -> _Floats:
    """How much each pair of codes disagrees."""
    if weights is None:
        return 1.0 - np.eye(categories.size)
    distance = np.abs(np.subtract.outer(*[categories.astype(np.float64)] * 2))
    return np.asarray(distance if weights == "linear" else distance**2)


def _coefficients(table: _Ints, n: _Ints, weight: _Floats) -> tuple[_Floats, _Floats, _Floats]:
    """Kappa, its standard error, and that under kappa = 0, of tables [actions, k, k]."""
    share = np.zeros(table.shape)
    np.divide(table, n[:, None, None], out=share, where=n[:, None, None] > 0)
    rows, columns = share.sum(axis=2), share.sum(axis=1)
    chance = rows[:, :, None] * columns[:, None, :]
    observed = (weight * share).sum(axis=(1, 2))
    expected = (weight * chance).sum(axis=(1, 2))
    ratio = np.full(len(table), np.nan)
    np.divide(observed, expected, out=ratio, where=expected > 0)
    # How much each frame's two codes disagree with the other rater's codes on average.
    mean = (columns @ weight)[:, :, None] + (rows @ weight)[:, None, :]
    spread = weight - ratio[:, None, None] * mean + observed[:, None, None]
    null_spread = weight - mean + expected[:, None, None]
    scale = np.full(len(table), np.nan)
    np.divide(1.0, expected * np.sqrt(n), out=scale, where=expected > 0)
    # A rater who never varied is no better and no worse than chance, whatever rounding leaves.
    still = (np.count_nonzero(rows, axis=1) == 1) | (np.count_nonzero(columns, axis=1) == 1)
    ratio[still & (expected > 0)] = 1.0
    scale[still & (expected > 0)] = 0.0
    return (
        1.0 - ratio,
        scale * np.sqrt((share * spread**2).sum(axis=(1, 2))),
        scale * np.sqrt((chance * null_spread**2).sum(axis=(1, 2))),
    )


def _constants(counts: _Ints) -> list[int]:
    """Which raters, 1 and 2, gave one code throughout."""
    return [rater for rater in (1, 2) if np.count_nonzero(counts.sum(axis=2 - rater)) == 1]


def _reason(counts: _Ints, used: NDArray[Any]) -> str:
    if not counts.any():
        return "no frame was coded by both raters"
    if len(_constants(counts)) < 2 or not counts.diagonal().any():
        return ""
    code = used[int(counts.diagonal().argmax())]
    return "no variance: neither rater ever used it" if code == 0 else f"no variance: both always gave {code}"


def _note(counts: _Ints, used: NDArray[Any]) -> str:
    constant = _constants(counts)
    if _reason(counts, used) or not constant:
        return ""
    names = " and ".join(f"rater {rater}" for rater in constant)
    return f"{names} never varied: the interval has no width and there is no test"
