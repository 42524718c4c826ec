"""Who learns how fast: groups of parameters, the optimiser, and the rate over the epochs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from hrm_core.models.nets.vit import VisionTransformer
from hrm_core.models.train.recipe import Recipe

__all__ = ["learning_rate", "make_optimiser", "parameter_groups"]

_NEVER_DECAYED = ("cls_token", "pos_embed")
_ONE_CYCLE_START = 1 / 25
"""Where one cycle begins, as a share of its highest rate (PyTorch's own choice)."""


def parameter_groups(model: nn.Module, recipe: Recipe) -> list[dict[str, Any]]:
    """Parameters that learn alike, together.

    In a transformer class token, position embedding and patch embedding are layer 0, block k is layer
    k + 1, and what follows the blocks is layer depth + 1; the rate of a layer is that of the top one
    times ``layer_decay`` to the power of its distance from it (``reference/networks/NETWORKS.md`` §10).

    Parameters
    ----------
    model : torch.nn.Module
        Made by :func:`hrm_core.models.zoo.create_model`.
    recipe : Recipe
        How it is trained.

    Returns
    -------
    list of dict
        As optimisers take it: ``params``; ``weight_decay``; ``scale``, by which the rate is multiplied.
        Every parameter that is trained is in exactly one.  Frozen ones are in none.

    Raises
    ------
    ValueError
        If the recipe tells layers apart and the network is no transformer.
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in _trained(model, recipe):
        scale = _scale(model, recipe, name)
        plain = recipe.no_decay_1d and (parameter.ndim <= 1 or name in _NEVER_DECAYED)
        decay = 0.0 if plain else recipe.weight_decay
        groups.setdefault((scale, decay), []).append(parameter)
    return [
        {"params": parameters, "weight_decay": decay, "scale": scale}
        for (scale, decay), parameters in groups.items()
    ]


def make_optimiser(model: nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter, 2019) with the groups of :func:`parameter_groups`.

    The rates that it starts with are those of the beginning of the first epoch; whoever trains sets
    them anew at each step, to :func:`learning_rate` times each group's ``scale``.
    """
    rate = learning_rate(recipe, 0)
    groups = [{**group, "lr": rate * group["scale"]} for group in parameter_groups(model, recipe)]
    # A fused step scales its own gradients, so float16's could not be clipped before it.
    fused = recipe.precision != "16-mixed"
    return torch.optim.AdamW(groups, lr=rate, betas=recipe.betas, fused=fused)


def learning_rate(recipe: Recipe, progress_in_epochs: float) -> float:
    """Rate of the top layer at a moment of training.

    It rises evenly from 0 over the warm-up, and goes on as the recipe says: half a cosine down to
    ``final_rate``; by steps; or as it is.  One cycle (Smith and Topin, 2019) rises by half a cosine from
    1/25 of the highest rate instead, and falls by another.

    Parameters
    ----------
    recipe : Recipe
        How a network is trained.
    progress_in_epochs : float
        Epochs done, with the part of the current one; what lies beyond the last counts as the last.

    Returns
    -------
    float
        Depends on nothing else, so that a run that goes on has the rates of one that never stopped.
    """
    top, warm_up = recipe.learning_rate, recipe.warm_up_epochs
    now = min(max(progress_in_epochs, 0.0), float(recipe.epochs))
    if now < warm_up:
        if recipe.schedule == "one_cycle":
            return _half_cosine(top * _ONE_CYCLE_START, top, now / warm_up)
        return top * now / warm_up
    if recipe.schedule in {"cosine", "one_cycle"}:
        rest = recipe.epochs - warm_up
        return _half_cosine(top, recipe.final_rate, (now - warm_up) / rest if rest > 0 else 1.0)
    if recipe.schedule == "steps":
        return top * recipe.step_factor ** math.floor(now / recipe.step_epochs)
    return top


def _half_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def _trained(model: nn.Module, recipe: Recipe) -> Iterator[tuple[str, nn.Parameter]]:
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and (recipe.trained == "all" or name.startswith("predictor.")):
            yield name, parameter


def _scale(model: nn.Module, recipe: Recipe, name: str) -> float:
    if recipe.layer_decay == 1:
        return 1.0
    if not isinstance(model, VisionTransformer):
        raise ValueError(f"{type(model).__name__} has no layers that its rates could decay by")
    top = len(model.blocks) + 1
    part, _, rest = name.partition(".")
    if part in {*_NEVER_DECAYED, "patch_embed"}:
        layer = 0
    elif part == "blocks":
        layer = int(rest.partition(".")[0]) + 1
    else:
        layer = top
    return recipe.layer_decay ** (top - layer)
