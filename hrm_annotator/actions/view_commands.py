"""Commands about the window and help."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId

__all__ = ["VIEW_COMMANDS"]

VIEW_COMMANDS: Mapping[str, Command] = {
    ActionId.WHOLE_PICTURE: Command("&Whole picture", "Undo zoom and pan", ("Ctrl+0",), needs="recording"),
    ActionId.THEME_SYSTEM: Command("Colours of the &system"),
    ActionId.THEME_LIGHT: Command("&Light colours"),
    ActionId.THEME_DARK: Command("&Dark colours"),
    ActionId.KEYS: Command("&Keys", "Every command with its keys", ("F1",)),
    ActionId.ABOUT: Command("&About HRM Annotator"),
    ActionId.FRAME_WINDOW: Command(
        "Frame in a window of its own", "For a second screen", ("F11",), needs="recording", checkable=True
    ),
    ActionId.SHOW_TIMELINE: Command(
        "&Timeline", "Runs of codes under the pictures", ("Ctrl+T",), checkable=True
    ),
    ActionId.TIMELINE_IN: Command("Timeline: &nearer", "", ("Ctrl+=",), needs="recording", repeats=True),
    ActionId.TIMELINE_OUT: Command("Timeline: &farther", "", ("Ctrl+-",), needs="recording", repeats=True),
    ActionId.TIMELINE_FIT: Command("Timeline: the whole &recording", "", ("Ctrl+9",), needs="recording"),
    ActionId.ROWS_IN_USE: Command(
        "Timeline: only rows in &use",
        "Actions with a code, and the chosen one",
        needs="recording",
        checkable=True,
    ),
    ActionId.FIND_COMMAND: Command("&Find a command …", "Every command by its words", ("Ctrl+K",)),
    ActionId.KEY_CARD: Command("Key &card to a file …", "The keys on one page, to be printed"),
    ActionId.CHANGE_KEYS: Command("C&hange keys …", "Keys of your own"),
    ActionId.FACE_MAP_KEYS: Command(
        "Keys: face &map", "One letter per action, laid out like a face", checkable=True
    ),
    ActionId.NUMBER_KEYS: Command("Keys: FACS &numbers", "Actions by their numbers", checkable=True),
}
