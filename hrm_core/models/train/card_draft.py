"""The draft of a model card for a network that a study trained: facts are filled in, terms are not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hrm_core.models.card import InputSpec
from hrm_core.models.libraries import require_torch
from hrm_core.models.measure import multiply_adds
from hrm_core.models.zoo import create_model, network
from hrm_core.records.people import Participant
from hrm_core.records.words import counted

__all__ = ["TrainedNetwork", "draft_card", "population"]

_OUTPUTS = {"pictures": "detector", "sequences": "regressor"}
_KINDS = {"detector": "action detector", "regressor": "atypicality regressor"}
_SIZED = ("mae_face", "fmae", "fmae_iat")
_LICENCE = (
    "To be chosen by the study whose children it learned from: what their families agreed to decides "
    "whether these weights may be passed on at all."
)
_LIMITS = (
    "On people who are not like those of this study it may do worse: label some pictures of your own and "
    "compare before you rely on it.",
    "It was measured on children whom it had not seen, but on this study alone: another camera or another "
    "crop of the face was never tried.",
)
_SAYS = {
    "detector": "It says which movements it takes to be visible, and errs; it measures neither emotion nor "
    "autism and is no diagnostic instrument.",
    "regressor": "It repeats how unusual the study's judges found an expression, and errs; it does not "
    "measure autism and is no diagnostic instrument.",
}
_PECULIAR = (
    "It learned from a part of each face, normalised picture by picture, which this card cannot say: hrm "
    "predict prepares pictures otherwise, so do not run it there."
)
_SYNTHETIC = "It learned from drawn faces: it says nothing about photographs of people."


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedNetwork:
    """What a card says of a network that was trained here.

    Attributes
    ----------
    name : str
        Of the model: small letters, digits, - and _, as its folder would be called.
    architecture : str
        A name of :func:`hrm_core.models.zoo.list_models`.
    actions : tuple of str
        Keys of the actions in the order of its outputs (of a regressor: inputs).
    input : InputSpec
        How its inputs are prepared.
    thresholds : tuple of float
        From which probability on each action counts as there; empty for a regressor.
    study : str
        Name of the study.
    population : str
        Who it learned from, see :func:`population`.
    synthetic : bool
        Whether the study is.
    measured : mapping of str to float
        What was measured here on children it had not seen, by what it is called.
    people : int or None
        Whom the identity head of ``fmae_iat`` tells apart; None for all other networks.
    peculiar : bool
        Whether it learned from pictures that were prepared as no card can say.
    """

    name: str
    architecture: str
    actions: tuple[str, ...]
    input: InputSpec
    thresholds: tuple[float, ...]
    study: str
    population: str
    synthetic: bool
    measured: Mapping[str, float]
    people: int | None = None
    peculiar: bool = False


def draft_card(trained: TrainedNetwork) -> str:
    """Write a card that the program reads, for the study to complete.

    Parameters and operations are counted by making the network without memory for its weights.

    Parameters
    ----------
    trained : TrainedNetwork
        What was trained.

    Returns
    -------
    str
        TOML for ``models/<name>/card.toml``.  It claims no published results: the figures
        that were measured are a comment, and the licence is left to the study.

    Raises
    ------
    NotFoundError
        If there is no such architecture.
    MissingLibraryError
        If PyTorch is not installed.
    """
    role = _OUTPUTS[network(trained.architecture).takes]
    limits = [*((_SYNTHETIC,) if trained.synthetic else ()), *_LIMITS, _SAYS[role]]
    if trained.peculiar:
        limits.insert(0, _PECULIAR)
    parameters, operations = _count(trained)
    lines = [
        f"# DRAFT, written when {_in_comment(trained.name)} was trained: read each line, replace the",
        "# addresses of example.org, choose a licence, and give the card to nobody before.",
        *_measured(trained.measured),
        f"name = {_text(trained.name)}",
        f"kind = {_text(_KINDS[role])}",
        f"what = {_text(_what(trained, role))}",
        'source = "https://example.org/where-your-study-is-described"',
        "",
        "[licence]",
        'name = "to be chosen by the study"',
        f"summary = {_texts([_LICENCE])}",
        'url = "https://example.org/text-of-the-licence"',
        "commercial_use = false",
        "",
        "[network]",
        f"architecture = {_text(trained.architecture)}",
        f"role = {_text(role)}",
        f"actions = {_texts(trained.actions)}",
        f"activation = {_text(_activation(trained.architecture))}",
        f"population = {_text(trained.population)}",
        f"limits = {_texts(limits)}",
        f"parameters = {parameters}",
        f"multiply_adds = {operations}",
        *_thresholds(trained),
        "",
        "[network.input]",
        f"size = {trained.input.size}",
        f"resize = {_text(trained.input.resize)}",
        f"mean = {list(map(float, trained.input.mean))}",
        f"std = {list(map(float, trained.input.std))}",
    ]
    return "\n".join(lines) + "\n"


def population(
    people: Sequence[Participant], *, frames: int, study: str, synthetic: bool, what: str = "frames"
) -> str:
    """Who a network learned from, in a sentence without a full stop.

    Parameters
    ----------
    people : sequence of Participant
        Whose data it learned from; none is named.
    frames : int
        How many frames or windows.
    study : str
        Name of the study.
    synthetic : bool
        Whether they were drawn.
    what : str
        What was counted: ``"frames"``, ``"windows"``.

    Returns
    -------
    str
        ``"6 drawn (synthetic) participants aged 2.8 to 11 years (4 ASD, 2 TD; 3 F, 3 M),
        on 3,780 frames of Demo study"``; what the study does not know of somebody is left out.
    """
    drawn = "drawn (synthetic) " if synthetic else ""
    who = f"{len(people)} {drawn}" + ("participant" if len(people) == 1 else "participants")
    ages = [person.age_years for person in people if person.age_years is not None]
    if ages:
        who += f" aged {min(ages):g} to {max(ages):g} years" if len(ages) > 1 else f" aged {ages[0]:g} years"
        if len(ages) < len(people):
            who += f" (age known of {len(ages)})"
    counts = [_counts(person.group for person in people), _counts(person.sex for person in people)]
    known = "; ".join(text for text in counts if text)
    return f"{who}{f' ({known})' if known else ''}, on {frames:,} {what} of {study}"


def _counts(words: Iterable[str | None]) -> str:
    """How many of each, without those of whom it is not known: ``"4 ASD, 2 TD"``."""
    found = Counter(word for word in words if word)
    return ", ".join(f"{found[word]} {word}" for word in sorted(found))


def _count(trained: TrainedNetwork) -> tuple[int, int]:
    """Parameters, and multiplications with addition for one input."""
    require_torch()
    import torch

    entry = network(trained.architecture)
    options: dict[str, int] = {}
    if trained.architecture in _SIZED:
        options["input_size"] = trained.input.size
    if trained.people is not None:
        options["num_subjects"] = trained.people
    with torch.device("meta"):
        model = create_model(trained.architecture, len(trained.actions), **options)
    size = trained.input.size
    shape = (size, len(trained.actions)) if entry.takes == "sequences" else (3, size, size)
    return sum(each.numel() for each in model.parameters()), multiply_adds(model, shape)


def _activation(architecture: str) -> str:
    return "sigmoid" if network(architecture).outputs[0] == "au_logits" else "none"


def _what(trained: TrainedNetwork, role: str) -> str:
    over = "" if role == "detector" else f" over {counted(trained.input.size, 'frame')}"
    made = " (synthetic)" if trained.synthetic else ""
    actions = counted(len(trained.actions), "action")
    return f"{trained.architecture}, {actions}{over}, trained on {trained.study}{made}"


def _thresholds(trained: TrainedNetwork) -> list[str]:
    if not trained.thresholds:
        return []
    lines = [
        f"{key} = {float(each)!r}" for key, each in zip(trained.actions, trained.thresholds, strict=True)
    ]
    return ["", "[network.thresholds]", *lines]


def _measured(figures: Mapping[str, float]) -> list[str]:
    if not figures:
        return []
    lines = [f"#   {_in_comment(name)} = {value:.4g}" for name, value in figures.items()]
    return ["# Measured here on children it had not seen, published nowhere:", *lines]


def _in_comment(text: str) -> str:
    return " ".join(text.split())


def _text(text: str) -> str:
    """A TOML basic string; JSON escapes the same characters, but for one."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _texts(texts: Sequence[str]) -> str:
    return "[\n" + "".join(f"  {_text(each)},\n" for each in texts) + "]"
