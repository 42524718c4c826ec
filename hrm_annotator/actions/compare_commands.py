"""Commands that compare the face on the screen with the neutral one."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language import mark

__all__ = ["COMPARE_COMMANDS"]

COMPARE_COMMANDS: Mapping[str, Command] = {
    ActionId.FLICKER: Command(
        mark("&Flicker to neutral"),
        mark("Hold the key: the neutral face comes and goes in place of the frame"),
        ("`",),
        needs="faces",
    ),
    ActionId.FLICKER_ON: Command(
        mark("&Keep flickering"),
        mark("The same without holding a key; Esc ends it"),
        ("Ctrl+`",),
        needs="faces",
        checkable=True,
    ),
    ActionId.FLICKER_FASTER: Command(mark("Flicker f&aster"), "", ("Shift+`",), needs="recording"),
    ActionId.FLICKER_SLOWER: Command(mark("Flicker sl&ower"), "", ("Ctrl+Shift+`",), needs="recording"),
    ActionId.SIDE_BY_SIDE: Command(
        mark("&Side by side"),
        mark("The neutral picture beside the frame, or the frame alone and larger"),
        ("F2",),
        needs="recording",
        checkable=True,
    ),
    ActionId.DIFFERENCE: Command(
        mark("&Difference to neutral"),
        mark("What is darker or brighter than in the neutral face, whatever the light does"),
        ("F3",),
        needs="faces",
        checkable=True,
    ),
    ActionId.DIFFERENCE_SIGNED: Command(
        mark("Difference: tell darker from &brighter"),
        mark("Or only how large the difference is"),
        ("Shift+F3",),
        needs="recording",
        checkable=True,
    ),
    ActionId.DIFFERENCE_STRONGER: Command(
        mark("Difference: stro&nger colours"), "", ("Ctrl+F3",), needs="recording"
    ),
    ActionId.DIFFERENCE_WEAKER: Command(
        mark("Difference: &weaker colours"), "", ("Ctrl+Shift+F3",), needs="recording"
    ),
    ActionId.LEFT_HALF: Command(
        mark("&Left half mirrored"),
        mark("A face of the child's left half and its mirror image"),
        ("F4",),
        needs="faces",
        checkable=True,
    ),
    ActionId.RIGHT_HALF: Command(
        mark("&Right half mirrored"),
        mark("A face of the child's right half and its mirror image"),
        ("F5",),
        needs="faces",
        checkable=True,
    ),
    ActionId.FOLLOW_ACTION: Command(
        mark("&Zoom to the chosen action"),
        mark("Both pictures show the part of the face where the action shows"),
        ("Ctrl+Shift+A",),
        needs="faces",
        checkable=True,
    ),
}
