"""Read and write FACS scores as experts write them: ``1+2+L12C+25``.

A score is a set of actions joined by ``+``.  Before the number a letter may
name the side (L left, R right, T upper, B lower, A both sides but stronger on
one); after it a letter A-E the intensity.  ``0`` (or ``AU0``) alone is a
neutral face.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hrm_core.errors import ScoreError
from hrm_core.facs.actions import ALL_ACTIONS, action
from hrm_core.facs.codes import Code

__all__ = ["Score", "ScoredAction", "format_score", "parse_score"]

_CODE_OF_PREFIX = {
    "": Code.BOTH,
    "A": Code.BOTH,
    "L": Code.LEFT,
    "R": Code.RIGHT,
    "T": Code.UPPER,
    "B": Code.LOWER,
}
_KEY_OF_NUMBER = {number: entry.key for entry in ALL_ACTIONS for number in (entry.number, *entry.aliases)}
_ORDER = {entry.key: place for place, entry in enumerate(ALL_ACTIONS)}
_TOKEN = re.compile(
    r"(?P<side>[LRTBA]?)(?:AU|AD)?0*(?P<number>2X|[0-9]+)(?P<intensity>[A-E]?)", re.IGNORECASE
)
_UNDECIDED = re.compile(r"/|\bor\b", re.IGNORECASE)
_ALREADY_THERE = re.compile(r"\bref\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ScoredAction:
    """One action of a score.

    Attributes
    ----------
    key : str
        Key of the action, ``"AU12"``.
    code : Code
        Side, 1-5.
    intensity : str or None
        ``"A"``-``"E"``, or None where the expert wrote none.
    asymmetric : bool
        Present on both sides but stronger on one (prefix A).  The codes 0-5
        cannot say this; it lives in written scores only.
    """

    key: str
    code: Code = Code.BOTH
    intensity: str | None = None
    asymmetric: bool = False

    def __post_init__(self) -> None:
        if self.code is Code.ABSENT:
            raise ValueError(f"{self.key} is absent: a score lists only what is present")
        if self.asymmetric and self.code is not Code.BOTH:
            raise ValueError("an asymmetric action is present on both sides")

    def __str__(self) -> str:
        prefix = "A" if self.asymmetric else self.code.prefix
        return f"{prefix}{action(self.key).number}{self.intensity or ''}"


@dataclass(frozen=True, slots=True)
class Score:
    """A whole score: its actions in catalogue order; none of them is a neutral face."""

    actions: tuple[ScoredAction, ...]

    def __iter__(self) -> Iterator[ScoredAction]:
        return iter(self.actions)

    def __len__(self) -> int:
        return len(self.actions)

    def __str__(self) -> str:
        return format_score(self.actions)

    def codes(self) -> dict[str, Code]:
        """Codes 1-5 by action key, as the label store keeps them."""
        return {entry.key: entry.code for entry in self.actions}


def parse_score(text: str) -> Score:
    """Read a written FACS score.

    Parameters
    ----------
    text : str
        For example ``"1+2+L12C+25"``; case and blanks do not matter, actions may
        come in any order.

    Returns
    -------
    Score
        Its actions in catalogue order.

    Raises
    ------
    ScoreError
        Naming the token that cannot be read and why.
    """
    if not text.strip():
        raise ScoreError("The score is empty: write 0 for a neutral face.")
    tokens = [token.strip() for token in text.split("+")]
    if _neutral(tokens):
        return Score(())
    actions: dict[str, ScoredAction] = {}
    for place, token in enumerate(tokens, start=1):
        if not token:
            raise ScoreError(f"Action {place} of “{text}” is missing: a + stands with nothing beside it.")
        entry = _parse_token(token)
        if entry.key in actions:
            raise ScoreError(_say_twice(token, entry, actions[entry.key]))
        actions[entry.key] = entry
    return Score(tuple(sorted(actions.values(), key=lambda entry: _ORDER[entry.key])))


def format_score(actions: Iterable[ScoredAction]) -> str:
    """Write a score in catalogue order; no action at all is ``"0"``, a neutral face.

    Parameters
    ----------
    actions : iterable of ScoredAction
        In any order.

    Returns
    -------
    str
        A score that :func:`parse_score` reads back to the same actions.
    """
    ordered = sorted(actions, key=lambda entry: _ORDER[entry.key])
    return "+".join(map(str, ordered)) or "0"


def _neutral(tokens: list[str]) -> bool:
    zeros = [token for token in tokens if re.fullmatch(r"(?:AU)?0", token, re.IGNORECASE)]
    if zeros and len(tokens) > 1:
        raise ScoreError(f"“{zeros[0]}” means a neutral face and cannot stand beside other actions.")
    return bool(zeros)


def _parse_token(token: str) -> ScoredAction:
    if _ALREADY_THERE.search(token):
        raise ScoreError(f"“{token}” marks an action that was there at the start: code it on its own frames.")
    if _UNDECIDED.search(token):
        raise ScoreError(f"“{token}” is undecided: choose one, and flag the code as doubtful.")
    match = _TOKEN.fullmatch(token.replace(" ", ""))
    if match is None:
        raise ScoreError(
            f"“{token}” is not an action: write a side letter, a number and an intensity, like L12C."
        )
    return _to_action(token, match["side"].upper(), match["number"].upper(), match["intensity"].upper())


def _to_action(token: str, side: str, number: str, intensity: str) -> ScoredAction:
    key = _KEY_OF_NUMBER.get(number)
    if key is None:
        raise ScoreError(f"“{token}”: {number} is not among the actions of this study.")
    code = _CODE_OF_PREFIX[side]
    entry = action(key)
    if not entry.allows(code):
        allowed = ", ".join(side.word for side in sorted(entry.sides))
        raise ScoreError(f"“{token}”: {entry} cannot be {code.word} only; it can be: {allowed}.")
    if side == "A" and Code.LEFT not in entry.sides:
        raise ScoreError(f"“{token}”: {entry} has no left and right, so it cannot be asymmetric.")
    return ScoredAction(key, code, intensity or None, asymmetric=side == "A")


def _say_twice(token: str, entry: ScoredAction, earlier: ScoredAction) -> str:
    sides = {entry.code, earlier.code}
    if sides in ({Code.LEFT, Code.RIGHT}, {Code.UPPER, Code.LOWER}):
        whole = action(entry.key).number
        return f"“{token}” follows “{earlier}”: present on both, it is written {whole}."
    return f"“{token}” is written twice (“{earlier}” stands before it)."
