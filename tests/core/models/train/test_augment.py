"""Random changes of training pictures: repeatable, different for each, and true to their labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from hrm_core.models.train.augment import Augment, plain
from hrm_core.models.train.recipe import Augmentation
from hrm_core.models.train.recipes import recipe

PUBLISHED = ("resnet50", "emofan", "me_graphau_edge", "mae_face")
"""One network for each chain of changes."""


def noise(count: int, side: int) -> Tensor:
    return torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8)


def same(count: int, side: int) -> Tensor:
    """The same picture so many times."""
    return noise(1, side).expand(count, -1, -1, -1).contiguous()


def scaled(batch: Tensor) -> Tensor:
    return batch.float() / 255


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(6)


def test_no_changes_are_none() -> None:
    batch = noise(4, 32)
    found = Augment(Augmentation(), 32)(batch)
    assert found.dtype == torch.float32
    assert torch.equal(found, scaled(batch))


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_same_seed_gives_the_same_pictures(name: str) -> None:
    each = recipe(name)
    augment, batch = Augment(each.augmentation, each.input_size), noise(4, each.cache_size)
    before = batch.clone()
    torch.manual_seed(1)
    first = augment(batch)
    torch.manual_seed(1)
    # A chain made anew, as in a run that goes on, draws what the old one would have drawn.
    second = Augment(each.augmentation, each.input_size)(batch)
    assert torch.equal(first, second)
    assert not torch.equal(augment(batch), first)
    assert torch.equal(batch, before)


@pytest.mark.parametrize("name", PUBLISHED)
def test_pictures_are_the_same_in_either_layout_of_memory(name: str) -> None:
    # As the cache has them, by arithmetic that is allowed where a run must be repeatable to the last bit.
    each = recipe(name)
    augment, batch = Augment(each.augmentation, each.input_size), noise(4, each.cache_size)
    torch.manual_seed(1)
    first = augment(batch)
    torch.use_deterministic_algorithms(True)
    try:
        torch.manual_seed(1)
        second = augment(batch.to(memory_format=torch.channels_last))
    finally:
        torch.use_deterministic_algorithms(False)
    torch.testing.assert_close(first, second, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", PUBLISHED)
def test_pictures_of_a_batch_are_changed_each_by_itself_and_stay_pictures(name: str) -> None:
    each = recipe(name)
    found = Augment(each.augmentation, each.input_size)(same(6, each.cache_size))
    assert found.shape == (6, 3, each.input_size, each.input_size)
    assert found.dtype == torch.float32
    assert found.min() >= 0
    assert found.max() <= 1
    for first in range(6):
        for second in range(first):
            assert not torch.equal(found[first], found[second])


@pytest.mark.parametrize("name", ["resnet50", "emofan", "me_graphau", "mae_face", "fmae_iat"])
def test_small_recipes_make_pictures_of_the_networks_size(name: str) -> None:
    each = recipe(name, "smoke")
    batch = noise(2, each.cache_size)
    side = each.input_size
    assert Augment(each.augmentation, side)(batch).shape == (2, 3, side, side)
    assert plain(batch, each).shape == (2, 3, side, side)


def test_flips_mirror() -> None:
    batch = noise(400, 8)
    found = Augment(Augmentation(flip=0.5), 8)(batch)
    mirrored = (found == scaled(batch).flip(3)).flatten(1).all(1)
    kept = (found == scaled(batch)).flatten(1).all(1)
    assert (mirrored ^ kept).all()
    # Half of 400, give or take four standard deviations.
    assert 160 <= mirrored.sum() <= 240


def test_a_random_cut_is_a_window_of_the_picture() -> None:
    batch = noise(60, 20)
    found = Augment(Augmentation(crop=16), 16)(batch)
    windows = scaled(batch).unfold(2, 16, 1).unfold(3, 16, 1)
    apart = (windows - found[:, :, None, None]).abs().amax((1, 4, 5)).flatten(1)
    assert (apart.min(1).values < 1e-4).all()
    # All 25 places are drawn; at least most of them in sixty tries.
    assert len(apart.argmin(1).unique()) > 15


def test_evaluation_cuts_out_the_middle() -> None:
    each = replace(recipe("me_graphau"), cache_size=20, input_size=16, augmentation=Augmentation(crop=16))
    batch = noise(3, 20)
    assert torch.equal(plain(batch, each), scaled(batch)[:, :, 2:18, 2:18])


@pytest.mark.parametrize("name", PUBLISHED)
def test_evaluation_changes_nothing_else(name: str) -> None:
    each = recipe(name)
    batch = noise(2, each.cache_size)
    edge = (each.cache_size - each.input_size) // 2
    inner = slice(edge, edge + each.input_size)
    assert torch.equal(plain(batch, each), scaled(batch)[:, :, inner, inner])


def test_shrinking_is_pillows() -> None:
    batch = noise(1, 40)
    picture = Image.fromarray(batch[0].permute(1, 2, 0).numpy())
    wanted = np.array(picture.resize((16, 16), Image.Resampling.BILINEAR)).transpose(2, 0, 1) / 255
    smaller = replace(recipe("resnet50", "smoke"), cache_size=40, input_size=16, augmentation=Augmentation())
    for found in (plain(batch, smaller), Augment(Augmentation(), 16)(batch)):
        # Pillow rounds after each of its two passes.
        assert np.abs(found[0].numpy() - wanted).max() <= 1.5 / 255


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name != "mae_face"])
def test_brows_and_mouth_stay_in_the_picture(name: str) -> None:
    # Where the demo study's and OpenFace's crops have brows and lips: rows 0.28 and 0.8 of the height.
    each = recipe(name)
    side = each.cache_size
    batch = torch.zeros(40, 3, side, side, dtype=torch.uint8)
    brows, lips = round(0.28 * side), round(0.8 * side)
    batch[:, 0, brows - 4 : brows + 4, side // 3 : 2 * side // 3] = 255
    batch[:, 1, lips - 4 : lips + 4, side // 3 : 2 * side // 3] = 255
    geometry = replace(each.augmentation, colour=0.0)
    red, green, _ = Augment(geometry, each.input_size)(batch).unbind(1)
    whole = 8 * side / 3
    for channel in (red, green):
        # Zoomed out by a quarter each way, (3/4)² of it is left.
        assert (channel.sum((1, 2)) >= 0.5 * whole).all()
    rows = torch.arange(each.input_size).float()[:, None]
    heights = [(channel * rows).sum((1, 2)) / channel.sum((1, 2)) for channel in (red, green)]
    assert (heights[0] < heights[1]).all()


def test_parts_are_four_fifths_at_least_with_brows_and_mouth() -> None:
    changes = replace(recipe("mae_face").augmentation, rand_augment=False, erase=0.0, flip=0.0)
    side = 96
    ramp = torch.linspace(0, 255, side).round().byte()
    batch = torch.stack((ramp.expand(side, side), ramp.expand(side, side).T, torch.zeros(side, side).byte()))
    found = Augment(changes, side)(batch.expand(200, -1, -1, -1).contiguous())
    width = found[:, 0].amax((1, 2)) - found[:, 0].amin((1, 2))
    height = found[:, 1].amax((1, 2)) - found[:, 1].amin((1, 2))
    # √0.8 = 0.894 of either side, less a pixel.
    assert (width >= 0.88).all()
    assert (height >= 0.88).all()
    assert width.min() < 0.93
    # The lowest and the highest part still hold rows 0.8 and 0.28.
    assert (found[:, 1].amax((1, 2)) > 0.85).all()
    assert (found[:, 1].amin((1, 2)) < 0.2).all()


def test_a_rotation_is_of_so_many_degrees_at_most() -> None:
    side = 101
    batch = torch.zeros(60, 3, side, side, dtype=torch.uint8)
    batch[:, :, 49:52, 88:93] = 255  # 40 pixels to the right of the middle
    found = Augment(Augmentation(rotation=15.0), side)(batch)[:, 0]
    place = torch.arange(side).float() - 50
    total = found.sum((1, 2))
    right = (found * place).sum((1, 2)) / total
    down = (found * place[:, None]).sum((1, 2)) / total
    degrees = torch.rad2deg(torch.atan2(down, right))
    assert degrees.abs().max() <= 15.5
    assert degrees.max() > 10
    assert degrees.min() < -10
    torch.testing.assert_close((right**2 + down**2).sqrt(), torch.full((60,), 40.0), atol=0.6, rtol=0)


def test_erasing_puts_noise_into_a_rectangle() -> None:
    batch = torch.full((300, 3, 30, 30), 128, dtype=torch.uint8)
    found = Augment(Augmentation(erase=0.25), 30)(batch)
    changed = (found != scaled(batch)).any(1)
    touched = changed.flatten(1).any(1)
    # A quarter of 300, give or take four standard deviations.
    assert 45 <= touched.sum() <= 105
    for mask, picture in zip(changed[touched], found[touched], strict=True):
        rows, columns = mask.any(1), mask.any(0)
        assert torch.equal(mask, rows[:, None] & columns)
        assert 0.01 <= mask.float().mean() <= 0.36
        if mask.sum() > 60:
            assert picture[:, mask].std() > 0.2


def test_grey_pictures_have_their_luminance() -> None:
    batch = noise(4, 16)
    found = Augment(Augmentation(grey=1.0), 16)(batch)
    wanted = [np.array(Image.fromarray(each.permute(1, 2, 0).numpy()).convert("L")) / 255 for each in batch]
    for channel in range(3):
        assert np.abs(found[:, channel].numpy() - np.stack(wanted)).max() <= 1 / 255


def test_colours_change_by_so_much_at_most() -> None:
    grey = torch.full((200, 3, 8, 8), 100, dtype=torch.uint8)
    # Of an even grey only the brightness can change: 100/255 · [0.6, 1.4].
    found = Augment(Augmentation(colour=0.4), 8)(grey)[:, 0, 0, 0] * 255
    assert 59.9 <= found.min() < 70
    assert 130 < found.max() <= 140.1
    # And no turn of hues can show.
    found = Augment(Augmentation(hue=0.1), 8)(grey)
    torch.testing.assert_close(found, scaled(grey), atol=1e-5, rtol=0)
    assert not torch.allclose(Augment(Augmentation(hue=0.1), 8)(noise(4, 8)), scaled(noise(4, 8)))


# Of 0.2, 0.4 and 0.6 with a strength of 0.2; means and saturations after.
# Lowest: gamma e^-0.2 = 0.818731 makes 0.267751, 0.472274, 0.658212; gain 0.84 and offset -0.06 make
# 0.164911, 0.336710, 0.492898; their mean is 0.331506, and a saturation of 0.6 leaves 0.6 of what each is
# off it.  Highest: gamma e^0.2 = 1.221403 makes 0.140048, 0.326554, 0.535838; gain 1.16 and offset 0.06 make
# 0.222455, 0.438803, 0.681572; their mean is 0.447610, and the saturation 1.12.
@pytest.mark.parametrize(
    ("highest", "wanted"), [(False, (0.231549, 0.334629, 0.428341)), (True, (0.195437, 0.437746, 0.709647))]
)
def test_a_tint_by_hand(highest: bool, wanted: tuple[float, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        torch.Tensor, "uniform_", lambda drawn, low, high: drawn.fill_(high if highest else low)
    )
    batch = torch.tensor([51, 102, 153], dtype=torch.uint8).reshape(1, 3, 1, 1).expand(2, 3, 4, 4)
    found = Augment(Augmentation(tint=0.2), 4)(batch)
    torch.testing.assert_close(
        found, torch.tensor(wanted).reshape(1, 3, 1, 1).expand_as(found), atol=2e-6, rtol=0
    )


def test_a_tint_is_drawn_for_each_picture_and_channel_alike_after_the_same_seed() -> None:
    batch = torch.full((20, 3, 4, 4), 128, dtype=torch.uint8)
    augment = Augment(Augmentation(tint=0.3), 4)
    torch.manual_seed(1)
    first = augment(batch)
    torch.manual_seed(1)
    assert torch.equal(augment(batch), first)
    # Even grey becomes another even colour in each: nothing but the colour changes.
    assert torch.equal(first, first[:, :, :1, :1].expand_as(first))
    colours = first[:, :, 0, 0]
    assert len(colours.unique(dim=0)) == 20
    assert ((colours[:, 0] - colours[:, 1]).abs() > 0.01).float().mean() > 0.7
