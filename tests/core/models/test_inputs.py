"""Pictures reach a network as in training, pixel value by pixel value."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from hrm_core.models import libraries
from hrm_core.models.card import InputSpec
from hrm_core.models.inputs import prepared
from hrm_core.models.libraries import MissingLibraryError
from hrm_core.models.train.augment import normalised, plain
from hrm_core.models.train.face_cache import cached_faces
from hrm_core.models.train.recipe import Augmentation
from tests.support.training_study import SMALL

HRM_MEAN, HRM_STD = (0.4434122, 0.36354306, 0.35404983), (0.19467306, 0.19811313, 0.1991408)


def spec(size: int, *, plain: bool = False) -> InputSpec:
    """HRM's preparation, or one that leaves levels in [0, 1]."""
    mean, std = ((0.0,) * 3, (1.0,) * 3) if plain else (HRM_MEAN, HRM_STD)
    return InputSpec(size, "pil-bilinear", mean, std)


def levels(picture: NDArray[np.float32]) -> NDArray[np.float64]:
    """Levels 0-255, channels last, of what was prepared plainly."""
    return picture.transpose(1, 2, 0).astype(np.float64) * 255


def noise(height: int, width: int, seed: int = 1) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def triangle(length: int, size: int) -> NDArray[np.float64]:
    """Weights of an antialiased bilinear filter, shape (size, length), from its definition."""
    scale = length / size
    width = max(scale, 1.0)
    centres = (np.arange(size)[:, np.newaxis] + 0.5) * scale
    weights = np.maximum(0, 1 - np.abs(np.arange(length) + 0.5 - centres) / width)
    return weights / weights.sum(axis=1, keepdims=True)


def test_a_tiny_picture_is_shrunk_by_the_triangle_filter() -> None:
    # The weights of the two places are 3/7, 3/7, 1/7, 0 and 0, 1/7, 3/7, 3/7 along both axes;
    # 14 x + 49 y is 10 and 32 along x, plus 35 and 112 along y: no rounding anywhere.
    y, x = np.mgrid[:4, :4]
    plane = 14 * x + 49 * y
    rgb = np.stack([plane, plane + 7, plane + 66], axis=2).astype(np.uint8)
    red = np.array([[45, 67], [122, 144]])
    found = prepared(rgb, spec(2, plain=True))
    assert found.shape == (3, 2, 2)
    assert np.allclose(found * 255, [red, red + 7, red + 66], atol=1e-4)
    hrm = prepared(rgb, spec(2))
    wanted = (np.stack([red, red + 7, red + 66], axis=2) / 255 - HRM_MEAN) / HRM_STD
    assert np.allclose(hrm.transpose(1, 2, 0), wanted, atol=1e-6)


def test_opencv_would_give_other_pixels() -> None:
    y, x = np.mgrid[:4, :4]
    plane = (14 * x + 49 * y).astype(np.uint8)
    theirs = cv2.resize(plane, (2, 2), interpolation=cv2.INTER_LINEAR)
    ours = prepared(np.stack([plane] * 3, axis=2), spec(2, plain=True))[0] * 255
    # It takes the middle of four pixels: 31.5 in place of 45.
    assert np.abs(ours - theirs).min() > 5
    rgb = noise(224, 224)
    large = cv2.resize(rgb, (56, 56), interpolation=cv2.INTER_LINEAR)
    assert np.abs(levels(prepared(rgb, spec(56, plain=True))) - large).mean() > 10


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 24), st.integers(0, 2**32 - 1), st.booleans())
def test_any_picture_is_squeezed_to_a_square(
    height: int, width: int, size: int, seed: int, grey: bool
) -> None:
    rgb = noise(height, width, seed)
    if grey:
        rgb[:] = rgb[..., :1]
    found = levels(prepared(rgb, spec(size, plain=True)))
    wanted = np.einsum(
        "sh,hwc,tw->stc", triangle(height, size), rgb.astype(np.float64), triangle(width, size)
    )
    assert found.shape == (size, size, 3)
    # Pillow rounds to whole levels after each axis.
    assert np.abs(found - wanted).max() <= 1.01
    if grey:
        assert (found == found[..., :1]).all()


@pytest.mark.parametrize(("height", "width"), [(180, 321), (112, 112), (224, 300), (600, 224)])
def test_the_numbers_are_those_of_the_published_script(height: int, width: int) -> None:
    """Bit by bit: Pillow's resize, then what torchvision's ToTensor and Normalize compute."""
    rgb = noise(height, width)
    resized = Image.fromarray(rgb).resize((224, 224), Image.Resampling.BILINEAR)
    tensor = torch.from_numpy(np.asarray(resized).copy()).permute(2, 0, 1).float().div(255)
    mean, std = (torch.tensor(each).view(3, 1, 1) for each in (HRM_MEAN, HRM_STD))
    assert np.array_equal(prepared(rgb, spec(224)), tensor.sub(mean).div(std).numpy())


