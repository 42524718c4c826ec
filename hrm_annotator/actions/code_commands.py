"""Commands about the codes of one frame."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId

__all__ = ["CODE_COMMANDS"]

CODE_COMMANDS: Mapping[str, Command] = {
    ActionId.UNDO: Command("&Undo", keys=("Ctrl+Z",), needs="recording"),
    ActionId.REDO: Command("&Redo", keys=("Ctrl+Shift+Z", "Ctrl+Y"), needs="recording"),
    ActionId.CONFIRM_AND_NEXT: Command(
        "&Confirm frame, go on", "The frame is coded as it stands", ("Return", "Enter"), needs="recording"
    ),
    ActionId.NO_ACTION_AND_NEXT: Command(
        "No &action (AU0), go on", "A face without action", ("Shift+Return", "Shift+Enter"), needs="recording"
    ),
    ActionId.NOT_CODABLE: Command(
        "&Not codable", "Face out of view or covered; never counted as 0", ("Ctrl+D",), needs="recording"
    ),
    ActionId.DOUBTFUL: Command(
        "Doub&tful frame", "Flag the frame to be looked at again", ("Shift+/",), needs="recording"
    ),
    ActionId.NEXT_BOX: Command(
        "Next box", "Keyboard on the next action", ("Down",), needs="recording", repeats=True
    ),
    ActionId.PREVIOUS_BOX: Command(
        "Previous box", "Keyboard on the action before", ("Up",), needs="recording", repeats=True
    ),
    ActionId.CODE_ABSENT: Command(
        "Absent", "The chosen action is absent", ("0", "Del"), needs="recording", number_keys=("Del",)
    ),
    ActionId.CODE_BOTH: Command(
        "Both sides", "The chosen action, both sides", ("1",), needs="recording", number_keys=("S",)
    ),
    ActionId.CODE_LEFT: Command(
        "Left", "The chosen action, child's left", ("2",), needs="recording", number_keys=("L",)
    ),
    ActionId.CODE_RIGHT: Command(
        "Right", "The chosen action, child's right", ("3",), needs="recording", number_keys=("R",)
    ),
    ActionId.CODE_UPPER: Command(
        "Upper", "The chosen action, upper part", ("4",), needs="recording", number_keys=("T",)
    ),
    ActionId.CODE_LOWER: Command(
        "Lower", "The chosen action, lower part", ("5",), needs="recording", number_keys=()
    ),
    ActionId.CYCLE_CODE: Command("Next code", "Next code of the chosen action", (".",), needs="recording"),
    ActionId.INTENSITY_A: Command(
        "Intensity A", "Trace", ("Shift+1",), needs="recording", number_keys=("A",)
    ),
    ActionId.INTENSITY_B: Command(
        "Intensity B", "Slight", ("Shift+2",), needs="recording", number_keys=("Shift+B",)
    ),
    ActionId.INTENSITY_C: Command(
        "Intensity C", "Marked or pronounced", ("Shift+3",), needs="recording", number_keys=("C",)
    ),
    ActionId.INTENSITY_D: Command(
        "Intensity D", "Severe or extreme", ("Shift+4",), needs="recording", number_keys=("D",)
    ),
    ActionId.INTENSITY_E: Command(
        "Intensity E", "Maximum", ("Shift+5",), needs="recording", number_keys=("E",)
    ),
    ActionId.NO_INTENSITY: Command(
        "No intensity", "The chosen action without a letter", ("Shift+0",), needs="recording"
    ),
    ActionId.LOWER_OR_B: Command(
        "Lower, or intensity B",
        "Lower where the chosen action can be lower and has no side yet, else intensity B",
        needs="recording",
        number_keys=("B",),
    ),
    ActionId.TYPE_SCORE: Command(
        "T&ype a score …", "The whole frame as written: 1+2+L12C+25", ("Ctrl+L",), needs="recording"
    ),
    ActionId.WRITE_NOTE: Command(
        "&Write a note …", "Words about this frame as a whole", ("Shift+;",), needs="recording"
    ),
}
