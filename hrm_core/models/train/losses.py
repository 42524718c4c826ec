"""What training makes small: the losses of the published networks.

Formulas after JAA-Net (Shao et al., 2021), ME-GraphAU (Luo et al., 2022) and FMAE-IAT (Ning et al.,
2025), as ``reference/networks/NETWORKS.md`` §9 has them.  All are computed in single precision,
whatever the network was computed in.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from hrm_core.models.train.recipe import Loss

__all__ = ["action_weights", "actions_loss", "edge_loss", "identity_loss"]

_SMALLEST = 1e-8
"""Least argument of a logarithm, as ME-GraphAU has it."""

_TEMPERED = (1.0, 3.0)


def action_weights(rates: Tensor) -> Tensor:
    """How much each action counts: the rarer, the more.

    ``w_i = N (1/r_i) / sum_j (1/r_j)`` over the N actions that are ever present.

    Parameters
    ----------
    rates : Tensor of float, shape [actions]
        Share of the training pictures that show each action, in [0, 1].

    Returns
    -------
    Tensor of float, shape [actions]
        Their mean is 1 over the actions that are ever present; 0 for the others.
    """
    present = rates > 0
    rarity = torch.where(present, 1 / rates.where(present, torch.ones_like(rates)), 0)
    return rarity * present.sum() / rarity.sum().clamp(min=_SMALLEST)


def actions_loss(
    name: Loss, outputs: Tensor, truth: Tensor, *, weights: Tensor, rates: Tensor, known: Tensor
) -> Tensor:
    """Loss of the actions, the mean over all entries that take part.

    ========================= ======================================================================
    ``"bce"``                 binary cross-entropy (MAE-Face, FMAE)
    ``"weighted_bce"``        the same times w_i (JAA-Net's weighted multi-label cross-entropy)
    ``"balanced_bce"``        presence times n0/n1, and all times 0.5/(n0/(n0+n1)) (EmoFAN's source)
    ``"tempered_bce"``        presence times the root of n0/n1, at least 1 and at most 3 (ours)
    ``"weighted_asymmetric"`` ``-w_i [y log p + (1-y) sg(p) log(1-p)]``, sg without gradient
                              (ME-GraphAU), of outputs that are probabilities already
    ========================= ======================================================================

    An action that training pictures never show has no weight and takes no part; in ``"balanced_bce"``
    neither does one that they always show.  ``"bce"`` has no weights, and all actions take part.

    Parameters
    ----------
    name : Loss
        Which one.
    outputs : Tensor of float, shape [pictures, actions]
        Logits; cosines in [0, 1] for ``"weighted_asymmetric"``.
    truth : Tensor of float, shape [pictures, actions]
        1 where an action is present, otherwise 0.
    weights : Tensor of float, shape [actions]
        Of :func:`action_weights`.
    rates : Tensor of float, shape [actions]
        Share of the training pictures that show each action.
    known : Tensor of bool, shape [pictures, actions]
        What was coded; other entries change neither the loss nor any gradient.

    Returns
    -------
    Tensor of float32, shape []
        0 if nothing is known.
    """
    outputs, truth = outputs.float(), truth.float().where(known, 0)
    if name == "bce":
        losses = functional.binary_cross_entropy_with_logits(outputs, truth, reduction="none")
        return _mean(losses, known)
    if name == "balanced_bce":
        known = known & (rates > 0) & (rates < 1)
        rates = rates.clamp(_SMALLEST, 1 - torch.finfo(torch.float32).eps)
        losses = functional.binary_cross_entropy_with_logits(
            outputs, truth, weight=0.5 / (1 - rates), pos_weight=(1 - rates) / rates, reduction="none"
        )
        return _mean(losses, known)
    known = known & (weights > 0)
    if name == "tempered_bce":
        rarer = ((1 - rates) / rates.clamp(_SMALLEST)).sqrt().clamp(*_TEMPERED)
        losses = functional.binary_cross_entropy_with_logits(
            outputs, truth, pos_weight=rarer, reduction="none"
        )
    elif name == "weighted_bce":
        losses = functional.binary_cross_entropy_with_logits(outputs, truth, weight=weights, reduction="none")
    else:
        losses = weights * _asymmetric(outputs, truth)
    return _mean(losses, known)


def edge_loss(edge_logits: Tensor, truth: Tensor, known: Tensor) -> Tensor:
    """Cross-entropy of the pairs of actions of ``me_graphau_edge``.

    Parameters
    ----------
    edge_logits : Tensor of float, shape [pictures, actions², 4]
        Logits of class ``2·y_i + y_j`` for pair ``i·actions + j``.
    truth : Tensor of float, shape [pictures, actions]
        1 where an action is present, otherwise 0.
    known : Tensor of bool, shape [pictures, actions]
        What was coded; a pair takes part if both of its actions were.

    Returns
    -------
    Tensor of float32, shape []
        Mean over the pairs that take part; 0 if there are none.
    """
    # An unknown entry may be marked by a number that is no class.
    present = truth.where(known, 0).long()
    classes = (2 * present.unsqueeze(2) + present.unsqueeze(1)).flatten(1)
    pairs = (known.unsqueeze(2) & known.unsqueeze(1)).flatten(1)
    losses = functional.cross_entropy(edge_logits.float().transpose(1, 2), classes, reduction="none")
    return _mean(losses, pairs)


def identity_loss(id_logits: Tensor, subject: Tensor) -> Tensor:
    """Binary cross-entropy of who it is, one question for each person (FMAE-IAT).

    The network turns its gradient round, so that making this small makes features forget who it is.

    Parameters
    ----------
    id_logits : Tensor of float, shape [pictures, people]
        One logit for each person of the training pictures.
    subject : Tensor of int64, shape [pictures]
        Who it is, counted from 0.

    Returns
    -------
    Tensor of float32, shape []
        Mean over pictures and people.
    """
    truth = functional.one_hot(subject, id_logits.shape[1]).float()
    return functional.binary_cross_entropy_with_logits(id_logits.float(), truth)


def _asymmetric(p: Tensor, truth: Tensor) -> Tensor:
    present = truth * p.clamp(min=_SMALLEST).log()
    # Easy absences count less, by a factor that is not itself to be made small.
    absent = (1 - truth) * p.detach() * (1 - p).clamp(min=_SMALLEST).log()
    return -(present + absent)


def _mean(losses: Tensor, known: Tensor) -> Tensor:
    return losses.where(known, 0).sum() / known.sum().clamp(min=1)
