"""RandAugment (Cubuk et al., 2020) on the device, with other changes for each picture of a batch.

Changes, their strengths and how often they happen are those that masked auto-encoders are fine-tuned with
(two changes of magnitude 9 ± 0.5, increasing, each made or left out like a tossed coin), but that pictures
move by at most a tenth: brows and mouth stay where they can be seen, so labels stay true.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import kornia
import torch
from torch import Tensor

__all__ = ["CHANGES", "rand_augment"]

_LAYERS, _APPLIED = 2, 0.5
_MAGNITUDE, _DEVIATION, _STRONGEST = 9.0, 0.5, 10.0
_FARTHEST = 0.1
"""Share of the width and height; the published recipe has 0.45."""


def rand_augment(pictures: Tensor) -> Tensor:
    """Change each picture by up to two changes drawn at random.

    Parameters
    ----------
    pictures : Tensor of float32, shape [B, 3, H, W]
        RGB in [0, 1].

    Returns
    -------
    Tensor of float32, shape [B, 3, H, W]
        In [0, 1].
    """
    shape = (_LAYERS, len(pictures))
    # Drawn on the processor: which pictures a change takes must be known there.
    drawn = torch.randint(len(CHANGES), shape).where(torch.rand(shape) < _APPLIED, -1)
    strength = torch.normal(_MAGNITUDE, _DEVIATION, shape).clamp(0, _STRONGEST) / _STRONGEST
    signed = strength * (2 * torch.randint(2, shape) - 1)
    pictures = pictures.clone()
    for chosen, strengths in zip(drawn, signed, strict=True):
        for number, change in enumerate(CHANGES.values()):
            rows = (chosen == number).nonzero().squeeze(1)
            if len(rows):
                here = rows.to(pictures.device)
                pictures[here] = change(pictures[here], strengths[rows].to(pictures.device))
    return pictures.clamp_(0, 1)


def _auto_contrast(pictures: Tensor, _: Tensor) -> Tensor:
    return kornia.enhance.normalize_min_max(pictures)


def _equalise(pictures: Tensor, _: Tensor) -> Tensor:
    return kornia.enhance.equalize(pictures)


def _invert(pictures: Tensor, _: Tensor) -> Tensor:
    return 1 - pictures


def _posterise(pictures: Tensor, strength: Tensor) -> Tensor:
    bits = (4 - (4 * strength.abs()).int()).clamp(min=1)
    return kornia.enhance.posterize(pictures, bits)


def _solarise(pictures: Tensor, strength: Tensor) -> Tensor:
    return torch.where(pictures < _each(1 - strength.abs()), pictures, 1 - pictures)


def _solarise_add(pictures: Tensor, strength: Tensor) -> Tensor:
    brighter = (pictures + _each(strength.abs()) * 110 / 255).clamp(max=1)
    return torch.where(pictures < 0.5, brighter, pictures)


def _saturation(pictures: Tensor, strength: Tensor) -> Tensor:
    return kornia.enhance.adjust_saturation_with_gray_subtraction(pictures, _factor(strength))


def _contrast(pictures: Tensor, strength: Tensor) -> Tensor:
    return kornia.enhance.adjust_contrast_with_mean_subtraction(pictures, _factor(strength))


def _brightness(pictures: Tensor, strength: Tensor) -> Tensor:
    return kornia.enhance.adjust_brightness_accumulative(pictures, _factor(strength))


def _sharpness(pictures: Tensor, strength: Tensor) -> Tensor:
    return kornia.enhance.sharpness(pictures, _factor(strength))


def _rotate(pictures: Tensor, strength: Tensor) -> Tensor:
    turn = strength * math.pi / 6
    return _warped(pictures, turn.cos(), -turn.sin(), turn.sin(), turn.cos())


def _shear_x(pictures: Tensor, strength: Tensor) -> Tensor:
    one, none = torch.ones_like(strength), torch.zeros_like(strength)
    return _warped(pictures, one, 0.3 * strength, none, one)


def _shear_y(pictures: Tensor, strength: Tensor) -> Tensor:
    one, none = torch.ones_like(strength), torch.zeros_like(strength)
    return _warped(pictures, one, none, 0.3 * strength, one)


def _shift_x(pictures: Tensor, strength: Tensor) -> Tensor:
    return kornia.geometry.translate(
        pictures, torch.stack((strength * _FARTHEST * pictures.shape[3], 0 * strength), 1)
    )


def _shift_y(pictures: Tensor, strength: Tensor) -> Tensor:
    return kornia.geometry.translate(
        pictures, torch.stack((0 * strength, strength * _FARTHEST * pictures.shape[2]), 1)
    )


CHANGES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "auto contrast": _auto_contrast,
    "equalise": _equalise,
    "invert": _invert,
    "rotate": _rotate,
    "posterise": _posterise,
    "solarise": _solarise,
    "solarise and add": _solarise_add,
    "saturation": _saturation,
    "contrast": _contrast,
    "brightness": _brightness,
    "sharpness": _sharpness,
    "shear x": _shear_x,
    "shear y": _shear_y,
    "shift x": _shift_x,
    "shift y": _shift_y,
}
"""Each takes pictures [B, 3, H, W] and strengths [B] in [-1, 1]; what has no direction goes by their size."""


def _factor(strength: Tensor) -> Tensor:
    """Of an enhancement: 1 leaves a picture as it is."""
    return (1 + 0.9 * strength).clamp(min=0.1)


def _each(values: Tensor) -> Tensor:
    return values.reshape(-1, 1, 1, 1)


def _warped(pictures: Tensor, *matrix: Tensor) -> Tensor:
    """Pictures mapped about their centre by 2 × 2 matrices, given row by row; black where nothing was."""
    linear = torch.stack(matrix, 1).reshape(-1, 2, 2)
    height, width = pictures.shape[2:]
    centre = pictures.new_tensor([(width - 1) / 2, (height - 1) / 2])
    offset = centre - linear @ centre
    return kornia.geometry.warp_affine(
        pictures, torch.cat((linear, offset.unsqueeze(2)), 2), (height, width), align_corners=True
    )
