"""Parameters and inputs of the golden networks, by the rules that their files state."""

from __future__ import annotations

import json
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

GOLDEN = Path(__file__).parents[1] / "golden" / "networks"

# What the golden files call our networks.
FILE_OF = {"me_graphau": "megraph_stage1", "me_graphau_edge": "megraph_stage2"}


@cache
def golden(name: str) -> dict[str, Any]:
    """The golden outputs of a network."""
    path = GOLDEN / "outputs" / f"{FILE_OF.get(name, name)}.json"
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def listing(name: str) -> dict[str, Any]:
    """The golden ``state_dict`` of a network: shapes and types."""
    path = GOLDEN / "state_dicts" / f"{FILE_OF.get(name, name)}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def fill(model: nn.Module, gain: float) -> None:
    """Give every parameter and buffer its golden value."""
    with torch.no_grad():
        for key, tensor in model.state_dict().items():
            if tensor.dtype.is_floating_point:
                tensor.copy_(torch.from_numpy(filling(key, tuple(tensor.shape), gain)))


def filling(key: str, shape: tuple[int, ...], gain: float) -> np.ndarray:
    """The golden value of one tensor, float32."""
    count = int(np.prod(shape, dtype=np.int64))
    last = key.rsplit(".", 1)[-1]
    # In pieces: the largest tensors have four million elements, and three copies are held.
    noise = np.empty(count)
    for start in range(0, count, 1 << 20):
        stop = min(count, start + (1 << 20))
        noise[start:stop] = _noise(zlib.crc32(key.encode()), start + 1, stop + 1)
    noise = noise.reshape(shape)
    if len(shape) >= 2 and last.startswith("weight"):
        return (gain * np.sqrt(3 / (count / shape[0])) * noise).astype(np.float32)
    if len(shape) >= 2:
        return (0.5 * noise).astype(np.float32)
    if last in {"running_var", "weight"}:
        return (1 + 0.1 * noise).astype(np.float32)
    return (0.1 * noise).astype(np.float32)


def _noise(seed: int, start: int, stop: int) -> np.ndarray:
    """Numbers in [-1, 1) for the positions from `start` (counted from 1) to `stop`."""
    u64 = np.uint64
    with np.errstate(over="ignore"):
        z = np.arange(start, stop, dtype=u64) * u64(0x9E3779B97F4A7C15)
        z += u64(seed * 0xD1B54A32D192ED03 % 2**64)
        z = (z ^ (z >> u64(30))) * u64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> u64(27))) * u64(0x94D049BB133111EB)
        z ^= z >> u64(31)
    return 2 * (z >> u64(11)).astype(np.float64) * 2.0**-53 - 1


def golden_input(rule: dict[str, Any]) -> torch.Tensor:
    """The input that a golden file describes."""
    batch, *rest = rule["shape"]
    index = np.arange(np.prod(rest, dtype=np.int64))
    if rule["rule"] == "image":
        values = np.stack([np.sin(0.01 * index + each + rule["phase"]) for each in range(batch)])
    else:
        flat = np.arange(batch * index.size)
        values = (7919 * flat + 104729 * (flat // rest[-1]) + rule["offset"]) % 1009 < 300
    return torch.from_numpy(np.asarray(values, dtype=np.float32).reshape(rule["shape"]))
