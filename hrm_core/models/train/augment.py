"""Training pictures changed at random, on the device that trains.

One chain for each recipe, by kornia where it has the change.  No change takes an action away or adds one:
nothing is turned upside down, and parts are cut so that brows and mouth stay in the picture.
"""

from __future__ import annotations

import math

import torch
from kornia import augmentation as kornia_augmentation
from torch import Tensor, nn
from torch.nn import functional

from hrm_core.models.inputs import LEAST_CONTRAST
from hrm_core.models.train.rand_augment import rand_augment
from hrm_core.models.train.recipe import Augmentation, Recipe

__all__ = ["Augment", "normalised", "plain"]

_ERASED_AREA = (0.02, 1 / 3)
_ERASED_LONGEST = 1 / 0.3
"""Side of an erased rectangle, as a multiple of the other."""


class Augment:
    """The random changes of a recipe.

    All is drawn from PyTorch's own generators, of the processor and of the device that the pictures are on:
    after ``torch.manual_seed`` the same pictures come out changed alike.  Each picture of a batch has draws
    of its own.

    Parameters
    ----------
    changes : Augmentation
        Which changes.
    input_size : int
        Height and width of what comes out, in pixels.
    """

    def __init__(self, changes: Augmentation, input_size: int) -> None:
        self._changes, self._input_size = changes, input_size
        self._moves = nn.Sequential(*_moves(changes, input_size))
        self._colours = nn.Sequential(*_colours(changes))

    def __call__(self, batch: Tensor) -> Tensor:
        """Change a batch.

        Parameters
        ----------
        batch : Tensor of uint8, shape [B, 3, H, W]
            RGB, on the device that trains.

        Returns
        -------
        Tensor of float32, shape [B, 3, input_size, input_size]
            RGB in [0, 1], on the same device.
        """
        pictures = _sized(self._moves(_scaled(batch)), self._input_size)
        pictures = self._colours(pictures)
        if self._changes.tint:
            pictures = _tinted(pictures, self._changes.tint)
        if self._changes.rand_augment:
            pictures = rand_augment(pictures)
        if self._changes.erase:
            pictures = _erased(pictures, self._changes.erase)
        # Interpolation errs by some 1e-7 to either side.
        return pictures.clamp(0, 1)


def plain(batch: Tensor, recipe: Recipe) -> Tensor:
    """Pictures as they are evaluated: nothing random, the middle where training cuts a part out.

    Parameters
    ----------
    batch : Tensor of uint8, shape [B, 3, H, W]
        RGB.
    recipe : Recipe
        By which the network is trained.

    Returns
    -------
    Tensor of float32, shape [B, 3, input_size, input_size]
        RGB in [0, 1].
    """
    pictures = _scaled(batch)
    if crop := recipe.augmentation.crop:
        top, left = ((side - crop) // 2 for side in pictures.shape[2:])
        pictures = pictures[:, :, top : top + crop, left : left + crop]
    return _sized(pictures, recipe.input_size)


def normalised(views: Tensor, recipe: Recipe, mean: Tensor, std: Tensor) -> Tensor:
    """Pictures as a network takes them.

    Parameters
    ----------
    views : Tensor of float32, shape [B, 3, size, size]
        RGB in [0, 1].
    recipe : Recipe
        Says whether the card's mean and deviation are taken, or each picture's own.
    mean, std : Tensor of float32, shape [3, 1, 1]
        Of the card.

    Returns
    -------
    Tensor of float32, shape [B, 3, size, size]
        On the same device.
    """
    if recipe.normalised_by == "card":
        return (views - mean) / std
    sides = (1, 2, 3)
    return (views - views.mean(sides, keepdim=True)) / (views.std(sides, keepdim=True) + LEAST_CONTRAST)


def _moves(changes: Augmentation, input_size: int) -> list[nn.Module]:
    """What moves pixels; most of it by one resampling."""
    moves: list[nn.Module] = []
    if changes.flip:
        moves.append(kornia_augmentation.RandomHorizontalFlip(p=changes.flip))
    if changes.rotation or changes.shift or changes.scale:
        shift = (changes.shift, changes.shift) if changes.shift else None
        moves.append(
            kornia_augmentation.RandomAffine(changes.rotation, translate=shift, scale=changes.scale, p=1.0)
        )
    # By resampling the whole batch is cut at once, by slices each picture for itself.
    if changes.crop:
        size = (changes.crop, changes.crop)
        moves.append(kornia_augmentation.RandomCrop(size, cropping_mode="resample"))
    if changes.resized_crop:
        size = (input_size, input_size)
        moves.append(
            kornia_augmentation.RandomResizedCrop(
                size, scale=changes.resized_crop, ratio=(1.0, 1.0), cropping_mode="resample"
            )
        )
    return moves


def _colours(changes: Augmentation) -> list[nn.Module]:
    colours: list[nn.Module] = []
    if changes.colour or changes.hue:
        colour = changes.colour
        colours.append(kornia_augmentation.ColorJitter(colour, colour, colour, changes.hue))
    if changes.grey:
        colours.append(kornia_augmentation.RandomGrayscale(p=changes.grey))
    return colours


def _scaled(batch: Tensor) -> Tensor:
    return batch.float() / 255


def _sized(pictures: Tensor, size: int) -> Tensor:
    if pictures.shape[2:] == (size, size):
        return pictures
    return functional.interpolate(pictures, (size, size), mode="bilinear", antialias=True)


def _tinted(pictures: Tensor, strength: float) -> Tensor:
    """Another gamma, gain and offset in each channel, and another saturation."""
    count = len(pictures)

    def drawn(low: float, high: float, channels: int = 3) -> Tensor:
        return torch.empty(count, channels, 1, 1).uniform_(low, high).to(pictures.device)

    changed = pictures.clamp(min=1e-3) ** drawn(-strength, strength).exp()
    changed = changed * drawn(1 - 0.8 * strength, 1 + 0.8 * strength)
    changed = changed + drawn(-0.3 * strength, 0.3 * strength)
    grey = changed.mean(1, keepdim=True)
    return grey + (changed - grey) * drawn(1 - 2 * strength, 1 + 0.6 * strength, 1)


def _erased(pictures: Tensor, probability: float) -> Tensor:
    """Noise in a rectangle of some pictures (Zhong et al., 2020): part of a face may be hidden from view."""
    count, _, height, width = pictures.shape
    area = torch.empty(count).uniform_(*_ERASED_AREA) * height * width
    ratio = torch.empty(count).uniform_(-math.log(_ERASED_LONGEST), math.log(_ERASED_LONGEST)).exp()
    tall = (area * ratio).sqrt().round().clamp(1, height)
    wide = (area / ratio).sqrt().round().clamp(1, width)
    tall = tall.where(torch.rand(count) < probability, 0)
    top = (torch.rand(count) * (height - tall + 1)).floor()
    left = (torch.rand(count) * (width - wide + 1)).floor()
    places = torch.stack((top, top + tall, left, left + wide), 1).to(pictures.device)
    top, bottom, left, right = places.reshape(count, 4, 1, 1, 1).unbind(1)
    rows = torch.arange(height, device=pictures.device).reshape(1, 1, -1, 1)
    columns = torch.arange(width, device=pictures.device).reshape(1, 1, 1, -1)
    inside = (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)
    return torch.where(inside, torch.rand_like(pictures), pictures)
