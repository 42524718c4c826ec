"""Pictures as networks take them: resized, scaled and normalised exactly as in training."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hrm_core.models.card import InputSpec
from hrm_core.models.libraries import require_pillow

__all__ = ["prepared", "squeezed"]

_PILLOW_BILINEAR = "pil-bilinear"


def prepared(rgb: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.float32]:
    """One picture as a network takes it.

    The picture is squeezed to a square by Pillow's bilinear filter (a triangle as wide as the
    shrinkage, so antialiased; OpenCV's bilinear gives other pixels), divided by 255, and
    normalised channel by channel in float32, as torchvision's ``Resize``, ``ToTensor`` and
    ``Normalize`` do to a Pillow picture (``reference/networks/NETWORKS.md`` §0).

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
    if rgb.shape[:2] != (spec.size, spec.size):
        if spec.resize != _PILLOW_BILINEAR:
            raise ValueError(f"there is no way {spec.resize!r} to resize pictures, only {_PILLOW_BILINEAR!r}")
        rgb = squeezed(rgb, spec.size)
    levels = _levels(spec.mean, spec.std)
    picture = np.empty((3, spec.size, spec.size), dtype=np.float32)
    for channel in range(3):
        # A table of 256 values costs less than three passes of arithmetic, to the same last bit.
        np.take(levels[channel], rgb[..., channel], out=picture[channel], mode="clip")
    return picture


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
