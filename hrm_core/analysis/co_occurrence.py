"""Which actions are present together, and how much more often than if they were independent."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.analysis_patterns import CoOccurrence

__all__ = ["co_occurrence"]


def co_occurrence(
    expression: str, actions: tuple[str, ...], present: Mapping[str, NDArray[np.bool_]]
) -> tuple[CoOccurrence, ...]:
    """Count pairs of actions in each group.

    Parameters
    ----------
    expression : str
        Which frames these are; ``""`` for all.
    actions : tuple of str
        Keys of the actions.
    present : mapping of str to ndarray of bool, shape (n_frames, n_actions)
        By group: which actions its frames show.

    Returns
    -------
    tuple of CoOccurrence
        One for each group, over the actions that occur in any of them.
    """
    # Counts of frames are whole numbers far below 2**53: exact as float64, which multiplies fastest.
    counted = {group: (grid := one.astype(np.float64)).T @ grid for group, one in present.items()}
    occurs = np.any([np.diag(one) > 0 for one in counted.values()], axis=0)
    names = tuple(key for key, there in zip(actions, occurs, strict=True) if there)
    return tuple(
        _of_group(group, expression, names, len(present[group]), one[np.ix_(occurs, occurs)])
        for group, one in counted.items()
    )


def _of_group(
    group: str, expression: str, actions: tuple[str, ...], frames: int, together: NDArray[np.float64]
) -> CoOccurrence:
    alone = np.diag(together)
    by_chance = np.outer(alone, alone)
    known = by_chance > 0
    np.fill_diagonal(known, False)
    lift = frames * together / np.where(known, by_chance, 1.0)
    return CoOccurrence(
        group,
        expression,
        actions,
        frames,
        tuple(tuple(row) for row in together.astype(np.int64).tolist()),
        tuple(
            tuple(value if told else None for value, told in zip(*both, strict=True))
            for both in zip(lift.tolist(), known.tolist(), strict=True)
        ),
    )
