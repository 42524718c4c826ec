"""What frames cost a coder, by what could be seen of suggestions while they were coded.

A frame belongs to the condition of the stay in which it was first coded or confirmed.  Its cost is that of
all stays up to and including this one, because who looks, leaves and comes back has paid for both.  Later
stays are review and are counted apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import Estimate
from hrm_core.records.assistance_results import (
    AssistanceOptions,
    ConditionEffort,
    Effort,
    EffortDifference,
)
from hrm_core.records.suggestion import Condition, FrameVisit
from hrm_core.stats.bootstrap import cluster_sums
from hrm_core.suggestions.estimates import Floats, resampled

__all__ = ["FrameCost", "effort", "frame_costs"]

_CONDITIONS = tuple(Condition)
_WHY = "no frame of one of the two was coded"


@dataclass(slots=True)
class FrameCost:
    """What one frame of one coder cost.

    Attributes
    ----------
    video_id, frame : int
        Which.
    condition : Condition
        Of the stay in which it was first coded; of the first stay if it never was.
    run_id : int or None
        The run whose suggestions could be seen, or were withheld.
    committed : bool
        Whether it was coded.
    acts, seconds : int, float
        Up to and including that stay.
    review_acts, review_seconds : int, float
        Of later stays.
    """

    video_id: int
    frame: int
    condition: Condition
    run_id: int | None
    committed: bool = False
    acts: int = 0
    seconds: float = 0.0
    review_acts: int = 0
    review_seconds: float = 0.0


def frame_costs(visits: Iterable[FrameVisit]) -> list[FrameCost]:
    """Add up the stays of one coder by frame.

    Parameters
    ----------
    visits : iterable of FrameVisit
        Of one coder, the oldest first.

    Returns
    -------
    list of FrameCost
        By recording and frame.
    """
    costs: dict[tuple[int, int], FrameCost] = {}
    for stay in visits:
        cost = costs.setdefault(
            (stay.video_id, stay.frame),
            FrameCost(stay.video_id, stay.frame, stay.condition, stay.run_id),
        )
        if cost.committed:
            cost.review_acts += stay.acts
            cost.review_seconds += stay.seconds
            continue
        cost.acts += stay.acts
        cost.seconds += stay.seconds
        if stay.committed:
            cost.committed, cost.condition, cost.run_id = True, stay.condition, stay.run_id
    return [costs[place] for place in sorted(costs)]


def effort(costs: Sequence[FrameCost], stretch_frames: int, options: AssistanceOptions) -> Effort:
    """Acts and seconds per frame by condition.

    Parameters
    ----------
    costs : sequence of FrameCost
        Of one coder.
    stretch_frames : int
        Control frames are drawn in stretches of so many frames of a recording; these are resampled.
    options : AssistanceOptions
        How.

    Returns
    -------
    Effort
        Empty where no frame was coded.
    """
    done = [cost for cost in costs if cost.committed]
    if not done:
        return Effort()
    sums = _sums(done, stretch_frames)
    conditions = []
    for number, one in enumerate(_CONDITIONS):
        own = [cost for cost in done if cost.condition is one]
        if not own:
            continue
        # Stretches of other conditions would only thin out the resamples.
        stretches = sums[sums[:, number, 0] > 0, number]
        acts, seconds = resampled(stretches, _means, options)
        conditions.append(
            ConditionEffort(
                one,
                len(own),
                len(stretches),
                acts,
                seconds,
                sum(cost.review_acts for cost in own),
                sum(cost.review_seconds for cost in own),
                sum(not cost.committed and cost.condition is one for cost in costs),
            )
        )
    return Effort(tuple(conditions), _difference(sums, options))


def _sums(done: Sequence[FrameCost], stretch_frames: int) -> Floats:
    """Frames, acts and seconds, ``[stretches, conditions, 3]``."""
    rows = np.zeros((len(done), len(_CONDITIONS), 3))
    for row, cost in enumerate(done):
        rows[row, _CONDITIONS.index(cost.condition)] = 1, cost.acts, cost.seconds
    return np.asarray(cluster_sums(rows, _stretches(done, stretch_frames)), dtype=np.float64)


def _stretches(done: Sequence[FrameCost], stretch_frames: int) -> NDArray[np.int64]:
    places = np.array([[cost.video_id, cost.frame // stretch_frames] for cost in done], dtype=np.int64)
    _, number = np.unique(places, axis=0, return_inverse=True)
    return np.asarray(number, dtype=np.int64).ravel()


def _means(sums: Floats) -> Floats:
    means: Floats = sums[..., 1:] / sums[..., :1]
    return means


def _difference(sums: Floats, options: AssistanceOptions) -> EffortDifference | None:
    control, assisted = (_CONDITIONS.index(one) for one in (Condition.CONTROL, Condition.ASSISTED))
    if not (sums[:, [control, assisted], 0].sum(axis=0) > 0).all():
        return None

    def compared(drawn: Floats) -> Floats:
        means = _means(drawn)
        one, other = means[..., assisted, :], means[..., control, :]
        # A ratio to nothing is no number; where control frames cost nothing there is nothing to save.
        return np.concatenate([one - other, np.where(other > 0, one / other, np.nan)], axis=-1)

    of_both = sums[sums[:, [control, assisted], 0].sum(axis=1) > 0]
    told: list[Estimate] = list(resampled(of_both, compared, options, why=_WHY))
    return EffortDifference(*told)
