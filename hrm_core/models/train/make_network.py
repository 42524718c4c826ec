"""A network as training begins with it."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from hrm_core.models.checkpoint import load_checkpoint
from hrm_core.models.train.fold_job import FoldJob
from hrm_core.models.zoo import create_model

__all__ = ["make_network"]

_LEAST_RATE = 0.003
_TRANSFORMERS = ("mae_face", "fmae", "fmae_iat")
_IDENTITY = "fmae_iat"


def make_network(job: FoldJob, seed: int) -> tuple[nn.Module, tuple[str, ...]]:
    """The network of a fold on the CPU, and sentences about the weights that it begins from.

    Parameters
    ----------
    job : FoldJob
        Names the network and its weights.
    seed : int
        Of the random weights.

    Raises
    ------
    NotFoundError, InvalidFileError
        If a file of weights is gone or does not suit.
    """
    recipe = job.recipe
    torch.manual_seed(seed)
    options: dict[str, Any] = {}
    people = int(job.subjects[job.training].max()) + 1
    if recipe.network in _TRANSFORMERS:
        options = {"input_size": recipe.input_size, "drop_path": recipe.drop_path}
    if recipe.network == _IDENTITY:
        options["num_subjects"] = people
    model: Any = create_model(recipe.network, job.truth.shape[1], **options)
    if recipe.steady_start:
        _steady(model, job)
    told: list[str] = []
    for path in job.begins_from:
        told.extend(load_checkpoint(model, path, new_head=True).sentences())
    if recipe.network == _IDENTITY and model.ID_head.out_features != people:
        # A file's identity head tells other people apart.
        model.ID_head = model.identity_head(people)
    return model, tuple(told)


def _steady(model: Any, job: FoldJob) -> None:
    """Let residual branches begin at zero (Goyal et al., 2017), and the head at the actions' rates."""
    for name, parameter in model.named_parameters():
        if name.endswith("bn3.weight"):
            nn.init.zeros_(parameter)
    rates = torch.from_numpy((job.truth[job.training] == 1).mean(axis=0)).float()
    with torch.no_grad():
        model.fc.weight.zero_()
        model.fc.bias.copy_(rates.clamp(_LEAST_RATE, 1 - _LEAST_RATE).logit())
