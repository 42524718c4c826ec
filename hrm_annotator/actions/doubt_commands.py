"""Commands about doubts and notes of single codes."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language import mark

__all__ = ["DOUBT_COMMANDS"]

DOUBT_COMMANDS: Mapping[str, Command] = {
    ActionId.DOUBTFUL_CODE: Command(
        mark("Dou&btful code"),
        mark("Flag the chosen action of this frame, or the frame if it is absent"),
        ("/",),
        needs="recording",
    ),
    ActionId.NEXT_DOUBT: Command(
        mark("Ne&xt doubt"), mark("The next doubtful code or frame"), ("Ctrl+/",), needs="recording"
    ),
    ActionId.PREVIOUS_DOUBT: Command(
        mark("Previous doubt"),
        mark("The doubtful code or frame before"),
        ("Ctrl+Shift+/",),
        needs="recording",
    ),
    ActionId.WRITE_CODE_NOTE: Command(
        mark("N&ote on the code …"),
        mark("On the chosen action of this frame, or on the frame if it is absent"),
        (";",),
        needs="recording",
    ),
}
