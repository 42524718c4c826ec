"""Bands that people give by hand cover both eyes, however they are given."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.faces.align import five_point_template
from hrm_core.faces.eye_mask import apply_mask, eye_band
from hrm_core.faces.hand_band import band_of_centres, band_of_corners
from hrm_core.records.face import Face


@given(st.floats(-180, 180), st.floats(0.3, 3), st.booleans())
def test_centres_give_the_band_that_a_detector_would(angle: float, scale: float, swapped: bool) -> None:
    turn = np.exp(1j * np.deg2rad(angle)) * scale
    at = five_point_template(112) @ (1, 1j) * turn + 300
    five = np.stack([at.real, at.imag], axis=1)
    wanted = eye_band(Face(np.zeros(4), 1.0, five))
    given_band = band_of_centres(five[:2][:: -1 if swapped else 1])
    # In either order of the eyes it is the same band.
    assert np.abs(np.sort_complex(given_band @ (1, 1j)) - np.sort_complex(wanted @ (1, 1j))).max() < 0.05 * (
        np.abs(five[1] - five[0]).max() + 1
    )


@pytest.mark.parametrize("centres", [[(5, 5), (5, 5)], [(5, 5), (np.nan, 1)]])
def test_centres_that_are_none_are_refused(centres: list[tuple[float, float]]) -> None:
    with pytest.raises(InvalidFileError, match="centre of each"):
        band_of_centres(centres)


_BOX = [(20.0, 20.0), (80.0, 25.0), (78.0, 50.0), (18.0, 45.0)]


@pytest.mark.parametrize("corners", list(permutations(_BOX)))
def test_corners_may_come_in_any_order(corners: tuple[tuple[float, float], ...]) -> None:
    band = band_of_corners(corners, 100, 100)
    masked = apply_mask(np.full((100, 100, 3), 255, np.uint8), band)
    # Clicked crosswise, corners would leave two triangles of an eye uncovered.
    for at in [(25, 25), (25, 42), (75, 30), (75, 46), (50, 35)]:
        assert masked[at[1], at[0]].max() < 255


def _shifted(by: float) -> NDArray[np.float64]:
    return np.array(_BOX) + by


@pytest.mark.parametrize(
    "corners",
    [
        [(0, 0), (10, 10), (20, 20), (30, 30)],
        [(0, 0), (40, 0), (20, 30), (20, 10)],
        [(5, 5)] * 4,
        [(0, 0), (1, 0), (1, 1), (0, 1)],
        [(0, 0), (np.nan, 0), (10, 10), (0, 10)],
        _shifted(100),
        _shifted(-90),
        _shifted(1e9),
    ],
)
def test_what_covers_nothing_is_refused(corners: object) -> None:
    with pytest.raises(InvalidFileError, match=r"corners|pixels"):
        band_of_corners(corners, 100, 100)  # type: ignore[arg-type]


def test_a_band_may_reach_beyond_the_picture() -> None:
    assert np.allclose(band_of_corners(_shifted(-30), 100, 100).min(), -12)
