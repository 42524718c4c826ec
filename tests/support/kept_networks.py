"""A network of the zoo that is small enough to be trained, kept and exported in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import torch
from torch import Tensor, nn

from hrm_core.models import zoo
from hrm_core.models.train.recipe import Augmentation, Recipe
from hrm_core.workflows import training_plan
from tests.support.training_study import SMALL

__all__ = ["PECULIAR", "TinyNet", "tiny_resnet"]

PECULIAR = replace(
    SMALL,
    epochs=6,
    input_size=16,
    cache_size=20,
    cut=(0.0, 0.0, 1.0, 1.0),
    normalised_by="picture",
    augmentation=Augmentation(flip=0.5),
)
"""All that a card says of preparing pictures beyond their size."""


class TinyNet(nn.Module):
    """Two convolutions and one logit for each action, under names that a ResNet-50 has as well."""

    def __init__(self, num_actions: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 5, 2, padding=2), nn.BatchNorm2d(8)
        self.conv2, self.fc = nn.Conv2d(8, 8, 3, 2), nn.Linear(72, num_actions)

    def forward(self, images: Tensor) -> Tensor:
        seen = torch.relu(self.conv2(torch.relu(self.bn1(self.conv1(images)))))
        logits: Tensor = self.fc(seen.flatten(1))
        return logits


@contextmanager
def tiny_resnet(recipe: Recipe = PECULIAR) -> Iterator[None]:
    """Let ``resnet50`` be that network, trained by a small recipe, on one thread."""
    threads, entry = torch.get_num_threads(), zoo.network("resnet50")
    torch.set_num_threads(1)
    tiny = replace(entry, build=TinyNet)
    try:
        with (
            patch.dict(zoo._NETWORKS, {"resnet50": tiny}),
            patch.object(
                training_plan, "recipe", lambda name, preset: replace(recipe, network=name, preset=preset)
            ),
        ):
            yield
    finally:
        torch.set_num_threads(threads)