def test_every_level_of_every_channel_is_normalised_as_torch_does_it() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    rgb = np.stack([ramp, ramp[::-1], ramp.T], axis=2)
    tensor = torch.from_numpy(rgb.copy()).permute(2, 0, 1).float().div(255)
    mean, std = (torch.tensor(each).view(3, 1, 1) for each in (HRM_MEAN, HRM_STD))
    assert np.array_equal(prepared(rgb, spec(16)), tensor.sub(mean).div(std).numpy())


def test_a_picture_of_the_right_size_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    rgb = noise(32, 32)
    monkeypatch.setattr(libraries, "has_pillow", lambda: False)
    assert np.array_equal(np.rint(levels(prepared(rgb, spec(32, plain=True)))), rgb)
    with pytest.raises(MissingLibraryError, match="Pillow, which is not installed: pip install"):
        prepared(rgb, spec(31))


def test_views_of_other_arrays_are_pictures_too() -> None:
    rgb = noise(30, 20)
    turned = rgb[::-1, :, ::-1]
    assert np.array_equal(prepared(turned, spec(16)), prepared(turned.copy(), spec(16)))
    readonly = rgb.copy()
    readonly.flags.writeable = False
    found = prepared(readonly, spec(16))
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    assert found.flags.writeable


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((4, 4, 3), dtype=np.float32),
        np.zeros((4, 4), dtype=np.uint8),
        np.zeros((4, 4, 4), dtype=np.uint8),
        np.zeros((3, 4, 4), dtype=np.uint8),
        np.zeros((0, 4, 3), dtype=np.uint8),
        np.zeros((1, 4, 4, 3), dtype=np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(wrong: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 \[height, width, 3\]"):
        prepared(wrong, spec(4))


def test_cards_without_pictures_or_with_another_resize_are_refused() -> None:
    with pytest.raises(ValueError, match="takes no pictures"):
        prepared(noise(4, 4), InputSpec(15, "none", (), ()))
    with pytest.raises(ValueError, match="no way 'opencv' to resize"):
        prepared(noise(4, 4), InputSpec(8, "opencv", HRM_MEAN, HRM_STD))


@pytest.mark.parametrize("normalised_by", ["card", "picture"])
@pytest.mark.parametrize(
    ("cut", "first_size", "middle"),
    [
        (None, None, False),
        ((0.107, 0.196, 0.893, 0.982), None, False),
        ((0.107, 0.196, 0.893, 0.982), 80, False),
        (None, 80, True),
        ((0.0, 0.25, 0.5, 1.0), 90, True),
    ],
)
def test_pictures_are_prepared_as_in_training(
    tmp_path: Path,
    cut: tuple[float, float, float, float] | None,
    first_size: int | None,
    middle: bool,
    normalised_by: Literal["card", "picture"],
) -> None:
    """The cache, the resizing and the normalisation of training give the same numbers, but for rounding."""
    pictures = [noise(224, 224, seed) for seed in range(3)]
    recipe = replace(
        SMALL,
        input_size=64,
        cache_size=first_size or 64,
        cut=cut,
        normalised_by=normalised_by,
        augmentation=Augmentation(crop=64 if middle else None),
    )
    spec = InputSpec(64, "pil-bilinear", HRM_MEAN, HRM_STD, cut, normalised_by, first_size, middle)

    faces = cached_faces(
        tmp_path, [lambda each=each: each for each in pictures], "0f", recipe.cache_size, cut=cut
    )
    views = plain(torch.from_numpy(faces.copy()).permute(0, 3, 1, 2), recipe)
    mean, std = (torch.tensor(values)[:, None, None] for values in (HRM_MEAN, HRM_STD))
    wanted = normalised(views, recipe, mean, std)

    found = np.stack([prepared(each, spec) for each in pictures])
    assert found.shape == (3, 3, 64, 64)
    assert np.abs(found - wanted.numpy()).max() < 2e-5
    if cut is not None:
        whole = np.stack([prepared(each, replace(spec, cut=None)) for each in pictures])
        assert np.abs(whole - wanted.numpy()).max() > 0.1


def test_a_grey_picture_stays_a_number() -> None:
    spec = InputSpec(8, "pil-bilinear", HRM_MEAN, HRM_STD, normalised_by="picture")
    assert not prepared(np.full((8, 8, 3), 77, dtype=np.uint8), spec).any()
