"""All eight ways to turn and mirror a picture."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame

from hrm_core.media.orientation import Orientation, orientation_of
from hrm_core.media.packets import decoded_from_start
from tests.core.media.clips import SIZE

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


def test_reading_it_does_not_keep_the_frame(clip: Callable[[str], Path]) -> None:
    gc.collect()
    gc.disable()
    try:
        frame = next(decoded_from_start(clip("turned.mp4")))
        assert orientation_of(frame).rotation_deg == 90
        del frame
        kept = [left.width for left in gc.get_objects() if isinstance(left, VideoFrame)]
    finally:
        gc.enable()
    # A whole frame would keep all the buffers of its decoder.
    assert SIZE[0] not in kept
