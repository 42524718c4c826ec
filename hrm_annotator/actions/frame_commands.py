"""Commands that go somewhere or play."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId

__all__ = ["FRAME_COMMANDS"]

FRAME_COMMANDS: Mapping[str, Command] = {
    ActionId.NEXT_FRAME: Command("&Next frame", "", ("Right",), "forward", "recording", repeats=True),
    ActionId.PREVIOUS_FRAME: Command("&Previous frame", "", ("Left",), "back", "recording", repeats=True),
    ActionId.NEXT_TEN: Command("10 frames on", "", ("Shift+Right",), needs="recording", repeats=True),
    ActionId.PREVIOUS_TEN: Command("10 frames back", "", ("Shift+Left",), needs="recording", repeats=True),
    ActionId.FIRST_FRAME: Command("&First frame", "", ("Home",), "first", "recording"),
    ActionId.LAST_FRAME: Command("&Last frame", "", ("End",), "last", "recording"),
    ActionId.GO_TO_FRAME: Command("&Go to frame …", "", ("Ctrl+G",), needs="recording"),
    ActionId.NEXT_CLIP: Command("Next clip", "", ("PgDown",), needs="recording"),
    ActionId.PREVIOUS_CLIP: Command("Previous clip", "", ("PgUp",), needs="recording"),
    ActionId.NEXT_RECORDING: Command("Next recording", "", ("Ctrl+PgDown",), needs="recording"),
    ActionId.PREVIOUS_RECORDING: Command("Previous recording", "", ("Ctrl+PgUp",), needs="recording"),
    ActionId.PLAY: Command("Pla&y or pause", "From the frame on the screen", ("Space",), "play", "recording"),
    ActionId.PLAY_BACK: Command(
        "Play &backwards", "From the frame on the screen", ("Shift+Space",), "play-back", "recording"
    ),
    ActionId.FASTER: Command("F&aster", "", ("=",), needs="recording"),
    ActionId.SLOWER: Command("Sl&ower", "", ("-",), needs="recording"),
    ActionId.NEXT_CHANGE: Command(
        "Next c&hange", "The next frame whose codes differ", ("Ctrl+Right",), needs="recording", repeats=True
    ),
    ActionId.PREVIOUS_CHANGE: Command(
        "Previous change",
        "The start of this run of codes, or of the one before",
        ("Ctrl+Left",),
        needs="recording",
        repeats=True,
    ),
    ActionId.NEXT_TO_DO: Command(
        "Next frame to &do",
        "Uncoded, or carried and not confirmed, within the clips",
        ("Ctrl+Down",),
        needs="recording",
    ),
    ActionId.PREVIOUS_TO_DO: Command(
        "Previous frame to do",
        "Uncoded, or carried and not confirmed, within the clips",
        ("Ctrl+Up",),
        needs="recording",
    ),
    ActionId.LOOP: Command(
        "Play aro&und this frame",
        "15 frames to either side, again and again",
        ("Ctrl+Space",),
        needs="recording",
    ),
    ActionId.SHUTTLE_BACK: Command(
        "Shuttle back", "Play backwards, at once", needs="recording", number_keys=("J",)
    ),
    ActionId.SHUTTLE_ON: Command(
        "Shuttle on or stop", "Play forwards, or stop", needs="recording", number_keys=("K",)
    ),
}
