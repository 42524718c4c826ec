"""Reading ``card.toml``: what a card must say, and one sentence about each that does not.

Imported only when cards are read: checking them takes pydantic, and the program starts
without it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from hrm_core.errors import InvalidFileError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.models.card import (
    Download,
    InputSpec,
    Licence,
    Lineage,
    ModelCard,
    NetworkFacts,
    PublishedResult,
    WeightFile,
    is_model_name,
    is_sha256,
)
from hrm_core.models.zoo import list_models, network

__all__ = ["CARD_FILE", "read_card", "read_cards"]

CARD_FILE = "card.toml"
_SHIPPED = ("weights.onnx", "checkpoint.pth")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_CHANNELS = 3
# What pydantic calls a mistake, as a person who writes a card would say it.
_MUST_BE = {
    "bool_type": "true or false",
    "dict_type": "a section",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a section",
    "string_too_short": "a text",
    "string_type": "a text",
    "too_short": "a list that is not empty",
}


def _https(value: str) -> str:
    if not re.fullmatch(r"https://[!-~]+", value):
        raise ValueError(f"must be an address that begins with https://, not {value!r}")
    return value


def _file_name(value: str) -> str:
    if _FILE_NAME.fullmatch(value) is None:
        raise ValueError(f"must be the name of a file without a folder, not {value!r}")
    return value


def _sha256(value: str) -> str:
    if not is_sha256(value):
        raise ValueError("must be 64 hexadecimal digits in small letters")
    return value


_Text = Annotated[str, Field(min_length=1)]
_Address = Annotated[_Text, AfterValidator(_https)]
_Texts = Annotated[list[_Text], Field(min_length=1)]
_Count = Annotated[int, Field(gt=0)]
_Number = Annotated[float, Field(allow_inf_nan=False)]
_Probability = Annotated[_Number, Field(ge=0, le=1)]
_Percent = Annotated[_Number, Field(ge=0, le=100)]


class _Section(BaseModel):
    # A number written as a text, or a word nobody knows, is a mistake to be told of.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _File(_Section):
    name: Annotated[_Text, AfterValidator(_file_name)]
    size_bytes: _Count
    sha256: Annotated[_Text, AfterValidator(_sha256)]


class _Download(_File):
    url: _Address
    member: list[_File] = []


class _Licence(_Section):
    name: _Text
    summary: _Texts
    # Of a network that was trained here there may be none.
    url: _Address | None = None
    commercial_use: bool


class _Input(_Section):
    size: _Count
    resize: Literal["pil-bilinear", "none"]
    mean: list[_Number]
    std: list[_Number]
    cut: Annotated[list[_Probability], Field(min_length=4, max_length=4)] | None = None
    normalised_by: Literal["card", "picture"] = "card"
    first_size: _Count | None = None
    middle: bool = False


class _Published(_Section):
    source: _Text
    f1: _Percent | None = None
    accuracy: _Percent | None = None
    f1_by_action: dict[str, _Percent] = {}
    caveats: list[_Text] = []


class _Network(_Section):
    architecture: _Text
    role: Literal["detector", "regressor", "backbone"]
    actions: list[_Text]
    activation: Literal["sigmoid", "none"]
    # One for all actions, or one for each in a section.
    threshold: _Probability | None = None
    thresholds: dict[str, _Probability] | None = None
    population: _Text
    limits: _Texts
    parameters: _Count
    multiply_adds: _Count
    input: _Input
    published: _Published | None = None
    synthetic: bool = False


class _Lineage(_Section):
    study: _Text
    run: _Text
    preset: _Text
    began_from: str = ""
    began_from_sha256: str = ""
    trained_at: _Text
    participants: _Count
    frames: _Count
    folds: _Count
    held_out: dict[str, _Number] = {}


class _Card(_Section):
    name: _Text
    kind: _Text
    what: _Text
    # What was trained here, or is part of the program, has none.
    source: _Address | None = None
    citation: _Text | None = None
    family: _Text | None = None
    version: _Count = 1
    licence: _Licence
    file: list[_Download] = []
    shipped: list[_File] = []
    network: _Network | None = None
    lineage: _Lineage | None = None


def read_cards(folder: Path) -> dict[str, ModelCard]:
    """All cards below a folder, by name.

    Parameters
    ----------
    folder : pathlib.Path
        Holds a folder for each model, with a file ``card.toml``.

    Raises
    ------
    InvalidFileError
        If a card cannot be read, lacks something, says something unknown or contradicts
        itself.
    """
    cards = (read_card(path) for path in sorted(folder.glob(f"*/{CARD_FILE}")))
    return {card.name: card for card in cards}


def read_card(path: Path) -> ModelCard:
    """One card.

    Parameters
    ----------
    path : pathlib.Path
        A file ``card.toml`` in a folder that is called as the card is.

    Raises
    ------
    InvalidFileError
        As for :func:`read_cards`.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidFileError(f"The model card {path} cannot be read ({error}): mend it.") from error
    try:
        card = _Card.model_validate(table)
    except ValidationError as error:
        raise _wrong(path, _complaint(error)) from error
    if card.name != path.parent.name or not is_model_name(card.name):
        raise _wrong(path, f"name must be {path.parent.name!r}, as its folder is called, in small letters")
    if len(card.file) + (card.network is not None) != 1:
        raise _wrong(path, "it must have either exactly one section [[file]] or a section [network]")
    _require_addresses(path, card)
    return ModelCard(
        name=card.name,
        kind=card.kind,
        what=card.what,
        source=card.source or "",
        licence=Licence(
            name=card.licence.name,
            summary=tuple(card.licence.summary),
            url=card.licence.url or "",
            commercial_use=card.licence.commercial_use,
        ),
        download=_download(path, card.file[0]) if card.file else None,
        network=None if card.network is None else _network(path, card.network),
        citation=card.citation or "",
        family=card.family or "",
        version=card.version,
        shipped=_shipped(path, card),
        lineage=None if card.lineage is None else Lineage(**card.lineage.model_dump()),
        folder=path.parent,
    )


