"""How good proposals are on children of whom nothing was fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.suggestions.boundaries import boundary_counts
from hrm_core.suggestions.fit import Coded, fit, is_enough
from hrm_core.suggestions.fitted import unfitted
from hrm_core.suggestions.propose import propose
from hrm_core.suggestions.sides import USUAL_MARGIN

__all__ = ["Quality", "Tally", "measure"]

_MOST_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Tally:
    """What proposals got right and wrong.

    Attributes
    ----------
    exact, missed, extra : int
        Boundaries that are proposed where they are, true ones that are not proposed there, and proposed
        ones that are not true.
    wrong_frames : int
        Cells, a frame of an action, in which presence is wrong.
    brier : float
        Mean squared difference between probability and presence.
    """

    exact: int
    missed: int
    extra: int
    wrong_frames: int
    brier: float


@dataclass(frozen=True, slots=True)
class Quality:
    """What :func:`measure` found on children that were left out in turn.

    Attributes
    ----------
    children, frames : int
        How many were left out once.
    before, after : Tally
        With the thresholds of the card and a median, and with what was fitted to the other children.
    """

    children: int
    frames: int
    before: Tally
    after: Tally

    @property
    def is_worse(self) -> bool:
        """Whether what was fitted leaves more boundaries to be corrected than the card alone."""
        before, after = (tally.missed + tally.extra for tally in (self.before, self.after))
        return after > before

    def as_detail(self) -> dict[str, object]:
        """The same as plain values for JSON."""
        return asdict(self)


def measure(coded: Coded, thresholds: Mapping[str, float]) -> Quality | None:
    """Leave children out in turn, fit to the others, and compare what is proposed with their codes.

    Parameters
    ----------
    coded : Coded
        All that was coded.
    thresholds : mapping of str to float
        Of the card, by action.

    Returns
    -------
    Quality or None
        None where a single child was coded, or too little of the others: then nothing can be said.
    """
    children = coded.children()
    card = unfitted(coded.actions, thresholds, USUAL_MARGIN)
    counts = np.zeros((2, 4), dtype=np.int64)
    errors = np.zeros(2)
    for first in range(min(_MOST_FOLDS, len(children))):
        out = children[first::_MOST_FOLDS]
        rest = [child for child in children if child not in out]
        without = coded.only(coded.of_children(rest)) if rest else None
        if without is None or not is_enough(without):
            return None
        within = coded.only(coded.of_children(out))
        frames = np.arange(len(within.codes))
        for place, fitted in enumerate((card, fit(without))):
            said = propose(fitted, frames, within.spans, within.probabilities)
            counts[place] += _counts(within, said.codes > 0)
            wrong = said.probabilities[:, coded.known] - within.truth[:, coded.known]
            errors[place] += float((wrong.astype(np.float64) ** 2).sum())
    cells = len(coded.codes) * max(int(coded.known.sum()), 1)
    before, after = (
        Tally(exact, missed, extra, wrong, round(error / cells, 6))
        for (exact, missed, extra, wrong), error in zip(counts.tolist(), errors.tolist(), strict=True)
    )
    return Quality(len(children), len(coded.codes), before, after)


def _counts(coded: Coded, said: NDArray[np.bool_]) -> NDArray[np.int64]:
    said, truth = said[:, coded.known], coded.truth[:, coded.known]
    true, exact, extra = boundary_counts(said, truth, coded.spans).sum(axis=0)
    return np.array([exact, true - exact, extra, (said != truth).sum()], dtype=np.int64)
