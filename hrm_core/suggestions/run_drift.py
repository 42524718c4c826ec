"""How differently two runs of models speak of the same frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.assistance_results import ActionDrift

__all__ = ["action_drift"]


def action_drift(
    actions: Sequence[str],
    probabilities: tuple[NDArray[np.floating], NDArray[np.floating]],
    proposed: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> tuple[ActionDrift, tuple[ActionDrift, ...]]:
    """Mean absolute change of probabilities, and proposals that changed.

    Parameters
    ----------
    actions : sequence of str
        Keys, in the order of the columns.
    probabilities : tuple of ndarray of float, each of shape (n_frames, n_actions)
        Of the older and the newer run; at least one frame and one action.
    proposed : tuple of ndarray of bool, each of shape (n_frames, n_actions)
        What each proposes.

    Returns
    -------
    tuple
        All actions together, and each.
    """
    change = np.abs(np.asarray(probabilities[1], np.float64) - np.asarray(probabilities[0], np.float64))
    older, newer = proposed
    columns = [
        ActionDrift(
            key,
            len(change),
            float(change[:, place].mean()),
            int(older[:, place].sum()),
            int(newer[:, place].sum()),
            int((older[:, place] != newer[:, place]).sum()),
        )
        for place, key in enumerate(actions)
    ]
    overall = ActionDrift(
        "",
        change.size,
        float(change.mean()),
        int(older.sum()),
        int(newer.sum()),
        int((older != newer).sum()),
    )
    return overall, tuple(columns)
