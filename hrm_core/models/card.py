"""Model cards: what a model is, under which licence, and which files it consists of.

A card is a packaged file ``models/<name>/card.toml``, which :mod:`hrm_core.models.card_file`
reads, or lies beside the weights of a network that was trained on this computer.  The weights
that it speaks of are no part of the program, but for small ones of drawn faces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

__all__ = [
    "Download",
    "InputSpec",
    "Licence",
    "Lineage",
    "ModelCard",
    "NetworkFacts",
    "PublishedResult",
    "WeightFile",
    "is_model_name",
    "is_sha256",
]

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of weights that is kept.

    Attributes
    ----------
    name : str
        Its name without a folder.
    size_bytes : int
        Its size.
    sha256 : str
        Its SHA-256, 64 hexadecimal digits.
    """

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Download:
    """One file to be fetched.

    Attributes
    ----------
    name : str
        Its name without a folder.
    url : str
        Where it is, ``https``.
    size_bytes : int
        Its size.
    sha256 : str
        Its SHA-256, 64 hexadecimal digits.
    members : tuple of WeightFile
        What is kept of a zip archive; empty if the file itself is kept.
    """

    name: str
    url: str
    size_bytes: int
    sha256: str
    members: tuple[WeightFile, ...] = ()

    @property
    def kept(self) -> tuple[WeightFile, ...]:
        """The files that come of it."""
        return self.members or (WeightFile(self.name, self.size_bytes, self.sha256),)


@dataclass(frozen=True, slots=True)
class Licence:
    """On which terms the weights may be used.

    Attributes
    ----------
    name : str
        Its name.
    summary : tuple of str
        What is shown before it is accepted, a paragraph each.
    url : str
        Where its text is.
    commercial_use : bool
        Whether it allows commercial use.
    """

    name: str
    summary: tuple[str, ...]
    url: str
    commercial_use: bool


@dataclass(frozen=True, slots=True)
class InputSpec:
    """How a picture becomes what a network was trained on, step by step.

    A part of it is cut out, brought to `first_size`, then to `size`, and normalised.

    Attributes
    ----------
    size : int
        Height and width in pixels; of a regressor, the number of frames.
    resize : {"pil-bilinear", "none"}
        How a picture of another size is brought to it: Pillow's bilinear filter,
        which is antialiased, without keeping the proportions; none for a regressor.
    mean, std : tuple of float
        Of red, green and blue in [0, 1]; subtracted, then divided by. Empty for a regressor.
    cut : (float, float, float, float) or None
        Left, top, right and bottom of the part that is seen, as shares of the picture's width and
        height; all of it if None.
    normalised_by : {"card", "picture"}
        Whether `mean` and `std` are taken, or those of each picture itself.
    first_size : int or None
        Height and width to which it is brought at first, at least `size`; None if that is `size`.
    middle : bool
        Whether `size` is the middle of what has `first_size`, rather than all of it resized.
    """

    size: int
    resize: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    cut: tuple[float, float, float, float] | None = None
    normalised_by: Literal["card", "picture"] = "card"
    first_size: int | None = None
    middle: bool = False


