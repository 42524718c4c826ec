"""ELAN's annotation files as plain values: tiers of texts between two times.

What is here knows XML and nothing of faces: :mod:`hrm_core.exchange.eaf` writes and
:mod:`hrm_core.exchange.eaf_reading` understands.  A file of another person is read without document
types, entities or anything from outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.csv_text import read_file

__all__ = ["EafAnnotation", "EafDocument", "EafTier", "escaped", "read_eaf_document", "unescaped"]

_MOST_BYTES = 128 * 1024 * 1024
_DEEPEST = 50
_MOST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class EafAnnotation:
    """A text between two times.

    Attributes
    ----------
    begin_ms, end_ms : int or None
        Milliseconds; None where ELAN does not know them.
    text : str
        Its value.
    """

    begin_ms: int | None
    end_ms: int | None
    text: str


@dataclass(frozen=True, slots=True)
class EafTier:
    """One tier.

    Attributes
    ----------
    name, participant, annotator : str
        As ELAN shows them; empty where it does not say.
    annotations : tuple of EafAnnotation
        Those with times of their own, by time.
    depending : int
        Annotations that hang on those of another tier.
    """

    name: str
    participant: str
    annotator: str
    annotations: tuple[EafAnnotation, ...]
    depending: int


@dataclass(frozen=True, slots=True)
class EafDocument:
    """What is in a file.

    Attributes
    ----------
    tiers : tuple of EafTier
        In the order of the file.
    properties : mapping of str to str
        Of its header.
    media : tuple of str
        Names of films, without folders.
    shift_ms : int
        How far ELAN has shifted the first film against the annotations.
    time_units : str
        Of the times.
    author : str
        Whose file it is.
    """

    tiers: tuple[EafTier, ...]
    properties: Mapping[str, str]
    media: tuple[str, ...]
    shift_ms: int
    time_units: str
    author: str


def _is_legal(sign: str) -> bool:
    """Whether XML 1.0 may hold a character and gives it back as it was."""
    if sign in "\t\n":
        return True
    return sign >= " " and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff"


def escaped(text: str) -> str:
    r"""A text with what XML cannot hold as ``\uXXXX``; a backslash becomes two."""
    if "\\" not in text and all(map(_is_legal, text)):
        return text
    signs = ("\\\\" if sign == "\\" else sign if _is_legal(sign) else f"\\u{ord(sign):04x}" for sign in text)
    return "".join(signs)


def unescaped(text: str) -> str:
    """What :func:`escaped` was given; a lone backslash that somebody typed stays."""
    found: list[str] = []
    at = 0
    while at < len(text):
        code = text[at + 2 : at + 6]
        if text[at] == "\\" and text[at + 1 : at + 2] == "\\":
            found.append("\\")
            at += 2
        elif text[at] == "\\" and text[at + 1 : at + 2] == "u" and len(code) == 4 and _is_hexadecimal(code):
            found.append(chr(int(code, 16)))
            at += 6
        else:
            found.append(text[at])
            at += 1
    return "".join(found)


def _is_hexadecimal(code: str) -> bool:
    return all(sign in "0123456789abcdefABCDEF" for sign in code)


def read_eaf_document(path: Path) -> EafDocument:
    """Read a file of ELAN.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is none, is damaged, or holds what no file of ELAN holds.
    """
    if path.is_file() and path.stat().st_size > _MOST_BYTES:
        raise InvalidFileError(f"{path} is larger than any file of ELAN: check that it is the right file.")
    data = read_file(path)
    root = _parsed(path, data)
    if root.tag != "ANNOTATION_DOCUMENT":
        raise InvalidFileError(f"{path} is not a file of ELAN: check that it is the right file.")
    slots = {
        slot.get("TIME_SLOT_ID", ""): _whole(slot.get("TIME_VALUE"))
        for slot in root.iterfind("TIME_ORDER/TIME_SLOT")
    }
    header = root.find("HEADER")
    header = Element("HEADER") if header is None else header
    films = header.findall("MEDIA_DESCRIPTOR")
    return EafDocument(
        tuple(_tier(tier, slots) for tier in root.iterfind("TIER")),
        {entry.get("NAME", ""): entry.text or "" for entry in header.iterfind("PROPERTY")},
        tuple(_file_name(film) for film in films),
        (_whole(films[0].get("TIME_ORIGIN")) or 0) if films else 0,
        header.get("TIME_UNITS", "milliseconds"),
        root.get("AUTHOR", ""),
    )


def _file_name(film: Element) -> str:
    return (
        (film.get("MEDIA_URL") or film.get("RELATIVE_MEDIA_URL") or "").replace("\\", "/").rpartition("/")[2]
    )


def _tier(tier: Element, slots: Mapping[str, int | None]) -> EafTier:
    found = [
        EafAnnotation(
            slots.get(entry.get("TIME_SLOT_REF1", "")),
            slots.get(entry.get("TIME_SLOT_REF2", "")),
            entry.findtext("ANNOTATION_VALUE") or "",
        )
        for entry in tier.iterfind("ANNOTATION/ALIGNABLE_ANNOTATION")
    ]
    found.sort(key=lambda entry: (entry.begin_ms or 0, entry.end_ms or 0))
    return EafTier(
        tier.get("TIER_ID", ""),
        tier.get("PARTICIPANT", ""),
        tier.get("ANNOTATOR", ""),
        tuple(found),
        len(tier.findall("ANNOTATION/REF_ANNOTATION")),
    )


def _whole(text: str | None) -> int | None:
    """A whole number, also a negative one; None if it is none."""
    digits = (text or "").strip()
    plain = digits.removeprefix("-")
    if not plain.isascii() or not plain.isdigit() or len(plain) > _MOST_DIGITS:
        return None
    return int(digits)


class _Refused(Exception):
    """The file holds what no file of ELAN holds."""


def _parsed(path: Path, data: bytes) -> Element:
    try:
        return _tree(data)
    except _Refused as error:
        raise InvalidFileError(
            f"{path} is not a plain file of ELAN ({error}): save it again in ELAN."
        ) from error
    except (expat.ExpatError, AssertionError, ValueError, LookupError) as error:
        words = " ".join(str(error).split()) or "it is empty"
        raise InvalidFileError(
            f"{path} is damaged or no file of ELAN ({words}): save it again in ELAN."
        ) from error


def _tree(data: bytes) -> Element:
    """The elements of a document; document types, which can swell or reach outside, are refused."""
    builder, parser = TreeBuilder(), expat.ParserCreate()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise _Refused("its elements are nested too deeply")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    def refuse(*_: object) -> None:
        raise _Refused("it has a document type")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.buffer_text = True
    parser.Parse(data, True)
    return builder.close()
