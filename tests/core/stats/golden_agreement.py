"""Reading the golden tables of agreement between raters."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

FOLDER = Path(__file__).parents[2] / "golden" / "statistics"


def names(kind: str) -> list[str]:
    return sorted(path.name for path in FOLDER.glob(f"{kind}_*.json"))


def table(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return read


def pair(name: str) -> tuple[NDArray[np.float64], NDArray[np.float64], dict[str, Any]]:
    read = table(name)
    first, second = (np.array(read["data"][side], dtype=np.float64) for side in ("rater_a", "rater_b"))
    return first, second, read["expected"]


def ratings(name: str) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Subjects by raters, NaN for missing."""
    read = table(name)
    return np.array(read["data"]["ratings"], dtype=np.float64), read["expected"]


def same(found: Any, expected: float | None, rel: float = 1e-8, absolute: float = 0.0) -> bool:
    """Equal, or both undefined (null in the tables)."""
    if expected is None:
        return math.isnan(found)
    return bool(found == pytest.approx(expected, rel=rel, abs=absolute))


def same_p(found: Any, expected: float | None) -> bool:
    """The tables' p come from 1 - P(...): they hold no digits below 1e-15."""
    return same(found, expected, absolute=1e-15)
