"""Vision transformers on 16×16 patches: MAE-Face (ViT-B), FMAE and FMAE-IAT (ViT-L).

Dosovitskiy et al. (2021) in the form that masked auto-encoders are fine-tuned in
(He et al., 2022; Ma et al., 2024; Ning et al., 2025).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = [
    "VIT_BASE",
    "VIT_LARGE",
    "IdentityAdversarialTransformer",
    "Pooling",
    "Size",
    "VisionTransformer",
    "reverse_gradient",
]

_PATCH = 16
_EPS = 1e-6
_HEAD_STD = 2e-5

Pooling = Literal["mean", "class"]
"""What the head looks at: the mean of all patches (``fc_norm``) or the class token (``norm``)."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a transformer is.

    Attributes
    ----------
    width : int
        Length of a token.
    depth : int
        Number of blocks.
    heads : int
        Number of attention heads; each looks at 64 numbers of a token.
    """

    width: int
    depth: int
    heads: int


VIT_BASE = Size(width=768, depth=12, heads=12)
VIT_LARGE = Size(width=1024, depth=24, heads=16)


class Attention(nn.Module):
    """Each token looks at all tokens."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """From [B, tokens, width] to the same."""
        batch, tokens, width = x.shape
        # The rows of qkv are queries, keys and values first, heads within them.
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        seen = functional.scaled_dot_product_attention(query, key, value)
        return self.proj(seen.transpose(1, 2).reshape(batch, tokens, width))


class Mlp(nn.Module):
    """Two linear layers with an exact GELU between them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """From [..., width] to the same."""
        return self.fc2(functional.gelu(self.fc1(x)))


