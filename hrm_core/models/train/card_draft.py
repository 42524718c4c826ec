"""The card of a network that a study trained: a draft to complete, or that of a network that is kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from hrm_core.models.card import InputSpec, Licence, Lineage
from hrm_core.models.libraries import require_torch
from hrm_core.models.measure import multiply_adds
from hrm_core.models.train.recipe import Recipe
from hrm_core.models.zoo import create_model, network
from hrm_core.records.people import Participant
from hrm_core.records.words import counted

__all__ = ["TrainedNetwork", "draft_card", "input_as_trained", "kept_card", "population"]

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
_SYNTHETIC = "It learned from drawn faces: it says nothing about photographs of people."
_OF_FOLDS = (
    "Its figures are those of networks that learned from the other folds' participants; this one learned "
    "from all of them, so nobody is left in its study whom it could be tested on."
)
_DRAFT_ADDRESSES = (
    "https://example.org/where-your-study-is-described",
    "https://example.org/text-of-the-licence",
)


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
    source, terms = _DRAFT_ADDRESSES
    lines = [
        f"# DRAFT, written when {_in_comment(trained.name)} was trained: read each line, replace the",
        "# addresses of example.org, choose a licence, and give the card to nobody before.",
        *_measured(trained.measured),
        *_head(trained),
        f"source = {_text(source)}",
        "",
        *_terms(Licence("to be chosen by the study", (_LICENCE,), terms, False)),
        "",
        *_network(trained, ()),
    ]
    return "\n".join(lines) + "\n"


def kept_card(
    trained: TrainedNetwork, lineage: Lineage, licence: Licence | None, family: str, version: int
) -> str:
    """Write the card of a network that is kept on this computer and passed on to nobody.

    Parameters
    ----------
    trained : TrainedNetwork
        What was trained, on all participants.
    lineage : Lineage
        Where it comes from.
    licence : Licence or None
        Of the weights that it began from, which holds on; None for random weights.
    family : str
        What it shares with its older versions.
    version : int
        From 1.

    Returns
    -------
    str
        TOML for ``<name>/card.toml``.

    Raises
    ------
    NotFoundError, MissingLibraryError
        As for :func:`draft_card`.
    """
    own = Licence("to be chosen by the study", (_LICENCE,), "", False)
    if licence is None:
        terms = own
    else:
        summary = tuple(dict.fromkeys((*licence.summary, _LICENCE)))
        # Until the study has chosen, nobody has allowed that.
        terms = replace(licence, summary=summary, commercial_use=False)
    facts = asdict(lineage)
    held_out = facts.pop("held_out")
    lines = [
        *_head(trained),
        f"family = {_text(family)}",
        f"version = {version}",
        "",
        *_terms(terms),
        "",
        "[lineage]",
        *(f"{key} = {_text(value) if isinstance(value, str) else value}" for key, value in facts.items()),
        "",
        "[lineage.held_out]",
        *(f"{_text(key)} = {float(value)!r}" for key, value in held_out.items()),
        "",
        *_network(trained, (_OF_FOLDS,)),
    ]
    return "\n".join(lines) + "\n"


def input_as_trained(recipe: Recipe, given: InputSpec) -> InputSpec:
    """How a recipe prepares pictures, for a card.

    Parameters
    ----------
    recipe : Recipe
        By which a network was trained.
    given : InputSpec
        Of the card that named mean and deviation.
    """
    return InputSpec(
        size=recipe.input_size,
        resize=given.resize,
        mean=given.mean,
        std=given.std,
        cut=recipe.cut,
        normalised_by=recipe.normalised_by,
        first_size=recipe.cache_size if recipe.cache_size != recipe.input_size else None,
        middle=recipe.augmentation.crop is not None,
    )


def _head(trained: TrainedNetwork) -> list[str]:
    role = _role(trained)
    return [
        f"name = {_text(trained.name)}",
        f"kind = {_text(_KINDS[role])}",
        f"what = {_text(_what(trained, role))}",
    ]


def _terms(licence: Licence) -> list[str]:
    return [
        "[licence]",
        f"name = {_text(licence.name)}",
        f"summary = {_texts(licence.summary)}",
        *([f"url = {_text(licence.url)}"] if licence.url else []),
        f"commercial_use = {str(licence.commercial_use).lower()}",
    ]


def _network(trained: TrainedNetwork, more_limits: Sequence[str]) -> list[str]:
    role = _role(trained)
    limits = [*((_SYNTHETIC,) if trained.synthetic else ()), *more_limits, *_LIMITS, _SAYS[role]]
    parameters, operations = _count(trained)
    return [
        "[network]",
        f"architecture = {_text(trained.architecture)}",
        f"role = {_text(role)}",
        f"actions = {_texts(trained.actions)}",
        f"activation = {_text(_activation(trained.architecture))}",
        f"population = {_text(trained.population)}",
        f"limits = {_texts(limits)}",
        f"parameters = {parameters}",
        f"multiply_adds = {operations}",
        *(["synthetic = true"] if trained.synthetic else []),
        *_thresholds(trained),
        "",
        *_input(trained.input),
    ]


def _input(spec: InputSpec) -> list[str]:
    lines = [
        "[network.input]",
        f"size = {spec.size}",
        f"resize = {_text(spec.resize)}",
        f"mean = {list(map(float, spec.mean))}",
        f"std = {list(map(float, spec.std))}",
    ]
    if spec.cut is not None:
        lines.append(f"cut = {list(map(float, spec.cut))}")
    if spec.normalised_by != "card":
        lines.append(f"normalised_by = {_text(spec.normalised_by)}")
    if spec.first_size is not None:
        lines.append(f"first_size = {spec.first_size}")
    if spec.middle:
        lines.append("middle = true")
    return lines


def _role(trained: TrainedNetwork) -> str:
    return _OUTPUTS[network(trained.architecture).takes]


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
