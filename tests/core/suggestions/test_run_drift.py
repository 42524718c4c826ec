"""What changed between two runs, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hrm_core.suggestions.run_drift import action_drift


def test_changes_are_counted_by_action_and_in_all() -> None:
    older = np.array([[0.2, 0.9], [0.6, 0.4], [0.5, 0.5]])
    newer = np.array([[0.4, 0.9], [0.6, 0.8], [0.2, 0.5]])
    overall, (first, second) = action_drift(("AU1", "AU4"), (older, newer), (older >= 0.5, newer >= 0.5))
    assert (first.action, first.decisions, first.older, first.newer, first.changed) == ("AU1", 3, 2, 1, 1)
    assert first.mean_change == pytest.approx(0.5 / 3)
    assert (second.older, second.newer, second.changed) == (2, 3, 1)
    assert (overall.action, overall.decisions, overall.changed) == ("", 6, 2)
    assert overall.mean_change == pytest.approx(0.9 / 6)
