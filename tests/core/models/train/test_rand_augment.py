"""RandAugment's changes against Pillow's, and what is drawn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch import Tensor

from hrm_core.models.train.rand_augment import CHANGES, rand_augment

SIDE = 48


def smooth() -> Tensor:
    """A synthetic picture of soft patches, [1, 3, 48, 48], on the 256 levels of a picture file."""
    coarse = np.random.default_rng(3).integers(30, 220, (5, 5, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).unsqueeze(0).float() / 255


def pillow(picture: Tensor) -> Image.Image:
    return Image.fromarray((picture[0] * 255).round().byte().permute(1, 2, 0).numpy())


def tensor(picture: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255


def changed(name: str, strength: float) -> Tensor:
    return CHANGES[name](smooth(), torch.tensor([strength]))[0]


LEVELS = 1.5 / 255
"""Pillow rounds each step to whole levels."""


@pytest.mark.parametrize("strength", [-0.9, 0.8])
@pytest.mark.parametrize(
    ("name", "enhance"),
    [
        ("saturation", ImageEnhance.Color),
        ("contrast", ImageEnhance.Contrast),
        ("brightness", ImageEnhance.Brightness),
        ("sharpness", ImageEnhance.Sharpness),
    ],
)
def test_enhancements_are_pillows(name: str, enhance, strength: float) -> None:
    wanted = tensor(enhance(pillow(smooth())).enhance(1 + 0.9 * strength))
    assert (changed(name, strength).clamp(0, 1) - wanted).abs().max() <= LEVELS


@pytest.mark.parametrize("strength", [-0.9, 0.9])
def test_changes_of_levels_are_pillows(strength: float) -> None:
    picture = pillow(smooth())
    for name, wanted in {
        "auto contrast": ImageOps.autocontrast(picture),
        "equalise": ImageOps.equalize(picture),
        "invert": ImageOps.invert(picture),
        # 4 - int(0.9 · 4) = 1 bit; a threshold of 256 - int(0.9 · 256) = 26.
        "posterise": ImageOps.posterize(picture, 1),
        "solarise": ImageOps.solarize(picture, 26),
    }.items():
        assert (changed(name, strength) - tensor(wanted)).abs().max() <= LEVELS, name


def test_solarise_and_add_by_hand() -> None:
    # 0.9 · 110 / 255 = 0.388 is added below the middle, to 1 at most.
    picture = torch.tensor([0.0, 0.2, 0.49, 0.5, 1.0]).reshape(1, 1, 1, 5).expand(1, 3, 1, 5)
    found = CHANGES["solarise and add"](picture, torch.tensor([0.9]))
    wanted = torch.tensor([0.388235, 0.588235, 0.878235, 0.5, 1.0])
    torch.testing.assert_close(found[0, 0, 0], wanted)


@pytest.mark.parametrize("strength", [-0.9, 0.9])
def test_rotation_is_pillows(strength: float) -> None:
    # By 27 degrees; Pillow's positive turn is counter-clockwise.
    wanted = tensor(pillow(smooth()).rotate(-30 * strength, Image.Resampling.BILINEAR))
    inner = slice(12, -12)
    found = changed("rotate", strength)
    assert (found - wanted)[:, inner, inner].abs().max() < 0.02
    # The other way round it is another picture.
    other = tensor(pillow(smooth()).rotate(30 * strength, Image.Resampling.BILINEAR))
    assert (found - other)[:, inner, inner].abs().max() > 0.1


@pytest.mark.parametrize(("name", "axis"), [("shear x", 0), ("shear y", 1)])
def test_shear_moves_lines_and_leaves_the_middle(name: str, axis: int) -> None:
    picture = torch.zeros(1, 3, 41, 41)
    # A line through the middle, along the axis that is moved across.
    line = (slice(None), slice(None), slice(None), 20) if axis == 0 else (slice(None), slice(None), 20)
    picture[line] = 1
    found = CHANGES[name](picture, torch.tensor([1.0]))[0, 0]
    found = found if axis == 0 else found.T
    # 0.3 pixels for each line away from the middle: 3 at ten lines.
    assert found[20].argmax() == 20
    assert abs(int(found[30].argmax()) - 20) == 3
    assert int(found[30].argmax()) - 20 == 20 - int(found[10].argmax())


@pytest.mark.parametrize(("name", "axis"), [("shift x", 2), ("shift y", 1)])
def test_shifts_are_a_tenth_at_most(name: str, axis: int) -> None:
    picture = torch.rand(1, 3, 40, 40)
    found = CHANGES[name](picture, torch.tensor([1.0]))[0]
    wanted = picture[0].roll(4, axis)
    wanted.narrow(axis, 0, 4).zero_()
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", CHANGES)
def test_each_picture_is_changed_by_its_own_strength(name: str) -> None:
    pictures = smooth().expand(3, -1, -1, -1).contiguous()
    strengths = torch.tensor([0.9, -0.2, 0.5])
    together = CHANGES[name](pictures, strengths)
    for row in range(3):
        alone = CHANGES[name](pictures[row : row + 1], strengths[row : row + 1])
        torch.testing.assert_close(together[row : row + 1], alone)


def test_pictures_get_two_changes_or_fewer_and_stay_pictures() -> None:
    torch.manual_seed(4)
    pictures = smooth().expand(256, -1, -1, -1).contiguous()
    before = pictures.clone()
    found = rand_augment(pictures)
    assert torch.equal(pictures, before)
    assert found.min() >= 0
    assert found.max() <= 1
    # Both changes are left out of a quarter of the pictures: 64 of 256, give or take four sd.
    left = sum(torch.equal(one, other) for one, other in zip(found, before, strict=True))
    assert 36 <= left <= 92
    # And where something is done it is seldom the same.
    different = {tuple(one.flatten()[::97].tolist()) for one in found}
    assert len(different) > 120


def test_the_same_seed_changes_alike() -> None:
    pictures = torch.rand(16, 3, 32, 32)
    torch.manual_seed(5)
    first = rand_augment(pictures)
    torch.manual_seed(5)
    assert torch.equal(rand_augment(pictures), first)
    assert not torch.equal(rand_augment(pictures), first)
