"""Commands about what a model suggests."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language import mark
from hrm_core.records.suggestion import Mode

__all__ = ["ASSIST_COMMANDS", "MODE_OF"]

MODE_OF: Mapping[str, Mode] = {
    ActionId.SUGGEST_AFTER: Mode.AFTER_COMMIT,
    ActionId.SUGGEST_AT_ONCE: Mode.ASSIST,
    ActionId.SUGGEST_NEVER: Mode.CONTROL,
}
"""When suggestions are seen, by the command that chooses it."""

ASSIST_COMMANDS: Mapping[str, Command] = {
    ActionId.SUGGEST_AFTER: Command(
        mark("&After I have coded"),
        mark("Suggestions for a frame are seen once it is coded: then differences are offered"),
        needs="project",
        checkable=True,
    ),
    ActionId.SUGGEST_AT_ONCE: Command(
        mark("A&t once"),
        mark("Suggestions are seen before a frame is coded, but for control frames drawn by lot"),
        needs="project",
        checkable=True,
    ),
    ActionId.SUGGEST_NEVER: Command(
        mark("&Never"), mark("No suggestions are seen"), needs="project", checkable=True
    ),
    ActionId.FOLLOW_MODEL: Command(
        mark("&Follow suggested changes"),
        mark("Codes carried on to an uncoded frame change where a change is suggested; what you coded stays"),
        ("Ctrl+Shift+'",),
        needs="recording",
        checkable=True,
    ),
    ActionId.ACCEPT_FRAME: Command(
        mark("Accept for th&is frame"),
        mark("This frame is coded as suggested"),
        ("Ctrl+Return", "Ctrl+Enter"),
        needs="recording",
    ),
    ActionId.ACCEPT_RUN: Command(
        mark("Accept the &run"),
        mark("The suggested run of the chosen action around this frame is coded"),
        ("Shift+]",),
        needs="recording",
    ),
    ActionId.ACCEPT_CLIP: Command(
        mark("Accept for the &clip"),
        mark("All that can be seen of suggestions in this clip is coded; control frames stay"),
        ("Ctrl+Shift+Return", "Ctrl+Shift+Enter"),
        needs="recording",
    ),
    ActionId.REJECT_FRAME: Command(
        mark("Re&ject for this frame"),
        mark("Nothing is suggested for this frame any more; again suggests it"),
        ("Shift+Backspace",),
        needs="recording",
    ),
    ActionId.REJECT_RUN: Command(
        mark("Reject the r&un"),
        mark("The run of the chosen action is not suggested any more; again suggests it"),
        ("Ctrl+Backspace",),
        needs="recording",
    ),
    ActionId.REJECT_CLIP: Command(
        mark("Reject for the c&lip"),
        mark("Nothing is suggested in this clip any more; again suggests it"),
        ("Ctrl+Shift+Backspace",),
        needs="recording",
    ),
    ActionId.CORRECT_RUN: Command(
        mark("C&orrect the run"),
        mark("The suggested run of the chosen action takes the code that this frame has"),
        ("Shift+[",),
        needs="recording",
    ),
    ActionId.NEXT_DIFFERENCE: Command(
        mark("Ne&xt difference"),
        mark("Where your codes and the suggestions begin to differ"),
        ("Ctrl+.",),
        needs="recording",
    ),
    ActionId.PREVIOUS_DIFFERENCE: Command(
        mark("&Previous difference"),
        mark("Where your codes and the suggestions begin to differ"),
        ("Ctrl+,",),
        needs="recording",
    ),
}
