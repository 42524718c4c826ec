"""Words about actions in the language in use: what they are called, and why one cannot be coded."""

from __future__ import annotations

from collections.abc import Iterable

from hrm_annotator.language.catalogue import said, tr
from hrm_core.facs import Action, Code

__all__ = [
    "absent_words",
    "action_words",
    "code_words",
    "impossible_words",
    "listed",
    "presence_words",
    "shortened",
    "side_words",
    "unseen_words",
]


def action_words(entry: Action) -> str:
    """An action as it is called in a sentence: ``"AU12 Lip Corner Puller"``."""
    return f"{entry.kind}{entry.label} {said(entry.name)}"


def code_words(entry: Action, code: int) -> str:
    """What a code of this action means: ``"left"``; ``"present"`` where there are no sides."""
    return said(entry.word(code))


def presence_words(code: int) -> str:
    """What a code of somebody who tells no sides means."""
    return said("present" if code else "absent")


def side_words(code: int) -> str:
    """A code as a word: ``"both"``, ``"left"``, ..."""
    return said(Code(code).word)


def listed(words: Iterable[str]) -> str:
    """Words one after the other, parted as the language parts them."""
    return tr(", ").join(words)


def shortened(name: str, letters: int = 16) -> str:
    """A name that leaves room for other words beside it; the whole one must stand elsewhere.

    Names of one study often begin alike, ``"Coder of the first wave A"``: both ends are kept.
    """
    if len(name) <= letters:
        return name
    end = (letters - 1) // 2
    return name[: letters - 1 - end] + "…" + name[-end:]


def unseen_words(entry: Action) -> str:
    """Why somebody who may not see eyes cannot code an action of the upper face."""
    return tr("{action} cannot be coded by you: the eyes are covered.", action=action_words(entry))


def absent_words(entry: Action) -> str:
    """Why an action that is not there has no intensity."""
    return tr(
        "{action} is absent in this frame: only what is there has an intensity.", action=action_words(entry)
    )


def impossible_words(entry: Action, code: int) -> str:
    """Why an action cannot have a code, and which ones it can have."""
    name, side = action_words(entry), side_words(code)
    if len(entry.sides) <= 1:
        return tr("{action} cannot be {side}: it has no sides.", action=name, side=side)
    sides = listed(map(side_words, sorted(entry.sides)))
    return tr("{action} cannot be {side}: it can be {sides}.", action=name, side=side, sides=sides)
