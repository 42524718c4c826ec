"""Commands about ranges and runs of frames."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId

__all__ = ["RUN_COMMANDS"]

RUN_COMMANDS: Mapping[str, Command] = {
    ActionId.COPY_PREVIOUS: Command(
        "&Copy the frame before", "This frame as the one before it", ("'",), needs="recording"
    ),
    ActionId.CARRY_ON: Command(
        "Carr&y codes on",
        "Each step onto an uncoded frame takes the codes along; Enter confirms what was seen",
        ("Shift+'",),
        needs="recording",
        checkable=True,
    ),
    ActionId.SAME_UNTIL_HERE: Command(
        "Same as before &until here",
        "Uncoded frames from the last coded one to this one take its codes",
        ("Ctrl+'",),
        needs="recording",
    ),
    ActionId.RANGE_START: Command(
        "Range or onset &starts here",
        "First frame of the range",
        ("[",),
        needs="recording",
        number_keys=("[", "I"),
    ),
    ActionId.RANGE_END: Command(
        "Range or onset &ends here",
        "Last frame of the range",
        ("]",),
        needs="recording",
        number_keys=("]", "O"),
    ),
    ActionId.MARK_APEX: Command(
        "&Apex of the chosen action here", "The range is about this action then", (",",), needs="recording"
    ),
    ActionId.PROPOSE_EXTENT: Command(
        "&Propose onset and offset",
        "From the apex, by the change of the face; writes nothing",
        ("Shift+,",),
        needs="recording",
    ),
    ActionId.FORGET_RANGE: Command(
        "F&orget the range", "No range, no proposal", ("Backspace",), needs="recording"
    ),
    ActionId.RANGE_OF_RUN: Command(
        "Range of the chosen action's &run",
        "From its onset to its offset around this frame",
        ("Ctrl+R",),
        needs="recording",
    ),
    ActionId.FILL_RANGE: Command(
        "&Fill the range",
        "With the codes of this frame or of its ends; with its action only, if it is about one",
        ("\\",),
        needs="recording",
    ),
    ActionId.FILL_ACTION: Command(
        "Fill the range with the chosen action only",
        "All other actions stay",
        ("Shift+\\",),
        needs="recording",
    ),
    ActionId.CLEAR_ACTION: Command(
        "&Take the chosen action off the range", "All other actions stay", ("Shift+Del",), needs="recording"
    ),
    ActionId.CLEAR_RANGE: Command(
        "Empty the range",
        "Its frames are uncoded again, as if nobody had looked",
        ("Ctrl+Del",),
        needs="recording",
    ),
    ActionId.RANGE_NOT_CODABLE: Command(
        "Range is &not codable",
        "Face out of view or covered throughout",
        ("Ctrl+Shift+D",),
        needs="recording",
    ),
    ActionId.COPY_RANGE: Command("Copy the range", "To be put elsewhere", ("Ctrl+C",), needs="recording"),
    ActionId.PASTE_RANGE: Command("Put the copy here", "From this frame on", ("Ctrl+V",), needs="recording"),
    ActionId.RUN_EARLIER: Command(
        "Run one frame earlier", "Of the chosen action", ("Alt+Left",), needs="recording", repeats=True
    ),
    ActionId.RUN_LATER: Command(
        "Run one frame later", "Of the chosen action", ("Alt+Right",), needs="recording", repeats=True
    ),
    ActionId.RUN_STARTS_HERE: Command(
        "Run starts here",
        "The onset of the chosen action moves to this frame",
        ("Ctrl+[",),
        needs="recording",
    ),
    ActionId.RUN_ENDS_HERE: Command(
        "Run ends here", "The offset of the chosen action moves to this frame", ("Ctrl+]",), needs="recording"
    ),
    ActionId.SPLIT_RUN: Command(
        "Split the run here", "The chosen action is absent in this frame", ("Ctrl+\\",), needs="recording"
    ),
}
