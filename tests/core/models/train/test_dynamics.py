"""Dynamics of a segment, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hrm_core.models.train.dynamics import FEATURES, dynamics
from hrm_core.models.train.windows import Segment


def test_counted_by_hand() -> None:
    # Two actions; a gap between frames 3 and 9.
    frames = np.array([0, 1, 2, 3, 9, 10])
    codes = np.array([[0, 0], [1, 2], [1, 2], [0, 2], [1, 0], [0, 0]], dtype=np.uint8)
    found = dict(zip(FEATURES, dynamics(Segment("1", "a", frames, codes, 2.0)).tolist(), strict=True))
    # Six frames of action: three each. The first run turns 2 + 0 + 1 times, the second once.
    assert found == pytest.approx(
        {
            "density": 6 / 6,
            "switches": 4 / 6,
            # Begun at frame 1 both, and there at frame 9: three episodes.
            "duration": np.log(6 / 3),
            "together": 2 / 4,
            "one_sided": 3 / 6,
            "variety": 4 / 6,
        }
    )


def test_a_face_at_rest() -> None:
    found = dynamics(Segment("1", "a", np.arange(20), np.zeros((20, 3), np.uint8), 2.0))
    assert found.tolist() == [0, 0, 0, 0, 0, 1 / 20]
