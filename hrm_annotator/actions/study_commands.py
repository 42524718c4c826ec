"""Commands about whole studies."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId

__all__ = ["STUDY_COMMANDS"]

STUDY_COMMANDS: Mapping[str, Command] = {
    ActionId.OPEN_PROJECT: Command("&Open project …", "Choose the folder of a study", ("Ctrl+O",)),
    ActionId.NEW_PROJECT: Command("&New project …", "Make a folder for a new study", ("Ctrl+N",)),
    ActionId.OPEN_DEMO: Command("Open the &demo study", "Six drawn children; nothing in it is real"),
    ActionId.CLOSE_PROJECT: Command(
        "&Close project", "Go back to the start page", ("Ctrl+W",), needs="project"
    ),
    ActionId.CHANGE_CODER: Command("Change code&r …", "Code under another name", needs="project"),
    ActionId.BACK_UP: Command(
        "&Back up the labels", "Copy the labels into the backup folder", needs="project"
    ),
    ActionId.QUIT: Command("&Quit", keys=("Ctrl+Q",)),
}
