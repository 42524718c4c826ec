"""Model cards: what a model is, under which licence, and which files it consists of.

A card is a packaged file ``models/<name>/card.toml``.  The weights it speaks of
are never part of the program.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hrm_core.errors import InvalidFileError

__all__ = [
    "Download",
    "InputSpec",
    "Licence",
    "ModelCard",
    "NetworkFacts",
    "PublishedResult",
    "WeightFile",
    "is_model_name",
    "is_sha256",
    "read_cards",
]

CARD_FILE = "card.toml"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# What Python's types are called where a person writes them.
_WORDS = {str: "a text", int: "a whole number", bool: "true or false", list: "a list", dict: "a section"}


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One ONNX file that is kept.

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
        """The ONNX files that come of it."""
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
    """How a picture becomes what a network was trained on.

    Attributes
    ----------
    size : int
        Height and width in pixels; of a regressor, the number of frames.
    resize : {"pil-bilinear", "none"}
        How a picture of another size is brought to it: Pillow's bilinear filter,
        which is antialiased, without keeping the proportions; none for a regressor.
    mean, std : tuple of float
        Of red, green and blue in [0, 1]; subtracted, then divided by. Empty for a regressor.
    """

    size: int
    resize: str
    mean: tuple[float, ...]
    std: tuple[float, ...]


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
    activation : {"sigmoid", "none"}
        What turns the first output into probabilities; none where it is one already.
    thresholds : tuple of float
        From which probability on an action is said to be there, one for each action;
        empty unless it is a detector.
    population : str
        Who is on the pictures it learned from.
    limits : tuple of str
        For whom and what it may not be used without checking, a sentence each; shown
        wherever its results are.
    parameters : int
        How many it has.
    multiply_adds : int
        Multiplications with addition for one picture or sequence.
    published : PublishedResult or None
        What its authors report.
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
        Where it comes from.
    licence : Licence
        Terms of use.
    download : Download or None
        Where its weights are fetched from; None if nobody may fetch them by an address.
    network : NetworkFacts or None
        What its network is, if it is one of ours; None for models that find faces.
    """

    name: str
    kind: str
    what: str
    source: str
    licence: Licence
    download: Download | None
    network: NetworkFacts | None

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


def read_cards(folder: Path) -> dict[str, ModelCard]:
    """All cards below a folder, by name.

    Parameters
    ----------
    folder : pathlib.Path
        Holds a folder for each model, with a file ``card.toml``.

    Raises
    ------
    InvalidFileError
        If a card cannot be read, lacks something or says something unknown.
    """
    cards = (_read_card(path) for path in sorted(folder.glob(f"*/{CARD_FILE}")))
    return {card.name: card for card in cards}


def _read_card(path: Path) -> ModelCard:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidFileError(f"The model card {path} cannot be read ({error}): mend it.") from error
    shape = {"name": str, "kind": str, "what": str, "source": str, "licence": dict, "file": list}
    values = _checked(path, "", table, shape)
    if values["name"] != path.parent.name or not is_model_name(values["name"]):
        raise _wrong(path, f"name must be {path.parent.name!r}, as its folder is called, in small letters")
    files = values.pop("file")
    if len(files) != 1:
        raise _wrong(path, "it must have exactly one section [[file]]")
    values["source"] = _https(path, "source", values["source"])
    values["licence"] = _licence(path, values["licence"])
    return ModelCard(**values, download=_download(path, files[0]), network=None)


def _licence(path: Path, table: Any) -> Licence:
    shape = {"name": str, "summary": list, "url": str, "commercial_use": bool}
    values = _checked(path, "licence.", table, shape)
    if not all(isinstance(line, str) and line for line in values["summary"]):
        raise _wrong(path, "licence.summary must be a list of texts")
    values["url"] = _https(path, "licence.url", values["url"])
    return Licence(**values | {"summary": tuple(values["summary"])})


def _download(path: Path, table: Any) -> Download:
    shape = {"name": str, "url": str, "size_bytes": int, "sha256": str}
    members = table.get("member", []) if isinstance(table, dict) else []
    values = _checked(path, "file.", table, shape, optional={"member": list})
    values.pop("member", None)
    values["url"] = _https(path, "file.url", values["url"])
    download = Download(**values, members=tuple(_member(path, entry) for entry in members))
    _require_whole(path, "file.", WeightFile(download.name, download.size_bytes, download.sha256))
    kept = [file.name.lower() for file in download.kept]
    if len(set(kept)) < len(kept) or not all(name.endswith(".onnx") for name in kept):
        raise _wrong(path, "the files that are kept must be .onnx files of different names")
    return download


def _member(path: Path, table: Any) -> WeightFile:
    values = _checked(path, "file.member.", table, {"name": str, "size_bytes": int, "sha256": str})
    file = WeightFile(**values)
    _require_whole(path, "file.member.", file)
    return file


def _require_whole(path: Path, prefix: str, file: WeightFile) -> None:
    if _FILE_NAME.fullmatch(file.name) is None:
        raise _wrong(path, f"{prefix}name must be the name of a file without a folder, not {file.name!r}")
    if file.size_bytes < 1:
        raise _wrong(path, f"{prefix}size_bytes must be more than 0")
    if not is_sha256(file.sha256):
        raise _wrong(path, f"{prefix}sha256 must be 64 hexadecimal digits in small letters")


def _checked(
    path: Path, prefix: str, table: Any, shape: Mapping[str, type], optional: Mapping[str, type] | None = None
) -> dict[str, Any]:
    """Entries of a section, each of its type, none missing, none unknown."""
    if not isinstance(table, dict):
        raise _wrong(path, f"{prefix[:-1]} must be a section")
    types = {**shape, **(optional or {})}
    for key, value in table.items():
        expected = types.get(key)
        if expected is None:
            raise _wrong(path, f"there is no entry {prefix}{key}; there are: {', '.join(types)}")
        # bool is an int for Python, and an empty text says nothing.
        if type(value) is not expected or value == "":
            raise _wrong(path, f"{prefix}{key} must be {_WORDS[expected]}, not {value!r}")
    for key in shape:
        if key not in table:
            raise _wrong(path, f"it lacks the entry {prefix}{key}")
    return dict(table)


def _https(path: Path, key: str, url: str) -> str:
    if not re.fullmatch(r"https://[!-~]+", url):
        raise _wrong(path, f"{key} must be an address that begins with https://, not {url!r}")
    return url


def _wrong(path: Path, what: str) -> InvalidFileError:
    return InvalidFileError(f"The model card {path} is not right: {what}; mend it.")
