"""Rules about codes that contradict each other or look like slips, read from ``resources/facs/rules.toml``.

A rule is a hint, never a block: a coder may keep what it points at.  A study may put
a file ``rules.toml`` of the same form into its folder.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from hrm_core.errors import InvalidFileError, ScoreError
from hrm_core.facs.actions import action
from hrm_core.facs.codes import Code
from hrm_core.facs.notation import parse_score
from hrm_core.paths import resource

__all__ = ["RULES_FILE", "TO_BE_CONFIRMED", "Rule", "RuleKind", "Term", "read_rules", "rules_of_study"]

RULES_FILE = "rules.toml"
"""Name of a study's own rules in its folder."""

TO_BE_CONFIRMED = "to be confirmed by a certified coder"
"""Status of a rule that says nothing else."""

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*rule[ \t]*\]\]", re.MULTILINE)
_SIDES = {code.word: code for code in Code if code not in (Code.ABSENT, Code.BOTH)}


class RuleKind(StrEnum):
    """What a rule looks for."""

    TOGETHER = "together"
    """Two actions that are alternatives in the same frame."""
    MISSING = "missing"
    """An action without another one that belongs to it."""
    SIDE = "side"
    """A side that the catalogue does not give the action."""
    FLICKER = "flicker"
    """A code for so few frames that it may be a slip."""
    FLIP = "flip"
    """One side in a frame, the other in the next."""
    SUDDEN = "sudden"
    """Many actions that come or go between two frames."""
    PREVENTED = "prevented"
    """What can never be in the codes, because it is refused before; nothing is looked for."""


