"""How often each action and each side code occurs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BaseRates", "add_up", "count_codes"]

_HIGHEST_CODE = 5


@dataclass(frozen=True, slots=True, eq=False)
class BaseRates:
    """Counts of codes over coded frames.

    Attributes
    ----------
    frames : int
        Coded frames.
    by_code : ndarray of int64, shape (n_actions, 5)
        Frames in which the action has code 1, 2, 3, 4, 5.
    """

    frames: int
    by_code: NDArray[np.int64]

    @property
    def occurrence(self) -> NDArray[np.int64]:
        """Frames in which each action is present on whichever side, shape (n_actions,)."""
        return np.asarray(self.by_code.sum(axis=1), dtype=np.int64)

    @property
    def percent(self) -> NDArray[np.float64]:
        """Occurrence in percent of the coded frames, shape (n_actions,); NaN without frames."""
        if not self.frames:
            return np.full(len(self.by_code), np.nan)
        return np.asarray(100 * self.occurrence / self.frames, dtype=np.float64)


def count_codes(codes: NDArray[np.uint8]) -> BaseRates:
    """Count the codes of each action.

    Parameters
    ----------
    codes : ndarray of uint8, shape (n_frames, n_actions)
        Codes 0-5, one row per coded frame.

    Raises
    ------
    ValueError
        If the shape is another one or a code is above 5.
    """
    if codes.ndim != 2:
        raise ValueError(f"expected codes [frames, actions], not {codes.shape}")
    if codes.size and codes.max() > _HIGHEST_CODE:
        raise ValueError("codes must be 0-5")
    counts = [np.count_nonzero(codes == code, axis=0) for code in range(1, _HIGHEST_CODE + 1)]
    return BaseRates(len(codes), np.stack(counts, axis=1).astype(np.int64))


def add_up(parts: Iterable[BaseRates], n_actions: int) -> BaseRates:
    """Counts over all parts together; zeros if there is none.

    Parameters
    ----------
    parts : iterable of BaseRates
        All of the same actions.
    n_actions : int
        How many actions that is.
    """
    frames, by_code = 0, np.zeros((n_actions, _HIGHEST_CODE), dtype=np.int64)
    for part in parts:
        frames += part.frames
        by_code += part.by_code
    return BaseRates(frames, by_code)
