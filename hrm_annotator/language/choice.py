"""Which language a person gets: the one that was chosen, else that of the system."""

from __future__ import annotations

from PySide6.QtCore import QLocale

from hrm_annotator.language.catalogue import ENGLISH, LANGUAGES

__all__ = ["language_for"]

_CHINESE = "zh_CN"


def language_for(choice: str) -> str:
    """Code of the language to use.

    Parameters
    ----------
    choice : str
        Code of a language; empty, or one that is not spoken here, means as the system.
    """
    if choice in LANGUAGES:
        return choice
    # The first one counts: who reads English before Chinese gets English.
    wanted = next(iter(QLocale.system().uiLanguages()), "")
    return _CHINESE if wanted.partition("-")[0] == "zh" else ENGLISH
