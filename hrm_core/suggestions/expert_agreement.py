"""How often actions are there, by an expert and by a model: intraclass correlations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import Estimate
from hrm_core.records.assistance_results import AssistanceOptions, RateAgreement
from hrm_core.stats.detection import decision_sums
from hrm_core.stats.icc import ICC, icc
from hrm_core.stats.two_by_two import Counts, icc_of_counts
from hrm_core.suggestions.estimates import Floats, resampled

__all__ = ["rate_agreement"]

_WHY = "never or always there, by expert and model alike"


def rate_agreement(
    actions: Sequence[str],
    coded: NDArray[np.bool_],
    proposed: NDArray[np.bool_],
    known: NDArray[np.bool_],
    child: NDArray[np.int64],
    options: AssistanceOptions,
) -> tuple[RateAgreement, ...]:
    """ICC of the children's shares of frames with an action, and of presence frame by frame.

    Parameters
    ----------
    actions : sequence of str
        Keys, in the order of the columns.
    coded, proposed, known : ndarray of bool, shape (n_frames, n_actions)
        What the expert and the model say, and where both say something.
    child : ndarray of int64, shape (n_frames,)
        Whose frame it is.
    options : AssistanceOptions
        How.

    Returns
    -------
    tuple of RateAgreement
        Of actions with a known decision.
    """
    cells = decision_sums(coded, proposed, known, child).astype(np.float64)
    decided = cells.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.stack([cells[..., 0] + cells[..., 1], cells[..., 0] + cells[..., 2]], axis=-1)
        rates /= decided[..., None]
    # [actions, children, expert and model]; a child without a known frame is a target without rating.
    ratings = np.moveaxis(rates, 0, 1)
    consistency, agreement = (icc(ratings, form, options.level) for form in ("3,1", "2,1"))
    by_frame = resampled(cells, _presence, options, unit=("child", "children"), why=_WHY)
    total = cells.sum(axis=0)
    return tuple(
        RateAgreement(
            key,
            int((decided[:, place] > 0).sum()),
            float((total[place, 0] + total[place, 1]) / total[place].sum()),
            float((total[place, 0] + total[place, 2]) / total[place].sum()),
            _estimate(consistency, place),
            _estimate(agreement, place),
            by_frame[place],
        )
        for place, key in enumerate(actions)
        if total[place].sum()
    )


def _presence(cells: Floats) -> Floats:
    return np.asarray(icc_of_counts(Counts.unstack(cells)), dtype=np.float64)


def _estimate(found: ICC, place: int) -> Estimate:
    value = float(found.value[place])
    if not np.isfinite(value):
        return Estimate(None, why=found.reason[place])
    low, high = float(found.low[place]), float(found.high[place])
    return Estimate(
        value,
        low if np.isfinite(low) else None,
        high if np.isfinite(high) else None,
        note=found.note[place],
    )
