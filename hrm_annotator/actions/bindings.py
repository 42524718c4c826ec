"""Which keys each command has now: those of a profile and the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtGui import QAction, QKeySequence

from hrm_annotator.actions.ids import TOGGLES
from hrm_annotator.actions.profiles import Profile, default_keys
from hrm_annotator.actions.strokes import SEPARATOR, is_typed, shown, split_strokes
from hrm_annotator.actions.table import COMMANDS, show_keys
from hrm_annotator.language import mark, tr

__all__ = ["Bindings", "apply", "from_stored", "written_rightly"]

_LONGEST = 4
_FIELD_BEFORE = mark("{key} moves the keyboard to the field before and stays as it is.")
_TAKEN = {
    "Tab": mark("{key} moves the keyboard to the next field and stays as it is."),
    "Shift+Tab": _FIELD_BEFORE,
    "Backtab": _FIELD_BEFORE,
    "Shift+Backtab": _FIELD_BEFORE,
    "Esc": mark("{key} leaves fields and drops what is half typed, and stays as it is."),
}


@dataclass(frozen=True)
class Bindings:
    """Keys of all commands.

    Attributes
    ----------
    profile : Profile
        Whose keys hold where the user has none.
    own : mapping
        The user's own keys by the name of the command; they stand in place of the profile's.
    """

    profile: Profile = Profile.FACE_MAP
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def keys_of(self, name: str) -> tuple[str, ...]:
        """Keys of a command, the first is the one to show; strokes are parted by ``", "``."""
        return self.own[name] if name in self.own else default_keys(self.profile, name)

    def all_keys(self) -> dict[str, tuple[str, ...]]:
        """Keys by the name of the command."""
        return {name: self.keys_of(name) for name in COMMANDS}

    def why_not(self, name: str, keys: str) -> str:
        """Why a command cannot have these keys too, as a sentence; empty if it can."""
        return self._unfit(keys) or next(self._conflicts(name, keys, but_itself=False), "")

    def with_key(self, name: str, keys: str) -> Bindings:
        """The bindings with one more key of a command.

        Raises
        ------
        ValueError
            If the key is not free; the message is for people.
        """
        if words := self.why_not(name, keys):
            raise ValueError(words)
        return self._with(name, (*self.keys_of(name), keys))

    def without_key(self, name: str, keys: str) -> Bindings:
        """The bindings without one key of a command."""
        return self._with(name, tuple(key for key in self.keys_of(name) if key != keys))

    def reset(self, name: str) -> Bindings:
        """The bindings with the profile's keys of one command.

        Raises
        ------
        ValueError
            If another command has one of them now; the message is for people.
        """
        without = replace(self, own={other: keys for other, keys in self.own.items() if other != name})
        for keys in without.keys_of(name):
            for words in without._conflicts(name, keys, but_itself=True):
                raise ValueError(words)
        return without

    def _with(self, name: str, keys: tuple[str, ...]) -> Bindings:
        own = {**self.own, name: keys}
        if keys == default_keys(self.profile, name):
            del own[name]
        return replace(self, own=own)

    def _unfit(self, keys: str) -> str:
        strokes = split_strokes(keys)
        if not written_rightly(keys):
            return tr("This is no key.")
        if len(strokes) > 1 and not all(map(is_typed, strokes)):
            return tr("Only letters, digits and signs can follow one another; all else stands alone.")
        for stroke in strokes:
            if stroke in _TAKEN:
                return tr(_TAKEN[stroke], key=shown(stroke))
            held, _, key = stroke.rpartition("+")
            if "Alt" in held.split("+") and len(key) == 1:
                return tr(
                    "{key} opens a menu; Alt is free with arrows and other named keys only.",
                    key=shown(stroke),
                )
        if self.profile is Profile.FACS_NUMBERS and SEPARATOR in strokes:
            return tr("+ ends a number in the profile FACS numbers and stays as it is.")
        return ""

    def _conflicts(self, name: str, keys: str, *, but_itself: bool) -> Iterator[str]:
        """Sentences about each binding that `keys` cannot stand beside."""
        for other in COMMANDS:
            for taken in self.keys_of(other):
                itself = but_itself and (other, taken) == (name, keys)
                if not itself and _collide(name, keys, other, taken):
                    yield _sentence(name, keys, other, taken)

    def first_conflict(self) -> str | None:
        """Name of a command whose own keys cannot stand beside the others; None if all is well."""
        for name, own in self.own.items():
            for keys in own:
                if self._unfit(keys) or next(self._conflicts(name, keys, but_itself=True), ""):
                    return name
        return None


def _overlap(keys: str, taken: str) -> bool:
    """Whether one binding is the other, or its beginning."""
    first, second = split_strokes(keys), split_strokes(taken)
    short = min(len(first), len(second))
    return first[:short] == second[:short]


def _collide(name: str, keys: str, other: str, taken: str) -> bool:
    if not _overlap(keys, taken):
        return False
    if keys == taken:
        return True
    # Numbers of actions wait for their second digit; nothing else may keep a coder waiting.
    numbers = all(stroke.isdigit() for stroke in (*split_strokes(keys), *split_strokes(taken)))
    return not (numbers and name in TOGGLES and other in TOGGLES)


def _sentence(name: str, keys: str, other: str, taken: str) -> str:
    words = COMMANDS[other].words
    if name == other:
        return tr("“{command}” has {keys} already.", command=words, keys=shown(taken))
    if keys == taken:
        return tr(
            "{keys} is the key of “{command}”: take it off there first.", keys=shown(keys), command=words
        )
    return tr(
        "{keys} cannot be told from {others}, the keys of “{command}”: take them off there first.",
        keys=shown(keys),
        others=shown(taken),
        command=words,
    )


def written_rightly(keys: str) -> bool:
    """Whether a binding is written as Qt writes it, with at most four strokes."""
    strokes = split_strokes(keys)
    return len(strokes) <= _LONGEST and all(
        stroke and QKeySequence(stroke).count() == 1 and QKeySequence(stroke).toString() == stroke
        for stroke in strokes
    )


def from_stored(profile: Profile, stored: Mapping[str, Any]) -> tuple[Bindings, tuple[str, ...]]:
    """Bindings from personal settings, and a sentence for each that had to be dropped.

    Parameters
    ----------
    profile : Profile
        The profile they belong to.
    stored : mapping
        Keys by the name of the command, as somebody or another version may have written them.
    """
    dropped = []
    own: dict[str, tuple[str, ...]] = {}
    for name, keys in stored.items():
        if name not in COMMANDS:
            dropped.append(tr("There is no command “{name}” any more.", name=name))
        elif not isinstance(keys, list | tuple) or not all(
            isinstance(key, str) and written_rightly(key) for key in keys
        ):
            dropped.append(tr("The keys of “{command}” cannot be read.", command=COMMANDS[name].words))
        else:
            own[name] = tuple(dict.fromkeys(keys))
    bindings = Bindings(profile, own)
    while (wrong := bindings.first_conflict()) is not None:
        words = COMMANDS[wrong].words
        dropped.append(tr("The keys of “{command}” are taken or cannot be used.", command=words))
        bindings = replace(
            bindings, own={other: bindings.own[other] for other in bindings.own if other != wrong}
        )
    return bindings, tuple(dropped)


def apply(bindings: Bindings, actions: Mapping[str, QAction]) -> None:
    """Give all actions their keys: shortcuts, menu entries and tool tips."""
    for name, action in actions.items():
        show_keys(action, name, bindings.keys_of(name))
