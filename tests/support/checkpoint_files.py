"""Networks with synthetic weights, smaller ones under the same names, and files of weights."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from hrm_core.models import create_model
from hrm_core.models.checkpoint_facts import _layout
from hrm_core.models.nets import emofan, resnet, vit
from hrm_core.models.zoo import network

__all__ = ["filled", "output", "same", "same_but_counters", "saved", "small_networks", "state"]


def filled(name: str, num_actions: int = 22, **options: Any) -> nn.Module:
    """A network with random weights that differ by key, also where it would begin with 0 or 1."""
    model = create_model(name, num_actions, **options).eval()
    for key, value in model.state_dict().items():
        generator = torch.Generator().manual_seed(zlib.crc32(key.encode()))
        if not value.is_floating_point():
            value.fill_(7)
        elif key.endswith(("running_var", "weight")) and value.dim() == 1:
            value.uniform_(0.5, 1.5, generator=generator)
        else:
            value.uniform_(-0.05, 0.05, generator=generator)
    return model


def state(model: nn.Module) -> dict[str, Tensor]:
    """Its weights, copied."""
    return {key: value.clone() for key, value in model.state_dict().items()}


def saved(path: Path, held: Any) -> Path:
    """A file as PyTorch saves it."""
    torch.save(held, path)
    return path


def output(model: nn.Module) -> Tensor:
    """What a network says of one fixed input."""
    entry = network(model.network)
    generator = torch.Generator().manual_seed(3)
    size = getattr(model, "input_size", entry.input_size)
    pictures = entry.takes == "pictures"
    shape = (1, 3, size, size) if pictures else (2, entry.input_size, model.num_actions)
    with torch.inference_mode():
        said = model.eval()(torch.rand(shape, generator=generator))
    first = said[0] if isinstance(said, tuple) else said
    assert torch.isfinite(first).all()
    return first


def same(model: nn.Module, weights: dict[str, Tensor]) -> bool:
    """Whether a network's weights are these, all of them and bit by bit."""
    own = model.state_dict()
    return own.keys() == weights.keys() and all(torch.equal(own[key], weights[key]) for key in own)


def same_but_counters(model: nn.Module, weights: dict[str, Tensor]) -> bool:
    """Whether they are these, and the counters those of a network that never saw a batch."""
    counters = {key: torch.tensor(0) for key in weights if key.endswith("num_batches_tracked")}
    return same(model, {**weights, **counters})


@contextmanager
def small_networks() -> Iterator[None]:
    """Let transformers have two blocks, ResNet-50 one in a stage, hourglasses one level."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vit, "VIT_BASE", vit.Size(width=64, depth=2, heads=1))
        patch.setattr(vit, "VIT_LARGE", vit.Size(width=128, depth=2, heads=2))
        patch.setattr(resnet, "_STAGES", tuple((width, 1, stride) for width, _, stride in resnet._STAGES))
        patch.setattr(emofan, "_DEPTH", 1)
        patch.setattr(emofan.Hourglass.forward, "__defaults__", (1,))
        _layout.cache_clear()
        yield
    _layout.cache_clear()
