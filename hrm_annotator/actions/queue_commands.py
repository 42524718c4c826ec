"""Commands about what to code next, and about letting a model suggest codes."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language import mark

__all__ = ["QUEUE_COMMANDS"]

QUEUE_COMMANDS: Mapping[str, Command] = {
    ActionId.LET_SUGGEST: Command(
        mark("Let a &model suggest codes …"),
        mark("A model looks at clips while you go on coding; what it suggests is no code by itself"),
        needs="project",
    ),
    ActionId.CODE_NEXT: Command(
        mark("&What to code next …"),
        mark("Frames or clips that are most worth coding, or looking at again"),
        ("Ctrl+U",),
        needs="project",
    ),
    ActionId.NEXT_IN_QUEUE: Command(
        mark("Next in the &queue"), mark("What to code next, one after another"), ("Ctrl+J",), needs="project"
    ),
    ActionId.PREVIOUS_IN_QUEUE: Command(
        mark("Previous in the queue"), mark("Back in what to code next"), ("Ctrl+Shift+J",), needs="project"
    ),
}
"""Commands by name."""
