"""ResNet-50 (He et al., 2016), with the stride of a stage on its 3×3 convolution ("v1.5")."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["ResNet50", "ResNet50Trunk"]

_STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))  # width, blocks, stride of the first block


class Bottleneck(nn.Module):
    """1×1, 3×3, 1×1 convolutions beside a short cut.

    Parameters
    ----------
    channels : int
        Channels that come in.
    width : int
        Channels inside; four times as many go out.
    stride : int
        Of the 3×3 convolution.
    """

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        out = 4 * width
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.downsample: nn.Module | None = None
        if stride != 1 or channels != out:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out)
            )

    def forward(self, x: Tensor) -> Tensor:
        """From [B, channels, H, W] to [B, 4·width, H/stride, W/stride]."""
        short = x if self.downsample is None else self.downsample(x)
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(self.bn2(self.conv2(x)))
        return torch.relu(self.bn3(self.conv3(x)) + short)


class ResNet50Trunk(nn.Module):
    """ResNet-50 up to its last feature map."""

    channels = 2048

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        channels = 64
        for number, (width, blocks, stride) in enumerate(_STAGES, 1):
            stage = [Bottleneck(channels, width, stride)]
            channels = 4 * width
            stage += [Bottleneck(channels, width, 1) for _ in range(blocks - 1)]
            self.add_module(f"layer{number}", nn.Sequential(*stage))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def features(self, images: Tensor) -> Tensor:
        """From [B, 3, H, W] to [B, 2048, H/32, W/32]."""
        x = self.maxpool(torch.relu(self.bn1(self.conv1(images))))
        for number in range(1, len(_STAGES) + 1):
            x = self.get_submodule(f"layer{number}")(x)
        return x

    def forward(self, images: Tensor) -> Tensor:
        """As :meth:`features`."""
        return self.features(images)


class ResNet50(ResNet50Trunk):
    """ResNet-50 with one logit for each action.

    Parameters
    ----------
    num_actions : int
        How many actions it says something of.
    """

    def __init__(self, num_actions: int) -> None:
        super().__init__()
        self.fc = nn.Linear(self.channels, num_actions)

    def forward(self, images: Tensor) -> Tensor:
        """From [B, 3, 224, 224] to logits [B, num_actions]."""
        return self.fc(self.features(images).mean((2, 3)))
