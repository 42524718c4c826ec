"""Commands about clips."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId

__all__ = ["CLIP_COMMANDS"]

CLIP_COMMANDS: Mapping[str, Command] = {
    ActionId.NEW_CLIP: Command(
        "&New clip from the range", "These frames are to be coded", ("Ctrl+Shift+C",), needs="recording"
    ),
    ActionId.CLIP_STARTS_HERE: Command(
        "Clip &starts here", "The clip on the screen begins with this frame", needs="recording"
    ),
    ActionId.CLIP_ENDS_HERE: Command(
        "Clip &ends here", "The clip on the screen ends with this frame", needs="recording"
    ),
    ActionId.SPLIT_CLIP: Command(
        "S&plit the clip here", "A new clip begins with this frame", needs="recording"
    ),
    ActionId.EXCLUDE_CLIP: Command(
        "E&xclude the clip …", "It is not coded, for a reason", ("Ctrl+Shift+X",), needs="recording"
    ),
    ActionId.REOPEN_CLIP: Command("&Reopen the clip", "It is to be coded after all", needs="recording"),
    ActionId.REMOVE_CLIP: Command("Re&move the clip …", "Its frames keep their codes", needs="recording"),
}
