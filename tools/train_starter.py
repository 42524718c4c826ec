"""Make the starter network anew: ``PYTHONPATH=. python tools/train_starter.py [FOLDER]``.

It draws faces, trains on them and writes ``weights.onnx`` and ``checkpoint.pth`` beside the card (into
``models/demo_starter`` unless a folder is given), with the card's lines on both files.  No file is needed but
the program's own; all chance comes from one seed.  See ``docs/starter-model.md``.
"""

from __future__ import annotations

import os
import sys
import time
import tomllib
from pathlib import Path

# Threads that wait let others work: the same numbers, sooner on a computer that is busy.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from hrm_core.demo import PRESENT_FROM, Part
from hrm_core.facs import ACTIONS
from hrm_core.models.nets.starter import Starter
from hrm_core.models.onnx_export import export_onnx
from hrm_core.models.weights import sha256_of
from hrm_core.models.zoo import create_model
from tools.starter_faces import Faces, draw_faces

__all__ = ["CARD", "FILES", "MEAN", "STD", "main", "normalised", "train", "write"]

CARD = Path(__file__).parent.parent / "models" / "demo_starter"
FILES = ("weights.onnx", "checkpoint.pth")
MEAN, STD = 0.5, 0.25
"""Of each channel, as the card says."""

SEED = 1000
_FACES, _STUDIES = 18_000, range(1000, 1012)
_EPOCHS, _BATCH = 4, 32
_RATE, _DECAY, _WARM_UP, _LAST_RATE = 3e-3, 0.02, 0.1, 0.005
# How gently a target rises from 0 to 1 round the strength that is coded.
_SOFTNESS = 0.05
_USUAL = 0.2
_HALVED, _GAIN, _OFFSET = 0.1, 0.1, 0.05
_AVERAGED_FROM, _AVERAGED_BY = 0.8, 0.02
_THREADS = 2
_MIRRORED = [Part.RIGHT, Part.LEFT, Part.UPPER, Part.LOWER]


def train(faces: Faces, *, epochs: float = _EPOCHS, seed: int = SEED, said: bool = False) -> nn.Module:
    """Train a starter network.

    Each action has a target that rises softly round the strength from which it is coded.  A second head,
    which is not kept, says how strong it is in each part of the face.

    Parameters
    ----------
    faces : Faces
        What it learns from.
    epochs : float
        Passes over them.
    seed : int
        Of weights, order and changes.
    said : bool
        Print how it goes.

    Returns
    -------
    torch.nn.Module
        In evaluation mode.
    """
    torch.manual_seed(seed)
    draw = np.random.default_rng([seed, 13])
    model = create_model("starter", len(ACTIONS))
    assert isinstance(model, Starter)
    parts = nn.Linear(model.fc.in_features, len(ACTIONS) * len(Part))
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW([*model.parameters(), *parts.parameters()], lr=_RATE, weight_decay=_DECAY)
    pictures = torch.from_numpy(faces.pictures).permute(0, 3, 1, 2)
    strengths = torch.from_numpy(faces.strengths)
    rates = (strengths.amax(2) >= PRESENT_FROM).float().mean(0)
    # What is rare would else be learned last.
    weights = (_USUAL / rates.clamp(min=_USUAL / 9)).sqrt().clamp(min=1)
    each = len(pictures) // _BATCH
    steps = round(epochs * each)
    average: dict[str, Tensor] = {}
    for step in range(steps):
        if step % each == 0:
            order = draw.permutation(len(pictures))
        rows = order[step % each * _BATCH : (step % each + 1) * _BATCH]
        for group in optimiser.param_groups:
            group["lr"] = _RATE * _share_of_rate(step / steps)
        seen, strong = _changed(pictures[rows], strengths[rows], draw)
        features = model.features(seen.contiguous(memory_format=torch.channels_last))
        target = torch.sigmoid((strong.amax(2) - PRESENT_FROM) / _SOFTNESS)
        loss = functional.binary_cross_entropy_with_logits(
            model.fc(features), target, weight=weights, reduction="sum"
        )
        loss = loss + functional.smooth_l1_loss(parts(features), strong.flatten(1), reduction="sum", beta=0.1)
        optimiser.zero_grad()
        (loss / len(rows)).backward()
        optimiser.step()
        if step >= _AVERAGED_FROM * steps:
            _average(average, model)
        if said and step % each == 0:
            print(
                f"  epoch {step // each + 1} of {epochs}: loss {float(loss.detach()) / len(rows):.2f}",
                flush=True,
            )
    model.load_state_dict(average)
    return model.eval()


