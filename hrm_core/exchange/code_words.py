"""Sides, intensities and marks of a code as words in files of other programs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hrm_core.facs import ACTIONS, ALL_ACTIONS, INTENSITIES, Action, Code
from hrm_core.records.coding import ActionCode, CodingState, Origin
from hrm_core.records.coding_sheet import CodingSheet

__all__ = [
    "DOUBTFUL",
    "SIDES",
    "STATES",
    "STATE_WORDS",
    "CodeWords",
    "action_named",
    "offered_actions",
    "read_code",
]

DOUBTFUL = "doubtful"
"""Says that a rater is not sure of a code or frame."""

STATE_WORDS: Mapping[CodingState, str] = {state: state.value.replace("_", " ") for state in CodingState}
"""States of frames as words."""

STATES: Mapping[str, CodingState] = {word: state for state, word in STATE_WORDS.items()}
"""States of frames by their words."""

SIDES: Mapping[str, int] = {
    **{code.word: int(code) for code in Code if code},
    **{"present": 1, "bilateral": 1, "top": 4, "bottom": 5},
}
"""Codes by their words, as they are written and as others call them."""

_ACTION = re.compile(r"(A[UD])[ _-]?0*(2X|\d{1,2})(E?)(?:[ _:–-]+(.*))?", re.IGNORECASE | re.DOTALL)
_BY_NUMBER = {number: entry for entry in ALL_ACTIONS for number in (entry.number, *entry.aliases)}
_NAMED_SIDES = {**SIDES, **{str(code): code for code in range(1, 6)}, "l": 2, "r": 3}
_ORIGINS = {origin.value: origin for origin in Origin}
_SET_OF_NAME = {
    **dict.fromkeys(("side", "sides", "laterality"), "side"),
    **dict.fromkeys(("intensity", "strength"), "intensity"),
    **{"origin": "origin", "doubt": "doubt", "doubtful": "doubt"},
}
_EMPTY = ("", "none", "na")


@dataclass(frozen=True, slots=True)
class CodeWords:
    """What the words beside an action say.

    Attributes
    ----------
    code : ActionCode or None
        None if a word is not understood.
    unknown : str
        The word that is not understood.
    side_said : bool
        Whether a side is among the words.
    ignored : tuple of str
        Names of sets of words that are about something else.
    """

    code: ActionCode | None
    unknown: str = ""
    side_said: bool = False
    ignored: tuple[str, ...] = ()


def action_named(text: str) -> Action | None:
    """The action that a tier, behaviour or column of another program is about, if its name says so.

    ``AU12``, ``au 12``, ``AU12 Lip Corner Puller`` and ``AU26`` (for AU2X) name actions;
    a bare number or a name with anything else behind it does not.
    """
    match = _ACTION.fullmatch(text.strip())
    entry = _BY_NUMBER.get(match[2].upper()) if match else None
    if match is None or entry is None or (match[3] and not entry.label.endswith("E")):
        return None
    if match[1].upper() == "AD" and entry.kind == "AU":
        return None
    rest = " ".join((match[4] or "").replace("_", " ").split()).casefold()
    return entry if rest in ("", entry.name.casefold(), entry.short.casefold()) else None


def offered_actions(sheet: CodingSheet) -> tuple[Action, ...]:
    """The actions that a file offers for coding: those of the study and all that are coded."""
    used = {code.action for coding in sheet.codings.values() for code in coding.codes}
    return tuple(entry for entry in ALL_ACTIONS if entry in ACTIONS or entry.key in used)


def read_code(entry: Action, words: Iterable[tuple[str, str]], note: str = "") -> CodeWords:
    """The code that some words mean.

    Parameters
    ----------
    entry : Action
        The action they are about.
    words : iterable of (str, str)
        Name of the set that a word is from (empty or made up by a program: any set), and the word.
    note : str
        Note of the code.

    Returns
    -------
    CodeWords
        Without a side among the words, the action is present on both.
    """
    found: dict[str, object] = {}
    ignored = []
    for name, word in words:
        plain = word.strip()
        if plain.casefold() in _EMPTY:
            continue
        label = name.strip().casefold()
        found_in = _set_and_value(_SET_OF_NAME.get(label, ""), plain)
        if found_in is None and label and not _made_up(label) and label not in _SET_OF_NAME:
            ignored.append(name)
            continue
        # Two different sides, or a word from no set: nobody can say what was meant.
        if found_in is None or found.get(*found_in) != found_in[1]:
            return CodeWords(None, plain)
        found[found_in[0]] = found_in[1]
    return CodeWords(
        ActionCode(
            entry.key,
            int(str(found.get("side", 1))),
            intensity=str(found["intensity"]) if "intensity" in found else None,
            origin=Origin(str(found.get("origin", Origin.HUMAN))),
            doubtful="doubt" in found,
            note=note,
        ),
        side_said="side" in found or entry.sides == {Code.BOTH},
        ignored=tuple(ignored),
    )


def _made_up(label: str) -> bool:
    """Whether a program names sets so if nobody else does."""
    return label.startswith(("modifier", "code", "arg"))


def _set_and_value(kind: str, word: str) -> tuple[str, object] | None:
    """Which set a word is from, and its value."""
    small = word.casefold()
    if kind in ("", "side") and small in (_NAMED_SIDES if kind else SIDES):
        return "side", _NAMED_SIDES[small]
    if kind in ("", "intensity") and word.upper() in INTENSITIES:
        return "intensity", word.upper()
    if kind in ("", "origin") and small in _ORIGINS:
        return "origin", _ORIGINS[small]
    if kind in ("", "doubt") and small == DOUBTFUL:
        return "doubt", True
    return None
