"""Commands about files of other programs."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language import mark

__all__ = ["EXCHANGE_COMMANDS"]

EXCHANGE_COMMANDS: Mapping[str, Command] = {
    ActionId.IMPORT_CODES: Command(
        mark("&Import codes …"),
        mark("Take your codes from files of other programs; a report comes first"),
        needs="project",
    ),
    ActionId.EXPORT_CODES: Command(
        mark("&Export codes …"), mark("Write your codes as files of other programs"), needs="project"
    ),
}
