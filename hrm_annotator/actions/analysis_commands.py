"""Commands about comparing groups, and about what moved a network's rating."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language import mark

__all__ = ["ANALYSIS_COMMANDS"]

ANALYSIS_COMMANDS: Mapping[str, Command] = {
    ActionId.ANALYSE_CODES: Command(
        mark("Anal&yse codes …"),
        mark("Which actions differ, child by child; combinations; report; not for who is blind"),
        needs="project",
    ),
    ActionId.SHOW_ATTRIBUTIONS: Command(
        mark("Timeline: what mo&ved the rating"),
        mark("How each action moved a network's rating of the clip, under its codes"),
        needs="recording",
        checkable=True,
    ),
}
