"""What a score that is being typed says, what it would change, or where it is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from hrm_annotator.language import said, tr
from hrm_annotator.language.words import action_words, listed, side_words
from hrm_core.errors import ScoreError
from hrm_core.facs import ALL_ACTIONS, Code, Score, ScoredAction, action, parse_score
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding

__all__ = ["Reading", "as_ascii", "read_score"]

_BEGUN = re.compile(r"[LRTBA]?(?:A[UD]?)?0*(?P<digit>[0-9]?)", re.IGNORECASE)
_NUMBERS = frozenset(number for entry in ALL_ACTIONS for number in (entry.number, *entry.aliases))


@dataclass(frozen=True, slots=True)
class Reading:
    """A typed score as it was understood.

    Attributes
    ----------
    words : str
        What it would change; or what is wrong with it.
    score : Score or None
        What it says; None if it cannot be taken.
    wrong : tuple of int or None
        Where the token begins and ends that cannot be read, in characters.
    begun : bool
        Whether the only fault is that its last action is not written out yet.
    """

    words: str
    score: Score | None = None
    wrong: tuple[int, int] | None = None
    begun: bool = False


def as_ascii(text: str) -> str:
    """Full-width letters, digits and signs, as Chinese input methods write them, as plain ones."""
    return unicodedata.normalize("NFKC", text)


def read_score(
    text: str, coding: FrameCoding | None, known: Collection[str], closed: Collection[str]
) -> Reading:
    """Read a score that somebody types for a frame.

    Parameters
    ----------
    text : str
        As typed so far.
    coding : FrameCoding or None
        What stands there now.
    known : collection of str
        Keys of the actions that the study codes.
    closed : collection of str
        Keys of the actions that this rater cannot see.
    """
    if not text.strip():
        words = tr("Write the actions of the whole frame, like 1+2+L12C+25; 0 is no action.")
        return Reading(words, begun=True)
    tokens = text.split("+")
    for place in range(len(tokens)):
        try:
            score = parse_score("+".join(tokens[: place + 1]))
        except ScoreError as error:
            if place == len(tokens) - 1 and _is_begun(tokens[place].strip()):
                return Reading(said(str(error)), begun=True)
            return Reading(said(str(error)), wrong=_span(tokens, place))
        refusal = _refusal(tokens[place], score, coding, known, closed)
        if refusal:
            return Reading(refusal, wrong=_span(tokens, place))
    return Reading(_changes(coding, score, closed), score)


def _span(tokens: list[str], place: int) -> tuple[int, int]:
    """Where a token stands in the text, without the blanks around it."""
    start = sum(len(token) + 1 for token in tokens[:place])
    token = tokens[place]
    bare = token.strip()
    start += len(token) - len(token.lstrip()) if bare else 0
    # Of a token that is missing, the sign after it (or before it) is marked.
    return (start, start + len(bare)) if bare else (max(start - 1, 0), start + 1)


def _is_begun(token: str) -> bool:
    match = _BEGUN.fullmatch(token)
    return match is not None and any(number.startswith(match["digit"]) for number in _NUMBERS)


def _refusal(
    token: str, so_far: Score, coding: FrameCoding | None, known: Collection[str], closed: Collection[str]
) -> str:
    """Why this rater cannot say this in this study; empty if they can."""
    for entry in parse_score(token) if so_far else ():
        old = _stands(coding, entry.key)
        if old is not None and (old.code, old.intensity) == (entry.code, entry.intensity):
            continue  # it stands there already, and stays
        if entry.key in closed:
            return tr(
                "“{token}”: {action} cannot be coded by you: the eyes are covered.",
                token=token.strip(),
                action=action_words(action(entry.key)),
            )
        if entry.key not in known:
            return tr(
                "“{token}”: {action} is not among the actions of this study.",
                token=token.strip(),
                action=action_words(action(entry.key)),
            )
    return ""


def _stands(coding: FrameCoding | None, key: str) -> ActionCode | None:
    return next((code for code in coding.codes if code.action == key), None) if coding else None


def _changes(coding: FrameCoding | None, score: Score, closed: Collection[str]) -> str:
    """What taking the score would change, in the order of the catalogue."""
    wanted = {entry.key: entry for entry in score}
    parts = []
    for entry in ALL_ACTIONS:
        old, new = _stands(coding, entry.key), wanted.get(entry.key)
        if new is not None:
            parts.append(_change(old, new))
        elif old is not None and entry.key not in closed:
            parts.append(f"−{entry.number}")
    words = listed(part for part in parts if part)
    state = coding.state if coding else None
    if state is CodingState.NOT_CODABLE:
        return tr("Codable again: {changes}", changes=words or tr("no action"))
    if words:
        return words
    if state is None:
        return tr("No action (AU0)")
    return tr("Confirms the carried codes") if state is CodingState.CARRIED else tr("As it stands")


def _change(old: ActionCode | None, new: ScoredAction) -> str:
    number = action(new.key).number
    note = " " + tr("(stronger on one side, stored as both)") if new.asymmetric else ""
    if old is None:
        side = "" if new.code is Code.BOTH else side_words(new.code)
        return " ".join(part for part in (f"+{number}", side, new.intensity) if part) + note
    if old.code != new.code:
        return f"{number} {_stated(old.code, old.intensity)} → {_stated(new.code, new.intensity)}{note}"
    if old.intensity != new.intensity:
        none = tr("no intensity")
        return f"{number} {old.intensity or none} → {new.intensity or none}{note}"
    return f"{number}{note}" if note else ""


def _stated(code: int, intensity: str | None) -> str:
    return f"{side_words(code)} {intensity or ''}".strip()
