"""All eight ways to turn and mirror a picture."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from hrm_core.media.orientation import Orientation

_PICTURE = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


@pytest.mark.parametrize(
    "orientation", [Orientation(*steps) for steps in itertools.product((False, True), repeat=3)]
)
def test_turn_and_mirror_describe_what_is_done(orientation: Orientation) -> None:
    expected = _PICTURE[:, ::-1] if orientation.mirrored else _PICTURE
    expected = np.rot90(expected, -orientation.rotation_deg // 90)
    shown = orientation.apply(_PICTURE)
    assert np.array_equal(shown, expected)
    assert orientation.shown_size(3, 2) == (shown.shape[1], shown.shape[0])
