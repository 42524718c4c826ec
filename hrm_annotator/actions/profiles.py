"""The two sets of keys that the program is shipped with."""

from __future__ import annotations

from enum import StrEnum

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.table import COMMANDS
from hrm_annotator.language import tr

__all__ = ["Profile", "default_keys", "profile_named"]


class Profile(StrEnum):
    """A set of keys; the value is what personal settings keep."""

    FACE_MAP = "face_map"
    FACS_NUMBERS = "facs_numbers"

    @property
    def words(self) -> str:
        """The name that people read."""
        return tr("Face map") if self is Profile.FACE_MAP else tr("FACS numbers")

    @property
    def by_place(self) -> bool:
        """Whether letters are meant by their place on the keyboard, not by what is printed on them."""
        return self is Profile.FACE_MAP


def profile_named(name: str) -> Profile:
    """The profile of this name; *Face map* where the name is unknown or nobody has chosen."""
    return Profile(name) if name in set(Profile) else Profile.FACE_MAP


def default_keys(profile: Profile, name: str) -> tuple[str, ...]:
    """Keys that a profile gives a command before anybody changed them."""
    command: Command = COMMANDS[name]
    if profile is Profile.FACE_MAP or command.number_keys is None:
        return command.keys
    return command.number_keys
