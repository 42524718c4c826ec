"""One command per action of the catalogue, and the keys that each profile gives it."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import toggle
from hrm_core.facs import ALL_ACTIONS, Action

__all__ = ["ACTION_COMMANDS", "FACE_MAP"]

FACE_MAP: Mapping[str, str] = {
    # Brows, eyes and nose.
    **{"AU1": "Q", "AU2": "W", "AU4": "E", "AU5": "R", "AU6": "T", "AU7": "Y", "AU43": "U"},
    **{"AU9": "I", "AU10": "O", "AU8": "P"},
    # Corners of the mouth, cheeks, chin.
    **{"AU12": "A", "AU13": "S", "AU14": "D", "AU15": "F", "AU20": "G", "AU17": "H", "AU16": "J"},
    **{"AU18": "K", "AU22": "L"},
    # Lips, jaw and tongue.
    **{"AU23": "Z", "AU24": "X", "AU25": "C", "AU2X": "V", "AU28": "B", "AD19": "N", "AD32": "M"},
    # Rare ones.
    **{"AU21": "Shift+Z", "AD29": "Shift+A", "AD30": "Shift+S", "AU31": "Shift+D", "AD33": "Shift+F"},
    **{"AD34": "Shift+G", "AD35": "Shift+H", "AD36": "Shift+J", "AD37": "Shift+K"},
}
"""Key of each action in the profile *Face map*, named as on a US keyboard, meant by position."""


def _number_keys(entry: Action) -> tuple[str, ...]:
    """The strokes that type an action's number; a leading zero makes one digit unambiguous."""
    numbers = [number for number in (entry.number, *entry.aliases) if number.isdigit()]
    padded = [f"0{number}" for number in numbers if len(number) == 1]
    return tuple(", ".join(number) for number in (*numbers, *padded))


ACTION_COMMANDS: Mapping[str, Command] = {
    toggle(entry.key): Command(
        entry.name,
        entry.change,
        (FACE_MAP[entry.key],),
        needs="recording",
        number_keys=_number_keys(entry),
        number=f"{entry.kind}{entry.label}",
    )
    for entry in ALL_ACTIONS
}
"""By name of the command; the same key again takes the action off."""