def normalised(pictures: Tensor) -> Tensor:
    """Pictures as the network takes them.

    Parameters
    ----------
    pictures : Tensor of uint8, shape [B, 3, 96, 96]
        RGB.

    Returns
    -------
    Tensor of float32, shape [B, 3, 96, 96]
    """
    return (pictures.float() / 255 - MEAN) / STD


def _changed(pictures: Tensor, strengths: Tensor, draw: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Mirrored, made of one half twice, and of other colours, by chance; normalised."""
    count, half = len(pictures), pictures.shape[3] // 2
    mirrored = torch.from_numpy(draw.random(count) < 0.5)
    pictures = pictures.where(~mirrored[:, None, None, None], pictures.flip(3))
    strengths = strengths.where(~mirrored[:, None, None], strengths[:, :, _MIRRORED])
    # Sides are told from faces that are one half and its mirror image: they should look familiar.
    halved = torch.from_numpy(draw.random(count) < _HALVED)
    twice = torch.cat([pictures[..., :half], pictures[..., :half].flip(3)], 3)
    alike = strengths.clone()
    # The left of the picture is the child's right.
    alike[:, :, Part.LEFT] = strengths[:, :, Part.RIGHT]
    pictures = pictures.where(~halved[:, None, None, None], twice)
    strengths = strengths.where(~halved[:, None, None], alike)
    gain = draw.uniform(1 - _GAIN, 1 + _GAIN, (count, 3, 1, 1)).astype(np.float32)
    offset = draw.uniform(-_OFFSET, _OFFSET, (count, 3, 1, 1)).astype(np.float32)
    return normalised(pictures) * torch.from_numpy(gain) + torch.from_numpy(offset / STD), strengths


def _share_of_rate(done: float) -> float:
    rise = min(1.0, done / _WARM_UP)
    fall = 0.5 * (1 + np.cos(np.pi * max(0.0, done - _WARM_UP) / (1 - _WARM_UP)))
    return float(rise * fall + _LAST_RATE)


def _average(average: dict[str, Tensor], model: nn.Module) -> None:
    for key, value in model.state_dict().items():
        if key in average and value.is_floating_point():
            average[key].lerp_(value, _AVERAGED_BY)
        else:
            average[key] = value.detach().clone()


def write(model: nn.Module, folder: Path) -> None:
    """Write checkpoint and ONNX file.

    Parameters
    ----------
    model : torch.nn.Module
        The trained network.
    folder : Path
        Where to; files that are there are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    onnx, checkpoint = (folder / name for name in FILES)
    torch.save({key: value.contiguous() for key, value in model.state_dict().items()}, checkpoint)
    model.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    card = tomllib.loads((CARD / "card.toml").read_text(encoding="utf-8"))
    network, licence = card["network"], card["licence"]
    metadata = {
        "hrm_card": card["name"],
        "hrm_architecture": network["architecture"],
        "hrm_actions": ",".join(network["actions"]),
        "hrm_weights_sha256": sha256_of(checkpoint),
        "hrm_input_size": str(network["input"]["size"]),
        "hrm_activation": network["activation"],
        "hrm_licence": f"{licence['name']}, {licence['url']}",
        "hrm_population": network["population"],
        "hrm_limits": " ".join(network["limits"]),
        "hrm_precision": "float32",
    }
    export_onnx(model, onnx, metadata=metadata)


def main(arguments: list[str]) -> None:
    """Draw, train, write, and print what the card has to say of the files."""
    folder = Path(arguments[0]) if arguments else CARD
    torch.set_num_threads(_THREADS)
    torch.use_deterministic_algorithms(True)
    begin = time.monotonic()
    faces = draw_faces(_FACES, SEED, _STUDIES)
    print(f"{len(faces.pictures)} faces drawn in {time.monotonic() - begin:.0f} s", flush=True)
    begin = time.monotonic()
    model = train(faces, said=True)
    print(f"trained in {time.monotonic() - begin:.0f} s", flush=True)
    write(model, folder)
    for name in FILES:
        path = folder / name
        size, sha256 = path.stat().st_size, sha256_of(path)
        print(f'\n[[shipped]]\nname = "{name}"\nsize_bytes = {size}\nsha256 = "{sha256}"')


if __name__ == "__main__":
    main(sys.argv[1:])
