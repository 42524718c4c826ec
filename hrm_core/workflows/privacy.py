"""Keep groups out of what a blind rater can read."""

from __future__ import annotations

import re

from hrm_core.config import StudySettings
from hrm_core.errors import ProjectError

__all__ = ["hide_groups", "names_group", "require_no_group"]


def names_group(text: str, settings: StudySettings) -> str | None:
    """The group that stands as a word in `text` (``S12TD``, ``asd_07``); None if none does."""
    for group in settings.groups:
        if _pattern(group).search(text):
            return group
    return None


def require_no_group(what: str, text: str, settings: StudySettings) -> None:
    """Refuse a name that would tell blind coders the group.

    Raises
    ------
    ProjectError
        If a group name stands in `text`.
    """
    group = names_group(text, settings)
    if group is not None:
        raise ProjectError(
            f"{what} {text!r} would tell blind coders the group ({group}): choose a name without it."
        )


def hide_groups(text: str, settings: StudySettings) -> str:
    """`text` with every group name replaced, for messages shown to a blind rater."""
    for group in settings.groups:
        text = _pattern(group).sub("…", text)
    return text


def _pattern(group: str) -> re.Pattern[str]:
    # Latin letters on either side make another word; digits, underscores and the
    # letters of scripts that are written without blanks do not.
    letter = "[A-Za-zÀ-ÖØ-öø-ɏ]"
    return re.compile(rf"(?<!{letter}){re.escape(group)}(?!{letter})", re.IGNORECASE)
