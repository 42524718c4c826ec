"""Mean and standard deviation of pixels against numpy on all of them at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hrm_core.media.pixel_stats import PixelMeter, PixelStats

pictures = st.integers(1, 5).flatmap(
    lambda height: st.integers(1, 7).flatmap(lambda width: arrays(np.uint8, (height, width, 3)))
)


def _measured(entries: list[np.ndarray]) -> PixelStats:
    meter = PixelMeter()
    for entry in entries:
        meter.add(entry)
    result = meter.result()
    assert result is not None
    return result


@given(st.lists(pictures, min_size=1, max_size=6))
def test_as_numpy_on_the_concatenated_pixels(entries: list[np.ndarray]) -> None:
    everything = np.concatenate([entry.reshape(-1, 3) for entry in entries]).astype(np.float64) / 255
    stats = _measured(entries)
    assert (stats.pictures, stats.pixels) == (len(entries), len(everything))
    assert stats.mean == pytest.approx(everything.mean(axis=0), abs=1e-12)
    assert stats.sd == pytest.approx(everything.std(axis=0), abs=1e-12)


@given(st.lists(pictures, min_size=2, max_size=6), st.randoms())
def test_the_order_does_not_matter(entries: list[np.ndarray], order: object) -> None:
    shuffled = list(entries)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _measured(entries) == _measured(shuffled)


def test_many_nearly_equal_pixels_lose_no_digit() -> None:
    # Where sums of squares in floating point would cancel.
    rgb = np.full((500, 500, 3), 254, np.uint8)
    rgb[0, 0] = 255
    stats = _measured([rgb] * 8)
    share = 1 / rgb[:, :, 0].size
    assert stats.mean[0] == pytest.approx((254 + share) / 255, rel=1e-14)
    assert stats.sd[0] == pytest.approx(np.sqrt(share * (1 - share)) / 255, rel=1e-10)


def test_channels_are_red_green_blue() -> None:
    rgb = np.zeros((2, 2, 3), np.uint8)
    rgb[..., 0], rgb[..., 1] = 255, 51
    stats = _measured([rgb])
    assert stats.mean == pytest.approx((1.0, 0.2, 0.0))
    assert stats.sd == pytest.approx((0, 0, 0), abs=1e-15)


def test_nothing_measured_is_no_result() -> None:
    assert PixelMeter().result() is None


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (4, 3)])
def test_only_rgb_pictures(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="uint8"):
        PixelMeter().add(np.zeros(shape, np.uint8))
    with pytest.raises(ValueError, match="uint8"):
        PixelMeter().add(np.zeros((4, 4, 3)))  # type: ignore[arg-type]
