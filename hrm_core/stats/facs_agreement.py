"""The agreement index of the FACS certification test, known as Wexler's ratio.

It is twice the number of actions that both coders scored, divided by the number of
actions that either scored, counted for each coder: Dice's coefficient over actions.
Intensity and side do not enter it, and it is not corrected for chance.
"""

from __future__ import annotations

from collections.abc import Hashable, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.stats.codings import numbers

__all__ = ["PASS_MARK", "FacsAgreement", "facs_agreement"]

PASS_MARK = 0.70
"""The index from which on the FACS test counts as passed."""


@dataclass(frozen=True, slots=True, eq=False)
class FacsAgreement:
    """Agreement of two coders on which actions are present.

    Where neither coder scored anything the index is 0/0: it is NaN, and such events
    are counted, never taken for agreement or its lack.

    Attributes
    ----------
    index : float
        Pooled over all events; NaN if nobody scored anything.
    mean_index : float
        Mean of the indices of the events that have one; NaN if none has.
    per_event : ndarray of float64, shape (n_events,)
        Index of each event.
    per_action : ndarray of float64, shape (n_actions,)
        Index of each action, pooled over events.
    both, first, second : ndarray of int64, shape (n_actions,)
        Events in which both coders, the first, and the second scored the action.
    undefined_events : int
        Events in which neither scored anything.
    dropped : int
        Codes left out, of both coders, because one of them is missing.
    actions : tuple
        The actions by name, if the coders gave names; else empty.
    """

    index: float
    mean_index: float
    per_event: NDArray[np.float64]
    per_action: NDArray[np.float64]
    both: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    undefined_events: int
    dropped: int
    actions: tuple[Hashable, ...]

    @property
    def value(self) -> float:
        """The same as `index`, by the name it has in all other statistics."""
        return self.index

    @property
    def mean_index_empty_as_1(self) -> float:
        """Mean of the indices of all events, agreement on nothing taken for 1; NaN without events."""
        filled = np.where(np.isnan(self.per_event), 1.0, self.per_event)
        return float(filled.mean()) if filled.size else float("nan")


def facs_agreement(first: Any, second: Any) -> FacsAgreement:
    """FACS agreement index of two coders.

    Parameters
    ----------
    first, second : array_like, shape (n_events, n_actions), or names of actions
        What each coder scored of each event (a frame, an image, a clip): anything but
        0 is present, on whichever side; NaN is missing. Or the actions scored, by name:
        a set or a list of text for each event, or one alone for a single event. Numbers
        in lists are codes, never names.

    Returns
    -------
    FacsAgreement
        Pooled, by event and by action.

    Raises
    ------
    ValueError
        If the coders' shapes or numbers of events differ, or are not those above.

    Notes
    -----
    ``2 |A ∩ B| / (|A| + |B|)`` over the sets of actions, after Wexler as used for the
    test of the FACS manual (Ekman, Friesen & Hager, 2002); 0.70 passes.
    """
    actions: tuple[Hashable, ...] = ()
    nothing = all(isinstance(scored, list | tuple) and not scored for scored in (first, second))
    if nothing or _are_names(first) or _are_names(second):
        actions, first, second = _tables(_events(first), _events(second))
    one, other = numbers(first), numbers(second)
    if one.shape != other.shape or one.ndim != 2:
        raise ValueError(f"expected two arrays [events, actions], not {one.shape} and {other.shape}")
    known = ~(np.isnan(one) | np.isnan(other))
    one, other = (one != 0) & known, (other != 0) & known
    both = one & other
    per_event = _index(both.sum(axis=1), one.sum(axis=1), other.sum(axis=1))
    defined = ~np.isnan(per_event)
    pooled = _index(both.sum(keepdims=True), one.sum(keepdims=True), other.sum(keepdims=True))
    return FacsAgreement(
        index=float(pooled.ravel()[0]),
        mean_index=float(per_event[defined].mean()) if defined.any() else float("nan"),
        per_event=per_event,
        per_action=_index(both.sum(axis=0), one.sum(axis=0), other.sum(axis=0)),
        both=both.sum(axis=0),
        first=one.sum(axis=0),
        second=other.sum(axis=0),
        undefined_events=int((~defined).sum()),
        dropped=int((~known).sum()),
        actions=actions,
    )


def _are_names(scored: Any) -> bool:
    if isinstance(scored, Set):
        return True
    return isinstance(scored, list | tuple) and any(
        isinstance(entry, Set | str)
        or (isinstance(entry, list | tuple) and any(isinstance(name, str) for name in entry))
        for entry in scored
    )


def _events(scored: Any) -> list[frozenset[Hashable]]:
    """The actions of each event; where nothing or bare names stand, of the only event."""
    if isinstance(scored, Set) or all(isinstance(entry, str) for entry in scored):
        return [frozenset(scored)]
    return [frozenset(event) for event in scored]


def _tables(
    first: list[frozenset[Hashable]], second: list[frozenset[Hashable]]
) -> tuple[tuple[Hashable, ...], NDArray[np.bool_], NDArray[np.bool_]]:
    # By length first: action 2 before action 10.
    names = sorted(frozenset[Hashable]().union(*first, *second), key=lambda name: (len(str(name)), str(name)))
    one, other = (
        np.array([[name in event for name in names] for event in coder], np.bool_).reshape(
            len(coder), len(names)
        )
        for coder in (first, second)
    )
    return tuple(names), one, other


def _index(
    both: NDArray[np.int64], first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.float64]:
    scored = first + second
    index = np.full(scored.shape, np.nan)
    np.divide(2.0 * both, scored, out=index, where=scored > 0)
    return index
