"""Commands about what to look at again."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language import mark

__all__ = ["REVIEW_COMMANDS"]

REVIEW_COMMANDS: Mapping[str, Command] = {
    ActionId.NEXT_TO_LOOK_AT: Command(
        mark("&Next to look at"),
        mark("The next finding of the rules, or doubt"),
        ("F10",),
        needs="recording",
    ),
    ActionId.PREVIOUS_TO_LOOK_AT: Command(
        mark("&Previous to look at"),
        mark("The finding of the rules, or doubt, before"),
        ("Shift+F10",),
        needs="recording",
    ),
    ActionId.KEEP_ANYWAY: Command(
        mark("Keep &anyway"),
        mark("The codes are meant; the finding comes back if they change"),
        ("Ctrl+F10",),
        needs="recording",
    ),
    ActionId.KEEP_NO_MORE: Command(
        mark("Take &back Keep anyway"),
        mark("Of the chosen finding, or of the one kept last"),
        ("Ctrl+Shift+F10",),
        needs="recording",
    ),
    ActionId.TO_LOOK_AT: Command(
        mark("&List of what to look at"),
        mark("Findings of the rules, and doubts, under the study"),
        ("Ctrl+B",),
        checkable=True,
    ),
    ActionId.SHOW_KEPT: Command(mark("Show what was &kept, too"), needs="recording", checkable=True),
}
