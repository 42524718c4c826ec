"""Range, mean and standard deviation of what is known of the participants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Spread", "spread"]


@dataclass(frozen=True, slots=True)
class Spread:
    """How values are spread.

    Attributes
    ----------
    n : int
        How many values there are.
    low, high, mean : float or None
        None without values.
    sd : float or None
        Standard deviation of the sample (n - 1); None below two values.
    """

    n: int
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    sd: float | None = None


def spread(values: Sequence[float]) -> Spread:
    """Range, mean and standard deviation of some values, such as ages in years."""
    if not values:
        return Spread(0)
    numbers = np.asarray(values, dtype=np.float64)
    sd = float(numbers.std(ddof=1)) if len(numbers) > 1 else None
    return Spread(len(numbers), float(numbers.min()), float(numbers.max()), float(numbers.mean()), sd)
