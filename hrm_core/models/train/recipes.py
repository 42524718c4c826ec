"""The published recipes, and small ones to try things out, by network and name.  No PyTorch is needed.

Figures of ``"hrm"`` and ``"upstream"`` are those of ``reference/networks/NETWORKS.md`` §10; each recipe's
``source`` says which of its figures are ours because nothing was documented.
"""

from __future__ import annotations

from dataclasses import replace

from hrm_core.errors import NotFoundError
from hrm_core.models.train.recipe import Augmentation, Recipe
from hrm_core.models.zoo import network as known_network

__all__ = ["presets", "recipe"]

_RATE_BATCH = 256
"""Pictures for which the base rate of a masked auto-encoder is stated."""


def recipe(network: str, preset: str = "hrm") -> Recipe:
    """How a network is trained.

    Parameters
    ----------
    network : str
        A name of :func:`hrm_core.models.zoo.list_models` that takes pictures.
    preset : str
        One of :func:`presets`.

    Returns
    -------
    Recipe
        All of it.

    Raises
    ------
    NotFoundError
        If there is no such network, none that takes pictures, or no such preset; the message names those
        there are.
    """
    names = presets(network)
    if preset not in names:
        raise NotFoundError(f"There is no preset {preset!r} for {network}: choose one of {', '.join(names)}.")
    return _RECIPES[network, preset]


def presets(network: str) -> tuple[str, ...]:
    """Names of a network's recipes, that of the paper first.

    Raises
    ------
    NotFoundError
        If there is no such network, or it takes no pictures.
    """
    known_network(network)
    names = tuple(preset for name, preset in _RECIPES if name == network)
    if not names:
        trained = ", ".join(dict.fromkeys(name for name, _ in _RECIPES))
        raise NotFoundError(f"{network} takes no pictures: recipes for actions are there for {trained}.")
    return names


def _rate(base: float, batch_size: int) -> float:
    """Highest rate of a transformer, from the base rate that its sources state."""
    return base * batch_size / _RATE_BATCH


_OF_THE_TRANSFORMERS = (
    "Hugging Rain Man's sheet (epochs) and the sources of MAE-Face and FMAE (all else); ours: square parts "
    "of at least four fifths of a picture are cut out, and RandAugment moves it by at most a tenth, so that "
    "brows and mouth stay in it; bilinear; even noise is put where parts are erased."
)

_MAE_FACE = Recipe(
    preset="hrm",
    network="mae_face",
    source=f"{_OF_THE_TRANSFORMERS} Of the documented 2e-4 to 5e-4 the base rate is 5e-4, of 2 to 3 epochs "
    "the warm-up is 3.",
    epochs=30,
    batch_size=64,
    learning_rate=_rate(5e-4, 64),
    final_rate=1e-6,
    warm_up_epochs=3,
    weight_decay=0.05,
    no_decay_1d=True,
    layer_decay=0.65,
    drop_path=0.1,
    augmentation=Augmentation(flip=0.5, resized_crop=(0.8, 1.0), rand_augment=True, erase=0.25),
    precision="16-mixed",
    begins_from="mae_face_pretrained",
)
_FMAE = replace(_MAE_FACE, network="fmae", begins_from="fmae_pretrained")
_FMAE_IAT = replace(
    _FMAE,
    network="fmae_iat",
    source=f"{_FMAE.source} The sheet's own rate of fold 1, 1e-3, is left out: a recipe has one rate for all "
    "folds.",
)
_EMOFAN = Recipe(
    preset="hrm",
    network="emofan",
    source="EmoFAN's training for actions (all but the loss) and Hugging Rain Man (weighted cross-entropy, "
    "normalised pictures); ours: turned about the middle of the aligned face, not about a box.",
    epochs=12,
    batch_size=64,
    learning_rate=1e-4,
    schedule="steps",
    step_epochs=4,
    step_factor=0.3,
    loss="weighted_bce",
    trained="predictor",
    input_size=256,
    cache_size=256,
    augmentation=Augmentation(flip=0.5, rotation=15.0, scale=(0.75, 1.25), shift=10 / 256),
    begins_from="fan",
)
_ME_GRAPH = Recipe(
    preset="hrm",
    network="me_graphau",
    source="ME-GraphAU, stage 1, as Hugging Rain Man used it; from ResNet-50 of ImageNet.",
    epochs=20,
    batch_size=64,
    learning_rate=1e-4,
    weight_decay=5e-4,
    loss="weighted_asymmetric",
    cache_size=256,
    augmentation=Augmentation(flip=0.5, colour=0.4, crop=224),
    begins_from="resnet50_imagenet",
)
_ME_GRAPH_EDGE = replace(
    _ME_GRAPH,
    network="me_graphau_edge",
    source="ME-GraphAU, stage 2, in Hugging Rain Man's batches of 24; of its two rates 1e-5, and the weight "
    "of the edges that its instructions give BP4D; from stage 1 of the same data.",
    batch_size=24,
    learning_rate=1e-5,
    edge_weight=0.05,
    begins_from="me_graphau",
)
_RESNET = replace(
    _ME_GRAPH,
    network="resnet50",
    source="Hugging Rain Man documents the loss alone (weighted cross-entropy); all else is ours: that of "
    "ME-GraphAU, whose trunk is the same network.",
    loss="weighted_bce",
)

