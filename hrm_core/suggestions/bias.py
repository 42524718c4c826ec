"""Whether codes lean towards a model where its suggestions were seen first.

Control stretches are drawn by lot, so a difference in agreement between assisted and control frames comes
from seeing the suggestions, apart from chance.  The lot is drawn for stretches of frames, and codes are
carried from frame to frame: stretches are resampled as wholes, never frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import Estimate
from hrm_core.records.assistance_results import ActionAnchoring, Anchoring, AssistanceOptions, FollowedBin
from hrm_core.stats.bootstrap import cluster_sums
from hrm_core.stats.detection import decision_sums
from hrm_core.stats.two_by_two import Counts, percent_agreement, positive_agreement
from hrm_core.suggestions.estimates import Floats, resampled

__all__ = ["FEWEST_CHILDREN", "FOLLOWED_BINS", "CodedBeside", "anchoring"]

FEWEST_CHILDREN = 6
"""From so many children on, these are resampled too."""

FOLLOWED_BINS = 10
"""Ranges of probability of equal width."""

_WHY = "neither coded nor proposed on control or on assisted frames"
_WHY_BIN = "no probability of control or of assisted frames lies here"


@dataclass(frozen=True, slots=True, eq=False)
class CodedBeside:
    """What one coder coded on control and assisted frames beside what a run says of them.

    Attributes
    ----------
    actions : tuple of str
        Keys, in the order of the columns.
    coded, proposed, known : ndarray of bool, shape (n_frames, n_actions)
        Whether an action is coded, and proposed, and whether the coder can judge it at all.
    probabilities : ndarray of float, shape (n_frames, n_actions)
        That the run says.
    assisted : ndarray of bool, shape (n_frames,)
        Whether suggestions were shown first; else they were withheld.
    video, frame, child : ndarray of int64, shape (n_frames,)
        Which recording, frame and child.
    """

    actions: tuple[str, ...]
    coded: NDArray[np.bool_]
    proposed: NDArray[np.bool_]
    known: NDArray[np.bool_]
    probabilities: NDArray[np.floating]
    assisted: NDArray[np.bool_]
    video: NDArray[np.int64]
    frame: NDArray[np.int64]
    child: NDArray[np.int64]

    def stretches(self, stretch_frames: int) -> NDArray[np.int64]:
        """Number of the stretch that each frame lies in, shape (n_frames,)."""
        places = np.column_stack([self.video, self.frame // stretch_frames])
        _, number = np.unique(places, axis=0, return_inverse=True)
        return np.asarray(number, dtype=np.int64).ravel()


def anchoring(said: CodedBeside, stretch_frames: int, options: AssistanceOptions) -> Anchoring | None:
    """Agreement with the run on assisted less control frames.

    Parameters
    ----------
    said : CodedBeside
        Of one coder and one run.
    stretch_frames : int
        Frames of a stretch of a recording, which is control or not as a whole.
    options : AssistanceOptions
        How.

    Returns
    -------
    Anchoring or None
        None unless there are control and assisted frames.
    """
    if said.assisted.all() or not said.assisted.any():
        return None
    stretch = said.stretches(stretch_frames)
    sums = _cells(said, stretch)
    differences = resampled(sums, _differences, options, why=_WHY)
    total = sums.sum(axis=0)
    levels = _agreement(_with_all(total))
    decisions = _with_all(total).sum(axis=-1)
    rows = [
        ActionAnchoring(
            key,
            int(decisions[place, 0]),
            int(decisions[place, 1]),
            _number(levels[place, 0, 0]),
            _number(levels[place, 1, 0]),
            _number(levels[place, 0, 1]),
            _number(levels[place, 1, 1]),
            differences[place, 0],
            differences[place, 1],
        )
        for place, key in enumerate((*said.actions, ""))
    ]
    children = len(np.unique(said.child))
    by_child = None
    if children >= FEWEST_CHILDREN and options.replicates:
        unit = ("child", "children")
        of_children = resampled(_cells(said, said.child), _differences, options, unit=unit, why=_WHY)
        by_child = (of_children[-1, 0], of_children[-1, 1])
    return Anchoring(
        int((~said.assisted).sum()),
        int(said.assisted.sum()),
        len(np.unique(stretch[~said.assisted])),
        len(np.unique(stretch[said.assisted])),
        children,
        rows[-1],
        tuple(rows[:-1]),
        by_child,
        _followed(said, stretch, options),
    )


def _cells(said: CodedBeside, unit: NDArray[np.int64]) -> Floats:
    """Both, coded only, proposed only and neither: ``[units, actions, control or assisted, 4]``."""
    sides = [said.known & (said.assisted == side)[:, None] for side in (False, True)]
    cells = [decision_sums(said.coded, said.proposed, known, unit) for known in sides]
    return np.stack(cells, axis=2).astype(np.float64)


def _with_all(cells: Floats) -> Floats:
    """With a row behind the actions for all their decisions together."""
    return np.concatenate([cells, cells.sum(axis=-3, keepdims=True)], axis=-3)


def _agreement(cells: Floats) -> Floats:
    """Plain and positive agreement, in place of the four cells."""
    counts = Counts.unstack(cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([percent_agreement(counts), positive_agreement(counts)], axis=-1)


def _differences(cells: Floats) -> Floats:
    levels = _agreement(_with_all(cells))
    difference: Floats = levels[..., 1, :] - levels[..., 0, :]
    return difference


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _followed(
    said: CodedBeside, stretch: NDArray[np.int64], options: AssistanceOptions
) -> tuple[FollowedBin, ...]:
    """Share coded by range of probability, on control and on assisted frames."""
    place = np.clip((said.probabilities * FOLLOWED_BINS).astype(np.int64), 0, FOLLOWED_BINS - 1)
    rows = np.zeros((len(stretch), FOLLOWED_BINS, 2, 2))
    for number in range(FOLLOWED_BINS):
        here = (place == number) & said.known
        for side in (0, 1):
            own = said.assisted == bool(side)
            rows[own, number, side, 0] = here[own].sum(axis=1)
            rows[own, number, side, 1] = (here & said.coded)[own].sum(axis=1)
    sums = np.asarray(cluster_sums(rows, stretch), dtype=np.float64)

    def difference(drawn: Floats) -> Floats:
        share = drawn[..., 1] / drawn[..., 0]
        told: Floats = share[..., 1] - share[..., 0]
        return told

    told: list[Estimate] = list(resampled(sums, difference, options, why=_WHY_BIN))
    total = sums.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = total[..., 1] / total[..., 0]
    return tuple(
        FollowedBin(
            number / FOLLOWED_BINS,
            (number + 1) / FOLLOWED_BINS,
            int(total[number, 0, 0]),
            int(total[number, 1, 0]),
            _number(share[number, 0]),
            _number(share[number, 1]),
            told[number],
        )
        for number in range(FOLLOWED_BINS)
    )
