"""The catalogue of facial actions, read from ``resources/facs/actions.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any, Literal

from hrm_core.facs.codes import Code
from hrm_core.paths import resource

__all__ = ["ACTIONS", "ALL_ACTIONS", "Action", "Group", "action"]

Group = Literal["upper", "lower", "other"]


@dataclass(frozen=True, slots=True)
class Action:
    """One action unit (AU) or action descriptor (AD) of the catalogue.

    Attributes
    ----------
    key : str
        Column name of the label file and identity everywhere: ``"AU12"``, ``"AD19"``.
    label : str
        What a box on the screen says: ``"12"``, ``"43E"``, ``"2X"``.
    name : str
        FACS name.
    group : {"upper", "lower", "other"}
        Part of the face; "other" is neck and jaw clench.
    sides : frozenset of Code
        Codes that make anatomical sense.  Data from elsewhere may break the rule
        (it is kept and reported); entry by hand may not.
    muscles, change : str
        Muscles that act, and what becomes visible.
    aliases : tuple of str
        Further numbers that written scores use for it (26 and 27 for AU2X).
    short_name : str
        For a box on the screen, where the name is long; empty otherwise.
    active : bool
        Whether a study codes it unless it says otherwise.
    """

    key: str
    label: str
    name: str
    group: Group
    sides: frozenset[Code]
    muscles: str
    change: str
    aliases: tuple[str, ...] = ()
    short_name: str = ""
    active: bool = True

    @property
    def short(self) -> str:
        """The name, or a shorter one where it is long: for a box on the screen."""
        return self.short_name or self.name

    @property
    def number(self) -> str:
        """The number as written in scores: ``"12"``, ``"2X"``."""
        return self.key[2:]

    @property
    def kind(self) -> str:
        """``"AU"`` (action unit) or ``"AD"`` (action descriptor)."""
        return self.key[:2]

    def allows(self, code: int) -> bool:
        """Whether `code` makes anatomical sense for this action (0 always does)."""
        return code == Code.ABSENT or code in self.sides

    def word(self, code: int) -> str:
        """What a code of this action means: ``"left"``; ``"present"`` where there are no sides."""
        if code == Code.BOTH and self.sides == {Code.BOTH}:
            return "present"
        return Code(code).word

    def __str__(self) -> str:
        return f"{self.kind}{self.label} {self.name}"


def _read_catalogue() -> tuple[Action, ...]:
    with resource("facs/actions.toml").open("rb") as file:
        entries: list[dict[str, Any]] = tomllib.load(file)["action"]
    return tuple(
        Action(
            **{**entry, "sides": frozenset(map(Code, entry["sides"]))}
            | {"aliases": tuple(entry.get("aliases", ()))}
        )
        for entry in entries
    )


ALL_ACTIONS: tuple[Action, ...] = _read_catalogue()
"""All 35 catalogued actions in the order of the label file."""

ACTIONS: tuple[Action, ...] = tuple(entry for entry in ALL_ACTIONS if entry.active)
"""The 33 actions of the study in the order experts see them."""

_BY_KEY = {entry.key: entry for entry in ALL_ACTIONS}


def action(key: str) -> Action:
    """The action with this key.

    Parameters
    ----------
    key : str
        Column name such as ``"AU12"``.

    Raises
    ------
    KeyError
        If no action of the catalogue has this key.
    """
    return _BY_KEY[key]
