"""What a command is: words, keys, and when it can be given."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hrm_annotator.language import tr

__all__ = ["Command", "without_letter"]


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the table.

    Attributes
    ----------
    text, tip : str
        Words of the menu entry, and the longer ones of the tool tip, in English.
    keys : tuple of str
        Default keys, as Qt writes them; strokes one after another are parted by commas.
    number_keys : tuple of str or None
        Default keys of the profile *FACS numbers*; None where they are the same.
    icon : str or None
        Name of its icon.
    needs : {"", "project", "recording", "faces"}
        What must be open for it; for "faces" the wiring decides, and says in the tool tip why not.
    repeats : bool
        Whether holding the key down repeats it.
    checkable : bool
        Whether it is on or off.
    number : str
        What stands before the words in every language, such as ``"AU12"``.
    """

    text: str
    tip: str = ""
    keys: tuple[str, ...] = ()
    icon: str | None = None
    needs: str = ""
    repeats: bool = False
    checkable: bool = False
    number_keys: tuple[str, ...] | None = None
    number: str = ""

    @property
    def entry(self) -> str:
        """The menu entry in the language in use, with its underlined letter and dots."""
        return self._numbered(tr(self.text) if self.text else "")

    @property
    def words(self) -> str:
        """The menu entry in the language in use, without its underlined letter and dots."""
        return without_letter(self.entry)

    @property
    def english(self) -> str:
        """The same in English, by which it is found in every language."""
        return without_letter(self._numbered(self.text))

    @property
    def explanation(self) -> str:
        """The longer words in the language in use; empty if there are none."""
        return tr(self.tip) if self.tip else ""

    def _numbered(self, text: str) -> str:
        return f"{self.number} {text}".strip()


def without_letter(text: str) -> str:
    """A menu entry or title without its underlined letter and dots.

    Chinese entries have their letter behind them in brackets, ``"文件(&F)"``.
    """
    return re.sub(r"\s*…$", "", re.sub(r"\(&.\)", "", text).replace("&", ""))