@dataclass(frozen=True, slots=True)
class PublishedResult:
    """What its authors say of a model's results; nobody measured it here.

    Attributes
    ----------
    source : str
        Where the figures were read, and under which protocol they arose.
    f1, accuracy : float or None
        Mean over actions in percent; None where none is published.
    f1_by_action : dict of str to float
        F1 in percent by key of an action; empty where it was not at hand.
    caveats : tuple of str
        What is known to be wrong with the figures, a sentence each.
    """

    source: str
    f1: float | None
    accuracy: float | None
    f1_by_action: Mapping[str, float]
    caveats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """What is known of a network whose weights a person adds.

    Attributes
    ----------
    architecture : str
        A name of :func:`hrm_core.models.zoo.list_models`.
    role : {"detector", "regressor", "backbone"}
        Probabilities of actions; a score of sequences; or what training begins from,
        which says nothing by itself.
    actions : tuple of str
        Keys of the actions in the order of the outputs (of a regressor: inputs); empty
        for a backbone.
    input : InputSpec
        How pictures are prepared.
    activation : {"sigmoid", "none", "softmax"}
        What turns the first output into probabilities; none where it is one already. Softmax is of
        networks that tell expressions, which have no card.
    thresholds : tuple of float
        From which probability on an action is said to be there, one for each action;
        empty unless it is a detector.
    population : str
        Who is on the pictures it learned from.
    limits : tuple of str
        For whom and what it may not be used without checking, a sentence each; shown
        wherever its results are.
    parameters : int
        How many it has; of a backbone, without the head that training puts on it.
    multiply_adds : int
        Multiplications with addition in all convolutions and matrix products, those of
        attention among them, for one picture or sequence; of a backbone, without the head.
    published : PublishedResult or None
        What its authors report.
    synthetic : bool
        Whether it learned from drawn faces, or began from weights that did: it says nothing that
        may be believed of people.
    """

    architecture: str
    role: str
    actions: tuple[str, ...]
    input: InputSpec
    activation: str
    thresholds: tuple[float, ...]
    population: str
    limits: tuple[str, ...]
    parameters: int
    multiply_adds: int
    published: PublishedResult | None
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a network that was trained on this computer comes from.

    Attributes
    ----------
    study : str
        Name of the study whose codes it learned from.
    run : str
        Name of the run of training in it.
    preset : str
        Name of the recipe.
    began_from : str
        Name of the card whose weights it began from; empty for random weights.
    began_from_sha256 : str
        SHA-256 of these weights, joined by ``+`` where they are several files.
    trained_at : str
        When, UTC, ISO 8601.
    participants, frames : int
        How many it learned from.
    folds : int
        How many groups of participants the figures come from.
    held_out : dict of str to float
        What was measured on participants who were held out, of one network for each fold; the
        network that is kept learned from all of them and has no figures of its own.
    """

    study: str
    run: str
    preset: str
    began_from: str
    began_from_sha256: str
    trained_at: str
    participants: int
    frames: int
    folds: int
    held_out: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What the program knows of a model before its weights are there.

    Attributes
    ----------
    name : str
        What it is called on the command line.
    kind : str
        What it is, in words that fit into a sentence: ``"face detector"``.
    what : str
        What it gives, for a list.
    source : str
        Where it comes from; empty for a network that was trained on this computer or whose weights
        are part of the program.
    licence : Licence
        Terms of use; of such a network, without an address of its text where there is none.
    download : Download or None
        Where its weights are fetched from; None if nobody may fetch them by an address.
    network : NetworkFacts or None
        What its network is, if it is one of ours; None for models that find faces.
    citation : str
        What whoever uses it cites; empty if its authors ask for nothing.
    family : str
        What it shares with its newer and older versions; its own name if it is the only one.
    version : int
        From 1; of a family, the highest is the newest.
    shipped : tuple of WeightFile
        Weights that lie beside the card itself.
    lineage : Lineage or None
        Of a network that was trained on this computer; None for all others.
    folder : pathlib.Path or None
        Where the card was read.
    """

    name: str
    kind: str
    what: str
    source: str
    licence: Licence
    download: Download | None
    network: NetworkFacts | None
    citation: str = ""
    family: str = ""
    version: int = 1
    shipped: tuple[WeightFile, ...] = ()
    lineage: Lineage | None = None
    folder: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.family:
            object.__setattr__(self, "family", self.name)

    @property
    def files(self) -> tuple[WeightFile, ...]:
        """The files that are kept and known beforehand; empty where a person's own are added."""
        return () if self.download is None else self.download.kept

    @property
    def pack(self) -> bool:
        """Whether it is a folder of several files rather than one file."""
        return self.download is not None and bool(self.download.members)


def is_model_name(text: str) -> bool:
    """Whether a model can be called so: it becomes the name of a folder on every system."""
    return _NAME.fullmatch(text) is not None


def is_sha256(text: str) -> bool:
    """Whether a text is a SHA-256 as cards write it."""
    return _SHA256.fullmatch(text) is not None
