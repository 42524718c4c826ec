"""Pictures as networks take them: resized, scaled and normalised exactly as in training."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hrm_core.models.card import InputSpec
from hrm_core.models.libraries import require_pillow

__all__ = ["LEAST_CONTRAST", "part_of", "prepared", "squeezed"]

_PILLOW_BILINEAR = "pil-bilinear"

LEAST_CONTRAST = 1e-3
"""Added to the deviation of a picture that is divided by it, so that a grey one stays a number."""


def prepared(rgb: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.float32]:
    """One picture as a network takes it.

    The picture is squeezed to a square by Pillow's bilinear filter (a triangle as wide as the
    shrinkage, so antialiased; OpenCV's bilinear gives other pixels), divided by 255, and
    normalised channel by channel in float32, as torchvision's ``Resize``, ``ToTensor`` and
    ``Normalize`` do to a Pillow picture (``reference/networks/NETWORKS.md`` §0).  Where a card says
    so, a part of it is cut out before, it is brought to the size in two steps, or its own mean
    and deviation are taken, as :mod:`hrm_core.models.train` does.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        An aligned face, RGB.
    spec : InputSpec
        What the model's card says of its input.

    Returns
    -------
    ndarray of float32, shape (3, size, size)
        Red, green and blue, C-contiguous.

    Raises
    ------
    MissingLibraryError
        If the picture is of another size and Pillow is not installed.
    ValueError
        If `rgb` is not an RGB picture, or the card is of a network that takes no pictures or
        resizes in a way that is not known.
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
        raise ValueError(f"expected uint8 [height, width, 3], not {rgb.dtype} {rgb.shape}")
    if len(spec.mean) != 3 or len(spec.std) != 3:
        raise ValueError("the network takes no pictures: its card names no mean and std for three channels")
    if spec.cut is not None:
        rgb = part_of(rgb, spec.cut)
    first = spec.first_size or spec.size
    if rgb.shape[:2] != (first, first):
        if spec.resize != _PILLOW_BILINEAR:
            raise ValueError(f"there is no way {spec.resize!r} to resize pictures, only {_PILLOW_BILINEAR!r}")
        rgb = squeezed(rgb, first)
    if spec.middle:
        begin = (first - spec.size) // 2
        rgb = rgb[begin : begin + spec.size, begin : begin + spec.size]
    whole = rgb.shape[0] == spec.size
    if whole and spec.normalised_by == "card":
        return _looked_up(rgb, spec)
    picture = rgb.transpose(2, 0, 1).astype(np.float32) / np.float32(255)
    return _normalised(picture if whole else _resized(picture, spec.size), spec)


def part_of(rgb: NDArray[np.uint8], cut: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    """A part of a picture.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        The picture.
    cut : (float, float, float, float)
        Left, top, right and bottom, as shares of its width and height.

    Returns
    -------
    ndarray of uint8, shape (part_height, part_width, 3)
        A view of it.
    """
    height, width = rgb.shape[:2]
    left, top, right, bottom = (
        round(share * side) for share, side in zip(cut, (width, height, width, height), strict=True)
    )
    return rgb[top:bottom, left:right]


def _looked_up(rgb: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.float32]:
    """A picture of its final size, normalised as its card says."""
    levels = _levels(spec.mean, spec.std)
    picture = np.empty((3, spec.size, spec.size), dtype=np.float32)
    for channel in range(3):
        # A table of 256 values costs less than three passes of arithmetic, to the same last bit.
        np.take(levels[channel], rgb[..., channel], out=picture[channel], mode="clip")
    return picture


def _resized(picture: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Three channels in [0, 1] brought to another size without rounding to whole levels."""
    require_pillow()
    from PIL import Image

    resized = [
        Image.fromarray(channel).resize((size, size), Image.Resampling.BILINEAR) for channel in picture
    ]
    return np.stack([np.asarray(channel) for channel in resized])


def _normalised(picture: NDArray[np.float32], spec: InputSpec) -> NDArray[np.float32]:
    if spec.normalised_by == "card":
        mean, std = (np.asarray(each, dtype=np.float32)[:, None, None] for each in (spec.mean, spec.std))
    else:
        # Over all channels together, so that what is bright stays so beside what is dark.
        mean = picture.mean(dtype=np.float64).astype(np.float32)
        std = picture.std(dtype=np.float64, ddof=1).astype(np.float32) + np.float32(LEAST_CONTRAST)
    normalised: NDArray[np.float32] = np.ascontiguousarray((picture - mean) / std)
    return normalised


def squeezed(rgb: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """One picture brought to a square by Pillow's bilinear filter; itself if it is of that size.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        An aligned face, RGB.
    size : int
        Height and width in pixels.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
        RGB.

    Raises
    ------
    MissingLibraryError
        If the picture is of another size and Pillow is not installed.
    """
    if rgb.shape[:2] == (size, size):
        return rgb
    require_pillow()
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(rgb))
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR))


@lru_cache(maxsize=8)
def _levels(mean: tuple[float, ...], std: tuple[float, ...]) -> NDArray[np.float32]:
    """What each of the 256 levels becomes in each channel, shape (3, 256)."""
    parts = np.arange(256, dtype=np.float32) / np.float32(255)
    centred = parts - np.asarray(mean, dtype=np.float32)[:, np.newaxis]
    levels: NDArray[np.float32] = centred / np.asarray(std, dtype=np.float32)[:, np.newaxis]
    levels.flags.writeable = False
    return levels
