"""How networks are trained: the published recipes and our own, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Augmentation", "Loss", "Precision", "Recipe", "Sampling", "Schedule"]

Loss = Literal["bce", "weighted_bce", "balanced_bce", "tempered_bce", "weighted_asymmetric"]
"""Names of :mod:`hrm_core.models.train.losses`."""

Schedule = Literal["cosine", "steps", "one_cycle", "constant"]

Sampling = Literal["shuffle", "balanced"]
"""Each picture once an epoch, or rare actions more often: see :func:`.batches.epoch_order`."""

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]
"""As Lightning Fabric calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """Random changes of training pictures, all of which leave every action as it was.

    Attributes
    ----------
    flip : float
        How probably a picture is mirrored; sides are not told apart in training.
    rotation : float
        Degrees to either side.
    scale : (float, float) or None
        Range of sizes.
    shift : float
        Share of the width and height to either side.
    colour : float
        Strength of changes of brightness, contrast, saturation; 0 is none.
    hue : float
        Share of the circle of hues.
    crop : int or None
        Pictures are resized to the cache's size and cut to this at random, in the middle when evaluated.
    resized_crop : (float, float) or None
        Range of areas of which a random part is brought to the input size.
    rand_augment : bool
        RandAugment, magnitude 9, deviation 0.5, increasing.
    erase : float
        How probably a rectangle becomes noise.
    grey : float
        How probably a picture loses its colours.
    tint : float
        Strength of changes of each channel for itself, so that the colour of skin tells nothing; 0 is none.
    """

    flip: float = 0.0
    rotation: float = 0.0
    scale: tuple[float, float] | None = None
    shift: float = 0.0
    colour: float = 0.0
    hue: float = 0.0
    crop: int | None = None
    resized_crop: tuple[float, float] | None = None
    rand_augment: bool = False
    erase: float = 0.0
    grey: float = 0.0
    tint: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that decides how a network is trained, but for data, seed and machine.

    Attributes
    ----------
    preset : str
        Its name: ``"hrm"`` is what the paper or its sources did, ``"smoke"`` is ours and small.
    network : str
        A name of :func:`hrm_core.models.zoo.list_models`.
    source : str
        Where the figures were read, and which of them are ours.
    epochs : int
        Passes over the training pictures.
    batch_size : int
        Pictures that make one step, over all devices.
    learning_rate : float
        Highest rate of the top layer, at `batch_size`.
    final_rate : float
        Where a cosine ends.
    warm_up_epochs : float
        Epochs in which the rate rises from 0.
    schedule : Schedule
        How it goes on.
    step_epochs, step_factor : int, float
        Of ``"steps"``: every so many epochs the rate is multiplied.
    weight_decay : float
        Of AdamW.
    betas : (float, float)
        Of AdamW.
    no_decay_1d : bool
        Whether vectors, class token and position embedding have no weight decay.
    layer_decay : float
        Factor of the rate from one layer of a transformer to the one below; 1 is none.
    drop_path : float
        Of a transformer.
    loss : Loss
        Of the actions.
    edge_weight : float
        Of the loss of the edges of ``me_graphau_edge``.
    trained : {"all", "predictor"}
        EmoFAN trains its predictor only.
    input_size : int
        Height and width of what the network sees, in pixels.
    cache_size : int
        Height and width of what is cached, in pixels, at least `input_size`.
    augmentation : Augmentation
        Changes of training pictures.
    precision : Precision
        Of the arithmetic, where the device has it.
    clip_norm : float or None
        Longest gradient.
    every : int
        Only every so many of a recording's frames is trained on; all are evaluated.
    sampling : Sampling
        How often pictures are seen.
    cut : (float, float, float, float) or None
        Left, top, right and bottom of the part of an aligned face that is cached, as shares of its width and
        height; all of it if None.
    normalised_by : {"card", "picture"}
        What is subtracted and divided by: mean and deviation of the network's card, or of each picture.
    steady_start : bool
        Whether residual branches of ``resnet50`` begin at zero, and its head at the actions' rates.
    averaged : float
        Share of all steps, the last ones, over which weights are averaged exponentially; 0 takes them as they
        are in the end, and so does a run that stops early.
    first_fold_only : bool
        Whether one fold is enough unless another is asked for.
    begins_from : str
        Card of a backbone whose weights it begins from where they are registered; empty for random ones.
    """

    preset: str
    network: str
    source: str
    epochs: int
    batch_size: int
    learning_rate: float
    final_rate: float = 0.0
    warm_up_epochs: float = 0.0
    schedule: Schedule = "cosine"
    step_epochs: int = 0
    step_factor: float = 1.0
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    no_decay_1d: bool = False
    layer_decay: float = 1.0
    drop_path: float = 0.0
    loss: Loss = "bce"
    edge_weight: float = 0.0
    trained: Literal["all", "predictor"] = "all"
    input_size: int = 224
    cache_size: int = 224
    augmentation: Augmentation = field(default_factory=Augmentation)
    precision: Precision = "32-true"
    clip_norm: float | None = None
    every: int = 1
    sampling: Sampling = "shuffle"
    cut: tuple[float, float, float, float] | None = None
    normalised_by: Literal["card", "picture"] = "card"
    steady_start: bool = False
    averaged: float = 0.0
    first_fold_only: bool = False
    begins_from: str = ""
