"""Commands about training."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId

__all__ = ["TRAINING_COMMANDS"]

TRAINING_COMMANDS: Mapping[str, Command] = {
    ActionId.TRAINING: Command(
        "T&raining …",
        "Code gold-standard clips and see how far you agree with them",
        ("Ctrl+Shift+G",),
        needs="project",
    ),
}
"""Commands by name."""
