"""Commands about rating sessions, for whoever plans them."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language import mark

__all__ = ["RATING_COMMANDS"]

RATING_COMMANDS: Mapping[str, Command] = {
    ActionId.PLAN_RATING: Command(
        mark("Plan a ra&ting session …"),
        mark("Which clips are rated by whom, what is asked, and in which order"),
        needs="project",
    ),
    ActionId.RATING_SESSIONS: Command(
        mark("Ratin&g sessions …"),
        mark("How far each judge is; folders for browsers, answers, report, blinding"),
        needs="project",
    ),
}
