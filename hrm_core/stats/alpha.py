"""Krippendorff's alpha, with an interval that respects how the data hang together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.stats.bootstrap import Bootstrap, cluster_bootstrap
from hrm_core.stats.codings import numbered, ratings_of, used_categories

__all__ = ["Alpha", "Scale", "alpha_of_coincidences", "krippendorff_alpha"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_NAN = float("nan")

Scale = Literal["nominal", "ordinal", "interval", "ratio"]
"""How far two values are apart: not at all or fully, by rank, by difference, by share."""

_MOST_SUMS = 20_000_000

_MOST_FOR_THE_PACKAGE = 5_000_000
"""The package holds a matrix of all values for each target; beyond this, only their sum is made."""


@dataclass(frozen=True, slots=True, eq=False)
class Alpha:
    """Krippendorff's alpha; scalars for one action, arrays over the actions for many.

    Attributes
    ----------
    value : float or ndarray of float64
        Alpha; NaN where nothing is pairable or nothing varies.
    low, high : float or ndarray of float64
        Percentile interval of :func:`cluster_bootstrap`; NaN without one, with the reason in
        `note`.
    n : int or ndarray of int64
        Targets with two or more ratings.
    pairable : int or ndarray of int64
        Ratings of these targets.
    dropped : int or ndarray of int64
        Targets with fewer, which tell nothing.
    clusters : int
        Clusters that were resampled; targets if none were named.
    undefined : int or ndarray of int64
        Resamples without an alpha, left out of the interval.
    reason : str or tuple of str
        Why alpha is NaN; empty where it is not.
    note : str or tuple of str
        What to be careful about; empty if nothing.
    scale : str
        The distance of two values.
    level : float
        Of the interval.
    """

    value: float | _Floats
    low: float | _Floats
    high: float | _Floats
    n: int | _Ints
    pairable: int | _Ints
    dropped: int | _Ints
    clusters: int
    undefined: int | _Ints
    reason: str | tuple[str, ...]
    note: str | tuple[str, ...]
    scale: str
    level: float


def krippendorff_alpha(
    ratings: ArrayLike,
    scale: Scale = "nominal",
    clusters: ArrayLike | None = None,
    replicates: int = 0,
    seed: int = 0,
    level: float = 0.95,
    level_of_measurement: Scale | None = None,
) -> Alpha:
    """Krippendorff's alpha of two or more raters.

    Parameters
    ----------
    ratings : array_like, shape (n_targets, n_raters) or (n_actions, n_targets, n_raters)
        Values, as numbers; NaN where a rater gave none. Tables of publications, and the
        package ``krippendorff``, have raters in rows: turn them.
    scale : {"nominal", "ordinal", "interval", "ratio"}
        The distance of two values.
    clusters : array_like, shape (n_targets,), optional
        What each target belongs to (the participant, the segment). Frames of one child
        are not independent: whole clusters are resampled, single targets if none are
        named.
    replicates : int
        Resamples of the bootstrap, at least 2; 0 for none.
    seed : int
        Of the resampling.
    level : float
        Of the interval, between 0 and 1.
    level_of_measurement : str, optional
        The same as `scale`, by the package's name for it.

    Returns
    -------
    Alpha
        Scalars for one action, arrays for many.

    Raises
    ------
    ValueError
        If the shape is another, there is one rater, a value is infinite or, for the scale
        ratio, below 0, the clusters do not fit, or scale, replicates or level are unknown.

    Notes
    -----
    Alpha is that of the package ``krippendorff``. The bootstrap, and alpha of so many
    values that the package would need gigabytes, sum the coincidences of clusters
    (Krippendorff, 2011), which gives the same number.
    """
    scale = scale if level_of_measurement is None else level_of_measurement
    if scale not in get_args(Scale):
        raise ValueError(f"scale must be one of {', '.join(get_args(Scale))}, not {scale!r}")
    if not 0 < level < 1 or replicates < 0:
        raise ValueError(f"level must lie between 0 and 1 and replicates be 0 or more: {level}, {replicates}")
    given = ratings_of(ratings)
    if scale == "ratio" and (given.values < 0).any():
        raise ValueError("the scale ratio needs values of 0 or more: use interval")
    group = _groups(clusters, given.values.shape[1])
    # Each action from the same seed: adding one changes no other.
    resampling = _Resampling(group, replicates, seed, level)
    rows = [_one(values, coded, scale, resampling) for values, coded in given.actions()]
    shared: dict[str, Any] = {
        "clusters": given.values.shape[1] if group is None else int(group.max(initial=-1)) + 1,
        "scale": scale,
        "level": level,
    }
    if given.single:
        return Alpha(**rows[0], **shared)
    columns: dict[str, Any] = {
        name: np.array([row[name] for row in rows]) for name in ("value", "low", "high")
    }
    columns |= {name: np.array([row[name] for row in rows], np.int64) for name in _COUNTS}
    columns |= {name: tuple(row[name] for row in rows) for name in ("reason", "note")}
    return Alpha(**columns, **shared)


_FLOATS = ("value", "low", "high")
_COUNTS = ("n", "pairable", "dropped", "undefined")


def alpha_of_coincidences(coincidences: _Floats, values: NDArray[Any], scale: Scale) -> _Floats:
    """Krippendorff's alpha of coincidence matrices.

    Parameters
    ----------
    coincidences : ndarray of float64, shape (..., n_values, n_values)
        Pairs of values given to one target, each target's by its number of ratings less
        one; they add up over targets.
    values : ndarray, shape (n_values,)
        Ascending.
    scale : {"nominal", "ordinal", "interval", "ratio"}
        The distance of two values.

    Returns
    -------
    ndarray of float64, shape (...)
        NaN where nothing varies.
    """
    totals = coincidences.sum(axis=-1)
    distance = _distance(totals, values, scale)
    observed = (coincidences * distance).sum(axis=(-2, -1))
    expected = (totals[..., :, None] * totals[..., None, :] * distance).sum(axis=(-2, -1))
    ratio = np.full(observed.shape, np.nan)
    np.divide((totals.sum(axis=-1) - 1.0) * observed, expected, out=ratio, where=expected > 0)
    return 1.0 - ratio


def _distance(totals: _Floats, values: NDArray[Any], scale: Scale) -> _Floats:
    if scale == "nominal":
        return 1.0 - np.eye(values.size)
    if scale == "ordinal":
        # The distance in ranks is that of the values' mid-ranks.
        ranks = totals.cumsum(axis=-1) - totals / 2
        return np.asarray((ranks[..., :, None] - ranks[..., None, :]) ** 2)
    numbers = values.astype(np.float64)
    apart = np.subtract.outer(numbers, numbers)
    if scale == "interval":
        return np.asarray(apart**2)
    sums = np.add.outer(numbers, numbers)
    share = np.zeros_like(apart)
    np.divide(apart, sums, out=share, where=sums != 0)
    return np.asarray(share**2)


@dataclass(frozen=True, slots=True, eq=False)
class _Resampling:
    group: _Ints | None
    replicates: int
    seed: int
    level: float

    def of(self, counts: _Floats, values: NDArray[Any], scale: Scale) -> Bootstrap:
        """Alpha of resampled clusters, or targets."""
        group = np.arange(len(counts)) if self.group is None else self.group
        return cluster_bootstrap(
            _coincidences(counts, group),
            lambda sums: alpha_of_coincidences(
                sums.reshape(*sums.shape[:-1], *[values.size] * 2), values, scale
            ),
            replicates=self.replicates,
            seed=self.seed,
            level=self.level,
        )

    def note(self, found: Bootstrap) -> str:
        """What to be careful about in its interval."""
        alone = "targets resampled one by one, as if independent" if self.group is None else ""
        without = f"no interval: {found.reason}" if found.reason else ""
        return "; ".join(filter(None, (alone, without, str(found.note))))


def _groups(clusters: ArrayLike | None, targets: int) -> _Ints | None:
    """Number of the cluster of each target."""
    if clusters is None:
        return None
    names = np.asarray(clusters)
    if names.shape != (targets,):
        raise ValueError(f"expected a cluster for each of the {targets} targets, not {names.shape}")
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def _one(
    ratings: NDArray[Any], coded: NDArray[np.bool_] | None, scale: Scale, resampling: _Resampling
) -> dict[str, Any]:
    targets, raters = ratings.shape
    given = np.full(targets, raters) if coded is None else np.count_nonzero(coded, axis=1)
    pairable = given > 1
    row: dict[str, Any] = {"value": _NAN, "low": _NAN, "high": _NAN, "undefined": 0, "reason": "", "note": ""}
    row |= {"n": int(pairable.sum()), "pairable": int(given[pairable].sum())}
    row["dropped"] = targets - row["n"]
    known = None if coded is None else coded[pairable]
    values = used_categories(ratings[pairable], known)
    if values.size == 0:
        return row | {"reason": "no target has two ratings: nothing is pairable"}
    if values.size == 1:
        same = "nobody ever used it" if values[0] == 0 else f"every rating is {values[0]}"
        return row | {"reason": f"no variance: {same}"}
    places, _ = numbered(ratings, coded, values)
    counts = _counts(places, values.size)
    row["value"] = _value(counts[pairable], values, scale)
    if resampling.replicates:
        found = resampling.of(counts, values, scale)
        row |= {"low": found.low, "high": found.high, "undefined": found.undefined}
        row["note"] = resampling.note(found)
    return row


def _counts(places: NDArray[np.int64], size: int) -> _Floats:
    """How often each value was given to each target."""
    cells = places + np.arange(len(places))[:, None] * (size + 1)
    counted = np.bincount(cells.ravel(), minlength=len(places) * (size + 1))
    return counted.reshape(len(places), size + 1)[:, :-1].astype(np.float64)


def _value(counts: _Floats, values: NDArray[Any], scale: Scale) -> float:
    if counts.size * values.size > _MOST_FOR_THE_PACKAGE:
        together = _coincidences(counts, np.zeros(len(counts), dtype=np.int64))
        return float(alpha_of_coincidences(together.reshape(values.size, values.size), values, scale))
    import krippendorff

    return float(
        krippendorff.alpha(
            value_counts=counts.astype(np.int64), value_domain=values.tolist(), level_of_measurement=scale
        )
    )


def _coincidences(counts: _Floats, group: _Ints) -> _Floats:
    """Coincidence matrices of clusters, [clusters, values squared]."""
    clusters, size = int(group.max()) + 1, counts.shape[1]
    if clusters * size * size > _MOST_SUMS:
        raise ValueError(
            f"{size} different values of {clusters} clusters are too many for a bootstrap of alpha: "
            "round the values, or use an intraclass correlation"
        )
    weighted = counts / np.maximum(counts.sum(axis=1, keepdims=True) - 1.0, 1.0)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(clusters))
    sums = np.empty((clusters, size, size))
    for number, members in enumerate(np.split(order, starts[1:])):
        # Pairs of a target's ratings, less each rating with itself.
        sums[number] = weighted[members].T @ counts[members] - np.diag(weighted[members].sum(axis=0))
    return sums.reshape(clusters, -1)
