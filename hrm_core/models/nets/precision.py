"""Parts of networks that stay in single precision where the rest may be in half."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

__all__ = ["no_autocast"]


def no_autocast(device: torch.device) -> AbstractContextManager[object]:
    """A block in which PyTorch lowers no precision by itself; nothing where it does not anyway."""
    # The exporter to ONNX would follow every such block into the graph.
    if not (torch.amp.is_autocast_available(device.type) and torch.is_autocast_enabled(device.type)):
        return nullcontext()
    return torch.autocast(device.type, enabled=False)
