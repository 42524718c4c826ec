"""Commands about agreement, and about frames on which two raters disagree."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language import mark

__all__ = ["RELIABILITY_COMMANDS"]

RELIABILITY_COMMANDS: Mapping[str, Command] = {
    ActionId.AGREEMENT: Command(
        mark("A&greement …"),
        mark("How far two codings agree, action by action; live while you code"),
        ("Shift+F12",),
        needs="project",
    ),
    ActionId.DISPUTES: Command(
        mark("&Disputed frames"),
        mark("Both codings of a frame side by side, and what holds; again leaves them"),
        ("Ctrl+Shift+F12",),
        needs="project",
    ),
    ActionId.NEXT_DISPUTE: Command(
        mark("Ne&xt disputed run"),
        mark("The next run of frames in which the two codings differ"),
        ("Ctrl+F11",),
        needs="project",
    ),
    ActionId.PREVIOUS_DISPUTE: Command(
        mark("Previous disputed run"),
        mark("The run before in which the two codings differ"),
        ("Ctrl+Shift+F11",),
        needs="project",
    ),
}