def _require_addresses(path: Path, card: _Card) -> None:
    """Only what was trained on this computer, or is part of the program, comes from nowhere else."""
    if card.source is None and card.lineage is None and not card.shipped:
        raise _wrong(path, "it lacks the entry source")
    if card.licence.url is None and card.lineage is None:
        raise _wrong(path, "it lacks the entry licence.url")


def _shipped(path: Path, card: _Card) -> tuple[WeightFile, ...]:
    if card.shipped and card.network is None:
        raise _wrong(path, "a section [[shipped]] is for networks")
    names = [file.name for file in card.shipped]
    if len(set(names)) < len(names) or not set(names) <= set(_SHIPPED):
        raise _wrong(path, f"shipped.name must be one of {', '.join(_SHIPPED)}, each once")
    return tuple(WeightFile(file.name, file.size_bytes, file.sha256) for file in card.shipped)


def _download(path: Path, file: _Download) -> Download:
    members = tuple(WeightFile(each.name, each.size_bytes, each.sha256) for each in file.member)
    download = Download(file.name, file.url, file.size_bytes, file.sha256, members)
    kept = [each.name.lower() for each in download.kept]
    if len(set(kept)) < len(kept) or not all(name.endswith(".onnx") for name in kept):
        raise _wrong(path, "the files that are kept must be .onnx files of different names")
    return download


def _network(path: Path, entry: _Network) -> NetworkFacts:
    if entry.architecture not in list_models():
        raise _wrong(
            path,
            f"network.architecture must be one of {', '.join(list_models())}, not {entry.architecture!r}",
        )
    _require_role(path, entry)
    _require_actions(path, entry)
    _require_input(path, entry)
    return NetworkFacts(
        architecture=entry.architecture,
        role=entry.role,
        actions=tuple(entry.actions),
        input=InputSpec(
            size=entry.input.size,
            resize=entry.input.resize,
            mean=tuple(entry.input.mean),
            std=tuple(entry.input.std),
            cut=_cut(path, entry.input),
            normalised_by=entry.input.normalised_by,
            first_size=entry.input.first_size,
            middle=entry.input.middle,
        ),
        activation=entry.activation,
        thresholds=_thresholds(path, entry),
        population=entry.population,
        limits=tuple(entry.limits),
        parameters=entry.parameters,
        multiply_adds=entry.multiply_adds,
        published=None if entry.published is None else _published(path, entry, entry.published),
        synthetic=entry.synthetic,
    )


def _require_role(path: Path, entry: _Network) -> None:
    """A role that the architecture can have, and the activation that its output takes."""
    known = network(entry.architecture)
    if (known.takes == "sequences") != (entry.role == "regressor"):
        roles = "regressor" if known.takes == "sequences" else "detector or backbone"
        raise _wrong(path, f"network.role must be {roles}, as {entry.architecture} takes {known.takes}")
    wanted = "sigmoid" if entry.role == "detector" and known.outputs[0] == "au_logits" else "none"
    if entry.activation != wanted:
        raise _wrong(
            path,
            f"network.activation must be {wanted!r}, as a {entry.role} {entry.architecture} gives "
            f"{known.outputs[0]}",
        )


def _require_actions(path: Path, entry: _Network) -> None:
    if bool(entry.actions) == (entry.role == "backbone"):
        raise _wrong(
            path,
            "network.actions must be empty, as a backbone says nothing of actions"
            if entry.actions
            else "network.actions must name an action",
        )
    keys = {action.key for action in ALL_ACTIONS}
    strangers = [key for key in entry.actions if key not in keys]
    if strangers:
        raise _wrong(path, f"network.actions must be keys of the catalogue, which has no {strangers[0]!r}")
    twice = [key for place, key in enumerate(entry.actions) if key in entry.actions[:place]]
    if twice:
        raise _wrong(path, f"network.actions must name each action once, and name {twice[0]} twice")


