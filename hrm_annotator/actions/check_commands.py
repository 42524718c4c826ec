"""Commands about the omission check of a clip and its submission."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language.catalogue import mark

__all__ = ["CHECK_COMMANDS"]

CHECK_COMMANDS: Mapping[str, Command] = {
    ActionId.CHECK_CLIP: Command(
        mark("&Check the clip"),
        mark("Look for every action once more, region by region; again leaves the check or returns to it"),
        ("F12",),
        needs="recording",
    ),
    ActionId.SUBMIT_CLIP: Command(
        mark("S&ubmit the clip"),
        mark("The clip on the screen is coded and checked for good"),
        ("Ctrl+F12",),
        needs="recording",
    ),
    ActionId.TAKE_BACK_SUBMISSION: Command(
        mark("&Take the submission back …"),
        mark("The clip on the screen is not submitted any more, for a reason"),
        needs="recording",
    ),
}
