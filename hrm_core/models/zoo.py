"""Networks by name.  The names and facts need no PyTorch; making one does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from hrm_core.errors import NotFoundError
from hrm_core.models.libraries import require_torch

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Network", "Takes", "create_model", "list_models", "network", "network_of"]

Takes = Literal["pictures", "sequences"]
"""Pictures [B, 3, size, size], or actions over time [B, frames, actions]."""

_Build = Callable[..., "nn.Module"]

HRM_SUBJECTS = 98
"""Children in Hugging Rain Man: rows of FMAE-IAT's identity head where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Network:
    """What is known of a network without making it.

    Attributes
    ----------
    name : str
        As :func:`create_model` takes it.
    build : callable
        Makes it: ``build(num_actions, **options)``.
    takes : {"pictures", "sequences"}
        What goes in.
    input_size : int
        Height and width of pictures in pixels, or frames of a sequence.
    outputs : tuple of str
        What comes out, in order; the first is the one that is used.
    """

    name: str
    build: _Build
    takes: Takes
    input_size: int
    outputs: tuple[str, ...]


_NETWORKS: dict[str, Network] = {}


def _network(
    name: str, *, outputs: tuple[str, ...], input_size: int = 224, takes: Takes = "pictures"
) -> Callable[[_Build], _Build]:
    def register(build: _Build) -> _Build:
        _NETWORKS[name] = Network(name, build, takes, input_size, outputs)
        return build

    return register


def list_models() -> list[str]:
    """Names of all networks, in the order in which they are documented."""
    return list(_NETWORKS)


def network(name: str) -> Network:
    """What is known of a network.

    Raises
    ------
    NotFoundError
        If there is none of this name.
    """
    found = _NETWORKS.get(name)
    if found is None:
        raise NotFoundError(f"There is no network {name!r}: there are {', '.join(_NETWORKS)}.")
    return found


def create_model(name: str, num_actions: int = 22, **options: Any) -> nn.Module:
    """Make a network with random weights.

    Parameters
    ----------
    name : str
        One of :func:`list_models`.
    num_actions : int
        How many actions it says something of; of a regressor: is told of.
    **options
        What only some networks have: ``input_size``, ``drop_path`` and ``pooling`` of
        the transformers, ``num_subjects`` and ``reversal`` of ``fmae_iat``, ``neighbours``
        of ``me_graphau``, ``hidden`` of the regressors.

    Returns
    -------
    torch.nn.Module
        In training mode, as PyTorch makes all modules; ``model.network`` holds its name
        and ``model.num_actions`` its number of actions.

    Raises
    ------
    NotFoundError
        If there is none of this name.
    MissingLibraryError
        If PyTorch is not installed.
    ValueError, TypeError
        If `num_actions` is below 1, or an option is not one of this network's.
    """
    entry = network(name)
    if num_actions < 1:
        raise ValueError(f"num_actions must be at least 1, not {num_actions}")
    require_torch()
    model = entry.build(num_actions, **options)
    # A module's attributes are typed as parameters or modules; these two are plain values.
    model.network = name  # type: ignore[assignment]
    model.num_actions = num_actions  # type: ignore[assignment]
    return model


def network_of(model: nn.Module) -> Network:
    """Which network a module is.

    Raises
    ------
    ValueError
        If :func:`create_model` did not make it.
    """
    name = getattr(model, "network", None)
    if not isinstance(name, str) or name not in _NETWORKS:
        raise ValueError(f"{type(model).__name__} was not made by create_model")
    return _NETWORKS[name]


@_network("resnet50", outputs=("au_logits",))
def _resnet50(num_actions: int) -> nn.Module:
    from hrm_core.models.nets.resnet import ResNet50

    return ResNet50(num_actions)


@_network("emofan", outputs=("au_logits",), input_size=256)
def _emofan(num_actions: int) -> nn.Module:
    from hrm_core.models.nets.emofan import EmoFan

    return EmoFan(num_actions)


@_network("me_graphau", outputs=("au_cosine",))
def _me_graphau(num_actions: int, **options: Any) -> nn.Module:
    from hrm_core.models.nets.graph_au import MeGraphAu

    return MeGraphAu(num_actions, **options)


@_network("me_graphau_edge", outputs=("au_cosine", "edge_logits"))
def _me_graphau_edge(num_actions: int) -> nn.Module:
    from hrm_core.models.nets.graph_au import MeGraphAuEdge

    return MeGraphAuEdge(num_actions)


@_network("mae_face", outputs=("au_logits",))
def _mae_face(num_actions: int, **options: Any) -> nn.Module:
    from hrm_core.models.nets.vit import VIT_BASE, VisionTransformer

    return VisionTransformer(num_actions, VIT_BASE, **{"pooling": "mean", **options})


@_network("fmae", outputs=("au_logits",))
def _fmae(num_actions: int, **options: Any) -> nn.Module:
    from hrm_core.models.nets.vit import VIT_LARGE, VisionTransformer

    return VisionTransformer(num_actions, VIT_LARGE, **{"pooling": "class", **options})


@_network("fmae_iat", outputs=("au_logits", "id_logits"))
def _fmae_iat(num_actions: int, **options: Any) -> nn.Module:
    from hrm_core.models.nets.vit import VIT_LARGE, IdentityAdversarialTransformer

    defaults: dict[str, Any] = {"pooling": "class", "num_subjects": HRM_SUBJECTS}
    return IdentityAdversarialTransformer(num_actions, VIT_LARGE, **{**defaults, **options})


@_network("starter", outputs=("au_logits",), input_size=96)
def _starter(num_actions: int) -> nn.Module:
    from hrm_core.models.nets.starter import Starter

    return Starter(num_actions)


@_network("gru", outputs=("score",), input_size=15, takes="sequences")
def _gru(num_actions: int, **options: Any) -> nn.Module:
    from hrm_core.models.nets.sequence import GruRegressor

    return GruRegressor(num_actions, **options)


@_network("bilstm", outputs=("score",), input_size=15, takes="sequences")
def _bilstm(num_actions: int, **options: Any) -> nn.Module:
    from hrm_core.models.nets.sequence import BiLstmRegressor

    return BiLstmRegressor(num_actions, **options)
