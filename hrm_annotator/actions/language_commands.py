"""Commands that choose the language of the window."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.actions.command import Command
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language import LANGUAGES

__all__ = ["LANGUAGE_COMMANDS", "LANGUAGE_OF"]

LANGUAGE_COMMANDS: Mapping[str, Command] = {
    ActionId.LANGUAGE_SYSTEM: Command(
        "As the &system", "The window in the language of this computer", checkable=True
    ),
    # A language is called by its own name, whichever is in use.
    ActionId.LANGUAGE_ENGLISH: Command("", "The window in English", checkable=True, number=LANGUAGES["en"]),
    ActionId.LANGUAGE_CHINESE: Command(
        "", "The window in Chinese", checkable=True, number=LANGUAGES["zh_CN"]
    ),
}

LANGUAGE_OF: Mapping[str, str] = {
    ActionId.LANGUAGE_SYSTEM: "",
    ActionId.LANGUAGE_ENGLISH: "en",
    ActionId.LANGUAGE_CHINESE: "zh_CN",
}
"""What personal settings keep for each of them."""
