"""A small network for one aligned face, quick on a processor: what the demo study's own card is made of."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Starter"]

# Channels that go out, side of the kernel, stride.
_LAYERS = ((16, 5, 2), (32, 3, 2), (32, 3, 1), (64, 3, 2), (64, 3, 1), (64, 3, 2))
_SIDE = 6


class _Layer(nn.Module):
    """A convolution with batch normalisation, beside a short cut where nothing changes its shape."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, kernel, stride, padding=kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(out)
        self._short = channels == out and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        """From [B, channels, H, W] to [B, out, H/stride, W/stride]."""
        y = self.bn(self.conv(x))
        return torch.relu(y + x if self._short else y)


class Starter(nn.Module):
    """Six convolutions and one logit for each action.

    Aligned faces have their parts in the same place in every picture, so the last layer looks at each
    place for itself instead of at their mean.

    Parameters
    ----------
    num_actions : int
        How many actions it says something of.
    """

    def __init__(self, num_actions: int) -> None:
        super().__init__()
        channels, layers = 3, []
        for out, kernel, stride in _LAYERS:
            layers.append(_Layer(channels, out, kernel, stride))
            channels = out
        self.trunk = nn.Sequential(*layers)
        self.fc = nn.Linear(channels * _SIDE**2, num_actions)

    def features(self, images: Tensor) -> Tensor:
        """From [B, 3, 96, 96] to [B, 2304]."""
        return self.trunk(images).flatten(1)

    def forward(self, images: Tensor) -> Tensor:
        """From [B, 3, 96, 96] to logits [B, num_actions]."""
        logits: Tensor = self.fc(self.features(images))
        return logits
