"""Codes for ELAN: a tier per action, a controlled vocabulary of sides, times of the real frames.

ELAN knows milliseconds and no frames.  Every frame at which something begins or ends gets a
millisecond of its own, and the tier ``HRM frames`` says which frames lie between two of them: so codes
come back to exactly the frames they were on, also where frames follow one another within a millisecond.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from hrm_core.exchange.code_runs import ALL_BUT_RUNS, code_runs, losses_beyond, value_runs, written_codes
from hrm_core.exchange.eaf_document import escaped
from hrm_core.exchange.eaf_reading import (
    CODES_TIER,
    DOUBT_TIER,
    FRAMES_TIER,
    NOTES_TIER,
    PARTICIPANT,
    RATER,
    STATE_TIER,
    VIDEO,
    moments_of,
    read_eaf,
)
from hrm_core.exchange.frame_times import frame_edges
from hrm_core.exchange.sheet_runs import require_times
from hrm_core.exchange.sheet_table import write_file
from hrm_core.facs import ACTIONS, ALL_ACTIONS, INTENSITIES, Action, action
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.coding_sheet import CodingSheet, Loss

__all__ = ["HOLDS", "losses_eaf", "read_eaf", "write_eaf"]

HOLDS = ALL_BUT_RUNS
"""What the file can say: everything."""

_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_FILM_TYPES = {".mp4": "video/mp4", ".mov": "video/quicktime", ".mpg": "video/mpeg", ".mpeg": "video/mpeg"}
_TEXT = "HRM text"
_STATES = "HRM state"
_CONSTRAINTS = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, no time gaps allowed within "
    "this interval",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation. Annotations refering to the same "
    "parent are ordered",
    "Symbolic_Association": "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, gaps are "
    "allowed",
}


@dataclass(frozen=True, slots=True)
class _Span:
    """A text on frames of a tier, both included."""

    first: int
    last: int
    text: str


def losses_eaf(sheet: CodingSheet) -> tuple[Loss, ...]:
    """What the file cannot hold of a sheet."""
    return losses_beyond(sheet, HOLDS)


def write_eaf(path: Path, sheet: CodingSheet) -> tuple[Loss, ...]:
    """Write a sheet as a file of ELAN (EAF 3.0), whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    sheet : CodingSheet
        What is written; its times must be known.

    Returns
    -------
    tuple of Loss
        What the file cannot hold.

    Raises
    ------
    InvalidFileError
        If the times of the frames are not known, or the file cannot be written.
    """
    times = require_times(path, sheet)
    tiers = _tiers(sheet)
    edges = {edge for spans in tiers.values() for span in spans for edge in (span.first, span.last + 1)}
    tiers = {FRAMES_TIER: _between(sorted(edges), sheet.codings), **tiers}
    write_file(path, _document(sheet, tiers, moments_of(sorted(edges), frame_edges(times))))
    return losses_eaf(sheet)


def _tiers(sheet: CodingSheet) -> dict[str, list[_Span]]:
    """Texts of every tier but that of the frames."""
    codings = sheet.codings
    present = {code.action for coding in codings.values() for code in written_codes(coding)}
    tiers: dict[str, list[_Span]] = {
        entry.key: [] for entry in ALL_ACTIONS if entry.active or entry.key in present
    }
    for run in code_runs(codings, bare=True):
        code = run.code
        text = " ".join(filter(None, (action(code.action).word(code.code), code.intensity)))
        tiers[code.action].append(_Span(run.first, run.last, text))
    states = {frame: coding.state.value.replace("_", " ") for frame, coding in codings.items()}
    doubts = {frame: "doubtful" for frame, coding in codings.items() if coding.doubtful}
    notes = {frame: coding.comment for frame, coding in codings.items() if coding.comment}
    details = {frame: text for frame, coding in codings.items() if (text := _details(coding))}
    for name, values in (
        (STATE_TIER, states),
        (DOUBT_TIER, doubts),
        (NOTES_TIER, notes),
        (CODES_TIER, details),
    ):
        tiers[name] = [_Span(*run) for run in value_runs(values)]
    return tiers


def _details(coding: FrameCoding) -> str:
    """What is said of single codes of a frame, a line each: ``AU12 carried doubtful: a note``."""
    return "\n".join(filter(None, map(_detail, written_codes(coding))))


def _detail(code: ActionCode) -> str:
    words = [code.action]
    if code.origin is not Origin.HUMAN:
        words.append(code.origin.value)
    if code.doubtful:
        words.append("doubtful")
    # A line end within a note would be taken for the next code.
    note = escaped(code.note).replace("\n", "\\u000a")
    text = " ".join(words) + (f": {note}" if note else "")
    return text if text != code.action else ""


def _between(edges: list[int], codings: Mapping[int, FrameCoding]) -> list[_Span]:
    """Which frames lie between neighbouring edges, where anything is coded."""
    return [
        _Span(first, end - 1, f"{first}–{end - 1}" if end - 1 > first else f"{first}")
        for first, end in pairwise(edges)
        if first in codings
    ]


# ---- XML ---------------------------------------------------------------------------------


def _document(sheet: CodingSheet, tiers: Mapping[str, list[_Span]], moments: Mapping[int, int]) -> bytes:
    root = Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": escaped(sheet.rater),
            "DATE": datetime.now(UTC).isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": _INSTANCE,
            "xsi:noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    count = sum(map(len, tiers.values()))
    _add_header(root, sheet, count)
    slots = _add_slots(root, tiers, moments)
    number = 0
    for name, spans in tiers.items():
        tier = SubElement(root, "TIER", {"LINGUISTIC_TYPE_REF": _type_of(name), "TIER_ID": name})
        tier.set("PARTICIPANT", escaped(sheet.participant))
        tier.set("ANNOTATOR", escaped(sheet.rater))
        for span in spans:
            number += 1
            begin, end = slots[(name, span)]
            entry = SubElement(
                SubElement(tier, "ANNOTATION"),
                "ALIGNABLE_ANNOTATION",
                {"ANNOTATION_ID": f"a{number}", "TIME_SLOT_REF1": begin, "TIME_SLOT_REF2": end},
            )
            # Details are escaped line by line already.
            text = span.text if name == CODES_TIER else escaped(span.text)
            SubElement(entry, "ANNOTATION_VALUE").text = text
    _add_types(root, tiers)
    indent(root, " ")
    return _to_bytes(root)


def _to_bytes(root: Element) -> bytes:
    out = BytesIO()
    ElementTree(root).write(out, encoding="UTF-8", xml_declaration=True)
    return out.getvalue()


def _add_header(root: Element, sheet: CodingSheet, annotations: int) -> None:
    header = SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    if sheet.media:
        film = quote(sheet.media.replace("\\", "/"), safe="/:")
        # In the folder of the file: where it lies here may tell what blind coders shall not know.
        SubElement(
            header,
            "MEDIA_DESCRIPTOR",
            {
                "MEDIA_URL": f"file:///{film.lstrip('/')}",
                "MIME_TYPE": _FILM_TYPES.get(Path(sheet.media).suffix.lower(), "video/*"),
                "RELATIVE_MEDIA_URL": f"./{film.rpartition('/')[2]}",
            },
        )
    properties = {
        PARTICIPANT: escaped(sheet.participant),
        VIDEO: escaped(sheet.video),
        RATER: escaped(sheet.rater),
        "lastUsedAnnotationId": str(annotations),
    }
    for name, value in properties.items():
        SubElement(header, "PROPERTY", {"NAME": name}).text = value


def _add_slots(
    root: Element, tiers: Mapping[str, list[_Span]], moments: Mapping[int, int]
) -> dict[tuple[str, _Span], tuple[str, str]]:
    """Two time slots for each annotation, so that ELAN moves each by itself; in the order of time."""
    wanted = [
        (moments[edge], name, span, side)
        for name, spans in tiers.items()
        for span in spans
        for side, edge in enumerate((span.first, span.last + 1))
    ]
    wanted.sort(key=lambda entry: entry[0])
    order = SubElement(root, "TIME_ORDER")
    names: dict[tuple[str, _Span], list[str]] = {}
    for number, (moment, name, span, side) in enumerate(wanted, start=1):
        SubElement(order, "TIME_SLOT", {"TIME_SLOT_ID": f"ts{number}", "TIME_VALUE": str(moment)})
        names.setdefault((name, span), ["", ""])[side] = f"ts{number}"
    return {key: (begin, end) for key, (begin, end) in names.items()}


def _words_of(entry: Action) -> tuple[str, ...]:
    return tuple(entry.word(code) for code in sorted(entry.sides))


def _type_of(tier: str) -> str:
    """The linguistic type of a tier: actions with the same sides share one and its vocabulary."""
    if tier == STATE_TIER:
        return _STATES
    if tier in (FRAMES_TIER, DOUBT_TIER, NOTES_TIER, CODES_TIER):
        return _TEXT
    return f"HRM action: {', '.join(_words_of(action(tier)))}"


def _add_types(root: Element, tiers: Iterable[str]) -> None:
    vocabularies: dict[str, list[str]] = {}
    for tier in dict.fromkeys((*tiers, *(entry.key for entry in ACTIONS))):
        name = _type_of(tier)
        if name == _STATES:
            vocabularies[name] = [state.value.replace("_", " ") for state in CodingState]
        elif name != _TEXT:
            vocabularies[name] = list(_with_intensities(_words_of(action(tier))))
    for name in (*vocabularies, _TEXT):
        kind = {"GRAPHIC_REFERENCES": "false", "LINGUISTIC_TYPE_ID": name, "TIME_ALIGNABLE": "true"}
        if name in vocabularies:
            kind["CONTROLLED_VOCABULARY_REF"] = name
        SubElement(root, "LINGUISTIC_TYPE", kind)
    language = {"LANG_DEF": "http://cdb.iso.org/lg/CDB-00130975-001", "LANG_ID": "und"}
    SubElement(root, "LANGUAGE", language | {"LANG_LABEL": "undetermined (und)"})
    for stereotype, words in _CONSTRAINTS.items():
        SubElement(root, "CONSTRAINT", {"DESCRIPTION": words, "STEREOTYPE": stereotype})
    for name, values in vocabularies.items():
        vocabulary = SubElement(root, "CONTROLLED_VOCABULARY", {"CV_ID": name})
        SubElement(vocabulary, "DESCRIPTION", {"LANG_REF": "und"}).text = name
        for number, value in enumerate(values):
            entry = SubElement(vocabulary, "CV_ENTRY_ML", {"CVE_ID": f"cveid{number}"})
            SubElement(entry, "CVE_VALUE", {"DESCRIPTION": "", "LANG_REF": "und"}).text = value


def _with_intensities(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        yield word
        yield from (f"{word} {letter}" for letter in INTENSITIES)
