"""Sides, intensities and marks of a code as words in files of other programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hrm_core.facs import INTENSITIES, Action, Code
from hrm_core.records.coding import ActionCode, CodingState, Origin

__all__ = ["DOUBTFUL", "STATES", "STATE_WORDS", "CodeWords", "read_code", "side_word"]

DOUBTFUL = "doubtful"
"""Says that a rater is not sure of a code or frame."""

STATE_WORDS: Mapping[CodingState, str] = {state: state.value.replace("_", " ") for state in CodingState}
"""States of frames as words."""

STATES: Mapping[str, CodingState] = {word: state for state, word in STATE_WORDS.items()}
"""States of frames by their words."""

_SIDES: Mapping[str, int] = {
    **{Code(code).word: code for code in range(1, 6)},
    **{"present": 1, "bilateral": 1, "top": 4, "bottom": 5},
}
_NAMED_SIDES = {**_SIDES, **{str(code): code for code in range(1, 6)}, "l": 2, "r": 3}
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


def side_word(entry: Action, code: int) -> str:
    """The word for a side; ``"present"`` where an action has none."""
    return entry.word(code)


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
    if kind in ("", "side") and small in (_NAMED_SIDES if kind else _SIDES):
        return "side", _NAMED_SIDES[small]
    if kind in ("", "intensity") and word.upper() in INTENSITIES:
        return "intensity", word.upper()
    if kind in ("", "origin") and small in _ORIGINS:
        return "origin", _ORIGINS[small]
    if kind in ("", "doubt") and small == DOUBTFUL:
        return "doubt", True
    return None