_SMOKE = "Ours: small and quick, to see on a processor that everything works; not to be reported."


def _smoke(published: Recipe, **changes: object) -> Recipe:
    """A small recipe: the published loss and optimiser on few small pictures, from random weights."""
    few: dict[str, object] = {
        "preset": "smoke",
        "source": _SMOKE,
        "epochs": 2,
        "batch_size": 16,
        "input_size": 64,
        "cache_size": 64,
        "warm_up_epochs": 0.0,
        "augmentation": Augmentation(flip=0.5),
        "precision": "32-true",
        "every": 20,
        "begins_from": "",
    }
    return replace(published, **{**few, **changes})  # type: ignore[arg-type]


_STARTER = Recipe(
    preset="small",
    network="starter",
    source="Ours: goes on from the network of the demo study with the codes of a few children, in minutes on "
    "a processor; for drawn faces only.",
    epochs=2,
    batch_size=32,
    # Larger steps forget more of the many children that it began with: docs/starter-model.md.
    learning_rate=3e-5,
    warm_up_epochs=0.5,
    weight_decay=0.02,
    input_size=96,
    # As its card says: what it learned from was cut and brought to its size in one step.
    cut=(0.0715, 0.143, 0.9285, 1.0),
    cache_size=96,
    augmentation=Augmentation(flip=0.5),
    begins_from="demo_starter",
)

_ALL = (
    _RESNET,
    _smoke(
        _RESNET,
        source=f"{_SMOKE} Enough to learn the synthetic faces of the demo study; one fold only.",
        epochs=13,
        batch_size=32,
        learning_rate=2e-3,
        final_rate=2e-6,
        warm_up_epochs=2.0,
        schedule="one_cycle",
        weight_decay=0.05,
        betas=(0.9, 0.98),
        no_decay_1d=True,
        loss="tempered_bce",
        sampling="balanced",
        # Brows to chin, cut tighter than faces are aligned: wrinkles are still there at 64 pixels.
        cut=(0.107, 0.196, 0.893, 0.982),
        cache_size=80,
        augmentation=Augmentation(
            flip=0.5, rotation=2.0, scale=(0.93, 1.07), shift=0.015, tint=0.5, grey=0.3
        ),
        normalised_by="picture",
        precision="bf16-mixed",
        steady_start=True,
        averaged=0.25,
        every=1,
        first_fold_only=True,
    ),
    _EMOFAN,
    replace(
        _EMOFAN,
        preset="upstream",
        source="EmoFAN's training for actions, with its balanced cross-entropy; ours: normalised pictures.",
        loss="balanced_bce",
    ),
    # Its layers fit 256 pixels and no fewer.
    _smoke(_EMOFAN, batch_size=8, every=60, input_size=256, cache_size=256),
    _ME_GRAPH,
    _smoke(_ME_GRAPH),
    _ME_GRAPH_EDGE,
    replace(
        _ME_GRAPH_EDGE,
        preset="upstream",
        source="ME-GraphAU, stage 2, in its own batches; from stage 1 of the same data.",
        batch_size=64,
    ),
    _smoke(_ME_GRAPH_EDGE),
    _MAE_FACE,
    replace(
        _MAE_FACE,
        preset="hrm-new",
        source=f"{_OF_THE_TRANSFORMERS} What its sheet calls the new MAE-Face.",
        epochs=20,
        warm_up_epochs=10,
    ),
    _smoke(_MAE_FACE, learning_rate=_rate(5e-4, 16), input_size=32, cache_size=32),
    _FMAE,
    _smoke(_FMAE, learning_rate=_rate(5e-4, 16), input_size=32, cache_size=32),
    _FMAE_IAT,
    _smoke(_FMAE_IAT, learning_rate=_rate(5e-4, 16), input_size=32, cache_size=32),
    _STARTER,
)
_RECIPES = {(each.network, each.preset): each for each in _ALL}
