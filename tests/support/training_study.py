"""A synthetic study whose faces show what is coded, and a small network that learns it in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor, nn

from hrm_core.media import write_still
from hrm_core.models.train import make_network
from hrm_core.models.train.recipe import Augmentation, Recipe
from hrm_core.records.coding import FrameCoding
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows import training_plan
from hrm_core.workflows.project import create_project

__all__ = ["ACTIONS", "FRAMES", "SMALL", "coded_study", "small_network"]

ACTIONS = "AU1,AU12,AU25"
FRAMES = 12
_SIDE = 24

SMALL = Recipe(
    preset="smoke",
    network="resnet50",
    source="synthetic, for tests",
    epochs=3,
    batch_size=8,
    learning_rate=1e-2,
    input_size=16,
    cache_size=16,
    augmentation=Augmentation(flip=0.5),
)


def coded_study(folder: Path, participants: int = 6, seed: int = 3) -> Path:
    """A study with one recording of each child; a bright square at a place of its own shows an action."""
    random = np.random.default_rng(seed)
    with create_project(folder, synthetic=True) as project:
        rater = project.store.people.ensure_rater("Ada")
        for number in range(1, participants + 1):
            who = project.store.people.add_participant(Participant(0, str(number), "ASD"))
            recording = project.store.recordings.add(
                Recording(0, who.id, "play", frame_count=FRAMES + 2, fps=25.0)
            )
            faces = project.face_path("Aligned Face", who, recording)
            for frame in range(FRAMES):
                shown = random.random(3) < (0.4, 0.5, 0.6)
                coding = FrameCoding(rater.id, recording.id, frame)
                for key, there in zip(ACTIONS.split(","), shown, strict=True):
                    # Sides are not told apart in training.
                    coding = coding.with_code(key, int(there) * (1 + frame % 3))
                project.store.codings.save(coding)
                picture = random.integers(0, 60, (_SIDE, _SIDE, 3)).astype(np.uint8)
                for place in np.flatnonzero(shown):
                    picture[8 * place : 8 * place + 8, 8:16] = 250
                write_still(picture, faces / f"{frame:06d}.png")
            # Coded without a face.
            project.store.codings.save(FrameCoding(rater.id, recording.id, FRAMES))
    return folder


class _Small(nn.Module):
    """Two convolutions with batch normalisation, and one logit for each action."""

    def __init__(self, num_actions: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 5, 2, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, 2), nn.ReLU()
        )
        self.drop = nn.Dropout(0.1)
        self.fc = nn.Linear(72, num_actions)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.drop(self.body(images).flatten(1)))


def _made(name: str, num_actions: int, **options: object) -> nn.Module:
    model = _Small(num_actions)
    model.network = name  # type: ignore[assignment]
    model.num_actions = num_actions  # type: ignore[assignment]
    return model


@contextmanager
def small_network(recipe: Recipe = SMALL) -> Iterator[None]:
    """Train a small network, by a small recipe, whichever is asked for; on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with (
            patch.object(make_network, "create_model", _made),
            patch.object(
                training_plan, "recipe", lambda name, preset: replace(recipe, network=name, preset=preset)
            ),
        ):
            yield
    finally:
        torch.set_num_threads(threads)