@dataclass(frozen=True, slots=True)
class Term:
    """An action of a rule, as written in scores: ``"5"``, ``"T22"``, ``"7E"``.

    Attributes
    ----------
    key : str
        Key of the action.
    side : Code or None
        This side takes part, alone or together with the others; None means any.
    intensity : str or None
        This intensity or a stronger one, ``"A"``-``"E"``; a code without intensity
        does not meet it.  None means any.
    """

    key: str
    side: Code | None = None
    intensity: str | None = None

    def __str__(self) -> str:
        prefix = "" if self.side is None else self.side.prefix
        return f"{prefix}{action(self.key).number}{self.intensity or ''}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes
    ----------
    id : str
        Name of the rule; what was kept is kept under it.
    kind : RuleKind
        What it looks for.
    reason, source : str
        Why, in one sentence, and who says so.
    status : str
        Whether somebody entitled to has confirmed it.
    on : bool
        Whether it is looked for.
    actions : tuple of Term
        The alternatives of "together", the actions that need others of "missing";
        of "flicker" and "flip" the actions that are looked at, empty for all.
    needs : tuple of Term
        For "missing": one of these has to be there.
    same_side : bool
        For "together": whether left only and right only are no contradiction.
    what : {"on", "off", "side"}
        For "flicker": an action that comes, that goes, or whose side changes.
    longest : int
        For "flicker": how many frames at most.
    between : (Code, Code)
        For "flip": the two sides.
    at_least : int
        For "sudden": how many actions.
    """

    id: str
    kind: RuleKind
    reason: str
    source: str
    status: str = TO_BE_CONFIRMED
    on: bool = True
    actions: tuple[Term, ...] = ()
    needs: tuple[Term, ...] = ()
    same_side: bool = True
    what: str = "on"
    longest: int = 1
    between: tuple[Code, Code] = (Code.LEFT, Code.RIGHT)
    at_least: int = 2


def read_rules(path: Path, known: Iterable[Rule] = ()) -> tuple[Rule, ...]:
    """Read a file of rules over those there are.

    Parameters
    ----------
    path : pathlib.Path
        A TOML file with a section ``[[rule]]`` for each rule.
    known : iterable of Rule
        A rule of the file takes the place of the one with its id; a section that has
        nothing but ``id`` and ``on`` switches that one on or off.

    Returns
    -------
    tuple of Rule
        Those of `known` in their order, then what the file adds.

    Raises
    ------
    InvalidFileError
        Naming line and rule of what cannot be understood.
    """
    try:
        text = path.read_bytes().decode()
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidFileError(f"{path} cannot be read ({error}): mend it, or take it away.") from error
    entries = table.pop("rule", [])
    if table:
        raise InvalidFileError(
            f"{path}: there are only sections [[rule]], no {next(iter(table))!r}: mend it."
        )
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidFileError(f"{path}: every rule is a section that begins with [[rule]]: mend it.")
    lines = [text.count("\n", 0, match.start()) + 1 for match in _HEADER.finditer(text)]
    rules = {rule.id: rule for rule in known}
    met: set[str] = set()
    for place, entry in enumerate(entries):
        line = f", line {lines[place]}" if len(lines) == len(entries) else ""
        section = _Section(f"{path}{line}, rule {entry.get('id', place + 1)!r}", dict(entry))
        rule = _rule(section, rules)
        if rule.id in met:
            raise section.fault("there is another rule of this name")
        met.add(rule.id)
        rules[rule.id] = rule
    return tuple(rules.values())


def rules_of_study(folder: Path | None = None) -> tuple[Rule, ...]:
    """The rules that hold in a study: those of the program and, over them, its own.

    Parameters
    ----------
    folder : pathlib.Path, optional
        The project folder; its own rules are in ``rules.toml``, if it has any.

    Raises
    ------
    InvalidFileError
        If its file is damaged: then no rule is looked for, rather than some of them.
    """
    rules = read_rules(resource("facs/rules.toml"))
    own = None if folder is None else folder / RULES_FILE
    return rules if own is None or not own.exists() else read_rules(own, rules)


class _Section:
    """One section of the file, from which what is understood is taken away."""

    def __init__(self, where: str, values: dict[str, Any]) -> None:
        self._where, self._values = where, values

    def fault(self, words: str) -> InvalidFileError:
        return InvalidFileError(f"{self._where}: {words}: mend it, or take it away.")

    def has(self, key: str) -> bool:
        return key in self._values

    def is_exactly(self, *keys: str) -> bool:
        return set(self._values) == set(keys)

    def take(self, key: str, kind: type, words: str, default: Any = None) -> Any:
        value = self._values.pop(key, default)
        # True is an int for Python, not for people.
        if type(value) is not kind or value in ("", []):
            raise self.fault(f"{key} must be {words}" + (f", not {value!r}" if value is not None else ""))
        return value

    def take_text(self, key: str, default: str | None = None) -> str:
        value: str = self.take(key, str, "a text", default)
        if not value.strip() or "\n" in value:
            raise self.fault(f"{key} must be one line of text")
        return value.strip()

    def take_number(self, key: str, least: int) -> int:
        words = f"a whole number, {least} or more"
        value: int = self.take(key, int, words)
        if value < least:
            raise self.fault(f"{key} must be {words}, not {value}")
        return value

    def take_terms(self, key: str, *, bare: bool = False) -> tuple[Term, ...]:
        words = 'a list of actions such as ["5", "7E"]'
        return tuple(self._term(key, text, bare=bare) for text in self.take(key, list, words))

    def _term(self, key: str, text: Any, *, bare: bool) -> Term:
        if not isinstance(text, str):
            raise self.fault(f"{key} lists actions as texts, not {text!r}")
        try:
            score = parse_score(text)
        except ScoreError as error:
            raise self.fault(f"{key}: {str(error).rstrip('.')}") from error
        if len(score) != 1:
            raise self.fault(f"{key}: {text!r} is not one action")
        (entry,) = score
        if entry.asymmetric or (bare and (entry.intensity or entry.code is not Code.BOTH)):
            raise self.fault(f"{key}: write {text!r} as a number without further letters")
        return Term(entry.key, None if entry.code is Code.BOTH else entry.code, entry.intensity)

    def take_sides(self, key: str) -> tuple[Code, Code]:
        values = self.take(key, list, 'two sides such as ["left", "right"]')
        sides = [_SIDES.get(value) for value in values if isinstance(value, str)]
        if len(values) != 2 or len(set(sides)) != 2 or None in sides:
            raise self.fault(f"{key} must be two of {', '.join(_SIDES)}, not {values!r}")
        return sides[0], sides[1]  # type: ignore[return-value]

    def end(self) -> None:
        if self._values:
            raise self.fault(f"{next(iter(self._values))!r} means nothing in a rule of this kind")


def _rule(section: _Section, known: Mapping[str, Rule]) -> Rule:
    is_switch = section.is_exactly("id", "on")
    name = section.take_text("id")
    on = section.take("on", bool, "true or false", True)
    if is_switch:
        if name not in known:
            raise section.fault("there is no rule of this name to switch on or off")
        return replace(known[name], on=on)
    said = section.take_text("kind")
    if said not in set(RuleKind):
        raise section.fault(f"kind must be one of {', '.join(RuleKind)}, not {said!r}")
    kind = RuleKind(said)
    reason, source = section.take_text("reason"), section.take_text("source")
    status = section.take_text("status", TO_BE_CONFIRMED)
    rule = Rule(name, kind, reason, source, status, on, **_parameters(section, kind))
    section.end()
    return rule


def _parameters(section: _Section, kind: RuleKind) -> dict[str, Any]:
    """What a rule of this kind says besides what all of them say."""
    if kind is RuleKind.TOGETHER:
        actions = section.take_terms("actions")
        if len(actions) != 2 or actions[0].key == actions[1].key:
            raise section.fault("actions must be two different actions")
        return {"actions": actions, "same_side": section.take("same_side", bool, "true or false", True)}
    if kind is RuleKind.MISSING:
        return {"actions": section.take_terms("actions"), "needs": section.take_terms("needs")}
    if kind is RuleKind.SUDDEN:
        return {"at_least": section.take_number("at_least", 2)}
    if kind not in (RuleKind.FLICKER, RuleKind.FLIP):
        return {}
    looked_at = section.take_terms("actions", bare=True) if section.has("actions") else ()
    if kind is RuleKind.FLIP:
        return {"actions": looked_at, "between": section.take_sides("between")}
    what = section.take_text("what")
    if what not in ("on", "off", "side"):
        raise section.fault(f"what must be on, off or side, not {what!r}")
    return {"actions": looked_at, "what": what, "longest": section.take_number("longest", 1)}