def _require_input(path: Path, entry: _Network) -> None:
    given = entry.input
    sequences = entry.role == "regressor"
    if (given.resize == "none") != sequences:
        raise _wrong(path, "network.input.resize must be 'none' for a regressor, and only for that")
    channels = 0 if sequences else _CHANNELS
    for name, values in (("mean", given.mean), ("std", given.std)):
        if len(values) != channels:
            raise _wrong(
                path,
                f"network.input.{name} must be empty for a regressor"
                if sequences
                else f"network.input.{name} must be three numbers: red, green and blue",
            )
    if not all(value > 0 for value in given.std):
        raise _wrong(path, "network.input.std must be more than 0, as it is divided by")
    _require_steps(path, given, sequences=sequences)


def _require_steps(path: Path, given: _Input, *, sequences: bool) -> None:
    """Steps of preparation that fit one another."""
    if sequences and (given.cut or given.first_size or given.middle or given.normalised_by != "card"):
        raise _wrong(path, "network.input of a regressor has nothing to cut out, resize or normalise")
    if given.first_size is not None and given.first_size < given.size:
        raise _wrong(path, f"network.input.first_size must be at least its size, {given.size}")
    if given.middle and given.first_size is None:
        raise _wrong(path, "network.input.middle needs network.input.first_size, of which it is the middle")


def _cut(path: Path, given: _Input) -> tuple[float, float, float, float] | None:
    if given.cut is None:
        return None
    left, top, right, bottom = given.cut
    if left >= right or top >= bottom:
        raise _wrong(path, "network.input.cut must be left, top, right and bottom, as shares from 0 to 1")
    return left, top, right, bottom


def _thresholds(path: Path, entry: _Network) -> tuple[float, ...]:
    """One threshold for each action of a detector, in the order of the actions."""
    if entry.role != "detector":
        if entry.threshold is not None or entry.thresholds is not None:
            raise _wrong(path, f"network.threshold must be left out, as a {entry.role} decides nothing")
        return ()
    if (entry.threshold is None) == (entry.thresholds is None):
        raise _wrong(
            path,
            "it lacks the entry network.threshold (for all) or network.thresholds (one for each)"
            if entry.threshold is None
            else "it must not have both network.threshold (for all) and network.thresholds (one for each)",
        )
    if entry.thresholds is None:
        assert entry.threshold is not None
        return (entry.threshold,) * len(entry.actions)
    if entry.thresholds.keys() != set(entry.actions):
        odd = sorted(entry.thresholds.keys() ^ set(entry.actions))[0]
        raise _wrong(path, f"network.thresholds must have one number for each action, which fails for {odd}")
    return tuple(entry.thresholds[key] for key in entry.actions)


def _published(path: Path, entry: _Network, result: _Published) -> PublishedResult:
    strangers = [key for key in result.f1_by_action if key not in entry.actions]
    if strangers:
        raise _wrong(path, f"network.published.f1_by_action has {strangers[0]}, which is not in its actions")
    return PublishedResult(
        source=result.source,
        f1=result.f1,
        accuracy=result.accuracy,
        f1_by_action=dict(result.f1_by_action),
        caveats=tuple(result.caveats),
    )


# ---- one sentence ------------------------------------------------------------------------


def _complaint(error: ValidationError) -> str:
    """The first mistake; a name nobody knows comes before what it may have been meant for."""
    mistakes = error.errors()
    first = next((each for each in mistakes if each["type"] == "extra_forbidden"), mistakes[0])
    place, value = _entry(first["loc"]), first["input"]
    must_be = _MUST_BE.get(first["type"])
    if first["type"] == "extra_forbidden":
        return f"there is no entry {place}; there are: {', '.join(_known(first['loc'][:-1]))}"
    if first["type"] == "missing":
        return f"it lacks the entry {place}"
    if must_be is not None:
        return f"{place} must be {must_be}, not {_shown(value)}"
    context: Mapping[str, Any] = first.get("ctx", {})
    if first["type"] == "literal_error":
        return f"{place} must be {context['expected']}, not {_shown(value)}"
    if first["type"] == "value_error":
        return f"{place} {context['error']}"
    return f"{place} must be {first['msg'].removeprefix('Input should be ')}, not {_shown(value)}"


def _shown(value: object) -> str:
    """A value as it is written, unless it is a whole section."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a section"
    return repr(value)


def _entry(place: Sequence[int | str]) -> str:
    """A place in a card as a person writes it: ``network.limits (number 2)``."""
    words = ""
    for number, part in enumerate(place):
        if isinstance(part, str):
            words += f".{part}"
        elif place[number - 1] != "file":
            # There is one section [[file]]; of the others people count.
            words += f" (number {part + 1})"
    return words.removeprefix(".")


def _known(place: Sequence[int | str]) -> list[str]:
    """Entries of the section at a place."""
    sections: dict[str, type[_Section]] = {
        "file": _Download, "input": _Input, "licence": _Licence, "lineage": _Lineage, "member": _File,
        "network": _Network, "published": _Published, "shipped": _File,
    }  # fmt: skip
    names = [part for part in place if isinstance(part, str)]
    return list((sections[names[-1]] if names else _Card).model_fields)


def _wrong(path: Path, what: str) -> InvalidFileError:
    return InvalidFileError(f"The model card {path} is not right: {what}; mend it.")