class Block(nn.Module):
    """Attention and MLP, each after normalisation and beside a short cut.

    Parameters
    ----------
    size : Size
        Of the transformer.
    drop_path : float
        How probably a branch is left out of a sample while training.
    """

    def __init__(self, size: Size, drop_path: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(size.width, eps=_EPS)
        self.attn = Attention(size.width, size.heads)
        self.norm2 = nn.LayerNorm(size.width, eps=_EPS)
        self.mlp = Mlp(size.width)
        self.drop_path = drop_path

    def forward(self, x: Tensor) -> Tensor:
        """From [B, tokens, width] to the same."""
        x = x + self._kept(self.attn(self.norm1(x)))
        return x + self._kept(self.mlp(self.norm2(x)))

    def _kept(self, branch: Tensor) -> Tensor:
        """Stochastic depth (Huang et al., 2016), per sample."""
        if not (self.training and self.drop_path):
            return branch
        keep = 1 - self.drop_path
        mask = branch.new_empty(branch.shape[0], 1, 1).bernoulli_(keep)
        return branch * mask / keep


class PatchEmbedding(nn.Module):
    """A picture as tokens, row by row."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, _PATCH, _PATCH)

    def forward(self, images: Tensor) -> Tensor:
        """From [B, 3, H, W] to [B, H·W/256, width]."""
        return self.proj(images).flatten(2).transpose(1, 2)


class VisionTransformer(nn.Module):
    """A vision transformer with one logit for each action.

    Parameters
    ----------
    num_actions : int
        How many actions it says something of.
    size : Size
        How large it is.
    pooling : {"mean", "class"}
        What its head looks at; :meth:`pool_by` changes it later.
    input_size : int
        Height and width of its pictures in pixels, a multiple of 16.
    drop_path : float
        How probably the last block's branches are left out while training; the
        first block's never are, and it rises evenly between.

    Raises
    ------
    ValueError
        If `input_size` is no multiple of 16.
    """

    norm: nn.LayerNorm | None
    fc_norm: nn.LayerNorm | None

    def __init__(
        self,
        num_actions: int,
        size: Size,
        *,
        pooling: Pooling,
        input_size: int = 224,
        drop_path: float = 0.1,
    ) -> None:
        super().__init__()
        if input_size % _PATCH or input_size < _PATCH:
            raise ValueError(f"input_size must be a multiple of {_PATCH}, not {input_size}")
        self.width, self.input_size = size.width, input_size
        self.cls_token = nn.Parameter(torch.zeros(1, 1, size.width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + (input_size // _PATCH) ** 2, size.width))
        self.patch_embed = PatchEmbedding(size.width)
        rates = [drop_path * k / max(size.depth - 1, 1) for k in range(size.depth)]
        self.blocks = nn.Sequential(*(Block(size, rate) for rate in rates))
        self.pooling: Pooling = pooling
        # Places for the final normalisation, in the order in which published files have them.
        self.register_module("norm", None)
        self.head = nn.Linear(size.width, num_actions)
        self.register_module("fc_norm", None)
        self.pool_by(pooling)
        self._initialise()

    def pool_by(self, pooling: Pooling) -> None:
        """Let the head look at something else, with a new final normalisation.

        Parameters
        ----------
        pooling : {"mean", "class"}
            The mean of the patches, normalised by ``fc_norm``; or the class token of the
            normalised tokens (``norm``).
        """
        like = self.cls_token
        final = nn.LayerNorm(self.width, eps=_EPS).to(device=like.device, dtype=like.dtype)
        self.pooling = pooling
        self.norm = final if pooling == "class" else None
        self.fc_norm = final if pooling == "mean" else None

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        nn.init.trunc_normal_(self.cls_token, std=0.02)
        nn.init.trunc_normal_(self.pos_embed, std=0.02)
        nn.init.trunc_normal_(self.head.weight, std=_HEAD_STD)

    def features(self, images: Tensor) -> Tensor:
        """What the head looks at: from [B, 3, H, W] to [B, width]."""
        patches = self.patch_embed(images)
        tokens = torch.cat((self.cls_token.expand(patches.shape[0], -1, -1), patches), 1)
        tokens = self.blocks(tokens + self.pos_embed)
        if self.fc_norm is not None:
            return self.fc_norm(tokens[:, 1:].mean(1))
        assert self.norm is not None
        # Only one token goes on, so only that one is normalised.
        return self.norm(tokens[:, 0])

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """From [B, 3, H, W] to logits [B, num_actions]."""
        return self.head(self.features(images))


class _ReversedGradient(torch.autograd.Function):
    """Nothing on the way there; the gradient turned round on the way back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * gradients[0], None


def reverse_gradient(x: Tensor, strength: float) -> Tensor:
    """The same values, whose gradient is multiplied by ``-strength`` (Ganin and Lempitsky, 2015)."""
    return _ReversedGradient.apply(x, strength)  # type: ignore[no-untyped-call]


class IdentityAdversarialTransformer(VisionTransformer):
    """A transformer that also guesses who it is, and learns not to know (FMAE-IAT).

    Parameters
    ----------
    num_actions, size, pooling, input_size, drop_path
        As for :class:`VisionTransformer`.
    num_subjects : int
        How many people the identity head tells apart; 0 leaves it without rows.
    reversal : float
        By how much the gradient of the identity head is multiplied, and turned round,
        before it reaches the features.
    """

    def __init__(
        self,
        num_actions: int,
        size: Size,
        *,
        pooling: Pooling,
        num_subjects: int,
        input_size: int = 224,
        drop_path: float = 0.1,
        reversal: float = 1.0,
    ) -> None:
        super().__init__(num_actions, size, pooling=pooling, input_size=input_size, drop_path=drop_path)
        self.reversal = reversal
        self.ID_head = self.identity_head(num_subjects)

    def identity_head(self, num_subjects: int) -> nn.Linear:
        """A new head for so many people, where this network's weights are."""
        # Made for one person and then given its rows: PyTorch warns when it is to fill none.
        like = self.cls_token
        head = nn.Linear(self.width, 1, device="meta", dtype=like.dtype)
        head.out_features = num_subjects
        head.weight = nn.Parameter(like.new_empty(num_subjects, self.width))
        head.bias = nn.Parameter(like.new_empty(num_subjects))
        with torch.no_grad():
            head.bias.zero_()
            if num_subjects:
                nn.init.trunc_normal_(head.weight, std=_HEAD_STD)
        return head

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """From [B, 3, H, W] to logits [B, num_actions] and identity logits [B, num_subjects]."""
        features = self.features(images)
        return self.head(features), self.ID_head(reverse_gradient(features, self.reversal))
