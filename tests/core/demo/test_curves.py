from __future__ import annotations

import numpy as np

from hrm_core.demo.curves import brush_outline, closed_curve, open_curve, smoothstep

CORNERS = np.array([[0.0, 0.0], [10.0, 2.0], [14.0, 9.0], [3.0, 12.0]])


def test_curves_pass_through_their_points() -> None:
    assert np.allclose(closed_curve(CORNERS)[::8], CORNERS)
    assert np.allclose(open_curve(CORNERS)[::8], CORNERS)


def test_a_brush_is_as_wide_as_asked_in_its_middle() -> None:
    line = open_curve(np.array([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0]]))
    outline = brush_outline(line, 4.0)

    assert np.isclose(np.ptp(outline[:, 1]), 4.0)


def test_smoothstep_stays_between_nothing_and_all() -> None:
    assert smoothstep(np.array([-1.0, 0.0, 0.5, 1.0, 2.0])).tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]
