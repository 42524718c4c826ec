"""Commands about rating sessions."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId

__all__ = ["JUDGING_COMMANDS"]

JUDGING_COMMANDS: Mapping[str, Command] = {
    ActionId.RATE_CLIPS: Command(
        "R&ate clips …",
        "Rate the clips of a rating session as a judge; the study is closed for it",
    ),
}
"""Commands by name."""
