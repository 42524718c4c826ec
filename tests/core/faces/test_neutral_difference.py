"""The difference to neutral: light is taken out, an action is not, and colours say how much."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.faces.laid import LaidPicture
from hrm_core.faces.neutral_difference import (
    BEYOND,
    COVERED,
    comparable,
    difference_colours,
    difference_picture,
    light_of,
    relative_difference,
)

SIDE = 240
FURROW = np.s_[150:162, 90:130]


def skin(seed: int = 0) -> NDArray[np.float64]:
    """A synthetic face: brightness of skin with some texture."""
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE
    texture = np.random.default_rng(seed).normal(0, 1.0, (SIDE, SIDE))
    return np.asarray(120 + 40 * np.sin(5 * rows) * np.cos(4 * columns) + texture)


def as_rgb(grey: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.repeat(np.clip(np.round(grey), 0, 255).astype(np.uint8)[..., np.newaxis], 3, axis=2)


def laid(rgb: NDArray[np.uint8]) -> LaidPicture:
    nothing = np.zeros(rgb.shape[:2], dtype=bool)
    return LaidPicture(rgb, ~nothing, nothing)


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.35, 0.2), st.floats(-0.4, 0.4), st.floats(-0.4, 0.4))
def test_brighter_or_sloping_light_is_no_difference_and_a_furrow_is(
    level: float, across: float, down: float
) -> None:
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE
    now = skin()
    now[FURROW] *= 0.6
    # Light as the formula has it: a plane in the logarithm of brightness + 16.
    now = (now + 16) * np.exp(level + across * (columns - 0.5) + down * (rows - 0.5)) - 16
    percent = relative_difference(light_of(as_rgb(now)), light_of(as_rgb(skin())))
    # Independently: what 60 % of the brightness is in percent of brightness + 16, without any light.
    truth = 100 * ((0.6 * skin()[154:158, 100:120] + 16) / (skin()[154:158, 100:120] + 16) - 1)
    assert abs(percent[154:158, 100:120].mean() - truth.mean()) < 2.5
    rest = percent.copy()
    rest[140:172, 80:140] = 0
    within = now[60:200, 60:200]
    assert np.abs(rest[60:200, 60:200][(within < 250) & (within > 0)]).max() < 6


def test_the_sign_is_that_of_the_change_and_nothing_known_is_nothing() -> None:
    now = skin()
    now[100:110, 60:70] += 60
    now[100:110, 160:170] -= 60
    percent = relative_difference(light_of(as_rgb(now)), light_of(as_rgb(skin())))
    assert percent[105, 65] > 25
    assert percent[105, 165] < -25
    assert (relative_difference(percent, percent, np.zeros(percent.shape, bool)) == 0).all()


def test_nothing_is_compared_near_what_is_covered_in_either_picture() -> None:
    now, neutral = laid(as_rgb(skin())), laid(as_rgb(skin()))
    now.covered[50:80, 40:200] = True
    neutral.covered[60:90, 40:200] = True
    neutral.inside[:, :20] = False
    known, covered = comparable(now, neutral)
    assert covered[50:90, 40:200].all()
    assert not known[48:92, 38:202].any()
    assert not known[:, :22].any()
    assert known[120:, 60:].all()
    percent = np.full((SIDE, SIDE), 80, np.float32)
    picture = difference_picture(percent, now.rgb, (known, covered), signed=True, full=50)
    assert (picture[covered] == COVERED).all()
    assert (picture[:, 10][~covered[:, 10]] == BEYOND).all()


def relative_luminance(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    linear = np.where(rgb / 255 <= 0.04045, rgb / 255 / 12.92, ((rgb / 255 + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ (0.2126, 0.7152, 0.0722))


def test_colours_are_told_apart_by_lightness_alone() -> None:
    for signed in (True, False):
        light = relative_luminance(difference_colours(signed=signed))
        # Levels of 8 bits are not finer.
        assert (np.diff(light) > -0.005).all()
        low, middle, high = light[0], light[127], light[-1]
        assert (high + 0.05) / (middle + 0.05) > (2.5 if signed else 1.5)
        assert not signed or (middle + 0.05) / (low + 0.05) > 2.5


def test_strong_differences_have_the_colours_of_the_scale_and_none_shows_the_face() -> None:
    rgb = as_rgb(skin())
    where = np.ones((SIDE, SIDE), bool), np.zeros((SIDE, SIDE), bool)
    for percent, colour in ((-70.0, 0), (70.0, 255)):
        full = np.full((SIDE, SIDE), percent, np.float32)
        picture = difference_picture(full, rgb, where, signed=True, full=50)
        assert np.abs(picture[10, 10].astype(int) - difference_colours(signed=True)[colour]).max() <= 1
        picture = difference_picture(full, rgb, where, signed=False, full=50)
        assert np.abs(picture[10, 10].astype(int) - difference_colours(signed=False)[255]).max() <= 1
    none = difference_picture(np.zeros((SIDE, SIDE), np.float32), rgb, where, signed=True, full=50)
    assert np.corrcoef(none[..., 0].ravel(), rgb[..., 0].ravel())[0, 1] > 0.98
