"""EmoFAN for action units: a frozen landmark network (FAN) whose features feed a small predictor.

After Toisoul et al. (2021) and the face alignment network of Bulat and Tzimiropoulos
(2017).  All normalisation is batch normalisation.
"""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["EmoFan"]

_LANDMARKS = 68
_DEPTH = 4
_STACKS = 2


class ConvBlock(nn.Module):
    """Three chained 3×3 convolutions whose outputs lie side by side, beside a short cut.

    Each is preceded by normalisation and ReLU.

    Parameters
    ----------
    channels, out : int
        Channels that come in and go out.
    """

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        half, quarter = out // 2, out // 4
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, half, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(half)
        self.conv2 = nn.Conv2d(half, quarter, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(quarter)
        self.conv3 = nn.Conv2d(quarter, quarter, 3, padding=1, bias=False)
        self.downsample: nn.Module | None = None
        if channels != out:
            self.downsample = nn.Sequential(
                nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, out, 1, bias=False)
            )

    def forward(self, x: Tensor) -> Tensor:
        """From [B, channels, H, W] to [B, out, H, W]."""
        short = x if self.downsample is None else self.downsample(x)
        first = self.conv1(torch.relu(self.bn1(x)))
        second = self.conv2(torch.relu(self.bn2(first)))
        third = self.conv3(torch.relu(self.bn3(second)))
        return torch.cat((first, second, third), 1) + short


class Hourglass(nn.Module):
    """A feature map halved four times and brought back, with a branch kept at each size.

    Parameters
    ----------
    channels : int
        Channels in, inside and out.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        for level in range(_DEPTH, 0, -1):
            self.add_module(f"b1_{level}", ConvBlock(channels, channels))
            self.add_module(f"b2_{level}", ConvBlock(channels, channels))
        self.b2_plus_1 = ConvBlock(channels, channels)
        for level in range(1, _DEPTH + 1):
            self.add_module(f"b3_{level}", ConvBlock(channels, channels))

    def forward(self, x: Tensor, level: int = _DEPTH) -> Tensor:
        """From [B, channels, H, W] to the same; H and W are multiples of 16."""
        kept = self.get_submodule(f"b1_{level}")(x)
        low = self.get_submodule(f"b2_{level}")(functional.max_pool2d(x, 2))
        low = self.forward(low, level - 1) if level > 1 else self.b2_plus_1(low)
        low = self.get_submodule(f"b3_{level}")(low)
        return kept + functional.interpolate(low, scale_factor=2.0, mode="nearest")


class Fan(nn.Module):
    """Face alignment network of two hourglasses, of which features and heat maps are used."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.conv2 = ConvBlock(64, 128)
        self.conv3 = ConvBlock(128, 128)
        self.conv4 = ConvBlock(128, 256)
        for stack in range(_STACKS):
            self.add_module(f"m{stack}", Hourglass(256))
            self.add_module(f"top_m_{stack}", ConvBlock(256, 256))
            self.add_module(f"conv_last{stack}", nn.Conv2d(256, 256, 1))
            self.add_module(f"bn_end{stack}", nn.BatchNorm2d(256))
            self.add_module(f"l{stack}", nn.Conv2d(256, _LANDMARKS, 1))
            if stack < _STACKS - 1:
                self.add_module(f"bl{stack}", nn.Conv2d(256, 256, 1))
                self.add_module(f"al{stack}", nn.Conv2d(_LANDMARKS, 256, 1))

    def forward(self, images: Tensor) -> Tensor:
        """From [B, 3, 256, 256] to attended features [B, 768, 64, 64].

        The features of both stacks are weighted by the sum of the last stack's heat
        maps; those of the trunk are left as they are.
        """
        x = torch.relu(self.bn1(self.conv1(images)))
        x = functional.max_pool2d(self.conv2(x), 2)
        trunk = self.conv4(self.conv3(x))
        x, features, heat = trunk, [], trunk
        for stack in range(_STACKS):
            part = {name: self.get_submodule(f"{name}{stack}") for name in ("m", "top_m_", "conv_last", "l")}
            feature = part["conv_last"](part["top_m_"](part["m"](x)))
            feature = torch.relu(self.get_submodule(f"bn_end{stack}")(feature))
            heat = part["l"](feature)
            if stack < _STACKS - 1:
                feature = self.get_submodule(f"bl{stack}")(feature)
                x = x + feature + self.get_submodule(f"al{stack}")(heat)
            features.append(feature)
        attention = heat.sum(1, keepdim=True)
        return torch.cat((trunk, attention * torch.cat(features, 1)), 1)


class _Feature(nn.Module):
    """Holds the FAN under the name that its weights are kept by."""

    def __init__(self) -> None:
        super().__init__()
        self.fan = Fan()

    def forward(self, images: Tensor) -> Tensor:
        """As :meth:`Fan.forward`."""
        return self.fan(images)


class _Predictor(nn.Module):
    """From attended features to logits."""

    def __init__(self, num_actions: int) -> None:
        super().__init__()
        self.conv1x1_input_emo_2 = nn.Conv2d(768, 256, 1)
        steps: list[nn.Module] = []
        for _ in range(4):
            steps += [ConvBlock(256, 256), nn.MaxPool2d(2)]
        self.emo_net_2 = nn.Sequential(*steps)
        self.emo_fc_2 = nn.Sequential(
            nn.Linear(256, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, num_actions)
        )

    def forward(self, features: Tensor) -> Tensor:
        """From [B, 768, 64, 64] to logits [B, num_actions]."""
        x = self.emo_net_2(self.conv1x1_input_emo_2(features))
        return self.emo_fc_2(functional.avg_pool2d(x, 4).flatten(1))


class EmoFan(nn.Module):
    """EmoFAN with one logit for each action; only its predictor learns.

    Parameters
    ----------
    num_actions : int
        How many actions it says something of.
    """

    def __init__(self, num_actions: int) -> None:
        super().__init__()
        self.feature = _Feature().requires_grad_(False)
        self.predictor = _Predictor(num_actions)

    def train(self, mode: bool = True) -> Self:
        """Set the predictor to training; the landmark network always stays as it was trained."""
        super().train(mode)
        self.feature.eval()
        return self

    def forward(self, images: Tensor) -> Tensor:
        """From [B, 3, 256, 256] to logits [B, num_actions]."""
        with torch.no_grad():
            features = self.feature(images)
        return self.predictor(features)
